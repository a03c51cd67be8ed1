"""What only the records can tell of a ledger: codes, buildings for house numbers, whose a repeated number is."""

from __future__ import annotations

import pytest

from layers.ledger import Ledger, Surroundings, housed_later, read_ledger, settled
from tests.ledger.sheets import faults, notes, only, sheet

COMMUNITIES = {"望江社区": "990101001001", "栖霞社区": "990101001002"}


def building(number: int, **more: object) -> tuple[str, dict]:
    code = f"990101001001{number:05}"
    return code, {"code": code, "name": f"{number}号楼", **more}


def beside(text: str, buildings: list[tuple[str, dict]], courtyards: dict | None = None) -> Ledger:
    """Read a drawn sheet and lay it beside these buildings of 望江社区."""
    return settled(read_ledger(sheet(text)), Surroundings(COMMUNITIES, dict(buildings), courtyards or {}))


def codes(ledger: Ledger) -> list[str | None]:
    return [entry.code for entry in ledger.entries]


def lists(ledger: Ledger) -> list[list[str]]:
    return [[str(each).replace("990101001001", "") for each in entry.buildings] for entry in ledger.entries]


HOUSES = "社区 | 小区名称 | 楼院编码 | 楼栋号 | 户数\n"
FIVE = [building(number) for number in range(1, 6)]


def test_a_courtyard_without_a_code_gets_one_of_its_community_and_name() -> None:
    text = "社区 | 小区名称 | 户数\n望江 | 甲 | 5\n栖霞社区 | 甲 | 6"
    ledger = beside(text, [])
    assert codes(ledger) == ["990101001001-甲", "990101001002-甲"]
    assert faults(ledger) == [] and "codes-proposed" in notes(ledger)
    on_record = {"9901010010010007": {"name": "甲", "community_code": "990101001001"}}
    assert codes(beside(text, [], on_record)) == ["9901010010010007", "990101001002-甲"]


def test_no_code_is_made_where_the_community_is_not_known() -> None:
    ledger = beside("社区 | 小区名称 | 户数\n新村 | 甲 | 5\n新村 | 乙 | 6", [])
    assert faults(ledger) == [("code-not-made", None, None)]
    assert tuple(ledger.faults[0].where["rows"]) == (2, 3)


def test_house_numbers_are_buildings_of_the_community() -> None:
    ledger = beside(HOUSES + "望江 | 甲 | A-1 | 1-3号楼 | 5\n望江 | 乙 | A-2 | 5# | 6", FIVE)
    assert lists(ledger) == [["00001~00003"], ["00005"]]
    assert ledger.entries[0].courtyard["building_codes"] == ("99010100100100001~99010100100100003",)


def test_a_number_that_no_building_has_is_a_fault_and_gives_nothing() -> None:
    ledger = beside(HOUSES + "望江 | 甲 | A-1 | 1-3、9号楼 | 5", FIVE)
    assert faults(ledger) == [("houses-not-matched", 2, "楼栋号")]
    assert "9号楼" in ledger.faults[0].say("en") and "building_codes" not in ledger.entries[0].courtyard


def test_a_number_that_two_buildings_have_is_a_fault() -> None:
    two = [("B-1", {"name": "A区1号楼", "community_code": "990101001001"}),
           ("B-2", {"name": "B区1号楼", "community_code": "990101001001"})]  # fmt: skip
    assert faults(beside(HOUSES + "望江 | 甲 | A-1 | 1号楼 | 5", two)) == [("houses-not-matched", 2, "楼栋号")]
    assert lists(beside(HOUSES + "望江 | 甲 | A-1 | A区1号楼 | 5\n望江 | 乙 | A-2 | B区1栋 | 5", two)) == [
        ["B-1"],
        ["B-2"],
    ]


def test_zones_count_only_where_the_names_of_buildings_have_them() -> None:
    assert lists(beside(HOUSES + "望江 | 甲 | A-1 | A区1-2栋、B区3-5栋 | 5", FIVE)) == [["00001~00005"]]
    # Two numbers that differ by zone alone cannot both be building 1.
    assert faults(beside(HOUSES + "望江 | 甲 | A-1 | A区1栋、B区1栋 | 5", FIVE)) == [
        ("houses-not-matched", 2, "楼栋号")
    ]


