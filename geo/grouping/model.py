"""The exact model of groups, for HiGHS: which block belongs to which centre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo import engines
from geo.grouping.problem import Problem

_WHOLE = 1e-6
"""By how much what is whole may be off."""


@dataclass(frozen=True, eq=False)
class Proof:
    """What the exact model says.

    Attributes
    ----------
    centre_of : int64[n] or None
        The centre of each place, -1 for none; None where nothing was found.
    bound : float
        What none undercuts; inf where there are none.
    stopped : bool
        Whether it was cut short.
    """

    centre_of: np.ndarray | None
    bound: float
    stopped: bool


@dataclass(frozen=True)
class Effort:
    """How hard to try: seconds and nodes of the search tree at most, and a seed."""

    seconds: float
    nodes: int
    seed: int


class Model:
    """Columns and rows of the model.

    x[b, c] says that block b belongs to centre c, z[b] that it belongs to none; c has a group where its own block
    belongs to it. Once it is said which groups there are, and where blocks of several places and those that are to be
    apart belong, single places are shared out as by a transport, which is whole by itself: only those columns have to
    be whole, and all of them where groups are to be even.

    Parameters
    ----------
    problem : Problem
    keep : bool[b, n], optional
        Of those that are allowed, which to look at.
    whole : bool
        Ask only whether all can be in groups, at whatever price.
    every : bool
        Have all columns whole, also those that would be by themselves.
    """

    def __init__(
        self, problem: Problem, keep: np.ndarray | None = None, whole: bool = False, every: bool = False
    ) -> None:
        self.problem, self.model, self.asked = problem, engines.Model(), whole
        allowed = problem.allowed if keep is None else problem.allowed & keep
        allowed = allowed & allowed[problem.block_of, np.arange(problem.n)][None, :]
        self.block, self.centre = np.nonzero(allowed)
        price = 0.0 if whole else 1.0
        self.x = np.full(allowed.shape, -1)
        even = problem.load is not None and problem.uneven > 0 and problem.blocks
        hard = np.full(problem.blocks, every or bool(even)) | (problem.size > 1)
        hard[problem.apart_blocks.ravel()] = True
        hard_x = hard[self.block] | (self.block == problem.block_of[self.centre])
        prices = price * problem.cost[self.block, self.centre]
        self.x[self.block, self.centre] = self.model.add(prices, 1.0, whole=hard_x)
        left_out = price * problem.left_out_minutes * problem.size
        self.z = self.model.add(left_out, 0.0 if whole else 1.0, whole=hard)
        self.open = np.flatnonzero(allowed.any(axis=0))
        self.own = self.x[problem.block_of[self.open], self.open]
        self.d = self.model.add(np.full(len(self.open) if even else 0, price * problem.uneven))
        self._each_once()
        self._sizes()
        self._apart()
        if len(self.d):
            self._even()

    def _each_once(self) -> None:
        blocks, k = self.problem.blocks, len(self.block)
        row = np.concatenate([self.block, np.arange(blocks)])
        column = np.concatenate([np.arange(k), self.z])
        self.model.require(blocks, [(row, column, 1.0)], 1.0, 1.0)

    def _sizes(self) -> None:
        """A group has no less and no more than it may, and nobody belongs to a centre without a group."""
        problem, m, inf = self.problem, len(self.open), np.inf
        number = np.full(problem.n, -1)
        number[self.open] = np.arange(m)
        row, column = number[self.centre], np.arange(len(self.block))
        size = problem.size[self.block].astype(float)
        own = self.own[row] == column
        for bound, low, high in ((problem.low, 0.0, inf), (problem.high, -inf, 0.0)):
            self.model.require(m, [(row, column, np.where(own, size - bound, size))], low, high)
        other = np.flatnonzero(~own)
        each = np.arange(len(other))
        self.model.require(len(other), [(each, other, 1.0), (each, self.own[row[other]], -1.0)], high=0.0)

    def _apart(self) -> None:
        for one, other in self.problem.apart_blocks.tolist():
            both = np.flatnonzero((self.x[one, self.open] >= 0) & (self.x[other, self.open] >= 0))
            each = np.arange(len(both))
            pair = [(each, self.x[block, self.open[both]], 1.0) for block in (one, other)]
            self.model.require(len(both), pair, high=1.0)

    def _even(self) -> None:
        problem, m = self.problem, len(self.open)
        assert problem.load is not None
        load = np.bincount(problem.block_of, problem.load, minlength=problem.blocks)
        number = np.full(problem.n, -1)
        number[self.open] = np.arange(m)
        row, column = number[self.centre], np.arange(len(self.block))
        value = load[self.block] - np.where(self.own[row] == column, problem.target, 0.0)
        each = np.arange(m)
        for sign in (1.0, -1.0):
            self.model.require(m, [(row, column, sign * value), (each, self.d, -1.0)], high=0.0)

    def run(self, known: np.ndarray | None, effort: Effort, gap: float = 0.0) -> Proof:
        """Solve it, beginning with what is known; groups so near to the bound, as a share of it, are good enough.

        Raises
        ------
        RuntimeError
            HiGHS did not take the model.
        """
        answer = self.model.run(effort.seconds, effort.seed, self._values(known), effort.nodes, gap)
        if answer.values is None:
            return Proof(None, answer.bound, answer.stopped)
        x = answer.values[: len(self.block)]
        if (np.abs(x - np.rint(x)) > _WHOLE).any():  # as good, but not at a corner
            keep = np.zeros(self.x.shape, dtype=bool)
            keep[:, self.open[x[self.own] > 0.5]] = True
            again = Model(self.problem, keep & (self.x >= 0), self.asked, every=True)
            found = again.run(None, Effort(max(effort.seconds, 1.0), effort.nodes, effort.seed)).centre_of
            return Proof(found, answer.bound, answer.stopped)
        on = np.flatnonzero(x > 0.5)
        centre = np.full(self.problem.blocks, -1)
        centre[self.block[on]] = self.centre[on]
        return Proof(centre[self.problem.block_of], answer.bound, answer.stopped)

    def used(self, effort: Effort) -> np.ndarray | None:
        """Say which centres the relaxation uses, that may have groups in part: bool[n]; None where time was up.

        Raises
        ------
        RuntimeError
            HiGHS did not take the model.
        """
        relaxed = self.model.relaxed(effort.seconds, effort.seed)
        if relaxed.values is None or relaxed.stopped:
            return None
        found = np.zeros(self.problem.n, dtype=bool)
        found[self.open] = relaxed.values[self.own] > _WHOLE
        return found

    def _values(self, centre_of: np.ndarray | None) -> np.ndarray | None:
        """Give the whole numbers of groups, from which the solver works out the rest; None where it knows none."""
        problem = self.problem
        if centre_of is None:
            return None
        first = np.zeros(problem.blocks, np.int64)
        first[problem.block_of[::-1]] = np.arange(problem.n)[::-1]
        centre = centre_of[first]
        values = np.zeros(len(self.block) + problem.blocks)
        on = np.flatnonzero(centre >= 0)
        at = self.x[on, centre[on]]
        if (at < 0).any():
            return None
        values[at] = 1.0
        values[self.z[centre < 0]] = 1.0
        return values
