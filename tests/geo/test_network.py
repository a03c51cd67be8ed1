"""Lines become a network: what is joined, who may use it, and what is reported."""

from __future__ import annotations

import io

import numpy as np
import pytest
import shapely

from geo.network.graph import Network, build_network
from tests.geo.street_plan import STREETS, plan


def test_the_plan_as_arrays():
    network = plan()
    # Cut: south quay at the bridge and where the footpath begins, north quay at the bridge.
    assert network.edge_line.tolist() == [0, 1, 1, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9]
    assert network.report.cuts == 3
    assert network.length_m[network.edge_line == 4].sum() == 150
    assert np.array_equal(network.node_xy[network.edge_from], network.xy[network.offsets[:-1]])
    assert np.array_equal(network.node_xy[network.edge_to], network.xy[network.offsets[1:] - 1])
    assert np.allclose(shapely.length(network.geometries), network.length_m)
    assert not network.xy.flags.writeable


def test_the_bridge_is_not_joined_to_the_path_below():
    network = plan()
    assert [200, 130] not in network.node_xy.tolist()
    assert (network.edge_line == 4).sum() == 1
    flat = plan([(*street[:4], 0) for street in STREETS])
    assert [200, 130] in flat.node_xy.tolist()


def test_one_way_as_seconds():
    #        0          10          20          30     100 m at 36 km/h are 10 s
    #        +-- both --+-- along --+-- against +
    streets = [([(100 * i, 0), (100 * i + 100, 0)], i != 1, True, oneway, 0) for i, oneway in enumerate((0, 1, -1))]
    network = plan(streets, speed_kmh=36)
    along, against = network.seconds("drive")
    assert along.tolist() == [10, 10, np.inf]
    assert against.tolist() == [10, np.inf, 10]
    assert network.seconds("walk", 3.6)[0].tolist() == network.seconds("walk", 3.6)[1].tolist() == [100, np.inf, 100]
    to, back = network.graph("drive", "to"), network.graph("drive", "from")
    assert (to.edges[3].tolist(), to.edges[4].tolist()) == (back.edges[4].tolist(), back.edges[3].tolist())


def test_a_graph_lists_the_arcs_out_of_each_node():
    network = plan([([(0, 0), (100, 0)], True, True, 0, 0), ([(100, 0), (200, 0)], True, True, 1, 0)], speed_kmh=36)
    graph = network.graph("drive")
    west, middle, east = np.argsort(network.node_xy[:, 0])
    rows = np.split(graph.arcs, graph.starts[1:-1])
    assert {node: sorted(map(tuple, row.tolist())) for node, row in enumerate(rows)} == {
        west: [(middle, 10_000)], middle: sorted([(west, 10_000), (east, 10_000)]), east: []}


def test_components_are_counted_per_mode():
    network = plan()
    assert network.report.walk_components == (12, 2)
    assert network.report.drive_components == (11, 2)
    footpath = [100, 130]
    assert network.drive_component[network.node_xy.tolist().index(footpath)] == -1
    assert network.walk_component[network.node_xy.tolist().index(footpath)] == 0
    assert set(network.walk_component.tolist()) == {0, 1}


def test_everything_left_out_is_reported():
    line = shapely.LineString([(0, 0), (100, 0)])
    lines = np.array([line, None, line.reverse(), shapely.LineString([(5, 5), (5, 5)]), line, shapely.Point(0, 0),
                      shapely.LineString([(0, 50), (100, 50)]), shapely.LineString([(0, 0), (9, 9), (0, 9), (0, 0)])],
                     dtype=object)  # fmt: skip
    kinds = {"walkable": [1, 1, 1, 1, 0, 1, 0, 1], "drivable": [1, 1, 1, 1, 1, 1, 1, 1],
             "oneway": [0] * 8, "speed_kmh": [30, 30, 30, 30, 30, 30, 0, float("nan")], "level": [0] * 8}  # fmt: skip
    report = build_network(lines, **kinds).report
    assert report.left_out == {"empty": (1,), "zero_length": (3,), "not_a_line": (5,), "unusable": (6,),
                               "duplicate": (2,)}  # fmt: skip
    assert report.without_speed == (6, 7)
    # The car-only twin of the first line stays: it is another kind of edge.
    assert (report.lines, report.edges, report.loops, report.parallel) == (8, 3, 1, 1)


def test_opposite_one_ways_are_no_duplicates_but_the_same_drawn_twice_is():
    course = [(0, 0), (50, 10), (100, 0)]
    streets = [(course, False, True, 1, 0), (course[::-1], False, True, 1, 0), (course[::-1], False, True, -1, 0)]
    report = plan(streets).report
    assert report.left_out == {"duplicate": (2,)}
    assert (report.edges, report.parallel) == (2, 1)


def test_nodes_that_lie_near_are_near_in_number():
    cells = [([(x, y), (x + 1 - up, y + up)], True, True, 0, 0) for x in range(32) for y in range(32) for up in (0, 1)]
    network = plan([([(10 * a, 10 * b) for a, b in course], *rest) for course, *rest in cells])
    step = np.abs(network.edge_from.astype(int) - network.edge_to)
    assert np.median(step) <= 4  # row by row it would be 16


def test_arguments_that_make_no_sense_are_refused():
    line = np.array([shapely.LineString([(0, 0), (1, 0)])], dtype=object)
    sound = {"walkable": [True], "drivable": [True], "oneway": [0], "speed_kmh": [30.0], "level": [0]}
    with pytest.raises(ValueError, match="as long as lines"):
        build_network(line, **{**sound, "level": [0, 0]})
    with pytest.raises(ValueError, match="oneway and walk_sense must be"):
        build_network(line, **{**sound, "oneway": [2]})
    with pytest.raises(ValueError, match="mode is 'swim'"):
        build_network(line, **sound).usable("swim")


def test_a_network_can_be_kept_and_is_the_same_again():
    network, file = plan(), io.BytesIO()
    np.savez(file, **network.as_arrays())
    file.seek(0)
    again = Network.of_arrays(np.load(file))
    assert again.report == network.report
    for name, array in network.as_arrays().items():
        np.testing.assert_array_equal(again.as_arrays()[name], array)
    assert np.array_equal(again.graph("drive").arcs, network.graph("drive").arcs)


def test_no_lines_make_an_empty_network():
    none = np.array([], dtype=object)
    network = build_network(none, walkable=none, drivable=none, oneway=none, speed_kmh=none, level=none)
    assert (network.report.edges, network.report.nodes, len(network.graph("walk", speed_kmh=4.0).arcs)) == (0, 0, 0)
