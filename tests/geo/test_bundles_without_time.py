"""Bundles when time is up before the search begins."""

from __future__ import annotations

import numpy as np
import pytest

from geo.bundling import Problem, bundled


def town(seed: int, count: int) -> Problem:
    """Make things spread over a square, each linked to those near it, which are too heavy for all to hold together."""
    random = np.random.default_rng(seed)
    at = random.uniform(0, 30 * np.sqrt(count), (count, 2))
    away = np.hypot(*(at[:, None] - at[None, :]).transpose(2, 0, 1))
    first, second = np.nonzero(np.triu(away < 50, 1))
    weight = random.integers(1, 6, (count, 1)).astype(float)
    length = np.round(away[first, second], 2)
    return Problem(first, second, length, weight, np.zeros(1), np.array([10.0]), 1000.0, 100.0)


def test_without_any_time_little_more_is_left_than_with_plenty() -> None:
    problem = town(1, 200)
    none = bundled(problem, 1, lambda: 0.0, lambda share: None)
    plenty = bundled(problem, 1, lambda: 60.0, lambda share: None)
    assert none.stopped
    assert problem.cost(none.bundle) == pytest.approx(none.cost)
    assert none.bound <= plenty.cost <= none.cost <= 1.2 * plenty.cost
