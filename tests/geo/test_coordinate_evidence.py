"""What coordinates mean, by evidence: houses 20 m apart, so that an offset of hundreds of metres meets other houses."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import CRS

from geo.places import offsets
from geo.places.crs import xy_to_lonlat
from geo.places.evidence import DEGREES, Reference, lies_as_claimed, weigh

ZONE = CRS(4549)
EAST, NORTH = (each.ravel() for each in np.meshgrid(np.arange(0, 1000, 20.0), np.arange(0, 1000, 20.0)))
LON, LAT = xy_to_lonlat(540_000 + EAST, 3_990_000 + NORTH, ZONE)
READINGS = ("gcj02", "bd09", "swapped")


def points(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    return shapely.points(np.column_stack([lon, lat]))


HOUSES = Reference(points(LON, LAT), "same")


@pytest.mark.parametrize(
    ("offset", "verdict"),
    [(offsets.wgs84_to_gcj02, "gcj02"), (offsets.wgs84_to_bd09, "bd09"), (lambda lon, lat: (lon, lat), None)],
)
def test_an_offset_tells_even_where_houses_stand_close(offset, verdict):
    jitter = np.random.default_rng(3).normal(0, 1e-5, (2, len(LON)))  # about a metre of another hand's drawing
    shifted = points(*offset(LON + jitter[0], LAT + jitter[1]))
    evidence = weigh(shifted, DEGREES, READINGS, HOUSES, ZONE)
    assert evidence.verdict == verdict
    assert (evidence.fits[0].reading, evidence.count) == (verdict or DEGREES, 2000)
    assert evidence.fits[0].median_m < 3


def test_how_far_and_where_to_an_offset_moves():
    evidence = weigh(points(*offsets.wgs84_to_gcj02(LON, LAT)), DEGREES, READINGS, HOUSES, ZONE)
    metres, degrees = evidence.moved
    lon, lat = offsets.wgs84_to_gcj02(LON[:1], LAT[:1])
    east, north = (lon - LON[:1]) * 111_320 * np.cos(np.radians(LAT[0])), (lat - LAT[:1]) * 110_950
    assert metres == pytest.approx(np.hypot(east, north)[0], rel=0.01)
    assert degrees == pytest.approx(np.degrees(np.arctan2(east, north))[0] % 360, abs=1)
    assert weigh(HOUSES.shapes, DEGREES, READINGS, HOUSES, ZONE).moved is None


def test_other_things_about_are_no_evidence():
    turns = np.linspace(0, 2 * np.pi, 25, endpoint=False)
    around = points(LON[0] + 0.005 * np.cos(turns), LAT[0] + 0.004 * np.sin(turns))
    far = Reference(points(LON[:1] - 0.1, LAT[:1] - 0.1), "among")
    assert weigh(around, DEGREES, READINGS, far, ZONE).verdict is None


def test_nothing_to_compare_gives_no_verdict():
    none = np.array([None], dtype=object)
    assert weigh(none, DEGREES, READINGS, HOUSES, ZONE).count == 0
    assert weigh(HOUSES.shapes, DEGREES, READINGS, Reference(none, "same"), ZONE).verdict is None


def blocks(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    return shapely.box(lon, lat, lon + 1e-4, lat + 1e-4)


@pytest.mark.parametrize(
    ("drawn", "same"),
    [
        (blocks(LON, LAT), True),
        (blocks(LON + 3e-6, LAT), True),  # by another hand
        (blocks(*offsets.wgs84_to_gcj02(LON, LAT)), False),
        (blocks(LON + 5e-5, LAT), False),  # 5 m away, on the same block
        (blocks(LON, LAT)[:3], True),
        (points(LON, LAT), False),  # what are no areas is weighed
        (np.concatenate([blocks(LON, LAT)[:1000], blocks(LON + 1, LAT)[:1000]]), False),  # half of them elsewhere
    ],
)
def test_what_lies_as_claimed_needs_no_weighing(drawn, same):
    there = Reference(blocks(LON, LAT), "same")
    assert lies_as_claimed(drawn, DEGREES, there.shapes, ZONE) is (same and len(drawn) >= 5)
    if same:
        assert weigh(drawn, DEGREES, READINGS, there, ZONE).verdict is None
