"""Broken geometries: named before they do harm, repaired without loss."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.shapes import validity

BOW_TIE = shapely.from_wkt("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")  # crosses itself at (1, 1)
SQUARE = shapely.box(0, 0, 2, 2)


@pytest.mark.parametrize(("wkt", "depth"), [
    ("POINT (1 2)", 1),
    ("POINT Z (1 2 3)", 1),
    ("POINT EMPTY", 1),
    ("POLYGON ((0 0, 1 1, 1 0, 0 0), (0.5 0.4, 0.6 0.4, 0.6 0.3, 0.5 0.4))", 1),
    ("MULTIPOLYGON EMPTY", 1),
    ("MULTIPOLYGON (((0 0, 1 1, 1 0, 0 0)), ((5 5, 6 6, 6 5, 5 5)))", 2),
    ("GEOMETRYCOLLECTION (POLYGON EMPTY)", 2),
    ("GEOMETRYCOLLECTION (POINT (0 0), GEOMETRYCOLLECTION (MULTIPOINT ((1 1)), POINT (1 1)))", 4),
])
def test_nesting_depth_counts_objects_within_objects(wkt, depth):
    assert validity.nesting_depth_wkt(wkt) == depth


def test_a_hundred_thousand_nested_collections_are_counted_not_built():
    many = 100_000
    assert validity.nesting_depth_wkt("GEOMETRYCOLLECTION(" * many + "POINT(0 0)" + ")" * many) == many + 1


def test_problems_have_names():
    shapes = np.array([SQUARE, None, shapely.Polygon(), shapely.Point(np.nan, 1), shapely.Point(np.inf, 1), BOW_TIE,
                       shapely.from_wkt("LINESTRING (0 0, 0 0)")], dtype=object)
    assert list(validity.problems(shapes)) == [
        None, "null", "empty", "nan", "nan", "invalid:self-intersection",
        "invalid:too-few-points-in-geometry-component"]


def test_too_large_is_not_examined(monkeypatch):
    monkeypatch.setattr(validity, "MAX_VERTICES", 4)
    assert list(validity.problems([BOW_TIE])) == ["too-large"]
    assert not validity.repair([BOW_TIE]).changed.any()


def test_a_bow_tie_becomes_two_triangles():
    repaired, changed = validity.repair([SQUARE, BOW_TIE, None])
    assert list(changed) == [False, True, False]
    assert repaired[0] is SQUARE
    assert repaired[1].equals(shapely.from_wkt("MULTIPOLYGON (((0 0, 1 1, 0 2, 0 0)), ((2 0, 2 2, 1 1, 2 0)))"))
    assert repaired[2] is None


def test_repair_keeps_the_dimension():
    flat = shapely.from_wkt("POLYGON ((0 0, 1 1, 0 0))")          # a polygon that is only a line
    spike = shapely.from_wkt("POLYGON ((0 0, 2 0, 2 2, 2 9, 2 2, 0 2, 0 0))")
    mixed = shapely.from_wkt("GEOMETRYCOLLECTION (POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0)), LINESTRING (5 5, 6 6))")
    repaired, _ = validity.repair([flat, spike, mixed])
    assert repaired[0].geom_type == "Polygon"
    assert repaired[0].is_empty
    assert repaired[1].equals(SQUARE)
    assert repaired[2].area == 2.0
    assert set(shapely.get_dimensions(shapely.get_parts(repaired[2]))) == {2}


def test_a_tangle_is_not_repaired_at_any_price():
    # 1000 random vertices cross some 200,000 times.
    tangle = shapely.Polygon(np.random.default_rng(1).random((1000, 2)))
    repaired, changed = validity.repair([tangle])
    assert not changed[0]
    assert repaired[0] is tangle


def test_an_edge_run_over_twice_needs_two_passes():
    # One pass of GEOS gives two triangles that share the edge from (0, 1) to (1, 1): invalid again.
    twice = shapely.Polygon([(1, 1), (0, 1), (0, 0), (1, 1), (0, 1), (0, 2)])
    assert validity.repair([twice]).geometries[0].equals(shapely.Polygon([(0, 0), (1, 1), (0, 2)]))


vertices = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=12)


@given(vertices)
def test_whatever_is_repaired_is_valid_and_polygonal(ring):
    repaired, _ = validity.repair([shapely.Polygon(ring)])
    assert validity.problems(repaired)[0] in (None, "empty")
    assert repaired[0].geom_type in ("Polygon", "MultiPolygon")


def test_usable_gives_none_for_the_hopeless():
    shapes = validity.usable([SQUARE, BOW_TIE, shapely.Point(np.nan, np.nan), None])
    assert shapes[0] is SQUARE
    assert shapes[1].is_valid
    assert shapes[2] is None
    assert shapes[3] is None


def test_promote_multi():
    single = np.array([SQUARE, None, shapely.MultiPolygon([SQUARE]), shapely.Polygon()], dtype=object)
    multi = validity.promote_multi(single, "MultiPolygon")
    assert [getattr(one, "geom_type", None) for one in multi] == ["MultiPolygon", None, "MultiPolygon", "MultiPolygon"]
    assert multi[0].geoms[0].equals(SQUARE)
    assert multi[3].is_empty
    with pytest.raises(ValueError, match="geometry 1 is a Point, not a MultiPolygon"):
        validity.promote_multi([SQUARE, shapely.Point(0, 0)], "MultiPolygon")


def test_right_hand_rule():
    clockwise = shapely.Polygon([(0, 0), (0, 9), (9, 9), (9, 0)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
    turned = validity.orient_rfc7946([clockwise, None])
    assert turned[0].exterior.is_ccw
    assert not turned[0].interiors[0].is_ccw
    assert turned[1] is None


def test_rounding_is_only_rounding():
    point = validity.round_coordinates([shapely.Point(120.123456789, 36.987654321, 5), None])
    assert point[0].wkt == "POINT (120.1234568 36.9876543)"
    assert point[1] is None
