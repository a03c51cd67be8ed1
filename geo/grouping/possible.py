"""What is impossible for reasons that are seen at once: places that no group can take, clusters of a wrong size."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.grouping.problem import Problem


def impossible(problem: Problem) -> bool:
    """Say that not all places can be in groups, without a search: True is proven, False says nothing."""
    if not fits(problem.n, problem.low, problem.high) or len(lonely(problem)):
        return True
    return any(not fits(len(each), problem.low, problem.high) for each in clusters(problem))


def fits(count: int, low: int, high: int) -> bool:
    """Say whether so many places can be groups of these sizes at all."""
    return -(-count // high) <= count // low


def lonely(problem: Problem) -> np.ndarray:
    """Return the places that no group of the size asked can take: int64[…]."""
    allowed = problem.allowed
    reach = (allowed * problem.size[:, None]).sum(axis=0)
    can = allowed & (reach >= problem.low)[None, :]
    return np.flatnonzero(~can.any(axis=1)[problem.block_of])


def clusters(problem: Problem) -> list[np.ndarray]:
    """Return the places that hang together by what may be in one group, each cluster by itself: list of int64[…]."""
    block, centre = np.nonzero(problem.allowed)
    ends = np.concatenate([block, problem.block_of[centre]]).reshape(2, -1)
    graph = coo_array((np.ones(ends.shape[1]), (ends[0], ends[1])), (problem.blocks, problem.blocks))
    count, label = connected_components(graph, directed=False)
    of = label[problem.block_of]
    return [np.flatnonzero(of == each) for each in range(count)]


def needed_minutes(problem: Problem) -> np.ndarray:
    """Return the limit that each place needs to be in any group, were all others as it likes: float64[n].

    At a centre that takes as long as its own way, and as the nearest others need who make a group with it.
    """
    from dataclasses import replace

    open_ = replace(problem, limit=np.inf)
    minutes = np.where(open_.near, problem.minutes, np.inf)
    at = problem.low - 1
    if at >= problem.n:
        return np.full(problem.n, np.inf)
    kth = np.partition(minutes, at, axis=0)[at]
    return np.maximum(minutes, kth[None, :]).min(axis=1, initial=np.inf)


def nearest_minutes(problem: Problem) -> np.ndarray:
    """Return the minutes of each place to the nearest other centre that may take it: float64[n], inf for none."""
    from dataclasses import replace

    open_ = replace(problem, limit=np.inf)
    minutes = np.where(open_.near, problem.minutes, np.inf)
    np.fill_diagonal(minutes, np.inf)
    return minutes.min(axis=1, initial=np.inf)
