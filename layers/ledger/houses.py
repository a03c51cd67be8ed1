"""House numbers as ledgers write them (1-4号楼, 1#、2#, A区1-3栋, 3号院7#8#9#), and which buildings they mean."""

from __future__ import annotations

import re
import string
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from layers.model.values import from_digits, simplified

if TYPE_CHECKING:
    from layers.model.feature import Raw

MOST = 500  # no courtyard has more buildings; a longer range is a slip
_MARK = r"号\s*楼|#\s*楼|楼栋|号|#|栋|幢|座|楼"
_CHINESE = "一二三四五六七八九十百〇零"
_STEMS = "甲乙丙丁戊己庚辛壬癸"  # are counted like letters, and only forward: 甲座-丁座
_LETTER = f"[A-Za-z{_STEMS}]"
_TO = re.compile(r"\s*(?:\.{2,}|-+>|[→⇒➔]|-+|~+|–|—+|至|到|〜|∼)\s*")
_ZONE = re.compile(
    rf"(?:[A-Za-z]|[{_CHINESE}]+|\d+|[东南西北中前后]|[^\W\d]{{1,8}}?)(?:区|号院|院|期|组团|小区|里|号地块)\s*"
)
_NUMBER = re.compile(
    rf"第?(?P<letter>{_LETTER}?)(?:-(?=\d))?(?P<number>\d{{1,4}}(?!\d)|[{_CHINESE}]+)?(?P<tail>{_LETTER}?)\s*(?P<mark>{_MARK})?"
)
_LETTERS = re.compile(rf"{_LETTER}(?:{_TO.pattern}){_LETTER}\s*(?:{_MARK})")  # A-D座
_BETWEEN = re.compile(r"[\s、,;/|和及与+&.。()\[\]（）]+")
# Words that say something about buildings and are no house numbers: told, not read.
_REMARK = re.compile(r"(?:另有?|其中|含|共计?|合计|还有|在建|未建|规划|拟建|不含|除|等)")
# 1-4号楼（不含3号楼）, 1-6（除2、5外）: which of them are meant is for the office to write.
_EXCEPT = re.compile(r"(?:不含|不包括|不包含|除去?|除了|扣除)[^\d]{0,3}\d|\d[^、,;\n]{0,6}(?:除外|不在内|不算)")
_CODE = re.compile(r"[0-9A-Za-z_-]{5,}")
_HOUSE_LIKE = re.compile(
    rf"(?:\d+|[{_CHINESE}]+|{_LETTER}\d*)\s*(?:号楼|#|栋|幢|座|楼)|号院|^{_LETTER}?\d{{1,4}}{_LETTER}?(?:\D+{_LETTER}?\d{{1,4}}{_LETTER}?)*$"
)
_COUNT = re.compile(r"(?:共|约)?\d{1,3}\s*[栋幢座]?")


@dataclass(frozen=True, slots=True)
class House:
    """One house number: its zone (A区, 3号院; empty where none is named) and its number in one form."""

    zone: str
    number: str

    def __str__(self) -> str:
        return f"{self.zone}{self.number}号楼" if self.number.isdecimal() else f"{self.zone}{self.number}"


@dataclass(frozen=True, slots=True)
class Houses:
    """What a cell of house numbers says: the numbers, what was passed over as a remark, and what was not understood."""

    numbers: tuple[House, ...] = ()
    passed_over: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    zone: str = ""
    found: dict[House, None] = field(default_factory=dict)
    ranged: set[House] = field(default_factory=set)
    unread: list[str] = field(default_factory=list)


def looks_like_houses(cell: str) -> bool:
    """Say whether a cell holds house numbers rather than codes."""
    return bool(_HOUSE_LIKE.search(simplified(cell).strip()))


def may_be_count(cell: Raw) -> bool:
    """Say whether a cell may as well say how many buildings there are: 5, 5栋."""
    return isinstance(cell, (int, float)) or bool(isinstance(cell, str) and _COUNT.fullmatch(simplified(cell).strip()))


def looks_like_code(text: str) -> bool:
    """Say whether what stands in a cell of house numbers may be a building's code."""
    return bool(_CODE.fullmatch(text))


def read_houses(cell: str) -> Houses:
    """Read a cell of house numbers; a zone holds for all numbers behind it, up to the next."""
    reading = _Reading()
    passed: list[str] = []
    if _EXCEPT.search(simplified(cell)):
        return Houses(unread=(cell.strip(),))
    for part in filter(None, (each.strip() for each in re.split(r"[、,;\n]+", simplified(cell).replace("；", ";")))):
        if _REMARK.match(part):
            passed.append(part)
        else:
            _read_part(part, reading)
    return Houses(tuple(reading.found), tuple(passed), tuple(reading.unread))


