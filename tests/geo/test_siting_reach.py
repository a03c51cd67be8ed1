"""Sites that reach as much as they can, beside every choice of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from geo.siting import Effort, Problem, solve, ways_of
from geo.siting.unlimited import Search


def problem_of(seed: int, sites: int = 12, demands: int = 30, count: int = 3) -> Problem:
    random = np.random.default_rng(seed)
    site, demand = np.nonzero(random.random((sites, demands)) < 0.15)
    ways = ways_of(sites, demands, site, demand, np.zeros(len(site)))
    fixed = np.arange(sites) == 0
    return Problem(ways, random.integers(1, 9, demands).astype(float), np.ones(demands), np.zeros(sites), count, fixed)


def left_out(problem: Problem, sites: tuple[int, ...]) -> float:
    reached = np.isin(problem.ways.site, (0, *sites))
    return float(problem.weight.sum() - problem.weight[np.unique(problem.ways.demand[reached])].sum())


@pytest.mark.parametrize("seed", range(6))
def test_exchanges_keep_as_many_sites_open_and_are_found_again(seed: int) -> None:
    problem = problem_of(seed)
    search = Search(problem)
    opened = np.arange(12) < 4
    better = search.exchanged(opened, 1, 10_000, lambda: 1.0)
    assert better[0] and better.sum() == 4
    assert search.look(better) == left_out(problem, tuple(np.flatnonzero(better)))
    least = min(left_out(problem, each) for each in combinations(range(1, 12), 3))
    assert least <= search.look(better) <= search.look(opened)
    found = solve(problem, Effort(), lambda: 20.0)
    assert found.best is not None and found.proven and found.best.price == least


def test_no_time_exchanges_nothing() -> None:
    search, opened = Search(problem_of(1)), np.arange(12) < 4
    assert (search.exchanged(opened, 1, 10_000, lambda: 0.0) == opened).all()
