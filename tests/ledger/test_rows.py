"""What the cells of one row mean, and what of them contradicts itself."""

from __future__ import annotations

import datetime as dt

import pytest

from layers.ledger import read_ledger
from tests.ledger.sheets import NOBODY, faults, notes, only, row, sheet, table


def test_full_width_digits_day_numbers_units_and_ticks():
    # Excel's 45292 is 2024-01-01, 46022 is 2025-12-31.
    text = row(1, code="９９０１０１００１００１０００１", households="１２户", open="√", start="x", end="x")
    entry = only(read_ledger(table(text, cells={(2, 11): 45292.0, (2, 12): 46022})))
    assert (entry.code, entry.households, entry.courtyard["enclosure"]) == ("9901010010010001", 12, "open")
    assert entry.arrangement["start_date"] == dt.date(2024, 1, 1)
    assert entry.arrangement["end_date"] == dt.date(2025, 12, 31)


@pytest.mark.parametrize(
    ("cells", "stage"),
    [
        ({"remark": "过渡期"}, "trial"),
        ({"remark": "试运营三个月"}, "trial"),
        ({"mode": "专业化（过渡期）"}, "trial"),
        ({"mode": "专业化-试运营"}, "trial"),
        ({"remark": "应急物业"}, "emergency"),
        ({"remark": "2023年过渡期已结束"}, "formal"),  # in doubt: said in a note
        ({"remark": ""}, "formal"),
    ],
)
def test_the_stage_from_remark_or_mode(cells, stage):
    ledger = read_ledger(table(row(1, **cells)))
    assert only(ledger).arrangement["stage"] == stage
    assert ("stage-in-doubt" in notes(ledger)) == ("已结束" in cells.get("remark", ""))


@pytest.mark.parametrize("word", ["无", "无物业", "/", "——", "暂无"])
def test_words_for_nobody(word):
    entry = only(read_ledger(table(row(1, **{**NOBODY, "manager": word}))))
    assert not entry.managed
    assert (entry.manager, entry.arrangement) == ({}, {})


def test_open_ended():
    terms = only(read_ledger(table(row(1, end="长期")))).arrangement
    assert terms["end_date"] is None


def test_a_blank_cell_is_null_and_a_missing_column_says_nothing():
    # Read again, a ledger thus clears an end date that it no longer has, and leaves alone what it never had.
    entry = only(read_ledger(table(row(1, end="", households="", first="", last=""))))
    assert entry.arrangement["end_date"] is None
    assert entry.courtyard["households"] is None
    assert entry.courtyard["building_codes"] == ()
    assert "build_year" not in entry.courtyard
    unreadable = read_ledger(table(row(1, households="近300", last="待定")))
    assert {"households", "building_codes"}.isdisjoint(unreadable.entries[0].courtyard)


def test_a_term_in_one_cell():
    ledger = read_ledger(
        sheet("""
        社区 | 小区名称 | 楼院编码 | 物业公司 | 管理模式 | 合同期限
        望江 | 甲 | A-1 | 安居乐 | 专业化 | 2021.3-2024.2
        望江 | 乙 | A-2 | 安居乐 | 专业化 | 三年
        """)
    )
    assert ledger.entries[0].arrangement["end_date"] == dt.date(2024, 2, 29)
    assert faults(ledger) == [("period-not-understood", 3, "合同期限")]


HEAD_WITH_TERM = "社区 | 小区名称 | 楼院编码 | 物业公司 | 管理模式 | 合同起始 | 合同期限"


@pytest.mark.parametrize(
    ("cell", "end"),
    [("3年", "2027-02-28"), ("三年期", "2027-02-28"), ("36个月", "2027-02-28"), ("2027-02-28", "2027-02-28"),
     ("2024.3.1-2027.2.28", "2027-02-28"), ("长期", "None"), ("无固定期限", "None")],
)  # fmt: skip
def test_how_long_a_contract_runs_beside_its_start(cell: str, end: str) -> None:
    line = f"望江 | 甲 | A-1 | 安居乐 | 专业化 | 2024-03-01 | {cell}"
    terms = only(read_ledger(sheet(f"{HEAD_WITH_TERM}\n{line}"))).arrangement
    assert (str(terms["start_date"]), str(terms["end_date"])) == ("2024-03-01", end)


