"""What stands around and beside the rows of a ledger and is no courtyard, and words that change what a cell means."""

# ruff: noqa: E501 - a drawn sheet is as wide as it is
from __future__ import annotations

import datetime as dt

import pytest

from layers.ledger import read_ledger
from layers.ledger.likeness import likely_role
from layers.ledger.words import role_of
from layers.model.values import is_signature
from tests.ledger.sheets import HEAD, faults, notes, only, row, sheet, table

ROW = "1 | 望江社区 | 一号院 | 9901010010010001 | 99010100100100001 | 10 | 安居物业 | 专业化 | 2024-01-01 | 2026-12-31"
HEADINGS = "序号 | 社区 | 小区名称 | 楼院编码 | 楼栋编码 | 户数 | 管理单位 | 管理模式 | 合同起始 | 合同截止"


@pytest.mark.parametrize("below", [
    "填表人：某某 | | | 截至2025年6月30日", "截至：2025.6.30 | | 填表人：某某", "制表：某某 | | 2025年6月30日制 | 13800000000",
    "审核人：某某 | | 填报日期2025-06-30 | 0532-88880000", "| | | | | | 制表单位：某街道办 | 2025年7月",
])  # fmt: skip
def test_who_signs_beside_a_day_or_a_number_is_no_courtyard(below: str) -> None:
    assert only(read_ledger(sheet(f"{HEADINGS}\n{ROW}\n\n{below}"))).name == "一号院"


def test_the_day_beside_who_signs_is_that_of_the_ledger() -> None:
    ledger = read_ledger(sheet(f"{HEADINGS}\n{ROW}\n填表人：某某 | | | 数据截至2025年6月30日"))
    assert ledger.as_of == dt.date(2025, 6, 30) and len(ledger.entries) == 1


@pytest.mark.parametrize("row", [["1", "甲社区", "9901010010010001"], ["截至2025年6月30日"], ["清河花园", "2025-06-30"]])
def test_what_is_no_signature(row: list[str]) -> None:
    assert not is_signature(row)


@pytest.mark.parametrize("other", [
    "物业企业名录 \n 序号 | 企业名称 | 负责人 | 联系电话 \n 1 | 安居物业 | 某某 | 13800000000 \n 2 | 清河物业 | 某某 | 13900000000",
    "社区 | 小区数 | 户数 \n 望江社区 | 1 | 10",
    "序号 | 姓名 | 联系电话 \n 1 | 某某 | 13800000000",
])  # fmt: skip
def test_another_table_below_is_passed_over_and_its_rows_are_told(other: str) -> None:
    ledger = read_ledger(sheet(f"{HEADINGS}\n{ROW}\n\n{other}"))
    assert only(ledger).name == "一号院" and "other-table" in notes(ledger)
    (told,) = [each for each in ledger.notes if each.key == "ledger.other-table"]
    assert (told.params["first"], told.params["last"]) == (4 + ("名录" in other), 3 + other.count("\n") + 1)


def test_the_day_below_another_table_is_that_of_the_ledger() -> None:
    other = "序号 | 姓名 | 联系电话\n1 | 某某 | 13800000000"
    for above, day in (("", dt.date(2025, 6, 30)), ("截至：2025年5月31日\n", dt.date(2025, 5, 31))):
        ledger = read_ledger(sheet(f"{above}{HEADINGS}\n{ROW}\n\n{other}\n填表人：某某 | 截至2025年6月30日"))
        assert (ledger.as_of, len(ledger.entries)) == (day, 1)


def test_below_another_table_a_ledger_may_go_on() -> None:
    more = ROW.replace("一号院", "二号院").replace("0010001", "0010002").replace("100001", "100002")
    ledger = read_ledger(sheet(f"{HEADINGS}\n{ROW}\n\n序号 | 姓名 | 联系电话\n1 | 某某 | 13800000000\n\n{HEADINGS}\n{more}"))
    assert [each.name for each in ledger.entries] == ["一号院", "二号院"] and faults(ledger) == []


def test_a_courtyard_below_a_blank_row_is_one_though_its_number_is_a_word() -> None:
    text = "序号 | 社区 | 小区名称 | 户数 | 管理单位\n1 | 望江社区 | 一号院 | 10 | 无\n\n新增 | 望江社区 | 二号院"
    assert [each.name for each in read_ledger(sheet(text)).entries] == ["一号院", "二号院"]


def test_units_in_a_row_of_their_own_hold_for_their_columns() -> None:
    text = "序号 | 社区 | 小区名称 | 楼院编码 | 户数 | 建筑面积\n | | | | （户） | （万㎡）\n1 | 望江社区 | 一号院 | 9901010010010001 | 10 | 1.2"
    entry = only(read_ledger(sheet(text)))
    assert (entry.households, entry.courtyard["floor_area_m2"]) == (10, 12000)


@pytest.mark.parametrize("end", ["2026.2.28（已续签至2029.2.28）", "2026-02-28（延期到2027年底）", "2026年2月（2029年2月）"])
def test_a_later_day_beside_the_end_is_asked_about(end: str) -> None:
    ledger = read_ledger(sheet(f"截至：2025年6月30日\n{HEADINGS}\n{ROW.replace('2026-12-31', end)}"))
    assert [(slug, column) for slug, _, column in faults(ledger)] == [("end-in-doubt", "合同截止")]


