"""Streets under a scenario, to the metre: what is closed, where it is cut, what a new link joins."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS

from geo.places.crs import to_lonlat
from layers.model.feature import Feature
from layers.model.roads.ground import ALONG_M, CUT_M, GAP_M, JOIN_M, Ground, Left
from layers.model.roads.links import APPROACH_M, Links, link_properties, use_of_link
from layers.model.roads.overlay import SAME_PLACE_M, STATION_M, Place, lay
from layers.model.travel import ACCESS_M

METRIC = CRS.from_epsg(4549)
EAST, NORTH = 500_000.0, 4_000_000.0
COLUMNS = ("class", "walkable", "drivable", "oneway", "speed_kmh", "level", "bridge", "tunnel", "barrier")


def line(*places: tuple[float, float]) -> shapely.LineString:
    """Metres east and north of a place that is the same for all."""
    return shapely.LineString([(EAST + x, NORTH + y) for x, y in places])


def point(x: float, y: float) -> shapely.Point:
    return shapely.Point(EAST + x, NORTH + y)


def roads(**courses: object) -> gpd.GeoDataFrame:
    """Residential streets by id: a line, or a line and what its record says."""
    given = {id: each if isinstance(each, tuple) else (each, {}) for id, each in courses.items()}
    shapes = to_lonlat(np.array([shape for shape, _ in given.values()], dtype=object), METRIC)
    records = [{"class": "residential", **record} for _, record in given.values()]
    table = {name: pd.Series([each.get(name) for each in records], dtype=object) for name in COLUMNS}
    table["code"] = pd.Series(list(given), dtype=object)
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326).set_axis(list(given))


def left(ground: Ground, id: str = "S") -> list[tuple]:
    """Return what is left of a road: west end, east end, for walkers, for cars."""
    return [
        (round(each.line.bounds[0] - EAST, 6) + 0.0, round(each.line.bounds[2] - EAST, 6) + 0.0, each.walk, each.drive)
        for each in ground.of_road(id)
    ]


STREET = line((0, 0), (200, 0))


@pytest.fixture
def ground() -> Ground:
    return Ground(roads(S=STREET), METRIC)


class TestCutting:
    def test_a_point_leaves_a_gap_of_two_metres(self, ground: Ground) -> None:
        assert ground.cut_at(point(50, 5), Left()) is None
        assert left(ground) == [(0, 49, True, True), (51, 200, True, True)]
        assert GAP_M == 2.0 and ground.changed == {"S"}

    def test_at_an_end_it_is_half_a_gap(self, ground: Ground) -> None:
        ground.cut_at(point(200, 0), Left())
        assert left(ground) == [(0, 199, True, True)]

    def test_who_may_still_pass_has_the_gap_for_himself(self, ground: Ground) -> None:
        ground.cut_at(point(50, 0), Left(walk=True))
        assert left(ground) == [(0, 49, True, True), (49, 51, True, False), (51, 200, True, True)]
        assert [each.narrowed for each in ground.of_road("S")] == [False, True, False]

    @pytest.mark.parametrize(("away", "why"), [(19.9, None), (20.1, "nothing")])
    def test_twenty_metres_are_near(self, ground: Ground, away: float, why: str | None) -> None:
        assert CUT_M == 20 and ground.cut_at(point(50, away), Left()) == why

    def test_of_two_streets_the_nearest_alone(self) -> None:
        both = Ground(roads(S=STREET, T=line((0, 10), (200, 10))), METRIC)
        both.cut_at(point(50, 6), Left())
        assert left(both) == [(0, 200, True, True)] and len(left(both, "T")) == 2

    def test_on_its_own_level_alone(self) -> None:
        both = Ground(roads(S=STREET, B=(line((50, -9), (50, 9)), {"bridge": True})), METRIC)
        assert both.cut_at(point(50, 0), Left(level=2)) == "nothing"
        assert both.cut_at(point(50, 0), Left(level=1)) is None
        assert both.changed == {"B"}

    def test_a_barrier_cuts_every_street_it_crosses(self) -> None:
        both = Ground(roads(S=STREET, T=line((0, 10), (200, 10)), U=line((0, 30), (200, 30))), METRIC)
        assert both.cut_across(line((50, -5), (50, 15)), Left()) is None
        assert both.changed == {"S", "T"}
        assert both.cut_across(line((50, 50), (60, 50)), Left()) == "nothing"

    def test_of_streets_on_two_levels_the_one_is_cut_that_lies_there(self) -> None:
        both = Ground(roads(A=(STREET, {"level": 1}), B=line((0, 10), (200, 10))), METRIC)
        assert both.cut_across(line((50, -5), (50, 15)), Left(level=0)) is None
        assert left(both, "A") == [(0, 200, True, True)]
        assert left(both, "B") == [(0, 49, True, True), (51, 200, True, True)]

    def test_gaps_that_meet_are_one(self, ground: Ground) -> None:
        # Crossed at 50 and at 51.5, and at 60.
        ground.cut_across(line((50, -1), (50, 1), (51.5, 1), (51.5, -1), (60, -1), (60, 1)), Left())
        assert left(ground) == [(0, 49, True, True), (52.5, 59, True, True), (61, 200, True, True)]

    def test_what_is_closed_already_is_not_closed_again(self, ground: Ground) -> None:
        ground.cut_at(point(50, 0), Left(walk=True))
        assert ground.cut_at(point(50, 0), Left(walk=True)) == "closed"
        assert ground.cut_at(point(50, 0), Left(walk=True, drive=True)) == "closed"
        assert ground.cut_at(point(50, 0), Left()) is None

    def test_where_nobody_may_walk_or_drive_there_is_nothing_to_cut(self) -> None:
        none = Ground(roads(S=(STREET, {"walkable": False, "drivable": False})), METRIC)
        assert none.cut_at(point(50, 0), Left()) == "nothing"
        assert Ground(roads(S=STREET).iloc[:0], METRIC).cut_at(point(50, 0), Left()) == "nothing"


class TestClosing:
    def test_what_runs_along_a_line(self, ground: Ground) -> None:
        assert ground.close_along(line((50, 3), (100, 3)), Left()) is None
        (_, west, *_), (east, *_) = left(ground)
        assert west == pytest.approx(50, abs=0.5) and east == pytest.approx(100, abs=0.5)

    @pytest.mark.parametrize(("away", "why"), [(ALONG_M - 0.5, None), (ALONG_M + 0.5, "nothing")])
    def test_eight_metres_beside_it(self, ground: Ground, away: float, why: str | None) -> None:
        assert ground.close_along(line((50, away), (150, away)), Left()) == why

    def test_all_of_it_closed_to_all_is_gone(self, ground: Ground) -> None:
        ground.close_along(line((-20, 0), (220, 0)), Left())
        assert left(ground) == [] and ground.changed == {"S"}
        assert not ground.usable_within(point(50, 0), 10)

    def test_a_lane_closed_to_cars_is_there_for_walkers(self, ground: Ground) -> None:
        ground.close_along(line((-20, 0), (220, 0)), Left(walk=True))
        assert left(ground) == [(0, 200, True, False)] and ground.usable_within(point(50, 0), 10)


class TestJoining:
    @pytest.mark.parametrize(("away", "joined"), [(JOIN_M, True), (JOIN_M + 0.1, False)])
    def test_over_thirty_metres(self, ground: Ground, away: float, joined: bool) -> None:
        found = ground.join(point(50, away - 1e-6), True, True, None)
        assert (found is not None) == joined
        if found:
            assert found.away_m == pytest.approx(away) and found.place.distance(point(50, 0)) < 1e-6

    def test_who_walks_is_joined_to_what_is_walked(self) -> None:
        motorway = Ground(roads(S=(STREET, {"walkable": False, "drivable": True})), METRIC)
        assert motorway.join(point(50, 5), True, False, None) is None
        assert motorway.join(point(50, 5), False, True, None).stretch.road == "S"

    def test_first_its_own_level_then_any(self) -> None:
        both = Ground(roads(B=(STREET, {"level": 1}), S=line((0, 20), (200, 20))), METRIC)
        assert both.join(point(50, 5), True, True, {0}).stretch.road == "S"
        assert both.join(point(50, 5), True, True, None).stretch.road == "B"
        assert both.join(point(50, 5), True, True, {3}).stretch.road == "B"

    def test_crossed_on_its_level(self, ground: Ground) -> None:
        assert ground.crossed(line((50, -5), (50, 5)), 0) and not ground.crossed(line((50, -5), (50, 5)), 1)
        assert not ground.crossed(line((50, 1), (50, 5)), 0)

    def test_how_near_a_street_is_that_somebody_may_use(self, ground: Ground) -> None:
        assert ground.usable_within(point(50, 9), 9.001) and not ground.usable_within(point(50, 9), 8.999)


def measure(code: str, action: str, **properties: object) -> Feature:
    return Feature(code, None, {"code": code, "action": action, **properties})


def linked(ground: Ground, *drawn: tuple[Feature, shapely.LineString]) -> Links:
    return Links(ground, {each.id: each for each, _ in drawn}, {each.id: shape for each, shape in drawn})


def course(piece: tuple) -> list[list[float]]:
    return (shapely.get_coordinates(piece[0]) - [EAST, NORTH]).round(3).tolist()


BANKS = {"W": line((0, 0), (90, 0)), "E": line((110, 0), (200, 0))}


class TestLinks:
    def test_an_alley_is_led_on_to_the_street(self, ground: Ground) -> None:
        found = linked(ground, (measure("A", "add_alley"), line((50, 10), (50, 90))))
        ((piece),) = found.pieces["A"]
        assert course(piece) == [[50, 0], [50, 10], [50, 90]] and piece[1] == 0
        assert found.remarks["A"].key == "scenarios.dead-end" and found.faults == {}

    def test_a_bridge_comes_down_to_the_level_of_each_bank(self) -> None:
        banks = Ground(roads(**BANKS), METRIC)
        found = linked(banks, (measure("B", "add_bridge"), line((90, 0), (110, 0))))
        assert [(course(each), each[1]) for each in found.pieces["B"]] == [
            ([[90, 0], [92, 0]], 0),
            ([[92, 0], [108, 0]], 1),
            ([[108, 0], [110, 0]], 0),
        ]
        assert APPROACH_M == 2.0

    def test_an_approach_is_as_long_as_the_drawing_fell_short(self) -> None:
        banks = Ground(roads(**BANKS), METRIC)
        found = linked(banks, (measure("B", "add_bridge"), line((95, 0), (110, 0))))
        assert [each[1] for each in found.pieces["B"]] == [0, 1, 0]
        assert course(found.pieces["B"][0])[-1] == [95, 0]

    def test_a_short_bridge_keeps_a_fifth_of_itself_above(self) -> None:
        banks = Ground(roads(W=line((0, 0), (98, 0)), E=line((102, 0), (200, 0))), METRIC)
        found = linked(banks, (measure("B", "add_bridge"), line((98, 0), (102, 0))))
        assert [round(each[0].length, 3) for each in found.pieces["B"]] == [1.6, 0.8, 1.6]

    def test_a_gate_that_reaches_one_street_alone_is_none(self, ground: Ground) -> None:
        found = linked(ground, (measure("G", "add_gate"), line((50, 10), (50, 90))))
        assert found.faults["G"].key == "scenarios.one-end" and found.pieces == {}

    def test_what_is_near_nothing(self, ground: Ground) -> None:
        for action in ("add_gate", "add_alley"):
            found = linked(ground, (measure("G", action), line((50, 40), (50, 90))))
            assert found.faults["G"].key == "scenarios.nothing-near"

    def test_an_alley_across_the_street_is_joined_where_they_cross(self, ground: Ground) -> None:
        found = linked(ground, (measure("A", "add_alley"), line((50, -90), (50, 90))))
        assert found.faults == {} and found.remarks["A"].key == "scenarios.dead-end"

    def test_a_way_from_a_street_to_itself_must_be_shorter(self, ground: Ground) -> None:
        found = linked(ground, (measure("A", "add_alley"), line((50, 1), (60, 1))))
        assert found.faults["A"].key == "scenarios.same-road"
        bent = Ground(roads(S=line((0, 0), (50, 0), (50, 50), (60, 50), (60, 0), (200, 0))), METRIC)
        assert linked(bent, (measure("A", "add_alley"), line((50, 1), (60, 1)))).faults == {}

    def test_links_are_joined_to_links_which_have_a_vertex_there(self, ground: Ground) -> None:
        long, short = (
            (measure("A", "add_alley"), line((50, 0), (50, 90))),
            (measure("B", "add_alley"), line((55, 45), (90, 45))),
        )
        found = linked(ground, long, short)
        assert [50, 45] in course(found.pieces["A"][0]) and course(found.pieces["B"][0])[0] == [50, 45]

    def test_what_hangs_on_a_link_that_is_none_is_none(self, ground: Ground) -> None:
        gate, alley = (
            (measure("G", "add_gate"), line((50, 10), (50, 90))),
            (measure("H", "add_gate"), line((50, 90), (90, 90))),
        )
        found = linked(ground, gate, alley)
        assert {id: fault.key for id, fault in found.faults.items()} == {
            "G": "scenarios.one-end",
            "H": "scenarios.one-end",
        }

    def test_a_stair_goes_from_any_level_to_any(self) -> None:
        both = Ground(roads(S=STREET, B=(line((0, 5), (200, 5)), {"level": 1})), METRIC)
        found = linked(both, (measure("T", "add_stair"), line((50, -20), (50, 4))))
        assert found.faults == {} and [each[1] for each in found.pieces["T"]][-1] == 1

    def test_the_record_of_a_link(self) -> None:
        bridge = measure("B", "add_bridge", name="桥")
        assert link_properties(bridge, 1) == {
            "name": "桥",
            "class": "residential",
            "walkable": True,
            "drivable": True,
            "oneway": "no",
            "speed_kmh": 30.0,
            "level": 1,
            "bridge": True,
        }
        assert link_properties(bridge, 0)["bridge"] is None  # its approach
        stair = measure("T", "add_stair", oneway="forward", speed_kmh=2.0)
        assert [link_properties(stair, 0)[name] for name in ("drivable", "oneway", "speed_kmh")] == [
            False,
            "forward",
            2.0,
        ]
        assert link_properties(measure("R", "add_road", speed_kmh=50.0), 0)["speed_kmh"] == 50.0
        assert link_properties(measure("A", "add_alley"), 0)["speed_kmh"] is None

    def test_what_a_measure_says_goes_before_what_is_usual(self) -> None:
        assert use_of_link(measure("A", "add_alley"))[:3] == (True, False, 0)
        assert use_of_link(measure("A", "add_alley", walkable=False, drivable=True, level=2))[:3] == (False, True, 2)


def laid(
    *measures: tuple[Feature, shapely.Geometry | None], stations: tuple = ((0, 0),), any_roads: bool = True, **streets
):
    """Lay measures over streets and stations T1, T2, …"""
    drawn = np.array([shape for _, shape in measures], dtype=object)
    shapes = to_lonlat(drawn, METRIC)
    features = [Feature(each.id, shape, each.properties) for (each, _), shape in zip(measures, shapes, strict=True)]
    ids = [f"T{number}" for number, _ in enumerate(stations, start=1)]
    places = to_lonlat(np.array([point(*each) for each in stations], dtype=object), METRIC)
    frame = gpd.GeoDataFrame({"code": ids}, geometry=places, crs=4326).set_axis(ids)
    frame_roads = roads(**streets) if streets else roads(S=STREET).iloc[:0]

    def get(layer: str, id: str) -> Feature:
        return Feature(id, None, {"code": id})

    return lay(features, Place(frame_roads, any_roads, frame, set(ids), METRIC, get))


def faults(overlay) -> dict[str, str | None]:
    return {each.code: each.fault and each.fault.key.partition(".")[2] for each in overlay.outcomes}


class TestOverlay:
    @pytest.mark.parametrize(("away", "fault"), [(STATION_M - 0.1, None), (STATION_M + 0.1, "no-station-near")])
    def test_a_closure_means_a_station_within_thirty_metres(self, away: float, fault: str | None) -> None:
        found = laid((measure("C", "close_station"), point(0, away)))
        assert faults(found) == {"C": fault}
        assert [(each.layer, each.id, each.op) for each in found.changes] == (
            [] if fault else [("stations", "T1", "delete")]
        )

    def test_the_nearest_station_or_the_one_that_is_named(self) -> None:
        stations = ((0, 0), (10, 0))
        near = laid((measure("C", "close_station"), point(9, 0)), stations=stations)
        named = laid((measure("C", "close_station", station_code="T1"), None), stations=stations)
        assert (near.changes[0].id, named.changes[0].id) == ("T2", "T1")
        assert faults(laid((measure("C", "close_station", station_code="X"), None))) == {"C": "no-such-station"}
        assert faults(laid((measure("C", "close_station"), None))) == {"C": "no-place"}
        assert faults(laid((measure("C", "close_station"), point(0, 0)), stations=())) == {"C": "no-station-near"}

    @pytest.mark.parametrize(("away", "fault"), [(ACCESS_M - 0.1, None), (ACCESS_M + 0.1, "station-far")])
    def test_a_new_station_has_a_street_within_two_hundred_metres(self, away: float, fault: str | None) -> None:
        assert faults(laid((measure("N", "add_station"), point(50, away)), S=STREET)) == {"N": fault}
        assert faults(laid((measure("N", "add_station"), point(50, away)), any_roads=False)) == {"N": None}

    def test_a_new_station_has_a_code_of_its_own(self) -> None:
        assert faults(laid((measure("T1", "add_station"), point(50, 0)), S=STREET)) == {"T1": "station-code-taken"}
        found = laid((measure("N", "add_station", name="新站", kind="x"), point(50, 0)), S=STREET)
        assert found.changes[0].after.properties == {"code": "N", "status": "open", "name": "新站", "kind": "x"}
        assert found.of("stations") == list(found.changes) and found.of("roads") == []

    @pytest.mark.parametrize(
        ("action", "shape", "fault"),
        [
            ("add_road", point(0, 0), "needs-line"),
            ("close_road", shapely.MultiPoint([(EAST, NORTH), (EAST + 1, NORTH)]), "one-part"),
            ("add_station", STREET, "needs-point"),
            ("close_station", STREET, "needs-point"),
            ("fly", STREET, "no-action"),
            ("add_road", None, "no-place"),
            ("close_road", point(50, 90), "nothing-to-close"),
            ("close_road", STREET, None),
            ("close_road", point(50, 5), None),
            ("close_gate", line((50, -5), (50, 5)), None),
        ],
    )
    def test_what_is_drawn_fits_what_is_meant(self, action: str, shape, fault: str | None) -> None:
        assert faults(laid((measure("M", action), shape), S=STREET)) == {"M": fault}

    @pytest.mark.parametrize(("away", "both"), [(SAME_PLACE_M - 0.05, True), (SAME_PLACE_M + 0.05, False)])
    def test_a_station_is_not_opened_and_closed_in_one_place(self, away: float, both: bool) -> None:
        found = laid(
            (measure("N", "add_station"), point(5, 0)), (measure("C", "close_station"), point(5 + away, 0)), S=STREET
        )
        assert faults(found) == dict.fromkeys(("N", "C"), "contradicts" if both else None)

    def test_a_closure_that_names_a_new_station_contradicts_it(self) -> None:
        new = (measure("N", "add_station"), point(50, 0))
        for named, fault in (("N", "contradicts"), ("T1", None)):
            found = laid(new, (measure("C", "close_station", station_code=named), None), S=STREET)
            assert faults(found) == {"N": fault, "C": fault}

    def test_a_new_road_is_not_closed_along_most_of_it_or_across(self) -> None:
        new = (measure("A", "add_alley"), line((50, 0), (50, 100)))
        for closure, contradicts in (
            ((measure("C", "close_road"), line((50, 0), (50, 60))), True),
            ((measure("C", "close_road"), line((50, 70), (50, 100))), False),
            ((measure("C", "close_road"), point(50.9, 50)), True),
            ((measure("C", "close_road"), point(51.1, 50)), False),
            ((measure("C", "close_gate"), line((40, 50), (60, 50))), True),
            ((measure("C", "close_gate"), line((40, 0), (45, 0))), False),
        ):
            assert (faults(laid(new, closure, S=STREET))["A"] == "contradicts") == contradicts

    def test_what_is_left_of_a_road_and_what_is_new_has_codes_of_its_own(self) -> None:
        found = laid((measure("C", "close_gate", walkable=True), point(50, 0)), S=STREET)
        assert [(each.id, each.op) for each in found.changes] == [
            ("S", "delete"),
            ("+S~1", "create"),
            ("+S~2", "create"),
            ("+S~3", "create"),
        ]
        assert found.changes[2].after.properties == {"code": "S~2", "walkable": True, "drivable": False}
        assert found.changes[1].after.properties == {"code": "S~1"} and found.made_of["+S~1"].id == "S"
        bridge = laid((measure("B", "add_bridge"), line((90, 0), (110, 0))), **BANKS)
        assert [each.id for each in bridge.changes] == ["+B~1", "+B~2", "+B~3"]
        assert [each.after.properties["code"] for each in bridge.changes] == ["B~1", "B~2", "B~3"]
        alley = laid((measure("A", "add_alley"), line((50, 0), (50, 90))), S=STREET)
        assert [each.id for each in alley.changes] == ["+A"] and alley.outcomes[0].remark.key == "scenarios.dead-end"

    def test_the_same_station_is_closed_once(self) -> None:
        twice = laid((measure("C", "close_station"), point(0, 0)), (measure("D", "close_station"), point(1, 0)))
        assert faults(twice) == {"C": None, "D": "closed-already"}
