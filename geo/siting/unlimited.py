"""Sites without capacities: opened greedily, exchanged, bounded by Lagrange's multipliers, proven by HiGHS."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo.engines import Model, seeded
from geo.siting.kernels import ascend, best_move, greedy, nearest_two, picked, reduced
from geo.siting.problem import SAME, Chosen, Found, Left, Problem, closed

MOST_WAYS = 250_000
"""Of more HiGHS proves nothing in the time that anybody waits."""

WAYS_A_SECOND = 20_000
"""What HiGHS takes in before it looks at the clock."""

STEPS, CHUNK = 600, 50
_HOT, _COLD, _HEATS = 0.1, 0.005, 40  # of annealing, in what a site reaches
_EXCHANGES = 1_000_000  # at first
_ROUNDS, _WORTH = 4, 1e-3  # of annealing, each twice as long; a round that gains less is the last
NOTHING = np.empty(0, np.int64)


@dataclass(frozen=True)
class Effort:
    """How much is tried; the same effort and seed give the same sites, unless time is up before.

    Attributes
    ----------
    seed : int
    shakes : int
        How often some sites are exchanged at random and the rest mended.
    steps : int
        Of the subgradient.
    nodes : int
        Of the exact model's tree, at most; 0 for no exact model.
    enough : float
        A gap with which one is content, as a share of the price; of what is reached, where that is all that is asked.
    target : float, optional
        What is asked is only whether something costs no more than this.
    """

    seed: int = 1
    shakes: int = 30
    steps: int = STEPS
    nodes: int = 1_000_000
    enough: float = 0.0
    target: float | None = None

    def done(self, price: float, bound: float, step: float, of: float) -> bool:
        """Say whether price and bound suffice; prices differ by a step at least, and `enough` is a share `of` that."""
        if self.target is not None and (price <= self.target + SAME or bound > self.target + SAME):
            return True
        return price - bound <= max(step, SAME, self.enough * abs(of))


def chosen(problem: Problem, opened: np.ndarray) -> Chosen:
    """Say who is served from where, if some sites are open: everybody by the cheapest."""
    search = Search(problem)
    search.look(opened)
    served = np.where(search.first >= 0, problem.weight, 0.0)
    here = np.flatnonzero(search.first >= 0)
    starts, order = problem.ways.by_demand
    site = problem.ways.site[order]
    way = np.array([order[starts[i] + int(np.argmax(site[starts[i]:starts[i + 1]] == search.first[i]))] for i in here],
                   np.int64)  # fmt: skip
    left = (search.first < 0) & (problem.weight > 0)
    price = problem.opening[opened & ~problem.fixed].sum() + problem.price[way].sum()
    price += problem.leaving[left].sum()
    return Chosen(np.flatnonzero(opened), way, problem.weight[demand_of(problem, way)], served, float(price))


def demand_of(problem: Problem, way: np.ndarray) -> np.ndarray:
    """Return the demand of ways."""
    return problem.ways.demand[way]


def solve_unlimited(problem: Problem, effort: Effort, left: Left) -> Found:
    """Find sites whatever they can hold, with a bound beside."""
    if not problem.ways.sites:
        return closed(problem, _only(problem, np.zeros(0, dtype=bool)), 0.0, False)
    search = Search(problem)
    best = search.started()
    bound, worth, stopped = -np.inf, search.worth.copy(), False
    state = np.array([-np.inf, 1.5, 0.0, 0.0])
    at, current = np.zeros(problem.ways.sites, dtype=bool), search.worth.copy()
    for step in range(0, effort.steps, CHUNK):
        if step and left() <= 0:
            stopped = True
            break
        choice, climb = (search.opening, problem.fixed, at), (current, worth, state)
        ascend(search.by_site, choice, problem.most, search.ends, best[0], climb, CHUNK)
        best = min(best, search.mended(at.copy()), key=lambda each: each[0])
        bound = state[0]
        if _near(problem, best[0], bound, effort) or state[1] < 1e-3:
            break
    if not _near(problem, best[0], bound, effort) and problem.reaches and effort.shakes:
        best = _annealed(problem, search, best, bound, (effort, left))
    random = np.random.default_rng(effort.seed)
    for _ in range(effort.shakes):
        if _near(problem, best[0], bound, effort):
            break
        if left() <= 0:
            stopped = True
            break
        best = min(best, search.mended(search.shaken(best[1], random)), key=lambda each: each[0])
    found = closed(problem, _only(problem, best[1]), _true(problem, search, bound), stopped)
    if found.proven or effort.nodes < 1 or left() <= 0.05 or _near(problem, best[0], bound, effort):
        return found
    return _proven(problem, search, found, best, worth, effort, left)


def _annealed(
    problem: Problem, search: Search, best: tuple[float, np.ndarray], bound: float, how: tuple[Effort, Left]
) -> tuple[float, np.ndarray]:
    """Exchange sites by annealing, each time twice as long, while that is worth it and half of the time is left."""
    effort, left = how
    all_, until = float(problem.leaving.sum()), left() / 2
    for again in range(_ROUNDS):
        moved = search.exchanged(best[1], effort.seed + again, _EXCHANGES << again, left)
        found = min(best, search.mended(moved), key=lambda each: each[0])
        worth, best = best[0] - found[0] > _WORTH * (all_ - found[0]), found
        if not worth or left() < until or _near(problem, best[0], bound, effort):
            break
    return best


def _near(problem: Problem, price: float, bound: float, effort: Effort) -> bool:
    of = float(problem.leaving.sum()) - price if problem.reaches else price
    return effort.done(price, bound, 1.0 - 1e-6 if problem.integral else 0.0, of)


def _true(problem: Problem, search: Search, bound: float) -> float:
    """Return a bound of what is asked: infinite where it is higher than anything that serves all can cost."""
    return np.inf if np.isinf(problem.leaving).any() and bound > search.dearest + SAME else bound


def _only(problem: Problem, opened: np.ndarray) -> Chosen | None:
    """Return what is served, None where that is not all that must be."""
    found = chosen(problem, opened)
    return found if np.isfinite(found.price) else None


def search_of(problem: Problem) -> Search:
    """Return the arrays of a problem."""
    return Search(problem)


class Search:
    """The arrays that kernels work on; what may not be left unserved costs more than all the rest together."""

    def __init__(self, problem: Problem) -> None:
        ways = problem.ways
        self.problem = problem
        starts, order = ways.by_demand
        price = problem.price
        least, most = np.zeros(ways.demands), np.zeros(ways.demands)
        there = np.diff(starts) > 0
        least[there], most[there] = price[order][starts[:-1][there]], price[order][starts[1:][there] - 1]
        self.opening = np.where(problem.fixed, 0.0, problem.opening)
        soft = problem.leaving[np.isfinite(problem.leaving)].sum()
        self.dearest = float(most.sum() + self.opening.sum() + soft)
        self.leaving = np.where(np.isfinite(problem.leaving), problem.leaving, self.dearest + 1.0)
        self.by_site = ways.starts, ways.demand, price
        self.by_demand = starts, ways.site[order], price[order]
        self.ends = np.where(there, np.minimum(least, self.leaving), self.leaving), self.leaving
        self.first = np.full(ways.demands, -1, np.int64)
        self.low, self.second = self.leaving.copy(), self.leaving.copy()
        self.worth = self.ends[0].copy()

    def look(self, opened: np.ndarray) -> float:
        """Find who is served from where, and return what all costs."""
        total = nearest_two(self.by_demand, opened, self.leaving, self.first, self.low, self.second)
        return float(total + self.opening[opened].sum())

    def started(self) -> tuple[float, np.ndarray]:
        """Open greedily, then exchange; and begin to climb from what the second best would cost."""
        opened = self.problem.fixed.copy()
        self.look(opened)
        low = self.low.copy()
        greedy(self.by_site, self.opening, opened, low, self.problem.most)
        best = self.mended(opened)
        self.look(best[1])
        spread = np.minimum(self.second, self.ends[1])
        soft = np.minimum(spread, self.low + max(1e-9, float(np.median(self.opening))))
        self.worth = np.clip(np.where(np.isfinite(self.problem.leaving), (self.low + spread) / 2, soft), *self.ends)
        return best

    def mended(self, opened: np.ndarray) -> tuple[float, np.ndarray]:
        """Make the best moves until none saves anything."""
        while True:
            price = self.look(opened)
            room = int((opened & ~self.problem.fixed).sum()) < self.problem.most
            known = self.first, self.low, self.second
            saved, enters, leaves = best_move(self.by_site, self.opening, opened, self.problem.fixed, room, known)
            if saved <= SAME:
                return price, opened
            if enters >= 0:
                opened[enters] = True
            if leaves >= 0:
                opened[leaves] = False

    def exchanged(self, opened: np.ndarray, seed: int, steps: int, left: Left) -> np.ndarray:
        """Exchange sites by annealing, where all that is asked is whom they reach; as many stay open."""
        from geo.siting.cover_kernel import anneal_cover

        ways, now, state = self.problem.ways, opened.copy(), seeded(seed)
        starts, order = ways.by_demand
        free = int((opened & ~self.problem.fixed).sum())
        reached = float(self.leaving.sum()) - self.look(opened)
        best, most = opened, reached
        if not free or reached <= 0:
            return best
        for heat in np.geomspace(_HOT, _COLD, _HEATS) * reached / free:
            if left() <= 0:
                break
            found, sites = anneal_cover((ways.starts, ways.demand), (starts, ways.site[order]), self.leaving, now,
                                        self.problem.fixed, (float(heat), steps // _HEATS), state)  # fmt: skip
            if found > most:
                best, most = sites, found
        return best.copy()

    def shaken(self, opened: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Exchange a few sites at random."""
        opened = opened.copy()
        inside, out = np.flatnonzero(opened & ~self.problem.fixed), np.flatnonzero(~opened)
        count = min(len(inside), len(out), int(random.integers(1, max(2, min(6, len(inside) // 3 + 2)))))
        if count:
            opened[random.choice(inside, count, replace=False)] = False
            opened[random.choice(out, count, replace=False)] = True
        return opened


def _proven(
    problem: Problem, search: Search, found: Found, best: tuple[float, np.ndarray], worth: np.ndarray, effort: Effort,
    left: Left,
) -> Found:  # fmt: skip
    """Leave out sites that no better choice has, and let HiGHS decide about the rest."""
    cost = np.empty(problem.ways.sites)
    reduced(search.by_site, search.opening, worth, cost)
    at = np.zeros(problem.ways.sites, dtype=bool)
    bound = worth.sum() + picked(cost, problem.fixed, 0, problem.most, at)
    free = np.flatnonzero(~problem.fixed)
    ordered = np.sort(cost[free])
    last = min(0.0, ordered[problem.most - 1]) if 0 < problem.most <= len(free) else 0.0
    following = min(0.0, ordered[problem.most]) if problem.most < len(free) else 0.0
    step = 1.0 - 1e-6 if problem.integral else 0.0  # what is better is better by so much
    slack = max(0.0, best[0] - bound - step) + SAME * max(1.0, abs(best[0]) * 1e-3)
    out = ~problem.fixed & ~at & (cost - last > slack)
    kept_in = problem.fixed | (at & (following - cost > slack))
    kept = ~out[problem.ways.site]
    sure = kept_in[problem.ways.site]
    near = search.leaving.copy()
    np.minimum.at(near, problem.ways.demand[sure], search.by_site[2][sure])
    kept &= search.by_site[2] < near[problem.ways.demand]
    if kept.sum() > MOST_WAYS:
        return found
    if kept.sum() > WAYS_A_SECOND * left():  # HiGHS looks at the clock too seldom
        return replace(found, stopped=True)
    opened, bound, stopped = _by_radius(problem, search, (np.flatnonzero(kept), kept_in, out), best[1], effort, left)
    if opened is not None and search.look(opened) < best[0]:
        best = (search.look(opened), opened)
    # What was left out is no cheaper than the best that is known.
    bound = max(found.bound, min(bound, best[0]))
    answer = _only(problem, best[1])
    if answer is None and bound >= best[0] - SAME:
        bound = np.inf
    return closed(problem, answer, bound, stopped or found.stopped)


def _by_radius(
    problem: Problem, search: Search, parts: tuple[np.ndarray, np.ndarray, np.ndarray], known: np.ndarray,
    effort: Effort, left: Left,
) -> tuple[np.ndarray | None, float, bool]:  # fmt: skip
    """Solve the model that has a column for every distance within which nothing may be open, and a row."""
    kept, sure, out = parts
    ways, n = problem.ways, problem.ways.demands
    near = search.leaving.copy()
    held = sure[ways.site]
    np.minimum.at(near, ways.demand[held], search.by_site[2][held])
    price, demand, site = search.by_site[2][kept], ways.demand[kept], ways.site[kept]
    order = np.lexsort((site, price, demand))
    price, demand, site = price[order], demand[order], site[order]
    new = np.ones(len(price), dtype=bool)
    new[1:] = (np.diff(demand) != 0) | (np.diff(price) > 1e-12)
    group = np.cumsum(new) - 1
    at, whose = price[new], demand[new]
    last = np.ones(len(at), dtype=bool)
    last[:-1] = np.diff(whose) != 0
    first = np.concatenate([[True], last[:-1]]) if len(at) else np.empty(0, dtype=bool)
    beyond = np.concatenate([at[1:], [0.0]]) if len(at) else at
    beyond[last] = near[whose[last]]
    model = Model()
    x = model.add(search.opening, np.where(out, 0.0, 1.0), whole=True)
    # what must be served may cost no more than it can
    must = np.isinf(problem.leaving[whose]) & (near[whose] >= search.leaving[whose])
    z = model.add(beyond - at, np.where(last & must,
                                        0.0, 1.0))  # fmt: skip
    rows = np.arange(len(at))
    later = np.flatnonzero(~first)
    model.require(len(at), [(rows, z, 1.0), (group, x[site], 1.0), (later, z[later - 1], -1.0)],
                  np.where(first, 1.0, 0.0))  # fmt: skip
    free = np.flatnonzero(~problem.fixed)
    model.require(1, [(np.zeros(len(free), np.int64), x[free], 1.0)], high=float(problem.most))
    fixed = np.flatnonzero(sure)
    model.require(len(fixed), [(np.arange(len(fixed)), x[fixed], 1.0)], 1.0)
    constant = float(at[first].sum())
    without = np.ones(n, dtype=bool)
    without[whose] = False
    if (np.isinf(problem.leaving) & without & (near >= search.leaving)).any():
        return None, np.inf, False
    constant += float(near[without].sum())
    start = np.zeros(model.columns)
    start[x] = known | sure
    done = np.bincount(group, weights=known[site], minlength=len(at)) > 0
    reached = np.concatenate([[0], np.cumsum(done)])
    base = np.maximum.accumulate(np.where(first, rows, 0)) if len(at) else rows
    start[z] = reached[rows + 1] - reached[base] == 0
    proof = model.run(left(), effort.seed, start, effort.nodes)
    opened = None if proof.values is None else (proof.values[x] > 0.5) | problem.fixed
    return opened, proof.bound + constant, proof.stopped
