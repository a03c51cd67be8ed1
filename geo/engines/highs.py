"""Exact models handed to HiGHS, one thread and silent, and its answers read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import highspy

TOLERANCE = 1e-7


@dataclass(frozen=True, eq=False)
class Answer:
    """What HiGHS says.

    Attributes
    ----------
    values : float64[columns] or None
        The best that was found.
    bound : float
        No solution costs less; infinite where there is none, minus infinite where nothing is known.
    stopped : bool
        Whether it was given up before it was done.
    """

    values: np.ndarray | None
    bound: float
    stopped: bool


def prepared(
    lp: highspy.HighsLp, seconds: float, nodes: int, seed: int, gap: float = 0.0, tolerance: float = TOLERANCE
) -> highspy.Highs:
    """Give a solver that has a model, and gives up after so many seconds or nodes of its tree.

    Parameters
    ----------
    gap : float
        A solution so near to the bound, as a share of it, is good enough.
    tolerance : float
        By how much a row, or what has to be whole, may be off.

    Raises
    ------
    RuntimeError
        HiGHS did not take the model.
    """
    import highspy

    solver = _silent()
    for name, value in (
        ("time_limit", max(0.01, float(seconds))), ("mip_max_nodes", int(nodes)), ("threads", 1),
        ("random_seed", int(seed) % 2**31), ("mip_rel_gap", float(gap)), ("mip_abs_gap", 1e-6),
        ("mip_feasibility_tolerance", tolerance), ("parallel", "off"),
    ):  # fmt: skip
        solver.setOptionValue(name, value)
    if solver.passModel(lp) == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS did not take the model")
    return solver


def solved(solver: highspy.Highs, relaxed: bool = False) -> Answer:
    """Solve what a solver has; `relaxed` where nothing in it has to be whole."""
    import highspy

    ran(solver)
    status, info, ended = solver.getModelStatus(), solver.getInfo(), highspy.HighsModelStatus
    if status in (ended.kInfeasible, ended.kUnboundedOrInfeasible):
        return Answer(None, np.inf, False)
    values = np.asarray(solver.getSolution().col_value) if info.primal_solution_status == 2 else None
    done = status == ended.kOptimal
    bound = info.mip_dual_bound if not relaxed else info.objective_function_value if done else -np.inf
    return Answer(values, float(bound) if np.isfinite(bound) else -np.inf, not done)


def ran(solver: highspy.Highs) -> None:
    """Let a solver run; again and from nothing where it gives other values than those that it says are best.

    Told of a solution that its presolve makes better, HiGHS 1.16 gives back the one that it was told of, and the
    objective of the better one. The clock goes on in the second run.
    """
    solver.run()
    if solver.getInfo().primal_solution_status != 2:
        return
    cost = np.asarray(solver.getLp().col_cost_) @ np.asarray(solver.getSolution().col_value)
    said = solver.getInfo().objective_function_value
    if cost + solver.getLp().offset_ > said + TOLERANCE * max(1.0, abs(said)) * 10:
        solver.clearSolver()
        solver.run()


def _silent() -> highspy.Highs:
    """Give a solver that prints nothing, its banner neither, which comes with the callbacks while it is being made."""
    import highspy

    class Silent(highspy.Highs):
        def enableCallbacks(self) -> None:
            self.silent()
            super().enableCallbacks()

    solver = Silent()
    solver.silent()  # should a release make its callbacks elsewhere
    return solver
