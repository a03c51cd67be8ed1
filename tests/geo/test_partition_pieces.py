"""Pieces of a cell: by where they go, and what is too thin or too small for itself."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.partition.noding import node_into
from geo.partition.pieces import faces, homes_of, pieces_of, slivers, without
from tests.suite import examples

NO_HOMES = np.empty(0, dtype=object)


def strips(*edges: float, height: float = 10.0) -> np.ndarray:
    """Cut a strip of some height at these places."""
    return np.array([shapely.box(a, 0, b, height) for a, b in itertools.pairwise(edges)])


def made(found) -> list[tuple]:
    return [(each.key, each.shape.bounds[0], each.shape.bounds[2], len(each.thin)) for each in found]


def test_faces_that_go_to_the_same_place_and_touch_are_one_piece_the_largest_first():
    found = pieces_of(strips(0, 4, 10, 30), ["a", "a", "b"], NO_HOMES, 0.5, 1.0)
    assert made(found) == [("b", 10, 30, 0), ("a", 0, 10, 0)]


def test_faces_that_go_to_the_same_place_apart_from_each_other_are_two():
    found = pieces_of(strips(0, 10, 20, 30), ["a", "b", "a"], NO_HOMES, 0.5, 1.0)
    assert made(found) == [("a", 0, 10, 0), ("b", 10, 20, 0), ("a", 20, 30, 0)]


def test_a_sliver_goes_with_the_neighbour_of_its_longest_edge():
    # 0.4 m wide and 10 m high is 0.385 m thin. The east is 10 m of its side, the west only 4 m.
    sliver, east = shapely.box(10, 0, 10.4, 10), shapely.box(10.4, 0, 30, 10)
    west = shapely.Polygon([(0, 0), (10, 0), (10, 4), (0, 4)])
    north = shapely.Polygon([(0, 4), (10, 4), (10, 10), (0, 10)])
    sliver = shapely.Polygon([(10, 0), (10.4, 0), (10.4, 10), (10, 10), (10, 4)])
    found = pieces_of(np.array([west, sliver, east, north]), ["w", "s", "e", "n"], NO_HOMES, 0.5, 0.0)
    assert made(found) == [("e", 10, 30, 1), ("n", 0, 10, 0), ("w", 0, 10, 0)]
    assert found[0].thin[0].equals(sliver)


def test_thin_is_a_mean_width_below_the_bound():
    # 2 A / P of 0.5 m × 9.5 m is 0.475: thinner than 0.48, not than 0.475.
    faces = strips(0, 10, 10.5, height=9.5)
    assert len(pieces_of(faces, ["a", "b"], NO_HOMES, 0.48, 0.0)) == 1
    assert len(pieces_of(faces, ["a", "b"], NO_HOMES, 0.475, 0.0)) == 2


def test_small_is_an_area_below_the_bound():
    faces = strips(0, 10, 12)  # the second has 20 m²
    assert len(pieces_of(faces, ["a", "b"], NO_HOMES, 0.0, 20.1)) == 1
    assert len(pieces_of(faces, ["a", "b"], NO_HOMES, 0.0, 20.0)) == 2


def test_what_holds_most_of_a_house_is_never_too_small():
    faces = strips(0, 10, 12)
    house = np.array([shapely.box(9.8, 2, 11, 4)])
    assert len(pieces_of(faces, ["a", "b"], house, 0.0, 50.0)) == 2
    assert made(pieces_of(faces, ["a", "b"], np.array([shapely.box(8, 2, 10.5, 4)]), 0.0, 50.0)) == [("a", 0, 12, 1)]


def test_the_smallest_goes_first_so_that_slivers_may_join_slivers():
    # 1 m and 2 m wide beside 20 m: the first goes to the second, both together go on to the third.
    found = pieces_of(strips(0, 1, 3, 23), ["a", "b", "c"], NO_HOMES, 0.0, 35.0)
    assert made(found) == [("c", 0, 23, 2)]
    # With a bound that both together reach they stay as one piece.
    assert made(pieces_of(strips(0, 1, 3, 23), ["a", "b", "c"], NO_HOMES, 0.0, 25.0)) == [
        ("c", 3, 23, 0),
        ("b", 0, 3, 1),
    ]


@settings(max_examples=examples(200))
@given(
    st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 4), st.integers(-2, 20), st.integers(1, 6)), max_size=8),
    st.sampled_from([0.0, 3.0, 6.0]),
    st.sampled_from([0.0, 25.0, 60.0]),
)
def test_slivers_told_of_many_cells_at_once_are_those_that_each_cell_alone_would_join(widths, houses, thin_m, small_m2):
    pairs = np.array([strips(0, one, one + other) for one, other in widths], dtype=object)
    pair = np.array([each[0] % len(widths) for each in houses], np.int64)
    homes = np.array([shapely.box(west, 2, west + wide, 4) for _, west, wide in houses], dtype=object)
    for at, side in enumerate(slivers(pairs, homes, pair, thin_m, small_m2).tolist()):
        found = pieces_of(pairs[at], ["a", "b"], homes[pair == at], thin_m, small_m2)
        if side >= 0:
            assert [(each.key, len(each.thin)) for each in found] == [("ba"[side], 1)]
            assert found[0].thin[0].equals(pairs[at, side])
        elif len(found) == 1:  # a closer look is needed where both are too small, or a house lies in neither
            both = pieces_of(pairs[at], ["a", "b"], NO_HOMES, thin_m, small_m2)
            outside = [shapely.union_all(pairs[at]).intersection(each).area == 0 for each in homes[pair == at]]
            small = [each.area < small_m2 or 2 * each.area < thin_m * each.length for each in pairs[at]]
            assert len(both) == 1 and (any(outside) or all(small))


def test_a_piece_alone_is_kept_however_small():
    assert made(pieces_of(strips(0, 0.1), ["a"], NO_HOMES, 5.0, 500.0)) == [("a", 0, 0.1, 0)]


def test_a_house_is_where_most_of_it_is_or_what_it_is_nearest_to():
    cells = strips(0, 10, 20)
    houses = np.array([
        shapely.box(8, 1, 11, 2), shapely.box(9, 1, 13, 2), shapely.box(20, 1, 25, 2), shapely.Point(3, 3),
        shapely.Point(-5, 3), shapely.Point(30, 3),
    ])  # fmt: skip
    assert homes_of(cells, houses).tolist() == [0, 1, 1, 0, 0, 1]
    assert homes_of(cells, NO_HOMES).tolist() == []


def test_vertices_are_left_out_of_outline_and_holes():
    shell = [(0, 0), (5, 0), (10, 0), (10, 10), (0, 10)]
    hole = [(2, 2), (3, 2), (4, 2), (4, 4), (2, 4)]
    found = without(shapely.Polygon(shell, [hole]), np.array([5 + 0j, 3 + 2j]))
    assert found.equals(shapely.Polygon(shell, [hole])) and shapely.get_num_coordinates(found) == 10
    assert without(shapely.Polygon(shell), np.array([0j])).area == pytest.approx(75)


def test_a_line_that_ends_inside_a_cell_cuts_nothing_and_one_that_goes_through_makes_two_faces() -> None:
    cells = strips(0, 10, 20)
    for to, pieces in ((5.0, {}), (10.0, {0: [20.0, 80.0]})):
        noded = node_into(cells, np.array([0.0 + 2.0j]), np.array([to + 2.0j]))
        found = faces(cells, noded, np.array([True, True]))
        assert {row: sorted(shapely.area(each)) for row, each in found.items()} == pieces


def test_a_line_that_all_but_touches_a_corner_is_bent_to_it():
    """It passes a tenth of a millimetre above the top of a triangle: from there to there, over the top."""
    triangle = np.array([shapely.Polygon([(0, 0), (20, 0), (10, 5)])])
    made = node_into(triangle, np.array([0 + 5.0001j]), np.array([20 + 5.0001j]))
    assert made.start.tolist() == [0 + 5.0001j, 10 + 5j]
    assert made.end.tolist() == [10 + 5j, 20 + 5.0001j]
