"""What is near to points: streets within a distance, and so many places that are nearest, found in cells."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network import attachment, nearest_kernel
from geo.network.attachment import edges_near
from geo.network.cells import cells_of
from tests.geo.street_plan import random_network
from tests.suite import examples


@settings(max_examples=examples(200))
@given(st.integers(0, 10_000), st.sampled_from([0.0, 5.0, 40.0, 500.0, np.inf]))
def test_streets_within_a_distance(seed, reach_m):
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    low, high = network.node_xy.min(axis=0), network.node_xy.max(axis=0)
    points = rng.uniform(low - 30, high + 30, (attachment._FEW, 2))
    points[:5] = network.node_xy[:5]
    point, edge = edges_near(network, points, "walk", np.full(len(points), reach_m))
    every = network.tree("walk")[1]
    away = shapely.distance(shapely.points(points)[:, None], network.geometries[every][None, :])
    for row in range(len(points)):
        found, told = edge[point == row], set(edge[point == row].tolist())
        assert len(found) == len(told)
        assert set(every[away[row] <= reach_m].tolist()) <= told
        assert told <= set(every[away[row] <= reach_m * (1 + 2e-9) + 2e-9].tolist())


def nearest_slowly(points, most_m, xy, many):
    pairs, known = [], []
    for point, most in zip(points, most_m, strict=True):
        squared = ((xy - point) ** 2).sum(axis=1)
        first = [place for place in np.lexsort((np.arange(len(xy)), squared)) if np.sqrt(squared[place]) <= most][:many]
        pairs.append(sorted(first))
        known.append(np.sqrt(squared[first[-1]]) if len(first) == many else np.inf)
    return pairs, known


@settings(max_examples=examples(200))
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 9), st.booleans())
def test_the_nearest_places_and_of_those_equally_far_the_first(seed, size, many, apart):
    rng = np.random.default_rng(seed)
    xy = rng.integers(0, 8, (size, 2)).astype(float)  # many equally far from each other
    if apart:
        xy[: size // 3] += 1e5
    points = np.concatenate([rng.integers(-3, 12, (20, 2)), rng.uniform(-900, 900, (5, 2))])
    most = rng.choice([0.0, 1.0, 3.0, 1e3, 1e6], len(points))
    row, place, known = nearest_kernel.nearest_places(points, most, xy, cells_of(np.hstack([xy, xy])), many)
    expected, expected_m = nearest_slowly(points, most, xy, many)
    assert [place[row == each].tolist() for each in range(len(points))] == expected
    np.testing.assert_array_equal(known, expected_m)
