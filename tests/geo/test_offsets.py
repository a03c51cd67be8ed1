"""GCJ-02 and BD-09, cross-checked against two independent implementations."""

from __future__ import annotations

import coord_convert.transform
import numpy as np
import prcoords
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.places import offsets

in_china = st.tuples(st.floats(73.5, 135.0), st.floats(18.0, 53.5))
METRES_PER_DEGREE = 111_320


@given(in_china)
def test_forward_agrees_with_prcoords_and_coord_convert(place):
    lon, lat = place
    here = np.array(offsets.wgs84_to_gcj02(lon, lat))
    assert here == pytest.approx(prcoords.wgs_gcj((lat, lon))[::-1], abs=1e-11)
    assert here == pytest.approx(coord_convert.transform.wgs2gcj(lon, lat), abs=1e-11)
    here = np.array(offsets.wgs84_to_bd09(lon, lat))
    assert here == pytest.approx(prcoords.wgs_bd((lat, lon))[::-1], abs=1e-11)
    assert here == pytest.approx(coord_convert.transform.wgs2bd(lon, lat), abs=1e-11)


@pytest.mark.parametrize(("there", "back"), [
    (offsets.wgs84_to_gcj02, offsets.gcj02_to_wgs84),
    (offsets.wgs84_to_bd09, offsets.bd09_to_wgs84),
])
@given(place=in_china)
def test_the_inverse_is_good_to_a_tenth_of_a_millimetre(there, back, place):
    found = np.array(back(*there(*place)))
    assert np.abs(found - place).max() * METRES_PER_DEGREE < 1e-4


@pytest.mark.parametrize("function", [offsets.wgs84_to_gcj02, offsets.gcj02_to_wgs84, offsets.wgs84_to_bd09,
                                      offsets.bd09_to_wgs84])
def test_outside_china_and_nan_are_untouched(function):
    lon, lat = function([9.52, -74.0, np.nan], [47.14, 40.7, 36.0])
    np.testing.assert_array_equal(lon, [9.52, -74.0, np.nan])
    np.testing.assert_array_equal(lat, [47.14, 40.7, 36.0])


def test_bd09_mercator_of_wangfujing():
    # x, y of a Baidu page for Wangfujing street in Beijing, which lies at 116.4046 E, 39.9116 N.
    lon, lat = offsets.bd09mc_to_wgs84(np.array([12_959_650.0]), np.array([4_826_550.0]))
    assert (lon[0], lat[0]) == (pytest.approx(116.4046, abs=1e-3), pytest.approx(39.9116, abs=1e-3))


def test_bd09_mercator_bands_join():
    # The latitude is six polynomials by northing; where two of them meet they must agree to a metre.
    for band in (8362377.87, 5591021.0, 3481989.83, 1678043.12):
        _, lat = offsets.bd09mc_to_wgs84(np.full(2, 1.2e7), np.array([band - 1e-3, band + 1e-3]))
        assert abs(lat[1] - lat[0]) * METRES_PER_DEGREE < 1.0


def test_shift_moves_every_vertex_and_keeps_none():
    square = shapely.box(120.0, 36.0, 120.1, 36.1)
    moved, nothing = offsets.shift(np.array([square, None], dtype=object), offsets.wgs84_to_gcj02)
    assert nothing is None
    corners = np.array(offsets.wgs84_to_gcj02(*shapely.get_coordinates(square).T)).T
    np.testing.assert_array_equal(shapely.get_coordinates(moved), corners)
