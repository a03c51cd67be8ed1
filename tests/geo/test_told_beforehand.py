"""A solver that is told of a solution gives the best one that it knows of, not the one that it was told."""

from __future__ import annotations

import numpy as np
import pytest

from geo.engines import Model


def covers(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Make costs of sets, and which things each holds: bool[things, sets]."""
    random = np.random.default_rng(seed)
    things, sets = int(random.integers(20, 60)), int(random.integers(40, 160))
    holds = random.random((things, sets)) < random.uniform(0.04, 0.15)
    for each in range(things):
        holds[each, random.integers(sets)] = True
    return np.sort(random.integers(1, 12, sets)).astype(float), holds


def greedily(cost: np.ndarray, holds: np.ndarray) -> np.ndarray:
    """Choose the set that holds most for what it costs, until everything is held."""
    chosen, left = np.zeros(len(cost)), np.ones(len(holds), dtype=bool)
    while left.any():
        at = int(np.argmax(holds[left].sum(axis=0) / cost))
        chosen[at] = 1.0
        left &= ~holds[:, at]
    return chosen


@pytest.mark.parametrize("seed", range(28, 80, 3))
def test_what_is_given_back_costs_what_is_said(seed: int) -> None:
    cost, holds = covers(seed)
    model = Model()
    columns = model.add(cost, 1.0, whole=True)
    thing, held_by = np.nonzero(holds)
    model.require(len(holds), [(thing, columns[held_by], 1.0)], 1.0)
    alone, told = model.run(20.0), model.run(20.0, known=greedily(cost, holds))
    assert alone.values is not None and told.values is not None
    assert (holds @ np.round(told.values) >= 1).all()
    assert cost @ told.values == pytest.approx(told.bound) == pytest.approx(cost @ alone.values)
