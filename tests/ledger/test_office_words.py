"""Words that offices use in ledgers, a kind of habit each: read as they mean, or asked about; never a third thing."""

# ruff: noqa: E501 - a drawn sheet is as wide as it is
from __future__ import annotations

import datetime as dt

import pytest

from layers.formats.table import RawSheet
from layers.ledger import Ledger, read_ledger, read_managers
from layers.ledger.preface import Preface
from tests.ledger.sheets import HEAD, NOBODY, faults, notes, only, row, sheet, table

FIRST = (
    "1 | 望江社区 | 一号院 | 9901010010010001 | 99010100100100001 | 10 | 安居物业 | 专业化 | 2024-01-01 | 2026-12-31"
)
SECOND = (
    "2 | 望江社区 | 二号院 | 9901010010010002 | 99010100100100002 | 20 | 安居物业 | 专业化 | 2024-01-01 | 2026-12-31"
)
WORDS = "序号 | 社区 | 小区名称 | 楼院编码 | 楼栋编码 | 户数 | 管理单位 | 管理模式 | 合同起始 | 合同截止"
LONG_AGO = "截至：2023年6月30日"


def said(text: str) -> Ledger:
    return read_ledger(sheet(text))


@pytest.mark.parametrize(
    "heading",
    [
        "1.序号 | 2.社区 | 3.小区名称 | 4.楼院编码 | 5.楼栋编码 | 6.户数 | 7.管理单位 | 8.管理模式 | 9.合同起始 | 10.合同截止",
        "①序号 | ②社区 | ③小区名称 | ④楼院编码 | ⑤楼栋编码 | ⑥户数 | ⑦管理单位 | ⑧管理模式 | ⑨合同起始 | ⑩合同截止",
        "序号 | 社区居委会 | 小区名 | 小区编号 | 楼栋编码 | 总住户数 | 物业企业（单位） | 管理类别 | 起始日期 | 终止日期",
    ],
)
def test_headings_are_known_by_their_words(heading: str) -> None:
    entry = only(said(f"{heading}\n{FIRST}"))
    assert (entry.name, entry.code, entry.households) == ("一号院", "9901010010010001", 10)
    assert entry.arrangement["end_date"] == dt.date(2026, 12, 31)
    assert "terminated_on" not in entry.arrangement


def test_names_below_a_group_about_courtyards_are_theirs() -> None:
    ledger = said(
        "序号 | 社区 | 小区概况 | | 楼栋编码 | | 户数\n | | 名称 | 编码 | 起 | 止 | \n"
        "1 | 望江社区 | 一号院 | 9901010010010001 | 99010100100100001 | 99010100100100009 | 10"
    )
    assert (only(ledger).households, str(only(ledger).buildings[0])) == (10, "99010100100100001~99010100100100009")


def test_an_end_without_a_heading_is_asked_about_and_does_not_last_for_ever() -> None:
    ledger = said(f"{WORDS.rpartition('|')[0]}|\n{FIRST}")
    assert faults(ledger) == [("heading-unknown", None, "第J列")]
    told = read_ledger(sheet(f"{WORDS.rpartition('|')[0]}|\n{FIRST}"), told={"arrangement.end_date": "第J列"})
    assert only(told).arrangement["end_date"] == dt.date(2026, 12, 31)


def test_another_column_without_a_heading_is_told() -> None:
    ledger = said(f"{WORDS.replace('户数', '')}\n{FIRST}")
    assert only(ledger).households is None and "columns-not-read" in notes(ledger)


@pytest.mark.parametrize(
    "lead", ["总和", "Σ", "以上共2个小区", "共 2 个小区、2栋楼", "汇总", "某街道合计", "全部", "望江"]
)
def test_sums_in_whatever_words(lead: str) -> None:
    assert faults(said(f"{WORDS}\n{FIRST}\n{SECOND}\n{lead} | | | | | 30")) == []


def test_a_row_without_a_courtyard_whose_figures_are_no_sum_is_a_fault() -> None:
    assert [slug for slug, _, _ in faults(said(f"{WORDS}\n{FIRST}\n{SECOND}\n全部 | | | | | 31"))] == [
        "row-without-code"
    ]


