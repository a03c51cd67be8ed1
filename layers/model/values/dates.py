"""Dates as offices write them: 2024-05-01, 2024.5, 2024年5月1日, 20240501, Excel's day numbers, 长期."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from functools import lru_cache

from layers import clock
from layers.model.values.cells import Parsed, Raw, fold, footnoted, half_width, plain, refusal, shown
from layers.model.values.day_words import EPOCH_START, in_digits, is_open_end, seconds_since_1970
from layers.model.values.marked import DAYS_FROM_1900_TO_1904, From1904
from layers.text import Text

NONE = frozenset({"无", "暂无", "none"})
FOREVER = 9999
YEARS = (1800, 2200)
FIRST_SERIAL, LAST_SERIAL = 20000, 80000  # 1954-10-03 to 2119-01-11 in Excel's 1900 system
EPOCH = dt.date(1899, 12, 30)  # day 0 of the 1900 system for every day after its 29 February 1900, which never was

_SEP = r"[-./\\_,、。–—]"
_WEEKDAY = re.compile(r"\(?(?:星期|周)[一二三四五六日天]\)?$")
_DATE = re.compile(rf"(\d{{4}})(?:年|{_SEP})(\d{{1,2}})(?:月|(?:月|{_SEP})(\d{{1,2}})[日号]?)?")
_YEAR = re.compile(r"(\d{4})年?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_TIME = re.compile(r"(?:T|\s+)(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$", re.IGNORECASE)
_TWO_DIGIT_YEAR = re.compile(rf"['’]?\d{{2}}(?:年|{_SEP})\d{{1,2}}(?:月|(?:月|{_SEP})\d{{1,2}}[日号]?)?")
_YEAR_LAST = re.compile(rf"\d{{1,2}}{_SEP}\d{{1,2}}{_SEP}\d{{4}}")
_NO_YEAR = re.compile(r"\d{1,2}月(?:\d{1,2}[日号]?)?")

_AROUND_PERIOD = re.compile(r"^\(?\s*(?:自|从|由)?\s*|\s*(?:为?止)?\s*\)?$")  # (自2023年3月1日起至2026年2月28日止)


def parse_date(cell: Raw, end_of_period: bool = False) -> Parsed:
    """Read one cleaned cell as a date.

    Parameters
    ----------
    cell : Raw
        Text, a number, a date or a datetime; not None.
    end_of_period : bool
        A year or a month alone means its last day instead of its first.
    """
    if isinstance(cell, dt.datetime):
        return _in_range(day_here(cell), cell)
    if isinstance(cell, dt.date):
        return _in_range(cell, cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _from_number(cell, end_of_period)
    if isinstance(cell, str):
        return _from_text(cell, end_of_period)
    return _problem("date-not-understood", cell)


def day_here(moment: dt.datetime) -> dt.date:
    """Return the day of a moment: as written where it names no zone, else as clocks show it here (`layers.clock`)."""
    if moment.tzinfo is None or not dt.MINYEAR < moment.year < dt.MAXYEAR:
        return moment.date()
    return clock.day_of(moment)


def parse_period(cell: Raw) -> tuple[Parsed, Parsed]:
    """Read "from to" in one cell (``2021.3-2024.2``, ``2021年3月1日至长期``) as its two dates.

    The cell is cut at a dash, ``~``, ``至`` or ``到``; if not exactly one cut leaves a date on either side, both
    results carry the problem.
    """
    if problem := refusal(cell) or footnoted(cell):
        return Parsed(problem=problem), Parsed(problem=problem)
    text = _AROUND_PERIOD.sub("", half_width(plain(cell)).strip())
    cuts = []
    for mark in re.finditer(r"\s*(?:起?[至到]|-+>|[—→]+|--|[-~–〜])\s*", text):
        first, last = parse_date(text[: mark.start()], False), parse_date(text[mark.end() :], True)
        if first.value and (last.value or (last.note and not last.problem)):
            cuts.append((first, last))
    if text.endswith("至今") and not cuts and parse_date(text[:-2]).value:
        cuts = [(parse_date(text[:-2]), parse_date("至今", True))]
    if len(cuts) == 1:
        return cuts[0]
    unclear = _problem("period-not-understood", cell)
    return unclear, unclear


def _from_text(cell: str, end_of_period: bool) -> Parsed:
    if problem := footnoted(cell):
        return Parsed(problem=problem)
    return _from_text_in(clock.zone_name(), cell, end_of_period)


@lru_cache(maxsize=4096)
def _from_text_in(zone: str, cell: str, end_of_period: bool) -> Parsed:
    """Read a text where the clocks are those of a zone: a moment is another day in another zone."""
    written = half_width(cell).strip().lstrip("'")
    time = _TIME.search(written)
    written_day = in_digits(_TIME.sub("", written))
    text = _WEEKDAY.sub("", "".join(written_day.split()))
    if time is not None and time[3]:
        return _of_moment(cell, _from_text(text, end_of_period), time)
    if is_open_end(fold(text)):
        return Parsed(note=Text("values.open-end"))
    if fold(text) in NONE:
        return Parsed(note=Text("values.placeholder", value=text))
    if found := (_DATE.fullmatch(text) or _YEAR.fullmatch(text)):
        return _period(cell, end_of_period, *found.groups())
    if re.fullmatch(r"\d{5}", text) and FIRST_SERIAL <= int(text) <= LAST_SERIAL:
        return Parsed(_serial(int(text)), note=Text("values.text-serial"))
    if found := _COMPACT.fullmatch(text):
        return _compact(cell, text, found.groups(), end_of_period)
    if text.isdecimal() and (seconds := seconds_since_1970(int(text))) is not None:
        return _of_epoch(seconds)
    for pattern, slug in ((_TWO_DIGIT_YEAR, "two-digit-year"), (_YEAR_LAST, "year-last"), (_NO_YEAR, "no-year")):
        if pattern.fullmatch(text):
            return _problem(slug, cell)
    return _problem("date-not-understood", cell)


def _of_moment(cell: str, day: Parsed, time: re.Match[str]) -> Parsed:
    """Return the day here of a day and a time that names its zone."""
    if not isinstance(day.value, dt.date):
        return day
    if int(time[1]) > 23 or int(time[2]) > 59:
        return _problem("date-not-understood", cell)
    offset = dt.timedelta()
    if time[3][0] in "+-":
        hours, minutes = int(time[3][1:3]), int(time[3][-2:])
        offset = dt.timedelta(hours=hours, minutes=minutes) * (-1 if time[3][0] == "-" else 1)
        if abs(offset) >= dt.timedelta(days=1):
            return _problem("date-not-understood", cell)
    there = dt.datetime.combine(day.value, dt.time(int(time[1]), int(time[2])), dt.timezone(offset))
    return _in_range(day_here(there), cell)


def _from_number(cell: float, end_of_period: bool) -> Parsed:
    serial = cell + DAYS_FROM_1900_TO_1904 if isinstance(cell, From1904) else cell
    if FIRST_SERIAL <= serial < LAST_SERIAL + 1:
        return Parsed(_serial(int(serial)))
    if (seconds := seconds_since_1970(cell)) is not None:
        return _of_epoch(seconds)
    text = plain(cell)
    if text.isdecimal() and len(text) in (4, 6, 8):
        return _from_text(text, end_of_period)
    if re.fullmatch(r"\d{4}\.1", text):
        # 2024.10 typed as a number is stored as 2024.1: January and October can no longer be told apart.
        return _problem("january-or-october", cell)
    if re.fullmatch(r"\d{4}\.\d{1,2}", text):
        return _from_text(text, end_of_period)
    return _problem("date-not-understood", cell)


def _of_epoch(seconds: float) -> Parsed:
    """Return the day here of a count of seconds."""
    return Parsed(day_here(EPOCH_START + dt.timedelta(seconds=seconds)), note=Text("values.epoch-read"))


def _compact(cell: Raw, text: str, found: tuple[str, ...], end_of_period: bool) -> Parsed:
    if len(text) == 6 and _exists(2000 + int(text[:2]), int(text[2:4]), int(text[4:])):
        return _problem("two-digit-year", cell)  # 200105 is May 2001, or 5 January 2020
    return _period(cell, end_of_period, *found)


def _period(cell: Raw, end_of_period: bool, year: str, month: str | None = None, day: str | None = None) -> Parsed:
    y, m = int(year), int(month) if month else (12 if end_of_period else 1)
    if y == FOREVER:
        return Parsed(note=Text("values.open-end"))
    if not 1 <= m <= 12:
        return _problem("no-such-date", cell)
    d = int(day) if day else (_days(y, m) if end_of_period else 1)
    if not _exists(y, m, d):
        return _problem("no-such-date", cell)
    return _in_range(dt.date(y, m, d), cell)


def _in_range(date: dt.date, cell: Raw) -> Parsed:
    if date.year == FOREVER:
        return Parsed(note=Text("values.open-end"))
    if not YEARS[0] <= date.year <= YEARS[1]:
        return Parsed(problem=Text("values.year-out-of-range", value=shown(cell), first=YEARS[0], last=YEARS[1]))
    return Parsed(date)


def _serial(number: int) -> dt.date:
    return EPOCH + dt.timedelta(days=number)


def _exists(year: int, month: int, day: int) -> bool:
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= _days(year, month)


def _days(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1] if year >= 1 else 0


def _problem(slug: str, cell: Raw) -> Parsed:
    return Parsed(problem=Text(f"values.{slug}", value=shown(cell)))
