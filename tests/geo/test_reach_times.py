"""Times to the millisecond, limits to the last, and who is nearest, on streets of 3.6 km/h: one metre a second."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from geo.network.attachment import Attached, attach
from geo.network.graph import LONGEST_MS
from geo.network.parts import Graph
from geo.network.reach_area import BUFFER_M, MOST_CELLS, cell_size, nearest_areas, reach_areas
from geo.network.search import MAX_MINUTES, Travel, matrix, reach, reasons
from geo.network.stretches import Stretches
from tests.geo.street_plan import plan, random_network, way

SECOND_A_METRE = Travel("walk", speed_kmh=3.6)


def street(*lengths: float, oneway: int = 0, walk: bool = True):
    """One straight street from x 0, in pieces of these lengths."""
    at = np.cumsum([0.0, *lengths])
    return plan([([(a, 0), (b, 0)], walk, True, oneway, 0) for a, b in itertools.pairwise(at)], speed_kmh=3.6)


def on(network, *places: tuple[float, float], mode="walk") -> Attached:
    return attach(network, np.array(places, float), mode, 500.0)


class TestAccess:
    POINTS = Attached(np.array([0, 0, -1]), np.array([0, 0, np.nan]), np.array([36.0, 0.0, np.nan]))

    @pytest.mark.parametrize(
        ("travel", "seconds"),
        [
            (Travel("walk", speed_kmh=3.6), 36.0),  # as fast as on the street
            (way(), 32.4),  # 4 km/h
            (Travel("drive", speed_kmh=36.0, access_kmh=4.0), 32.4),  # to the car one walks
            (Travel("drive", access_kmh=7.2), 18.0),
            (Travel("walk", speed_kmh=3.6, access_kmh=0.5), 259.2),
        ],
    )
    def test_the_leg_to_the_street_is_walked(self, travel: Travel, seconds: float) -> None:
        assert travel.access_ms(self.POINTS).tolist() == [seconds * 1000, 0, 0]

    def test_a_leg_is_never_longer_than_can_be_counted(self) -> None:
        far = Attached(np.array([0]), np.zeros(1), np.array([1e12]))
        assert way().access_ms(far).tolist() == [LONGEST_MS - 1]

    @pytest.mark.parametrize("speed", [0.0, -1.0, np.inf, np.nan])
    def test_speeds_that_make_no_sense_are_refused(self, speed: float) -> None:
        with pytest.raises(ValueError, match="access_kmh"):
            Travel(access_kmh=speed).access_ms(self.POINTS)


class TestBuckets:
    def test_they_are_narrow_where_some_edges_are_much_longer_than_others(self) -> None:
        alike, mixed = (street(*lengths).graph("walk", "from", 3.6) for lengths in ([60] * 9, [6, 20, 60, 60, 60, 600]))
        assert [alike.bucket_bits, mixed.bucket_bits] == [16, 14]  # of 60 s: 65.5 s, and a quarter of that

    def test_of_a_far_limit_there_are_not_too_many(self) -> None:
        graph = street(0.1, 0.1).graph("walk", "from", 3.6)
        assert graph.width_bits(900_000) == graph.bucket_bits
        assert (LONGEST_MS - 1) >> graph.width_bits(LONGEST_MS - 1) < 1 << 19

    @pytest.mark.parametrize("bits", range(4, 24, 3))
    def test_however_wide_they_are_the_times_are_the_same(self, monkeypatch, bits: int) -> None:
        network = random_network(np.random.default_rng(bits), 60)
        sources = Attached(np.array([0, 3]), np.zeros(2), np.zeros(2))
        expected = reach(network, sources, 30.0, way()).keys.copy()
        monkeypatch.setattr(Graph, "width_bits", lambda self, limit_ms: bits)
        assert reach(network, sources, 30.0, way()).keys.tolist() == expected.tolist()


class TestLimit:
    def test_fifty_milliseconds_of_rounding_are_within_the_limit_and_no_more(self) -> None:
        network = plan([([(0, 0), (60.05, 0)], True, True, 0, 0), ([(0, 0), (0, 60.051)], True, True, 0, 0)])
        found = reach(network, on(network, (0, 0)), 1.0, SECOND_A_METRE)
        order = np.argsort(network.node_xy.max(axis=1))
        assert found.node_minutes[order].tolist() == [0.0, 1.0, np.inf]
        assert found.node_source[order].tolist() == [0, 0, -1]

    def test_access_legs_count(self) -> None:
        network = street(200)
        found = reach(network, on(network, (0, 20)), 1.0, SECOND_A_METRE)
        times = found.at(on(network, (30, 10), (30, 10.05), (30, 10.06), (0, 0)))
        assert times.minutes.tolist() == [1.0, 1.0, np.inf, 20 / 60]
        assert times.source.tolist() == [0, 0, -1, 0]

    def test_the_longest_limit_and_beyond(self) -> None:
        network = street(10)
        home = on(network, (0, 0))
        assert reach(network, home, MAX_MINUTES, SECOND_A_METRE).at(home).minutes.tolist() == [0]
        assert MAX_MINUTES == (LONGEST_MS - 1 - 50) // 60_000
        with pytest.raises(ValueError, match="at most"):
            reach(network, home, MAX_MINUTES + 0.001, SECOND_A_METRE)

    def test_a_limit_below_a_second_is_one(self) -> None:
        network = street(10)
        found = reach(network, on(network, (0, 0)), 0.005, SECOND_A_METRE)
        assert found.limit_ms == 300 and found.stretches().end.tolist() == pytest.approx([0.03])

    def test_streets_are_drawn_to_the_smaller_of_both_limits(self) -> None:
        network = street(200)
        found = reach(network, on(network, (0, 0)), 1.0, SECOND_A_METRE)
        assert found.stretches(0.5).length_m(network).tolist() == pytest.approx([30])
        assert found.stretches(2.0).length_m(network).tolist() == pytest.approx([60])
        assert found.stretches().length_m(network).tolist() == pytest.approx([60])


class TestMatrix:
    def test_eighteen_hours_less_a_millisecond_fit_and_eighteen_and_a_quarter_do_not(self) -> None:
        network = street(10)
        home = on(network, (0, 0))
        assert len(matrix(network, home, 65_534_999 / 60_000, SECOND_A_METRE).node) == 2
        with pytest.raises(ValueError, match="18 hours"):
            matrix(network, home, 65_535_000 / 60_000, SECOND_A_METRE)

    def test_each_site_by_itself_in_whole_seconds(self) -> None:
        network = street(30, 40, 50)
        found = matrix(network, on(network, (0, 0), (9e9, 0), (120, 10)), 1.0, SECOND_A_METRE)
        assert found.starts.tolist() == [0, 2, 2, 4]
        x = network.node_xy[found.node, 0]
        assert dict(zip(x[:2].tolist(), found.node[:2].tolist(), strict=True)).keys() == {0, 30}
        assert set(x[2:].tolist()) == {120, 70}


class TestOneWays:
    """By car a one-way street from west to east, 120 m; the station stands in its middle, at 60."""

    @pytest.mark.parametrize(("direction", "reached"), [("from", [(60, 90)]), ("to", [(30, 60)])])
    def test_drawn_is_where_one_may_drive(self, direction: str, reached: list) -> None:
        network = street(120, oneway=1)
        found = reach(
            network, on(network, (60, 0), mode="drive"), 0.5, Travel("drive", direction, speed_kmh=3.6, access_kmh=3.6)
        )
        for stretches in (found.stretches(), found.stretches_by_source()[0]):
            drawn = [line.bounds[::2] for line in stretches.lines(network)]
            assert np.allclose(drawn, reached, atol=1e-6)

    def test_a_source_at_the_end_of_a_one_way_street_is_at_the_crossing(self) -> None:
        # To the west of x 100 the street leads east only, to its east both ways.
        network = plan([([(0, 0), (100, 0)], True, True, 1, 0), ([(100, 0), (200, 0)], True, True, 0, 0)])
        at_end = Attached(np.array([0]), np.array([100.0]), np.zeros(1))
        target = Attached(np.array([1]), np.array([50.0]), np.zeros(1))
        for direction in ("from", "to"):
            found = reach(network, at_end, 5, Travel("drive", direction, speed_kmh=3.6, access_kmh=3.6)).at(target)
            assert found.minutes.tolist() == [50 / 60]

    def test_so_is_one_at_its_start(self) -> None:
        # To the east of x 100 the street leads east only, to its west both ways.
        network = plan([([(0, 0), (100, 0)], True, True, 0, 0), ([(100, 0), (200, 0)], True, True, 1, 0)])
        at_start = Attached(np.array([1]), np.array([0.0]), np.zeros(1))
        target = Attached(np.array([0]), np.array([50.0]), np.zeros(1))
        for direction in ("from", "to"):
            found = reach(network, at_start, 5, Travel("drive", direction, speed_kmh=3.6, access_kmh=3.6)).at(target)
            assert found.minutes.tolist() == [50 / 60]


class TestBySource:
    def test_cut_where_another_is_nearer_to_the_millimetre(self) -> None:
        # Sources at 0, with 10 m to walk, and at 100: the border is at 45, where both take 55 seconds.
        network = street(100, 100)
        sources = Attached(np.array([0, 0]), np.array([0.0, 100.0]), np.array([10.0, 0.0]))
        stretches, source = reach(network, sources, 1.5, SECOND_A_METRE).stretches_by_source()
        drawn = [line.bounds[::2] for line in stretches.lines(network)]
        assert np.allclose(drawn, [(0, 45), (45, 100), (100, 190)], atol=1e-6)
        assert source.tolist() == [0, 1, 1]

    def test_where_limits_do_not_meet_the_middle_is_nobodys(self) -> None:
        network = street(100)
        sources = on(network, (0, 0), (100, 0))
        stretches, source = reach(network, sources, 0.5, SECOND_A_METRE).stretches_by_source()
        assert np.allclose([line.bounds[::2] for line in stretches.lines(network)], [(0, 30), (70, 100)], atol=1e-6)
        assert source.tolist() == [0, 1]

    def test_nothing_reached_is_nothing_drawn(self) -> None:
        network = street(100)
        stretches, source = reach(network, on(network, (0, 100)), 0.5, SECOND_A_METRE).stretches_by_source()
        assert len(stretches.edge) == len(source) == 0


class TestReasons:
    def test_a_network_without_streets(self) -> None:
        network = street(100)
        nobody = Attached(np.array([-1]), np.array([np.nan]), np.array([np.nan]))
        found = reasons(reach(network, nobody, 1.0, way()), nobody)
        assert found.code.tolist() == ["no_road"]

    def test_however_long_the_way_its_time_is_told(self) -> None:
        network = street(6000)
        found = reasons(reach(network, on(network, (0, 0)), 1.0, SECOND_A_METRE), on(network, (6000, 0), (60, 0)))
        assert found.code.tolist() == ["beyond_limit", None]
        assert found.minutes.tolist() == [100.0, 1.0] and found.source.tolist() == [0, 0]

    def test_the_wrong_way_of_a_one_way_street_is_not_another_town(self) -> None:
        network = street(100, 100, oneway=1)
        there = on(network, (50, 0), mode="drive")
        back = on(network, (150, 0), mode="drive")
        found = reasons(reach(network, there, 1.0, way("drive")), back)
        assert (found.code.tolist(), found.minutes.tolist()) == (["against_oneway"], [np.inf])


class TestCells:
    """How fine an area of reach is drawn: never finer than a fifth of the buffer, nor coarser than half of it."""

    def bounds(self, side_m: float, corner: float = 0.0) -> np.ndarray:
        return np.array([corner, corner, corner + side_m, corner + side_m])

    def test_a_small_place_is_drawn_finely(self) -> None:
        assert cell_size(self.bounds(100), 400, 25.0) == 5.0

    def test_a_wide_place_with_few_roads_coarsely(self) -> None:
        assert cell_size(self.bounds(50_000), 1000, 25.0) == 12.5

    @pytest.mark.parametrize("corner", [0.0, 4e5])
    def test_in_between_five_cells_to_four_metres_of_street(self, corner: float) -> None:
        # 10 km and a margin of 50 m on either side; 800 km of streets are a million cells: 10.1 m each.
        assert cell_size(self.bounds(10_000, corner), 800_000, 25.0) == pytest.approx(10.1)
        # Twice the buffer, half as many cells to a metre.
        assert cell_size(self.bounds(10_000, corner), 1_600_000, 50.0) == pytest.approx(10.2)
        # With few streets half a million cells cost nothing: 7.7 km make 11 m.
        assert cell_size(self.bounds(7_000), 10, 25.0) == pytest.approx(7_100 / np.sqrt(500_000))

    def test_never_more_cells_than_a_computer_holds(self) -> None:
        assert cell_size(self.bounds(99_900), 1e9, 25.0) == 100_000 / np.sqrt(MOST_CELLS)

    def test_height_and_width_count_alike(self) -> None:
        wide, high = np.array([0.0, 0, 39_900, 2_400]), np.array([0.0, 0, 2_400, 39_900])
        assert cell_size(wide, 800_000, 25.0) == cell_size(high, 800_000, 25.0) == pytest.approx(10.0)


class TestAreas:
    WHOLE = Stretches(np.array([0]), np.zeros(1), np.ones(1))

    def test_a_street_far_from_the_origin_has_its_area_around_it(self) -> None:
        network = plan([([(4e5, 4e6), (4e5 + 300, 4e6 + 100)], True, True, 0, 0)])
        (area,) = reach_areas(network, [self.WHOLE])
        exact = network.geometries[0].buffer(BUFFER_M, quad_segs=32)
        assert area.symmetric_difference(exact).area < 0.01 * exact.area
        (mine,) = nearest_areas(network, self.WHOLE, np.array([0]), 1)
        assert mine.symmetric_difference(exact).area < 0.01 * exact.area

    @pytest.mark.parametrize("cell_m", [1.0, 5.0, 12.5])
    def test_the_size_of_cells_is_the_callers(self, cell_m: float) -> None:
        network = street(500)
        (area,) = reach_areas(network, [self.WHOLE], 25.0, cell_m)
        assert area.area == pytest.approx(500 * 50 + np.pi * 625, rel=0.002 * cell_m)
        assert np.allclose(area.bounds, (-25, -25, 525, 25), atol=0.1 * cell_m)

    @pytest.mark.parametrize("width", [0.0, -1.0, np.nan, np.inf])
    def test_widths_and_cells_that_make_no_sense_are_refused(self, width: float) -> None:
        network = street(100)
        with pytest.raises(ValueError, match="cell_m"):
            reach_areas(network, [self.WHOLE], 25.0, width)
        with pytest.raises(ValueError, match="buffer_m"):
            nearest_areas(network, self.WHOLE, np.array([0]), 1, width)

    def test_a_width_below_a_metre_is_one(self) -> None:
        network = street(20)
        (area,) = reach_areas(network, [self.WHOLE], 0.5, 0.25)
        assert area.area == pytest.approx(20 + np.pi / 4, rel=0.02)
        assert nearest_areas(network, self.WHOLE, np.array([0]), 1, 0.5)[0].area == pytest.approx(
            20 + np.pi / 4, rel=0.02
        )

    def test_sources_share_the_ground_between_two_streets(self) -> None:
        # 30 m apart, so the areas meet at y 15; the third source has nothing.
        both = plan([([(0, 0), (300, 0)], True, True, 0, 0), ([(0, 30), (300, 30)], True, True, 0, 0)])
        stretches = Stretches(np.array([0, 1]), np.zeros(2), np.ones(2))
        south, north, nobody = nearest_areas(both, stretches, np.array([0, 1]), 3)
        assert south.bounds[3] == pytest.approx(15, abs=0.1) == pytest.approx(north.bounds[1], abs=0.1)
        assert nobody.is_empty and isinstance(nobody, shapely.MultiPolygon)
        assert south.intersection(north).area < 1e-3
