"""What each station, and each kind of station, has of the service area; minutes as in `test_service.py`."""

from __future__ import annotations

import itertools

import pytest
import shapely

from layers.store.protocol import Store
from tests import town
from tests.layers.test_service import run
from tests.town import line, point


@pytest.fixture
def three(small_town: Store) -> Store:
    """Stations at b01 (canteen), b05 (clinic) and b10 (canteen) along the street, and a lane that crosses it."""
    town.lay_street(small_town)
    town.add(small_town, "roads", "X", line((450, -200), (450, 300)), **{"class": "residential"})
    town.add(small_town, "stations", "T2", point(450, 50), kind="clinic", status="open")
    town.add(small_town, "stations", "T3", point(950, 50), kind="elder_canteen", status="open")
    return small_town


def shares(found: dict) -> dict[str, shapely.Geometry]:
    return {
        each["properties"]["station"]: shapely.geometry.shape(each["geometry"])
        for each in found["nearest_areas"]["features"]
    }


@pytest.mark.parametrize("method", ["network", "straight", "detour"])
def test_nearest_areas_share_the_largest_band_without_overlap(three: Store, method: str) -> None:
    found = run(three, "service-area", minutes=[3, 6], method=method, nearest_areas=True)
    areas = shares(found)
    band = shapely.geometry.shape(found["areas"]["features"][-1]["geometry"])
    assert list(areas) == ["T1", "T2", "T3"]
    for one, other in itertools.combinations(areas.values(), 2):
        assert one.intersection(other).area <= 1e-6 * band.area
    whole = shapely.union_all(list(areas.values()))
    assert whole.intersection(band).area / whole.union(band).area >= 0.99


def test_each_place_goes_with_the_nearest_station(three: Store) -> None:
    """b03 is 220 m from T1 and from T2, and goes with the first; b07 is 220 m from T2, b08 220 m from T3."""
    found = run(three, "service-area", minutes=[6], nearest_areas=True)
    counts = {each["properties"]["station"]: each["properties"]["buildings"]
              for each in found["nearest_areas"]["features"]}  # fmt: skip
    assert sum(counts.values()) == 10
    assert counts["T3"] == 3
    households = sum(each["properties"]["households"] for each in found["nearest_areas"]["features"])
    assert households == 100
    areas = shares(found)
    assert areas["T1"].contains(point(150, 40))
    assert areas["T2"].contains(point(450, 150))
    assert areas["T3"].contains(point(850, 40))


def test_they_are_given_on_request_only(three: Store) -> None:
    assert run(three, "service-area")["nearest_areas"]["features"] == []


@pytest.mark.parametrize("method", ["network", "straight"])
def test_stations_at_one_place_and_one_that_is_nowhere(three: Store, method: str) -> None:
    town.add(three, "stations", "T4", point(950, 50), kind="post", status="open")
    town.add(three, "stations", "T5", None, kind="post", status="open")
    found = run(three, "service-area", minutes=[6], method=method, nearest_areas=True)
    geometries = {each["id"]: each["geometry"] for each in found["nearest_areas"]["features"]}
    assert geometries["T3"] is not None
    assert (geometries["T4"], geometries["T5"]) == (None, None)
    counted = {each["id"]: each["properties"]["buildings"] for each in found["nearest_areas"]["features"]}
    assert (counted["T4"], counted["T5"]) == (0, 0)


def test_one_station_has_it_all(three: Store) -> None:
    found = run(three, "service-area", stations=["T1"], method="straight", nearest_areas=True)
    band = shapely.geometry.shape(found["areas"]["features"][-1]["geometry"])
    assert shares(found)["T1"].area == pytest.approx(band.area, rel=1e-6)


def test_coverage_by_kind(three: Store) -> None:
    """In 4 minutes, 267 m: canteens reach b01-b03 and b08-b10, the clinic b03-b07."""
    found = run(three, "service-coverage", minutes=[4], weight="households")
    rows = {each["kind"]: each for each in found["kinds"]}
    assert {kind: (each["stations"], each["covered"], each["total"]) for kind, each in rows.items()} == {
        "clinic": (1, 50, 100),
        "elder_canteen": (2, 60, 100),
    }
    assert rows["clinic"]["share"] == 0.5
    assert found["summary"]["covered"] == 10


def test_a_kind_that_was_asked_for_and_has_no_station_covers_nothing(three: Store) -> None:
    found = run(three, "service-coverage", minutes=[4], kinds=["clinic", "police"], method="straight")
    rows = {each["kind"]: (each["stations"], each["covered"]) for each in found["kinds"]}
    assert rows == {"clinic": (1, 5), "police": (0, 0)}


def test_one_kind_has_no_breakdown(three: Store) -> None:
    assert run(three, "service-coverage", kinds=["clinic"])["kinds"] == []
