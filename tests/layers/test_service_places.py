"""Who finds a place at a station, nearest first, and places a head; minutes as in `test_service.py`."""

from __future__ import annotations

import numpy as np
import pytest

from geo.siting import floating_catchment, nearest_first, ways_of
from layers.store.protocol import Store
from tests import town
from tests.layers.test_service import run
from tests.town import point


@pytest.fixture
def canteens(small_town: Store) -> Store:
    """A canteen for 15 households in b01 and one for 25 in b05; in 4 minutes one walks two houses far."""
    town.lay_street(small_town)
    town.amend(small_town, "stations", "T1", capacity=15)
    town.add(small_town, "stations", "T2", point(450, 50), kind="elder_canteen", status="open", capacity=25)
    return small_town


def test_the_nearest_find_a_place_first(canteens: Store) -> None:
    """b01 and half of b02 go to T1; b05 and its neighbours share 25 places; b03 is nearer to neither."""
    found = run(canteens, "service-coverage", minutes=[4], weight="households", capacity=True)
    placed = {each["properties"]["code"]: each["properties"]["placed"] for each in found["places"]["features"]}
    assert (placed["b01"], placed["b02"], placed["b05"]) == (10, 5, 10)
    assert placed["b03"] + placed["b04"] + placed["b06"] + placed["b07"] == 15 and placed["b08"] == 0
    stations = {each["station"]: (each["asking"], each["taken"], each["left"]) for each in found["stations"]}
    assert stations == {"T1": (30, 15, 0), "T2": (50, 25, 0)}
    (row,) = found["rows"]
    assert (row["covered"], row["placed"], row["placed_share"]) == (70, 40, 0.4)
    assert (found["summary"]["placed"], found["summary"]["unplaced"]) == (40, 60)


def test_places_a_head_are_those_of_all_stations_that_one_reaches(canteens: Store) -> None:
    """T1: 15 places for 30 households, T2: 25 for 50; b03 reaches both."""
    found = run(canteens, "service-coverage", minutes=[4], weight="households", capacity=True)
    ratio = {each["properties"]["code"]: each["properties"]["ratio"] for each in found["places"]["features"]}
    assert [ratio[f"b{number:02}"] for number in (1, 3, 5, 8)] == [0.5, 1.0, 0.5, 0.0]
    assert found["summary"]["ratio"] == 0.4  # 40 places for 100 households


def test_a_station_without_capacity_is_told(canteens: Store) -> None:
    town.amend(canteens, "stations", "T2", capacity=None)
    found = run(canteens, "service-coverage", minutes=[4], weight="households", capacity=True)
    stations = {each["station"]: each for each in found["stations"]}
    assert (stations["T2"]["capacity"], stations["T2"]["left"], stations["T2"]["ratio"]) == (None, None, None)
    assert (stations["T2"]["taken"], found["summary"]["missing_capacity"]) == (50, 1)
    assert found["summary"]["ratio"] == 0.15


def test_unasked_the_answer_says_nothing_of_places(canteens: Store) -> None:
    plain = run(canteens, "service-coverage", minutes=[4], weight="households")
    assert not {"places", "stations"} & plain.keys() and "placed" not in plain["summary"]
    assert "ratio" not in plain["rows"][0]


def test_against_sums_by_hand() -> None:
    random = np.random.default_rng(3)
    minutes = random.random((7, 40)) * 20
    site, demand = np.nonzero(minutes <= 12)
    ways = ways_of(7, 40, site, demand, minutes[site, demand])
    weight, room = random.integers(0, 9, 40).astype(float), random.integers(1, 40, 7).astype(float)
    sent = nearest_first(ways, weight, room)
    left, space = weight.copy(), room.copy()
    expected = {}
    for j, i in sorted(zip(site, demand, strict=True), key=lambda pair: minutes[pair]):
        expected[j, i] = min(left[i], space[j])
        left[i] -= expected[j, i]
        space[j] -= expected[j, i]
    assert all(expected[j, i] == value for j, i, value in zip(ways.site, ways.demand, sent, strict=True))
    near = minutes <= 12
    by_station = room / (near * weight).sum(axis=1)
    told, ratio = floating_catchment(ways, weight, room)
    assert np.allclose(told, by_station) and np.allclose(ratio, (near * by_station[:, None]).sum(axis=0))
