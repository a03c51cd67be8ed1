"""GCJ-02 and BD-09, cross-checked against two independent implementations."""

from __future__ import annotations

import coord_convert.transform
import numpy as np
import prcoords
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from geo import offsets
from geo.crs import xy_to_lonlat

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


REFERENCE = np.array([[x, y] for x in range(0, 20_000, 4_000) for y in range(0, 20_000, 4_000)], dtype=float)


@pytest.mark.parametrize(("displacement", "verdict", "bearing"), [
    ((400, 300), "gcj02", 53.1),     # 500 m to the north-east
    ((600, -800), "bd09", 143.1),    # 1000 m to the south-east
    ((3, 4), None, 36.9),            # digitised by another hand
    ((0, 760), None, 0.0),           # between the two
])
def test_offset_evidence(displacement, verdict, bearing):
    evidence = offsets.offset_evidence(REFERENCE + displacement, REFERENCE)
    assert evidence.verdict == verdict
    assert evidence.median_m == pytest.approx(np.hypot(*displacement))
    assert evidence.direction_degrees == pytest.approx(bearing, abs=0.1)
    assert evidence.consistency == pytest.approx(1.0)


def test_far_in_all_directions_is_no_offset():
    turns = np.linspace(0, 2 * np.pi, len(REFERENCE), endpoint=False)
    around = REFERENCE + 500 * np.column_stack([np.cos(turns), np.sin(turns)])
    evidence = offsets.offset_evidence(around, REFERENCE)
    assert (evidence.verdict, evidence.median_m) == (None, pytest.approx(500))
    assert evidence.consistency < 0.01


@pytest.mark.parametrize(("offset", "verdict"), [
    (offsets.wgs84_to_gcj02, "gcj02"), (offsets.wgs84_to_bd09, "bd09"), (lambda lon, lat: (lon, lat), None)])
def test_undoing_tells_even_where_houses_stand_20_metres_apart(offset, verdict):
    east, north = np.meshgrid(np.arange(0, 1000, 20.0), np.arange(0, 1000, 20.0))
    lon, lat = xy_to_lonlat(540_000 + east.ravel(), 3_990_000 + north.ravel(), CRS(4549))
    jitter = np.random.default_rng(3).normal(0, 1e-5, (2, len(lon)))   # about a metre of another hand's drawing
    points = np.column_stack(offset(lon + jitter[0], lat + jitter[1]))
    evidence = offsets.undo_evidence(points, np.column_stack([lon, lat]), CRS(4549))
    assert evidence.verdict == verdict
    assert evidence.count == 2500
    assert evidence.medians_m[verdict or "wgs84"] < 3


def test_nothing_to_compare_gives_no_verdict():
    assert offsets.offset_evidence(np.empty((0, 2)), REFERENCE).verdict is None
    assert offsets.offset_evidence(REFERENCE, np.full((3, 2), np.nan)).count == 0
    assert offsets.undo_evidence(np.empty((0, 2)), REFERENCE / 1e4, CRS(4549)).medians_m == {}
    same = offsets.offset_evidence(REFERENCE, REFERENCE)
    assert (same.median_m, same.consistency, same.verdict) == (0, 0, None)
