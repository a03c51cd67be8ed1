"""Measuring in metres, and the point that stands for a shape."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
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
