"""Lines cut where they meet: drawings first, then what must hold for any lines."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.lines.noding import node_lines
from geo.shapes.validity import round_coordinates
from tests.suite import examples


def noded(*courses, level=None, snap_m=0.5, by_node=None):
    lines = np.array([None if each is None else shapely.LineString(each) for each in courses], dtype=object)
    return node_lines(lines, level, snap_m, by_node)


def pieces(result):
    """Write the pieces as the coordinates of their courses, with the line each is part of."""
    lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, result.xy, (result.offsets,))
    return [(int(line), piece.wkt[12:-1]) for line, piece in zip(result.line, round_coordinates(lines, 6), strict=True)]


def test_a_crossing_becomes_a_node():
    result = noded([(0, 0), (10, 0)], [(4, -5), (4, 5)])
    assert pieces(result) == [(0, "0 0, 4 0"), (0, "4 0, 10 0"), (1, "4 -5, 4 0"), (1, "4 0, 4 5")]
    assert (len(result.node_xy), result.cuts) == (5, 2)


def test_a_line_that_ends_on_another_cuts_it():
    assert pieces(noded([(0, 0), (10, 0)], [(4, 0), (4, 5)])) == [(0, "0 0, 4 0"), (0, "4 0, 10 0"), (1, "4 0, 4 5")]


def test_a_bridge_is_joined_at_its_ends_and_not_to_what_it_passes():
    #        0     ground road, level 0
    #   1----+----1  bridge, level 1, with ramps 2 and 3 at its ends
    result = noded([(5, -5), (5, 5)], [(0, 0), (10, 0)], [(-9, 0), (0, 0)], [(10, 0), (19, 0)],
                   level=np.array([0, 1, 0, 0]))
    assert [line for line, _ in pieces(result)] == [0, 1, 2, 3]
    assert result.end[2] == result.start[1]
    assert result.end[1] == result.start[3]


def test_a_bridge_that_ends_on_a_vertex_of_a_road_is_joined_and_one_that_ends_above_it_is_not():
    road, to_vertex, above = [(0, 0), (5, 0), (10, 0)], [(5, 0), (5, 5)], [(7, 0), (7, 5)]
    result = noded(road, to_vertex, above, level=np.array([0, 1, 1]))
    assert pieces(result) == [(0, "0 0, 5 0"), (0, "5 0, 10 0"), (1, "5 0, 5 5"), (2, "7 0, 7 5")]


class TestSharedNodes:
    """Lines of a source that has a vertex wherever two of its lines meet."""

    @pytest.mark.parametrize("by_node, count", [((True, True), 2), ((True, False), 4), ((False, True), 4)])
    def test_a_crossing_without_a_vertex_is_none_but_with_another_source(self, by_node, count):
        assert len(noded([(0, 0), (10, 0)], [(4, -5), (4, 5)], by_node=np.array(by_node)).line) == count

    def test_a_vertex_of_one_alone_is_no_shared_node(self):
        assert len(noded([(0, 0), (4, 0), (10, 0)], [(4, -5), (4, 5)], by_node=np.ones(2)).line) == 2
        assert len(noded([(0, 0), (10, 0)], [(4, 0), (4, 5)], by_node=np.ones(2)).line) == 2

    def test_a_vertex_of_both_is_one(self):
        assert len(noded([(0, 0), (4, 0), (10, 0)], [(4, -5), (4, 0), (4, 5)], by_node=np.ones(2)).line) == 4
        assert len(noded([(0, 0), (4, 0), (10, 0)], [(4, 0), (4, 5)], by_node=np.ones(2)).line) == 3

    @pytest.mark.parametrize("by_node, count", [((True, True), 2), ((True, False), 3), ((False, True), 3)])
    def test_a_loose_end_is_drawn_to_lines_of_other_sources_only(self, by_node, count):
        assert len(noded([(0, 0), (10, 0)], [(4, 0.3), (4, 5)], by_node=np.array(by_node)).line) == count

    @pytest.mark.parametrize("by_node, nodes", [((True, True), 4), ((True, False), 3), ((False, True), 3)])
    def test_a_loose_end_is_drawn_to_ends_of_other_sources_only(self, by_node, nodes):
        assert len(noded([(0, 0), (10, 0)], [(10.3, 0), (20, 0)], by_node=np.array(by_node)).node_xy) == nodes

    def test_lines_along_each_other_are_joined_at_common_vertices_only(self):
        """Both run from x 2 to x 8; one has a vertex at each of its ends, the other at x 8 alone."""
        result = noded([(0, 0), (8, 0), (10, 0)], [(2, 3), (2, 0), (8, 0), (8, 3)], by_node=np.ones(2))
        assert result.line_cuts.tolist() == [1, 1]

    def test_a_line_that_crosses_itself_passes_over_itself(self):
        loop = [(0, 0), (10, 0), (10, 5), (5, 5), (5, -5)]
        assert [len(noded(loop, by_node=np.array([each])).line) for each in (True, False)] == [1, 3]

    def test_marks_must_be_as_many_as_lines(self):
        with pytest.raises(ValueError, match="2 marks of shared nodes for 1 lines"):
            noded([(0, 0), (10, 0)], by_node=np.ones(2))


def test_a_loose_end_is_drawn_to_the_nearest_line():
    result = noded([(0, 0), (10, 0)], [(4, 0.3), (4, 5)])
    assert pieces(result) == [(0, "0 0, 4 0"), (0, "4 0, 10 0"), (1, "4 0, 4 5")]
    assert result.snapped_m.tolist() == pytest.approx([0.3])
    assert len(noded([(0, 0), (10, 0)], [(4, 0.6), (4, 5)]).line) == 2  # too far
    assert len(noded([(0, 0), (10, 0)], [(4, 0.3), (4, 5)], level=np.array([0, 1])).line) == 2  # on a bridge above


def test_a_loose_end_that_is_parted_stays():
    courses = ([(0, 0), (10, 0)], [(4, 0.3), (4, 5)], [(10.3, 0), (20, 0)])
    lines = np.array([shapely.LineString(each) for each in courses])
    parted = np.array([False, True, False])
    assert node_lines(lines, parted=parted).line.tolist() == [0, 1, 2]  # the second is not drawn to the first
    assert node_lines(lines).line.tolist() == [0, 0, 1, 2]
    assert len(node_lines(lines, parted=parted).node_xy) == 5  # the third is
    with pytest.raises(ValueError, match="3 lines"):
        node_lines(lines, parted=parted[:2])


def test_loose_ends_near_each_other_become_one():
    result = noded([(0, 0), (10, 0)], [(10.2, 0), (20, 0)], [(10, 0.3), (10, 9)])
    assert pieces(result) == [(0, "0 0, 10 0"), (1, "10 0, 20 0"), (2, "10 0, 10 9")]


def test_an_overshooting_end_is_cut_off():
    result = noded([(0, 0), (10, 0)], [(4, -0.3), (4, 5)])
    assert pieces(result) == [(0, "0 0, 4 0"), (0, "4 0, 10 0"), (1, "4 0, 4 5")]
    assert result.stubs == 1


def test_a_line_that_crosses_itself_and_one_that_comes_back():
    crossing = noded([(0, 0), (10, 0), (10, 5), (5, 5), (5, -5)])
    assert pieces(crossing) == [(0, "0 0, 5 0"), (0, "5 0, 10 0, 10 5, 5 5, 5 0"), (0, "5 0, 5 -5")]
    loop = noded([(0, 0), (10, 0), (10, 10), (0, 0)])
    assert pieces(loop) == [(0, "0 0, 10 0, 10 10, 0 0")]
    assert loop.start.tolist() == loop.end.tolist() == [0]


def test_lines_that_run_along_each_other_are_cut_where_that_begins_and_ends():
    result = noded([(0, 0), (10, 0)], [(4, 0), (15, 0)])
    assert pieces(result) == [(0, "0 0, 4 0"), (0, "4 0, 10 0"), (1, "4 0, 10 0"), (1, "10 0, 15 0")]


def test_what_is_no_line_is_named():
    with np.errstate(invalid="ignore"):
        nan = shapely.LineString([(0, 0), (np.nan, 1)])
    lines = np.array([None, shapely.LineString(), shapely.Point(1, 1), shapely.LineString([(3, 3), (3, 3)]),
                      nan, shapely.LineString([(0, 0), (0, 0), (9, 0)]),
                      shapely.MultiLineString([[(9, 0), (9, 9)], [(20, 0), (29, 0)]])], dtype=object)  # fmt: skip
    result = node_lines(lines)
    assert result.left_out == {"empty": (0, 1), "not_finite": (4,), "not_a_line": (2,), "zero_length": (3,)}
    assert pieces(result) == [(5, "0 0, 9 0"), (6, "9 0, 9 9"), (6, "20 0, 29 0")]


def test_nothing_gives_nothing():
    assert len(node_lines(np.array([], dtype=object)).line) == 0
    assert len(node_lines(np.array([None], dtype=object)).node_xy) == 0


def test_arguments_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="2 levels for 1 lines"):
        noded([(0, 0), (1, 0)], level=np.array([0, 0]))
    with pytest.raises(ValueError, match="snap_m"):
        noded([(0, 0), (1, 0)], snap_m=-1)


def random_lines(seed, count=12):
    """Invent bent lines between points of a coarse grid, so that they touch, cross, repeat and overlap often."""
    rng = np.random.default_rng(seed)
    return [shapely.LineString(rng.integers(0, 8, (rng.integers(2, 5), 2)) * 10.0) for _ in range(count)]


@settings(max_examples=examples(60))
@given(st.integers(0, 2**32))
def test_pieces_meet_at_ends_only_and_nothing_is_lost(seed):
    lines = np.array(random_lines(seed), dtype=object)
    result = node_lines(lines, snap_m=0.0)
    made = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, result.xy, (result.offsets,))
    assert shapely.length(made).sum() == pytest.approx(
        shapely.length(lines[np.isin(np.arange(len(lines)), result.line)]).sum())
    whole, again = shapely.union_all(lines), shapely.union_all(made)
    assert shapely.hausdorff_distance(whole, again) < 1e-6
    # No vertex or crossing of one piece lies inside another, but on a node.
    nodes = shapely.multipoints(result.node_xy)
    one, other = np.triu_indices(len(made), 1)
    common = shapely.intersection(made[one], made[other])
    points = shapely.get_parts(common)
    points = points[shapely.get_dimensions(points) == 0]
    assert (shapely.distance(points, nodes) < 2e-3).all()


@settings(max_examples=examples(30))
@given(st.integers(0, 2**32))
def test_what_is_noded_already_comes_through_unchanged(seed):
    first = node_lines(np.array(random_lines(seed), dtype=object))
    lines = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, first.xy, (first.offsets,))
    again = node_lines(lines)
    assert again.cuts == again.stubs == len(again.snapped_m) == 0
    assert np.array_equal(again.xy, first.xy)
    assert np.array_equal(again.offsets, first.offsets)
    assert len(again.node_xy) == len(first.node_xy)
