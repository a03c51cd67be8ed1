"""A ledger on several sheets: joined where they say different things, asked where they contradict each other."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from layers.ledger import read_ledger
from layers.model.values import Unreadable
from tests.ledger.sheets import faults, notes, row, sheet, table

BASE = """
序号 | 小区名称 | 楼院编码 | 类型 | 户数 | 备注
1 | 一号院 | 9901010010010001 | 楼院 | 12 | 甲
2 | 二号院 | 9901010010010002 | 楼院 | 8 |
"""
MANAGED = """
截至：2025年6月30日
序号 | 小区名称 | 楼院编码 | 物业公司 | 管理模式 | 合同起始 | 备注
1 | 一号院 | 9901010010010001 | 安居物业 | 专业化 | 2024-01-01 | 乙
3 | 三号院 | 9901010010010003 | | | |
"""


def test_sheets_that_say_different_things_are_joined_by_code():
    ledger = read_ledger([sheet(BASE, name="基本"), sheet(MANAGED, name="物业")])
    assert faults(ledger) == []
    assert {"sheets-joined", "sheets-joined-alone"} <= notes(ledger)
    first, second, third = ledger.entries
    assert (first.households, first.manager, first.arrangement["mode"]) == (12, {"name": "安居物业"}, "professional")
    assert first.courtyard["remark"] == "甲；乙"
    assert (second.households, second.manager) == (8, {})
    assert (third.code, third.households) == ("9901010010010003", None)
    assert {each.courtyard["survey_date"] for each in ledger.entries} == {dt.date(2025, 6, 30)}


@pytest.mark.parametrize(("households", "asked"), [(12, False), (13, True), ("", False)])
def test_what_both_sheets_say_must_agree(households, asked):
    more = MANAGED.replace(" | 备注", " | 户数").replace("| 乙", f"| {households}")
    found = faults(read_ledger([sheet(BASE, name="基本"), sheet(more, name="物业")]))
    assert found == ([("sheets-share-codes", None, None)] if asked else [])


def test_another_name_under_the_same_code_is_a_fault():
    ledger = read_ledger([sheet(BASE), sheet(MANAGED.replace("一号院", "壹号院"), name="物业")])
    assert faults(ledger) == [("sheets-disagree-on-name", 3, None)]


def test_sheets_of_other_days_are_not_joined():
    ledger = read_ledger([sheet("截至：2024年6月30日\n" + BASE.lstrip(), name="去年"), sheet(MANAGED, name="物业")])
    assert faults(ledger) == [("sheets-share-codes", None, None)]


@pytest.mark.parametrize("first", [True, False])
def test_joined_sheets_are_of_the_day_of_whichever_names_one(first):
    """A third sheet, of other courtyards, is of an earlier day: no day holds for all."""
    earlier = "截至：2024年6月30日\n" + BASE.lstrip().replace("000000", "000009").replace("0010010", "0010019")
    pair = [sheet(BASE, name="基本"), sheet(MANAGED, name="物业")]
    ledger = read_ledger([*(pair if first else pair[::-1]), sheet(earlier, name="旧")])
    assert (ledger.as_of, "sheets-joined" in notes(ledger)) == (dt.date(2025, 6, 30), True)


def test_the_day_of_the_cover_holds_for_all():
    cover = sheet("某某街道台账\n截至：2025年6月30日", name="封面")
    ledger = read_ledger([cover, table(row(1), name="甲"), table(row(2), name="乙")])
    assert [each.courtyard["survey_date"] for each in ledger.entries] == [dt.date(2025, 6, 30)] * 2
    assert "as-of-of-workbook" in notes(ledger) and "no-as-of" not in notes(ledger)


def test_of_two_days_none_is_taken_for_a_third_sheet():
    def of(year: int) -> str:
        return f"截至：{year}年6月30日\n" + BASE.lstrip().replace("0001", f"1{year}").replace("0002", f"2{year}")

    days = [sheet(of(year), name=str(year)) for year in (2024, 2025)]
    ledger = read_ledger([*days, table(row(5), name="乙")])
    assert "survey_date" not in ledger.entries[-1].courtyard and "no-as-of" in notes(ledger)


def test_hidden_sheets_are_read_only_when_chosen():
    years = [replace(table(row(1), name="2024年"), hidden=True), table(row(1), row(2), name="2025年")]
    ledger = read_ledger(years)
    assert (len(ledger.entries), faults(ledger)) == (2, []) and "sheets-hidden" in notes(ledger)
    assert len(read_ledger(years, sheet="2024年").entries) == 1
    assert faults(read_ledger(years[:1])) == [("no-table", None, None), ("only-hidden-sheets", None, None)]


def test_what_cannot_be_read_above_the_table_is_told():
    drawn = sheet("标题\n" + BASE.lstrip())
    drawn.cells[0][0] = Unreadable("=A9", "uncomputed")
    ledger = read_ledger(drawn)
    assert "line-unreadable" in notes(ledger)


def test_the_sheet_that_most_is_shared_with_is_named() -> None:
    ledger = read_ledger([
        table(row(1), name="甲"),
        table(row(2), row(3), name="乙"),
        table(row(1, households="11"), row(2, households="12"), row(3), name="丙"),
    ])  # fmt: skip
    (asked,) = ledger.faults
    assert asked.text.params == {"first": "乙", "second": "丙", "count": 2}


def test_a_sheet_for_every_month_is_told_once_a_sheet():
    ledger = read_ledger([sheet(BASE, name=f"{month}月") for month in range(1, 13)])
    asked = [fault for fault in ledger.faults if fault.text.key == "ledger.sheets-share-codes"]
    assert [fault.where["sheet"] for fault in asked] == [f"{month}月" for month in range(2, 13)]
