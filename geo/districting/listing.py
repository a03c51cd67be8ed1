"""Few units gone through in every way: the best districting of all, and pairs of districts divided anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from geo.districting.problem import Problem
from geo.districting.starting import laid_out

MOST_UNITS = 63
"""Units that have a bit each."""

ALL_STEPS, STEPS_A_SECOND = 4_000_000, 1_000_000
"""Steps after which going through a whole problem is given up, and how many an old computer makes in a second."""


def can_be_listed(problem: Problem, widen: bool = False) -> bool:
    """Say whether all districtings can be gone through, if they are not too many."""
    return 2 <= problem.count <= problem.graph.n <= MOST_UNITS and (widen or not _at_home(problem))


def _at_home(problem: Problem) -> bool:
    """Say whether it matters which number a district has."""
    return problem.home is not None and problem.leaving is not None and bool((problem.home >= 0).any())


def listed(
    problem: Problem, known: float, steps: int, widen: bool = False, mean: float | None = None
) -> tuple[np.ndarray | None, bool]:
    """Go through all districtings; give the best if it is better than what is known, and whether all were seen.

    Parameters
    ----------
    problem : Problem
        One that `can_be_listed`.
    known : float
        A price; with `widen` by how much the band is widened.
    steps : int
        After so many it is given up.
    widen : bool
        Find the districting for which the band must be widened least, whatever it costs.
    mean : float, optional
        Of what is to be even, where that is not the mean of these districts.
    """
    from geo.districting.listing_kernel import listed as gone_through

    graph, n = problem.graph, problem.graph.n
    order = np.argsort(_along(problem), kind="stable")
    place = np.argsort(order)
    bit = np.uint64(1) << np.arange(n, dtype=np.uint64)
    near, cost = np.zeros(n, np.uint64), np.zeros((n, n))
    for one, other in ((graph.first, graph.second), (graph.second, graph.first)):
        np.bitwise_or.at(near, place[one], bit[place[other]])
        cost[place[one], place[other]] = graph.cost
    even = np.zeros(n) if problem.balanced is None else problem.balanced[order].astype(float)
    uneven = 0.0 if problem.balanced is None else float(problem.uneven)
    mean = float(even.sum()) / problem.count if mean is None else mean
    wish = float(problem.lowest), float(problem.highest), uneven, mean
    part = np.full(n, -1, np.int64)
    units = problem.weight[order].astype(float), even
    _, done = gone_through(near, cost, units, wish, (problem.count, widen, int(steps)), float(known), part)
    return (part[place] if part[0] >= 0 else None), bool(done)


def divided_anew(problem: Problem, part: np.ndarray, steps: int, stop: Callable[[], bool]) -> np.ndarray:
    """Divide pairs of neighbouring districts anew, each in the best way that is met, until that saves nothing.

    Districts that are within the band stay so; those that are not are left alone, as are pairs of many units.

    Parameters
    ----------
    steps : int
        After so many a pair is given up.
    """
    if problem.count < 2 or _at_home(problem) or problem.graph.n < 3:
        return part
    part, xy = part.copy(), problem.xy if problem.xy is not None else laid_out(problem.graph)
    mean = 0.0 if problem.balanced is None else float(problem.balanced.sum()) / problem.count
    waiting = _pairs(problem, part)
    while waiting and not stop():
        one, other = waiting.pop(0)
        rows = np.flatnonzero((part == one) | (part == other))
        if not 2 < len(rows) <= MOST_UNITS:
            continue
        balanced = None if problem.balanced is None else problem.balanced[rows]
        share = replace(problem, graph=problem.graph.among(rows), weight=problem.weight[rows], count=2, xy=xy[rows],
                        home=None, leaving=None, balanced=balanced)  # fmt: skip
        now = (part[rows] == other).astype(np.int64)
        if not share.within(now):
            continue
        made, _ = listed(share, _priced(share, now, mean), steps, mean=mean)
        if made is None:
            continue
        part[rows] = np.where(made == 1, other, one)
        beside = [pair for pair in _pairs(problem, part) if one in pair or other in pair]
        waiting += [pair for pair in beside if pair not in waiting and pair != (one, other)]
    return part


def _priced(share: Problem, part: np.ndarray, mean: float) -> float:
    """Give what a pair of districts costs, beside the mean of all."""
    cut = replace(share, balanced=None).price(part)
    if share.balanced is None or not share.uneven:
        return cut
    sums = np.bincount(part, weights=share.balanced, minlength=2)
    return cut + share.uneven * float(np.abs(sums - mean).sum())


def _pairs(problem: Problem, part: np.ndarray) -> list[tuple[int, int]]:
    """List the pairs of districts that touch."""
    one, other = part[problem.graph.first], part[problem.graph.second]
    ends = np.sort(np.column_stack([one, other])[one != other], axis=1)
    return [(int(low), int(high)) for low, high in np.unique(ends, axis=0)]


def _along(problem: Problem) -> np.ndarray:
    """Give where units lie along the longer axis of all, so that neighbours have numbers that are near each other."""
    xy = problem.xy if problem.xy is not None else laid_out(problem.graph)
    at = xy - xy.mean(axis=0)
    return at @ np.linalg.eigh(at.T @ at)[1][:, -1]
