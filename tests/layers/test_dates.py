"""Dates at the edges: the turn of a year, leap days, the first and last day number, years out of range."""

from __future__ import annotations

import datetime as dt

import pytest

from layers.model.values import Number1904, Unreadable, Whole1904
from layers.model.values.dates import FIRST_SERIAL, LAST_SERIAL, parse_date, parse_period


def read(cell: object, end: bool = False) -> str | None:
    """Return the date as text; what is wrong as ``!slug``; a note without a date as ``(slug)``."""
    found = parse_date(cell, end)
    if found.problem:
        return "!" + found.problem.key.removeprefix("values.")
    return found.value.isoformat() if found.value else f"({found.note.key.removeprefix('values.')})"


@pytest.mark.parametrize(
    ("serial", "day"),
    [
        (45657, "2024-12-31"),  # as Excel shows them: a day more or less would be another year
        (45658, "2025-01-01"),
        (45291, "2023-12-31"),
        (45292, "2024-01-01"),
        (45351, "2024-02-29"),
        (36525, "1999-12-31"),
        (36526, "2000-01-01"),
    ],
)
@pytest.mark.parametrize("style", [int, float, str, lambda serial: serial + 0.999])
def test_day_numbers_of_excel_at_the_end_of_a_year(serial, day, style):
    assert read(style(serial)) == day


def test_the_day_numbers_that_are_taken_as_days():
    assert read(FIRST_SERIAL) == read(str(FIRST_SERIAL)) == "1954-10-03"
    assert read(LAST_SERIAL) == read(str(LAST_SERIAL)) == read(LAST_SERIAL + 0.5) == "2119-01-11"
    assert read(FIRST_SERIAL - 1) == read(LAST_SERIAL + 1) == read(float(LAST_SERIAL + 1)) == "!date-not-understood"
    assert read(str(FIRST_SERIAL - 1)) == read(str(LAST_SERIAL + 1)) == "!date-not-understood"


def test_a_day_number_written_as_text_is_said():
    assert parse_date("45657").note.key == "values.text-serial"
    assert parse_date(45657).note is None


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024.12", "2024-12-01", "2024-12-31"),
        ("2024.1", "2024-01-01", "2024-01-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-02", "2023-02-01", "2023-02-28"),
        ("202412", "2024-12-01", "2024-12-31"),
        ("20241231", "2024-12-31", "2024-12-31"),
        (2024, "2024-01-01", "2024-12-31"),
        (2024.12, "2024-12-01", "2024-12-31"),
        (2024.2, "2024-02-01", "2024-02-29"),
    ],
)
def test_a_period_begins_on_its_first_day_and_ends_on_its_last(cell, first, last):
    assert (read(cell), read(cell, end=True)) == (first, last)


@pytest.mark.parametrize(
    "cell", ["2024.0", "2024.13", "2024-12-32", "2024-04-31", "2024-1-0", "20241301", "2023-02-29"]
)
def test_days_that_no_calendar_has(cell):
    assert read(cell) == read(cell, end=True) == "!no-such-date"


def test_years_that_a_record_may_have():
    assert (read("1800-01-01"), read("2200-12-31")) == ("1800-01-01", "2200-12-31")
    assert read("1799-12-31") == read("2201-01-01") == read(dt.date(1799, 12, 31)) == "!year-out-of-range"
    refused = parse_date("1799-12-31").problem.say("en")
    assert "1800" in refused and "2200" in refused
    assert read("0000-01-01") == read("0000", end=True) == "!no-such-date"  # there was no year 0
    assert read("0001") == "!year-out-of-range"


@pytest.mark.parametrize("cell", ["9999", "9999-12-31", "99991231", dt.date(9999, 12, 31), dt.datetime(9999, 1, 1)])
def test_the_year_9999_is_no_end(cell):
    assert read(cell) == read(cell, end=True) == "(open-end)"


def test_a_word_for_nothing_is_a_blank_and_said():
    assert read("无") == read("None") == "(placeholder)"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("200105", "!two-digit-year"),  # May 2001, or 5 January 2020
        ("200113", "!no-such-date"),  # 13 January 2020 would be one; but also no month 13 of 2001
        ("201305", "2013-05-01"),  # there is no month 13, so only May 2013
        ("202400", "!no-such-date"),
        ("199912", "1999-12-01"),
    ],
)
def test_six_digits_may_be_a_month_or_a_day_with_a_short_year(cell, expected):
    assert read(cell) == (expected if cell != "200113" else "!two-digit-year")


