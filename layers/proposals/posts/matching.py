"""Exact assignment of targets to posts with room for some each: nothing but arrays.

The cost of a target at a post is how far it is away, and what evenness counts for: a post that had h targets and gets m
more counts ``even`` × ((h + m)² − h²). Each place at a post is a column with the cost of one more, which rises, so that
the columns of a post are filled in order and the linear assignment is the whole problem.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, maximum_bipartite_matching


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
    slots = np.repeat(np.arange(len(room)), np.minimum(room, allowed.sum(axis=0)))
    if not len(slots) or not len(allowed):
        return 0
    return int((maximum_bipartite_matching(csr_matrix(allowed[:, slots]), perm_type="column") >= 0).sum())


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
    if most_served(allowed, room) < len(cost):
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
    """Assign one group: a column for each place, and one for each target where it stays alone at a price above all."""
    n = len(rows)
    places = np.minimum(room[columns], n)
    slots = np.repeat(np.arange(len(columns)), places)
    order = np.concatenate([np.arange(each) for each in places]) if len(slots) else np.zeros(0, np.int64)
    here = columns[slots]
    costs = problem.cost[np.ix_(rows, here)] + problem.even * (2 * (problem.held[here] + order) + 1)
    alone = (int(costs.max(initial=0)) + 1) * (n + 1)
    costs = np.where(problem.allowed[np.ix_(rows, here)], costs, 2 * alone)
    whole = np.hstack([costs, np.full((n, n), alone)]).astype(float)
    _, chosen = linear_sum_assignment(whole)
    return np.where(chosen < len(slots), np.append(here, np.full(n, -1))[chosen], -1)
