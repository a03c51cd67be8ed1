"""What forms have between headings and records: rows of column numbers, rows for whoever fills them in."""

from __future__ import annotations

import pytest

from layers.ledger.marks import is_column_numbers, is_instruction
from layers.ledger.preface import Preface
from layers.ledger.stages import bare_mode, stage_in_mode


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        ([1, 2, 3], True),
        (["1", "2", "3"], True),
        (["甲", "乙", "1", "2"], True),
        (["甲", None, "乙", "丙"], True),
        (["A", "B", "C"], True),
        (["a", "b", "1", "2"], True),
        (["栏次", "1", "2", "3"], True),
        (["（1）", "（2）", "（3）"], True),
        (["1栏", "2栏", "3栏"], True),
        (["1", "2", "3=1+2"], True),
        ([1, 2], False),  # two may be anything
        ([0, 1, 2], False),
        ([1, 2, 4], False),
        ([2, 3, 4], False),
        (["1", "2", "甲"], False),  # counted before named: none
        ([1, 2, "一号院"], False),
        ([True, 2, 3], False),
        (["98", "99", "100"], False),
        (["栏次"], False),
        ([None, None], False),
    ],
)
def test_a_row_of_column_numbers(cells: list[object], numbers: bool) -> None:
    assert is_column_numbers(cells) == numbers


def test_no_form_has_more_columns_than_two_digits_number() -> None:
    assert is_column_numbers(list(range(1, 100)))
    assert not is_column_numbers(list(range(1, 101)))


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["必填", "选填", "下拉选择"], True),
        (["必填", None, "yyyy-mm-dd", "数字"], True),
        (["必填", "选填"], False),
        (["必填", "选填", "一号院"], False),
        (["必填", "选填", 3], False),
    ],
)
def test_a_row_that_tells_how_it_is_filled_in(cells: list[object], told: bool) -> None:
    assert is_instruction(cells) == told


@pytest.mark.parametrize(
    ("line", "held"),
    [
        (["填报单位：甲街道"], True),
        (["单位：万㎡、户"], True),
        (["截至：2025年3月31日"], True),
        (["填报日期：2025年3月31日"], True),
        (["各社区都已核对，", "如有疑问请来电"], False),
    ],
)
def test_a_line_above_the_table_says_whether_it_held_anything(line: list[object], held: bool) -> None:
    assert Preface().read(line, may_be_title=False) == held


def test_the_units_of_the_whole_table_and_who_filled_it_in() -> None:
    preface = Preface()
    preface.read(["单位：万㎡、户"], may_be_title=False)
    preface.read(["填报单位：甲街道"], may_be_title=False)
    assert (preface.units, preface.office) == (["万m2", "户"], "甲街道")


def test_the_first_line_alone_is_the_title() -> None:
    preface = Preface()
    assert preface.read(["某区  台账"], may_be_title=True) and preface.title == "某区 台账"
    assert not preface.read(["另一行"], may_be_title=True) and preface.title == "某区 台账"


@pytest.mark.parametrize(
    ("mode", "word", "stage"),
    [
        ("专业化（过渡期）", "专业化", "trial"),
        ("专业化（非过渡期）", "专业化", "formal"),
        ("过渡期", None, "trial"),
        ("专业化（拟转过渡期）", None, None),
        ("专业化", None, None),
    ],
)
def test_a_stage_behind_the_mode(mode: str, word: str | None, stage: str | None) -> None:
    assert stage_in_mode(mode) == (word, stage)


@pytest.mark.parametrize(
    ("mode", "word"),
    [("1.专业化", "专业化"), ("专业化管理模式", "专业化"), ("12、国企托管", "国企"), ("专业化", ""), ("模式", "")],
)
def test_the_word_of_a_mode_without_its_frame(mode: str, word: str) -> None:
    assert bare_mode(mode) == word
