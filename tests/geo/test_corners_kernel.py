"""Rings with less detail: what a kernel keeps is what GEOS keeps, and what it cannot be sure of it leaves to GEOS."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
from hypothesis import given, settings

from geo.network import corners
from tests.suite import examples

STEP = st.sampled_from([0.0, 0.1, 0.2, 0.25, 0.3, 1.0, 5.0])
RING = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), STEP, STEP), min_size=3, max_size=9)


def shape_of(ring: list[tuple[int, int, float, float]]) -> shapely.Polygon:
    return shapely.Polygon([(1_000 + 4 * a + x, 2_000 + 4 * b + y) for a, b, x, y in ring])


@settings(max_examples=examples(400))
@given(st.lists(RING, min_size=1, max_size=6))
def test_rings_are_those_of_geos(rings):
    shapes = np.array([shape_of(ring) for ring in rings])
    expected = corners._rings_by_geos(shapes, np.arange(len(shapes)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corners, "_MANY", 1)
        for told, found in zip(expected, corners._rings(shapes), strict=True):
            np.testing.assert_array_equal(found, told)


def test_a_house_turned_either_way_has_its_shape_on_the_left():
    house = np.array([(0, 0), (10, 0), (10, 0.1), (10, 8), (0, 8)], dtype=float)
    yard = shapely.Polygon([(20, 0), (40, 0), (40, 20), (20, 20)], [[(25, 5), (35, 5), (35, 15), (25, 15)]])
    shapes = np.array([shapely.Polygon(house[::-1]), yard, shapely.Polygon(house)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corners, "_MANY", 1)
        xy, ring, of = corners._rings(shapes)
    assert of.tolist() == [0, 1, 1, 2]
    turned = [shapely.is_ccw(shapely.linearrings(xy[ring == each])) for each in range(4)]
    assert turned == [True, True, False, True]
    assert [np.count_nonzero(ring == each) for each in range(4)] == [5, 5, 5, 5]  # the step of 0.1 m is no corner
