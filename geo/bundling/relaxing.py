"""Where no bundle keeps to the limits: how far one limit would have to move for one that does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo.bundling.problem import Problem
from geo.bundling.subsets_kernel import connected_sets

_MOST_SETS, _MOST_MEMBERS = 200_000, 3_000_000


def lightest(problem: Problem, kind: int) -> tuple[float, bool] | None:
    """Give the least that a bundle weighs of one kind if that kind had no highest, the others being as they are.

    Returns
    -------
    (float, bool) or None
        The weight, and whether nothing lighter is possible; None where no bundle is found even so.
    """
    highest = problem.highest.copy()
    highest[kind] = np.inf
    if not (problem.lowest > 0).any():  # then nothing is lighter than two things
        pair = problem.weight[problem.first] + problem.weight[problem.second]
        within = (pair <= highest * (1 + 1e-9)).all(axis=1)
        return (float(pair[within, kind].min()), True) if within.any() else None
    return _extreme(replace(problem, highest=highest), kind, False)


def heaviest(problem: Problem, kind: int) -> tuple[float, bool] | None:
    """Give the most that a bundle weighs of one kind if that kind had no lowest, the others being as they are."""
    lowest = problem.lowest.copy()
    lowest[kind] = 0.0
    if np.isinf(problem.highest).all():  # then nothing is heavier than all that hangs together
        sums = [float(problem.weight[rows, kind].sum()) for rows in problem.pieces() if len(rows) > 1]
        return (max(sums), True) if sums else None
    return _extreme(replace(problem, lowest=lowest), kind, True)


def _extreme(problem: Problem, kind: int, most: bool) -> tuple[float, bool] | None:
    found, proven = [], True
    for rows in problem.pieces():
        if len(rows) < 2:
            continue
        piece = problem.among(rows)
        members, offsets, _, whole = connected_sets(
            piece.neighbours(), piece.weight, (piece.lowest, piece.highest), (_MOST_SETS, _MOST_MEMBERS)
        )
        proven &= whole
        if len(offsets) > 1:
            sums = np.add.reduceat(piece.weight[members, kind], offsets[:-1])
            found.append(float(sums.max() if most else sums.min()))
    return ((max(found) if most else min(found)), proven) if found else None
