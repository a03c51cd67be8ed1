"""Which points and footprints lie in which areas: drawings first, then the same answers as GEOS on anything."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.shapes.containment import Membership, PointIndex, footprints_inside, locate
from tests.suite import examples

#   2 +-----+-----+      a: the left square, b: the right square,
#     |  a  |  b  |      c: a ring around both from -1 to 5
#   0 +-----+-----+
#     0     2     4
A, B = shapely.box(0, 0, 2, 2), shapely.box(2, 0, 4, 2)
C = shapely.box(-1, -1, 5, 3).difference(shapely.box(0, 0, 4, 2))


def pairs(index, areas):
    area, point = index.inside(np.array(areas, dtype=object))
    return list(zip(area.tolist(), point.tolist(), strict=True))


def test_points_inside_outside_and_on_borders():
    index = PointIndex(np.array([
        [1, 1],         # 0 in a
        [2, 1],         # 1 on the border of a and b
        [2, 2],         # 2 on the corner of a and b, and of the hole of c
        [4.5, 1],       # 3 in c
        [9, 9],         # 4 nowhere
        [np.nan, 1],    # 5 nowhere
    ]))
    assert pairs(index, [A, B, C]) == [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2), (2, 3)]
    assert len(index) == 6


def test_none_empty_and_broken_areas_hold_nothing():
    index = PointIndex(np.array([[1.0, 1.0]]))
    with np.errstate(invalid="ignore"):
        nan = shapely.Polygon([(0, 0), (np.nan, 3), (9, 0), (0, 0)])
    assert pairs(index, [None, shapely.Polygon(), shapely.MultiPolygon(), nan, A]) == [(4, 0)]
    assert pairs(index, []) == []
    assert pairs(PointIndex(np.empty((0, 2))), [A]) == []


def test_an_invalid_area_is_read_as_repaired():
    # Two squares that overlap, in one multipolygon: by even and odd the overlap would be outside.
    overlapping = shapely.MultiPolygon([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)])
    assert pairs(PointIndex(np.array([[1.5, 1.0]])), [overlapping]) == [(0, 0)]


def test_only_polygons_are_areas():
    with pytest.raises(TypeError, match="area 1 is a LineString"):
        PointIndex(np.zeros((1, 2))).inside(np.array([A, shapely.LineString([(0, 0), (1, 1)])]))


def test_a_point_a_hair_beside_a_slanted_edge():
    # 0.1 * 3 rounds, so whether (0.1, 0.3) lies on the line from (0, 0) to (1, 3) takes exact arithmetic.
    triangle = shapely.Polygon([(0, 0), (1, 3), (0, 3)])
    xy = np.array([[0.1, y] for y in (np.nextafter(0.3, 0), 0.3, np.nextafter(0.3, 1), 0.1 * 3)])
    expected = np.flatnonzero(shapely.intersects_xy(triangle, xy))
    assert [point for _, point in pairs(PointIndex(xy), [triangle])] == expected.tolist()


def test_all_points_in_one_place_or_on_one_line():
    same = PointIndex(np.full((50, 2), 1.0))
    assert len(pairs(same, [A, B])) == 50
    line = PointIndex(np.column_stack([np.linspace(-5, 5, 101), np.full(101, 1.0)]))
    assert len(pairs(line, [A])) == 21  # 0.0, 0.1, ... 2.0


def expected_pairs(xy, areas):
    tree = shapely.STRtree(shapely.points(xy))
    return sorted(zip(*tree.query(areas, predicate="covers").tolist(), strict=True))


@pytest.mark.parametrize("origin", [(0, 0), (40_500_000, 3_990_000), (120.3, 36.1)])
def test_equal_to_geos_on_a_crowd(origin):
    rng = np.random.default_rng(5)
    scale = 1e-4 if origin[0] < 1000 else 1.0
    areas = []
    for at in range(120):
        turn = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(5, 200)))
        ray = rng.uniform(0.5, 1.0, len(turn)) * np.exp(rng.uniform(1, 6)) * scale
        centre = origin + rng.uniform(0, 1000, 2) * scale
        star = centre + np.column_stack([np.cos(turn) * ray, np.sin(turn) * ray])
        hole = [centre + (star - centre) * 0.3] if at % 3 == 0 else None
        areas.append(shapely.Polygon(star, hole))
    areas = np.array([area for area in areas if area.is_valid])
    # A third anywhere, a third on vertices, a third as near to edges as rounding allows.
    vertices = shapely.get_coordinates(areas)
    edges = np.stack([vertices[:-1], vertices[1:]], axis=1)
    on_edges = edges[:, 0] + rng.random((len(edges), 1)) * (edges[:, 1] - edges[:, 0])
    xy = np.vstack([origin + rng.uniform(-100, 1100, (5000, 2)) * scale, vertices, on_edges])
    assert pairs(PointIndex(xy), areas) == expected_pairs(xy, areas)


coordinate = st.integers(0, 8) | st.floats(0, 8, width=16)
place = st.tuples(coordinate, coordinate)


@st.composite
def polygons(draw):
    """Draw any valid polygonal shape: with holes, with several parts, parts that touch, or empty."""
    parts = [shapely.Polygon(ring).buffer(0) for ring in draw(st.lists(
        st.lists(place, min_size=3, max_size=7), min_size=1, max_size=3))]
    hole = shapely.Polygon(draw(st.lists(place, min_size=3, max_size=5))).buffer(0)
    shape = shapely.union_all(parts)
    return shape.difference(hole) if draw(st.booleans()) else shape


@settings(max_examples=examples(150))
@given(st.lists(place, min_size=1, max_size=30), st.lists(polygons(), min_size=1, max_size=3))
def test_equal_to_geos_on_small_grids(points, areas):
    areas = np.array([area for area in areas if area.geom_type in ("Polygon", "MultiPolygon")], dtype=object)
    xy = np.array([*points, *shapely.get_coordinates(areas)], dtype=float)  # every vertex is asked as well
    assert pairs(PointIndex(xy), areas) == expected_pairs(xy, areas)


anywhere = st.floats(-1e3, 1e3) | st.floats(-1e140, 1e140)


@settings(max_examples=examples(100))
@given(st.lists(st.tuples(st.floats(-1e300, 1e300), anywhere), max_size=20),
       st.lists(st.tuples(anywhere, anywhere), min_size=3, max_size=6))
def test_equal_to_geos_at_any_scale(points, ring):
    area = np.array([shapely.Polygon(ring)])
    if area[0].is_valid:
        xy = np.array([*points, *ring], dtype=float)
        assert pairs(PointIndex(xy), area) == expected_pairs(xy, area)


def test_areas_beyond_all_measure_are_refused():
    with pytest.raises(ValueError, match="beyond"):
        PointIndex(np.zeros((1, 2))).inside(np.array([shapely.box(0, 0, 1e200, 1e200)]))


def test_membership_follows_edits():
    index = PointIndex(np.array([[1, 1], [2, 1], [3, 1], [9, 9]], dtype=float))
    membership = Membership.of(index, [A, B])
    assert membership.counts.tolist() == [1, 2, 1, 0]
    assert membership.replace(1, shapely.box(8, 8, 10, 10)).tolist() == [1, 2, 3]   # b moves to the far corner
    assert membership.counts.tolist() == [1, 1, 0, 1]
    assert membership.add(B) == 2
    assert membership.counts.tolist() == [1, 2, 1, 1]
    membership.remove(0)
    assert membership.counts.tolist() == [0, 1, 1, 1]
    with pytest.raises(IndexError, match="there is no area 3"):
        membership.replace(3, A)
    with pytest.raises(ValueError, match="read-only"):
        membership.counts[0] = 7


edits = st.lists(st.tuples(st.integers(0, 3), st.none() | polygons()), max_size=5)


@given(st.lists(place, min_size=1, max_size=20), st.lists(polygons(), min_size=4, max_size=4), edits)
def test_edit_by_edit_is_the_same_as_from_scratch(points, areas, changes):
    index = PointIndex(np.array(points, dtype=float))
    areas = [area if area.geom_type in ("Polygon", "MultiPolygon") else None for area in areas]
    membership = Membership.of(index, areas)
    for number, shape in changes:
        areas[number] = shape if shape is not None and shape.geom_type in ("Polygon", "MultiPolygon") else None
        before = membership.counts.copy()
        changed = membership.replace(number, areas[number])
        assert changed.tolist() == np.flatnonzero(membership.counts != before).tolist()
    assert membership.counts.tolist() == Membership.of(index, areas).counts.tolist()


def test_footprints_half_inside():
    footprints = [
        shapely.box(0, 0, 1, 1),                        # 0 within a
        shapely.box(1, 0, 3, 1),                        # 1 half in a, half in b: in both
        shapely.box(1.5, 0, 3.5, 1),                    # 2 a quarter in a, three quarters in b
        shapely.Point(2, 1),                            # 3 on the border of a and b
        shapely.LineString([(1, 1), (3, 1)]),           # 4 across: within neither
        shapely.LineString([(2, 0), (2, 2)]),           # 5 along the border
        None,                                           # 6
        shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]),  # 7 a bow-tie in a
        shapely.box(4, 0, 5, 1),                        # 8 beside b
        shapely.Polygon(),                              # 9
    ]
    area, footprint, share = footprints_inside(footprints, [A, B])
    assert list(zip(area.tolist(), footprint.tolist(), share.round(9).tolist(), strict=True)) == [
        (0, 0, 1), (0, 1, 0.5), (0, 3, 1), (0, 5, 1), (0, 7, 1), (1, 1, 0.5), (1, 2, 0.75), (1, 3, 1), (1, 5, 1)]
    area, footprint, share = footprints_inside(footprints, [A, B], share=0.2)
    assert (0, 2) in set(zip(area.tolist(), footprint.tolist(), strict=True))
    with pytest.raises(ValueError, match="share is 0"):
        footprints_inside(footprints, [A], share=0)


def test_footprints_and_nothing():
    for footprints, areas in (([], []), ([A], []), ([], [A]), ([None], [None])):
        assert [len(column) for column in footprints_inside(footprints, areas)] == [0, 0, 0]


rings = st.lists(place, min_size=3, max_size=7)


@given(st.lists(rings, max_size=5), st.lists(rings, max_size=3))
def test_footprints_inside_never_raises_and_shares_are_true(footprints, areas):
    footprints, areas = ([shapely.Polygon(ring) for ring in rings] for rings in (footprints, areas))
    for area, footprint, share in zip(*footprints_inside(footprints, areas), strict=True):
        a, f = areas[area].buffer(0), footprints[footprint].buffer(0)
        assert 0.5 <= share <= 1 or share == pytest.approx(0.5)
        if areas[area].is_valid and footprints[footprint].is_valid:
            assert a.intersection(f).area == pytest.approx(share * f.area)


def test_locate_gives_one_area_each():
    points = np.array([shapely.Point(1, 1), shapely.Point(2, 1), shapely.Point(9, 9), None], dtype=object)
    assert locate(points, [A, B]).tolist() == [0, 0, -1, -1]   # the border belongs to the first
    assert locate(points, [B, A]).tolist() == [1, 0, -1, -1]
    assert locate(np.array([[3.0, 1.0]]), [A, B]).tolist() == [1]
    assert locate(PointIndex(np.array([[3.0, 1.0]])), [A, B]).tolist() == [1]
    assert locate(points, []).tolist() == [-1] * 4


@pytest.mark.parametrize("seed", range(5))
def test_few_points_are_located_as_many_are(seed):
    rng = np.random.default_rng(seed)
    points = rng.integers(-2, 12, (400, 2)) / 2.0  # many on borders and corners
    areas = np.array([C, B, None, A, shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4)])], dtype=object)
    assert locate(points, areas).tolist() == locate(PointIndex(points), areas).tolist()


def test_only_points_are_located():
    with pytest.raises(TypeError, match="representative points"):
        locate(np.array([A]), [A])
