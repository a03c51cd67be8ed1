"""Who is near in time: a plan whose every minute is worked out by hand, then the same answers as other programs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.network.attachment import Attached, attach
from geo.network.search import MAX_MINUTES, SLACK_MS, Travel, matrix, reach, reasons
from geo.shapes.validity import round_coordinates
from tests.geo.street_plan import BRIDGE, STREETS, plan, random_network, random_points, slow_milliseconds, way
from tests.suite import examples

ON_FOOT = Travel("walk", speed_kmh=6.0)
BY_CAR = Travel("drive", "to", access_kmh=6.0)
FROM_BY_CAR = Travel("drive", "from", access_kmh=6.0)

STATION = [(100, 20)]  # 20 m north of south street at x 100


def minutes(homes, travel, limit=60.0, network=None):
    network = network or plan()
    sources, targets = (attach(network, np.array(each, float), travel.mode, 50) for each in (STATION, homes))
    return reach(network, sources, limit, travel).at(targets).minutes.round(6).tolist()


def test_on_foot_every_minute_by_hand():
    assert minutes([
        (300, 10),    # 20 + 200 along south street + 10                                       = 230 m
        (210, 265),   # 20 + 100 to A + 100 to D + 200 to E + 150 bridge + 10 quay + 15        = 595 m
        (190, 135),   # 20 + 100 + 100 + 200 to E + 100 + 30 down + 110 path + 5               = 665 m
        (420, -150),  # 20 + 300 to C + 150 + 20                                               = 490 m
        (-10, 50),    # 20 + 100 to A + 50 + 10: on foot nothing is one-way                    = 180 m
        (100, -5),    # 20 + 5: straight across the street                                     =  25 m
    ], ON_FOOT) == [2.3, 5.95, 6.65, 4.9, 1.8, 0.25]  # fmt: skip


def test_by_car_to_the_station_and_from_it():
    homes = [
        (-10, 50),   # to: 50 north to D, 400 quay, 100 to C, 300 west = 850 m; from: 100 + 50 = 150 m; 30 m walked
        (-200, 5),   # to: no way back from the one-way street; from: 100 + 200 = 300 m; 25 m walked
        (420, -150),  # both ways 300 + 150 = 450 m; 40 m walked
    ]
    assert minutes(homes, BY_CAR) == [1.7 + 0.3, np.inf, 0.9 + 0.4]
    assert minutes(homes, FROM_BY_CAR) == [0.3 + 0.3, 0.6 + 0.25, 0.9 + 0.4]


def test_exactly_at_the_limit_is_inside():
    assert minutes([(420, -150)], ON_FOOT, limit=4.9) == [4.9]
    assert minutes([(420, -150)], ON_FOOT, limit=4.89) == [np.inf]
    # 1000 m at 4 km/h are 15 minutes, also over a hundred pieces whose times do not come out even.
    at = np.linspace(0, 1000, 107)
    street = plan([([(a, 0), (b, 0)], True, False, 0, 0) for a, b in pairwise(at)])
    ends = attach(street, np.array([[0, 0], [1000, 0], [1000.2, 0]]), "walk", 1.0)
    assert reach(street, ends.take([0]), 15, way()).at(ends).minutes.tolist() == [0, 15, np.inf]


def test_why_a_home_is_not_reached():
    network = plan()
    homes = np.array([(300, 10), (210, 265), (650, 610), (-500, -500), (-200, 5)], float)
    station, targets = attach(network, np.array(STATION, float), "drive", 50), attach(network, homes, "drive", 50)
    found = reasons(reach(network, station, 1.0, BY_CAR), targets)
    # The second: 10 + 150 over the bridge, 200 to F, 100 to C, 300 = 760 m, for west lane must not be driven south.
    assert found.code.tolist() == [None, "beyond_limit", "other_component", "no_road", "against_oneway"]
    assert found.minutes.round(6).tolist() == [0.7, 760 / 500 + 0.35, np.inf, np.inf, np.inf]
    nowhere = attach(network, np.array([[9e5, 9e5]]), "drive", 50)
    assert reasons(reach(network, nowhere, 1.0, BY_CAR), targets).code.tolist() == [
        "no_source", "no_source", "no_source", "no_road", "no_source"]  # fmt: skip


def test_a_bridge_for_cars_only_divides_the_banks_on_foot():
    streets = [*STREETS]
    streets[BRIDGE] = (STREETS[BRIDGE][0], False, True, 0, 1)
    network, home = plan(streets), np.array([[390, 260.0]])
    for travel, code in ((ON_FOOT, "other_component"), (BY_CAR, None)):
        station, target = (attach(network, np.array(each, float), travel.mode, 50) for each in (STATION, home))
        assert reasons(reach(network, station, 15, travel), target).code.tolist() == [code]


def test_of_equally_near_sources_the_lowest_is_named():
    network = plan([([(0, 0), (100, 0)], True, False, 0, 0), ([(100, 0), (200, 0)], True, False, 0, 0)])
    sources = attach(network, np.array([[200, 0], [9e9, 0], [0, 0], [200, 0]], float), "walk", 200.0)
    found = reach(network, sources, 15, way())
    homes = attach(network, np.array([[100, 5], [99, 5], [101, 5]], float), "walk", 200.0)
    assert found.at(homes).source.tolist() == [0, 2, 0]
    assert found.node_source[np.argsort(network.node_xy[:, 0])].tolist() == [2, 0, 0]


def test_streets_reached():
    network = plan()
    station = attach(network, np.array(STATION, float), "walk", 50)
    found = reach(network, station, 2.0, ON_FOOT)  # 180 m left when the street is met at x 100

    def drawn(limit):
        return sorted(line.wkt for line in round_coordinates(found.stretches(limit).lines(network), 6))

    assert drawn(2.0) == ["LINESTRING (-80 0, 0 0)", "LINESTRING (0 0, 0 80)", "LINESTRING (0 0, 200 0, 280 0)"]
    assert drawn(1.0) == ["LINESTRING (20 0, 180 0)"]
    assert len(found.stretches(0.1).edge) == 0  # still on the way to the street


def test_streets_reached_from_both_ends_leave_the_middle_out():
    network = plan([([(0, 0), (100, 0)], True, False, 0, 0)])
    ends = attach(network, np.array([[0, 0], [100, 0]], float), "walk", 200.0)
    pieces = reach(network, ends, 0.3, ON_FOOT).stretches()
    assert pieces.edge.tolist() == [0, 0]
    assert np.column_stack(pieces[1:]).tolist() == [[0, 0.3], [0.7, 1]]
    assert pieces.length_m(network).tolist() == pytest.approx([30, 30])


@pytest.mark.parametrize("limit", [0, -1, 1e9, float("nan"), float("inf")])
def test_limits_that_make_no_sense_are_refused(limit):
    network = plan()
    with pytest.raises(ValueError, match="minutes; it must be above 0"):
        reach(network, attach(network, np.array(STATION, float), "walk", 200.0), limit, way())


@pytest.mark.parametrize(("travel", "says"), [
    (Travel("fly"), "mode"), (Travel("drive", "back"), "direction"), (Travel(speed_kmh=0.0), "speed_kmh"),
    (Travel(speed_kmh=4.0, access_kmh=-1.0), "access_kmh"), (Travel(speed_kmh=float("nan")), "speed_kmh"),
    (Travel("walk"), "speed_kmh"), (Travel("drive"), "access_kmh"),
])  # fmt: skip
def test_ways_of_travelling_that_make_no_sense_are_refused(travel, says):
    network = plan()
    with pytest.raises(ValueError, match=says):
        reach(network, attach(network, np.array(STATION, float), "walk", 200.0), 15, travel)


def test_no_network_no_sources_no_targets():
    nothing, network = plan([([(0, 0), (1, 0)], False, False, 0, 0)]), plan()
    points = attach(nothing, np.array(STATION, float), "walk", 200.0)
    assert reach(nothing, points, 15, way()).at(points).minutes.tolist() == [np.inf]
    assert reasons(reach(nothing, points, 15, way()), points).code.tolist() == ["no_road"]
    none = attach(network, np.empty((0, 2)), "walk", 200.0)
    assert np.isinf(reach(network, none, 15, way()).node_minutes).all()
    assert len(reach(network, none, 15, way()).at(none).minutes) == 0
    assert len(matrix(network, none, 15, way()).node) == 0


def test_threads_do_not_change_a_matrix():
    streets = [([(100 * x, 0), (100 * x + 100, 0)], True, True, 0, 0) for x in range(200)]
    network = plan(streets)
    sites = attach(network, network.node_xy, "walk", 200.0)
    alone, together = matrix(network, sites, 10, way()), matrix(network, sites, 10, way(), threads=3)
    assert np.array_equal(alone.starts, together.starts)
    assert np.array_equal(alone.node, together.node)
    assert np.array_equal(alone.seconds, together.seconds)


def as_scipy(graph):
    node, ms = graph.arcs.T
    return csr_array((ms.astype(float), node, graph.starts), shape=(len(graph.starts) - 1,) * 2)


@pytest.mark.parametrize("direction", ["to", "from"])
def test_scipy_agrees_for_every_node(direction):
    rng = np.random.default_rng(5)
    streets = [([(100 * x, 100 * y), (100 * x + 100 * right, 100 * y + 100 - 100 * right)], True, True,
                int(rng.integers(-1, 2)), 0) for x in range(25) for y in range(25) for right in (0, 1)]  # fmt: skip
    network, travel = plan(streets), way("drive", direction)
    at_nodes = attach(network, network.node_xy[[7, 300, 555]], "drive", 200.0)
    oracle = as_scipy(travel.graph(network))
    for limit in (0.5, 3, 60):
        expected = dijkstra(oracle, indices=[7, 300, 555], min_only=True, limit=limit * 60_000 + SLACK_MS)
        expected = np.where(np.isfinite(expected), np.minimum(expected / 60_000, limit), np.inf)
        assert np.array_equal(reach(network, at_nodes, limit, travel).node_minutes, expected)


@settings(max_examples=examples(60))
@given(st.integers(0, 2**32), st.sampled_from(["walk", "drive"]), st.sampled_from(["to", "from"]),
       st.sampled_from([0.3, 1.0, 15.0]))  # fmt: skip
def test_the_textbook_agrees_for_points_along_edges(seed, mode, direction, limit):
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    travel = Travel(mode, direction, 4.0 if mode == "walk" else None, access_kmh=5.0)
    sources, targets = random_points(rng, network, mode, 4), random_points(rng, network, mode, 30)
    expected = slow_milliseconds(network, sources, targets, travel)
    times = reach(network, sources, limit, travel).at(targets)
    for (time, source), found, nearest in zip(expected, times.minutes, times.source, strict=True):
        if time <= limit * 60_000 + SLACK_MS:
            assert (found, nearest) == (min(time, limit * 60_000) / 60_000, source)
        else:
            assert (found, nearest) == (np.inf, -1)
    why = reasons(reach(network, sources, limit, travel), targets)
    assert [np.isfinite(time) for time, _ in expected] == np.isfinite(why.minutes).tolist()
    assert [code is None for code in why.code] == np.isfinite(times.minutes).tolist()


@settings(max_examples=examples(40))
@given(st.integers(0, 2**32), st.sampled_from(["walk", "drive"]), st.sampled_from([0.3, 1.0, 3.0]))
def test_streets_reached_are_where_points_are_reached(seed, mode, limit):
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    found = reach(network, random_points(rng, network, mode, 3), limit, way(mode))
    pieces = found.stretches()
    edge = np.repeat(np.flatnonzero(network.usable(mode) & (network.length_m > 0.1)), 15).astype(np.int32)
    share = rng.random(len(edge))
    times = found.at(Attached(edge, share * network.length_m[edge], np.zeros(len(edge)))).minutes
    for e, s, minutes in zip(edge, share, times, strict=True):
        of_edge = pieces.edge == e
        beyond = np.maximum(pieces.start[of_edge] - s, s - pieces.end[of_edge]).min(initial=np.inf)
        rounding = 2 / way(mode).graph(network).edges[2][e]
        if minutes < limit:
            assert beyond < rounding
        elif minutes > limit:
            assert beyond > -rounding


@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_a_matrix_holds_the_reach_of_each_site(mode):
    rng = np.random.default_rng(11)
    network = random_network(rng, 60, 150)
    sites = random_points(rng, network, mode, 12)
    table = matrix(network, sites, 1.0, way(mode))
    assert table.seconds.dtype == np.uint16
    for site in range(len(sites)):
        alone = reach(network, sites.take([site]), 1.0, way(mode)).node_minutes
        row = slice(table.starts[site], table.starts[site + 1])
        assert table.node[row].tolist() == np.flatnonzero(np.isfinite(alone)).tolist()
        assert table.seconds[row].tolist() == np.floor(alone[np.isfinite(alone)] * 60 + 0.5 + 1e-9).tolist()
    with pytest.raises(ValueError, match="18 hours"):
        matrix(network, sites, MAX_MINUTES, way(mode))
