"""Sums of coverage of which nothing is on record are unknown in every answer, and never 0."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.analyses.registry import analyses, decode
from layers.analyses.results import write_outputs
from layers.model.management.indicators import coverage, mode_mix, mode_mix_missing, open_share
from layers.model.values import known_sum
from layers.store.protocol import Store
from tests import town
from tests.layers.test_analyses import DAY, run, silent

MANAGED, STREETS = st.sampled_from([True, False, None]), st.sampled_from(["a", "b", None])
HOUSES = st.lists(st.tuples(MANAGED, st.one_of(st.none(), st.integers(0, 40)), STREETS), max_size=12)
SPAN = {"from": "2024-06-01", "to": town.DAY.isoformat()}


def silence(store: Store, *numbers: int, **fields: object) -> None:
    for number in numbers:
        town.amend(store, "buildings", f"b{number:02}", **(fields or {"households": None}))


@given(HOUSES, st.sampled_from(["households", "floor_area_m2"]))
def test_every_sum_is_that_of_what_is_known_and_every_share_one_of_two_sums(houses: list, weight: str) -> None:
    frame = pd.DataFrame(
        {
            "managed": pd.array([each[0] for each in houses], dtype="boolean"),
            weight: pd.array([each[1] for each in houses], dtype="Int64"),
            "street": np.array([each[2] for each in houses], dtype=object),
        }
    )
    for code, row in coverage(frame, weight, "street").iterrows():
        mine = [each for each in houses if each[2] == (code if isinstance(code, str) else None)]

        def of(*sides: bool | None, mine: list = mine) -> float | None:
            return known_sum([np.nan if each[1] is None else each[1] for each in mine if each[0] in sides])

        told = {name: None if np.isnan(value) else value for name, value in row.items()}
        managed, unmanaged, unknown = of(True), of(False), of(None)
        assert (told["managed"], told["unmanaged"], told["unknown"]) == (managed, unmanaged, unknown)
        assert (told["known"], told["total"]) == (of(True, False), of(True, False, None))
        assert told["missing_weight"] == sum(each[1] is None for each in mine)

        def share(part: float | None, whole: float | None) -> float | None:
            return part / whole if whole and part is not None else None

        assert told["coverage"] == share(managed, of(True, False))
        assert told["lower"] == share(managed, of(True, False, None))
        assert told["upper"] == share(of(True, None), of(True, False, None))
        assert told["known_share"] == share(of(True, False), of(True, False, None))


class TestCoverage:
    def test_nobody_says(self, small_town: Store) -> None:
        silence(small_town, *range(1, 11))
        found = run(small_town, "coverage", as_of=DAY, weight="households", by="grids")
        for row in [*found["rows"], found["summary"]]:
            assert [row[name] for name in ("managed", "known", "total", "coverage", "lower", "upper")] == [None] * 6
            assert row["missing_weight"] == row["buildings"]
        assert found["summary"]["mode_mix_households"] == {"professional": None, "soe": None, "fallback": None}
        assert found["summary"]["mode_mix_missing"] == {"professional": 4, "soe": 1, "fallback": 1}

    def test_those_who_are_not_managed_do_not_say(self, small_town: Store) -> None:
        # Of all whose households are known; how many buildings are not among them stands beside.
        silence(small_town, 7, 8, 9)
        told = run(small_town, "coverage", as_of=DAY, weight="households")["summary"]
        assert (told["managed"], told["known"], told["coverage"], told["missing_weight"]) == (60, 60, 1, 3)

    def test_those_who_are_managed_do_not_say(self, small_town: Store) -> None:
        silence(small_town, *range(1, 7))
        told = run(small_town, "coverage", as_of=DAY, weight="households")["summary"]
        assert (told["managed"], told["known"], told["coverage"], told["missing_weight"]) == (None, 30, None, 6)

    def test_some_say(self, small_town: Store) -> None:
        silence(small_town, 7, 8)
        told = run(small_town, "coverage", as_of=DAY, weight="households")["summary"]
        assert (told["managed"], told["known"], told["missing_weight"]) == (60, 70, 2)
        assert told["coverage"] == pytest.approx(60 / 70)

    def test_an_area_without_buildings_has_none(self, small_town: Store) -> None:
        silence(small_town, *range(1, 11))
        town.amend(small_town, "courtyards", "CF", code="CG")
        rows = run(small_town, "coverage", as_of=DAY, weight="households", by="courtyards")["rows"]
        assert {row["code"]: row["total"] for row in rows if row["code"] in ("CE", "CG")} == {"CE": None, "CG": 0}

    def test_estimated_floor_areas_are_told_in_every_sum(self, small_town: Store) -> None:
        silence(small_town, 1, 8, floor_area_m2=500)
        found = run(small_town, "coverage", as_of=DAY, weight="floor_area_m2")
        for row in [*found["rows"], found["summary"]]:
            assert [row[f"{name}_estimated"] for name in ("managed", "known", "total")] == [5, 7, 8]
        assert "managed_estimated" not in run(small_town, "coverage", as_of=DAY)["rows"][0]


class TestComparedDays:
    @pytest.mark.parametrize("by", ["communities", "manager", "enclosure"])
    def test_nobody_says(self, small_town: Store, by: str) -> None:
        silence(small_town, *range(1, 11))
        found = run(small_town, "compare-dates", weight="households", by=by, **SPAN)
        for row in found["rows"]:
            there = row["missing_weight_from"] > 0
            assert row["total_from"] == (None if there else 0) and row["coverage_change"] is None
        assert sum(row["changed_missing_weight"] for row in found["rows"]) >= 2
        told = found["summary"]
        assert (told["newly_managed"], told["newly_unmanaged"], told["reweighed"]) == (None, None, None)
        assert (told["appeared"], told["changed_missing_weight"], told["from"]["managed"]) == (0, 2, None)

    def test_what_stayed_and_is_known_has_not_changed_whatever_others_do_not_say(self, small_town: Store) -> None:
        silence(small_town, 1)
        told = run(small_town, "compare-dates", weight="households", **SPAN)["summary"]
        assert (told["reweighed"], told["newly_managed"], told["changed_missing_weight"]) == (0, 10, 0)

    def test_every_sum_of_floor_areas_says_how_many_are_estimates(self, small_town: Store) -> None:
        silence(small_town, 5, floor_area_m2=1000.5)
        found = run(small_town, "compare-dates", weight="floor_area_m2", **SPAN)
        (row,) = found["rows"]
        assert [row[f"{name}_to_estimated"] for name in ("managed", "known", "total")] == [5, 8, 9]
        assert (row["newly_managed_estimated"], row["newly_unmanaged_estimated"]) == (0, 1)
        told = found["summary"]
        assert (told["newly_unmanaged_estimated"], told["to"]["total_estimated"]) == (1, 9)
        assert "total_to_estimated" not in run(small_town, "compare-dates", **SPAN)["rows"][0]


class TestWhatNobodyManages:
    def test_of_buildings(self, small_town: Store) -> None:
        silence(small_town, 7, 8, 9)
        told = run(small_town, "unmanaged-buildings", as_of=DAY)["summary"]
        assert (told["buildings"], told["households"], told["households_missing"]) == (3, None, 3)
        silence(small_town, 8, households=12)
        told = run(small_town, "unmanaged-buildings", as_of=DAY)["summary"]
        assert (told["households"], told["households_missing"]) == (12, 2)

    def test_of_courtyards(self, small_town: Store) -> None:
        silence(small_town, 7, 8, 9)
        found = run(small_town, "unmanaged-courtyards", as_of=DAY)
        yards = {each["properties"]["code"]: each["properties"] for each in found["courtyards"]["features"]}
        # What was entered for the courtyards stands: 10 and 20.
        sums = ("households", "households_unmanaged", "households_managed")
        assert [yards["CE"][name] for name in sums] == [20, None, 0]
        assert yards["CE"]["without_households"] == 2
        told = found["summary"]
        assert (told["households"], told["households_unmanaged"], told["households_unmanaged_missing"]) == (30, None, 3)

    def test_a_workbook_marks_what_is_not_known(self, small_town: Store, tmp_path: Path) -> None:
        silence(small_town, 7, 8, 9)
        chosen = analyses()["unmanaged-buildings"]
        outputs = chosen.run(small_town, decode(chosen, {"as_of": DAY}, town.DAY), silent)
        write_outputs(chosen, outputs, tmp_path / "found.xlsx", "zh")
        sheet = openpyxl.load_workbook(tmp_path / "found.xlsx")["汇总"]
        assert {row[0]: row[1] for row in sheet.iter_rows(values_only=True)}["户数"] == "—"


def test_open_courtyards_of_which_nobody_knows_the_households() -> None:
    yards = pd.DataFrame({"enclosure": ["open", "closed"], "households": pd.array([None, 30], dtype="Int64")})
    told = open_share(yards)
    assert (told["open_households"], told["known_households"], told["open_share_households"]) == (None, 30, None)
    assert (told["open_share"], told["missing_households"]) == (0.5, 1)
    assert open_share(yards[1:])["open_households"] == 0


def test_a_mode_of_which_some_say() -> None:
    houses = pd.DataFrame(
        {
            "status": ["managed", "managed", "managed"],
            "mode": pd.Series(["soe", "soe", "joint"], dtype=object),
            "households": pd.array([7, None, None], dtype="Int64"),
        }
    )
    assert mode_mix(houses) == {"soe": 7, "joint": None}
    assert mode_mix_missing(houses) == {"soe": 1, "joint": 1}
