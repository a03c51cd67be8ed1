"""Sites to be chosen for what is spread over places: who can be served from where, at what cost, how many may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

SAME = 1e-6
"""Costs and amounts that differ by less are the same."""

Left = Callable[[], float]
"""Says how many seconds are left."""


@dataclass(frozen=True, eq=False)
class Ways:
    """Which site serves which demand, and at what cost: sparse, by site.

    Attributes
    ----------
    starts : int64[s + 1]
        The ways of site j are rows starts[j] to starts[j + 1].
    demand : int64[k]
    cost : float64[k]
        Of serving a unit of it, not negative.
    demands : int
        How many demands there are.
    """

    starts: np.ndarray
    demand: np.ndarray
    cost: np.ndarray
    demands: int

    @property
    def sites(self) -> int:
        """How many sites there are."""
        return len(self.starts) - 1

    @cached_property
    def site(self) -> np.ndarray:
        """The site of each way: int64[k]."""
        return np.repeat(np.arange(self.sites), np.diff(self.starts))

    @cached_property
    def by_demand(self) -> tuple[np.ndarray, np.ndarray]:
        """The ways of each demand, the cheapest first: where they start, int64[n + 1], and which they are, int64[k]."""
        order = np.lexsort((self.site, self.cost, self.demand))
        starts = np.searchsorted(self.demand[order], np.arange(self.demands + 1))
        return starts.astype(np.int64), order

    def within(self, most: float) -> Ways:
        """Return the ways that cost no more than `most`."""
        return self.only(self.cost <= most + 1e-9)

    def only(self, kept: np.ndarray) -> Ways:
        """Return some of the ways; sites and demands keep their numbers."""
        counts = np.bincount(self.site[kept], minlength=self.sites)
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Ways(starts, self.demand[kept], self.cost[kept], self.demands)


def ways_of(sites: int, demands: int, site: np.ndarray, demand: np.ndarray, cost: np.ndarray) -> Ways:
    """Make ways of triples in any order; of several between the same two the cheapest."""
    order = np.lexsort((cost, demand, site))
    site, demand, cost = site[order], demand[order], cost[order]
    first = np.ones(len(site), dtype=bool)
    first[1:] = (np.diff(site) != 0) | (np.diff(demand) != 0)
    counts = np.bincount(site[first], minlength=sites)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Ways(starts, demand[first].astype(np.int64), cost[first].astype(float), demands)


@dataclass(frozen=True, eq=False)
class Problem:
    """Sites are to be chosen so that all costs together are least.

    Attributes
    ----------
    ways : Ways
    weight : float64[n]
        How much of each demand there is.
    outside : float64[n]
        What it costs to leave a unit of a demand unserved; infinite where it must be served.
    opening : float64[s]
        What a site costs.
    count : int or None
        How many sites may be chosen beside those that are fixed; as many as are worth it when None.
    fixed : bool[s]
        Sites that are there whatever is chosen; they cost nothing.
    capacity : float64[s], optional
        How much a site serves, infinite where that is not limited.
    whole : bool
        Whether a demand is served by one site alone; tells only where capacities are limited.
    """

    ways: Ways
    weight: np.ndarray
    outside: np.ndarray
    opening: np.ndarray
    count: int | None
    fixed: np.ndarray
    capacity: np.ndarray | None = None
    whole: bool = False

    @cached_property
    def price(self) -> np.ndarray:
        """What each way costs for the whole of its demand: float64[k]."""
        return self.ways.cost * self.weight[self.ways.demand]

    @cached_property
    def leaving(self) -> np.ndarray:
        """What it costs to leave the whole of each demand unserved: float64[n], infinite where that may not be."""
        return np.where(self.weight > 0, self.outside * np.maximum(self.weight, 1e-300), 0.0)

    @property
    def most(self) -> int:
        """How many sites may be chosen beside the fixed ones."""
        free = int((~self.fixed).sum())
        return free if self.count is None else min(self.count, free)

    @cached_property
    def limited(self) -> bool:
        """Whether a capacity can matter."""
        if self.capacity is None:
            return False
        demand = self.weight[self.ways.demand]
        near = np.bincount(self.ways.site, weights=demand, minlength=self.ways.sites)
        return bool((self.capacity < near - SAME).any())

    @cached_property
    def reaches(self) -> bool:
        """Whether all that is asked is whom sites reach: nothing costs but whom they do not."""
        soft = bool(np.isfinite(self.leaving).all())
        return soft and not self.price.any() and not self.opening[~self.fixed].any()

    @cached_property
    def integral(self) -> bool:
        """Whether all that can be paid is a whole number."""
        costs = np.concatenate([self.price, self.leaving[np.isfinite(self.leaving)], self.opening[~self.fixed]])
        if self.limited and not self.whole:
            parts = [self.ways.cost, self.outside[np.isfinite(self.outside)], self.opening[~self.fixed], self.weight]
            parts += [] if self.capacity is None else [self.capacity[np.isfinite(self.capacity)]]
            costs = np.concatenate(parts)  # flows between whole numbers are whole
        return bool((np.abs(costs - np.rint(costs)) < 1e-9).all())

    def without_limits(self) -> Problem:
        """Return the same without capacities, which costs no more."""
        return replace(self, capacity=None, whole=False)


@dataclass(frozen=True, eq=False)
class Chosen:
    """Sites, and who is served by which.

    Attributes
    ----------
    sites : int64[c]
        Ascending, the fixed ones among them.
    way : int64[f]
        The ways that are used.
    amount : float64[f]
        How much over each.
    served : float64[n]
    price : float
        All costs together; infinite where what must be served is not.
    """

    sites: np.ndarray
    way: np.ndarray
    amount: np.ndarray
    served: np.ndarray
    price: float


@dataclass(frozen=True, eq=False)
class Found:
    """The answer to a problem.

    Attributes
    ----------
    best : Chosen or None
        None where nothing was found that serves what must be served.
    bound : float
        Nothing costs less; infinite where there is proof that nothing serves what must be served.
    proven : bool
        Whether `best` is proven to be cheapest, or that there is none.
    stopped : bool
        Whether time was up before all was tried.
    """

    best: Chosen | None
    bound: float
    proven: bool
    stopped: bool = False


def closed(problem: Problem, best: Chosen | None, bound: float, stopped: bool) -> Found:
    """Make an answer; what costs no more than the bound is proven."""
    if problem.integral and np.isfinite(bound):
        bound = float(np.ceil(bound - 1e-6 * max(1.0, abs(bound) * 1e-3)))
    if best is None:
        return Found(None, bound, bound == np.inf, stopped)
    bound = min(bound, best.price)
    proven = best.price - bound <= SAME * max(1.0, abs(best.price) * 0.1)
    return Found(best, bound, proven, stopped and not proven)
