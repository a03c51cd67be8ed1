"""Groups of places around centres, beside brute force: the same status, price and smallest relaxation."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.grouping import Problem, feasible, more_minutes, needed_minutes, other_sizes, solve, solving
from tests.suite import examples

LONG = 10_000.0


def price_of_group(problem: Problem, members: tuple[int, ...]) -> float:
    """What a group costs with the best of its members as its centre; inf where none may be."""
    best = np.inf
    for centre in members:
        ways = [problem.minutes[each, centre] for each in members]
        if not problem.centres[centre] or max(ways) > problem.limit + 1e-9:
            continue
        if problem.fixed and any(problem.centres[each] for each in members if each != centre):
            continue
        best = min(best, sum(ways))
    kinds = set() if problem.kind is None else {int(problem.kind[each]) for each in members}
    apart = any(one in members and other in members for one, other in problem.apart.tolist())
    return np.inf if len(kinds) > 1 or apart else best


def brute(problem: Problem) -> tuple[int, float]:
    """How few places must be left out, and the least minutes then: every partition of every subset."""
    n = problem.n
    block = problem.block_of

    @cache
    def best(left: frozenset[int]) -> tuple[int, float]:
        if not left:
            return 0, 0.0
        first = min(left)
        with_it = frozenset(each for each in left if block[each] == block[first])
        out, minutes = best(left - with_it)
        found = (out + len(with_it), minutes)
        rest = sorted(left - with_it)
        for mask in range(1 << len(rest)):
            more = frozenset(rest[at] for at in range(len(rest)) if mask >> at & 1)
            members = with_it | more
            if not problem.low <= len(members) <= problem.high:
                continue
            if any((block[each] == block[other]) and other not in members for each in more for other in range(n)):
                continue
            cost = price_of_group(problem, tuple(sorted(members)))
            if np.isfinite(cost):
                out, minutes = best(left - members)
                found = min(found, (out, minutes + cost))
        return found

    return best(frozenset(range(n)))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    n = draw(st.integers(1, 7))
    each = st.one_of(st.integers(1, 12).map(float), st.just(np.inf))
    minutes = np.array(draw(st.lists(st.lists(each, min_size=n, max_size=n), min_size=n, max_size=n)), float)
    np.fill_diagonal(minutes, 0.0)
    low = draw(st.integers(1, 4))
    centres = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    fixed = draw(st.booleans()) and bool(centres.any())
    block = np.unique(draw(st.lists(st.integers(0, n), min_size=n, max_size=n)), return_inverse=True)[1]
    block = block if draw(st.booleans()) and not fixed else np.arange(n)
    pairs = [(one, other) for one in range(n) for other in range(one) if block[one] != block[other]]
    apart = draw(st.lists(st.sampled_from(pairs), max_size=2)) if pairs else []
    kind = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))) if draw(st.booleans()) else None
    return Problem(
        minutes, centres if fixed else np.ones(n, dtype=bool), low, draw(st.integers(low, 5)),
        float(draw(st.integers(1, 12))), fixed, block, np.array(apart, np.int64).reshape(-1, 2), kind,
    )  # fmt: skip


@settings(max_examples=examples(150, 12), deadline=None)
@given(problems())
def test_the_same_as_brute_force(problem: Problem) -> None:
    out, minutes = brute(problem)
    found = solve(problem, 60, 1)
    assert problem.faults(found.centre_of) == []
    assert (found.left_out, found.whole, found.stopped) == (out, out == 0, False)
    assert found.price == pytest.approx(minutes + out * problem.left_out_minutes)
    assert found.optimal and found.bound <= found.price + 1e-9
    assert feasible(problem, 60, 1) == (out == 0)


@settings(max_examples=examples(60), deadline=None)
@given(problems())
def test_the_same_smallest_relaxations_as_brute_force(problem: Problem) -> None:
    if brute(problem)[0] == 0:
        return
    limits = sorted(set(problem.minutes[np.isfinite(problem.minutes)].tolist()))
    least = next((each for each in limits if each > problem.limit and not brute(replace(problem, limit=each))[0]), None)
    found = more_minutes(problem, 60, 1)
    assert (found.limit, found.proven) == (least, True)
    steps = [(low, high) for low in range(1, problem.low + 1) for high in range(problem.high, problem.n + 5)]
    moved = [(problem.low - low + high - problem.high, problem.low - low, low, high) for low, high in steps]
    nearest = next(((low, high) for by, _, low, high in sorted(moved)
                    if by and not brute(replace(problem, low=low, high=high))[0]), (None, None))  # fmt: skip
    sizes = other_sizes(problem, 60, 1)
    assert (sizes.low, sizes.high, sizes.proven) == (*nearest, True)


def line(n: int, step: float = 3.0) -> np.ndarray:
    """Places along a road, so many minutes apart."""
    return step * np.abs(np.arange(n)[:, None] - np.arange(n)[None, :])


def test_two_groups_of_seven_along_a_road() -> None:
    """Around the fourth and the eleventh: 3 + 6 + 9 minutes on either side of both."""
    found = solve(Problem(line(14), np.ones(14, dtype=bool), 6, 8, 15.0), 20, 1)
    assert (found.optimal, found.price, found.whole) == (True, 72.0, True)
    assert sorted(set(found.centre_of.tolist())) == [3, 10]


def test_one_far_place_needs_its_own_minutes() -> None:
    minutes = line(12, 1.0)
    minutes[11, :11] += 16.0
    minutes[:11, 11] += 16.0
    problem = Problem(minutes, np.ones(12, dtype=bool), 6, 8, 15.0)
    assert needed_minutes(problem)[11] == 17.0
    found = more_minutes(problem, 20, 1)
    assert found.proven and found.limit == 17.0  # around its neighbour, who has the next four within five minutes
    assert solve(replace(problem, limit=found.limit), 20, 1).whole


@pytest.mark.deep  # ten seconds of it are waited for
def test_no_time_gives_a_bound_that_is_true() -> None:
    rng = np.random.default_rng(3)
    xy = rng.uniform(0, 30, (90, 2))
    minutes = np.hypot(*(xy[:, None] - xy[None, :]).transpose(2, 0, 1))
    problem = Problem(minutes, np.ones(90, dtype=bool), 6, 8, 15.0)
    short, long = solve(problem, 0.01, 1), solve(problem, 6, 1)
    assert problem.faults(short.centre_of) == problem.faults(long.centre_of) == []
    assert long.whole and long.bound <= long.price and short.price >= long.bound
    assert short.bound <= long.price + 1e-6


def test_even_sizes_cost_minutes() -> None:
    """Of 13 along a road, 6 and 7 are shortest; with every place off seven as dear as an hour nothing changes."""
    plain = Problem(line(13), np.ones(13, dtype=bool), 6, 8, 15.0)
    even = replace(plain, load=np.ones(13), target=6.5, uneven=60.0)
    one, other = solve(plain, 20, 1), solve(even, 20, 1)
    assert one.optimal and other.optimal
    assert other.price == one.price + 2 * 0.5 * 60


@settings(max_examples=examples(60), deadline=None)
@given(problems())
def test_what_larger_problems_are_put_through_is_as_good(problem: Problem) -> None:
    """Other centres, wide neighbourhoods, and the model of those centres that could save something."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solving, "MOST_EXACT", 0)
        found = solve(problem, 60, 1)
    out, minutes = brute(problem)
    assert problem.faults(found.centre_of) == []
    assert found.price == pytest.approx(minutes + out * problem.left_out_minutes)
    assert found.optimal and found.bound <= found.price + 1e-9


@pytest.mark.parametrize("together", [False, True])
def test_when_time_is_up_at_once_nobody_is_left_out_whom_a_neighbourhood_has_room_for(together: bool) -> None:
    """A hundred villages a minute apart, in a square; the clock has gone on by an hour whenever it is looked at."""
    x, y = np.divmod(np.arange(100), 10)
    minutes = np.hypot(x[:, None] - x[None], y[:, None] - y[None])
    block = np.arange(100) if not together else np.concatenate([[0], np.arange(99)])
    problem = Problem(np.where(minutes <= 3, minutes, np.inf), np.ones(100, dtype=bool), 6, 8, 3.0, block=block)
    hours = iter(range(0, 10**9, 3600))
    found = solve(problem, 10.0, 1, clock=lambda: float(next(hours)))
    assert (found.left_out, found.whole, problem.faults(found.centre_of)) == (0, True, [])
