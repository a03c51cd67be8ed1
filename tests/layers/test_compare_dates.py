"""Two days compared by what buildings count for, by area, by enclosure and by manager; and the same by plain loops."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from layers.store.protocol import Store
from tests import town
from tests.layers.test_analyses import run
from tests.plain_count import House, counted
from tests.suite import quickly

SINCE, UNTIL = dt.date(2022, 6, 30), dt.date(2025, 2, 6)
CAME = ("newly_managed", "appeared", "became_known_managed")
WENT = ("newly_unmanaged", "disappeared", "became_known_unmanaged")
SPAN = {"from": "2024-06-01", "to": town.DAY.isoformat()}


def adds_up(row: dict) -> bool:
    """Say whether what was, what came, what went and what grew come to what is."""
    after = row["managed_from"] + sum(row[each] for each in CAME) - sum(row[each] for each in WENT) + row["reweighed"]
    return after == pytest.approx(row["managed_to"], abs=1e-6)


class TestTheTown:
    """b05 came to be managed by SOE trial, b07 ceased to be, between the two days."""

    def test_by_households(self, small_town: Store) -> None:
        town.amend(small_town, "buildings", "b05", households=25)
        found = run(small_town, "compare-dates", weight="households", **SPAN)
        (row,) = found["rows"]
        assert (row["managed_from"], row["managed_to"]) == (60, 75)
        assert (row["newly_managed"], row["newly_unmanaged"], row["reweighed"]) == (25, 10, 0)
        summary = found["summary"]
        assert (summary["newly_managed"], summary["changed_buildings"]["newly_managed"]) == (25, 1)
        assert (summary["from"]["managed"], summary["to"]["managed"]) == (60, 75)

    def test_by_floor_area_what_nobody_entered_is_estimated_and_said_to_be(self, small_town: Store) -> None:
        town.amend(small_town, "buildings", "b05", floor_area_m2=1000.5)
        (row,) = run(small_town, "compare-dates", weight="floor_area_m2", **SPAN)["rows"]
        assert row["newly_managed"] == 1000.5
        assert row["newly_unmanaged"] == pytest.approx(600, rel=2e-3)  # 10 m × 10 m × 6 floors
        assert (row["estimated_to"], row["missing_weight_to"]) == (9, 0)

    def test_a_building_without_the_figure_is_counted_and_in_no_sum(self, small_town: Store) -> None:
        town.amend(small_town, "buildings", "b05", households=None)
        (row,) = run(small_town, "compare-dates", weight="households", **SPAN)["rows"]
        assert (row["newly_managed"], row["changed_missing_weight"]) == (None, 1)
        assert (row["missing_weight_from"], row["missing_weight_to"]) == (1, 1)

    def test_by_enclosure(self, small_town: Store) -> None:
        rows = {row["code"]: row for row in run(small_town, "compare-dates", by="enclosure", **SPAN)["rows"]}
        assert rows.keys() == {"open", "closed"}
        assert (rows["open"]["newly_managed"], rows["open"]["newly_unmanaged"], rows["open"]["total_to"]) == (1, 1, 6)
        assert (rows["closed"]["managed_from"], rows["closed"]["managed_to"]) == (4, 4)
        assert rows["open"]["name"] == "open"

    def test_by_manager_a_row_is_what_is_in_their_hands(self, small_town: Store) -> None:
        rows = {row["code"]: row for row in run(small_town, "compare-dates", by="manager", **SPAN)["rows"]}
        assert rows.keys() == {"M1", None}
        mine = rows["M1"]
        assert (mine["name"], mine["managed_from"], mine["managed_to"]) == ("诚信物业", 6, 6)
        assert (mine["newly_managed"], mine["newly_unmanaged"], mine["appeared"], mine["disappeared"]) == (1, 1, 0, 0)
        assert (rows[None]["managed_from"], rows[None]["managed_to"], rows[None]["total_to"]) == (0, 0, 4)

    def test_who_took_over_gains_what_the_other_loses(self, small_town: Store) -> None:
        town.add(small_town, "managers", "M2", name="新来物业", kind="commercial")
        town.amend(small_town, "arrangements", "RA", end_date=dt.date(2024, 12, 31))
        town.add(small_town, "arrangements", "RA2", managed_area="AA", manager="M2", mode="professional",
                 stage="formal", start_date=dt.date(2025, 1, 1))  # fmt: skip
        rows = {row["code"]: row for row in run(small_town, "compare-dates", by="managers", **SPAN)["rows"]}
        assert (rows["M1"]["disappeared"], rows["M2"]["appeared"], rows["M2"]["managed_to"]) == (4, 4, 4)
        assert all(adds_up(row) for row in rows.values())

    def test_what_stayed_managed_and_grew_is_told_apart(self, small_town: Store) -> None:
        town.amend(small_town, "buildings", "b01", valid_to=dt.date(2024, 12, 31))
        town.add(small_town, "buildings", "b11", town.house(1), name="1号楼", courtyard_code="CA", households=30,
                 use="residential", valid_from=dt.date(2025, 1, 1))  # fmt: skip
        (row,) = run(small_town, "compare-dates", weight="households", **SPAN)["rows"]
        assert (row["appeared"], row["disappeared"], row["managed_to"]) == (30, 10, 80)
        assert adds_up(row)


def test_growth_since_a_later_statement_is_neither_gain_nor_loss(small_town: Store) -> None:
    from layers.model.feature import Change, Feature
    from layers.store.protocol import Draft, Holding

    before = small_town.get("buildings", "b01")
    after = Feature("b01", before.geometry, {**before.properties, "households": 17}, before.version)
    draft = Draft("tests", town.NOON, "2025", "edit", [Change("buildings", "b01", before, after)],
                  holding=Holding(dt.date(2025, 1, 1)))  # fmt: skip
    small_town.commit(draft)
    (row,) = run(small_town, "compare-dates", weight="households", **SPAN)["rows"]
    assert (row["managed_from"], row["managed_to"], row["reweighed"]) == (60, 67, 7)
    assert adds_up(row)


def weight_of(house: House, weight: str) -> float | None:
    return {"buildings": 1, "households": house.record.get("households"), "floor_area_m2": house.floor_area}[weight]


@pytest.mark.parametrize(
    ("basis", "by", "weight"),
    quickly([*itertools.product(
        ["broad", "strict"], ["enclosure", "manager"], ["buildings", "households", "floor_area_m2"]
    )], 0, 4, 8, 9),
)  # fmt: skip
def test_plain_loops_over_the_records_come_to_the_same(demo: Store, by: str, weight: str, basis: str) -> None:
    inputs = {"from": SINCE.isoformat(), "to": UNTIL.isoformat(), "by": by, "weight": weight, "basis": basis}
    rows = {row["code"]: row for row in run(demo, "compare-dates", **inputs)["rows"]}
    for side, day in (("from", SINCE), ("to", UNTIL)):
        houses, yards = counted(demo, day, basis)
        sums: dict[str | None, dict[str, float]] = {}
        for house in houses:
            yard = yards.get(house.record.get("courtyard_code"))
            enclosed = yard.record.get("enclosure") if yard else None
            code = (enclosed or "unknown") if by == "enclosure" else house.manager
            counts = sums.setdefault(code, {"managed": 0, "known": 0, "total": 0, "missing_weight": 0})
            worth = weight_of(house, weight)
            counts["missing_weight"] += worth is None
            counts["total"] += worth or 0
            counts["known"] += (worth or 0) * (house.answer is not None)
            counts["managed"] += (worth or 0) * (house.answer is True)
        for code, row in rows.items():
            expected = sums.get(code, {"managed": 0, "known": 0, "total": 0, "missing_weight": 0})
            for name, value in expected.items():
                close = {"rel": 2e-3} if weight == "floor_area_m2" else {"abs": 0}  # footprints are measured otherwise
                assert row[f"{name}_{side}"] == pytest.approx(value, **close), (code, name, side)
        assert sums.keys() <= rows.keys()
    assert all(adds_up(row) for row in rows.values())
    assert len(rows) > 2
