"""Who manages a building on a day: DOMAIN.md section 4, rule by rule, in the small town."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from layers.situation.day import situation
from layers.store.protocol import Store
from tests import town

DAY = town.DAY


def status(store: Store, building: str, day: dt.date = DAY, basis: str = "broad") -> tuple[str, object, str | None]:
    """Return status, managed (None = unknown) and reason of a building."""
    row = situation(store, day, basis).buildings.loc[building]
    managed = None if pd.isna(row["managed"]) else bool(row["managed"])
    return row["status"], managed, None if pd.isna(row["reason"]) else row["reason"]


def test_the_small_town(small_town: Store) -> None:
    assert status(small_town, "b01") == ("managed", True, None)
    assert status(small_town, "b05") == ("managed", True, None)
    assert status(small_town, "b07") == ("lapsed", False, "ended")
    assert status(small_town, "b08") == ("unmanaged", False, "no_arrangement")
    assert status(small_town, "b10") == ("unknown", None, "not_surveyed")


def test_the_strict_basis_counts_formal_professional_and_soe_alone(small_town: Store) -> None:
    assert status(small_town, "b01", basis="strict") == ("managed", True, None)
    assert status(small_town, "b05", basis="strict") == ("managed", False, "only_trial")
    assert status(small_town, "b06", basis="strict") == ("managed", False, "mode_not_counted")
    assert status(small_town, "b10", basis="strict") == ("unknown", None, "not_surveyed")


def test_accepted_needs_an_acceptance_by_that_day(small_town: Store) -> None:
    accepted_on = dt.date(2024, 6, 1)
    assert status(small_town, "b01", accepted_on, "accepted") == ("managed", True, None)
    assert status(small_town, "b01", accepted_on - dt.timedelta(days=1), "accepted") == (
        "managed",
        False,
        "not_accepted",
    )


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (dt.date(2023, 12, 31), ("unmanaged", False, "not_started")),  # the day before the start
        (dt.date(2024, 1, 1), ("managed", True, None)),  # the first day
        (dt.date(2026, 12, 31), ("managed", True, None)),  # the last day is still covered
        (dt.date(2027, 1, 1), ("lapsed", False, "ended")),
    ],
)
def test_an_arrangement_holds_from_its_first_to_its_last_day(small_town: Store, day: dt.date, expected: tuple) -> None:
    assert status(small_town, "b01", day) == expected


def test_a_contract_served_on_stays_valid_after_its_end(small_town: Store) -> None:
    town.amend(small_town, "arrangements", "RD", continued_service=True)
    assert status(small_town, "b07") == ("managed", True, None)


def test_termination_takes_effect_on_its_day(small_town: Store) -> None:
    town.amend(small_town, "arrangements", "RA", terminated_on=DAY)
    assert status(small_town, "b01", DAY - dt.timedelta(days=1)) == ("managed", True, None)
    assert status(small_town, "b01", DAY) == ("lapsed", False, "terminated")


def test_a_blacklisted_manager_manages_nothing_while_on_the_list(small_town: Store) -> None:
    town.amend(small_town, "managers", "M1", blacklisted_from=dt.date(2025, 2, 1), blacklisted_to=dt.date(2025, 2, 28))
    assert status(small_town, "b01", dt.date(2025, 1, 31)) == ("managed", True, None)
    assert status(small_town, "b01", dt.date(2025, 2, 28)) == ("lapsed", False, "blacklisted")
    assert status(small_town, "b01", dt.date(2025, 3, 1)) == ("managed", True, None)


def test_the_reason_has_its_date(small_town: Store) -> None:
    buildings = situation(small_town, DAY).buildings
    assert buildings.at["b07", "reason_date"] == pd.Timestamp("2024-12-31")
    assert pd.isna(buildings.at["b08", "reason_date"])


def test_what_is_managed_has_no_date_of_a_reason_whatever_ended_elsewhere(small_town: Store) -> None:
    town.amend(small_town, "arrangements", "RC", terminated_on=DAY)
    buildings = situation(small_town, DAY).buildings
    assert buildings.at["b06", "reason_date"] == pd.Timestamp(DAY)
    assert buildings.loc[["b01", "b05", "b08", "b10"], "reason_date"].isna().all()


def test_a_building_surveyed_later_is_still_unknown(small_town: Store) -> None:
    town.amend(small_town, "courtyards", "CE", survey_date=dt.date(2025, 2, 7))
    assert status(small_town, "b08", dt.date(2025, 2, 6))[0] == "unknown"
    assert status(small_town, "b08", dt.date(2025, 2, 7))[0] == "unmanaged"


class TestPrimary:
    """Of several effective arrangements one is primary: by mode, stage, later start, id."""

    def arrange(self, store: Store, code: str, **terms: object) -> None:
        terms = {"start_date": dt.date(2024, 1, 1), "stage": "formal", "managed_area": "AC", "manager": "M1", **terms}
        town.add(store, "arrangements", code, **terms)

    def primary(self, store: Store) -> str:
        return situation(store, DAY).buildings.at["b06", "arrangement"]

    def test_professional_goes_before_fallback(self, small_town: Store) -> None:
        assert self.primary(small_town) == "RC"
        self.arrange(small_town, "R1", mode="professional", stage="trial")
        assert self.primary(small_town) == "R1"

    def test_formal_goes_before_trial(self, small_town: Store) -> None:
        self.arrange(small_town, "R1", mode="soe", stage="trial", start_date=dt.date(2025, 1, 1))
        self.arrange(small_town, "R2", mode="soe")
        assert self.primary(small_town) == "R2"

    def test_the_later_start_goes_first_and_then_the_id(self, small_town: Store) -> None:
        self.arrange(small_town, "R2", mode="soe", start_date=dt.date(2024, 5, 1))
        self.arrange(small_town, "R1", mode="soe", start_date=dt.date(2024, 5, 1))
        self.arrange(small_town, "R3", mode="soe", start_date=dt.date(2024, 4, 1))
        assert self.primary(small_town) == "R1"

    def test_a_trial_that_is_primary_does_not_hide_a_formal_one(self, small_town: Store) -> None:
        """Professional on trial is primary, and a formal SOE trusteeship beside it counts on the strict basis."""
        self.arrange(small_town, "R1", mode="professional", stage="trial")
        self.arrange(small_town, "R2", mode="soe")
        assert status(small_town, "b06", basis="strict") == ("managed", True, None)

    def test_two_professional_arrangements_at_once_are_reported(self, small_town: Store) -> None:
        self.arrange(small_town, "R1", mode="professional")
        self.arrange(small_town, "R2", mode="soe")
        assert situation(small_town, DAY).buildings.at["b06", "rivals"] == 2


class TestScope:
    """Which area reaches a building: explicit list, then courtyard, then position; the first kind of hit wins."""

    def area(self, store: Store, code: str, geometry: object = None, **properties: object) -> None:
        town.add(store, "managed-areas", code, geometry, kind="bundle", **properties)
        terms = {"mode": "professional", "stage": "formal", "start_date": dt.date(2024, 1, 1), "manager": "M1"}
        town.add(store, "arrangements", f"R{code}", managed_area=code, **terms)

    def area_of(self, store: Store, building: str) -> str | None:
        found = situation(store, DAY).buildings.at[building, "managed_area"]
        return None if pd.isna(found) else found

    def test_a_list_of_buildings_goes_before_the_courtyard(self, small_town: Store) -> None:
        self.area(small_town, "X", building_codes=("b01",))
        assert [self.area_of(small_town, each) for each in ("b01", "b02")] == ["X", "AA"]

    def test_a_range_lists_what_lies_between_its_ends(self, small_town: Store) -> None:
        self.area(small_town, "X", building_codes=("b08~b09",))
        assert [self.area_of(small_town, each) for each in ("b08", "b09", "b10")] == ["X", "X", None]

    def test_position_decides_where_no_list_does(self, small_town: Store) -> None:
        # covers the house b09 whole and the western half of b10's square, but not its house
        self.area(small_town, "X", town.box(800, 0, 140, 100))
        assert [self.area_of(small_town, each) for each in ("b08", "b09", "b10")] == [None, "X", None]

    @pytest.mark.parametrize(("inside_m", "area"), [(5.01, "X"), (4.9, None)])
    def test_half_of_the_footprint_decides(self, small_town: Store, inside_m: float, area: str | None) -> None:
        # b09's house reaches from 845 m to 855 m: half of it is 5 m
        self.area(small_town, "X", town.box(800, 0, 45 + inside_m, 100))
        assert self.area_of(small_town, "b09") == area

    def test_a_list_beats_position(self, small_town: Store) -> None:
        self.area(small_town, "X", town.box(0, 0, 1000, 100))
        assert self.area_of(small_town, "b01") == "AA"
        assert self.area_of(small_town, "b08") == "X"

    def test_a_derived_boundary_reaches_nobody_by_position(self, small_town: Store) -> None:
        self.area(small_town, "X", town.box(0, 0, 1000, 100), geometry_derived=True, building_codes=("b01",))
        assert [self.area_of(small_town, each) for each in ("b01", "b08")] == ["X", None]


def test_only_homes_are_in_scope_unless_somebody_says_so(small_town: Store) -> None:
    town.amend(small_town, "buildings", "b01", use="commercial")
    town.amend(small_town, "buildings", "b02", use="commercial", in_scope=True)
    town.amend(small_town, "buildings", "b03", in_scope=False)
    town.amend(small_town, "buildings", "b04", use=None)  # unknown is never "no"
    scoped = situation(small_town, DAY).buildings["scoped"]
    assert list(scoped[["b01", "b02", "b03", "b04"]]) == [False, True, False, True]


def test_levels_come_from_position_unless_overridden(small_town: Store) -> None:
    town.amend(small_town, "buildings", "b01", community_code="990301001099", grid_code="990301001099001")
    buildings = situation(small_town, DAY).buildings
    assert list(buildings.loc["b01", ["community", "street", "grid"]]) == [
        "990301001099",
        "990301001",
        "990301001099001",
    ]
    assert list(buildings.loc["b06", ["community", "district", "grid"]]) == [
        town.COMMUNITY,
        "990301",
        f"{town.COMMUNITY}002",
    ]


def test_floor_area_is_estimated_from_footprint_and_floors(small_town: Store) -> None:
    town.amend(small_town, "buildings", "b01", floor_area_m2=1234.0)
    buildings = situation(small_town, DAY).buildings
    assert buildings.at["b01", "floor_area_m2"] == 1234.0
    assert not buildings.at["b01", "floor_area_estimated"]
    assert buildings.at["b02", "floor_area_m2"] == pytest.approx(600, rel=1e-3)  # 10 m × 10 m × 6 floors
    assert buildings.at["b02", "floor_area_estimated"]


def test_an_edit_is_seen_at_once_and_a_repeated_question_is_answered_from_memory(small_town: Store) -> None:
    first = situation(small_town, DAY)
    assert situation(small_town, DAY) is first
    town.amend(small_town, "courtyards", "CF", survey_status="surveyed")
    assert status(small_town, "b10")[0] == "unmanaged"


def test_features_count_only_while_they_are_valid(small_town: Store) -> None:
    town.amend(small_town, "buildings", "b01", valid_to=dt.date(2025, 2, 5))
    town.amend(small_town, "buildings", "b02", valid_from=DAY)
    assert "b01" not in situation(small_town, DAY).buildings.index
    assert "b02" in situation(small_town, DAY).buildings.index
    assert "b02" not in situation(small_town, dt.date(2025, 2, 5)).buildings.index


def test_a_courtyard_is_old_by_its_year_unless_somebody_says_otherwise(small_town: Store) -> None:
    town.amend(small_town, "courtyards", "CA", build_year=1999)
    town.amend(small_town, "courtyards", "CB", build_year=2000)
    town.amend(small_town, "courtyards", "CC", build_year=1960, is_old=False)
    old = situation(small_town, DAY).courtyards["is_old"]
    assert [None if pd.isna(each) else bool(each) for each in old[["CA", "CB", "CC", "CD"]]] == [
        True,
        False,
        False,
        None,
    ]