def test_a_number_that_two_courtyards_claim_is_given_to_neither() -> None:
    ledger = beside(
        HOUSES + "望江 | 甲 | A-1 | 1-3号楼 | 5\n望江 | 乙 | A-2 | 3号楼 | 6\n望江 | 丙 | A-3 | 5# | 6", FIVE
    )
    assert faults(ledger) == [("houses-claimed-twice", 2, "楼栋号"), ("houses-claimed-twice", 3, "楼栋号")]


def test_a_courtyards_own_buildings_come_first() -> None:
    # Building 1 is there twice, one of them the courtyard's already.
    twice = [building(1, courtyard_code="A-1"), ("990101001001-X", {"name": "1号楼", "community_code": "990101001001"})]
    assert lists(beside(HOUSES + "望江 | 甲 | A-1 | 1号楼 | 5", twice)) == [["00001"]]


def test_the_same_number_on_every_row_is_a_buildings_or_the_courtyards_as_the_buildings_tell() -> None:
    text = "社区 | 小区名称 | 楼院编码 | 楼栋编码 | 户数\n" + "\n".join(
        f"望江 | 甲 | A-1 | 99010100100100{number:03} | 30" for number in (1, 2)
    )

    def households(each: int | None) -> object:
        return only(beside(text, [building(number, households=each) for number in (1, 2)])).courtyard.get("households")

    assert [households(30), households(15), households(20), households(None)] == [60, 30, None, None]


def test_a_row_for_each_contract_is_one_courtyard() -> None:
    ledger = read_ledger(
        sheet("""
        社区 | 小区名称 | 楼院编码 | 户数 | 物业公司 | 管理模式 | 合同起始 | 合同截止
        望江 | 甲       | A-1      | 30   | 安居乐   | 专业化   | 2024-01-01 | 2026-12-31
        望江 | 甲       | A-1      | 30   | 城投     | 国企     | 2020-01-01 | 2023-12-31
        """)
    )
    entry = only(ledger)
    assert (entry.households, entry.manager["name"], entry.rows) == (30, "安居乐", (2, 3))
    assert [(each.row, each.manager["name"], each.arrangement["mode"]) for each in entry.further] == [
        (3, "城投", "soe")
    ]


def test_buildings_of_one_courtyard_under_different_managers_are_a_fault() -> None:
    ledger = read_ledger(
        sheet("""
        社区 | 小区名称 | 楼院编码 | 楼栋编码 | 物业公司 | 管理模式 | 合同起始
        望江 | 甲       | A-1      | B-1      | 安居乐   | 专业化   | 2024-01-01
        望江 | 甲       | A-1      | B-2      | 城投     | 国企     | 2020-01-01
        """)
    )
    assert faults(ledger) == [("buildings-managed-differently", 3, "物业公司")]


def told(ledger: Ledger, slug: str) -> dict:
    """Return what fills the one note of a kind."""
    (note,) = [each for each in ledger.notes if each.key == f"ledger.{slug}"]
    return note.params


def test_how_many_courtyards_got_buildings_and_how_many_wait_for_them_is_counted() -> None:
    text = HOUSES + "望江 | 甲 | A-1 | 1-3号楼 | 5\n望江 | 乙 | A-2 | 5# | 6\n望江 | 丙 | A-3 | | 6"
    assert told(beside(text, FIVE), "houses-matched") == {"count": 2}
    waiting = beside(text, [])
    assert told(waiting, "houses-without-buildings") == {"count": 2}
    assert waiting.entries[0].courtyard["house_numbers"] == ("1号楼", "2号楼", "3号楼")
    assert beside(HOUSES + "望江 | 甲 | A-1 | A座 | 5", []).entries[0].courtyard["house_numbers"] == ("A座",)


def test_numbers_that_are_given_to_buildings_wait_no_more() -> None:
    waits = {"A-1": {"name": "甲", "house_numbers": ("1",)}}
    (entry,) = beside(HOUSES + "望江 | 甲 | A-1 | 1号楼 | 5", FIVE, waits).entries
    assert entry.courtyard["house_numbers"] is None
    (entry,) = beside(HOUSES + "望江 | 甲 | A-1 | 1号楼 | 5", FIVE).entries
    assert "house_numbers" not in entry.courtyard


def test_of_two_buildings_with_a_number_the_one_that_no_courtyard_has() -> None:
    twice = [building(1, courtyard_code="A-9"), ("990101001001-X", {"name": "1号楼", "community_code": "990101001001"})]
    assert lists(beside(HOUSES + "望江 | 甲 | A-1 | 1号楼 | 5", twice)) == [["-X"]]