def test_a_term_that_nobody_can_count_is_named() -> None:
    unclear = read_ledger(sheet(f"{HEAD_WITH_TERM}\n望江 | 甲 | A-1 | 安居乐 | 专业化 | 2024-03-01 | 一年一签"))
    assert faults(unclear) == [("period-not-understood", 2, "合同期限")]
    no_start = read_ledger(sheet(f"{HEAD_WITH_TERM}\n望江 | 甲 | A-1 | 安居乐 | 专业化 |  | 三年"))
    assert ("term-without-start", 2, "合同期限") in faults(no_start)


@pytest.mark.parametrize(("end", "told"), [("2027-02-28", False), ("2027-03-01", False), ("2026-12-31", True)])
def test_a_written_end_counts_more_than_a_term(end: str, told: bool) -> None:
    for head, cells in (("合同期限 | 合同截止", f"三年 | {end}"), ("合同截止 | 合同期限", f"{end} | 三年")):
        head = f"社区 | 小区名称 | 楼院编码 | 物业公司 | 管理模式 | 合同起始 | {head}"
        ledger = read_ledger(sheet(f"{head}\n望江 | 甲 | A-1 | 安居乐 | 专业化 | 2024-03-01 | {cells}"))
        assert str(only(ledger).arrangement["end_date"]) == end
        assert ("term-otherwise" in notes(ledger)) == told


@pytest.mark.parametrize(
    "cell",
    ["2024.3.1-2027.2.28", "自2024年3月1日起至2027年2月28日止", "2024.3.1→2027.2.28", "2024年3月1日起三年",
     "2024.3.1-2027.2.28（三年）", "20240301-20270228"],
)  # fmt: skip
def test_a_term_in_the_column_of_its_first_or_its_last_day(cell: str) -> None:
    both = (dt.date(2024, 3, 1), dt.date(2027, 2, 28))
    for cells in ({"start": cell, "end": ""}, {"start": "", "end": cell}, {"start": cell, "end": "2027-02-28"},
                  {"start": cell, "end": cell}):  # fmt: skip
        terms = only(read_ledger(table(row(1, **cells)))).arrangement
        assert (terms["start_date"], terms["end_date"]) == both


def test_a_term_beside_another_end_is_refused() -> None:
    ledger = read_ledger(table(row(1, start="2024.3.1-2027.2.28", end="2028-02-29")))
    assert faults(ledger) == [("date-not-understood", 3, "物业管理/合同起始")]
    ledger = read_ledger(table(row(1, start="2024.3.1-2027.2.28（两年）", end="")))
    assert [row for _, row, _ in faults(ledger)] == [3]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"mode": ""}, [("manager-without-mode", 3, None)]),
        ({"manager": ""}, [("mode-without-manager", 3, None)]),
        ({"start": ""}, [("no-start-date", 3, None)]),
        ({"manager": "", "mode": ""}, [("dates-without-manager", 3, None)]),
        ({"start": "2024-05-01", "end": "2024.4"}, [("end-before-start", 3, None)]),
        ({"start": "2024-02-30"}, [("no-such-date", 3, "物业管理/合同起始")]),  # and no second fault for a missing date
        ({"mode": "神秘管理"}, [("word-unknown", 3, "物业管理/管理模式")]),
        ({"households": "近300"}, [("approximate", 3, "户数")]),
        ({"code": ""}, [("row-without-code", 3, None)]),
        ({"first": "", "last": "99010100100100009"}, [("range-without-first", 3, "楼栋编码/起")]),
        ({"first": "99010100100100009", "last": "99010100100100001"}, [("last-before-first", 3, "楼栋编码/起")]),
        ({"first": "1号楼甲", "last": ""}, [("houses-not-understood", 3, "楼栋编码/起")]),
        ({"first": "待定", "last": ""}, [("code-says-nothing", 3, "楼栋编码/起")]),
        ({"manager": "弃管"}, [("nobody-with-contract", 3, None)]),
        ({"manager": "安居物业、清河物业"}, [("several-managers", 3, "物业管理/管理单位")]),
        ({"manager": "#REF!"}, [("excel-error", 3, "物业管理/管理单位")]),
        ({"end": "#N/A"}, [("excel-error", 3, "物业管理/合同截止")]),
        ({"start": "", "end": "三年"}, [("no-start-date", 3, None), ("term-without-start", 3, "物业管理/合同截止")]),
    ],
)
def test_what_is_wrong_with_a_row(cells, expected):
    assert faults(read_ledger(table(row(1, **cells)))) == expected


