"""What offices write where a number or a day should stand, when `parse` alone cannot read it.

Each reading rests on an assumption, which comes back as a note; what stays ambiguous stays a problem. Ledgers are read
so, files with typed columns are not.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re

from layers.model.values.cells import Parsed, Raw, fold, footnoted, half_width, shown, simplified
from layers.model.values.dates import YEARS, parse_date
from layers.model.values.day_words import is_open_end
from layers.model.values.numerals import from_chinese, from_digits
from layers.model.values.quantities import parse_number, read_unit
from layers.text import Text

_CHINESE = "〇○零一二三四五六七八九十百千万两壹贰叁肆伍陆柒捌玖拾佰仟"
_BRACKETS = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_FIGURE = re.compile(
    rf"(?:大约|大概|约|共|计)*(\d[\d,]*(?:\.\d+)?|[{_CHINESE}]+)[多余]?\s*((?:万|千|百)?[^\d\s{_CHINESE}/、,;+]*)"
)
_BETWEEN = re.compile(r"(?<!\d),|,(?!\d{3})|[/、;\s]+")
_SUM = re.compile(r"(?P<parts>\d+(?:\s*\+\s*\d+)+)\s*(?P<unit>户|人|个)?")
_VAGUE = re.compile(r"近|超|不足|以上|以下|[<>≥≤?？~～]|\d\s*[-–—至到]\s*\d")
_LONGEST = 60

_Y = r"(?P<y>\d{4}|\d{2}|[〇○零一二三四五六七八九]{4})"
_N = rf"(?:\d{{1,2}}|[{_CHINESE}]{{1,3}})"
_SEP = r"[-./。、,，–—\\]"
_DAY = re.compile(rf"{_Y}(?:年|{_SEP})(?P<m>{_N})(?:月份?|{_SEP})(?P<d>{_N})[日号]?")
_MONTH = re.compile(rf"{_Y}(?:年(?P<m>{_N})月份?|{_SEP}(?P<n>\d{{1,2}})月份?)(?P<part>初|底|末)?")
_PART_OF_YEAR = re.compile(
    rf"{_Y}年?(?:度)?第?(?P<what>[一二三四1-4]季度|Q[1-4]|[上下]半年|年初|年底|年末|初|底|末)末?", re.IGNORECASE
)
_AROUND = re.compile(r"^(?:自|从|于|至|到|截至|截止)|(?:起始?|止|前|到期|为止|签订?|生效|开始|结束|续签)$")
_TERM = re.compile(rf"(?:为?期|合同期)?(?P<n>\d+|[{_CHINESE}]+)(?:个)?(?P<unit>年|月)(?P<half>半)?(?:期|整)?")
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4}
_LONGEST_TERM = 1200  # months
_RECENT = range(10, 40)  # what two digits of a year may be: 2010 to 2039


def rough_number(cell: Raw, unit: str | None, stated: str | None = None, *, whole: bool = False) -> Parsed | None:
    """Read what `parse_number` refuses: 约120户, 30余户, 90（含商铺6）, 180户/540人, 九十, 28+2.

    Returns
    -------
    Parsed or None
        The number with a note of what was assumed; None where nothing can be said.
    """
    if not isinstance(cell, str) or len(cell) > _LONGEST or footnoted(cell):
        return None
    text = _BRACKETS.sub("", simplified(cell)).strip()
    if not text or _VAGUE.search(text):
        return None
    if added := _SUM.fullmatch(text):
        total = sum(int(each) for each in added["parts"].replace(" ", "").split("+"))
        written = f"{total}{added['unit'] or ''}"
        return _noted(parse_number(written, unit, stated, whole=whole), "sum-of-cell", cell)
    figures: list[Parsed] = []
    for part in filter(None, _BETWEEN.split(re.sub(r"(左右|上下)$", "", text))):
        found = _FIGURE.fullmatch(part)
        if not found:
            return None
        number, word = found[1], found[2].strip()
        digits = str(from_chinese(number)) if number[0] in _CHINESE else number
        if digits == "None":
            return None
        if word and read_unit(word) is None:
            return None
        read = parse_number(f"{digits}{word}", unit, stated, whole=whole)
        if read.problem is None:
            figures.append(read)
    if len(figures) != 1:  # 1,20 and 180/540 may be anything
        return None
    return _noted(figures[0], "number-read", cell)


def rough_date(cell: Raw, end_of_period: bool) -> Parsed | None:
    """Read what `parse_date` refuses: 24.1.1, 二〇二四年五月, 2026年2月底, 2025年一季度, 2024年1月1日起."""
    if not isinstance(cell, str) or len(cell) > _LONGEST or footnoted(cell):
        return None
    text = "".join(_BRACKETS.sub("", half_width(cell)).split())
    if end_of_period and (open_end := _open_end(cell, text)):
        return open_end
    bare = _AROUND.sub("", _AROUND.sub("", text)).strip("，,。.;；")
    if bare != text and bare:
        again = parse_date(bare, end_of_period)
        if again.value is not None:
            return Parsed(again.value, note=Text("values.date-read", example=f"{shown(cell)} → {again.value}"))
    days = _days_of(bare)
    if days is None:
        return None
    day = days[1] if end_of_period else days[0]
    return Parsed(day, note=Text("values.date-read", example=f"{shown(cell)} → {day}"))


def _open_end(cell: str, text: str) -> Parsed | None:
    """Return what stands for no end with the same again in brackets: 长期（未约定期限）."""
    beside = [fold(each[1:-1]) for each in _BRACKETS.findall(half_width(cell))]
    if beside and is_open_end(fold(text)) and all(map(is_open_end, beside)):
        return Parsed(note=Text("values.open-end"))
    return None


def end_of_term(cell: Raw, start: dt.date) -> Parsed | None:
    """Read a term (三年, 36个月, 一年半) as its last day, counted from its start; None if it is no term."""
    months = _months_of_term("".join(half_width(cell).split())) if isinstance(cell, str) else None
    if not months or months > _LONGEST_TERM:
        return None
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > YEARS[1]:
        return None
    last = dt.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1])) - dt.timedelta(days=1)
    return Parsed(last, note=Text("values.term-read", example=f"{start} + {shown(cell)} → {last}"))


def _months_of_term(text: str) -> int | None:
    if text in ("半年", "半年期"):
        return 6
    found = _TERM.fullmatch(text)
    count = from_digits(found["n"]) if found else None
    if not found or not count:
        return None
    return count * 12 + (6 if found["half"] else 0) if found["unit"] == "年" else count


def _days_of(text: str) -> tuple[dt.date, dt.date] | None:
    """Return the first and last day of what `text` names, or None."""
    if found := _DAY.fullmatch(text):
        return _span(_year(found["y"]), from_digits(found["m"]), from_digits(found["d"]))
    if found := _MONTH.fullmatch(text):
        span = _span(_year(found["y"]), from_digits(found["m"] or found["n"]), None)
        if span is None or (found["n"] and len(found["y"]) == 2):
            return None  # 24.5 may be a number
        return {"初": (span[0], span[0]), None: span}.get(found["part"], (span[1], span[1]))
    if found := _PART_OF_YEAR.fullmatch(text):
        year, what = _year(found["y"]), found["what"].upper()
        if year is None:
            return None
        if "季" in what or what[0] == "Q":
            mark = what[1] if what[0] == "Q" else what[0]
            quarter = _QUARTERS.get(mark) or int(mark)
            return _months(year, 3 * quarter - 2, 3 * quarter)
        if "半年" in what:
            return _months(year, 1, 6) if what[0] == "上" else _months(year, 7, 12)
        day = dt.date(year, 1, 1) if what.endswith("初") else dt.date(year, 12, 31)
        return day, day
    return None


def _months(year: int, first: int, last: int) -> tuple[dt.date, dt.date]:
    return dt.date(year, first, 1), dt.date(year, last, calendar.monthrange(year, last)[1])


def _span(year: int | None, month: int | None, day: int | None) -> tuple[dt.date, dt.date] | None:
    if year is None or month is None or not 1 <= month <= 12:
        return None
    length = calendar.monthrange(year, month)[1]
    if day is None:
        return dt.date(year, month, 1), dt.date(year, month, length)
    return (dt.date(year, month, day),) * 2 if 1 <= day <= length else None


def _year(text: str) -> int | None:
    number = from_digits(text)
    if number is None:
        return None
    if len(text) == 2:
        return 2000 + number if number in _RECENT else None
    return number if YEARS[0] <= number <= YEARS[1] else None


def _noted(read: Parsed, slug: str, cell: str) -> Parsed | None:
    if read.problem or read.value is None:
        return None
    shown_value = int(read.value) if isinstance(read.value, float) and read.value.is_integer() else read.value
    return Parsed(read.value, note=Text(f"values.{slug}", example=f"{shown(cell)} → {shown_value}"))
