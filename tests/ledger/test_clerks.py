"""What clerks put into a ledger where a figure, a name or a row should stand: read, asked about once, or named."""


from __future__ import annotations

import pytest

from layers.catalogue import catalogue
from layers.errors import Fault, ImportRejected, once
from layers.ledger import read_ledger
from layers.ledger.headings import header_at
from layers.ledger.houses import read_houses
from layers.ledger.words import role_of
from layers.model.values import parse
from layers.text import Text
from tests.ledger.sheets import NOBODY, faults, notes, only, row, sheet, table


@pytest.mark.parametrize("word", ["???", "待核实", "########", "#WERT!"])
def test_what_is_no_name_never_becomes_a_manager(word: str) -> None:
    ((slug, at, column),) = faults(read_ledger(table(row(manager=word))))
    assert (at, column) == (3, "物业管理/管理单位")
    assert slug in ("word-unknown", "excel-error", "column-too-narrow")


@pytest.mark.parametrize("word", ["???", "待核实", "不详", "########"])
def test_what_is_no_code_never_becomes_a_courtyard(word: str) -> None:
    assert [(at, column) for _, at, column in faults(read_ledger(table(row(code=word))))] == [(3, "楼院编码")]


def test_a_word_for_a_date_is_asked_about_once() -> None:
    ledger = read_ledger(table(row(1, end="待核实"), row(2, end="待核实"), row(3)))
    assert [(each.role, each.word, each.rows) for each in ledger.questions] == [
        ("arrangement.end_date", "待核实", (3, 4))
    ]
    answered = read_ledger(
        table(row(1, end="待核实"), row(2)), answers={"arrangement.end_date": {"待核实": "2026-12-31"}}
    )
    assert faults(answered) == []


def test_short_numbers_below_the_heading_of_codes_are_house_numbers() -> None:
    text = """
    序号 | 社区 | 小区名称 | 楼院编码 | 楼栋编码 | 户数
    1 | 望江社区 | 一号院 | 9901010010010001 | 8-10 | 12
    2 | 望江社区 | 二号院 | 9901010010010002 | A座、B座 | 12
    """
    first, second = read_ledger(sheet(text)).entries
    assert [each.number for each in first.houses] == ["8", "9", "10"]
    assert [each.number for each in second.houses] == ["A", "B"]


def test_house_numbers_behind_the_courtyards_own_name() -> None:
    text = """
    序号 | 社区 | 小区名称 | 楼院编码 | 楼号 | 户数
    1 | 望江社区 | 望江花园 | 9901010010010001 | 望江花园1-3号 楼 | 12
    """
    assert [each.number for each in only(read_ledger(sheet(text))).houses] == ["1", "2", "3"]
    assert [each.number for each in read_houses("1-->3号楼").numbers] == ["1", "2", "3"]


def test_rows_that_count_nothing_anew_are_passed_over_and_named() -> None:
    text = """
    序号 | 社区 | 小区名称 | 楼院编码 | 户数
    一 | 二 | 三 | 四 | 五
    1 | 望江社区 | 一号院 | 9901010010010001 | 12
    2 | 望江社区 | 二号院 | 9901010010010002 | 14
    （续表） | | | |
    户均 | | | | 13.0
    2个小区 | | | | 26
    """
    ledger = read_ledger(sheet(text))
    assert faults(ledger) == [] and len(ledger.entries) == 2
    assert {"column-numbers", "row-not-read"} <= notes(ledger)
    assert [(each.stated, each.agrees) for each in ledger.totals if each.column == "户数"] == [(26, True)]


def test_a_row_of_figures_is_no_heading_whatever_its_words() -> None:
    words = ["1", "", "院落", "9901010010010001", "楼院", "开放式", "99010100100100001", "30", "物业公司", "2024.1"]
    assert header_at([[each or None for each in words]], 0) is None


@pytest.mark.parametrize(
    ("heading", "role"),
    [("小区、楼院名称", "courtyard.name"), ("现物业服务企业", "manager.name"), ("托管方式", "arrangement.mode"),
     ("合同签订", "arrangement.start_date"), ("其他说明", "remark"), ("运营阶段", "arrangement.stage"), ("到期", None)],
)  # fmt: skip
def test_more_headings(heading: str, role: str | None) -> None:
    assert role_of((heading,)) == role


def test_yes_and_no_below_other_headings_of_the_enclosure() -> None:
    enclosure = catalogue().layer("courtyards").field("enclosure")
    for heading, yes in (("开放式楼院（是/否）", "open"), ("是否为开放式楼院", "open"), ("封闭情况", "closed")):
        assert parse(enclosure, "是", heading=heading).value == yes


def test_nobody_in_one_more_word() -> None:
    assert only(read_ledger(table(row(**{**NOBODY, "manager": "零物业"})))).manager == {}


def test_what_is_wrong_on_every_sheet_is_said_once() -> None:
    text = Text("ledger.word-unknown", word="代管", role="arrangement.mode", allowed=["soe"])
    wrong = [Fault(text, {"sheet": name, "row": 3, "column": "管理模式", "value": "代管"}) for name in ("甲", "乙")]
    lone = Fault(text, {"sheet": "甲", "row": 4, "column": "模式", "value": "代管"})
    first, second = ImportRejected(*wrong, lone).say("zh").splitlines()
    assert first.startswith("工作表 甲（第 3 行）、乙（第 3 行） “管理模式”列")
    assert second.startswith("工作表 甲 第 4 行 “模式”列")
    assert len(once([Fault(text), Fault(text)])) == 2
