"""Where a header stands, how high it is, and what its columns are called."""

from __future__ import annotations

import datetime as dt

import pytest

from layers.ledger import read_ledger
from layers.ledger.headings import Header, header_at
from layers.ledger.words import Column, role_of
from tests.ledger.sheets import only, sheet


def rolesof(rows: list[list[object]], row: int = 0) -> tuple[list[str | None], int]:
    found = header_at(rows, row)
    assert found is not None
    return [column.role for column in found.columns], found.height


def test_a_header_may_be_three_rows_high() -> None:
    rows = [
        ["社区", "小区", None, "物业", None],
        [None, "基本情况", None, "合同", None],
        [None, "名称", "编码", "起", "止"],
        ["望江", "甲", "A-1", "2024-01-01", "2025-01-01"],
    ]
    assert rolesof(rows) == (
        ["community", "courtyard.name", "courtyard.code", "arrangement.start_date", "arrangement.end_date"],
        3,
    )


def test_a_row_of_days_or_of_figures_is_no_part_of_a_header_whatever_else_it_says() -> None:
    head = ["小区名称", "楼院编码", "户数", "甲", "乙", "丙", "丁"]
    day = dt.date(2024, 1, 1)
    assert header_at([head, [None, None, None, day, day, "备注", "联系电话"]], 0).height == 1
    assert header_at([head, [None, None, None, 3, 4, "备注", "联系电话"]], 0).height == 1
    # One figure may be the number of a form.
    assert header_at([head, [None, None, None, 3, None, "备注", "联系电话"]], 0).height == 2


def test_a_header_begins_where_it_is_understood_best() -> None:
    rows = [["老旧小区", "户数"], ["小区名称", "楼院编码", "户数"], ["甲", "A-1", 5]]
    assert header_at(rows, 0) is None and header_at(rows, 1).height == 1
    assert header_at([["小区名称", "户数"]], 0) is None  # two headings alone are none


def test_two_words_are_enough_of_its_first_row() -> None:
    rows = [["小区名称", None, "物业公司", None], [None, "户数", None, "合同起始"], ["甲", 5, "安居", "2024-01-01"]]
    roles = ["courtyard.name", "courtyard.households", "manager.name", "arrangement.start_date"]
    assert rolesof(rows) == (roles, 2)


def test_also_where_it_is_three_rows_high_there() -> None:
    rows = [
        ["小区名称", "楼院编码", "户数", None],  # what was asked for, above what was filled in
        ["小区名称", "楼院编码", "户数", None],
        [None, None, "合同", None],
        [None, None, "起", "止"],
        ["甲", "A-1", "2024-01-01", "2025-01-01"],
    ]
    assert header_at(rows, 0) is None and header_at(rows, 1).height == 3


def test_a_word_alone_above_two_headings_is_a_title() -> None:
    assert header_at([["小区名称"], ["楼院编码", "户数"]], 0) is None


@pytest.mark.parametrize(
    ("index", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
)
def test_a_column_without_a_heading_is_called_as_spreadsheets_do(index: int, letter: str) -> None:
    named = Header((Column(1000, "小区名称", "courtyard.name", "小区名称"),), 1)
    row: list[object] = [None] * 1000 + ["甲"]
    row[index] = "x"
    assert named.with_nameless([row]).columns[0].heading == f"第{letter}列"


def test_a_nameless_column_counts_only_beside_a_courtyard() -> None:
    named = Header((Column(0, "小区名称", "courtyard.name", "小区名称"),), 1)
    assert len(named.with_nameless([[None, "填报人：王"]]).columns) == 1
    assert len(named.with_nameless([["甲", "x"], [None, None]]).columns) == 2
    assert len(named.with_nameless([]).columns) == 1


def test_two_columns_that_mean_the_same_are_told_but_for_remarks_and_numbers() -> None:
    columns = [Column(at, role, role, role) for at, role in enumerate(
        ["seq", "seq", "remark", "remark", "courtyard.name", "courtyard.name"])]  # fmt: skip
    assert [(first.index, other.index) for first, other in Header(tuple(columns), 1).doubled()] == [(4, 5)]


def test_the_end_of_a_contract_beside_its_start_may_be_called_terminated() -> None:
    head = "小区名称 | 楼院编码 | 物业公司 | 管理模式 | 合同起始 | 终止日期"
    text = f"{head}\n甲 | A-1 | 安居乐 | 专业化 | 2024-01-01 | 2025-06-30"
    assert only(read_ledger(sheet(text))).arrangement["end_date"] == dt.date(2025, 6, 30)


@pytest.mark.parametrize("group", ["物业管理情况", "物业服务信息", "管理情况", "物业管理服务基本情况"])
def test_who_and_how_below_a_group_of_management(group):
    assert role_of((group, "模式")) == "arrangement.mode"
    assert role_of((group, "单位")) == "manager.name"
    assert role_of((group, "名称")) is None  # of the firm, or of the courtyard


@pytest.mark.parametrize("group", ["党建情况", "消防管理", "安全情况"])
def test_a_mode_below_another_group_is_not_the_management_s(group):
    assert role_of((group, "模式")) is None


@pytest.mark.parametrize(("cell", "codes", "houses"), [
    ("1-2号楼", [], ["1号楼", "2号楼"]),
    ("99010100100100001-99010100100100009", ["99010100100100001~99010100100100009"], []),
])  # fmt: skip
def test_a_range_of_buildings_is_of_numbers_or_of_codes(cell, codes, houses):
    entry = only(read_ledger(sheet(f"小区名称 | 楼院编码 | 楼栋范围\n一号院 | A-1 | {cell}")))
    assert ([str(each) for each in entry.buildings], [str(each) for each in entry.houses]) == (codes, houses)
