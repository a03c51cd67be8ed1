"""Nasty small ledgers; the answer stands beside each."""

# ruff: noqa: E501 - a drawn sheet is as wide as it is
from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.formats.table import RawSheet
from layers.ledger import read_ledger
from tests.ledger.sheets import HEAD, NOBODY, faults, notes, only, row, sheet, table

# --- headers


def test_a_plain_row_is_understood_whole():
    entry = only(read_ledger(table(row(7))))
    assert (entry.row, entry.code, entry.name, entry.community) == (3, "9901010010010007", "7号院", "望江社区")
    assert (entry.courtyard["form"], entry.courtyard["enclosure"], entry.households) == ("courtyard", "open", 10)
    assert entry.courtyard["survey_status"] == "surveyed"
    assert [str(each) for each in entry.buildings] == ["99010100100100070~99010100100100079"]
    assert entry.manager == {"name": "安居乐物业"}
    assert entry.arrangement == {
        "mode": "professional",
        "stage": "formal",
        "start_date": dt.date(2024, 1, 1),
        "end_date": dt.date(2026, 12, 31),
    }


def test_an_english_header_in_another_order():
    # 12 households, open, state-owned, from 1 March 2024 to 31 May 2025 (a month alone ends on its last day).
    ledger = read_ledger(
        sheet("""
        Register of compounds
        Reported by: Riverside | | | | | | | | | | As of: 2025-02-06
        Remark | Households | Courtyard code | Name | Community | Open? | First building | Last building | Mode | Manager | Start date | End date
        trial? | 12         | C-1            | Oak  | River     | Y     | B-01           | B-04          | SOE trusteeship | City Property | 2024-03 | 2025-05
        Total  | 12         |                |      |           |       |                |               |      |         |            |
        Note: as surveyed.
        """)
    )
    entry = only(ledger)
    assert (ledger.title, ledger.unit, ledger.as_of) == ("Register of compounds", "Riverside", dt.date(2025, 2, 6))
    assert (entry.code, entry.name, entry.community, entry.households) == ("C-1", "Oak", "River", 12)
    assert (entry.courtyard["enclosure"], entry.arrangement["mode"]) == ("open", "soe")
    assert entry.arrangement["start_date"] == dt.date(2024, 3, 1)
    assert entry.arrangement["end_date"] == dt.date(2025, 5, 31)
    assert [str(each) for each in entry.buildings] == ["B-01~B-04"]
    assert [total.agrees for total in ledger.totals] == [True]


def test_a_header_of_three_rows_with_two_levels_of_groups():
    # 建筑面积 is in 万㎡: 1.5 → 15,000 ㎡. Both 名称 are told apart by their groups.
    ledger = read_ledger(
        sheet("""
        某区小区台账
        基本情况 |      |                |      |              | 物业管理 |      |      |      |      |
        社区     | 小区 |                | 户数 | 建筑面积(万㎡) | 物业企业 |      | 合同 |      | 备注 | 党支部
                 | 名称 | 编码           |      |              | 名称     | 模式 | 起   | 止   |      | 名称
        望江     | 甲   | 9901010010010001 | 5  | 1.5          | 安居乐   | 国企 | 2024.1 | 2024.12 |  | 第一党支部
        """)
    )
    entry = ledger.entries[0]
    assert (entry.name, entry.manager["name"], entry.courtyard["floor_area_m2"]) == ("甲", "安居乐", 15000.0)
    assert entry.arrangement["start_date"] == dt.date(2024, 1, 1)
    assert entry.arrangement["end_date"] == dt.date(2024, 12, 31)
    assert ledger.columns["党支部/名称"] is None
    assert "columns-not-read" in notes(ledger)


def test_columns_that_mean_the_same_are_a_fault_and_unknown_ones_a_note():
    ledger = read_ledger(
        sheet("""
        社区 | 小区名称 | 楼院编码 | 户数 | 总户数 | 绿化率
        望江 | 甲       | A-1      | 5    | 6      | 30%
        """)
    )
    assert faults(ledger) == [("column-doubled", 1, "总户数")]
    (note,) = [note for note in ledger.notes if note.key == "ledger.columns-not-read"]
    assert "绿化率" in note.say("en")
    assert ledger.entries[0].households == 5