def test_residents_who_manage_for_themselves_need_no_manager():
    ledger = read_ledger(table(row(1, manager="", mode="居民自管")))
    assert only(ledger).managed
    assert "autonomous-without-manager" in notes(ledger)


def test_all_faults_at_once_and_the_causes_before_what_follows():
    ledger = read_ledger(
        table(
            row(1, households="近三百", mode="神秘管理"),
            row(2, start="24.13.1"),
            row(3, mode="神秘管理", manager=""),
            row(4, mode=""),
            row(5, mode=""),
            "合计 | | 4个 | | | | | | 30",
        )
    )
    assert faults(ledger) == [
        ("word-unknown", None, "物业管理/管理模式"),  # once for both rows
        ("so-many-rows", None, None),  # rows 6 and 7 have no mode
        ("sum-differs", 8, "小区名称"),  # 4 against 5
        ("not-a-number", 3, "户数"),
        ("two-digit-year", 4, "物业管理/合同起始"),
    ]
    assert [tuple(ledger.faults[place].where["rows"]) for place in (0, 1)] == [(3, 5), (6, 7)]
    assert all(fault.say("zh") and fault.say("en") for fault in ledger.faults)


def test_a_code_kept_as_a_number_is_refused():
    ledger = read_ledger(table(row(1), cells={(2, 3): 9901010010010001.0}))
    assert faults(ledger) == [("digits-destroyed", 3, "楼院编码")]


def test_a_bad_first_code_causes_no_second_fault_and_leaves_the_list_alone():
    ledger = read_ledger(table(row(1), cells={(2, 6): 99010100100100001.0}))
    assert faults(ledger) == [("digits-destroyed", 3, "楼栋编码/起")]
    assert "building_codes" not in ledger.entries[0].courtyard


def test_what_each_role_says_of_a_courtyard():
    entry = only(read_ledger(table(row(1, remark="备注一"))))
    assert [entry.meant(role) for role in ("courtyard.name", "manager.name", "arrangement.mode", "remark")] == [
        "1号院", "安居乐物业", "professional", "备注一",
    ]  # fmt: skip
    assert entry.meant("buildings.first") == entry.meant("buildings") == ("99010100100100010~99010100100100019",)
    assert entry.meant("buildings.last") == "99010100100100019"
    assert entry.meant("period") == ("2024-01-01", "2026-12-31")
    assert [entry.meant(role) for role in ("community", "community_code", "seq")] == ["望江社区", None, None]
    bare = only(read_ledger(table(row(1, **NOBODY, first="", last=""))))
    assert [bare.meant(role) for role in ("buildings.last", "buildings", "period")] == [None, None, None]
    assert only(read_ledger(table(row(1, end="长期")))).meant("period") == ("2024-01-01", "…")


def test_how_often_a_community_was_filled_down_is_counted():
    ledger = read_ledger(table(row(1), row(2, community=""), row(3, community="")))
    (note,) = [note for note in ledger.notes if note.key == "ledger.community-filled-down"]
    assert "2" in note.say("en") and [entry.community for entry in ledger.entries] == ["望江社区"] * 3


HOUSES = "社区 | 小区名称 | 楼院编码 | 楼栋号 | 户数"


def note(ledger, slug):
    """Return what fills the one note of a kind."""
    (found,) = [each.params for each in ledger.notes if each.key == f"ledger.{slug}"]
    return found


