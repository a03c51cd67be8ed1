"""Sites with capacities for demands that stay whole, beside the truth: all sets of sites, all ways to share out."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.siting import Effort, Problem, limited, solve, ways_of
from geo.siting.limited_kernels import forced
from tests.suite import examples


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    sites, demands = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    weight = np.array(draw(st.lists(st.integers(1, 6), min_size=demands, max_size=demands)), float)
    price = draw(st.lists(st.integers(0, 12), min_size=sites * demands, max_size=sites * demands))
    site, demand = np.repeat(np.arange(sites), demands), np.tile(np.arange(demands), sites)
    ways = ways_of(sites, demands, site, demand, np.array(price, float) / weight[demand])
    opening = np.array(draw(st.lists(st.integers(0, 9), min_size=sites, max_size=sites)), float)
    room = np.array(draw(st.lists(st.integers(1, 12), min_size=sites, max_size=sites)), float)
    fixed = np.array(draw(st.lists(st.booleans(), min_size=sites, max_size=sites)))
    outside = np.full(demands, draw(st.sampled_from([np.inf, 2.0])))
    return Problem(ways, weight, outside, opening, draw(st.integers(1, 3)), fixed, room, True)


def least(problem: Problem) -> float:
    """Return what it costs to serve all in the best way; infinite where that is not possible."""
    ways, n, best = problem.ways, problem.ways.demands, np.inf
    price = np.full((ways.sites + 1, n), np.inf)
    price[ways.site, ways.demand] = problem.price
    price[-1] = problem.leaving
    free = np.flatnonzero(~problem.fixed)
    for count in range(problem.most + 1):
        for chosen in combinations(free.tolist(), count):
            there = [*np.flatnonzero(problem.fixed).tolist(), *chosen, ways.sites]
            for share in product(there, repeat=n):
                held = np.bincount(share, weights=problem.weight, minlength=ways.sites + 1)[:-1]
                if (held <= problem.capacity).all():
                    cost = problem.opening[list(chosen)].sum() + price[list(share), np.arange(n)].sum()
                    best = min(best, float(cost))
    return best


@settings(max_examples=examples(80), deadline=None)
@given(problems())
def test_as_cheap_as_the_best_of_all_ways_to_share_out(problem: Problem) -> None:
    found = solve(problem, Effort(), lambda: 20.0)
    truth = least(problem)
    assert found.proven and (found.best is None) == np.isinf(truth)
    if found.best is not None:
        assert found.best.price == pytest.approx(truth) and found.bound <= truth + 1e-6


@settings(max_examples=examples(80), deadline=None)
@given(problems(), st.integers(0, 2**31 - 1))
def test_no_better_choice_has_a_way_that_is_left_out(problem: Problem, seed: int) -> None:
    """From any answer and any prices on: what is left out of the model costs as much as what is known, or more."""
    truth = least(problem)
    if not problem.limited or np.isinf(truth):
        return
    search = limited.search_of(problem)
    worth = np.random.default_rng(seed).uniform(0, 20, problem.ways.demands)
    worth = np.minimum(worth, search.ends[1])
    more = limited._dearer(problem, search, worth, True)
    best = solve(problem, Effort(), lambda: 20.0).best
    assert best is not None and best.price == pytest.approx(truth)
    assert (more[best.way] <= truth + 1e-6).all()  # a bound on what has a way is none above what has it


@settings(max_examples=examples(80), deadline=None)
@given(problems(), st.integers(0, 2**31 - 1))
def test_what_a_site_costs_that_must_hold_a_demand(problem: Problem, seed: int) -> None:
    """The cheapest set that a site has room for, with each of its demands in turn, less the cheapest of all."""
    ways, worth = problem.ways, np.random.default_rng(seed).uniform(0, 15, problem.ways.demands)
    by_site, sizes = (ways.starts, ways.demand, problem.price), (problem.weight, problem.capacity)
    extra = np.empty(len(ways.demand))
    forced(by_site, sizes, worth, extra)
    for site in range(ways.sites):
        rows = np.arange(ways.starts[site], ways.starts[site + 1])
        value, weight = problem.price[rows] - worth[ways.demand[rows]], problem.weight[ways.demand[rows]]
        sets = [np.array(each, dtype=bool) for each in product([False, True], repeat=len(rows))]
        fit = [each for each in sets if weight[each].sum() <= problem.capacity[site]]
        cheapest = min(value[each].sum() for each in fit)
        for at in range(len(rows)):
            mine = min((value[each].sum() for each in fit if each[at]), default=np.inf)
            assert extra[rows[at]] == pytest.approx(mine - cheapest)


def test_sites_that_are_nearly_full_are_not_left_where_exchanges_gain_nothing() -> None:
    random = np.random.default_rng(3)
    points, sites, room = 100, 10, 120.0
    at, weight = random.integers(0, 101, (points, 2)), random.integers(1, 21, points)
    weight = np.maximum(1, np.round(weight * 0.95 * sites * room / weight.sum())).astype(float)
    away = np.floor(np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)))
    demand = np.tile(np.arange(points), points)
    ways = ways_of(points, points, np.repeat(np.arange(points), points), demand, away.ravel() / weight[demand])
    problem = Problem(ways, weight, np.full(points, np.inf), np.zeros(points), sites, np.zeros(points, dtype=bool),
                      np.full(points, room), True)  # fmt: skip
    found = solve(problem, Effort(nodes=0), lambda: 60.0)
    assert found.best is not None and found.best.price < 1115  # 1122 where nothing but gains were taken