@pytest.mark.parametrize("end", ["2026.2.28（2023.3.1签订）", "2026-02-28（三年）"])
def test_an_earlier_day_beside_the_end_is_none(end: str) -> None:
    entry = only(read_ledger(sheet(f"截至：2025年6月30日\n{HEADINGS}\n{ROW.replace('2026-12-31', end)}")))
    assert entry.arrangement["end_date"] == dt.date(2026, 2, 28)


@pytest.mark.parametrize(("remark", "told"), [
    ("已续签至2029年2月28日", True), ("合同顺延到2027.6", True), ("已续签", False), ("拟续签至2029年", False),
])  # fmt: skip
def test_a_remark_that_names_a_later_end_is_told(remark: str, told: bool) -> None:
    ledger = read_ledger(table(row(remark=remark, end="2026-02-28")))
    assert only(ledger).arrangement["end_date"] == dt.date(2026, 2, 28)
    assert ("remark-says-renewed" in notes(ledger)) is told


@pytest.mark.parametrize("heading", ["原管理单位", "变更前物业企业", "前物业公司", "上期管理模式", "拟引进物业", "到期前合同截止"])
def test_what_was_before_is_never_likely_what_is_now(heading: str) -> None:
    assert likely_role(heading, ["安居物业", "清河物业"], ()) is None
    assert likely_role(heading, ["专业化", "国企托管"], ()) is None


def test_who_manages_after_a_change_is_the_manager() -> None:
    assert role_of(("变更后物业企业",)) == role_of(("现任物业公司",)) == "manager.name"


def test_a_ledger_in_traditional_characters() -> None:
    text = "序號 | 社區 | 小區名稱 | 樓院編碼 | 樓號 | 戶數 | 管理單位 | 管理模式 | 合同起始 | 合同截止\n" \
        "1 | 望江社區 | 一號院 | 9901010010010001 | 1號樓、3棟 | 拾貳 | 安居物業 | 專業化 | 2024-01-01 | 長期"  # fmt: skip
    entry = only(read_ledger(sheet(text)))
    assert ([each.number for each in entry.houses], entry.households, entry.arrangement["mode"]) == (
        ["1", "3"], 12, "professional",
    )  # fmt: skip


def test_a_term_of_two_short_days() -> None:
    text = HEAD.replace("合同起始 | 合同截止", "合同期限 | ")
    entry = only(read_ledger(sheet(text.strip("\n") + "\n" + row(start="2024.1.1-2026年底", end=""))))
    assert (entry.arrangement["start_date"], entry.arrangement["end_date"]) == (dt.date(2024, 1, 1), dt.date(2026, 12, 31))


@pytest.mark.parametrize("period", ["2023年3月1日至2026年2月28日（共三年）", "三年（2023.3.1-2026.2.28）", "36个月（2023.3.1-2026.2.28）"])
def test_a_term_that_says_the_same_as_its_days(period: str) -> None:
    text = HEAD.replace("合同起始 | 合同截止", "合同期限 | ")
    entry = only(read_ledger(sheet(text.strip("\n") + "\n" + row(start=period, end=""))))
    assert entry.arrangement["end_date"] == dt.date(2026, 2, 28)


@pytest.mark.parametrize("period", ["2023.3.1-2026.2.28（共五年）", "五年（2023.3.1-2026.2.28）"])
def test_a_term_that_contradicts_its_days_is_a_fault(period: str) -> None:
    text = HEAD.replace("合同起始 | 合同截止", "合同期限 | ")
    assert [slug for slug, *_ in faults(read_ledger(sheet(text.strip("\n") + "\n" + row(start=period, end=""))))] == [
        "period-not-understood"
    ]


def test_a_column_that_is_not_read_and_says_that_a_contract_has_ended_is_told() -> None:
    head = HEADINGS + " | 合同状态 | 原物业情况"
    two = ROW.replace("一号院", "二号院").replace("0010001", "0010002").replace("100001", "100002")
    ledger = read_ledger(sheet(f"{head}\n{ROW} | 履行中 | 已撤场\n{two} | 已终止 | "))
    told = [each.params for each in ledger.notes if each.key == "ledger.column-says-gone"]
    assert [(each["column"], each["rows"]) for each in told] == [("合同状态", (3,))]


@pytest.mark.parametrize("name", ["安居物业。", "安居物业；", "安居物业"])
def test_a_mark_behind_a_manager_makes_no_other_one(name: str) -> None:
    assert only(read_ledger(table(row(manager=name)))).manager["name"] == "安居物业"


@pytest.mark.parametrize(("cells", "column"), [
    ({"households": "90①"}, "户数"), ({"households": "90²"}, "户数"), ({"end": "2026年2月2①"}, "物业管理/合同截止"),
    ({"code": "990101001001000①"}, "楼院编码"), ({"households": "约90(1)①"}, "户数"),
])  # fmt: skip
def test_a_footnote_behind_figures_is_no_figure(cells: dict[str, str], column: str) -> None:
    assert [(slug, each) for slug, _, each in faults(read_ledger(table(row(**cells))))] == [("footnote-mark", column)]
