"""Faults of cells in a boundary, each drawn, with the answer beside it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.partition.topology import find_defects
from geo.shapes.validity import usable
from tests.suite import examples

#  100 +-----+-----+
#      |  0  |  1  |     two sound cells of 100 x 100 m
#    0 +-----+-----+
#      0    100   200
BOUNDARY = shapely.box(0, 0, 200, 100)
LEFT, RIGHT = shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)


def seen(defects):
    return [(defect.kind, defect.members, round(defect.measure, 3)) for defect in defects]


def test_a_partition_has_no_fault():
    assert find_defects([LEFT, RIGHT], BOUNDARY) == []


def test_a_t_junction_without_its_vertex_is_sound():
    # Cell 0 has no vertex at (100, 50), where cells 1 and 2 meet.
    assert find_defects([LEFT, shapely.box(100, 0, 200, 50), shapely.box(100, 50, 200, 100)], BOUNDARY) == []


def test_a_gap_of_30_centimetres_along_a_border():
    defects = find_defects([LEFT, shapely.box(100.3, 0, 200, 100)], BOUNDARY)
    assert seen(defects) == [("gap", (0, 1), 30.0)]
    assert defects[0].geometry.equals(shapely.box(100, 0, 100.3, 100))


def test_a_gap_where_three_cells_meet():
    # The place where editors leave holes: the corner of cell 2 fell 2 m short of the point (100, 50).
    lower_right = shapely.box(100, 0, 200, 50)
    upper_right = shapely.Polygon([(102, 50), (200, 50), (200, 100), (100, 100), (100, 52)])
    defects = find_defects([LEFT, lower_right, upper_right], BOUNDARY)
    assert seen(defects) == [("gap", (0, 1, 2), 2.0)]


def test_an_overlap():
    defects = find_defects([LEFT, shapely.box(98, 0, 200, 100)], BOUNDARY)
    assert seen(defects) == [("overlap", (0, 1), 200.0)]
    assert defects[0].geometry.equals(shapely.box(98, 0, 100, 100))


def test_a_cell_drawn_twice_overlaps_whole():
    assert seen(find_defects([LEFT, RIGHT, RIGHT], BOUNDARY)) == [("overlap", (1, 2), 10_000.0)]


def test_spills_over_the_boundary():
    assert seen(find_defects([LEFT, shapely.box(100, 0, 203, 100)], BOUNDARY)) == [("spill", (1,), 300.0)]
    both_up = [shapely.box(0, 0, 100, 101), shapely.box(100, 0, 200, 101)]
    assert seen(find_defects(both_up, BOUNDARY)) == [("spill", (0, 1), 200.0)]


@pytest.mark.parametrize(("width", "height", "found"), [
    (0.1, 5, False),    # 0.5 m2 and 0.1 m wide: drawing noise
    (0.1, 20, True),    # 2 m2
    (0.4, 2, False),    # 0.8 m2 and 0.4 m wide
    (0.9, 0.9, True),   # 0.81 m2, but wider than the tolerance
])
def test_what_is_too_small_to_matter(width, height, found):
    nicked = RIGHT.difference(shapely.box(100, 0, 100 + width, height))
    assert bool(find_defects([LEFT, nicked], BOUNDARY)) is found


def test_cut_footprints():
    footprints = [
        shapely.box(10, 10, 20, 20),        # 0 within cell 0
        shapely.box(95, 10, 105, 20),       # 1 half and half: the first cell is the main one
        shapely.box(80.5, 10, 100.5, 20),   # 2 a sliver of 2.5 % in cell 1
        shapely.box(99, 10, 100.9, 11),     # 3 47 % in cell 1, but under 1 m2
        shapely.box(92, 30, 101, 40),       # 4 a ninth in cell 1
        shapely.LineString([(90, 50), (110, 50)]),
        shapely.Point(100, 50),
        None,
    ]
    defects = find_defects([LEFT, RIGHT], BOUNDARY, footprints)
    assert seen(defects) == [("cut", (0, 1), 50.0), ("cut", (0, 1), 10.0)]
    assert [defect.footprint for defect in defects] == [1, 4]
    assert defects[1].geometry.equals(shapely.box(100, 30, 101, 40))


def test_slivers_and_multiparts():
    # A strip of 1 x 100 m: 4 pi 100 / 202^2 = 0.031.
    strip = shapely.box(100, 0, 101, 100)
    two = shapely.MultiPolygon([shapely.box(101, 0, 150, 100), shapely.box(160, 0, 200, 100)])
    between = shapely.box(150, 0, 160, 100)
    defects = find_defects([LEFT, strip, two, between], BOUNDARY)
    assert seen(defects) == [("sliver", (1,), 0.031), ("multipart", (2,), 2.0)]


def test_invalid_cells_are_named_and_the_rest_is_still_checked():
    # The left cell is a bow-tie crossing at (50, 50): the triangles below and above are missing; both reach
    # cell 1.
    bow_tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    defects = find_defects([bow_tie, RIGHT, None], BOUNDARY)
    assert seen(defects) == [("gap", (0, 1), 2500.0), ("gap", (0, 1), 2500.0), ("multipart", (0,), 2.0),
                             ("invalid", (0,), 0.0), ("invalid", (2,), 0.0)]
    assert defects[3].geometry.equals(shapely.Point(50, 50))
    assert [defect.detail for defect in defects[3:]] == ["invalid:self-intersection", "null"]


def test_an_invalid_boundary_is_named():
    bow_tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    defects = find_defects([LEFT], bow_tie)
    assert [(defect.kind, defect.members) for defect in defects] == [("spill", (0,)), ("spill", (0,)), ("invalid", ())]


def test_without_cells_or_boundary():
    assert seen(find_defects([], BOUNDARY)) == [("gap", (), 20_000.0)]
    assert find_defects([LEFT, shapely.box(110, 0, 200, 100)], None) == []
    assert find_defects([], None) == []


coordinate = st.integers(0, 20)
rings = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=8)


@settings(max_examples=examples(60))
@given(st.lists(rings, max_size=5))
def test_gaps_and_spills_balance_the_books(shapes):
    # Whatever the cells: boundary - gaps + spills = union of the cells, when no fault is too small to be
    # reported.
    cells = np.array([shapely.Polygon(ring) for ring in shapes], dtype=object)
    boundary = shapely.box(5, 5, 15, 15)
    defects = find_defects(cells, boundary, tolerance_m=0, min_area_m2=0)
    gaps, spills = (sum(d.measure for d in defects if d.kind == kind) for kind in ("gap", "spill"))
    assert boundary.area - gaps + spills == pytest.approx(shapely.union_all(usable(cells)).area)