def test_two_tables_side_by_side_are_one_fault() -> None:
    ledger = read_ledger(
        sheet("""
        社区 | 小区名称 | 楼院编码 | 户数 |  | 社区 | 小区名称 | 楼院编码 | 户数
        望江 | 甲院 | A-1 | 120 |  | 望江 | 乙院 | A-2 | 60
        """)
    )
    assert faults(ledger) == [("tables-side-by-side", 1, None)]
    assert ledger.faults[0].text.params["headings"] == ["社区", "小区名称", "楼院编码", "户数"]


def test_a_table_without_codes_says_so():
    ledger = read_ledger(sheet("社区 | 小区名称 | 户数\n望江 | 甲 | 5"))
    # A code is made beside the records (tests/ledger/test_settling.py): only there it is known whether it can be.
    assert faults(ledger) == []
    assert "no-code-column" in notes(ledger)
    assert ledger.entries[0].code is None


@pytest.mark.parametrize("text", ["", "只有一行说明", "甲 | 乙 | 丙\n1 | 2 | 3", "姓名 | 电话 | 户数\n张三 | 1 | 2"])
def test_a_workbook_without_a_ledger(text):
    ledger = read_ledger([sheet(text)])
    assert faults(ledger) == [("no-table", None, None)]
    assert notes(ledger) == {"sheet-without-table"}


# --- lines around the table


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("填报单位：滨江区  截至：2025年2月6日 | 单位：户、㎡", dt.date(2025, 2, 6)),
        ("（截至2025年2月）", dt.date(2025, 2, 28)),  # a month alone: its last day
        ("截止日期：2025.2.6", dt.date(2025, 2, 6)),
        ("填报单位：滨江区 | 填报日期：2025/2/6", dt.date(2025, 2, 6)),
        ("填报单位：滨江区", None),
    ],
)
def test_the_day_up_to_which_the_ledger_holds(line, date):
    ledger = read_ledger(sheet(f"滨江区台账\n{line}\n{HEAD.strip(chr(10))}\n{row()}"))
    assert ledger.as_of == date
    assert ledger.entries[0].courtyard.get("survey_date") == date
    assert ("no-as-of" in notes(ledger)) == (date is None)
    assert ("as-of-filled-in" in notes(ledger)) == ("填报日期" in line)


def test_the_label_and_its_date_in_two_cells():
    text = f"填报单位： | 滨江区 | 截至： | x\n{HEAD.strip(chr(10))}\n{row()}"
    ledger = read_ledger(sheet(text, cells={(0, 3): dt.datetime(2025, 2, 6)}))
    assert (ledger.unit, ledger.as_of) == ("滨江区", dt.date(2025, 2, 6))


def test_a_unit_stated_for_the_whole_table():
    # 单位：户、万㎡ → the area 1.2 is 12,000 ㎡; the total 3 万㎡ is 1.2 + 1.8.
    ledger = read_ledger(
        sheet("""
        台账 | | |
        单位：户、万㎡ | | |
        小区名称 | 楼院编码 | 户数 | 建筑面积
        甲 | A-1 | 5 | 1.2
        乙 | A-2 | 5 | 1.8
        合计 | | 10 | 3
        """)
    )
    assert [entry.courtyard["floor_area_m2"] for entry in ledger.entries] == [12000.0, 18000.0]
    assert [(total.stated, total.agrees) for total in ledger.totals] == [(10, True), (30000.0, True)]


def test_notes_in_the_middle_and_a_repeated_header_are_passed_over():
    ledger = read_ledger(
        table(row(1), "注：以上为一期。", "", HEAD.strip("\n"), row(2), "其中：开放式 | | 2个", "15", "填表人：王 | | 审核：李")
    )
    assert faults(ledger) == []
    assert [entry.row for entry in ledger.entries] == [3, 8]
    assert {"row-not-read", "header-repeated", "row-only-numbered"} <= notes(ledger)


# --- sums


def test_the_total_is_held_against_the_rows():
    # 10 + 20 = 30; the row says 31, and 3 courtyards where there are 2.
    ledger = read_ledger(table(row(1), row(2, households="20"), "合　计 | | 3个 | | | | | | 31"))
    assert faults(ledger) == [("sum-differs", 5, "小区名称"), ("sum-differs", 5, "户数")]
    assert ledger.faults[1].say("zh") == (
        "工作表 台账 第 5 行 “户数”列 值“31”: 合计为 31，各行相加为 30，相差 1；请更正数据或合计。"
    )
    assert [(total.stated, total.counted) for total in ledger.totals] == [(3, 2), (31, 30)]


