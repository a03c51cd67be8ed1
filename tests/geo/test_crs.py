"""Choosing, reading and guessing coordinate systems."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod

from geo.places import crs


@pytest.mark.parametrize(("place", "lon", "lat", "epsg"), [
    ("Qingdao", 120.38, 36.07, 4549),
    ("Nanjing", 118.80, 32.06, 4549),
    ("Fuzhou", 119.30, 26.08, 4549),
    ("Beijing", 116.40, 39.90, 4548),
    ("the western edge", 73.0, 39.0, 4534),
    ("the eastern edge", 136.0, 48.0, 4554),
    ("Vaduz", 9.52, 47.14, 32632),
    ("Sydney", 151.2, -33.9, 32756),
    ("the date line", 180.0, 10.0, 32660),
])
def test_metric_crs_of_a_place(place, lon, lat, epsg):
    assert crs.metric_crs(lon, lat).to_epsg() == epsg


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 89), (float("nan"), 0), (120, float("inf"))])
def test_metric_crs_refuses_what_is_not_on_the_globe(lon, lat):
    with pytest.raises(ValueError, match="no metric CRS"):
        crs.metric_crs(lon, lat)


@given(st.floats(-180, 180), st.floats(-80, 84))
def test_metric_crs_can_always_be_measured_in(lon, lat):
    assert crs.is_metric(crs.metric_crs(lon, lat))


@pytest.mark.parametrize("text", [
    "4549", " EPSG:4549 ", "epsg:4549", "urn:ogc:def:crs:EPSG::4549", "http://www.opengis.net/def/crs/EPSG/0/4549",
    CRS(4549).to_wkt(), CRS(4549).to_wkt("WKT1_ESRI"),
])
def test_parse_crs_reads_all_ways_to_write_4549(text):
    assert crs.parse_crs(text).to_epsg(min_confidence=20) == 4549


def test_parse_crs_reads_a_city_system():
    # Central meridian 120 degrees 47 minutes, as some cities have it.
    city = crs.parse_crs("+proj=tmerc +lat_0=0 +lon_0=120.78333333 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m")
    point = crs.from_lonlat(np.array([shapely.Point(120.78333333, 31.0)]), city)[0]
    assert point.x == pytest.approx(500_000)


@pytest.mark.parametrize("text", [
    "", "  ", "gcj02", "Beijing 1954", "EPSG:999999", "EPSG:5773", "EPSG:4978", "/etc/passwd", "PROJCS[", "４５４９",
    "+init=epsg:4326", "+proj=longlat +nadgrids=/etc/passwd", "+proj=pipeline +step +proj=utm +zone=50",
])
def test_parse_crs_refuses_with_a_reason(text):
    with pytest.raises(ValueError, match=r"CRS|PROJ|geographic"):
        crs.parse_crs(text)


@pytest.mark.parametrize(("definition", "alike"), [
    ("EPSG:4326", True), ("OGC:CRS84", True), ("EPSG:4490", True), ("+proj=longlat +ellps=GRS80", True),
    (CRS(4490).to_wkt(), True), (CRS(4490).to_wkt("WKT1_ESRI"), True), (CRS(4326).to_wkt("WKT1_GDAL"), True),
    ("EPSG:4269", False), ("EPSG:4214", False), ("EPSG:4549", False), ("EPSG:3857", False),
])
def test_wgs84_and_cgcs2000_are_one(definition, alike):
    assert crs.is_geographic_wgs84_like(CRS(definition)) is alike


def test_degrees_of_wgs84_and_cgcs2000_pass_through():
    points = np.array([shapely.Point(120.38, 36.07), None], dtype=object)
    assert list(crs.to_lonlat(points, CRS(4490))) == list(crs.to_lonlat(points, CRS(4326))) == list(points)


def test_known_places_of_zone_40():
    # On the central meridian x is 500 km, with the zone in front 40500 km; y is the length of the meridian.
    point = np.array([shapely.Point(120, 36)])
    plain, prefixed = crs.from_lonlat(point, CRS(4549))[0], crs.from_lonlat(point, CRS(4528))[0]
    assert (plain.x, prefixed.x) == (pytest.approx(500_000), pytest.approx(40_500_000))
    meridian = Geod(ellps="GRS80").line_length([120, 120], [0, 36])
    assert plain.y == prefixed.y == pytest.approx(meridian, abs=0.01)


@given(st.floats(118.6, 121.4), st.floats(25, 50), st.sampled_from([4549, 4528, 32651, 3857, 4490]))
def test_there_and_back_again(lon, lat, code):
    point = np.array([shapely.Point(lon, lat)])
    back = crs.to_lonlat(crs.from_lonlat(point, CRS(code)), CRS(code))[0]
    assert (back.x, back.y) == (pytest.approx(lon, abs=1e-8), pytest.approx(lat, abs=1e-8))


def test_none_stays_none_and_z_goes():
    flat = crs.to_lonlat(np.array([None, shapely.Point(500_000, 3_985_542, 7)], dtype=object), CRS(4549))
    assert flat[0] is None
    assert not flat[1].has_z


def test_an_unknown_datum_shift_is_never_guessed():
    with pytest.raises(ValueError, match="no datum shift is known between 'TWD67'"):
        crs.to_lonlat(np.array([shapely.Point(121, 24)]), CRS(3821))


def test_the_older_systems_of_china_are_read_and_their_accuracy_is_said():
    """Offices still hold files in them; no shift is published for most of China, so degrees are taken as they are."""
    place = np.array([shapely.Point(120, 36)])
    assert crs.to_lonlat(place, CRS(4610))[0] == shapely.Point(120, 36)
    assert crs.datum_shift(CRS(4610), 120, 36) == crs.DatumShift(None, 100.0)
    assert crs.to_lonlat(np.array([shapely.Point(104, 35)]), CRS(4214))[0] == shapely.Point(104, 35)


def test_a_published_shift_is_used_where_it_is_made_for():
    """EPSG's "Beijing 1954 to WGS 84 (2)" is for the coast of the Yellow Sea, 15 m."""
    found = crs.datum_shift(CRS(4214), 120.4, 36.2)
    assert (found.name, found.accuracy_m) == ("Beijing 1954 to WGS 84 (2)", 15.0)
    moved = crs.to_lonlat(np.array([shapely.Point(120.4, 36.2)]), CRS(4214))[0]
    assert 30 < np.hypot((moved.x - 120.4) * 89_900, (moved.y - 36.2) * 111_000) < 150


