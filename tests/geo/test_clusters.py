"""Which points lie together."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.shapes.clustering import _many, clusters
from tests.suite import examples


def test_a_chain_is_one_group_and_numbers_follow_first_points():
    #   0 . . 10 . . 20      and far away 500, 505
    points = np.array([[500, 0], [0, 0], [10, 0], [505, 0], [20, 0]], float)
    assert clusters(points, 10).tolist() == [0, 1, 1, 0, 1]
    assert clusters(points, 9.99).tolist() == [0, 1, 2, 0, 3]


def test_nothing_and_one():
    assert clusters(np.empty((0, 2)), 10).tolist() == []
    assert clusters(np.array([[1.0, 2.0]]), 10).tolist() == [0]


@settings(max_examples=examples(60))
@given(st.integers(0, 2**32), st.sampled_from([40.0, 300.0, 2000.0]), st.booleans())
def test_many_points_are_grouped_as_few_are(seed, width, on_a_lattice):
    """The grid of cells says what the list of all pairs says, also where points are just as far apart."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, width, (rng.integers(1, 200), 2))
    if on_a_lattice:
        points = np.round(points / 10) * 10
    few, many = clusters(points, 50.0), _many(points, 50.0)
    assert len(np.unique(few)) == len(np.unique(many)) == len(np.unique(few * 1000 + many))
