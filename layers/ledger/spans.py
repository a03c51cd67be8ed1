"""From when till when, in one cell: 2023.3.1-2026.2.28, 2023年3月1日起三年; also below the heading of one day."""

from __future__ import annotations

import datetime as dt
import re

from layers.model.values import Parsed, end_of_term, half_width, parse_date, parse_period

Both = tuple[Parsed, Parsed]
_FROM = re.compile(r"(.+?)\s*(?:起|开始|[,;、])\s*(?:期限|为期|合同期|共|计)?\s*[:]?\s*([^,;、]+)")
_BESIDE = re.compile(r"(.+?)\s*\(([^()]+)\)")


def read_span(cell: object) -> Both:
    """Read a cell as first and last day; both carry the problem where it is not clear.

    Beside two days, a term counted from the first day is read (2023年3月1日起三年), and a term that says the same
    once more (2023.3.1-2026.2.28（三年）).
    """
    first, last = parse_period(cell)
    if not first.problem or not isinstance(cell, str):
        return first, last
    text = half_width(cell).strip()
    if found := _BESIDE.fullmatch(text):
        days = parse_period(found[1])
        if _ends(days[0], found[2]) == days[1].value is not None:
            return days
    elif found := _FROM.fullmatch(text):
        start = parse_date(found[1])
        end = end_of_term(found[2], start.value) if isinstance(start.value, dt.date) else None
        if end is not None:
            return start, end
    return first, last


def span_under(cell: object, beside: object, begins: bool) -> Both | None:
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
