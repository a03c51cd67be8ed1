"""Days in words and in counts, wherever a date is read."""

# ruff: noqa: E501 - lists of what is written in cells
from __future__ import annotations

import datetime as dt

import pytest

from layers.model.values import cleaned, is_error, parse_codes, parse_date, refusal, rough_date, says_nothing
from layers.model.values.day_words import in_digits


@pytest.mark.parametrize(
    "cell",
    ["二〇二二年三月一日", "二О二二年三月一日", "二0二二年三月一日", "二○二二年三月一号", "1 Mar 2022", "March 1, 2022", "1-Mar-2022",
     1646064000, 1646064000000, "1646064000000"],
)  # fmt: skip
def test_a_day_in_words_or_counted_since_1970(cell: object) -> None:
    assert parse_date(cleaned(cell)).value == dt.date(2022, 3, 1)


@pytest.mark.parametrize(
    ("text", "digits"),
    [("二〇二四年五月", "2024年5月"), ("〇〇〇〇年五月", "〇〇〇〇年五月"), ("3 Mar 2024", "2024-3-3")],
)
def test_a_year_of_noughts_alone_is_none(text: str, digits: str) -> None:
    assert in_digits(text) == digits


def test_a_month_in_words_is_its_first_or_last_day() -> None:
    assert parse_date("二〇二四年二月", end_of_period=True).value == dt.date(2024, 2, 29)
    assert parse_date("Feb 2024").value == dt.date(2024, 2, 1)


def test_what_a_count_since_1970_is_told() -> None:
    assert parse_date(1646064000).note.key == "values.epoch-read"


@pytest.mark.parametrize("cell", ["2024010112", 13800000000, 202401011200, "二〇二四年十三月一日", "March", "01/02/2020"])
def test_what_may_be_something_else_is_no_day(cell: object) -> None:
    assert parse_date(cell).value is None and parse_date(cell).problem


@pytest.mark.parametrize("word", ["长期合同", "长期协议", "无固定期", "未约定期限", "不设期限", "no end"])
def test_no_end_in_other_words(word: str) -> None:
    read = parse_date(word, end_of_period=True)
    assert (read.value, read.problem, read.note.key) == (None, None, "values.open-end")


@pytest.mark.parametrize("word", ["未约定", "无合同期限", "未明确日期", "无日期", "长期空置"])
def test_a_day_that_is_not_known_is_no_end_of_days(word: str) -> None:
    assert parse_date(word, end_of_period=True).problem


def test_brackets_beside_no_end_must_say_the_same() -> None:
    assert rough_date("长期（未约定期限）", True).note.key == "values.open-end"
    assert rough_date("长期（已终止）", True) is None


@pytest.mark.parametrize("cell", ["#WERT!", "#BEZUG!", "#¡REF!", "#NOM?", "#ДЕЛ/0!", "#NV", "#N/D", "#Н/Д", "#N/A", "Err:502"])
def test_an_error_in_any_language_is_an_error(cell: str) -> None:
    assert is_error(cell) and refusal(cell).key == "values.excel-error"


def test_a_number_wider_than_its_column_was_never_read() -> None:
    assert refusal("########").key == "values.column-too-narrow"
    assert refusal("9#") is None and refusal("1#楼!") is None and refusal("#12") is None


@pytest.mark.parametrize("cell", ["待核实", "???", "不详", "未编码", "TBD", "待补充"])
def test_what_is_still_to_be_found_out_says_nothing(cell: str) -> None:
    assert says_nothing(cell)


@pytest.mark.parametrize("cell", ["待客小区物业", "12", "A?1", "无名路1号", "NK"])
def test_names_and_codes_say_something(cell: str) -> None:
    assert not says_nothing(cell)


@pytest.mark.parametrize("list_", ["990101001001001。990101001001002", "990101001001001-->990101001001002", "990101001001001…990101001001002"])
def test_lists_and_ranges_with_other_marks(list_: str) -> None:
    read = parse_codes(list_)
    assert read.problem is None
    assert {each.first for each in read.ranges} | {each.last for each in read.ranges} == {"990101001001001", "990101001001002"}
