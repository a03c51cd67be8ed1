"""Who manages courtyards, told from their buildings; and the same by plain loops over the records."""

from __future__ import annotations

import datetime as dt

import pytest

from layers.errors import InvalidParameter
from layers.situation.day import situation
from layers.situation.standing import standing
from layers.store.protocol import Store
from tests import town
from tests.layers.test_analyses import run
from tests.plain_count import counted
from tests.suite import quickly

DAY = town.DAY.isoformat()
DAYS = (dt.date(2025, 2, 6), dt.date(2022, 6, 30))


def listed(store: Store, **inputs: object) -> dict[str, dict]:
    """Return the courtyards that the analysis lists, by code, in its order."""
    found = run(store, "unmanaged-courtyards", **inputs)["courtyards"]["features"]
    return {each["properties"]["code"]: each["properties"] for each in found}


class TestTheTown:
    def test_nobody_manages_d_and_e(self, small_town: Store) -> None:
        found = listed(small_town)
        assert list(found) == ["CE", "CD"]  # the larger one first
        assert (found["CE"]["reason"], found["CE"]["households"], found["CE"]["buildings"]) == ("no_arrangement", 20, 2)
        assert (found["CD"]["reason_text"], found["CD"]["former_manager"]) == (
            "arrangement ended on 2024-12-31",
            "诚信物业",
        )
        assert found["CD"]["manager"] is None  # who was is not who is

    def test_the_summary_counts_what_is_listed_and_what_is_not(self, small_town: Store) -> None:
        summary = run(small_town, "unmanaged-courtyards")["summary"]
        assert summary["by_status"] == {"all": 3, "some": 0, "none": 2, "unknown": 1}
        assert (summary["courtyards"], summary["households"], summary["total"], summary["known"]) == (2, 30, 6, 5)
        assert summary["perhaps"] == 1  # F was not surveyed

    def test_households_are_those_of_the_courtyard(self, small_town: Store) -> None:
        assert list(listed(small_town, min_households=11)) == ["CE"]  # of two buildings of ten
        assert run(small_town, "unmanaged-buildings", min_households=11)["buildings"]["features"] == []

    def test_conditions(self, small_town: Store) -> None:
        assert list(listed(small_town, enclosure="closed")) == []
        assert list(listed(small_town, enclosure="open", min_households=20)) == ["CE"]
        assert list(listed(small_town, within=f"grids:{town.COMMUNITY}002")) == ["CE", "CD"]
        assert list(listed(small_town, within=f"grids:{town.COMMUNITY}001")) == []
        assert list(listed(small_town, within="courtyards:CD")) == ["CD"]
        assert list(listed(small_town, basis="strict")) == ["CE", "CB", "CC", "CD"]

    def test_in_part_is_neither_all_nor_none(self, small_town: Store) -> None:
        town.amend(small_town, "managed-areas", "AA", courtyard_codes=(), building_codes=("b01~b03",))
        found = run(small_town, "unmanaged-courtyards", within="courtyards:CA")
        assert found["summary"]["by_status"] == {"all": 0, "some": 1, "none": 0, "unknown": 0}
        assert found["courtyards"]["features"] == []
        (part,) = listed(small_town, within="courtyards:CA", share=0.25).values()
        assert (part["unmanaged_share"], part["households_unmanaged"], part["households_managed"]) == (0.25, 10, 30)
        assert listed(small_town, within="courtyards:CA", share=0.26) == {}

    def test_what_is_not_surveyed_is_never_unmanaged(self, small_town: Store) -> None:
        town.amend(small_town, "courtyards", "CE", survey_status="not_surveyed")
        town.amend(small_town, "buildings", "b08", survey_status="surveyed")
        found = run(small_town, "unmanaged-courtyards", within="courtyards:CE")
        assert found["summary"]["by_status"]["unknown"] == 1 and found["courtyards"]["features"] == []
        assert found["summary"]["perhaps"] == 1
        assert list(listed(small_town, within="courtyards:CE", share=0.5)) == ["CE"]

    def test_households_that_the_record_lacks_are_summed_up(self, small_town: Store) -> None:
        town.amend(small_town, "courtyards", "CE", households=None)
        found = listed(small_town, min_households=20)["CE"]
        assert (found["households"], found["households_summed"]) == (20, True)
        town.amend(small_town, "buildings", "b08", households=None)
        summary = run(small_town, "unmanaged-courtyards", min_households=20)["summary"]
        assert summary["left_out_without_households"] == 1  # at least 10, perhaps 20
        assert "CE" in listed(small_town, min_households=10)  # 10 are enough, whatever b08 has

    def test_a_courtyard_without_buildings_is_told_from_its_own_record(self, small_town: Store) -> None:
        shape = town.box(700, 60, 40, 30)
        for code, surveyed in (("CX", "surveyed"), ("CY", "not_surveyed"), ("CZ", "surveyed")):
            town.add(small_town, "courtyards", code, shape, name=code, households=70, survey_status=surveyed)
        town.add(small_town, "managed-areas", "AZ", courtyard_codes=("CZ",))
        town.add(small_town, "arrangements", "RZ", managed_area="AZ", manager="M1", mode="soe", stage="formal",
                 start_date=dt.date(2024, 1, 1))  # fmt: skip
        yards = standing(situation(small_town, town.DAY)).set_index("code")
        assert yards.loc[["CX", "CY", "CZ"], "standing"].tolist() == ["none", "unknown", "all"]
        assert list(yards.loc[["CX", "CY", "CZ"], "buildings"]) == [0, 0, 0]
        assert yards.loc["CX", "community"] == town.COMMUNITY  # by position
        assert "CX" in listed(small_town, min_households=70)

    def test_what_is_out_of_scope_tells_nothing(self, small_town: Store) -> None:
        town.amend(small_town, "buildings", "b07", use="commercial")
        yards = standing(situation(small_town, town.DAY)).set_index("code")
        assert (yards.loc["CD", "standing"], yards.loc["CD", "units"]) == ("unknown", 0)
        assert "CD" not in listed(small_town)

    @pytest.mark.parametrize("share", [0, 1.01, "most"])
    def test_a_share_is_above_nothing_and_at_most_all(self, small_town: Store, share: object) -> None:
        with pytest.raises(InvalidParameter):
            run(small_town, "unmanaged-courtyards", share=share)

    def test_an_empty_workspace_has_none(self, empty: Store) -> None:
        found = run(empty, "unmanaged-courtyards")
        assert found["courtyards"]["features"] == [] and found["summary"]["total"] == 0


