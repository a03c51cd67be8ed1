"""Wishes drawn at random on districts drawn at random: checked from outside, and the nearest wish is met when asked."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from layers.errors import Conflict, InvalidParameter
from layers.model.feature import Change, Feature
from layers.store.protocol import Draft, Store
from tests import town
from tests.proposals import test_assign_posts as posts
from tests.proposals import test_bundle_buildings as bundles
from tests.proposals import test_joint_units as units
from tests.proposals import test_propose_grids as grids
from tests.proposals.test_nearest_is_met import faults_of

pytestmark = pytest.mark.deep

SEEDS = range(8)
HERE = f"communities:{town.COMMUNITY}"
Wishes = dict[str, Any]


def drawn(store: Store, dice: random.Random) -> Store:
    """Draw a community of one to three rows of lots: houses on most, courtyards, grids, walls and streets on some."""
    wide, high = dice.randint(2, 7), dice.randint(1, 3)
    added: list[tuple[str, str, Any, Wishes]] = []
    area = town.box(0, 0, 100 * wide, 100 * high)
    added.append(("communities", town.COMMUNITY, area, {"name": "掷社区", "kind": "urban"}))
    for row in range(high):
        for column in range(wide):
            if dice.random() < 0.2:
                continue
            households = dice.choice([None, 0, 1, 5, 10, 10, 20, 60])
            use = dice.choice(["residential", "residential", "mixed", "commercial", None])
            yard = f"Y{column // 2}{row}" if dice.random() < 0.6 else None
            house = town.box(100 * column + dice.randint(0, 80), 100 * row + dice.randint(10, 70), 15, 15)
            given = {"community_code": town.COMMUNITY, "courtyard_code": yard, "households": households, "use": use,
                     "floors": dice.choice([None, 1, 6]), "survey_status": dice.choice(["surveyed", None])}  # fmt: skip
            added.append(("buildings", f"b{column}{row}", house, given))
    for yard in sorted({str(each[3]["courtyard_code"]) for each in added[1:] if each[3]["courtyard_code"]}):
        shape = town.box(200 * int(yard[1]), 100 * int(yard[2]), 200, 100).intersection(area)
        enclosure = dice.choice(["open", "closed", None])
        added.append(("courtyards", yard, shape, {"name": yard, "enclosure": enclosure}))
    for row in range(1, high):
        if dice.random() < 0.7:
            line = town.line((0, 100 * row), (100 * wide, 100 * row))
            added.append(("roads", f"R{row}", line, {"class": dice.choice(["residential", "primary", "service"])}))
    if dice.random() < 0.5 and wide > 2:
        line = town.line((100 * dice.randint(1, wide - 1), 0), (100 * dice.randint(1, wide - 1), 100 * high))
        added.append(("barriers", "W1", line, {"kind": dice.choice(["wall", "railway", "water"])}))
    cut = dice.randint(0, wide)
    for number, (west, east) in enumerate([(0, cut), (cut, wide)], start=1):
        if west < east and dice.random() < 0.8:
            given = {"name": f"格{number}", "community_code": town.COMMUNITY, "grid_system": "service"}
            shape = town.box(100 * west, 0, 100 * (east - west), 100 * high)
            added.append(("grids", f"{town.COMMUNITY}00{number}", shape, {**given, "state": "active"}))
    changes = []
    for layer, id, shape, given in added:
        known = {"code": id} | {name: value for name, value in given.items() if value is not None}
        changes.append(Change(layer, id, None, Feature(id, shape, known)))
    store.commit(Draft("tests", town.NOON, "a district", "import", changes))
    return store


def of_grids(dice: random.Random, store: Store) -> Wishes:
    low = dice.choice([0, 1, 5, 10, 20, 50, 200])
    codes = [each.id for each in store.page("grids", grids.Query(), 10).features]
    wish: Wishes = {"households_min": low, "households_max": max(0, low + dice.choice([-1, 0, 5, 20, 100]))}
    wish |= {"whole": dice.choice(["courtyards", "none"]), "start": dice.choice(["active", "none"])}
    wish |= dice.choice([{}, {}, {"count": dice.randint(1, 6)}])
    wish |= dice.choice([{}, {}, {"locked": codes[:1]}, {"only": codes[:1]}])
    return wish | {"balance": dice.choice(["households", "workload", "population"]), "seconds": dice.choice([0.1, 4])}


def of_bundles(dice: random.Random, _: Store) -> Wishes:
    wish: Wishes = {"max_gap_m": dice.choice([1.0, 30.0, 60.0, 90.0])}
    wish |= {"status": dice.choice([["unmanaged"], ["unmanaged", "lapsed"]])}
    wish |= dice.choice([{}, {"max_floor_area_m2": dice.choice([10.0, 500.0, 3_000.0])}])
    wish |= dice.choice([{}, {"households_max": dice.choice([1, 15, 70])}, {"households_min": dice.choice([5, 40])}])
    return wish | dice.choice([{}, {"fee_yuan_m2_month": 1.5, "cost_yuan_household_month": 20.0}]) | {"seconds": 4}


def of_posts(dice: random.Random, _: Store) -> Wishes:
    wish: Wishes = {"targets": dice.choice(["courtyards", "courtyards", "grids", "communities"])}
    wish |= dice.choice([{}, {"posts": ["甲"]}, {"posts": ["甲", "乙", "丙"]}])
    wish |= dice.choice([{}, {"most": dice.randint(1, 3)}])
    return wish | dice.choice([{}, {"most_m": dice.choice([1, 90, 250])}])


def of_units(dice: random.Random, store: Store) -> Wishes:
    codes = [each.id for each in store.page("communities", units.Query(), 20).features]
    low = dice.randint(1, 5)
    wish: Wishes = {"size_min": low, "size_max": low + dice.randint(0, 3)}
    wish |= {"limit_minutes": dice.choice([0.5, 3, 7, 15])}
    pair = dice.sample(codes, min(2, len(codes)))
    wish |= dice.choice([{}, {"together": [pair]}, {"apart": [pair]}, {"centres": pair}, {"same_street": True}])
    return wish | {"seconds": 4}


def of_stations(dice: random.Random, _: Store) -> Wishes:
    wish: Wishes = {"model": dice.choice(["max_cover", "set_cover", "p_median", "p_center"]), "k": dice.randint(0, 4)}
    wish |= {"candidates": dice.choice(["buildings", "courtyards", "streets"]), "minutes": dice.choice([0.2, 1, 3])}
    wish |= dice.choice([{}, {"capacity": True, "new_capacity": dice.choice([1, 30, 200])}, {"max_access_m": 20}])
    return wish | {"weight": dice.choice(["households", "population"]), "seconds": 4}


def refused_or(ask: Callable[[], object]) -> None:
    """Ask; a refusal is an answer, too."""
    try:
        ask()
    except (InvalidParameter, Conflict) as refusal:
        assert refusal.faults


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("kind", "wished", "asked"), [
    ("propose-grids", of_grids, grids.propose),
    ("bundle-buildings", of_bundles, bundles.propose),
    ("assign-posts", of_posts, posts.propose),
    ("site-stations", of_stations, None),
])  # fmt: skip
def test_of_a_community(
    empty: Store, seed: int, kind: str, wished: Callable[[random.Random, Store], Wishes],
    asked: Callable[..., object] | None,
) -> None:  # fmt: skip
    dice = random.Random(seed)
    store = drawn(empty, dice)
    odd = [wished(dice, store) for _ in range(5)]
    for wish in odd if asked is not None else ():
        refused_or(lambda wish=wish: asked(store, within=HERE, **wish))  # type: ignore[misc]  # of those that check
    assert faults_of(store, kind, {"within": HERE}, odd) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_of_villages(empty: Store, seed: int) -> None:
    dice = random.Random(seed)
    at_m = sorted(dice.sample(range(0, 30_000, 500), dice.randint(3, 12)))
    store = units.lay(empty, [float(each) for each in at_m], lambda number: 9 + number % 2)
    odd = [of_units(dice, store) for _ in range(5)]
    for wish in odd:
        refused_or(lambda wish=wish: units.propose(store, **wish))  # type: ignore[misc]  # a default is no argument
    assert faults_of(store, "joint-units", {"within": "districts:990301"}, odd) == []
