"""The service radius in the small town, with every minute worked out by hand.

A street runs west to east, 10 m south of the middle of the houses; the station stands in the middle of house b01. So
from house bN it is 10 m to the street, 100·(N-1) m along it and 10 m to the station, on foot at 4 km/h:

    b01  0 m + 20 m  0.30 min      b06  500 m + 20 m   7.80 min
    b02  120 m       1.80 min      b07  620 m          9.30 min
    b03  220 m       3.30 min      b08  720 m         10.80 min
    b04  320 m       4.80 min      b09  820 m         12.30 min
    b05  420 m       6.30 min      b10  920 m         13.80 min
"""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from layers.analyses.encode import outputs_json
from layers.analyses.registry import analyses, decode, silent
from layers.errors import Conflict, InvalidParameter
from layers.model.feature import Feature
from layers.store.protocol import Store
from tests import town
from tests.town import line, point

MINUTES = [0.3, 1.8, 3.3, 4.8, 6.3, 7.8, 9.3, 10.8, 12.3, 13.8]


@pytest.fixture
def streets(small_town: Store) -> Store:
    """The town with its street and its station."""
    return town.lay_street(small_town)


def run(store: Store, id: str, **inputs: object) -> dict:
    """Run an analysis as over HTTP."""
    analysis = analyses()[id]
    inputs = {"as_of": town.DAY.isoformat(), **inputs}
    said = outputs_json(analysis.run(store, decode(analysis, inputs, town.DAY), silent), "en")
    return msgspec.json.decode(msgspec.json.encode(said))


def buildings(found: dict, output: str = "buildings") -> dict[str, dict]:
    return {each["id"]: each["properties"] for each in found[output]["features"]}


def covered(found: dict) -> list[str]:
    return [id for id, each in buildings(found).items() if each["covered"]]


def names(first: int, last: int) -> list[str]:
    return [f"b{number:02}" for number in range(first, last + 1)]


def test_every_minute(streets: Store) -> None:
    found = buildings(run(streets, "service-area"))
    # lon/lat arithmetic of the town is good to about a decimetre in 100 m
    assert [each["minutes"] for each in found.values()] == [pytest.approx(each, abs=0.02) for each in MINUTES]
    assert {each["station"] for each in found.values()} == {"T1"}


def test_the_limit_decides_and_the_reason_says_how_far(streets: Store) -> None:
    found = run(streets, "service-area", minutes=[5, 10])
    assert covered(found) == names(1, 7)
    assert buildings(found)["b08"]["reason"] == "beyond_limit"
    assert "10.8" in buildings(found)["b08"]["reason_text"]
    assert [area["properties"]["buildings"] for area in found["areas"]["features"]] == [4, 7]
    assert {each["properties"]["minutes"] for each in found["streets"]["features"]} == {5, 10}


def test_the_elderly_walk_more_slowly(streets: Store) -> None:
    """At 3 km/h 10 minutes are 500 m: b05 at 420 m is inside, b06 at 520 m is not."""
    assert covered(run(streets, "service-area", minutes=[10], speed_kmh=3.0)) == names(1, 5)


def test_straight_lines_and_detours_for_comparison(streets: Store) -> None:
    """10 minutes are 667 m straight, 513 m with the detour of 1.3; houses stand 100 m apart."""
    assert covered(run(streets, "service-area", minutes=[10], method="straight")) == names(1, 7)
    assert covered(run(streets, "service-area", minutes=[10], method="detour")) == names(1, 6)


def test_a_river_is_another_component(streets: Store) -> None:
    town.amend(streets, "roads", "S1", valid_to=dt.date(2024, 1, 1))
    town.add(streets, "roads", "S2", line((0, 40), (500, 40)), **{"class": "residential"})
    town.add(streets, "roads", "S3", line((510, 40), (1000, 40)), **{"class": "residential"})
    found = run(streets, "service-area", minutes=[60])
    assert covered(found) == names(1, 5)
    assert {each["reason"] for id, each in buildings(found).items() if id > "b05"} == {"other_component"}
    assert found["summary"]["streets"]["components"] == 2


def test_far_from_any_street(streets: Store) -> None:
    town.add(streets, "buildings", "far", town.box(500, 900, 10, 10), use="residential")
    assert buildings(run(streets, "service-area"))["far"]["reason"] == "no_road"
    reached = buildings(run(streets, "service-area", max_access_m=2000, minutes=[60]))
    assert reached["far"]["covered"]


def test_a_building_without_a_place_is_told_from_one_without_a_street(streets: Store) -> None:
    town.add(streets, "buildings", "lost", None, use="residential", courtyard_code="CA")
    assert buildings(run(streets, "service-area"))["lost"]["reason"] == "no_place"


def test_a_one_way_street_counts_for_cars_alone_and_by_direction(streets: Store) -> None:
    town.amend(streets, "roads", "S1", oneway="forward")  # west to east
    assert len(covered(run(streets, "service-area"))) == 10
    to = buildings(run(streets, "service-area", mode="drive"))
    assert to["b05"]["reason"] == "against_oneway"
    away = buildings(run(streets, "service-area", mode="drive", direction="from"))
    assert away["b05"]["covered"]