def test_rows_that_tell_how_to_fill_in_are_passed_over() -> None:
    ledger = said(
        f"{WORDS}\n自动 | 必填 | 必填 | 必填 | 选填 | 整数 | 必填 | 下拉选择 | yyyy-mm-dd | yyyy-mm-dd\n"
        f"例 | 示例社区 | 示例小区 | 123 | 1 | 9 | 示例物业 | 专业化 | 2020-01-01 | 2021-01-01\n{FIRST}"
    )
    assert only(ledger).name == "一号院" and "row-for-filling-in" in notes(ledger)


def test_signatures_below_the_table_are_no_courtyard() -> None:
    assert only(said(f"{WORDS}\n{FIRST}\n制表：王某 | | | 审核：李某 | | | 日期：2025年7月2日")).row == 2


def test_the_same_as_above_is_what_stands_above() -> None:
    ledger = said(
        f"{WORDS}\n{FIRST}\n2 | 同上 | 二号院 | 9901010010010002 | 99010100100100002 | 20 | 〃 | 同上 | 同上 | 同上"
    )
    assert [each.manager["name"] for each in ledger.entries] == ["安居物业", "安居物业"] and faults(ledger) == []
    assert ledger.entries[1].community == "望江社区" and "dittos-read" in notes(ledger)
    assert faults(said(f"{WORDS}\n{FIRST}\n{SECOND.replace('20', '同上', 1)}"))  # a number repeats nothing


def test_a_hidden_row_about_a_courtyard_in_sight_is_a_fault_and_others_are_told() -> None:
    drawn = sheet(f"{WORDS}\n{FIRST.replace('安居', '旧日')}\n{FIRST}\n{SECOND}")
    hidden = RawSheet(drawn.name, drawn.cells, drawn.merged, hidden_rows=(1, 3))
    ledger = read_ledger(hidden)
    assert ("hidden-row-repeats", 2, None) in faults(ledger) and "hidden-rows-read" in notes(ledger)


def test_a_hidden_column_is_read_and_told() -> None:
    drawn = sheet(f"{WORDS}\n{FIRST}\n{SECOND}")
    place = drawn.cells[0].index("户数")
    ledger = read_ledger(RawSheet(drawn.name, drawn.cells, drawn.merged, hidden_columns=(place, 90)))
    told = [each.params["columns"] for each in ledger.notes if each.key == "ledger.hidden-columns-read"]
    assert told == [["户数"]] and [each.courtyard["households"] for each in ledger.entries] == [10, 20]


@pytest.mark.parametrize(
    "cell",
    ["安居物业→清河物业", "安居物业->清河物业", "安居物业转清河物业", "安居物业—清河物业", "安居物业&清河物业",
     "安居物业联合清河物业", "安居物业（1-2号楼）清河物业（3-4号楼）", "共和物业与大地物业", "安居物业等2家"],
)  # fmt: skip
def test_two_managers_are_never_a_third(cell: str) -> None:
    assert len(read_managers(cell).names) == 2


@pytest.mark.parametrize(
    ("cell", "name"),
    [("安居物业 0532-88888888", "安居物业"), ("安居物业13900000000", "安居物业"), ("安居物业、", "安居物业"), ("安 居 物 业", "安居物业"),
     ("安居物业管理\n有限公司", "安居物业管理有限公司"), ("安居物业（青岛）有限公司", "安居物业（青岛）有限公司"),
     ("万科物业—清河分公司", "万科物业—清河分公司"), ("无锡物业", "无锡物业"), ("平等物业", "平等物业")],
)  # fmt: skip
def test_one_manager_stays_one(cell: str, name: str) -> None:
    assert read_managers(cell).names == (name,) and not read_managers(cell).nobody


@pytest.mark.parametrize(
    "cell", ["失管小区", "三无楼院", "尚未引进", "暂无物业管理", "没有物业公司", "物业已撤出", "待引进", "无管理单位"]
)
def test_nobody_in_whatever_words(cell: str) -> None:
    assert not only(read_ledger(table(row(1, **{**NOBODY, "manager": cell})))).managed
    assert not only(read_ledger(table(row(1, **{**NOBODY, "mode": cell})))).managed


