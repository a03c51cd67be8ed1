"""From when till when, in one cell: 2023.3.1-2026.2.28, 2023年3月1日起三年; also below the heading of one day."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from layers.model.values import Parsed, end_of_term, half_width, parse_date, parse_period, rough_date

if TYPE_CHECKING:
    from layers.model.feature import Raw

Both = tuple[Parsed, Parsed]
_FROM = re.compile(r"(.+?)\s*(?:起|开始|[,;、])\s*(?:期限|为期|合同期|共|计)?\s*[:]?\s*([^,;、]+)")
_CUT = re.compile(r"\s*(?:起?[至到]|-+>|[—→]+|--|[-~–〜])\s*")
# A day in few signs, or words alone (长期有效); words beside a day may change what it means.
_SHORT = re.compile(r"[\d.年月日/号零〇○一二三四五六七八九十初底末上下半季度第]+|[^\d()\[\]]{1,8}")
_BESIDE = re.compile(r"(.+?)\s*\((?:共|合计|为期|期限)?:?([^()]+)\)")
# 三年（2023.3.1-2026.2.28）
_TERM_FIRST = re.compile(r"(?:共|为期|期限)?([^()\d]{1,4}年|\d{1,2}年|\d{1,3}个月)\s*\((.+)\)")


def read_span(cell: Raw) -> Both:
    """Read a cell as first and last day; both carry the problem where it is not clear.

    Beside two days, a term counted from the first day is read (2023年3月1日起三年), and a term that says the same
    once more (2023.3.1-2026.2.28（三年）).
    """
    first, last = parse_period(cell)
    if not first.problem or not isinstance(cell, str):
        return first, last
    text = half_width(cell).strip()
    if found := _TERM_FIRST.fullmatch(text):
        days = parse_period(found[2])
        if _ends(days[0], found[1]) == days[1].value is not None:
            return days
    elif found := _BESIDE.fullmatch(text):
        days = parse_period(found[1])
        if _ends(days[0], found[2]) == days[1].value is not None:
            return days
    elif found := _FROM.fullmatch(text):
        start = parse_date(found[1])
        end = end_of_term(found[2], start.value) if isinstance(start.value, dt.date) else None
        if end is not None:
            return start, end
    cuts = [(_day(text[: at.start()], False), _day(text[at.end() :], True)) for at in _CUT.finditer(text)]
    clear = [(start, end) for start, end in cuts if start.value is not None and end.problem is None]
    return clear[0] if len(clear) == 1 else (first, last)


def _day(text: str, end_of_period: bool) -> Parsed:
    """Read one of two days, written in short too: 22.7.1至长期有效."""
    read = parse_date(text, end_of_period)
    rough = rough_date(text, end_of_period) if read.problem and _SHORT.fullmatch(text.strip()) else None
    return rough or read


def span_under(cell: Raw, beside: Raw, begins: bool) -> Both | None:
    """Read a span below the heading of one day (合同起始); None where it is none, or the other cell differs.

    Parameters
    ----------
    cell, beside : object
        The cell, and the cell of the other day; None where that is blank.
    begins : bool
        Whether the heading is that of the first day.
    """
    if not isinstance(cell, str) or parse_date(cell, not begins).problem is None:
        return None
    both = read_span(cell)
    if both[0].problem:
        return None
    other = both[1] if begins else both[0]
    fits = beside is None or beside == cell or parse_date(beside, begins).value == other.value is not None
    return both if fits else None


def _ends(first: Parsed, term: str) -> object:
    read = end_of_term(term, first.value) if isinstance(first.value, dt.date) else None
    return None if read is None else read.value
