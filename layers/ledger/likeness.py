"""Which field an unknown heading most likely means: by what it is called and by what stands below it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from layers.catalogue import catalogue
from layers.ledger.houses import looks_like_houses, read_houses
from layers.ledger.words import folded, known_words
from layers.model.values import cleaned, fold, is_placeholder, parse_date, plain, rough_date, split_heading

_MODE = "arrangement.mode"
_START, _END = "arrangement.start_date", "arrangement.end_date"
_ENDS = re.compile(r"止|到期|截|届|满|终|结束|失效|有效期|expir|end|until", re.IGNORECASE)
_BEGINS = re.compile(r"起|始|签|生效|进驻|入驻|接管|开始|引进|start|begin|sign|since", re.IGNORECASE)
_NO_CONTRACT = re.compile(r"建成|竣工|交付|改造|摸排|填报|登记|出生|成立|换届|验收|备案|更新|检查|走访")
# What was, or may become: never what is now.
_NOT_NOW = re.compile(
    r"原(?!因)|前(?!期物)|旧|曾|历史|历任|上[一届期次]|(?:变更|调整|更换|移交|改造|到期|续签)之?前|拟|计划|意向|备选"
    r"|former|previous|planned",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"数$|数量|总数|面积|率$|几")
_HOUSE_MARK = re.compile(r"\d(?:号楼|#|＃|栋|幢)")
_CODE = re.compile(r"\d{13,}")
_MOST_CELLS = 40
_ALIKE = 0.62
_MANY = 0.6


def likely_role(heading: str, cells: Sequence[object], taken: Collection[str]) -> str | None:
    """Return the role that a heading most likely means, of those that no column has yet; None for no idea.

    Parameters
    ----------
    cells : sequence
        What stands below it, cleaned.
    taken : collection of str
        The roles that columns have already.
    """
    word = folded(split_heading(heading)[0])
    if is_past(heading):
        return None
    filled = [each for each in map(cleaned, cells) if each is not None and not is_placeholder(each)][:_MOST_CELLS]
    for role in (_by_values(word, filled), _by_name(word, taken)):
        counts = role in ("houses", "buildings") and _COUNTS.search(word)
        if role is not None and role not in taken and not counts:
            return role
    return None


def is_past(heading: str) -> bool:
    """Say whether a heading is of what was, or may become: 原管理单位, 变更前物业, 拟引进物业."""
    return bool(_NOT_NOW.match(folded(split_heading(heading)[0])))


def role_by_values(cells: Sequence[object], taken: Collection[str]) -> str | None:
    """Return what a column without a heading most likely means, by what stands in it; None for no idea."""
    filled = [each for each in map(cleaned, cells) if each is not None and not is_placeholder(each)][:_MOST_CELLS]
    most = _MANY * len(filled)
    if filled and sum(map(_is_day, filled)) >= most:
        return next((role for role in (_START, _END) if role not in taken), None)
    role = _by_values("楼", filled)
    return None if role in taken else role


def _by_values(word: str, filled: Sequence[object]) -> str | None:
    if not filled:
        return None
    texts = [plain(each) for each in filled]

    def many(count: int) -> bool:
        return count >= max(1, _MANY * len(filled))

    if many(sum(fold(each) in _modes() for each in texts)):
        return _MODE
    if many(sum(map(_is_day, filled))) and not _NO_CONTRACT.search(word):
        return _END if _ENDS.search(word) else _START if _BEGINS.search(word) else None
    if many(sum(_HOUSE_MARK.search(each) is not None and not read_houses(each).unread for each in texts)):
        return "houses"
    if re.search(r"楼|栋|幢|座|号", word) and "院" not in word and "户" not in word:
        if many(sum(bool(_CODE.search(each)) for each in texts)):
            return "buildings"
        if many(sum(looks_like_houses(each) and not each.isdecimal() for each in texts)):
            return "houses"
    return None


def _by_name(word: str, taken: Collection[str]) -> str | None:
    best, found = _ALIKE, None
    for known, role in known_words().items():
        if role in taken or role in ("seq", "remark"):
            continue
        likeness = SequenceMatcher(None, word, known).ratio()
        if likeness > best:
            best, found = likeness, role
    return found


@lru_cache(maxsize=1)
def _modes() -> frozenset[str]:
    values = catalogue().layer("arrangements").field("mode").values
    return frozenset(fold(word) for each in values if each.code != "unknown" for word in each.words())


def _is_day(cell: object) -> bool:
    if isinstance(cell, (int, float)) and not 20_000 <= cell <= 80_000:
        return False
    if parse_date(cell).value is not None:
        return not (isinstance(cell, str) and cell.isdecimal() and len(cell) < 6)
    rough = rough_date(cell, False)
    return rough is not None and rough.value is not None