@pytest.mark.parametrize("cell", ["洽谈中", "有", "0", "待定"])
def test_what_is_no_name_is_asked_about_once(cell: str) -> None:
    ledger = read_ledger(table(row(1, **{**NOBODY, "manager": cell}), row(2, **{**NOBODY, "manager": cell})))
    assert len(ledger.faults) == 1 and [each.word for each in ledger.questions] == [cell]
    answered = read_ledger(table(row(1, **{**NOBODY, "manager": cell})), answers={"manager.name": {cell: "nobody"}})
    assert not only(answered).managed


@pytest.mark.parametrize(
    ("word", "mode"),
    [
        ("1.专业化", "professional"),
        ("市场化运作", "professional"),
        ("国企物业托管", "soe"),
        ("兜底管理模式", "fallback"),
        ("自治物业", "autonomous"),
    ],
)
def test_modes_with_what_offices_put_around_them(word: str, mode: str) -> None:
    assert only(read_ledger(table(row(1, mode=word)))).arrangement["mode"] == mode


@pytest.mark.parametrize("word", ["非专业化", "物业企业管理", "社区物业", "原专业化"])
def test_modes_that_are_not_clear_are_asked_about(word: str) -> None:
    assert [each.word for each in read_ledger(table(row(1, mode=word))).questions] == [word]


@pytest.mark.parametrize(
    "cells",
    [
        {"end": "2024-12-31（到期继续服务）"},
        {"end": "2024-12-31到期继续服务"},
        {"end": "2024-12-31", "remark": "合同到期，继续服务"},
    ],
)
def test_service_beyond_the_end_is_on_record(cells: dict[str, str]) -> None:
    ledger = said(f"截至：2025年6月30日\n{HEAD.strip()}\n{row(1, **cells)}")
    terms = only(ledger).arrangement
    assert (terms["end_date"], terms["continued_service"]) == (dt.date(2024, 12, 31), True)
    assert "served-on" in notes(ledger)


@pytest.mark.parametrize("remark", ["不再继续服务", "拟继续服务", ""])
def test_service_that_does_not_go_on_is_not(remark: str) -> None:
    ledger = said(f"截至：2025年6月30日\n{HEAD.strip()}\n{row(1, end='2024-12-31', remark=remark)}")
    assert not only(ledger).arrangement.get("continued_service")


@pytest.mark.parametrize("end", ["2026-12-31（已终止）", "2024-12-31（顺延）", "2026年12月31日提前解除"])
def test_an_end_that_its_own_words_doubt_is_asked_about(end: str) -> None:
    ledger = said(f"截至：2025年6月30日\n{HEAD.strip()}\n{row(1, end=end)}")
    assert [slug for slug, _, _ in faults(ledger)] == ["end-in-doubt"] and len(ledger.questions) == 1


def test_a_remark_that_the_manager_has_gone_is_told() -> None:
    assert "remark-says-gone" in notes(read_ledger(table(row(1, remark="2025年3月物业已撤出"))))
    assert "remark-says-gone" not in notes(read_ledger(table(row(1, remark="原物业已撤，现由安居接管"))))


@pytest.mark.parametrize(("cell", "households"), [("100＋20户", 120), ("120戶", 120), ("180户/540人", 180)])
def test_numbers_that_are_clear(cell: str, households: int) -> None:
    assert only(read_ledger(table(row(1, households=cell)))).households == households


@pytest.mark.parametrize("cell", ["1,20", "120、30", "180/540"])
def test_two_numbers_are_not_the_first_of_them(cell: str) -> None:
    assert [column for _, _, column in faults(read_ledger(table(row(1, households=cell))))] == ["户数"]


@pytest.mark.parametrize(
    ("line", "day"),
    [("统计时点：2025-06-30", "2025-06-30"), ("截至目前（2025年6月30日）", "2025-06-30"), ("数据更新至2025年6月30日", "2025-06-30"),
     ("截至25年6月30日", "2025-06-30"), ("统计月份：2025年6月", "2025-06-30"), ("截至2025年中", None), ("截至2025年H1", None), ("统计时间：2025年1月—6月", None)],
)  # fmt: skip
def test_the_day_that_a_ledger_holds_for(line: str, day: str | None) -> None:
    preface = Preface()
    preface.read([line], may_be_title=False)
    assert preface.as_of == (None if day is None else dt.date.fromisoformat(day))


