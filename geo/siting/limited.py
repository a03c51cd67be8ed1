"""Sites that hold only so much: sets tried by filling them, bounded by knapsacks, proven by HiGHS."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo.engines import Model
from geo.siting.kernels import picked
from geo.siting.limited_kernels import ascend_limited, forced, knapsacks, put, put_wholly
from geo.siting.problem import SAME, Chosen, Found, Left, Problem, closed
from geo.siting.unlimited import Effort, Search, demand_of, search_of, solve_unlimited

MOST_LIMITED = 60_000
"""Ways, of which HiGHS still proves something in the time that anybody waits."""

MOST_EXCHANGED = 300
"""Whole demands that are moved and exchanged one by one."""

LEAST_S = 2.0
"""How long the exact model is asked where nothing else found sites that serve what must be served."""

BEGINNINGS, EACH = 5, 40
ANNEALED, LEAST_ANNEALED = 6_000, 1_000
"""Sets tried by annealing at most; where there is work for fewer than the least, it is not begun."""

HOT, COLD = 0.08, 0.001  # in what a site costs with its demands
CHUNK, WORK = 25, 3e8
"""Steps of the subgradient between two looks at the clock; how many ways are looked at in all tries together."""


def allotted(problem: Problem, opened: np.ndarray, seconds: float = 30.0) -> Chosen | None:
    """Serve from open sites at the least cost, within their capacities; None where not all that must be is served."""
    ways = problem.ways
    rows = np.flatnonzero(opened[ways.site] & (problem.weight[ways.demand] > 0))
    demand, site = ways.demand[rows], ways.site[rows]
    model = Model()
    weight = problem.weight[demand]
    if problem.whole:
        y = model.add(problem.price[rows], 1.0, whole=True)
    else:
        y = model.add(problem.price[rows], 1.0)
    soft = np.isfinite(problem.leaving)
    z = model.add(np.where(soft, problem.leaving, 0.0), np.where(soft, 1.0, 0.0), whole=problem.whole)
    n = ways.demands
    counted = (problem.weight > 0).astype(float)
    model.require(n, [(demand, y, 1.0), (np.arange(n), z, 1.0)], counted, np.ones(n))
    _hold(model, problem, site, y, weight, None)
    proof = model.run(seconds)
    if proof.values is None:
        return None
    share = proof.values[y]
    used = share > 1e-9
    amount = share[used] * weight[used]
    served = np.bincount(demand[used], weights=amount, minlength=n)
    price = float(problem.opening[opened & ~problem.fixed].sum() + problem.price[rows[used]] @ share[used])
    missing = np.clip(1.0 - served / np.maximum(problem.weight, 1e-300), 0.0, 1.0)
    missing[(problem.weight <= 0) | (missing < 1e-9)] = 0.0
    price += float((np.where(soft, problem.leaving, 0.0) * missing).sum())
    return Chosen(np.flatnonzero(opened), rows[used], amount, served, price)


def _hold(model: Model, problem: Problem, site: np.ndarray, y: np.ndarray, weight: np.ndarray,
          x: np.ndarray | None) -> None:  # fmt: skip
    """Require that no site holds more than it can, and nothing unless it is open."""
    assert problem.capacity is not None
    total = np.bincount(site, weights=weight, minlength=problem.ways.sites)
    held = np.flatnonzero(np.isfinite(problem.capacity) & (total > problem.capacity + 1e-12))
    number = np.full(problem.ways.sites, -1)
    number[held] = np.arange(len(held))
    mine = number[site] >= 0
    parts = [(number[site[mine]], y[mine], weight[mine])]
    if x is None:
        model.require(len(held), parts, high=problem.capacity[held])
    else:
        parts.append((np.arange(len(held)), x[held], -problem.capacity[held]))
        model.require(len(held), parts, high=0.0)


def solve_limited(problem: Problem, effort: Effort, left: Left) -> Found:
    """Find sites within their capacities, with a bound beside."""
    if _too_little(problem):
        return Found(None, np.inf, True)
    loose = solve_unlimited(problem.without_limits(), replace(effort, nodes=0, shakes=5), left)
    if loose.best is None and loose.proven:
        return Found(None, np.inf, True)
    search = search_of(problem)
    exact = problem.whole and _whole_numbers(problem)
    assert problem.capacity is not None
    sizes = problem.weight, np.minimum(problem.capacity, problem.weight.sum())
    tries = _Tries(problem, effort)
    if loose.best is not None:
        tries.at(_mask(problem, loose.best.sites))
    state = np.array([-np.inf, 1.5, 0.0, 0.0])
    tries.better(lambda: left() / 2)
    search.look(tries.opened)
    start = np.where(search.second < search.leaving, (search.low + search.second) / 2, search.low)
    start = np.clip(start, search.ends[0], search.ends[1])
    current, worth = start.copy(), start.copy()
    at, stopped, fewest = np.zeros(problem.ways.sites, dtype=bool), False, fewest_of(problem)
    steps = int(np.clip(WORK / max(1, len(problem.ways.demand)) / (100 if exact else 10), CHUNK, effort.steps))
    for step in range(0, steps, CHUNK):
        if step and left() <= 0:
            stopped = True
            break
        upper = min(tries.price, search.dearest * 2)
        choice, climb = (search.opening, problem.fixed, at), (current, worth, state)
        how = fewest, problem.most, CHUNK, exact
        ascend_limited(search.by_site, sizes, choice, search.ends[1], upper, climb, how)
        tries.at(at)
        if state[1] < 1e-3:
            break
    tries.better(left)
    tries.annealed(left)
    bound = max(loose.bound, state[0])
    best = tries.best(left)
    if np.isinf(problem.leaving).any() and bound > search.dearest + SAME:
        return Found(None, np.inf, True)
    found = closed(problem, best, bound, stopped)
    if found.proven or effort.nodes < 1 or (best is not None and left() <= 0.05):
        return found
    # without any answer the exact model is asked whatever time it is
    return _proven(problem, found, worth, exact, effort, left if best is not None else lambda: max(left(), LEAST_S))


def _too_little(problem: Problem) -> bool:
    """Say whether all sites that may be open together hold less than must be served."""
    assert problem.capacity is not None
    free = np.sort(problem.capacity[~problem.fixed])[::-1][: problem.most]
    must = problem.weight[np.isinf(problem.leaving)].sum()
    return bool(problem.capacity[problem.fixed].sum() + free.sum() < must - SAME)


def _to_be_held(problem: Problem) -> float:
    """Return how much must be served beside what fixed sites can hold."""
    assert problem.capacity is not None
    return float(problem.weight[np.isinf(problem.leaving)].sum() - problem.capacity[problem.fixed].sum())


def fewest_of(problem: Problem) -> int:
    """Return how many sites must be opened beside the fixed ones, for all that must be served to have room."""
    assert problem.capacity is not None
    room = np.cumsum(np.sort(problem.capacity[~problem.fixed])[::-1])
    needed = _to_be_held(problem)
    return min(problem.most, int((room < needed - SAME * max(1.0, needed)).sum()) + 1) if needed > SAME else 0


def _whole_numbers(problem: Problem) -> bool:
    assert problem.capacity is not None
    weights_whole = bool((np.abs(problem.weight - np.rint(problem.weight)) < 1e-9).all())
    room = np.minimum(problem.capacity, problem.weight.sum()).sum()
    return weights_whole and float(room) * problem.ways.demands <= 4e6


def _mask(problem: Problem, sites: np.ndarray) -> np.ndarray:
    opened = problem.fixed.copy()
    opened[sites] = True
    return opened


class _Tries:
    """Sets of sites that were tried; prices are those of filling them in turn, which may be more than is needed."""

    def __init__(self, problem: Problem, effort: Effort) -> None:
        self.problem, self.search = problem, search_of(problem)
        self.random = np.random.default_rng(effort.seed)
        self.price, self.opened = np.inf, problem.fixed.copy()
        self.kept: dict[bytes, tuple[float, np.ndarray]] = {}
        self.effort = effort

    def at(self, opened: np.ndarray) -> float:
        """Fill a set of sites."""
        key = np.packbits(opened).tobytes()
        if key in self.kept:
            return self.kept[key][0]
        problem, search = self.problem, self.search
        assert problem.capacity is not None
        if problem.whole and problem.ways.demands <= MOST_EXCHANGED:
            price = put_wholly(search.by_site, problem.weight, problem.capacity, search.leaving, opened, 20)
        else:
            price = put(search.by_demand, problem.weight, problem.capacity, search.leaving, opened, problem.whole)
        price += search.opening[opened].sum()
        self.kept[key] = (price, opened.copy())
        if price < self.price:
            self.price, self.opened = price, opened.copy()
        return float(price)

    def better(self, left: Left) -> None:
        """Exchange sites for others at random from several beginnings, as long as there is work and time for it."""
        count = int(np.clip(WORK / 3 / max(1, len(self.problem.ways.demand)), 20, 1200))
        count = min(count, EACH * self.problem.ways.sites)
        for beginning in range(BEGINNINGS if count >= 600 else 1):
            opened = self.opened.copy()
            for _ in range(3 if beginning else 0):
                opened = self._exchanged(opened)
            price = self.at(opened)
            for _ in range(count // 3 if beginning else count):
                if left() <= 0:
                    return
                other = self._exchanged(opened)
                if self.at(other) < price:
                    price, opened = self.at(other), other

    def annealed(self, left: Left) -> None:
        """Exchange sites by annealing from the best set on, where some hundreds of sets would be a poor sample."""
        steps = min(ANNEALED, int(WORK / max(1, len(self.problem.ways.demand))))
        if steps < LEAST_ANNEALED or not np.isfinite(self.price) or self.price > self.search.dearest:
            return
        opened, price = self.opened, self.price
        heats = np.geomspace(HOT, COLD, steps) * self.price / max(1, int(opened.sum()))
        for heat in heats.tolist():
            if left() <= 0:
                return
            other = self._exchanged(opened)
            more = self.at(other) - price
            if more < 0 or self.random.random() < np.exp(-more / max(heat, 1e-12)):
                opened, price = other, price + more

    def _exchanged(self, opened: np.ndarray) -> np.ndarray:
        """Close a site, open one, or both."""
        other = opened.copy()
        inside, out = np.flatnonzero(opened & ~self.problem.fixed), np.flatnonzero(~opened)
        move = self.random.random()
        if len(inside) and (move < 0.8 or len(inside) >= self.problem.most):
            other[self.random.choice(inside)] = False
        if len(out) and move > 0.1:
            other[self.random.choice(out)] = True
        return other if int((other & ~self.problem.fixed).sum()) <= self.problem.most else opened

    def best(self, left: Left) -> Chosen | None:
        """Return the best of the sets that looked best, served at the least cost."""
        ranked = sorted(self.kept.values(), key=lambda each: each[0])[:3]
        found = [allotted(self.problem, each[1], max(0.5, min(5.0, left()))) for each in ranked]
        known = [each for each in found if each is not None]
        return min(known, key=lambda each: each.price) if known else None


def _proven(problem: Problem, found: Found, worth: np.ndarray, exact: bool, effort: Effort, left: Left) -> Found:
    """Leave out sites and ways that no better choice has, and let HiGHS decide about the rest."""
    search, ways, best = search_of(problem), problem.ways, found.best
    kept = problem.price < problem.leaving[ways.demand]
    out = np.zeros(ways.sites, dtype=bool)
    if best is not None:
        more = _dearer(problem, search, worth, exact)
        step = 1.0 - 1e-6 if problem.integral else 0.0  # what is better is better by so much
        kept &= more <= best.price - step + SAME * max(1.0, abs(best.price) * 1e-3)
        out[:] = True
        out[ways.site[kept]] = out[problem.fixed] = out[best.sites] = False
    rows = np.flatnonzero(kept)
    if len(rows) > MOST_LIMITED:
        return found
    known = best if best is not None and kept[best.way].all() else None
    opened, low, stopped = _exact(problem, rows, out, known, effort, left)
    if opened is not None:
        again = allotted(problem, opened, max(1.0, left()))
        if again is not None and (best is None or again.price < best.price):
            best = again
    low = max(found.bound, low if best is None else min(low, best.price))
    return closed(problem, best, low, stopped or found.stopped)


def _dearer(problem: Problem, search: Search, worth: np.ndarray, exact: bool) -> np.ndarray:
    """Give of each way what nothing that uses it can undercut: float64[k]."""
    assert problem.capacity is not None
    ways = problem.ways
    cost, share = np.empty(ways.sites), np.empty(len(ways.demand))
    sizes = problem.weight, np.minimum(problem.capacity, problem.weight.sum())
    knapsacks(search.by_site, sizes, search.opening, worth, exact, cost, share)
    at = np.zeros(ways.sites, dtype=bool)
    fewest = fewest_of(problem)
    bound = worth.sum() + picked(cost, problem.fixed, fewest, problem.most, at)
    ordered = np.sort(cost[~problem.fixed])
    last = min(0.0, ordered[problem.most - 1]) if 0 < problem.most <= len(ordered) else 0.0
    last += max(0.0, ordered[fewest - 1]) if fewest else 0.0  # the one that would not have to be opened any more
    more = bound + np.where(at, 0.0, cost - last)[ways.site]
    if exact:  # demands stay whole, and a site that has one has less room for the others
        extra = np.empty(len(ways.demand))
        forced(search.by_site, sizes, worth, extra)
        more += extra
    return more


def _exact(
    problem: Problem, kept: np.ndarray, out: np.ndarray, known: Chosen | None, effort: Effort, left: Left
) -> tuple[np.ndarray | None, float, bool]:
    ways, n = problem.ways, problem.ways.demands
    demand, site = ways.demand[kept], ways.site[kept]
    weight = problem.weight[demand]
    model = Model()
    x = model.add(np.where(problem.fixed, 0.0, problem.opening), np.where(out, 0.0, 1.0), whole=True)
    y = model.add(problem.price[kept], 1.0, whole=problem.whole)
    soft = np.isfinite(problem.leaving)
    z = model.add(np.where(soft, problem.leaving, 0.0), np.where(soft, 1.0, 0.0), whole=problem.whole)
    counted = (problem.weight > 0).astype(float)
    model.require(n, [(demand, y, 1.0), (np.arange(n), z, 1.0)], counted, np.ones(n))
    rows = np.arange(len(kept))
    model.require(len(kept), [(rows, y, 1.0), (rows, x[site], -1.0)], high=0.0)
    _hold(model, problem, site, y, weight, x)
    free, fixed = np.flatnonzero(~problem.fixed), np.flatnonzero(problem.fixed)
    model.require(1, [(np.zeros(len(free), np.int64), x[free], 1.0)], float(fewest_of(problem)), float(problem.most))
    needed = _to_be_held(problem)
    if needed > SAME:  # no more than the rows say together, and much more where sites have to be opened wholly
        assert problem.capacity is not None
        room = np.minimum(problem.capacity[free], needed)
        model.require(1, [(np.zeros(len(free), np.int64), x[free], room)], needed * (1 - 1e-9))
    model.require(len(fixed), [(np.arange(len(fixed)), x[fixed], 1.0)], 1.0)
    start = None
    if known is not None:
        start = np.zeros(model.columns)
        start[x[known.sites]] = 1.0
        part = np.zeros(len(ways.demand))
        part[known.way] = known.amount / problem.weight[demand_of(problem, known.way)]
        start[y] = part[kept]
        start[z] = np.where(problem.weight > 0, 1.0 - np.bincount(demand, weights=part[kept], minlength=n), 0.0)
    proof = model.run(left(), effort.seed, start, effort.nodes)
    opened = None if proof.values is None else (proof.values[x] > 0.5) | problem.fixed
    return opened, proof.bound, proof.stopped
