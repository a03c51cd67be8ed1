"""Reach with roads, stations and limits that make no sense: a clear refusal or a reported treatment."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import msgspec
import numpy as np
import pytest
import shapely
from pyproj import CRS

from geo.network.attachment import attach
from geo.network.graph import build_network
from geo.network.search import MAX_MINUTES, reach, reasons
from layers.analyses.encode import outputs_json
from layers.analyses.registry import analyses, decode, silent
from layers.errors import Conflict, InvalidParameter
from layers.reach import networks as module
from layers.reach.networks import road_network
from layers.store.protocol import Store
from tests import town
from tests.geo.street_plan import plan, way
from tests.town import line, point

METRIC = CRS.from_epsg(4549)


@pytest.fixture
def laid(small_town: Store) -> Store:
    """The town of test_service.py: ten houses along a street S1, a station T1 at the first."""
    return town.lay_street(small_town)


def run(store: Store, id: str = "service-area", **inputs: object) -> dict:
    analysis = analyses()[id]
    given = {"as_of": town.DAY.isoformat(), **inputs}
    said = outputs_json(analysis.run(store, decode(analysis, given, town.DAY), silent), "en")
    return msgspec.json.decode(msgspec.json.encode(said))


def houses(found: dict) -> dict[str, dict]:
    return {each["id"]: each["properties"] for each in found["buildings"]["features"]}


class TestRoads:
    def test_disjoint_pieces_reach_each_other_in_no_time_however_long(self, laid: Store) -> None:
        town.amend(laid, "roads", "S1", valid_to=dt.date(2024, 1, 1))
        for number in range(10):
            piece = line((100 * number, 40), (100 * number + 90, 40))
            town.add(laid, "roads", f"P{number}", piece, **{"class": "path"})
        found = run(laid, minutes=[240])
        assert found["summary"]["streets"]["components"] == 10
        assert {each["reason"] for id, each in houses(found).items() if id > "b01"} == {"other_component"}
        assert {each["minutes"] for id, each in houses(found).items() if id > "b01"} == {None}

    def test_a_road_of_no_speed_is_not_driven_and_counted(self) -> None:
        streets = [([(0, 0), (100, 0)], True, True, 0, 0), ([(100, 0), (200, 0)], True, True, 0, 0)]
        for speed in (0.0, -5.0, np.nan, np.inf):
            lines = np.array([shapely.LineString(each[0]) for each in streets], dtype=object)
            yes, none = np.ones(2, bool), np.zeros(2)
            network = build_network(lines, walkable=yes, drivable=yes, oneway=none, level=none,
                                    speed_kmh=np.array([30.0, speed]))  # fmt: skip
            assert network.report.without_speed == (1,)
            assert network.usable("drive").tolist() == [True, False]
            sources, targets = (attach(network, [place], "drive", 200.0) for place in ((0, 0), (200, 0)))
            found = reach(network, sources, 15, way("drive"))
            assert np.isfinite(found.node_minutes).sum() == 2
            assert targets.edge.tolist() == [0]  # 100 m from the road that is driven
            assert np.isfinite(found.at(targets).minutes).all()

    @pytest.mark.parametrize("oneway", [0, 1, -1])
    def test_a_loop_costs_no_more_than_the_way_round(self, oneway: int) -> None:
        """A square of 400 m that ends where it begins: its far corner is 200 m off, 2 minutes at 6 km/h."""
        square = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
        network = plan([(square, True, True, oneway, 0), ([(0, 0), (-100, 0)], True, True, 0, 0)], speed_kmh=6)
        assert network.report.loops == 1
        sources, corner = (attach(network, [place], "drive", 200.0) for place in ((-100, 0), (100, 100)))
        found = reach(network, sources, 15, way("drive", "from"))
        assert found.at(corner).minutes.tolist() == [3.0]  # 100 m of alley, then 200 m either way round
        near = attach(network, [(0, 50)], "drive", 200.0)  # 50 m before the end: 350 m along the line, 50 m against it
        assert found.at(near).minutes.tolist() == [pytest.approx(1 + {0: 0.5, 1: 3.5, -1: 0.5}[oneway])]

    def test_a_thousand_copies_of_a_street_are_one_street(self) -> None:
        course = [(0, 0), (100, 0), (100, 50)]
        copies = [(course if number % 2 else course[::-1], True, True, 0, 0) for number in range(1000)]
        report = plan(copies).report
        assert (report.edges, len(report.left_out["duplicate"])) == (1, 999)

    def test_places_that_are_no_numbers_are_left_out_and_counted(self) -> None:
        with np.errstate(invalid="ignore"):
            lines = [shapely.LineString(each) for each in ([(0, 0), (100, 0)], [(0, 0), (np.nan, 5)])]
        yes, none = np.ones(2, bool), np.zeros(2)
        network = build_network(np.array(lines, dtype=object), walkable=yes, drivable=yes, oneway=none, level=none,
                                speed_kmh=yes * 30.0)  # fmt: skip
        assert network.report.left_out == {"not_finite": (1,)}
        points = [(np.nan, 0), (np.inf, 0), (50, 5)]
        assert attach(network, points, "walk", 200.0).edge.tolist() == [-1, -1, 0]

    def test_no_usable_road_at_all_is_refused(self, laid: Store) -> None:
        town.amend(laid, "roads", "S1", walkable=False, drivable=False)
        for mode in ("walk", "drive"):
            with pytest.raises(Conflict):
                run(laid, mode=mode)


class TestStations:
    def test_one_in_the_sea_is_told_from_one_that_is_far(self, laid: Store) -> None:
        found = run(laid, points=[[125.0, 35.0]], minutes=[240])
        assert {each["reason"] for each in houses(found).values()} == {"station_off_network"}
        assert found["areas"]["features"][0]["properties"]["buildings"] == 0

    def test_one_in_the_sea_beside_a_sound_one_changes_nothing(self, laid: Store) -> None:
        at = point(50, 50)
        alone, both = run(laid, points=[[at.x, at.y]]), run(laid, points=[[125.0, 35.0], [at.x, at.y]])
        minutes = [[each["minutes"] for each in houses(found).values()] for found in (alone, both)]
        assert minutes[0] == minutes[1]
        assert {each["station"] for each in houses(both).values()} == {"point-2"}

    def test_ten_thousand_at_once(self) -> None:
        """On a street of 10 km each metre has a station: whoever stands beside one needs no time."""
        network = plan([([(0, 0), (10_000, 0)], True, True, 0, 0)])
        sites = attach(network, [(metre + 0.5, 0) for metre in range(10_000)], "walk", 200.0)
        homes = attach(network, [(metre + 0.5, 0) for metre in range(0, 10_000, 997)], "walk", 200.0)
        found = reach(network, sites, 15, way()).at(homes)
        assert found.minutes.tolist() == [0.0] * len(homes)
        assert found.source.tolist() == list(range(0, 10_000, 997))

    def test_ten_thousand_points_are_refused_and_ten_thousand_stations_are_not(self, laid: Store) -> None:
        with pytest.raises(InvalidParameter):
            run(laid, points=[[120.0, 36.0]] * 10_000)
        with pytest.raises(InvalidParameter) as refused:
            run(laid, stations=[f"X{number}" for number in range(10_000)])
        assert len(refused.value.faults) <= 10_000


class TestLimits:
    @pytest.mark.parametrize("minutes", [0, -1, 1e9, float("nan"), float("inf"), MAX_MINUTES + 1])
    def test_a_limit_out_of_bounds_is_refused_everywhere(self, laid: Store, minutes: float) -> None:
        network = plan()
        with pytest.raises(ValueError, match="limit"):
            reach(network, attach(network, [(0, 0)], "walk", 200.0), minutes, way())
        with pytest.raises(InvalidParameter):
            run(laid, minutes=[minutes])

    def test_the_longest_limit_there_is(self) -> None:
        network = plan()
        found = reach(network, attach(network, [(0, 0)], "walk", 200.0), MAX_MINUTES, way())
        assert np.isfinite(found.node_minutes).sum() == 12  # all but the island

    def test_no_station_no_building(self) -> None:
        network, nobody = plan(), np.empty((0, 2))
        found = reach(network, attach(network, nobody, "walk", 200.0), 15, way())
        assert not np.isfinite(found.node_minutes).any()
        assert reasons(found, attach(network, [(0, 0)], "walk", 200.0)).code.tolist() == ["no_source"]
        assert len(reasons(found, attach(network, nobody, "walk", 200.0)).code) == 0


class TestEditsMeanwhile:
    def test_a_road_closed_while_the_network_is_made_counts_from_the_next_question(
        self, laid: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        build = module.build_network

        def overtaken(*lines: object, **use: object) -> object:
            town.amend(laid, "roads", "S1", valid_to=dt.date(2024, 1, 1))
            monkeypatch.setattr(module, "build_network", build)
            return build(*lines, **use)

        revision = laid.layer_revisions()["roads"]
        monkeypatch.setattr(module, "build_network", overtaken)
        found = run(laid)
        assert all(each["covered"] for each in houses(found).values())
        with pytest.raises(Conflict, match="no roads"):
            run(laid)
        assert road_network(laid, town.DAY, METRIC).revision > revision

    def test_readers_and_an_editor_at_once_see_whole_revisions(self, laid: Store) -> None:
        """Road R and road Q are always changed in one commit: nobody ever sees one of them alone."""
        import threading

        from layers.model.feature import Change
        from layers.store.protocol import Draft

        for code in ("R", "Q"):
            town.add(laid, "roads", code, line((500, 40), (500, 140)), **{"class": "path", "level": 0})
        seen: set[tuple] = set()
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                found = road_network(laid, town.DAY, METRIC)
                seen.add((found.revision, *(found.roads.use["level"].tolist())))

        reader = threading.Thread(target=read)
        reader.start()
        revisions = {laid.layer_revisions()["roads"]: 0}
        for level in range(1, 9):
            before = [laid.get("roads", code) for code in ("R", "Q")]
            after = [replace(each, properties={**each.properties, "level": level}) for each in before]
            changes = [Change("roads", old.id, old, new) for old, new in zip(before, after, strict=True)]
            revisions[laid.commit(Draft("t", town.NOON, "both", "edit", changes)).revision] = level
        done.set()
        reader.join()
        final = road_network(laid, town.DAY, METRIC)
        seen.add((final.revision, *(final.roads.use["level"].tolist())))
        for revision, first, second, _ in seen:  # Q, R, S1 in the order of ids
            assert first == second == revisions[revision]
