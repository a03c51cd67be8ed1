"""Exact assignment of targets to posts with room for some each: nothing but arrays.

The cost of a target at a post is how far it is away, and what evenness counts for: a post that had h targets and gets m
more counts ``even`` × ((h + m)² − h²), so that one more costs the more, the more there are. A small group is a linear
assignment in which each place at a post is a column; a large one would have as many columns a post as targets, and is
shared out among the posts themselves. Both are the whole problem, exact in whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_PAIRS = 2_000_000
"""Of targets and places, that a linear assignment is made of: about a second."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Targets (rows) and posts (columns).

    Attributes
    ----------
    cost : ndarray of int64, shape (n, p)
        At least 0.
    allowed : ndarray of bool, shape (n, p)
    held : ndarray of int64, shape (p,)
        What each post has already.
    even : int
        What evenness counts for, at least 0.
    """

    cost: np.ndarray
    allowed: np.ndarray
    held: np.ndarray
    even: int

    def room(self, most: np.ndarray | int) -> np.ndarray:
        """Return how many more each post takes, so that none has more than `most`."""
        return np.maximum(0, np.broadcast_to(most, self.held.shape) - self.held)

    def of(self, rows: np.ndarray) -> Problem:
        """Return the same with some of the targets."""
        return Problem(self.cost[rows], self.allowed[rows], self.held, self.even)

    def groups(self) -> np.ndarray:
        """Return for each target and then each post the group that has nothing to do with the others."""
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import connected_components

        n, p = self.allowed.shape
        rows, columns = np.nonzero(self.allowed)
        links = csr_matrix((np.ones(len(rows), np.int8), (rows, columns + n)), shape=(n + p, n + p))
        return connected_components(links, directed=False)[1]


def assigned(problem: Problem, room: np.ndarray) -> np.ndarray:
    """Return the post of each target, -1 where none has room: as many as can be, and of those the cheapest.

    Parameters
    ----------
    room : ndarray of int64, shape (p,)
        How many more each post takes.
    """
    found = np.full(len(problem.cost), -1)
    group, n = problem.groups(), len(problem.cost)
    for each in np.unique(group[:n]):
        rows, columns = np.flatnonzero(group[:n] == each), np.flatnonzero(group[n:] == each)
        if len(columns):
            found[rows] = _assigned(problem, rows, columns, room)
    return found


def price(problem: Problem, post: np.ndarray) -> int:
    """Return what an assignment costs; targets without a post cost nothing."""
    there = np.flatnonzero(post >= 0)
    after = problem.held + np.bincount(post[there], minlength=len(problem.held))
    return int(problem.cost[there, post[there]].sum() + problem.even * (after**2 - problem.held**2).sum())


def most_served(allowed: np.ndarray, room: np.ndarray) -> int:
    """Return how many targets find a post at most."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import maximum_flow

    if not allowed.any():
        return 0
    # Targets for which the same posts are allowed are one kind.
    _, one, count = np.unique(np.packbits(allowed, axis=1), axis=0, return_index=True, return_counts=True)
    kinds = allowed[one]
    kind, post = np.nonzero(kinds)
    k, p = kinds.shape
    start = np.concatenate([np.zeros(k, np.int64), kind + 1, np.arange(k + 1, k + 1 + p)])
    end = np.concatenate([np.arange(1, k + 1), post + k + 1, np.full(p, k + p + 1)])
    most = np.concatenate([count, count[kind], np.minimum(room, len(allowed))]).astype(np.int32)
    flow = coo_array((most, (start, end)), shape=(k + p + 2, k + p + 2)).tocsr()
    return int(maximum_flow(flow, 0, k + p + 1).flow_value)


def smallest_most(problem: Problem) -> int | None:
    """Return the least number such that every target finds a post and no post takes one beyond it; None for none."""
    n = len(problem.cost)
    if not n or not problem.allowed.any(axis=1).all():
        return None if n else 0
    low, high = 1, int(problem.held[problem.allowed.any(axis=0)].max()) + n
    while low < high:
        middle = (low + high) // 2
        if most_served(problem.allowed, problem.room(middle)) == n:
            high = middle
        else:
            low = middle + 1
    return low


def smallest_reach(cost: np.ndarray, allowed: np.ndarray, room: np.ndarray) -> int | None:
    """Return the least cost within which every target finds a post; None where none does at any."""
    if not allowed.any() or most_served(allowed, room) < len(cost):
        return None
    steps = np.unique(cost[allowed])
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        if most_served(allowed & (cost <= steps[middle]), room) == len(cost):
            high = middle
        else:
            low = middle + 1
    return int(steps[low])


def _assigned(problem: Problem, rows: np.ndarray, columns: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Assign one group: as many as can be, since it costs more than anything else to leave one target alone."""
    n = len(rows)
    at = np.ix_(rows, columns)
    part = Problem(problem.cost[at], problem.allowed[at], problem.held[columns], problem.even)
    places = np.minimum(room[columns], n)
    last = part.even * (2 * (part.held + np.maximum(places, 1) - 1) + 1)
    alone = (int((part.cost.max(axis=0) + last)[places > 0].max(initial=0)) + 1) * (n + 1)
    if n * (int(places.sum()) + n) > MOST_PAIRS:
        return _shared_out(part, places, alone, columns)
    return _by_places(part, places, alone, columns)


def _by_places(part: Problem, places: np.ndarray, alone: int, columns: np.ndarray) -> np.ndarray:
    """Assign with a column for each place, and one for each target where it stays alone."""
    from scipy.optimize import linear_sum_assignment

    n = len(part.cost)
    slots = np.repeat(np.arange(len(columns)), places)
    order = np.concatenate([np.arange(each) for each in places]) if len(slots) else np.zeros(0, np.int64)
    costs = part.cost[:, slots] + part.even * (2 * (part.held[slots] + order) + 1)
    costs = np.where(part.allowed[:, slots], costs, 2 * alone)
    whole = np.hstack([costs, np.full((n, n), alone)]).astype(float)
    _, chosen = linear_sum_assignment(whole)
    return np.where(chosen < len(slots), np.append(columns[slots], np.full(n, -1))[chosen], -1)


def _shared_out(part: Problem, places: np.ndarray, alone: int, columns: np.ndarray) -> np.ndarray:
    """Assign with a column for each post, and one more to be alone."""
    from geo.engines import NEVER, shared_out

    n = len(part.cost)
    cost = np.hstack([np.where(part.allowed, part.cost, NEVER), np.full((n, 1), alone)]).astype(np.int64)
    first, step = part.even * (2 * part.held + 1), np.full(len(columns), 2 * part.even)
    post = shared_out(cost, np.append(first, 0), np.append(step, 0), np.append(places, n))
    return np.append(columns, -1)[post]
