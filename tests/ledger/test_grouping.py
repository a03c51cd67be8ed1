"""One courtyard on several rows: what further rows add to the first, and what of them is a fault."""

from __future__ import annotations

import pytest

from layers.ledger import Ledger, Surroundings, read_ledger, settled
from layers.ledger.grouping import in_several
from layers.model.values import CodeRange
from tests.ledger.sheets import faults, only, sheet

CONTRACTS = "小区名称 | 楼院编码 | 户数 | 物业公司 | 管理模式 | 合同起始"
BUILDINGS = "小区名称 | 楼院编码 | 楼栋编码 | 户数 | 建成年份"


def read(head: str, *rows: str) -> Ledger:
    return read_ledger(sheet("\n".join([head, *rows])))


def test_ranges_that_share_one_code_share_that_one() -> None:
    first, second, third = (((CodeRange(*ends),), ()) for ends in (("01", "05"), ("05", "09"), ("06", "09")))
    assert in_several([first, second]) == ["05"]
    assert in_several([first, third]) == []


def test_a_row_that_says_the_same_again_is_a_fault() -> None:
    assert faults(read("小区名称 | 楼院编码 | 户数", "甲 | A-1 | 30", "甲 | A-1 | 30")) == [
        ("code-doubled", 3, "楼院编码")
    ]


@pytest.mark.parametrize("first_year", ["", "1999"])
def test_what_a_further_row_says_unreadably_is_not_known_and_nothing_on_record_is_erased(first_year: str) -> None:
    ledger = read(BUILDINGS, f"甲 | A-1 | 1-1 | 30 | {first_year}", "甲 | A-1 | 1-2 | 30 | 很久以前")
    assert faults(ledger) == [("not-a-number", 3, "建成年份")]
    assert "build_year" not in ledger.entries[0].courtyard


def test_where_the_rows_differ_that_alone_is_told() -> None:
    ledger = read("小区名称 | 楼院编码 | 户数", "甲 | A-1 | 30", "甲 | A-1 | 31")
    assert faults(ledger) == [("rows-of-courtyard-differ", 3, "户数")]
    assert ledger.faults[0].text.params == {"other": 2, "theirs": "30"}
    assert ledger.entries[0].households == 30


def test_what_only_a_later_row_says_is_taken_over() -> None:
    ledger = read(CONTRACTS, "甲 | A-1 | | | |", "甲 | A-1 | 30 | 安居乐 | 专业化 | 2024-01-01")
    (entry,) = ledger.entries
    assert (entry.households, entry.manager["name"], entry.further) == (30, "安居乐", ())
    assert faults(ledger) == [("code-doubled", 3, "楼院编码")]  # and yet it is told: one of the two rows is too many


def test_the_same_contract_twice_is_one_and_another_start_is_another() -> None:
    one = "甲 | A-1 | 30 | 安居乐 | 专业化 | 2024-01-01"
    three = [one, one, "甲 | A-1 | 30 | 安居乐 | 专业化 | 2020-01-01"]
    entry = only(read(CONTRACTS, *three))
    assert [(each.row, str(each.arrangement["start_date"])) for each in entry.further] == [(4, "2020-01-01")]
    # A row without a contract between two of them ends nothing.
    entry = only(read(CONTRACTS, one, "甲 | A-1 | 30 | | |", three[2]))
    assert [each.row for each in entry.further] == [4]


def test_one_contract_in_two_ways_is_told() -> None:
    ledger = read(
        CONTRACTS, "甲 | A-1 | 30 | 安居乐 | 专业化 | 2024-01-01", "甲 | A-1 | 30 | 安居乐 | 国企 | 2024-01-01"
    )
    assert faults(ledger) == [("rows-of-courtyard-differ", 3, "管理模式")]


@pytest.mark.parametrize(
    ("households", "total"),
    [(("10", "20", "30"), 60), (("10", "", ""), 10), (("10", "20", ""), None), (("", "", ""), None)],
)
def test_numbers_of_buildings_are_added_up_where_all_are_said(households: tuple[str, ...], total: int | None) -> None:
    rows = [f"甲 | A-1 | B-{at} | {each} | 1999" for at, each in enumerate(households, 1)]
    entry = only(read(BUILDINGS, *rows))
    assert entry.courtyard.get("households") == total
    assert entry.rows == (2, 3, 4) and entry.repeated == {}


def test_years_are_not_added_up() -> None:
    entry = only(read(BUILDINGS, "甲 | A-1 | B-1 | 10 | 1998", "甲 | A-1 | B-2 | 20 | 1999"))
    assert entry.courtyard["build_year"] == 1998 and entry.courtyard["households"] == 30
    assert "build_year" not in entry.repeated


