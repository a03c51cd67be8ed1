"""What is asked of a districting, and what a districting costs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from geo.districting.graph import Graph

SAME = 1e-7  # of sums of weights and of costs: less is rounding


@dataclass(frozen=True, eq=False)
class Problem:
    """Units to be put together into a number of districts.

    Attributes
    ----------
    graph : Graph
        Connected.
    weight : float64[n]
        What is kept within the band, 0 or more.
    lowest, highest : float
        The band of each district's sum of weights, both ends within.
    count : int
        How many districts, each with a unit at least.
    xy : float64[n, 2], optional
        Where the units are; without it they are laid out by the graph.
    home : int64[n], optional
        The district that a unit is in today, 0 … count - 1, or -1 for none.
    leaving : float64[n], optional
        What it costs to take a unit out of its home.
    balanced : float64[n], optional
        What is to be spread evenly.
    uneven : float
        What each unit of distance between a district's sum of `balanced` and the mean costs.
    """

    graph: Graph
    weight: np.ndarray
    lowest: float
    highest: float
    count: int
    xy: np.ndarray | None = None
    home: np.ndarray | None = None
    leaving: np.ndarray | None = None
    balanced: np.ndarray | None = None
    uneven: float = 0.0

    @property
    def total(self) -> float:
        """The sum of all weights."""
        return float(self.weight.sum())

    @property
    def whole(self) -> bool:
        """Whether every cost is a whole number, so that a bound may be rounded up."""
        parts = [self.graph.cost] if self.leaving is None else [self.graph.cost, self.leaving]
        return self.uneven == 0 and all((np.round(each) == each).all() for each in parts)

    def sums(self, part: np.ndarray) -> np.ndarray:
        """Give the sum of weights of each district."""
        return np.bincount(part, weights=self.weight, minlength=self.count)

    def outside(self, part: np.ndarray) -> float:
        """Tell by how much the districts lie outside of the band, all together."""
        sums = self.sums(part)
        return float((np.maximum(self.lowest - sums, 0) + np.maximum(sums - self.highest, 0)).sum())

    def widest(self, part: np.ndarray) -> float:
        """Tell how far the district that lies farthest outside of the band does."""
        sums = self.sums(part)
        return float(max((self.lowest - sums).max(), (sums - self.highest).max(), 0.0))

    def within(self, part: np.ndarray) -> bool:
        """Tell whether every district is within the band."""
        return self.widest(part) <= SAME * max(1.0, self.highest)

    def price(self, part: np.ndarray) -> float:
        """Give what a districting costs: borders, units away from home, unevenness."""
        graph = self.graph
        found = graph.cost[part[graph.first] != part[graph.second]].sum()
        if self.home is not None and self.leaving is not None:
            found += self.leaving[(self.home >= 0) & (self.home != part)].sum()
        if self.balanced is not None and self.uneven:
            sums = np.bincount(part, weights=self.balanced, minlength=self.count)
            found += self.uneven * np.abs(sums - self.balanced.sum() / self.count).sum()
        return float(found)


@dataclass(frozen=True, eq=False)
class District:
    """A districting of a problem.

    Attributes
    ----------
    part : int64[n]
    price : float
    widest : float
        How far its worst district is outside of the band; 0 when all are within.
    """

    part: np.ndarray
    price: float
    widest: float
    notes: tuple[str, ...] = field(default=())


def district(problem: Problem, part: np.ndarray) -> District:
    """Say what a districting costs and how well it keeps to the band."""
    return District(part, problem.price(part), 0.0 if problem.within(part) else problem.widest(part))
