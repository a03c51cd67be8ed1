"""Days as requests write them, with one verdict at every door. What offices write in cells is read by `dates`."""

from __future__ import annotations

import datetime as dt
import re

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def read_day(text: str) -> dt.date:
    """Read a day: ``YYYY-MM-DD`` and nothing else, so neither ``20250206``, ``2025-2-6`` nor ``2025-W06-4``.

    Raises
    ------
    ValueError
        The text has another form, or there is no such day.
    """
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return dt.date.fromisoformat(text)


def read_instant(text: str) -> dt.date:
    """Read a day, or the day of an instant (RFC 3339, ``2025-02-06T10:00:00Z``) as it is written there.

    Raises
    ------
    ValueError
        The text is neither, or there is no such moment.
    """
    if not (instant := _INSTANT.fullmatch(text)):
        return read_day(text)
    dt.datetime.fromisoformat(text.upper())
    return read_day(instant[1])