def test_subtotals_above_or_below_their_rows_and_of_pages():
    # By community: 10 + 20 = 30 and 5; the last 本页小计 stands for the last row alone; in all 35.
    for rows in (
        (row(1), row(2, households="20"), "小计 | | | | | | | | 30", row(3, households="5"), "本页小计 | | | | | | | | 5"),
        ("望江社区小计 | | | | | | | | 30", row(1), row(2, households="20"), "栖霞社区小计 | | | | | | | | 5",
         row(3, community="栖霞社区", households="5")),
    ):  # fmt: skip
        ledger = read_ledger(table(*rows, "总计 | | | | | | | | 35"))
        assert faults(ledger) == []
        assert [(total.stated, total.part) for total in ledger.totals] == [(30, True), (5, True), (35, False)]


def test_a_wrong_subtotal_is_found_and_an_unreadable_cell_causes_no_second_fault():
    ledger = read_ledger(table(row(1), "小计 | | | | | | | | 11", row(2), "合计 | | | | | | | | 20"))
    assert faults(ledger) == [("part-differs", 4, "户数")]
    ledger = read_ledger(table(row(1), row(2, households="近20"), "合计 | | | | | | | | 30"))
    assert faults(ledger) == [("approximate", 4, "户数")]
    assert "sum-not-checked" in notes(ledger)


def test_two_tables_on_one_sheet_with_different_columns():
    # Each with its own sum, 15 and 7, and a last line for both: 22.
    ledger = read_ledger(
        sheet("""
        一、望江社区
        小区名称 | 楼院编码 | 户数
        甲 | A-1 | 5
        乙 | A-2 | 10
        合计 | | 15
        二、栖霞社区
        楼院编码 | 小区名称 | 建成年份 | 户数
        A-3 | 丙 | 1992 | 7
        小计 | | | 7
        总计 | | | 22
        """)
    )
    assert faults(ledger) == []
    assert [(entry.code, entry.households) for entry in ledger.entries] == [("A-1", 5), ("A-2", 10), ("A-3", 7)]
    assert [entry.community for entry in ledger.entries] == ["望江社区", "望江社区", "栖霞社区"]
    assert [total.stated for total in ledger.totals] == [15, 7, 22]


# --- merged and blank cells


@pytest.mark.parametrize("merged", [(), ((2, 1, 4, 1),)])
def test_a_community_over_several_rows(merged):
    # Merged over rows 3-5, or only written once: the same; how many cells were filled down is said.
    ledger = read_ledger(table(row(1), row(2, community=""), row(3, community=""), merged=merged))
    assert faults(ledger) == []
    assert [entry.community for entry in ledger.entries] == ["望江社区"] * 3
    assert ("community-filled-down" in notes(ledger)) == (not merged)


def test_a_blank_manager_is_nobody_but_a_merged_one_is_the_one_above():
    alone = read_ledger(table(row(1), row(2, **NOBODY)))
    assert [entry.managed for entry in alone.entries] == [True, False]
    merged = tuple((2, column, 3, column) for column in (9, 10, 11, 12))
    both = read_ledger(table(row(1), row(2, **NOBODY), merged=merged))
    assert faults(both) == []
    assert both.entries[1].manager == {"name": "安居乐物业"}
    assert both.entries[1].arrangement == both.entries[0].arrangement


def test_a_number_merged_over_courtyards_cannot_be_divided():
    ledger = read_ledger(table(row(1), row(2, households=""), merged=((2, 8, 3, 8),)))
    assert faults(ledger) == [("number-merged", 4, "户数")]


@pytest.mark.parametrize("merged", [(), ((2, 2, 3, 2), (2, 3, 3, 3), (2, 8, 3, 8))])
def test_a_courtyard_over_several_rows_of_buildings(merged):
    more = " | | | | | | 99010100100100050 | 99010100100100051"
    ledger = read_ledger(table(row(1), more, row(2), merged=merged))
    assert faults(ledger) == []
    assert [str(each) for each in ledger.entries[0].buildings] == [
        "99010100100100010~99010100100100019",
        "99010100100100050~99010100100100051",
    ]
    assert [entry.code[-1] for entry in ledger.entries] == ["1", "2"]


