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