def test_who_claims_which_number_beside_whom_is_told() -> None:
    text = HOUSES + "望江 | 甲 | A-1 | 1-3号楼 | 5\n望江 | 乙 | A-2 | 2-3号楼 | 6"
    first, second = beside(text, FIVE).faults
    assert first.text.params == {"houses": ["2号楼", "3号楼"], "others": ["乙"]}
    assert second.text.params == {"houses": ["2号楼", "3号楼"], "others": ["甲"]}
    nameless = [("990101001001-Y", {"name": "", "community_code": "990101001001"}), *FIVE]
    assert lists(beside(HOUSES + "望江 | 甲 | A-1 | 1号楼 | 5", nameless)) == [["00001"]]


def test_short_codes_are_house_numbers_where_no_building_has_them() -> None:
    text = "社区 | 小区名称 | 楼院编码 | 楼栋编码 | 户数\n望江 | 甲 | A-1 | 1~3 | 30"
    assert lists(beside(text, FIVE)) == [["00001~00003"]]
    assert lists(beside(text.replace("1~3", "2"), FIVE)) == [["00002"]]
    # Where a building has that code it is the code.
    assert lists(beside(text.replace("1~3", "2"), [*FIVE, ("2", {"name": "乙楼"})])) == [["2"]]
    # Five digits are no house number, nor are four beside a code.
    assert lists(beside(text.replace("1~3", "00002"), FIVE)) == [["00002"]]
    assert lists(beside(text.replace("1~3", "2、99010100100100001"), FIVE)) == [["2", "00001"]]


def waiting(*numbers: str, **more: object) -> dict:
    return {"name": "院", "community_code": "990101001001", "house_numbers": numbers, **more}


@pytest.mark.parametrize(
    ("courtyards", "given"),
    [
        ({"A-1": waiting("1", "2")}, {"A-1": ("99010100100100001~99010100100100002",)}),
        ({"A-1": waiting("1", "3")}, {"A-1": ("99010100100100001", "99010100100100003")}),
        ({"A-1": waiting("1", "9")}, {}),  # a number that nobody has
        ({"A-1": waiting()}, {}),
        ({"A-1": waiting("1", building_codes=("99010100100100004",))}, {}),  # has its buildings
        ({"A-1": waiting("1", house_numbers="1")}, {}),
        ({"A-1": waiting("1", "2"), "A-2": waiting("2", "3")}, {}),  # building 2 is claimed twice
        ({"A-1": waiting("1"), "A-2": waiting("2"), "A-3": waiting("2")}, {"A-1": ("99010100100100001",)}),
        # Without a community of its own, the one in its code.
        ({"9901010010010001": waiting("5", community_code=None)}, {"9901010010010001": ("99010100100100005",)}),
        ({"A-1": waiting("5", community_code=None)}, {}),
    ],
)
def test_numbers_that_waited_are_given_when_the_buildings_come(courtyards: dict, given: dict) -> None:
    assert housed_later(Surroundings(COMMUNITIES, dict(FIVE), courtyards)) == given


def test_codes_found_by_name_and_codes_made_are_counted_apart() -> None:
    text = "社区 | 小区名称 | 户数\n望江 | 甲 | 5\n望江 | 乙 | 6\n望江 | 丙 | 6"
    on_record = {"A-7": {"name": "甲", "community_code": "990101001001"}}
    ledger = beside(text, [], on_record)
    assert told(ledger, "codes-by-name") == {"count": 1, "which": ["A-7"]}
    assert told(ledger, "codes-proposed") == {"count": 2, "which": ["990101001001-乙", "990101001001-丙"]}
    two = {**on_record, "A-8": {"name": "甲", "community_code": "990101001001"}}
    assert faults(beside(text, [], two)) == [("code-not-made", None, None)]


def test_of_many_only_ten_are_named() -> None:
    text = "社区 | 小区名称 | 户数\n" + "\n".join(f"望江 | {number}院 | 5" for number in range(1, 12))
    named = told(beside(text, []), "codes-proposed")
    assert named["count"] == 11 and len(named["which"]) == 11 and named["which"][-1] == "…"
    assert "…" not in told(beside(text.rpartition("\n")[0], []), "codes-proposed")["which"]


def test_two_zones_of_one_number_are_both_told_as_nobodys() -> None:
    ledger = beside(HOUSES + "望江 | 甲 | A-1 | A区1栋、B区1栋 | 5", FIVE)
    assert ledger.faults[0].text.params["none"] == ["A区1号楼", "B区1号楼"]
