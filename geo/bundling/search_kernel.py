"""Bundles improved by moving one thing at a time and by joining two, hotter moves first: simulated annealing."""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.bundling.subsets_kernel import tree_length
from geo.engines import below, seeded, share


@njit(cache=True)
def price(members: np.ndarray, sums: np.ndarray, links: tuple[np.ndarray, np.ndarray, np.ndarray], lowest: np.ndarray,
          left_cost: float, bundle_cost: float) -> float:
    """Say what a group costs: as a bundle, or where it is none yet as things that are left; infinite if it is torn."""
    if len(members) == 0:
        return 0.0
    if len(members) == 1:
        return left_cost
    tree = tree_length(members, links[0], links[1], links[2])
    if not tree < np.inf:
        return np.inf
    for kind in range(len(lowest)):
        if sums[kind] < lowest[kind] - 1e-9 * max(1.0, lowest[kind]):
            return left_cost * len(members) + 1e-3 * tree
    return bundle_cost + tree


@njit(cache=True)
def joined(links: tuple[np.ndarray, np.ndarray, np.ndarray], weight: np.ndarray, highest: np.ndarray,
           order: np.ndarray, ends: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Join things along links in an order, as long as the limits allow: int64[n], the group of each."""
    n, kinds = weight.shape
    above = np.arange(n)
    sums = weight.copy()
    for at in range(len(order)):
        one, other = ends[0][order[at]], ends[1][order[at]]
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        while above[other] != other:
            above[other] = above[above[other]]
            other = above[other]
        if one == other:
            continue
        fits = True
        for kind in range(kinds):
            fits &= sums[one, kind] + sums[other, kind] <= highest[kind] * (1 + 1e-9)
        if fits:
            low, high = min(one, other), max(one, other)
            for kind in range(kinds):
                sums[low, kind] += sums[high, kind]
            above[high] = low
    for thing in range(n):  # what is above has a lower number and is done
        above[thing] = above[above[thing]]
    return above


@njit(cache=True)
def _held(group: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the members of each group, how many they are, and what they weigh."""
    n, kinds = weight.shape
    size, sums = np.zeros(n, np.int64), np.zeros((n, kinds))
    for thing in range(n):
        size[group[thing]] += 1
        sums[group[thing]] += weight[thing]
    held = np.full((n, max(16, 2 * size.max())), -1, np.int32)
    size[:] = 0
    for thing in range(n):
        held[group[thing], size[group[thing]]] = thing
        size[group[thing]] += 1
    return held, size, sums


@njit(cache=True)
def _fits(sums: np.ndarray, more: np.ndarray, highest: np.ndarray) -> bool:
    fits = True
    for kind in range(len(highest)):
        fits &= sums[kind] + more[kind] <= highest[kind] * (1 + 1e-9)
    return fits


@njit(cache=True)
def _without(members: np.ndarray, thing: int) -> np.ndarray:
    rest = np.empty(len(members) - 1, np.int32)
    kept = 0
    for at in range(len(members)):
        if members[at] != thing:
            rest[kept] = members[at]
            kept += 1
    return rest


@njit(cache=True)
def _target(state: np.ndarray, group: np.ndarray, size: np.ndarray, thing: int, empty: int,
            links: tuple[np.ndarray, np.ndarray, np.ndarray]) -> tuple[int, bool]:
    """Draw where a thing goes: to the group of a neighbour, alone or with its whole group, or out; -1 for nowhere."""
    count = links[0][thing + 1] - links[0][thing]
    pick = below(state, count + 1)
    if pick == count:
        return (-1 if size[group[thing]] == 1 else empty), False
    to = group[links[1][links[0][thing] + pick]]
    return (-1 if to == group[thing] else to), below(state, 4) == 0


@njit(cache=True)
def annealed(group: np.ndarray, links: tuple[np.ndarray, np.ndarray, np.ndarray], weight: np.ndarray,
             limits: tuple[np.ndarray, np.ndarray], costs: tuple[float, float], effort: tuple[int, int],
             heat: tuple[float, float]) -> tuple[np.ndarray, float]:
    """Move things between groups that they are linked to, out of them, and groups into each other.

    Parameters
    ----------
    group : int64[n]
        A number below n for each.
    links : (starts, ends, lengths)
    weight : float64[n, k]
    limits : (lowest, highest)
    costs : (left_cost, bundle_cost)
    effort : (steps, seed)
    heat : (first, last)

    Returns
    -------
    tuple of (int64[n], float)
        The cheapest that was met, and what it costs.
    """
    n, steps = len(weight), effort[0]
    state = seeded(effort[1])
    group = group.copy()
    held, size, sums = _held(group, weight)
    prices, empty, free = np.zeros(n), np.full(n + 1, -1, np.int64), 0
    for at in range(n):
        prices[at] = price(held[at, :size[at]], sums[at], links, limits[0], costs[0], costs[1])
        if size[at] == 0:
            free += 1
            empty[free] = at
    now = prices.sum()
    begun, best, cheapest = now, group.copy(), now
    kept_along = n <= 512  # copying a large one at every step down costs more than the last one lacks
    cooling, hot = (heat[1] / heat[0]) ** (1.0 / max(1, steps)), heat[0]
    for _ in range(steps):
        hot *= cooling
        thing = below(state, n)
        mine = group[thing]
        to, whole = _target(state, group, size, thing, empty[free], links)
        if to < 0:
            continue
        moved = sums[mine].copy() if whole else weight[thing].copy()
        if not _fits(sums[to], moved, limits[1]):
            continue
        was = held[mine, :size[mine]]
        rest = was[:0] if whole else _without(was, thing)
        came = np.concatenate((held[to, :size[to]], was if whole else np.array([thing], np.int32)))
        one = price(rest, sums[mine] - moved, links, limits[0], costs[0], costs[1])
        if not one < np.inf:
            continue
        other = price(came, sums[to] + moved, links, limits[0], costs[0], costs[1])
        change = one + other - prices[mine] - prices[to]
        if change > 0 and share(state) >= np.exp(-change / hot):
            continue
        if size[to] == 0:
            free -= 1
        if len(came) > held.shape[1]:
            held = np.concatenate((held, np.full(held.shape, -1, np.int32)), axis=1)
        held[mine, :len(rest)], held[to, :len(came)] = rest, came
        size[mine], size[to] = len(rest), len(came)
        if len(rest) == 0:
            free += 1
            empty[free] = mine
        group[came] = to
        sums[to] += moved
        sums[mine] -= moved
        prices[mine], prices[to] = one, other
        now += change
        if kept_along and now < cheapest - 1e-7:
            best[:], cheapest = group, now
    if not kept_along and now < begun:
        best[:], cheapest = group, now
    return best, cheapest
