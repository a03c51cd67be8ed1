"""Groups renewed by other centres, where places go by themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from geo.engines import seeded
from geo.grouping.annealing import between, scale_of, sound
from geo.grouping.problem import Problem

_AROUND = 150
_EPOCHS, _STEPS = 40, 120  # steps by place, all together
_HOT, _COLD = 0.5, 0.02
_FEE, _OUT = 6.0, 40.0  # what a place too many, and one in no group, costs, in what one costs usually
_FAR = 1e30


def plain(problem: Problem) -> bool:
    """Say whether all that a group costs are its members' ways and its size, and its members go by themselves."""
    same = problem.load is None or not problem.uneven or bool((problem.load == problem.load[0]).all())
    return problem.blocks == problem.n and not len(problem.apart) and same and not problem.fixed


@cache
def made_ready() -> None:
    """Have the kernel compiled, which takes longer than a search the first time; a search's time begins after it."""
    from geo.grouping.centres_kernel import anneal_centres

    two = np.zeros((2, 2)), np.array([[1], [0]])
    anneal_centres(np.zeros(2, np.int64), *two, (np.ones(2, dtype=bool), 1, 2), (1, 2, 1.0, 1.0, 0.0, 0.0), (1.0, 1),
                   seeded(1))  # fmt: skip


def recentred(
    problem: Problem, centre_of: np.ndarray, seed: int, left: Callable[[], float], told: Callable[[float], None]
) -> tuple[np.ndarray, bool]:
    """Renew groups of a plain problem.

    Returns
    -------
    centre_of : int64[n]
        No dearer than before.
    stopped : bool
        Whether time was up before all was tried.
    """
    from geo.grouping.centres_kernel import anneal_centres

    best = centre_of
    if problem.n < 2 or not (centre_of >= 0).any():
        return best, False
    scale = scale_of(problem)
    cost = np.where(np.isfinite(problem.cost), problem.cost, _FAR)
    away = between(problem)
    np.fill_diagonal(away, np.inf)
    order = np.argsort(away, axis=1, kind="stable")[:, :_AROUND]
    around = np.where(np.isfinite(np.take_along_axis(away, order, axis=1)), order, -1)
    may = problem.allowed[np.arange(problem.n), np.arange(problem.n)], *problem.counts
    unit = 1.0 if problem.load is None else float(problem.load[0])
    uneven = problem.uneven * unit if problem.load is not None else 0.0
    rules = problem.low, problem.high, _FEE * scale, _OUT * scale, uneven, problem.target / unit if unit else 0.0
    now, state = centre_of.copy(), seeded(seed)
    steps = max(1, _STEPS * problem.n // _EPOCHS)
    for heat in np.geomspace(_HOT, _COLD, _EPOCHS) * scale:
        if left() <= 0:
            return best, True
        anneal_centres(now, cost, around, may, rules, (float(heat), steps), state)
        best = min(best, sound(problem, now), key=problem.price)
        told(problem.price(best))
    return best, False
