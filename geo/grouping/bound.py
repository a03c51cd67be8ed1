"""What no groups can cost less than: prices for places, changed until the best groups around all centres fit.

A Lagrangian bound (Held and Karp's method, with Polyak's steps): every place pays a price to be in a group, each centre
takes the group that is cheapest to it, and what they then cost all together is a bound whatever the prices are. It is
that of the linear relaxation of the partition into groups.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.grouping.problem import Problem

_PATIENCE = 12
_LEAST_STEP = 0.005


@dataclass(frozen=True, eq=False)
class Bound:
    """What groups cost at least, and the prices of the blocks that show it: float64[b]."""

    value: float
    prices: np.ndarray


class Ascent:
    """The search for prices.

    Parameters
    ----------
    problem : Problem
    whole : bool
        Whether no place may be left out: the bound is of such groups alone.
    """

    def __init__(self, problem: Problem, whole: bool) -> None:
        self.problem, self.whole = problem, whole
        allowed = problem.allowed
        self.centre = np.flatnonzero(allowed.any(axis=0))
        self.own = problem.block_of[self.centre]
        rows, at = np.nonzero(allowed[:, self.centre])
        other = rows != self.own[at]
        order = np.lexsort((rows[other], at[other]))
        self.block, where = rows[other][order], at[other][order]
        self.starts = np.searchsorted(where, np.arange(len(self.centre) + 1))
        self.where = where
        self.cost = problem.cost[self.block, self.centre[where]]
        self.own_cost = problem.cost[self.own, self.centre]
        self.extra = self._extra()

    def _extra(self) -> np.ndarray:
        """What a group costs beside by its size, where that is all that it depends on; never too much."""
        problem = self.problem
        sizes = np.arange(problem.high + 1)
        if problem.load is None or not len(problem.load) or (problem.load != problem.load[0]).any():
            return np.zeros(problem.high + 1)
        return problem.uneven * np.abs(problem.load[0] * sizes - problem.target)

    def run(self, known: float, steps: int, stop: Callable[[], bool] | None = None) -> Bound:
        """Raise the bound towards what is known to be possible.

        Parameters
        ----------
        known : float
            What some groups cost.
        steps : int
        stop : function, optional
            Says that time is up.
        """
        problem = self.problem
        highest = np.inf if self.whole else problem.left_out_minutes
        prices = np.minimum(self._first(), highest * problem.size)
        best, best_value, pace, since = prices, -np.inf, 1.5, 0
        for _ in range(steps):
            value, lack = self._at(prices)
            if value > best_value + 1e-6 * max(1.0, abs(value)):
                best, best_value, since = prices, value, 0
            else:
                since += 1
            if since >= _PATIENCE:
                pace, since, prices = pace / 2, 0, best
                value, lack = self._at(prices)
            norm = float((lack**2 * 1.0).sum())
            if norm == 0 or pace < _LEAST_STEP or best_value >= known - 1e-9 or (callable(stop) and stop()):
                break
            step = pace * max(known - value, 1e-3 * max(1.0, abs(known))) / norm
            prices = np.minimum(prices + step * lack, highest * problem.size)
        return Bound(best_value, best)

    def _first(self) -> np.ndarray:
        """Give each block what it has to the second of its centres: a price near to those of good groups."""
        cost = np.where(np.isfinite(self.problem.cost), self.problem.cost, np.inf)
        if cost.shape[1] < 3:
            return np.zeros(self.problem.blocks)
        third = np.partition(cost, 2, axis=1)[:, 2]
        return np.where(np.isfinite(third), third, 0.0)

    def could_save(self, bound: Bound, known: float) -> np.ndarray:
        """Say which centres groups may have that cost less than what is known, all places being in groups: bool[n].

        A centre is out where the bound of the groups that have it is above what is known.
        """
        value_of, on, _ = self._groups(bound.prices)
        worth, most = int(on.sum()), self.problem.counts[1]
        last = float(value_of[on].max(initial=0.0))
        more = np.where(on, 0.0, value_of if worth < most else np.inf)
        more = np.minimum(more, np.where(on, 0.0, value_of - last)) if worth else more
        slack = known - bound.value + 1e-6 * max(1.0, abs(known))
        found = np.zeros(self.problem.n, dtype=bool)
        found[self.centre] = more <= slack
        return found

    def _at(self, prices: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the bound at some prices, and what each block lacks."""
        value_of, on, taken = self._groups(prices)
        lack = np.ones(self.problem.blocks)
        np.subtract.at(lack, self.own[on], 1)
        np.subtract.at(lack, self.block[taken & on[self.where]], 1)
        return float(prices.sum() + value_of[on].sum()), lack

    def _groups(self, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what the best group of each centre costs at some prices, which are taken, and who is in them."""
        from geo.grouping.bound_kernel import best_groups

        problem = self.problem
        taken = np.zeros(len(self.block), dtype=np.bool_)
        value_of = best_groups((self.starts, self.block, self.cost), (self.own, self.own_cost), problem.size, prices,
                               (problem.low, problem.high), self.extra, taken)  # fmt: skip
        order = np.argsort(value_of, kind="stable")
        worth = int((value_of < 0).sum())
        if self.whole:
            fewest, most = problem.counts
            possible = int(np.isfinite(value_of).sum())
            worth = min(max(worth, fewest), most, possible)
        on = np.zeros(len(self.centre), dtype=bool)
        on[order[:worth]] = True
        return value_of, on, taken
