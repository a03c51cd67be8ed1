"""From ledger to features."""

from __future__ import annotations

import datetime as dt

from layers.catalogue import catalogue
from layers.ledger import ledger_features, read_ledger
from tests.ledger.sheets import NOBODY, row, sheet, table

COMMUNITIES = {"望江社区": "990101001001", "栖霞社区": "990101001002"}
BUILDINGS = {f"990101001001{number:05}" for number in range(10, 40)}


def made(*rows: str, communities=COMMUNITIES, buildings=BUILDINGS):
    return ledger_features(read_ledger(table(*rows)), communities, buildings)


def slugs(messages) -> list[str]:
    return [(getattr(each, "text", each)).key.partition(".")[2] for each in messages]


def test_one_managed_courtyard_becomes_four_features():
    result = made(row(1))
    assert (result.faults, result.notes) == ([], [])
    (courtyard,) = result.courtyards
    assert (courtyard.id, courtyard.geometry) == ("9901010010010001", None)
    assert courtyard.properties["community_code"] == "990101001001"
    assert courtyard.properties["building_codes"] == ("99010100100100010~99010100100100019",)
    (area,) = result.managed_areas
    assert dict(area.properties) == {
        "code": "9901010010010001",
        "name": "1号院",
        "kind": "natural",
        "courtyard_codes": ("9901010010010001",),
    }
    (manager,) = result.managers
    assert (manager.id, dict(manager.properties)) == ("安居乐物业", {"code": "安居乐物业", "name": "安居乐物业"})
    (arrangement,) = result.arrangements
    assert dict(arrangement.properties) == {
        "code": "9901010010010001-安居乐物业-2024-01-01",
        "managed_area": "9901010010010001",
        "manager": "安居乐物业",
        "mode": "professional",
        "stage": "formal",
        "start_date": dt.date(2024, 1, 1),
        "end_date": dt.date(2026, 12, 31),
    }
    assert result.building_updates == dict.fromkeys(
        (f"990101001001{number:05}" for number in range(10, 20)), "9901010010010001"
    )


def test_every_property_is_a_field_of_the_catalogue_and_the_code_is_the_id():
    result = made(row(1, remark="过渡期"), row(2, **NOBODY))
    for layer, features in (
        ("courtyards", result.courtyards),
        ("managed-areas", result.managed_areas),
        ("managers", result.managers),
        ("arrangements", result.arrangements),
    ):
        names = {field.name for field in catalogue().layer(layer).own_fields()}
        for feature in features:
            assert feature.properties["code"] == feature.id
            assert set(feature.properties) <= names
    # Nobody manages the second: a courtyard, and nothing else.
    assert [len(result.courtyards), len(result.managed_areas), len(result.arrangements)] == [2, 1, 1]


def test_reading_again_gives_the_same_features():
    assert made(row(1), row(2)) == made(row(1), row(2))


def test_a_name_in_other_width_is_the_same_manager():
    result = made(row(1, manager="城投（集团）"), row(2, manager="城投(集团)"))
    assert [feature.id for feature in result.managers] == ["城投(集团)"]


def test_names_that_may_be_one_manager_stay_two_and_are_told():
    result = made(row(1, manager="安居物业"), row(2, manager="安居物业管理有限公司"), row(3, manager="清河物业"))
    assert len(result.managers) == 3 and slugs(result.notes) == ["managers-alike"]


def test_community_by_name_and_by_code_must_agree():
    # The name says 栖霞 (…002), the courtyard's code 望江 (…001).
    result = made(row(1, community="栖霞社区"))
    assert slugs(result.faults) == ["communities-disagree"]
    assert result.faults[0].where["row"] == 3
    assert "990101001002" in result.faults[0].say("zh") and "990101001001" in result.faults[0].say("zh")
    assert "community_code" not in result.courtyards[0].properties


def test_community_by_either_alone():
    assert made(row(1, community="望江")).courtyards[0].properties["community_code"] == "990101001001"
    by_name = made(row(1, code="XQ-1"))
    assert by_name.courtyards[0].properties["community_code"] == "990101001001"
    by_code = made(row(1, community="新村社区"))
    assert by_code.courtyards[0].properties["community_code"] == "990101001001"
    assert slugs(by_code.notes) == ["community-by-code"]


def test_a_community_that_is_not_there_is_a_fault_unless_none_are():
    assert slugs(made(row(1, community="新村社区", code="XQ-1")).faults) == ["community-not-known"]
    nothing = made(row(1), communities={})
    assert (slugs(nothing.faults), slugs(nothing.notes)) == ([], ["no-communities"])


