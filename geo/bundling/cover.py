"""The exact model of a bundling, for HiGHS: of all sets that could be bundles, some that share nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.bundling.problem import Problem
from geo.engines import prepared, ran

if TYPE_CHECKING:
    import highspy

_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Sets:
    """Sets of things that could be bundles: the members of set i are ``members[offsets[i]:offsets[i + 1]]``."""

    members: np.ndarray
    offsets: np.ndarray
    cost: np.ndarray

    def __len__(self) -> int:
        return len(self.cost)

    def of(self, at: int) -> np.ndarray:
        """Give the members of a set."""
        return self.members[self.offsets[at]:self.offsets[at + 1]]

    def take(self, rows: np.ndarray) -> Sets:
        """Give some of them."""
        count = np.diff(self.offsets)[rows]
        offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        members = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], count)
        return Sets(self.members[members], offsets, self.cost[rows])


def chosen(problem: Problem, sets: Sets, known: np.ndarray, seconds: float, effort: tuple[int, int, int],
           ) -> tuple[np.ndarray, float, bool]:
    """Choose sets that share nothing so that they and what is left cost least.

    The relaxation says what none undercuts; a set whose reduced cost is more than what could still be saved is in no
    better choice, and is left out of the exact model.

    Parameters
    ----------
    problem : Problem
    sets : Sets
        All that keep to the limits, for the bound to hold.
    known : int64[n]
        A bundling to begin with.
    seconds : float
    effort : (sets, nodes, seed)
        How many sets the exact model takes, those of the least reduced cost, and how large its search tree grows; no
        sets for the relaxation alone.

    Returns
    -------
    tuple of (int64[n], float, bool)
        The best bundling found, what none undercuts, and whether time was up.

    Raises
    ------
    RuntimeError
        HiGHS did not take the model.
    """
    import highspy

    most, nodes, seed = effort
    solver = prepared(_model(problem, sets), max(0.1, seconds), nodes, seed, tolerance=_TOLERANCE)
    solver.setOptionValue("solve_relaxation", True)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return known, -np.inf, True
    whole = problem.left_cost * problem.n
    bound = float(solver.getInfo().objective_function_value) + whole
    reduced = np.asarray(solver.getSolution().col_dual)
    saved = problem.cost(known) - bound
    if saved <= 1e-6 * max(1.0, abs(bound)) or not most:
        return known, bound, False
    kept = np.flatnonzero(reduced <= saved + 1e-6)
    all_of_them = len(kept) <= most
    if not all_of_them:
        kept = np.sort(kept[np.argsort(reduced[kept], kind="stable")[:most]])
    few = sets.take(kept)
    solver = prepared(_model(problem, few), max(0.1, seconds - solver.getRunTime()), nodes, seed, tolerance=_TOLERANCE)
    begin = np.array(_sets_of(few, known), np.int32)
    solver.setSolution(len(begin), begin, np.ones(len(begin)))
    ran(solver)
    up = solver.getModelStatus() == highspy.HighsModelStatus.kTimeLimit
    info = solver.getInfo()
    bundle = known
    if info.primal_solution_status == 2:
        bundle = np.full(problem.n, -1, np.int64)
        for number, at in enumerate(np.flatnonzero(np.asarray(solver.getSolution().col_value) > 0.5)):
            bundle[few.of(int(at))] = number
        bundle = min(bundle, known, key=problem.cost)
    if all_of_them and np.isfinite(info.mip_dual_bound):  # what was left out is in nothing cheaper than `known`
        bound = max(bound, min(float(info.mip_dual_bound) + whole, problem.cost(known)))
    return bundle, bound, up


def _model(problem: Problem, sets: Sets) -> highspy.HighsLp:
    """One row a thing, one column a set: what it costs less than leaving its members."""
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(sets), problem.n
    lp.col_cost_ = sets.cost - problem.left_cost * np.diff(sets.offsets)
    lp.col_lower_, lp.col_upper_ = np.zeros(len(sets)), np.ones(len(sets))
    lp.row_lower_, lp.row_upper_ = np.zeros(problem.n), np.ones(problem.n)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = sets.offsets.astype(np.int32)
    lp.a_matrix_.index_ = sets.members.astype(np.int32)
    lp.a_matrix_.value_ = np.ones(len(sets.members))
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(sets)
    return lp


def _sets_of(sets: Sets, bundle: np.ndarray) -> list[int]:
    """Find the sets that a bundling is made of."""
    wanted = {tuple(np.flatnonzero(bundle == each).tolist()) for each in np.unique(bundle[bundle >= 0])}
    return [at for at in range(len(sets)) if tuple(sets.of(at).tolist()) in wanted]