@pytest.mark.parametrize("basis", quickly(["broad", "strict", "accepted"], 1))
@pytest.mark.parametrize("day", DAYS)
def test_plain_loops_over_the_records_come_to_the_same(demo: Store, day: dt.date, basis: str) -> None:
    _, yards = counted(demo, day, basis)
    asked = {"as_of": day.isoformat(), "basis": basis}
    for enclosure, least in ((None, None), ("open", 100), ("closed", 50), ("open", 101)):
        meant = {
            code: yard
            for code, yard in yards.items()
            if (enclosure is None or (yard.record.get("enclosure") or "unknown") == enclosure)
            and (least is None or (yard.households or 0) >= least)
        }
        more = {"enclosure": enclosure, "min_households": least}
        found = run(demo, "unmanaged-courtyards", **asked, **{name: each for name, each in more.items() if each})
        rows = {each["properties"]["code"]: each["properties"] for each in found["courtyards"]["features"]}
        nobody = {code for code, yard in meant.items() if yard.standing == "none"}
        assert set(rows) == nobody
        assert found["summary"]["households"] == sum(yards[code].households or 0 for code in nobody)
        by_status = {each: sum(yard.standing == each for yard in meant.values()) for each in ("all", "some", "none")}
        assert by_status.items() <= found["summary"]["by_status"].items()
        for code, row in rows.items():
            assert row["buildings"] == len(yards[code].houses) and row["households"] == yards[code].households
    assert yards  # something was compared


def test_every_figure_of_a_courtyard_is_that_of_plain_loops(demo: Store) -> None:
    _, yards = counted(demo, DAYS[0], "strict")
    found = standing(situation(demo, DAYS[0], "strict"))
    for row in found.to_dict("records"):
        yard = yards[row["code"]]
        for side, answer in (("managed", True), ("unmanaged", False), ("unknown", None)):
            those = [house for house in yard.houses if house.answer is answer]
            if row["buildings"]:
                assert row[f"units_{side}"] == len(those)
                said = [each for each in (house.record.get("households") for house in those) if each is not None]
                assert row[f"without_households_{side}"] == len(those) - len(said)
                assert row[f"households_{side}"] == (sum(said) if said or not those else None)
        if row["buildings"]:
            assert row["standing"] == yard.standing