def test_a_building_that_two_courtyards_claim_goes_to_neither():
    # 10-19 and 15-29 share 15-19.
    result = made(row(1), row(2, first="99010100100100015"))
    (note,) = result.notes
    assert note.key == "ledger.claimed-twice"
    assert "99010100100100015" in note.say("en") and "9901010010010002" in note.say("en")
    owners = {int(code[-2:]): owner[-1] for code, owner in result.building_updates.items()}
    assert owners == {**dict.fromkeys(range(10, 15), "1"), **dict.fromkeys(range(20, 30), "2")}


def test_ranges_that_meet_no_building_are_noted():
    result = made(
        row(1, first="99010100100100001"),  # begins with a code that no building has
        row(7),  # 70-79: none of them known
        row(2, first="99010100100200020", last="99010100100200029"),  # another community's, and not known
    )
    assert slugs(result.notes) == ["range-empty", "range-end-not-known", "range-elsewhere"]
    assert slugs(made(row(1), buildings=()).notes) == ["no-buildings"]


def test_one_name_of_several_bodies_is_noted_and_contradicting_particulars_are_a_fault():
    result = made(row(1, manager="社区居委会"), row(2, manager="社区居委会", community="栖霞社区", code="XQ-2"))
    assert slugs(result.notes) == ["one-name-many-bodies"]
    assert [feature.id for feature in result.managers] == ["社区居委会"]
    ledger = read_ledger(
        sheet("""
        小区名称 | 楼院编码 | 物业公司 | 公开电话 | 单位性质 | 管理模式 | 合同起始
        甲 | A-1 | 安居乐 | 12345678 | 国企 | 专业化 | 2024-01
        乙 | A-2 | 安居乐 | 87654321 | 市场化 | 专业化 | 2024-01
        """)
    )
    made_of = ledger_features(ledger, {}, ())
    assert slugs(made_of.faults) == ["manager-differs"]
    assert "phones-differ" in slugs(made_of.notes)  # a firm may have several: no reason to refuse


def test_rows_without_or_with_a_doubled_code_are_passed_over():
    result = made(row(1), row(1, name="又一个"), row(2, code=""))
    assert [feature.properties["name"] for feature in result.courtyards] == ["1号院"]


def test_self_management_without_a_body_has_no_manager():
    result = made(row(1, manager="", mode="居民自管"))
    assert result.managers == []
    assert result.arrangements[0].id == "9901010010010001-2024-01-01"
    assert result.arrangements[0].properties["manager"] is None


def test_a_code_of_thirteen_characters_names_its_community_and_one_of_twelve_does_not():
    # Twelve digits are a community's own code, so a courtyard of that code is in none by it.
    assert made(row(1, code="9901010010011", community="")).courtyards[0].properties["community_code"] == "990101001001"
    assert "community_code" not in made(row(1, code="990101001001", community="")).courtyards[0].properties


def test_community_names_are_compared_without_their_ending():
    for name in ("望江", "望江社区", "望江居委会", "望江社区居民委员会"):
        assert made(row(1, code="XQ-1", community=name)).courtyards[0].properties["community_code"] == "990101001001"


def test_of_a_long_list_ten_are_shown():
    def shown(count: int) -> str:
        rows = (row(number, first=f"99010100100{200 + number:03}01", last="") for number in range(count))
        return made(*rows).notes[0].say("en")

    assert "…" not in shown(10) and "…" in shown(11)


def test_a_contract_without_a_start_does_not_take_the_later_ones_with_it():
    head = "社区 | 小区名称 | 楼院编码 | 户数 | 物业公司 | 管理模式 | 合同起始"
    rows = ["望江社区 | 甲 | A-1 | 5 | 安居乐 | 专业化 |", "望江社区 | 甲 | A-1 | 5 | 城投 | 国企 | 2020-01-01"]
    ledger = read_ledger(sheet("\n".join([head, *rows])))
    made = ledger_features(ledger, COMMUNITIES, BUILDINGS)
    assert [each.properties["manager"] for each in made.arrangements] == ["城投"]


def test_a_building_of_another_community_than_its_courtyards_is_noted_whatever_ends_the_code() -> None:
    far = row(1, code="990101001002C001", community="")  # its buildings begin with 990101001001
    assert "range-elsewhere" in slugs(made(far).notes)
    assert "range-elsewhere" not in slugs(made(row(1, code="990101001001C001", community="")).notes)