def test_a_number_that_every_building_has_waits_for_the_records() -> None:
    entry = only(read(BUILDINGS, "甲 | A-1 | B-1 | 30 | 1999", "甲 | A-1 | B-2 | 30 | 1999"))
    assert entry.repeated == {"households": (30, 30)} and "households" not in entry.courtyard


def test_a_building_without_a_manager_beside_one_with_one_is_a_fault() -> None:
    head = "小区名称 | 楼院编码 | 楼栋编码 | 物业公司 | 管理模式 | 合同起始"
    ledger = read(head, "甲 | A-1 | B-1 | 安居乐 | 专业化 | 2024-01-01", "甲 | A-1 | B-2 | | |")
    assert faults(ledger) == [("buildings-managed-differently", 3, "物业公司")]
    alike = read(head, *(f"甲 | A-1 | B-{at} | 安居乐 | 专业化 | 2024-01-01" for at in (1, 2)))
    assert only(alike).manager["name"] == "安居乐" and only(alike).further == ()


def test_years_of_buildings_that_differ_are_told() -> None:
    ledger = read(BUILDINGS, "甲 | A-1 | B-1 | 10 | 1985", "甲 | A-1 | B-2 | 20 | 1998", "甲 | A-1 | B-3 | 30 | 1985")
    assert only(ledger).courtyard["build_year"] == 1985
    told = [note.params["example"] for note in ledger.notes if note.key == "ledger.years-differ"]
    assert told == [["甲 (1985, 1998)"]]


def test_one_building_on_two_rows_that_differ_is_a_fault() -> None:
    ledger = read(BUILDINGS, "甲 | A-1 | B-1 | 10 | 1985", "甲 | A-1 | B-1 | 10 | 1998")
    assert faults(ledger) == [("rows-of-courtyard-differ", 3, "建成年份")]


def test_without_codes_a_courtyard_is_named_again_by_its_name_however_far_below() -> None:
    rows = ["甲 | 1号楼 | 5", "乙 | 2号楼 | 6", "甲 | 3号楼 | 7"]
    ledger = read_ledger(sheet("\n".join(["小区名称 | 楼栋号 | 户数", *rows])))
    assert [(each.courtyard["name"], each.households) for each in ledger.entries] == [("甲", 12), ("乙", 6)]
    assert [[house.number for house in each.houses] for each in ledger.entries] == [["1", "3"], ["2"]]


LISTS = "小区名称 | 楼院编码 | {} | 户数"
# Ten buildings of a community, each of 30 households.
AROUND = Surroundings(
    {"甲社区": "990101001001"},
    {
        f"99010100100100{n:03}": {"code": f"99010100100100{n:03}", "name": f"{n}号楼", "households": 30}
        for n in range(1, 11)
    },
)


@pytest.mark.parametrize(
    ("heading", "lists", "shared"),
    [("楼号", ("1-3号楼", "3-5号楼"), ["3号楼"]),
     ("楼号", ("1号楼、2号楼", "2号楼、3号楼", "3-5号楼"), ["2号楼", "3号楼"]),
     ("楼栋编码", ("99010100100100001~99010100100100003", "99010100100100002~99010100100100005"),
      ["99010100100100002~99010100100100003"]),
     ("楼栋编码", ("99010100100100001~99010100100100005", "99010100100100003"), ["99010100100100003"])],
)  # fmt: skip
def test_a_building_on_two_rows_counts_once(heading: str, lists: tuple[str, ...], shared: list[str]) -> None:
    rows = [f"甲院 | 9901010010010001 | {each} | {60 + at}" for at, each in enumerate(lists)]
    ledger = read(LISTS.format(heading), *rows)
    told = [each.params["which"] for each in ledger.notes if each.key == "ledger.buildings-on-several-rows"]
    assert told == [shared] and faults(ledger) == []
    assert only(ledger).courtyard.get("households") is None  # the sum would count it twice
    known = settled(ledger, AROUND)
    assert only(known).courtyard["households"] == 150
    assert sum(len(AROUND.codes.between(each)) for each in only(known).buildings) >= 5


def test_rows_that_repeat_a_building_of_another_row_are_named() -> None:
    ledger = read(LISTS.format("楼号"), *(f"甲院 | A-1 | {each} | 30" for each in ("1号楼", "2号楼", "2号楼")))
    assert faults(ledger) == [("code-doubled", 4, "楼院编码")] and ledger.faults[0].text.params == {"other": 3}
    head = LISTS.format("楼号") + " | 物业公司 | 管理模式 | 合同起始"
    rows = ("1号楼 | 30 | 安居 | 专业化 | 2020-01-01", "2号楼 | 40 | 安居 | 专业化 | 2020-01-01",
            "2号楼 | 40 | 和美 | 专业化 | 2024-01-01")  # fmt: skip
    ledger = read(head, *(f"甲院 | A-1 | {each}" for each in rows))
    assert only(ledger).households == 70 and len(only(ledger).further) == 1
