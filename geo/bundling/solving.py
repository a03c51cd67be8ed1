"""Bundles found and proven: small problems exactly, larger ones by search, a bound always."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from geo.bundling.bounds import cheapest
from geo.bundling.cover import Sets, chosen
from geo.bundling.problem import Problem
from geo.bundling.search_kernel import annealed, joined
from geo.bundling.subsets_kernel import cheapest_cover, connected_sets

SMALL = 14
"""So many things are solved by looking at every way."""

MOST_SETS, MOST_MEMBERS = 30_000, 400_000
_EXACT, _QUICK = (3_000, 100), (0, 0)
"""Sets in the exact model and nodes of its tree, where there is little to solve and where there is much."""

_LITTLE = 600
_STEPS = 3_000_000  # of search in all, shared out among what is too large to be looked through
_FEWEST_EACH, _MOST_EACH, _MOST_STEPS = 40, 2_000, 2_000_000
_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class Bundled:
    """What was found.

    Attributes
    ----------
    bundle : int64[n]
        The bundle of each thing, numbered from 0 by their first things; -1 for those that are left.
    cost, bound : float
        What it costs, and what no bundling undercuts.
    stopped : bool
        Whether time was up before all was tried that would have been.
    """

    bundle: np.ndarray
    cost: float
    bound: float
    stopped: bool

    @property
    def proven(self) -> bool:
        """Whether nothing costs less."""
        return self.cost <= self.bound + _SAME * max(1.0, abs(self.cost))


def bundled(problem: Problem, seed: int, left: Callable[[], float], told: Callable[[float], None]) -> Bundled:
    """Find bundles that cost little, piece by piece.

    Parameters
    ----------
    problem : Problem
    seed : int
        The same seed gives the same bundles, unless time is up before.
    left : function
        The seconds that are left.
    told : function of a share
        Told how much is done, after each piece; what it raises ends the search.
    """
    pieces = problem.pieces()
    bundle, number, cost, bound, stopped = np.full(problem.n, -1, np.int64), 0, 0.0, 0.0, False
    hard = sum(len(each) for each in pieces if len(each) > SMALL)
    effort = _Effort(seed, min(_MOST_EACH, _STEPS / max(1, hard)), _EXACT if hard <= _LITTLE else _QUICK)
    done, said = 0, 0
    for rows in sorted(pieces, key=len):
        done += len(rows)
        if len(rows) == 1:
            cost, bound = cost + problem.left_cost, bound + problem.left_cost
            continue
        hard -= len(rows) if len(rows) > SMALL else 0
        kept = 0.5 if hard else 0.0  # of the time that is left, for what is still to come
        until = left() * kept
        found = _piece(problem.among(rows), effort, partial(_before, left, until))
        mine = found.bundle
        bundle[rows[mine >= 0]] = mine[mine >= 0] + number
        number += int(mine.max(initial=-1)) + 1
        cost, bound, stopped = cost + found.cost, bound + found.bound, stopped or found.stopped
        if done * 100 // problem.n > said:
            said = done * 100 // problem.n
            told(done / problem.n)
    return Bundled(_numbered(bundle), cost, bound, stopped)


@dataclass(frozen=True)
class _Effort:
    """How much is tried: steps of search for each thing, and the size of the exact model."""

    seed: int
    steps_each: float
    exact: tuple[int, int]


def _before(left: Callable[[], float], until: float) -> float:
    """Return the seconds that are left before so many are left."""
    return left() - until


def _piece(problem: Problem, effort: _Effort, left: Callable[[], float]) -> Bundled:
    """Find the bundles of things that hang together."""
    links = problem.neighbours()
    if problem.n <= SMALL:
        return _looked_through(problem, links)
    bundle = _searched(problem, links, effort)  # its steps are counted, half a second for a city
    bound = cheapest(problem)
    if left() <= 0:
        return _result(problem, bundle, bound, True)
    members, offsets, trees, all_of_them = connected_sets(
        links, problem.weight, (problem.lowest, problem.highest), (MOST_SETS, MOST_MEMBERS)
    )
    if not all_of_them:
        return _result(problem, bundle, bound, False)
    sets = Sets(members, offsets, problem.bundle_cost + trees)
    if not len(sets):
        return _result(problem, np.full(problem.n, -1, np.int64), problem.left_cost * problem.n, False)
    bundle, proven, up = chosen(problem, sets, bundle, left(), (*effort.exact, effort.seed))
    return _result(problem, bundle, max(bound, proven), up)


def _result(problem: Problem, bundle: np.ndarray, bound: float, stopped: bool) -> Bundled:
    cost = problem.cost(bundle)
    return Bundled(bundle, cost, min(bound, cost), stopped)


def _looked_through(problem: Problem, links: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Bundled:
    """Look at every way to bundle a few things."""
    members, offsets, trees, _ = connected_sets(
        links, problem.weight, (problem.lowest, problem.highest), (1 << problem.n, problem.n << problem.n)
    )
    count = np.diff(offsets)
    mask = np.zeros(len(trees), np.int64)
    np.bitwise_or.at(mask, np.repeat(np.arange(len(trees)), count), np.int64(1) << members)
    bundle = cheapest_cover(problem.n, mask, problem.bundle_cost + trees, problem.left_cost)[1]
    return _result(problem, bundle, np.inf, False)


def _searched(problem: Problem, links: tuple[np.ndarray, np.ndarray, np.ndarray], effort: _Effort) -> np.ndarray:
    """Join things by the shortest links first, then move them."""
    order = np.argsort(problem.length, kind="stable")
    group = joined(links, problem.weight, problem.highest, order, (problem.first, problem.second))
    steps = int(min(max(_FEWEST_EACH, effort.steps_each) * problem.n, _MOST_STEPS))
    limits, costs = (problem.lowest, problem.highest), (problem.left_cost, problem.bundle_cost)
    heat = (problem.bundle_cost, problem.bundle_cost / 100)
    group, _ = annealed(group, links, problem.weight, limits, costs, (steps, effort.seed), heat)
    return _bundles(problem, group)


def _bundles(problem: Problem, group: np.ndarray) -> np.ndarray:
    """Number the groups that are bundles; the others are left."""
    which, size = np.unique(group, return_inverse=True, return_counts=True)[1:]
    sums = np.stack([np.bincount(which, weights=each) for each in problem.weight.T], axis=1)
    kept = (size > 1) & problem.keeps(sums)
    return np.where(kept[which], (np.cumsum(kept) - 1)[which], -1)


def _numbered(bundle: np.ndarray) -> np.ndarray:
    """Number bundles by their first things."""
    held = np.flatnonzero(bundle >= 0)
    number, first, which = np.unique(bundle[held], return_index=True, return_inverse=True)
    rank = np.empty(len(number), np.int64)
    rank[np.argsort(first)] = np.arange(len(number))
    out = np.full(len(bundle), -1, np.int64)
    out[held] = rank[which]
    return out
