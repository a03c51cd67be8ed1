"""Numbers and days as offices write them, where the strict readers refuse."""

from __future__ import annotations

import datetime as dt

import pytest

from layers.model.values import end_of_term, from_chinese, rough_date, rough_number


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("约120户", 120),
        ("30余户", 30),
        ("三十多户", 30),
        ("90（含商铺6）", 90),
        ("180户/540人", 180),
        ("九十", 90),
        ("壹佰伍拾户", 150),
        ("28+2", 30),
        ("约1,150户", 1150),
        ("约1.2万户", 12000),
        ("30户左右", 30),
        ("共120户", 120),
        # What stays open: a bound, a span, two numbers of one unit, no number at all.
        ("近百户", None),
        ("不足30户", None),
        ("100-200户", None),
        ("30户以上", None),
        ("10户、20户", None),
        ("若干", None),
        ("", None),
        (30, None),
    ],
)
def test_a_number_with_words_around_it(cell: object, value: int | None) -> None:
    read = rough_number(cell, "户", whole=True)
    assert (read and read.value) == value
    assert read is None or (read.note is not None and str(value) in read.note.say("en"))


def test_of_two_numbers_the_one_of_the_fields_unit() -> None:
    assert rough_number("180户/540人", "人", whole=True).value == 540


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("24.1.1", dt.date(2024, 1, 1), dt.date(2024, 1, 1)),
        ("23年5月1日", dt.date(2023, 5, 1), dt.date(2023, 5, 1)),
        ("二〇二四年五月", dt.date(2024, 5, 1), dt.date(2024, 5, 31)),
        ("39.1.1", dt.date(2039, 1, 1), dt.date(2039, 1, 1)),
        ("10.1.1", dt.date(2010, 1, 1), dt.date(2010, 1, 1)),
        ("2026年2月底", dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
        ("2024年2月初", dt.date(2024, 2, 1), dt.date(2024, 2, 1)),
        ("2025年一季度", dt.date(2025, 1, 1), dt.date(2025, 3, 31)),
        ("2025年第4季度", dt.date(2025, 10, 1), dt.date(2025, 12, 31)),
        ("2025年上半年", dt.date(2025, 1, 1), dt.date(2025, 6, 30)),
        ("2025年下半年", dt.date(2025, 7, 1), dt.date(2025, 12, 31)),
        ("2023年底", dt.date(2023, 12, 31), dt.date(2023, 12, 31)),
        ("2024年1月1日起", dt.date(2024, 1, 1), dt.date(2024, 1, 1)),
        ("至2026年2月28日止", dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
        ("24.12.31", dt.date(2024, 12, 31), dt.date(2024, 12, 31)),
        ("24.2.29", dt.date(2024, 2, 29), dt.date(2024, 2, 29)),
        ("二〇二四年十二月", dt.date(2024, 12, 1), dt.date(2024, 12, 31)),
        ("2025年二季度", dt.date(2025, 4, 1), dt.date(2025, 6, 30)),
        ("2023年初", dt.date(2023, 1, 1), dt.date(2023, 1, 1)),
    ],
)
def test_a_day_in_other_words(cell: str, first: dt.date, last: dt.date) -> None:
    assert (rough_date(cell, False).value, rough_date(cell, True).value) == (first, last)


@pytest.mark.parametrize(
    "cell",
    ["续签中", "24.13.1", "24.5", "三年", "2024年中", "99.1.1", "", "2025年五季度", None, "24.1.0", "24.0.1", "24.1.32",
     "23.2.29", "24.4.31", "40.1.1", "09.1.1"],
)  # fmt: skip
def test_what_is_no_day(cell: object) -> None:
    assert rough_date(cell, True) is None


@pytest.mark.parametrize(
    ("term", "last"),
    [
        ("三年", dt.date(2026, 4, 30)),
        ("3年", dt.date(2026, 4, 30)),
        ("36个月", dt.date(2026, 4, 30)),
        ("一年半", dt.date(2024, 10, 31)),
        ("半年", dt.date(2023, 10, 31)),
        ("十年期", dt.date(2033, 4, 30)),
        ("长期", None),
        ("0年", None),
        ("2026年", None),
    ],
)
def test_a_term_ends_on_the_day_before_its_anniversary(term: str, last: dt.date | None) -> None:
    read = end_of_term(term, dt.date(2023, 5, 1))
    assert (read and read.value) == last


@pytest.mark.parametrize(
    ("text", "number"),
    [("九十", 90), ("一百二十", 120), ("二〇二四", 2024), ("两百零五", 205), ("一万二千", 12000), ("十", 10),
     ("十百", None), ("一二十", None), ("甲", None), ("", None)],
)  # fmt: skip
def test_chinese_numbers(text: str, number: int | None) -> None:
    assert from_chinese(text) == number


@pytest.mark.parametrize(("quarter", "first", "last"), [
    ("一", (1, 1), (3, 31)), ("二", (4, 1), (6, 30)), ("三", (7, 1), (9, 30)), ("四", (10, 1), (12, 31)),
])  # fmt: skip
def test_quarters_in_words(quarter: str, first: tuple[int, int], last: tuple[int, int]) -> None:
    days = [rough_date(f"2025年{quarter}季度", end).value for end in (False, True)]
    assert days == [dt.date(2025, *first), dt.date(2025, *last)]


def test_no_end_said_twice_is_no_end() -> None:
    read = rough_date("长期（未约定期限）", end_of_period=True)
    assert read is not None and (read.value, read.note.key) == (None, "values.open-end")
    assert rough_date("长期（未约定期限）", end_of_period=False) is None
