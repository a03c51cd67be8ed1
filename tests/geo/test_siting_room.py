"""As many sites as must be open for all to have room count in the bound."""

from __future__ import annotations

import numpy as np
import pytest

from geo.siting import Effort, Problem, solve, ways_of
from geo.siting.limited import fewest_of


def towns(fixed: tuple[bool, ...] = (False,) * 5, outside: float = np.inf, count: int | None = None) -> Problem:
    """Make five sites of 100 each with room for 10, and eleven demands of 2 that any of them serves."""
    site, demand = np.repeat(np.arange(5), 11), np.tile(np.arange(11), 5)
    ways = ways_of(5, 11, site, demand, np.zeros(55))
    return Problem(ways, np.full(11, 2.0), np.full(11, outside), np.full(5, 100.0), count, np.array(fixed),
                   np.full(5, 10.0))  # fmt: skip


@pytest.mark.parametrize(
    ("problem", "fewest"),
    [
        (towns(), 3),
        (towns((True, False, False, False, False)), 2),
        (towns((True, True, True, False, False)), 0),
        (towns(outside=1.0), 0),
    ],
)
def test_so_many_must_be_opened(problem: Problem, fewest: int) -> None:
    assert fewest_of(problem) == fewest


def test_the_bound_has_whole_openings_without_any_exact_model() -> None:
    found = solve(towns(), Effort(nodes=0), lambda: 20.0)
    assert found.best is not None
    assert (found.best.price, found.bound, found.proven) == (300.0, 300.0, True)


def test_too_few_sites_are_proven_to_be_too_few() -> None:
    found = solve(towns(count=2), Effort(), lambda: 20.0)
    assert found.best is None and found.proven
