"""Numbers written in Chinese characters: 九十, 一百二十, 二〇二四, 壹佰贰拾."""

from __future__ import annotations

DIGITS = {each: number for number, each in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "○": 0}
DIGITS |= {each: number for number, each in enumerate("壹贰叁肆伍陆柒捌玖", start=1)}
PLACES = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_MYRIAD = "万"
ALL = frozenset(DIGITS) | frozenset(PLACES) | {_MYRIAD}


def from_digits(text: str) -> int | None:
    """Read a whole number in figures or in Chinese numerals; None where it is neither."""
    return int(text) if text.isdecimal() else from_chinese(text)


def from_chinese(text: str) -> int | None:
    """Return the number that `text` writes in Chinese characters, or None if it is none.

    Digits alone are read one by one (``二〇二四`` is 2024), with places by their value (``一百二十`` is 120).
    """
    if not text or not set(text) <= ALL:
        return None
    if not set(text) & (frozenset(PLACES) | {_MYRIAD}):
        return int("".join(str(DIGITS[each]) for each in text))
    whole, _, rest = text.rpartition(_MYRIAD)
    thousands = _below_myriad(whole) if whole else 0
    ones = _below_myriad(rest) if rest else 0
    return None if thousands is None or ones is None else thousands * 10_000 + ones


def _below_myriad(text: str) -> int | None:
    total, digit, last = 0, None, 10_000
    for each in text:
        if each in PLACES:
            if PLACES[each] >= last or (digit is None and total):
                return None  # 十百 and the like
            last = PLACES[each]
            total += (1 if digit is None else digit) * last
            digit = None
        elif digit not in (None, 0):
            return None  # 一二十
        else:
            digit = DIGITS[each]
    return total + (digit or 0)