def test_a_second_contract_in_a_further_row_of_one_courtyard_is_reported():
    second = " | | | | | | | | | 城投物业 | 国企 | 2020-01-01 | 2021-01-01"
    ledger = read_ledger(table(row(1), second, merged=((2, 2, 3, 2), (2, 3, 3, 3))))
    assert {slug for slug, *_ in faults(ledger)} == {"second-row-of-courtyard"}


def test_communities_as_lines_between_the_rows():
    ledger = read_ledger(table("一、望江社区（2个）", row(1, community=""), "望江社区小计", " | 栖霞社区", row(2, community="")))
    assert faults(ledger) == []
    # The table has a column for communities: only what stands in it counts.
    assert [entry.community for entry in ledger.entries] == [None, "栖霞社区"]


def test_absurd_merged_ranges_do_not_stop_the_reader():
    merged = tuple((0, 0, 10**6, 10**4) for _ in range(100))
    assert ("merges-overlap", None, None) in faults(read_ledger(table(row(1), row(2), merged=merged)))


# --- several sheets


def test_a_sheet_for_every_street_is_one_ledger():
    ledger = read_ledger([table(row(1), name="甲街道"), table(row(2), name="乙街道"), sheet("封面", name="封面")])
    assert [(entry.sheet, entry.row) for entry in ledger.entries] == [("甲街道", 3), ("乙街道", 3)]
    assert faults(ledger) == []


def test_two_years_of_one_ledger_must_be_chosen_from():
    years = [table(row(1), row(2), name="2024年"), table(row(1), row(2), row(3), name="2025年")]
    assert faults(read_ledger(years)) == [("sheets-share-codes", None, None)]
    chosen = read_ledger(years, sheet="2025年")
    assert (len(chosen.entries), faults(chosen)) == (3, [])
    assert faults(read_ledger(years, sheet="2026年")) == [("no-such-sheet", None, None)]


# --- whatever comes

CELLS = st.one_of(
    st.none(), st.text(max_size=8), st.integers(), st.floats(), st.dates(), st.booleans(),
    st.sampled_from(["社区", "小区名称", "楼院编码", "户数", "合计", "小计", "注：", "望江社区", "起", "止", "楼栋编码", "管理单位", "/"]),
)  # fmt: skip


@given(st.lists(st.lists(CELLS, max_size=8), max_size=12), st.lists(st.tuples(*[st.integers(0, 12)] * 4), max_size=4))
def test_no_sheet_whatever_raises(rows, merged):
    ledger = read_ledger(RawSheet("x", rows, merged))
    for said in (*ledger.faults, *ledger.notes):
        assert said.say("zh") and said.say("en")


def test_a_line_below_the_table_says_the_day_and_is_not_told_as_unread():
    ledger = read_ledger(table(row(1), " | | | | 截至：2025年2月6日"))
    assert ledger.as_of == dt.date(2025, 2, 6)
    assert "row-not-read" not in notes(ledger)


def test_a_header_that_comes_again_after_another_table_begins_a_third_one():
    one, other = "小区名称 | 楼院编码 | 户数", "楼院编码 | 小区名称 | 户数"
    rows = ["甲 | A-1 | 1", "乙 | A-2 | 2", "丙 | A-3 | 3"], ["B-1 | 丁 | 4", "B-2 | 戊 | 5", "B-3 | 己 | 6"], ["庚 | C-1 | 7"]
    ledger = read_ledger(sheet("\n".join([one, *rows[0], other, *rows[1], one, *rows[2]])))
    assert [entry.code for entry in ledger.entries] == ["A-1", "A-2", "A-3", "B-1", "B-2", "B-3", "C-1"]
    assert "header-repeated" not in notes(ledger)


@pytest.mark.parametrize(("heading", "enclosure"), [("是否开放式", "open"), ("是否封闭", "closed")])
def test_below_a_group_yes_has_the_sense_of_its_own_heading(heading: str, enclosure: str):
    ledger = read_ledger(sheet(f"""
        基本情况 |          |      |
        小区名称 | 楼院编码 | 户数 | {heading}
        甲       | A-1      | 5    | 是
        """))
    assert only(ledger).courtyard["enclosure"] == enclosure