def test_only_stations_open_on_the_day_count(streets: Store) -> None:
    town.amend(streets, "stations", "T1", open_from=dt.date(2025, 3, 1))
    found = run(streets, "service-area")
    assert covered(found) == []
    assert {each["reason"] for each in buildings(found).values()} == {"no_open_station"}
    assert len(covered(run(streets, "service-area", as_of="2025-03-01"))) == 10


def test_points_that_are_no_stations_yet(streets: Store) -> None:
    at = point(950, 50)
    found = buildings(run(streets, "service-area", points=[[at.x, at.y]], minutes=[3]))
    assert [id for id, each in found.items() if each["covered"]] == ["b09", "b10"]


def test_a_station_in_the_sea_reaches_nobody_and_says_so(streets: Store) -> None:
    found = buildings(run(streets, "service-area", points=[[125.0, 35.0]]))
    assert {each["reason"] for each in found.values()} == {"station_off_network"}


def test_coverage_of_people_by_area_and_the_gaps(streets: Store) -> None:
    found = run(streets, "service-coverage", minutes=[10], by="grids", weight="elderly_60")
    west, east = found["rows"]
    assert (west["covered"], west["total"], west["share"]) == (15, 15, 1)
    assert (east["covered"], east["total"]) == (6, 15)  # b06 b07 of b06-b10, 3 elderly each
    assert list(buildings(found, "uncovered")) == names(8, 10)
    (gap,) = found["gaps"]["features"]
    assert (gap["properties"]["buildings"], gap["properties"]["elderly_60"]) == (3, 9)
    assert gap["properties"]["nearest_minutes"] == pytest.approx(10.8, abs=0.02)
    assert found["summary"]["covered"] + len(found["uncovered"]["features"]) == found["summary"]["total"]


def test_a_station_outside_the_area_counts_when_it_reaches_in(streets: Store) -> None:
    """The station stands in the western grid; two houses of the eastern one are within 10 minutes."""
    within = f"grids:{town.COMMUNITY}002"
    assert run(streets, "service-coverage", minutes=[10], within=within)["summary"]["covered"] == 2


def test_a_new_road_changes_the_answer_at_once(streets: Store) -> None:
    town.add(streets, "buildings", "hill", town.box(45, 345, 10, 10), use="residential")
    assert buildings(run(streets, "service-area"))["hill"]["reason"] == "no_road"
    town.add(streets, "roads", "S9", line((50, 40), (50, 350)), **{"class": "path"})
    # the path passes the station's door and ends in the house: 300 m
    assert buildings(run(streets, "service-area"))["hill"]["minutes"] == pytest.approx(300 * 0.015, abs=0.02)


class TestRefusals:
    def test_a_workspace_without_roads_never_answers_with_a_straight_line(self, small_town: Store) -> None:
        town.add(small_town, "stations", "T1", point(50, 50), kind="clinic")
        with pytest.raises(Conflict, match="no roads"):
            run(small_town, "service-area")
        assert len(covered(run(small_town, "service-area", method="straight"))) == 10

    @pytest.mark.parametrize(
        ("inputs", "parameter"),
        [
            ({"minutes": [0]}, "minutes"),
            ({"minutes": [-1]}, "minutes"),
            ({"minutes": [1e9]}, "minutes"),
            ({"minutes": []}, "minutes"),
            ({"speed_kmh": 0}, "speed_kmh"),
            ({"stations": ["T9"]}, "stations"),
            ({"kinds": ["castle"]}, "kinds"),
            ({"points": [[200, 0]]}, "points"),
            ({"points": [[1, 2, 3]]}, "points"),
            ({"points": [[120, 36]] * 1001}, "points"),
            ({"max_access_m": -1}, "max_access_m"),
            ({"mode": "fly"}, "mode"),
        ],
    )
    def test_what_makes_no_sense_is_named(self, streets: Store, inputs: dict, parameter: str) -> None:
        with pytest.raises(InvalidParameter) as refused:
            run(streets, "service-area", **inputs)
        assert {fault.where["parameter"] for fault in refused.value.faults} == {parameter}

    def test_loops_duplicates_and_zero_lengths_are_left_out_and_counted(self, streets: Store) -> None:
        before = covered(run(streets, "service-area", minutes=[10]))
        town.add(streets, "roads", "D1", line((0, 40), (1000, 40)), **{"class": "residential"})
        found = run(streets, "service-area", minutes=[10])
        assert covered(found) == before
        assert found["summary"]["streets"]["left_out"] == 1


def test_lists_on_the_command_line() -> None:
    inputs = decode(
        analyses()["service-area"],
        {"minutes": "5,10,15", "kinds": "clinic,police", "points": "120.1,36.0;120.2,36.1"},
        town.DAY,
        lax=True,
    )
    assert inputs.minutes == [5, 10, 15]
    assert inputs.kinds == ["clinic", "police"]
    assert inputs.points == [(120.1, 36.0), (120.2, 36.1)]


def test_a_road_says_nothing_and_its_class_decides(streets: Store) -> None:
    """A motorway is not walked on; what the class decided is counted."""
    town.amend(streets, "roads", "S1", **{"class": "motorway"})
    with pytest.raises(Conflict):
        run(streets, "service-area")
    driven = run(streets, "service-area", mode="drive")
    assert driven["summary"]["streets"]["assumed_by_class"] == 1
    assert isinstance(streets.get("roads", "S1"), Feature)
