"""Measuring in metres, and the point that stands for a shape."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
from hypothesis import given
from pyproj import CRS, Geod

from geo.places import measure

ZONE = CRS(4549)
FIELD = shapely.box(120.000, 36.000, 120.010, 36.010)  # on the central meridian, so scale is 1


def test_areas_agree_with_the_ellipsoid():
    area, _ = Geod(ellps="GRS80").geometry_area_perimeter(shapely.segmentize(FIELD, 0.0001))
    assert measure.areas_m2([FIELD], ZONE)[0] == pytest.approx(area, rel=1e-5)


def test_points_have_no_area_and_none_has_no_measure():
    np.testing.assert_array_equal(measure.areas_m2([shapely.Point(120, 36), None], ZONE), [0, np.nan])


@pytest.mark.parametrize("code", [4326, 3857])
def test_never_in_degrees_or_web_mercator(code):
    with pytest.raises(ValueError, match="cannot measure"):
        measure.areas_m2([FIELD], CRS(code))


def test_representative_points_lie_in_their_shapes():
    horseshoe = shapely.from_wkt("POLYGON ((0 0, 9 0, 9 9, 6 9, 6 3, 3 3, 3 9, 0 9, 0 0))")  # centroid is outside
    shapes = np.array([horseshoe, shapely.LineString([(0, 0), (4, 0)]), shapely.Point(5, 6), None, shapely.Polygon(),
                       shapely.MultiPoint([(0, 0), (2, 2)]), shapely.Point(1, 2, 3)], dtype=object)
    points = measure.representative_points(shapes)
    assert horseshoe.contains(points[0])
    assert shapes[1].covers(points[1])
    assert points[2] is shapes[2] or points[2].equals(shapes[2])
    assert points[3] is None
    assert points[4] is None
    assert shapes[5].covers(points[5])
    assert not points[6].has_z
    assert list(points) == list(measure.representative_points(shapes))


CORNERS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=9)
SIZED = st.lists(st.tuples(st.floats(119, 121), st.floats(35, 37)), min_size=3, max_size=9)
POLYGONS = (CORNERS | SIZED).map(shapely.Polygon)  # with corners on one level, sides upon each other, and no surface
HOLED = st.just(shapely.box(0, 0, 4, 4).difference(shapely.box(1, 1, 2, 3)))
OTHERS = st.sampled_from([None, shapely.Polygon(), shapely.Point(1, 2), shapely.LineString([(0, 0), (2, 1)]),
                          shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 5, 1)])])


@given(st.lists(POLYGONS | HOLED | OTHERS, max_size=8))
def test_of_many_shapes_all_is_as_of_one(shapes):
    shapes = np.array([*shapes, None], dtype=object)[:-1]
    one = measure.representative_points(shapes)
    area = measure.areas_m2(shapes, ZONE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure, "_MANY", 1)
        many = measure.representative_points(shapes)
        np.testing.assert_array_equal(measure.areas_m2(shapes, ZONE), area)
        xy, middle = measure.representative_xy(shapes), measure.centroids_xy(shapes)
        both = measure.points_and_areas_m2(shapes, ZONE)
    np.testing.assert_array_equal(both[0], xy)
    np.testing.assert_array_equal(both[1], area)
    assert shapely.to_wkt(many, rounding_precision=17).tolist() == shapely.to_wkt(one, rounding_precision=17).tolist()
    np.testing.assert_array_equal(xy, np.column_stack([shapely.get_x(one), shapely.get_y(one)]))
    centroids = shapely.centroid(shapes)
    centroids[shapely.is_empty(centroids)] = None
    np.testing.assert_array_equal(middle, np.column_stack([shapely.get_x(centroids), shapely.get_y(centroids)]))
