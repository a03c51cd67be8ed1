"""Days in words and in counts: 二〇二四年五月一日, 1 May 2024, 长期, seconds since 1970."""

from __future__ import annotations

import datetime as dt
import re

from layers.model.values.cells import fold
from layers.model.values.numerals import from_chinese

EPOCH_START = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_OPEN_END = frozenset(
    fold(word)
    for word in (
        "长期", "永久", "永远", "无限期", "不定期", "至今", "至现在", "未定期限", "没有期限", "不限期", "不设期限",
        "indefinite", "indefinitely", "open-ended", "open end", "long-term", "permanent", "no end", "present",
    )
)  # fmt: skip
# 无固定期限, 未约定期限, 长期合同, 长期有效: the same with what offices put behind it.
_NO_TERM = re.compile(r"(?:(?:无|没有)固定|无|没有|未约定|不设|不限)(?:(?:终止|截止|到期)(?:日期|时间|期限)|期限?)")
_BEHIND = re.compile(r"(?:有效|合同|协议|服务|托管|合作|聘用|管理|履行)+$")
# The zero of a year in Chinese characters is typed as whatever looks like it.
_NUMERAL = "一二三四五六七八九十廿卅〇零○"
_CHINESE_DAY = re.compile(
    rf"(?P<y>[{_NUMERAL}OoОоΟο0◯]{{4}})年(?:(?P<m>[{_NUMERAL}]{{1,3}})月份?(?:(?P<d>[{_NUMERAL}]{{1,3}})[日号]?)?)?"
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_LETTERS = re.compile(r"[A-Za-z]{3}")
_NAMED = "(?P<name>" + "|".join(_MONTHS) + r")[a-z]*\.?"
_ENGLISH = (
    re.compile(rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s\-/.]*{_NAMED}[\s\-/.,]*(?P<y>\d{{4}})", re.IGNORECASE),
    re.compile(rf"{_NAMED}[\s\-/.]*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s\-/.,]+(?P<y>\d{{4}})", re.IGNORECASE),
    re.compile(rf"{_NAMED}[\s\-/.,]*(?P<y>\d{{4}})", re.IGNORECASE),
)
# Ten digits are seconds, thirteen milliseconds, from September 2001 on: eight to twelve digits may be a day and a time.
_SECONDS = range(1_000_000_000, 4_102_444_800)  # up to 2099
_DAY_AND_HOUR = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])")


def is_open_end(word: str) -> bool:
    """Say whether a folded word says that something has no end: 长期, 无固定期限, 长期协议, 未约定期限."""
    bare = _BEHIND.sub("", word)
    return word in _OPEN_END or bare in _OPEN_END or bool(_NO_TERM.fullmatch(word)) or bool(_NO_TERM.fullmatch(bare))


def in_digits(text: str) -> str:
    """Return a day in Chinese characters or with an English month in digits; every other text as it is."""
    if "年" in text and text[:1] not in "0123456789":
        found = _CHINESE_DAY.fullmatch("".join(text.split()))
        if found is None or not set(found["y"]) & set("一二三四五六七八九"):
            return text
        year = from_chinese("".join(each if each in _NUMERAL else "〇" for each in found["y"]))
        parts = [None if found[name] is None else _number(found[name]) for name in ("m", "d")]
        if year is None or any(part is None and found[name] for part, name in zip(parts, ("m", "d"), strict=True)):
            return text
        return f"{year}年" + "".join(f"{part}{mark}" for part, mark in zip(parts, "月日", strict=True) if part)
    for pattern in _ENGLISH if _LETTERS.search(text) else ():
        if found := pattern.fullmatch(text.strip()):
            day = f"-{found['d']}" if "d" in pattern.groupindex else ""
            return f"{found['y']}-{_MONTHS.index(found['name'].lower()) + 1}{day}"
    return text


def seconds_since_1970(number: float) -> float | None:
    """Return a number as seconds since 1970 where it can be nothing else than these, or milliseconds."""
    if not isinstance(number, (int, float)) or number != number or number != int(number):
        return None
    if int(number) in _SECONDS:
        return None if _DAY_AND_HOUR.fullmatch(str(int(number))) else float(number)
    return number / 1000 if int(number) // 1000 in _SECONDS and len(str(int(number))) == 13 else None


def _number(text: str) -> int | None:
    return from_chinese(text.replace("廿", "二十").replace("卅", "三十"))
