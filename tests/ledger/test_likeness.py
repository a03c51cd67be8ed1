"""What a heading that nobody knows, or a column without one, most likely means by what stands below it."""

from __future__ import annotations

import datetime as dt

import pytest

from layers.ledger.classing import is_words, repeatable
from layers.ledger.headings import Header
from layers.ledger.likeness import likely_role, role_by_values
from layers.ledger.lines import Group, Line
from layers.ledger.unknown import headers_of_counts
from layers.ledger.words import Column

MODE, START, END = "arrangement.mode", "arrangement.start_date", "arrangement.end_date"
DAYS = [dt.date(2024, 1, 1), "2024.5.1", "2025年3月"]


@pytest.mark.parametrize(
    ("heading", "cells", "role"),
    [
        ("甲", ["专业化", "国企", "自管"], MODE),
        ("甲", ["专业化", "国企", "x", "专业化", "y"], MODE),  # three of five are enough
        ("甲", ["专业化", "国企", "x", "y", "z"], None),  # two are not
        ("甲方进驻", DAYS, START),
        ("服务截至", DAYS, END),
        ("竣工验收", DAYS, None),
        ("甲", DAYS, None),  # of what, nothing says
        ("甲", ["1-3号楼", "4#", "5栋"], "houses"),
        ("哪些楼", ["99010100100100001", "99010100100100002"], "buildings"),
        ("哪些楼", ["1-3", "4-6", "7-9"], "houses"),
        ("哪些楼", ["1", "2", "3"], None),  # numbers or counts?
        ("楼院", ["1-3", "4-6", "7-9"], "courtyard.name"),  # by its name
        ("几号楼数量", ["1-3号楼", "4#"], None),  # how many, not which
        ("居民户数量", ["30", "40"], "courtyard.households"),
        ("甲", [], None),
        ("甲", ["/", None, "—"], None),
    ],
)
def test_by_values_and_by_name(heading: str, cells: list[object], role: str | None) -> None:
    assert likely_role(heading, cells, set()) == role


def test_what_a_column_has_already_is_not_meant_again() -> None:
    assert likely_role("甲", ["专业化", "国企"], {MODE}) is None
    assert role_by_values(["专业化", "国企"], {MODE}) is None and role_by_values(["专业化", "国企"], set()) == MODE


def test_days_without_a_heading_are_the_start_and_then_the_end() -> None:
    assert role_by_values(DAYS, set()) == START
    assert role_by_values(DAYS, {START}) == END
    assert role_by_values(DAYS, {START, END}) is None
    assert role_by_values([*DAYS, "x", "y"], set()) == START and role_by_values([*DAYS, "x", "y", "z"], set()) is None
    assert role_by_values([], set()) is None
    assert role_by_values(["1-3号楼", "4#"], set()) == "houses"


@pytest.mark.parametrize(
    ("cell", "day"), [(20_000, True), (19_999, False), (80_000, True), (80_001, False), ("20240", False)]
)
def test_a_number_is_a_day_from_1954_to_2119(cell: object, day: bool) -> None:
    assert role_by_values([cell], set()) == (START if day else None)


def test_only_the_first_forty_cells_are_looked_at() -> None:
    assert role_by_values(["专业化"] * 24 + ["x"] * 100, set()) == MODE
    assert role_by_values(["专业化"] * 23 + ["x"] * 100, set()) is None


def test_without_tables_no_column_holds_counts() -> None:
    assert headers_of_counts([], [], {}) == frozenset()


@pytest.mark.parametrize(
    ("cells", "counts"),
    [(["5", "3栋"], True), (["5", "1-3号楼"], False), (["1号楼、2号楼", "3号楼"], False), ([], False)],
)
def test_a_column_of_buildings_holds_counts_where_every_cell_may_be_one(cells: list[str], counts: bool) -> None:
    header = Header((Column(0, "楼栋", "houses", "楼栋"),), 1)
    group = Group([Line(row, [cell]) for row, cell in enumerate(cells)], header, 0, None, {}, None)
    assert headers_of_counts([header], [group], {}) == ({id(header)} if counts else frozenset())
    assert headers_of_counts([header], [group], {"houses": "楼栋"}) == frozenset()  # it was said what it is


def test_a_row_of_one_text_is_words_unless_it_is_a_number() -> None:
    assert is_words(["以下为老旧小区"])
    assert not is_words(["（3）"]) and not is_words([3.0])
    assert not is_words(["望江社区", "栖霞社区"]) and not is_words([])


@pytest.mark.parametrize(
    ("role", "has_a_meaning"),
    [
        ("seq", False),
        ("building.list", False),
        ("houses", False),
        ("courtyard.households", False),  # a number
        ("courtyard.name", True),
        ("start", True),
    ],
)
def test_where_the_same_as_above_can_be_said(role: str, has_a_meaning: bool) -> None:
    assert repeatable(role, Column(0, role, role, "")) is has_a_meaning
