"""Pinyin initials, so that 滨江花园 is found by "bjhy".

GB 2312 sorts its 3,755 common characters by pronunciation, so the initial follows from a character's place in it
and no dictionary is needed. Its limits: rarer characters have no initial, and a character with two readings has
the one by which the standard sorts it (长 is "c", 重 is "z").
"""

from __future__ import annotations

from bisect import bisect_right

# The first character of each letter in GB 2312's first level; no syllable begins with i, u or v.
FIRSTS = "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝"
LETTERS = "abcdefghjklmnopqrstwxyz"
STARTS = [int.from_bytes(first.encode("gb2312"), "big") for first in FIRSTS]
END_OF_FIRST_LEVEL = 0xD7F9


def initials(text: str) -> str:
    """Return the pinyin initials of `text`; letters and digits stay, lower-cased, everything else falls out."""
    return "".join(map(_initial, text))


def _initial(character: str) -> str:
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    try:
        place = int.from_bytes(character.encode("gb2312"), "big")
    except UnicodeEncodeError:
        return ""
    if not STARTS[0] <= place <= END_OF_FIRST_LEVEL:
        return ""
    return LETTERS[bisect_right(STARTS, place) - 1]
