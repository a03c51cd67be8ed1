"""Sites from which the farthest demand is as near as can be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo.siting.limited import solve_limited
from geo.siting.problem import Chosen, Found, Left, Problem
from geo.siting.unlimited import Effort, solve_unlimited


def solve(problem: Problem, effort: Effort, left: Left) -> Found:
    """Choose sites at the least cost, within their capacities where these can matter.

    Parameters
    ----------
    left : function
        Says how many seconds are left; at least one try is made.
    """
    return solve_limited(problem, effort, left) if problem.limited else solve_unlimited(problem, effort, left)


@dataclass(frozen=True, eq=False)
class Centre:
    """The answer to where sites should be so that nobody is far.

    Attributes
    ----------
    best : Chosen or None
        None where no sites were found that serve everybody.
    farthest, bound : float
        The cost of the farthest way that is needed, infinite for none; and what nothing can be nearer than, infinite
        where there is proof that nothing serves everybody.
    proven : bool
    stopped : bool
    """

    best: Chosen | None
    farthest: float
    bound: float
    proven: bool
    stopped: bool


def centre(problem: Problem, effort: Effort, left: Left) -> Centre:
    """Choose at most `count` sites so that the costliest way of any demand is as cheap as can be.

    Every demand with a weight must be served; costs of opening do not matter.
    """
    ways = problem.ways
    counts = problem.weight > 0
    steps = np.unique(np.round(ways.cost[counts[ways.demand]], 9))
    if not counts.any() or not len(steps):
        nothing = Chosen(np.flatnonzero(problem.fixed), *(np.empty(0, int), np.empty(0)), np.zeros(ways.demands), 0.0)
        return Centre(None, np.inf, np.inf, True, False) if counts.any() else Centre(nothing, 0.0, 0.0, True, False)
    least = np.full(ways.demands, np.inf)
    np.minimum.at(least, ways.demand, ways.cost)
    low = int(np.searchsorted(steps, least[counts].max() - 1e-9))  # at least so far
    high, best, unknown, stopped = len(steps), None, low, False
    if low == len(steps):
        return Centre(None, np.inf, np.inf, True, False)
    tests = max(1, int(np.ceil(np.log2(len(steps) - low + 1))) + 1)
    at = len(steps) - 1  # whether it can be done at all comes first
    while unknown < high:
        mine = left() / max(1, tests)
        tests -= 1
        begin = left()
        answer = _within(problem, float(steps[at]), effort, lambda: min(left(), mine - (begin - left())))  # noqa: B023
        if answer.best is not None:
            high, best = at, answer.best
        elif answer.proven:
            low = max(low, at + 1)
            unknown = max(unknown, low)
        else:
            unknown, stopped = at + 1, True
        if best is None and at == len(steps) - 1:
            break
        at = (unknown + high) // 2
        if best is not None and left() <= 0 and unknown < high:
            stopped = True
            break
    bound = float(steps[low]) if low < len(steps) else np.inf
    if best is None:
        return Centre(None, np.inf, bound, bound == np.inf, stopped)
    return Centre(best, float(steps[high]), min(bound, float(steps[high])), low >= high, stopped and low < high)


def _within(problem: Problem, most: float, effort: Effort, left: Left) -> Found:
    """Say whether so many sites can serve everybody over ways that cost no more than `most`."""
    kept = problem.ways.within(most)
    ways = type(kept)(kept.starts, kept.demand, np.zeros(len(kept.demand)), kept.demands)
    ones = np.where(problem.fixed, 0.0, 1.0)
    hard = np.full(ways.demands, np.inf)
    asked = replace(problem, ways=ways, outside=hard, opening=ones, count=None)
    found = solve(asked, replace(effort, target=float(problem.most)), left)
    if found.best is not None and found.best.price <= problem.most + 1e-6:
        return found
    refuted = found.bound > problem.most + 1e-6
    return Found(None, np.inf if refuted else found.bound, refuted, found.stopped)
