"""Sites by geo.siting against every set of sites: four models, with capacities and with sites that are fixed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.siting import Effort, Problem, Ways, centre, chosen, solve, ways_of
from tests.proposals.sites_checker import Truth, best_of
from tests.suite import examples

LIMIT = 5.0
CASES = st.tuples(
    st.integers(1, 8),  # sites
    st.integers(1, 9),  # demands
    st.integers(0, 2**31 - 1),
    st.sampled_from(["max_cover", "set_cover", "p_median", "p_center"]),
    st.integers(1, 4),
    st.integers(0, 2),  # fixed
    st.sampled_from([None, 4, 9, 15]),
)


def patience() -> float:
    return 20.0


def ways_within(minutes: np.ndarray, most: float) -> Ways:
    site, demand = np.nonzero(minutes <= most)
    return ways_of(*minutes.shape, site, demand, minutes[site, demand])


def answer(
    truth: Truth, model: str, k: int, fixed: list[int], room: np.ndarray | None, cost: np.ndarray
) -> float | None:
    """Solve it as the analysis does; the claim must be proven."""
    sites, n = truth.minutes.shape
    there = np.isin(np.arange(sites), fixed)
    ways = ways_within(truth.minutes, LIMIT if model in ("max_cover", "set_cover") else 1e6)
    free = Ways(ways.starts, ways.demand, np.zeros(len(ways.demand)), n)
    hard, nothing = np.full(n, np.inf), np.zeros(sites)
    if model == "p_center":
        found = centre(Problem(ways, truth.weight, hard, nothing, k, there, room), Effort(), patience)
        assert (found.proven and found.bound >= found.farthest - 1e-9) or found.best is None
        return None if found.best is None else found.farthest
    asked = {
        "max_cover": Problem(free, truth.weight, np.ones(n), nothing, k, there, room),
        "set_cover": Problem(free, truth.weight, hard, cost, None, there, room),
        "p_median": Problem(ways, truth.weight, hard, nothing, k, there, room),
    }[model]
    found = solve(asked, Effort(), patience)
    assert found.proven
    if found.best is None:
        assert found.bound == np.inf
        return None
    assert found.bound == pytest.approx(found.best.price, abs=1e-5)
    return float(truth.weight.sum() - found.best.price) if model == "max_cover" else found.best.price


@settings(max_examples=examples(60), deadline=None)
@given(CASES)
def test_as_good_as_the_best_of_all_sets(case: tuple[int, int, int, str, int, int, int | None]) -> None:
    sites, n, seed, model, k, fixed, size = case
    random = np.random.default_rng(seed)
    minutes = random.integers(0, 10, (sites, n)).astype(float)
    minutes[random.random((sites, n)) < 0.2] = np.inf
    truth = Truth(minutes, random.integers(0, 5, n).astype(float))
    there = list(range(min(fixed, sites - 1)))
    room = None if size is None else np.where(random.random(sites) < 0.2, np.inf, float(size))
    cost = random.integers(1, 5, sites).astype(float)
    expected = best_of(truth, model, k, LIMIT, there, None if room is None else list(room), list(cost))
    got = answer(truth, model, k, there, room, cost)
    assert (got is None) == (expected is None)
    assert got is None or got == pytest.approx(expected, abs=1e-5)


def test_one_site_alone_serves_a_demand_where_they_stay_whole() -> None:
    """Two sites for 6, three demands of 4: in parts all 12 find a place, whole ones only 8."""
    ways = ways_of(2, 3, np.repeat([0, 1], 3), np.tile([0, 1, 2], 2), np.zeros(6))
    weight, room = np.full(3, 4.0), np.full(2, 6.0)
    asked = [
        Problem(ways, weight, np.ones(3), np.zeros(2), 2, np.zeros(2, dtype=bool), room, whole)
        for whole in (False, True)
    ]
    assert [solve(each, Effort(), patience).best.price for each in asked] == [0, 4]


def test_a_bound_is_never_too_high_when_time_is_up() -> None:
    random = np.random.default_rng(1)
    place, home = random.random((60, 2)), random.random((300, 2))
    minutes = np.hypot(*(place[:, None] - home[None]).transpose(2, 0, 1)) * 20
    ways = ways_within(minutes, 1e6)
    problem = Problem(ways, np.ones(300), np.full(300, np.inf), np.zeros(60), 6, np.zeros(60, dtype=bool))
    early = solve(problem, Effort(nodes=0), lambda: 0.0)
    late = solve(problem, Effort(), patience)
    assert early.best is not None and late.best is not None
    assert early.bound <= late.best.price + 1e-6 and late.best.price <= early.best.price + 1e-6
    assert late.proven


def test_everybody_goes_to_the_nearest_that_is_open() -> None:
    minutes = np.array([[1.0, 5.0, 9.0], [9.0, 5.0, 1.0], [2.0, 2.0, 2.0]])
    problem = Problem(
        ways_within(minutes, 1e6), np.ones(3), np.full(3, np.inf), np.zeros(3), 2, np.zeros(3, dtype=bool)
    )
    found = chosen(problem, np.array([True, True, False]))
    assert (found.price, problem.ways.site[found.way].tolist()) == (7, [0, 0, 1])
