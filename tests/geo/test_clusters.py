"""Which points lie together."""

from __future__ import annotations

import numpy as np

from geo.shapes.clustering import clusters


def test_a_chain_is_one_group_and_numbers_follow_first_points():
    #   0 . . 10 . . 20      and far away 500, 505
    points = np.array([[500, 0], [0, 0], [10, 0], [505, 0], [20, 0]], float)
    assert clusters(points, 10).tolist() == [0, 1, 1, 0, 1]
    assert clusters(points, 9.99).tolist() == [0, 1, 2, 0, 3]


def test_nothing_and_one():
    assert clusters(np.empty((0, 2)), 10).tolist() == []
    assert clusters(np.array([[1.0, 2.0]]), 10).tolist() == [0]