@pytest.mark.parametrize("cell", [2024.1, 1999.1])
def test_january_and_october_cannot_be_told_apart_in_a_number(cell):
    assert read(cell) == "!january-or-october"


@pytest.mark.parametrize("cell", [True, 12.5, 123, 123456789, 1234.567, -45657, None, [], float(10**20)])
def test_numbers_and_things_that_are_no_dates(cell):
    assert read(cell) == "!date-not-understood"


@pytest.mark.parametrize(
    ("cell", "slug"), [("24.5.1", "two-digit-year"), ("1/5/2024", "year-last"), ("5月", "no-year")]
)
def test_what_is_missing_is_named(cell, slug):
    assert read(cell) == f"!{slug}"


class TestPeriods:
    @pytest.mark.parametrize(
        ("cell", "first", "last"),
        [
            ("2024-2024", "2024-01-01", "2024-12-31"),
            ("2023.12-2024.1", "2023-12-01", "2024-01-31"),
            ("2024-01-01~2024-12-31", "2024-01-01", "2024-12-31"),
            ("2024年1月1日到2024年12月31日", "2024-01-01", "2024-12-31"),
            ("2024.1——2024.2", "2024-01-01", "2024-02-29"),
        ],
    )
    def test_from_and_to(self, cell, first, last):
        assert [each.value.isoformat() for each in parse_period(cell)] == [first, last]

    @pytest.mark.parametrize("cell", ["2024.3至今", "2024.3~至今", "2024.3-长期"])
    def test_an_open_end_is_no_day_and_said(self, cell):
        first, last = parse_period(cell)
        assert (first.value, last.value, last.problem) == (dt.date(2024, 3, 1), None, None)
        assert last.note.key == "values.open-end"

    @pytest.mark.parametrize(
        "cell", ["2024", "至今", "长期-2024", "2024-01-02", "2024.1-2024.13", "x至2024", "2024至x"]
    )
    def test_what_is_no_period(self, cell):
        problems = [each.problem.key for each in parse_period(cell)]
        assert problems == ["values.period-not-understood"] * 2


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2025-02-28T16:00:00Z", "2025-03-01"),
        ("2025-02-28T15:59:59Z", "2025-02-28"),
        ("2025-02-28 16:00:00+00:00", "2025-03-01"),
        ("2025-03-01T00:30:00+09:00", "2025-02-28"),
        ("2025-03-01T00:00:00+08:00", "2025-03-01"),
        ("2025-02-28T10:00:00.000-0700", "2025-03-01"),
        ("2025/02/28 16:00 UTC", "2025-03-01"),
        ("2025-02-28T16:00:00", "2025-02-28"),
        ("2025-02-28T25:00:00Z", "!date-not-understood"),
        ("2025-02-28T16:00:00+99:00", "!date-not-understood"),
        ("2025-02-30T16:00:00Z", "!no-such-date"),
        ("9999-12-31T16:00:00Z", "(open-end)"),
        (dt.datetime(2025, 2, 28, 16, tzinfo=dt.UTC), "2025-03-01"),
        (dt.datetime(2025, 2, 28, 16), "2025-02-28"),
        (dt.datetime(9999, 12, 31, 23, tzinfo=dt.UTC), "(open-end)"),
        (dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14))), "!year-out-of-range"),
    ],
)
def test_a_moment_that_names_its_zone_lies_on_the_day_in_china(moment, day):
    assert read(moment) == day


def test_day_numbers_of_a_1904_workbook():
    assert read(Whole1904(43524)) == read(Number1904(43524.9)) == "2023-03-01"
    assert read(Whole1904(18538)) == "1954-10-03" and read(Whole1904(20240301)) == "2024-03-01"


def test_what_cannot_be_read_is_no_date_and_no_period():
    assert read(Unreadable("#N/A")) == "!date-not-understood"
    assert {each.problem.key for each in parse_period(Unreadable("#N/A"))} == {"values.excel-error"}


def test_the_last_day_number_of_a_1904_workbook():
    last = LAST_SERIAL - 1462
    assert read(Whole1904(last)) == read(Number1904(last + 0.5)) == "2119-01-11"
    # A day later is none, and not the day that a workbook of 1900 would mean by it.
    assert read(Whole1904(last + 1)) == "!date-not-understood"


def test_no_zone_is_a_day_or_more_away():
    assert read("2024-05-01T00:30:00+23:59") == "2024-04-30"
    assert read("2024-05-01T08:00:00+24:00") == read("2024-05-01T08:00:00-24:00") == "!date-not-understood"
