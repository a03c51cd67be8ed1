"""The exact model of groups, for HiGHS: which block belongs to which centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array

from geo.grouping.problem import Problem

if TYPE_CHECKING:
    import highspy

_TOLERANCE = 1e-7


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
    belongs to it.

    Parameters
    ----------
    problem : Problem
    keep : bool[b, n], optional
        Of those that are allowed, which to look at.
    """

    def __init__(self, problem: Problem, keep: np.ndarray | None = None) -> None:
        self.problem = problem
        allowed = problem.allowed if keep is None else problem.allowed & keep
        allowed = allowed & allowed[problem.block_of, np.arange(problem.n)][None, :]
        self.block, self.centre = np.nonzero(allowed)
        self.x = np.full(allowed.shape, -1)
        self.x[self.block, self.centre] = np.arange(len(self.block))
        self.z = len(self.block) + np.arange(problem.blocks)
        self.open = np.flatnonzero(allowed.any(axis=0))
        self.own = self.x[problem.block_of[self.open], self.open]
        even = problem.load is not None and problem.uneven > 0
        self.d = self.z[-1] + 1 + np.arange(len(self.open)) if even and problem.blocks else np.empty(0, np.int64)
        self.columns = len(self.block) + problem.blocks + len(self.d)
        self._rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._low: list[np.ndarray] = []
        self._high: list[np.ndarray] = []
        self._count = 0
        self._each_once()
        self._sizes()
        self._apart()
        if len(self.d):
            self._even()

    def _add(self, row: np.ndarray, column: np.ndarray, value: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        self._rows.append((row + self._count, column, np.broadcast_to(value, row.shape)))
        self._low.append(low)
        self._high.append(high)
        self._count += len(low)

    def _each_once(self) -> None:
        blocks, k = self.problem.blocks, len(self.block)
        row = np.concatenate([self.block, np.arange(blocks)])
        column = np.concatenate([np.arange(k), self.z])
        self._add(row, column, np.ones(1), np.ones(blocks), np.ones(blocks))

    def _sizes(self) -> None:
        """A group has no less and no more than it may, and nobody belongs to a centre without a group."""
        problem, m, inf = self.problem, len(self.open), np.inf
        number = np.full(problem.n, -1)
        number[self.open] = np.arange(m)
        row, column = number[self.centre], np.arange(len(self.block))
        size = problem.size[self.block].astype(float)
        own = self.own[row] == column
        for bound, low, high in ((problem.low, 0.0, inf), (problem.high, -inf, 0.0)):
            self._add(row, column, np.where(own, size - bound, size), np.full(m, low), np.full(m, high))
        other = np.flatnonzero(~own)
        each = np.arange(len(other))
        self._add(np.concatenate([each, each]), np.concatenate([other, self.own[row[other]]]),
                  np.repeat([1.0, -1.0], len(other)), np.full(len(other), -inf), np.zeros(len(other)))  # fmt: skip

    def _apart(self) -> None:
        for one, other in self.problem.apart_blocks.tolist():
            both = np.flatnonzero((self.x[one, self.open] >= 0) & (self.x[other, self.open] >= 0))
            columns = np.stack([self.x[one, self.open[both]], self.x[other, self.open[both]]])
            each = np.arange(len(both))
            self._add(np.concatenate([each, each]), columns.ravel(), np.ones(1), np.full(len(both), -np.inf),
                      np.ones(len(both)))  # fmt: skip

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
            self._add(np.concatenate([row, each]), np.concatenate([column, self.d]),
                      np.concatenate([sign * value, -np.ones(m)]), np.full(m, -np.inf), np.zeros(m))  # fmt: skip

    def run(self, known: np.ndarray | None, effort: Effort, whole: bool = False) -> Proof:
        """Solve it, beginning with what is known; with `whole` only whether all can be in groups, at whatever price.

        Raises
        ------
        RuntimeError
            HiGHS did not take the model.
        """
        import highspy

        solver = silent_solver()
        options = (("time_limit", float(max(effort.seconds, 0.01))), ("mip_max_nodes", int(effort.nodes)),
                   ("threads", 1),
                   ("random_seed", int(effort.seed) % 2**31), ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-6),
                   ("mip_feasibility_tolerance", _TOLERANCE), ("parallel", "off"))  # fmt: skip
        for name, value in options:
            solver.setOptionValue(name, value)
        if solver.passModel(self._lp(whole)) == highspy.HighsStatus.kError:
            raise RuntimeError("HiGHS did not take the model")
        if known is not None:
            self._begin(solver, known)
        solver.run()
        status, info, ended = solver.getModelStatus(), solver.getInfo(), highspy.HighsModelStatus
        if status in (ended.kInfeasible, ended.kUnboundedOrInfeasible):
            return Proof(None, np.inf, False)
        found = None
        if info.primal_solution_status == 2:
            on = np.flatnonzero(np.asarray(solver.getSolution().col_value)[: len(self.block)] > 0.5)
            centre = np.full(self.problem.blocks, -1)
            centre[self.block[on]] = self.centre[on]
            found = centre[self.problem.block_of]
        bound = info.mip_dual_bound
        return Proof(found, bound if np.isfinite(bound) else -np.inf, status != ended.kOptimal)

    def _lp(self, whole: bool) -> highspy.HighsLp:
        import highspy

        problem, kinds = self.problem, highspy.HighsVarType
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.columns, self._count
        cost = problem.cost[self.block, self.centre]
        lp.col_cost_ = np.concatenate([cost, problem.left_out_minutes * problem.size,
                                       np.full(len(self.d), problem.uneven)])  # fmt: skip
        lp.col_lower_ = np.zeros(self.columns)
        upper = np.where(np.arange(self.columns) <= self.z[-1], 1.0, np.inf)
        if whole:
            lp.col_cost_ = np.zeros(self.columns)
            upper[self.z] = 0.0
        lp.col_upper_ = upper
        lp.row_lower_, lp.row_upper_ = np.concatenate(self._low), np.concatenate(self._high)
        row, column, value = (np.concatenate(each) for each in zip(*self._rows, strict=True))
        matrix = coo_array((value, (row, column)), (self._count, self.columns)).tocsr()
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)
        lp.a_matrix_.value_ = matrix.data
        lp.integrality_ = [kinds.kInteger] * (len(self.block) + problem.blocks) + [kinds.kContinuous] * len(self.d)
        return lp

    def _begin(self, solver: highspy.Highs, centre_of: np.ndarray) -> None:
        """Tell the solver of groups; whole numbers suffice, it works out the rest."""
        problem = self.problem
        first = np.zeros(problem.blocks, np.int64)
        first[problem.block_of[::-1]] = np.arange(problem.n)[::-1]
        centre = centre_of[first]
        values = np.zeros(len(self.block) + problem.blocks)
        on = np.flatnonzero(centre >= 0)
        at = self.x[on, centre[on]]
        if (at < 0).any():
            return
        values[at] = 1.0
        values[self.z[centre < 0]] = 1.0
        solver.setSolution(len(values), np.arange(len(values), dtype=np.int32), values)


def silent_solver() -> highspy.Highs:
    """Give a solver that prints nothing, its banner neither, which comes with the callbacks while it is being made."""
    import highspy

    class Silent(highspy.Highs):
        def enableCallbacks(self) -> None:
            self.silent()
            super().enableCallbacks()

    solver = Silent()
    solver.silent()  # should a release make its callbacks elsewhere
    return solver