@pytest.mark.parametrize("cell", ["1-4（不含3）", "1-4号楼（除2号楼）", "1-4号楼（2号楼除外）"])
def test_houses_that_are_excepted_are_not_taken_in(cell: str) -> None:
    words = WORDS.replace("楼栋编码", "楼号")
    assert [column for _, _, column in faults(said(f"{words}\n{FIRST.replace('99010100100100001', cell)}"))] == ["楼号"]


def test_three_dots_are_a_range() -> None:
    words = WORDS.replace("楼栋编码", "楼号")
    assert len(only(said(f"{words}\n{FIRST.replace('99010100100100001', '1…5')}")).houses) == 5


@pytest.mark.parametrize(
    "row",
    [" |  |  | 单位（盖章）： |  | ", "审批领导： |  |  | 填报日期：2025年7月1日 |  | ", "分管领导（签字）： | 李某 |  |  |  | ",
     "填报单位：某街道 |  | 联系电话：0532-1234567 |  |  | ", "2025年7月1日 |  |  |  |  | ", " |  |  | 年 月 日 |  | "],
)  # fmt: skip
def test_who_signs_below_a_table_is_no_courtyard(row: str) -> None:
    ledger = said(f"{WORDS}\n{FIRST}\n{SECOND}\n{row}")
    assert [each.code for each in ledger.entries] == ["9901010010010001", "9901010010010002"]
    assert faults(ledger) == [] and "row-not-read" in notes(ledger)


@pytest.mark.parametrize("mark", ["*{}", "{}*", "★{}", "{}（必填）", "【{}】", "※{}", "{}(选填)", "{}："])
def test_headings_with_the_marks_of_a_form(mark: str) -> None:
    head = " | ".join(mark.format(each) for each in WORDS.replace("户数", "户数（户）").split(" | "))
    ledger = said(f"{head}\n{FIRST}\n{SECOND}")
    assert faults(ledger) == [] and [each.courtyard["households"] for each in ledger.entries] == [10, 20]
    head = head.replace(mark.format("楼栋编码"), mark.format("楼栋编码（起）") + " | " + mark.format("楼栋编码（止）"))
    row = FIRST.replace("99010100100100001", "99010100100100001 | 99010100100100003")
    assert [str(each) for each in said(f"{head}\n{row}").entries[0].buildings] == ["99010100100100001~99010100100100003"]


def test_a_period_with_words_that_change_its_end() -> None:
    head = WORDS.replace("合同起始 | 合同截止", "合同期限")
    rows = [FIRST.replace("2024-01-01 | 2026-12-31", "2020.1.1-2023.12.31（到期继续服务）"),
            SECOND.replace("2024-01-01 | 2026-12-31", "2024-01-01至2026-12-31（已解除）")]  # fmt: skip
    ledger = said("\n".join([head, *rows]))
    terms = ledger.entries[0].arrangement
    assert (str(terms["end_date"]), terms["continued_service"]) == ("2023-12-31", True)
    assert [(slug, row) for slug, row, _ in faults(ledger)] == [("end-in-doubt", 3)]


@pytest.mark.parametrize("numbers", ["1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | ", "1 | 2 | 3 | 5 | 6 | 7 | 8 | 9 | 10 | 11",
                                     "A | B | C | D |  | E | F | G | H | J"])  # fmt: skip
def test_numbers_of_columns_of_which_one_came_later(numbers: str) -> None:
    ledger = said(f"{WORDS}\n{numbers}\n{FIRST}")
    assert len(ledger.entries) == 1 and faults(ledger) == [] and "column-numbers" in notes(ledger)


@pytest.mark.parametrize(("cell", "days"), [
    ("20.1.1至23.12.31", ("2020-01-01", "2023-12-31")), ("22.7.1至长期有效", ("2022-07-01", "None")),
    ("二〇二二年七月一日至二〇二五年六月三十日", ("2022-07-01", "2025-06-30")), ("22.7.1-", None), ("22.7.1至待定", None),
])  # fmt: skip
def test_a_period_of_days_in_short(cell: str, days: tuple[str, str] | None) -> None:
    ledger = said(f"{WORDS.replace('合同起始 | 合同截止', '合同期限')}\n{FIRST.replace('2024-01-01 | 2026-12-31', cell)}")
    terms = ledger.entries[0].arrangement
    read = (str(terms.get("start_date")), str(terms.get("end_date")))
    assert read == days if days else faults(ledger)
