"""Very many places of a city are brought into metres at once: no picture shows the difference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from geo.places import nearly, xy_from_lonlat
from tests.suite import examples

ZONE = CRS("EPSG:4549")  # its middle lies at 120 degrees


def projected(lonlat: np.ndarray, crs: CRS) -> np.ndarray:
    return np.column_stack(xy_from_lonlat(lonlat[:, 0], lonlat[:, 1], crs))


def city(west: float, south: float, width: float, seed: int) -> np.ndarray:
    return np.array([west, south]) + np.random.default_rng(seed).random((120_000, 2)) * [width, width / 2]


@settings(max_examples=examples(30))
@given(st.floats(116, 123), st.floats(-60, 78), st.sampled_from([1e-7, 0.03, 0.4]), st.integers(0, 99))
def test_no_place_of_a_city_strays(west, south, width, seed):
    lonlat = city(west, south, width, seed)
    lonlat = np.concatenate([lonlat, lonlat[:1], [lonlat.min(axis=0), lonlat.max(axis=0)]])
    found = nearly.xy_nearly(lonlat, ZONE)
    assert np.abs(found - projected(lonlat, ZONE)).max() <= nearly.STRAY_M


def test_a_city_is_laid_between_the_corners_of_a_grid_and_few_places_are_not(monkeypatch):
    lonlat = city(120.2, 36.0, 0.2, 1)
    asked: list[int] = []

    def seen(lonlat: np.ndarray, crs: CRS) -> np.ndarray:
        asked.append(len(lonlat))
        return projected(lonlat, crs)

    monkeypatch.setattr(nearly, "_projected", seen)
    nearly.xy_nearly(lonlat, ZONE)
    assert sum(asked) < len(lonlat) / 8
    asked.clear()
    np.testing.assert_array_equal(nearly.xy_nearly(lonlat[:500], ZONE), projected(lonlat[:500], ZONE))
    assert asked == [500]


@pytest.mark.parametrize("odd", [np.nan, np.inf, 179.0])
def test_where_a_grid_is_of_no_use_each_place_is_asked_for(odd):
    lonlat = city(120.2, 36.0, 0.2, 2)
    lonlat[7, 0] = odd  # no city lies there
    np.testing.assert_array_equal(nearly.xy_nearly(lonlat, ZONE), projected(lonlat, ZONE))


def test_where_the_projection_bends_too_much_each_place_is_asked_for(monkeypatch):
    monkeypatch.setattr(nearly, "STRAY_M", 1e-9)
    lonlat = city(121.5, 36.0, 0.2, 3)
    np.testing.assert_array_equal(nearly.xy_nearly(lonlat, ZONE), projected(lonlat, ZONE))
