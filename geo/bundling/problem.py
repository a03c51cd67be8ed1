"""What is put into bundles: things with weights, links between them, limits, and what a bundling costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.bundling.subsets_kernel import tree_length
from geo.districting import graph_of


@dataclass(frozen=True, eq=False)
class Problem:
    """Things, some of which are to be put into bundles.

    A bundle has two things at least, hangs together by links between its own, and keeps to the limits. It costs
    `bundle_cost` and the length of the shortest tree of links through it; a thing that is in no bundle costs
    `left_cost`.

    Attributes
    ----------
    first, second : int64[m]
        The two ends of each link, first < second, each pair once, in the order of the pairs.
    length : float64[m]
    weight : float64[n, k]
        0 or more.
    lowest, highest : float64[k]
        What the weights of a bundle sum up to.
    left_cost, bundle_cost : float
    """

    first: np.ndarray
    second: np.ndarray
    length: np.ndarray
    weight: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    left_cost: float
    bundle_cost: float

    @property
    def n(self) -> int:
        """How many things there are."""
        return len(self.weight)

    def neighbours(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give the links by thing: starts int64[n + 1], ends int64[2 m] ascending, lengths float64[2 m]."""
        graph = graph_of(self.n, self.first, self.second, self.length)
        return graph.starts, graph.ends, graph.costs

    def among(self, rows: np.ndarray) -> Problem:
        """Give the problem of some of the things, in their order."""
        at = np.full(self.n, -1, np.int64)
        at[rows] = np.arange(len(rows))
        one, other = at[self.first], at[self.second]
        kept = np.flatnonzero((one >= 0) & (other >= 0))
        low, high = np.minimum(one[kept], other[kept]), np.maximum(one[kept], other[kept])
        order = np.lexsort((high, low))
        return Problem(low[order], high[order], self.length[kept][order], self.weight[rows], self.lowest, self.highest,
                       self.left_cost, self.bundle_cost)  # fmt: skip

    def keeps(self, sums: np.ndarray) -> np.ndarray:
        """Tell which sums of weights are within the limits: bool[...], of float64[..., k]."""
        slack = 1e-9 * np.maximum(1.0, np.where(np.isfinite(self.highest), self.highest, 1.0))
        return np.asarray(((sums <= self.highest + slack) & (sums >= self.lowest - slack)).all(axis=-1))

    def pieces(self) -> list[np.ndarray]:
        """Give what hangs together by links that one bundle could have, the first thing first: list of int64."""
        able = self._able()
        graph = graph_of(self.n, self.first[able], self.second[able], self.length[able])
        piece = graph.components()
        order = np.argsort(piece, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(piece[order])) + 1) if self.n else []

    def _able(self) -> np.ndarray:
        both = self.weight[self.first] + self.weight[self.second]
        return np.asarray((both <= self.highest * (1 + 1e-9)).all(axis=1))

    def cost(self, bundle: np.ndarray) -> float:
        """Say what a bundling costs: int64[n], the bundle of each thing, -1 for none.

        Raises
        ------
        ValueError
            A bundle has one thing, does not hang together, or does not keep to the limits.
        """
        starts, ends, lengths = self.neighbours()
        total = self.left_cost * int((bundle < 0).sum())
        order = np.argsort(bundle, kind="stable")
        order = order[bundle[order] >= 0]
        for members in np.split(order, np.flatnonzero(np.diff(bundle[order])) + 1) if len(order) else []:
            tree = tree_length(members, starts, ends, lengths)
            if len(members) < 2 or not np.isfinite(tree) or not self.keeps(self.weight[members].sum(axis=0)):
                raise ValueError(f"{members.tolist()} are no bundle")
            total += self.bundle_cost + tree
        return float(total)
