"""Places beside corners: which are free is the same, whether a kernel or GEOS says so."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
from hypothesis import given

from geo.network import corners

SHIFT = st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.5, 3.0])
HOUSES = st.lists(st.tuples(SHIFT, SHIFT, st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=10)


@given(HOUSES)
def test_a_kernel_leaves_the_corners_that_geos_leaves(houses):
    shapes = np.array([shapely.box(4 * a + x, 4 * b + y, 4 * a + x + 3, 4 * b + y + 2) for x, y, a, b in houses])
    pieces = shapely.STRtree(shapes), np.arange(len(shapes))
    asked = corners.corners(shapes, pieces, 500, 0.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corners, "_MANY", 1)
        np.testing.assert_array_equal(corners.corners(shapes, pieces, 500, 0.5), asked)


def test_a_corner_against_another_house_is_no_place_to_bend():
    pair = np.array([shapely.box(0, 0, 4, 4), shapely.box(4.4, 0, 8, 4)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corners, "_MANY", 1)
        free = corners.corners(pair, (shapely.STRtree(pair), np.arange(2)), 500, 0.5)
    assert (np.abs(free[:, 0] - 4.2) > 1).all() and len(free) == 4