def test_codes_of_one_row_stay_as_they_are_and_those_of_rows_become_ranges():
    head = "小区名称 | 楼院编码 | 楼栋编码 | 户数"
    ledger = read_ledger(sheet(f"{head}\n甲 | A-1 | B-1、B-2 | 5"))
    assert only(ledger).courtyard["building_codes"] == ("B-1", "B-2")
    ledger = read_ledger(sheet(f"{head}\n甲 | A-1 | B-1 | 5\n甲 | A-1 | B-2 | 6"))
    assert only(ledger).courtyard["building_codes"] == ("B-1~B-2",)


def test_codes_in_a_column_of_house_numbers_are_codes_where_all_of_them_are():
    both = read_ledger(sheet(f"{HOUSES}\n望江 | 甲 | A-1 | 99010100100100001、99010100100100002 | 5"))
    assert only(both).courtyard["building_codes"] == ("99010100100100001", "99010100100100002")
    assert only(both).houses == ()
    mixed = read_ledger(sheet(f"{HOUSES}\n望江 | 甲 | A-1 | 99010100100100001、丙 | 5"))
    assert faults(mixed) == [("houses-not-understood", 2, "楼栋号")]


def test_what_of_house_numbers_is_not_understood_is_said_part_by_part():
    ledger = read_ledger(sheet(f"{HOUSES}\n望江 | 甲 | A-1 | 1-3号楼、后面那些 | 5\n望江 | 乙 | A-2 | 4号楼 | 5"))
    assert faults(ledger) == [("houses-not-understood", 2, "楼栋号")]
    assert ledger.faults[0].text.params == {"parts": ["后面那些"]}


def test_a_long_number_written_short_is_refused_as_a_code_of_a_building():
    ledger = read_ledger(table(row(1, first="9.90101E+16", last="")))
    assert faults(ledger) == [("digits-destroyed", 3, "楼栋编码/起")]


def test_how_many_cells_were_filled_down_and_how_many_courtyards_have_several_rows():
    head = "社区 | 小区名称 | 楼院编码 | 楼栋编码 | 户数"
    rows = ["望江 | 甲 | A-1 | B-1 | 5", " | 乙 | A-2 | B-2 | 5", " | 丙 | A-3 | B-3 | 5", " | 丙 | A-3 | B-4 | 6"]
    ledger = read_ledger(sheet("\n".join([head, *rows])))
    assert note(ledger, "community-filled-down") == {"count": 3}
    assert note(ledger, "rows-grouped") == {"count": 1}
    assert [entry.community for entry in ledger.entries] == ["望江"] * 3


def test_a_row_that_goes_on_belongs_to_the_courtyard_above_it():
    head = "小区名称 | 楼院编码 | 楼栋编码 | 户数"
    rows = ["甲 | A-1 | B-1 | 5", "乙 | A-2 | B-3 | 5", " | | B-5 |", "丙 | A-3 | B-7 | 5"]
    entries = read_ledger(sheet("\n".join([head, *rows]))).entries
    assert [entry.rows for entry in entries] == [(2,), (3, 4), (5,)]
    assert [len(entry.buildings) for entry in entries] == [1, 2, 1]


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("2026年2月，到期继续服务", dt.date(2026, 2, 28)),
        ("2024年2月，到期继续服务", dt.date(2024, 2, 29)),
        ("2026.2，到期继续服务", dt.date(2026, 2, 28)),
        ("2026年，到期继续服务", dt.date(2026, 12, 31)),
        ("2026年2月（到期顺延）", dt.date(2026, 2, 28)),  # later than the day of the ledger: it has not ended
        ("2025年2月6日（到期顺延）", dt.date(2025, 2, 6)),  # its last day is that very day
        ("2024年2月（到期顺延）", None),
        ("2026年2月（已解除）", None),
    ],
)
def test_words_beside_the_end_of_a_contract(end, expected):
    head = "填报日期：2025年2月6日\n小区名称 | 楼院编码 | 户数 | 物业公司 | 管理模式 | 合同起始 | 合同截止"
    ledger = read_ledger(sheet(f"{head}\n甲 | A-1 | 5 | 安居乐 | 专业化 | 2023-03-01 | {end}"))
    assert ledger.as_of == dt.date(2025, 2, 6)
    assert ledger.entries[0].arrangement.get("end_date") == expected
    assert faults(ledger) == ([] if expected else [("end-in-doubt", 3, "合同截止")])
