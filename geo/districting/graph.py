"""The graph that districts are made on: units, and which of them touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Graph:
    """Units and the pairs of them that hang together.

    Attributes
    ----------
    n : int
        How many units.
    first, second : int64[m]
        The two of each pair, first < second; each pair once.
    cost : float64[m]
        What it costs to have a border between the two; 0 or more.
    starts : int64[n + 1]
    ends : int64[2 m]
        The neighbours of unit i are ``ends[starts[i]:starts[i + 1]]``, ascending.
    costs : float64[2 m]
        The cost beside each of `ends`.

    None of the arrays may be changed.
    """

    n: int
    first: np.ndarray
    second: np.ndarray
    cost: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    costs: np.ndarray

    def components(self) -> np.ndarray:
        """Tell which units hang together: int64[n], numbered by their first units."""
        from geo.districting.anneal_kernel import pieces_of

        return pieces_of(np.zeros(self.n, np.int64), self.starts, self.ends)

    def among(self, rows: np.ndarray) -> Graph:
        """Give the graph of some of the units, in their order."""
        at = np.full(self.n, -1, np.int64)
        at[rows] = np.arange(len(rows))
        both = (at[self.first] >= 0) & (at[self.second] >= 0)
        return graph_of(len(rows), at[self.first[both]], at[self.second[both]], self.cost[both])


def graph_of(n: int, one: np.ndarray, other: np.ndarray, cost: np.ndarray) -> Graph:
    """Make a graph of pairs; pairs that are given several times cost what they cost together.

    Raises
    ------
    ValueError
        A unit is paired with itself or is not among 0 … n - 1, or a cost is negative or no number.
    """
    one, other = np.asarray(one, np.int64), np.asarray(other, np.int64)
    cost = np.asarray(cost, float)
    if len(one) and (min(one.min(), other.min()) < 0 or max(one.max(), other.max()) >= n or (one == other).any()):
        raise ValueError("pairs must be of two different units among 0 … n - 1")
    if not (np.isfinite(cost) & (cost >= 0)).all():
        raise ValueError("costs must be numbers from 0 on")
    low, high = np.minimum(one, other), np.maximum(one, other)
    number, which = np.unique(low * max(n, 1) + high, return_inverse=True)
    first, second = np.divmod(number, max(n, 1))
    total = np.bincount(which.ravel(), weights=cost, minlength=len(number)).astype(float)
    tail, head = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.lexsort((head, tail))
    starts = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=n))]).astype(np.int64)
    return Graph(n, first, second, total, starts, head[order], np.concatenate([total, total])[order])