def _read_part(part: str, reading: _Reading) -> None:
    place = 0
    while place < len(part):
        if found := _BETWEEN.match(part, place):
            place = found.end()
        elif _REMARK.match(part, place):
            return
        elif (found := _ZONE.match(part, place)) and not re.match(r"号院?楼", part[found.end() :]):
            reading.zone, place = found[0].strip(), found.end()
        elif (found := _NUMBER.match(part, place)) and found[0].strip() and (
            _named(found) or _LETTERS.match(part, place)
        ):
            place = _take(part, found, reading)
        else:
            reading.unread.append(part[place:])
            return


def _take(part: str, first: re.Match[str], reading: _Reading) -> int:
    """Take one number or a range that begins here; return where it ends."""
    place = first.end()
    joint = _TO.match(part, place)
    last = _NUMBER.match(part, joint.end()) if joint else None
    if joint is None or last is None or not last[0].strip() or not _named(last, beside=first):
        reading.found[House(reading.zone, _form(first))] = None
        return place
    names = _lettered(first, last) if not first["number"] and not last["number"] else _numbered(first, last)
    houses = [House(reading.zone, name) for name in names]
    if not houses or not reading.ranged.isdisjoint(houses):  # 1-1、1-2 are no ranges that overlap
        reading.unread.append(part[first.start() : last.end()])
        return last.end()
    reading.ranged.update(houses)
    reading.found |= dict.fromkeys(houses)
    return last.end()


def _numbered(first: re.Match[str], last: re.Match[str]) -> list[str]:
    """Return the names from one number to another; none where that may mean several things."""
    low, high = (from_digits(each["number"]) if each["number"] else None for each in (first, last))
    letters = {each.upper() for each in (first["letter"], last["letter"]) if each}
    odd = len(letters) > 1 or first["tail"] or last["tail"]
    if odd or low is None or high is None or not 0 <= high - low < MOST:
        return []
    letter = letters.pop() if letters else ""
    return [f"{letter}{number}" for number in range(low, high + 1)]


def _lettered(first: re.Match[str], last: re.Match[str]) -> list[str]:
    """Return the letters from one to another (A座-D座), those between them too; none where they do not follow."""
    low, high = ((each["letter"] + each["tail"]).upper() for each in (first, last))
    for row in (string.ascii_uppercase, _STEMS):
        if len(low) == len(high) == 1 and low in row and high in row:
            return list(row[row.index(low) : row.index(high) + 1])
    return []


def _named(found: re.Match[str], beside: re.Match[str] | None = None) -> bool:
    """Say whether a match names a building: it has a number, or a letter and a mark (A-D座)."""
    marked = found["mark"] or (beside is not None and beside["mark"])
    return bool(found["number"]) or bool((found["letter"] or found["tail"]) and marked)


def _form(found: re.Match[str]) -> str:
    number = from_digits(found["number"]) if found["number"] else None
    return f"{found['letter'].upper()}{'' if number is None else number}{found['tail'].upper()}"


class KnownHouses:
    """The buildings of a place by their names: the codes that a house number may mean.

    Parameters
    ----------
    names : mapping of str to str
        Building code → name (楼号) of the buildings of one community or courtyard.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._exact: dict[House, list[str]] = defaultdict(list)
        self._number: dict[str, list[str]] = defaultdict(list)
        for code, name in sorted(names.items()):
            numbers = read_houses(name).numbers
            if len(numbers) == 1:
                self._exact[numbers[0]].append(code)
                self._number[numbers[0].number].append(code)

    def meant(self, houses: Iterable[House]) -> dict[House, list[str]]:
        """Return what each number may mean: one code where it is clear, several or none where it is not.

        A zone that no building's name has is passed over, unless two of the numbers differ by it alone.
        """
        asked = list(houses)
        by_number: dict[str, set[str]] = defaultdict(set)
        for each in asked:
            by_number[each.number].add(each.zone)
        found = {}
        for each in asked:
            codes = self._exact.get(each, [])
            if not codes:
                rest = self._number.get(each.number, [])
                zoneless = self._exact.get(House("", each.number), [])
                codes = zoneless if each.zone else rest
                if each.zone and len(by_number[each.number]) > 1:
                    codes = []
            found[each] = codes
        return found
