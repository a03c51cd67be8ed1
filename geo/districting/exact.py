"""The exact model of a districting, for HiGHS: labels, cut borders, and a flow that makes every district connected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.districting.problem import District, Problem
from geo.engines import prepared, solved

if TYPE_CHECKING:
    import highspy

_MOST_LABELS = 700  # units times districts; larger models prove nothing in minutes
_FEW = 60  # units up to which it pays to say which is the root
_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Proof:
    """What the exact model says: a districting if it has one, what none undercuts, and whether there is none."""

    part: np.ndarray | None
    bound: float
    infeasible: bool
    stopped: bool


def fits(problem: Problem) -> bool:
    """Say whether the exact model is worth trying."""
    return problem.graph.n * problem.count <= _MOST_LABELS


def exact(problem: Problem, known: District, seconds: float, nodes: int, seed: int) -> Proof:
    """Solve the model, beginning with what is known; the bound is of the model's own objective.

    Raises
    ------
    RuntimeError
        HiGHS did not take the model.
    """
    model = Model(problem)
    model.minimise_price()
    model.within(problem.lowest, problem.highest)
    return model.run(known.part if known.widest == 0 else None, seconds, nodes, seed)


class Model:
    """Rows and columns of the model, made step by step.

    x[i, p] says that unit i is in district p, y[e] that the border e is cut, r[i, p] that unit i is the root of p; each
    unit but the roots takes one unit of a flow that runs only where nothing is cut.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        graph, k = problem.graph, problem.count
        self.n, self.k, self.m = graph.n, k, len(graph.first)
        self.cost: list[np.ndarray] = []
        self.low: list[np.ndarray] = []
        self.high: list[np.ndarray] = []
        self.whole: list[np.ndarray] = []
        self.columns = 0
        self.rows: list[tuple[np.ndarray, np.ndarray, float, float]] = []
        self.x = self._add(self.n * k, 0, 1, True).reshape(self.n, k)
        self.y = self._add(self.m, 0, 1, False)
        self.r = self._add(self.n * k, 0, 1, True).reshape(self.n, k)
        self.f = self._add(2 * self.m, 0, self.n - k, False)
        self.d = self._add(k, 0, np.inf, False)
        self.t = int(self._add(1, 0, 0, False)[0])
        self._labels()
        self._connected()

    def _add(self, count: int, low: float, high: float, whole: bool) -> np.ndarray:
        made = np.arange(self.columns, self.columns + count)
        self.columns += count
        self.cost.append(np.zeros(count))
        self.low.append(np.full(count, low, float))
        self.high.append(np.full(count, high, float))
        self.whole.append(np.full(count, whole))
        return made

    def row(self, columns: np.ndarray | list[int], values: np.ndarray | list[float], low: float, high: float) -> None:
        """Add a condition."""
        self.rows.append((np.asarray(columns, np.int64).ravel(), np.asarray(values, float).ravel(), low, high))

    def _labels(self) -> None:
        graph, k, inf = self.problem.graph, self.k, np.inf
        for unit in range(self.n):
            self.row(self.x[unit], np.ones(k), 1, 1)
        for border, (one, other) in enumerate(zip(graph.first, graph.second, strict=True)):
            for p in range(k):
                self.row([self.y[border], self.x[one, p], self.x[other, p]], [1, -1, 1], 0, inf)
                self.row([self.y[border], self.x[one, p], self.x[other, p]], [1, 1, -1], 0, inf)
        if self.problem.home is None:  # districts are numbered by their first units
            for p in range(1, k):
                for unit in range(self.n):
                    before = self.x[:unit, p - 1]
                    self.row([self.x[unit, p], *before], [1, *-np.ones(len(before))], -inf, 0)

    def _connected(self) -> None:
        graph, k, inf = self.problem.graph, self.k, np.inf
        ways = self.f.reshape(2, self.m)  # of each border: from the first to the second, and back
        for p in range(k):
            self.row(self.r[:, p], np.ones(self.n), 1, 1)
            for unit in range(self.n):
                self.row([self.r[unit, p], self.x[unit, p]], [1, -1], -inf, 0)
                if self.problem.home is None and self.n <= _FEW:  # the root is the first unit of its district
                    for later in range(unit):
                        self.row([self.r[unit, p], self.x[later, p]], [1, 1], -inf, 1)
        most = self.n - k
        for border in range(self.m):
            for way in (0, 1):
                self.row([ways[way, border], self.y[border]], [1, most], -inf, most)
        for unit in range(self.n):
            first, second = np.flatnonzero(graph.first == unit), np.flatnonzero(graph.second == unit)
            into = np.concatenate([ways[1, first], ways[0, second]])
            out = np.concatenate([ways[0, first], ways[1, second]])
            columns = np.concatenate([into, out, self.r[unit]])
            values = np.concatenate([np.ones(len(into)), -np.ones(len(out)), np.full(k, most + 1)])
            self.row(columns, values, 1, inf)

    def minimise_price(self) -> None:
        """Ask for the cheapest districting."""
        problem = self.problem
        self.cost[1][:] = problem.graph.cost
        if problem.home is not None and problem.leaving is not None:
            for unit in np.flatnonzero(problem.home >= 0):  # a reward for staying, and all of them to be paid
                self.cost[0][unit * self.k + problem.home[unit]] -= problem.leaving[unit]
        if problem.balanced is not None and problem.uneven:
            self.cost[4][:] = problem.uneven
            mean = problem.balanced.sum() / self.k
            for p in range(self.k):
                columns = [self.d[p], *self.x[:, p]]
                self.row(columns, [1, *-problem.balanced], -mean, np.inf)
                self.row(columns, [1, *problem.balanced], mean, np.inf)

    @property
    def offset(self) -> float:
        """What must be added to the model's objective to have the price."""
        problem = self.problem
        if problem.home is None or problem.leaving is None:
            return 0.0
        return float(problem.leaving[problem.home >= 0].sum())

    def within(self, lowest: float, highest: float) -> None:
        """Keep every district within a band."""
        for p in range(self.k):
            self.row(self.x[:, p], self.problem.weight, lowest - 1e-9, highest + 1e-9)

    def widen(self, lowest: float, highest: float, most: float) -> None:
        """Ask for the smallest widening of a band that some districting keeps to, which is at most `most`."""
        self.high[5][:] = most
        self.cost[5][:] = 1.0
        for p in range(self.k):
            columns = [*self.x[:, p], self.t]
            self.row(columns, [*self.problem.weight, 1.0], lowest, np.inf)
            self.row(columns, [*self.problem.weight, -1.0], -np.inf, highest)

    def run(self, known: np.ndarray | None, seconds: float, nodes: int, seed: int) -> Proof:
        """Solve it."""
        solver = prepared(self._lp(), seconds, nodes, seed, tolerance=_TOLERANCE)
        if known is not None:
            self._begin(solver, known)
        answer = solved(solver)
        part = None if answer.values is None else answer.values[self.x].argmax(axis=1).astype(np.int64)
        return Proof(part, answer.bound + self.offset, answer.bound == np.inf, answer.stopped)

    def _lp(self) -> highspy.HighsLp:
        import highspy

        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.columns, len(self.rows)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = (np.concatenate(each) for each in (self.cost, self.low, self.high))
        lp.row_lower_ = np.array([each[2] for each in self.rows])
        lp.row_upper_ = np.array([each[3] for each in self.rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum([len(each[0]) for each in self.rows])]).astype(np.int32)
        lp.a_matrix_.index_ = np.concatenate([each[0] for each in self.rows]).astype(np.int32)
        lp.a_matrix_.value_ = np.concatenate([each[1] for each in self.rows])
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger if each else kinds.kContinuous for each in np.concatenate(self.whole)]
        return lp

    def _begin(self, solver: highspy.Highs, part: np.ndarray) -> None:
        """Tell the solver of a districting; whole numbers suffice, it works out the rest."""
        if self.problem.home is None:
            first = np.full(self.k, self.n)
            np.minimum.at(first, part, np.arange(self.n))
            part = np.argsort(np.argsort(first))[part]
        values = np.zeros(self.columns)
        values[self.x[np.arange(self.n), part]] = 1
        first = np.full(self.k, self.n)
        np.minimum.at(first, part, np.arange(self.n))
        values[self.r[first, np.arange(self.k)]] = 1
        chosen = np.concatenate([self.x.ravel(), self.r.ravel()]).astype(np.int32)
        solver.setSolution(len(chosen), chosen, values[chosen])
