"""Areas read off a raster, with few points and still sound."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.shapes import area_below
from tests.suite import examples

ORIGIN = np.array([1000.0, 2000.0])


@pytest.fixture(autouse=True)
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every contour has very many rings here."""
    monkeypatch.setattr("geo.shapes.contour.FEW_RINGS", 0)


def cone(rows, columns, at, radius):
    """Return how far outside a circle each cell lies, cells of 1."""
    row, column = np.mgrid[:rows, :columns]
    return np.hypot(row - at[1], column - at[0]) - radius


def clear_of_level(raster, margin=1e-3):
    return np.where(np.abs(raster) < margin, margin, raster)


def test_a_circle_keeps_its_place_and_loses_most_of_its_points():
    raster = clear_of_level(cone(60, 80, (40.2, 30.1), 20.0))
    whole = area_below(raster, 0.0, ORIGIN, 5.0)
    few = area_below(raster, 0.0, ORIGIN, 5.0, tolerance=1.0)
    middle = shapely.Point(1000 + 40.2 * 5, 2000 + 30.1 * 5)
    assert shapely.hausdorff_distance(whole, middle.buffer(100, quad_segs=64)) < 1.0
    assert shapely.hausdorff_distance(few, whole) < 1.01
    assert len(shapely.get_coordinates(few)) < len(shapely.get_coordinates(whole)) / 4


def test_a_straight_side_needs_its_ends_alone():
    raster = np.full((9, 30), 1.0)
    raster[3:6, 2:28] = -1.0
    (part,) = area_below(raster, 0.0, np.zeros(2), 1.0, tolerance=0.5).geoms
    assert len(part.exterior.coords) - 1 <= 8
    assert shapely.hausdorff_distance(part, shapely.box(1.5, 2.5, 27.5, 5.5)) <= 0.75


def test_few_rings_are_thinned_as_geos_does(monkeypatch):
    raster = clear_of_level(cone(60, 80, (40.2, 30.1), 20.0))
    whole, many = (area_below(raster, 0.0, ORIGIN, 5.0, stray) for stray in (0.0, 3.0))
    monkeypatch.setattr("geo.shapes.contour.FEW_RINGS", 1_000)
    few = area_below(raster, 0.0, ORIGIN, 5.0, 3.0)
    assert few.equals_exact(shapely.simplify(whole, 3.0)) and not few.equals_exact(many)


def test_nothing_below_and_holes():
    assert area_below(np.full((5, 5), 1.0), 0.0, ORIGIN, 1.0, 0.5).is_empty
    ring = np.full((20, 20), 1.0)
    ring[4:16, 4:16] = -1.0
    ring[8:12, 8:12] = 1.0
    (part,) = area_below(ring, 0.0, ORIGIN, 1.0, 0.5).geoms
    assert len(part.interiors) == 1


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32), st.sampled_from([0.1, 0.5, 1.0]), st.sampled_from([1, 2, 3]))
def test_any_raster_gives_a_sound_area_within_the_tolerance(seed, tolerance, smooth):
    """Rough rasters are full of saddles, and of rings that nearly meet."""
    rng = np.random.default_rng(seed)
    raster = np.full((24, 31), 1.0)
    raster[2:-2, 2:-2] = rng.normal(size=(20, 27))
    for _ in range(smooth):
        raster[1:-1, 1:-1] = (raster[:-2, 1:-1] + raster[2:, 1:-1] + raster[1:-1, :-2] + raster[1:-1, 2:]) / 4
    raster = clear_of_level(raster)
    whole, few = (area_below(raster, 0.0, np.zeros(2), 1.0, stray) for stray in (0.0, tolerance))
    assert few.is_valid
    assert [len(part.interiors) for part in few.geoms] == [len(part.interiors) for part in whole.geoms]
    if not whole.is_empty:
        assert shapely.hausdorff_distance(few.boundary, whole.boundary) <= 1.5
        centres = shapely.points(*np.meshgrid(np.arange(31.0), np.arange(24.0)))
        assert np.array_equal(shapely.contains(few, centres), raster < 0)