def test_every_other_system_needs_no_word():
    assert crs.datum_shift(CRS(4549), 120.4, 36.2) is None


@pytest.mark.parametrize(("code", "easting", "fits"), [
    (4549, 535_974, True), (4549, 40_535_974, False), (4528, 40_535_974, True), (4528, 535_974, False),
    (3857, 13_400_000, True), (4326, 120, True),
])  # fmt: skip
def test_whether_numbers_can_be_of_a_zone(code, easting, fits):
    assert crs.holds(CRS(code), (easting, 4_007_809, easting + 100, 4_007_869)) is fits


def test_the_older_systems_of_the_same_zone():
    assert [each.to_epsg() for each in crs.older_systems(CRS(4549))] == [2385, 2437]
    assert [each.to_epsg() for each in crs.older_systems(CRS(4528))] == [2364, 2416]
    assert crs.older_systems(CRS(3857)) == []


@pytest.mark.parametrize("code", [4326, 3857, 2263, 3395])
def test_degrees_feet_and_world_mercators_are_not_measured_in(code):
    with pytest.raises(ValueError, match="cannot measure"):
        crs.require_metric(CRS(code))


@pytest.mark.parametrize(("bounds", "codes"), [
    ((40_534_000, 3_990_000, 40_545_000, 3_999_000), [4528]),   # zone 40 in front
    ((20_534_000, 3_990_000, 20_545_000, 3_999_000), [4498]),   # zone 20 of 6 degrees
    ((13_400_000, 4_310_000, 13_410_000, 4_320_000), [4491, 3857]),
    ((120.1, 36.0, 120.5, 36.3), []),                           # degrees
    ((40_999_000, 3_990_000, 41_001_000, 3_999_000), []),       # two zones at once
    ((float("nan"), 0, 1, 1), []),
])
def test_guess_projected(bounds, codes):
    assert [one.to_epsg() for one in crs.guess_projected(bounds)] == codes


def test_guess_without_prefix_is_settled_by_a_place():
    bounds = (534_000, 3_990_000, 545_000, 3_999_000)
    assert len(crs.guess_projected(bounds)) == 21
    assert crs.guess_projected(bounds, near=(120.3, 36.1))[0].to_epsg() == 4549
    assert crs.guess_projected(bounds, near=(117.3, 36.1))[0].to_epsg() == 4548


@pytest.mark.parametrize(("bounds", "swapped"), [
    ((36.0, 120.1, 36.3, 120.5), True),      # latitude first, Qingdao
    ((36.0, 80.1, 36.3, 80.5), True),        # latitude first, Xinjiang: y is no impossible latitude
    ((120.1, 36.0, 120.5, 36.3), False),
    ((9.4, 47.0, 9.6, 47.3), False),         # Liechtenstein
    ((534_000, 3_990_000, 545_000, 3_999_000), False),
    ((float("inf"), 1, 2, 3), False),
])
def test_looks_swapped(bounds, swapped):
    assert crs.looks_swapped(bounds) is swapped
