"""Numba kernels of siting with capacities: demands put into open sites, and a Lagrangian bound made of knapsacks.

Importing this module loads numba; import it only where a kernel is called. Prices are those of the whole of a demand.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.siting.kernels import Arrays, Climb, picked, went_back, went_on


@njit(cache=True, nogil=True)
def put(
    by_demand: Arrays, weight: np.ndarray, capacity: np.ndarray, leaving: np.ndarray, opened: np.ndarray, whole: bool
) -> float:
    """Put demands into open sites, those first that lose most by having to go elsewhere; return what that costs."""
    starts, site, price = by_demand
    n = len(weight)
    regret = np.zeros(n)
    for i in range(n):
        first, second = leaving[i], leaving[i]
        for p in range(starts[i], starts[i + 1]):
            if opened[site[p]] and price[p] < leaving[i]:
                if first == leaving[i]:
                    first = price[p]
                else:
                    second = price[p]
                    break
        regret[i] = (first - second) / max(weight[i], 1e-12)
    left = capacity.copy()
    total = 0.0
    for i in np.argsort(regret):
        rest = weight[i]
        for p in range(starts[i], starts[i + 1]):
            if rest <= 1e-12 or price[p] >= leaving[i]:
                break
            j = site[p]
            if not opened[j] or left[j] <= 0 or (whole and left[j] < rest - 1e-9):
                continue
            amount = min(rest, left[j])
            left[j] -= amount
            rest -= amount
            total += price[p] * amount / weight[i]
        if rest > 1e-12:
            total += leaving[i] * rest / weight[i]
    return total


@njit(cache=True, nogil=True)
def filled(weight: np.ndarray, value: np.ndarray, capacity: float, exact: bool, share: np.ndarray) -> float:
    """Fill a knapsack with what is below 0, in parts or, where `exact`, wholly by whole weights; return its value."""
    share[:] = 0.0
    total = 0.0
    if exact:
        room = int(capacity)
        best = np.zeros(room + 1)
        took = np.zeros((len(value), room + 1), np.bool_)
        for i in range(len(value)):
            w = round(weight[i])
            if value[i] < 0:
                for c in range(room, w - 1, -1):
                    with_it = best[c - w] + value[i]
                    if with_it < best[c] - 1e-12:
                        best[c], took[i, c] = with_it, True
        c = room
        for i in range(len(value) - 1, -1, -1):
            if took[i, c]:
                share[i] = 1.0
                c -= round(weight[i])
        return best[room]
    ratio = np.empty(len(value))
    demand = 0.0
    for i in range(len(value)):
        ratio[i] = value[i] / weight[i] if weight[i] > 0 else -np.inf
        if value[i] < 0:
            demand += weight[i]
    if demand <= capacity:
        for i in range(len(value)):
            if value[i] < 0:
                share[i] = 1.0
                total += value[i]
        return total
    left = capacity
    for i in np.argsort(ratio):
        if value[i] >= 0:
            continue
        part = 1.0 if weight[i] <= left else left / weight[i]
        share[i] = part
        total += part * value[i]
        left -= part * weight[i]
        if left <= 1e-12:
            break
    return total


@njit(cache=True, nogil=True)
def knapsacks(
    by_site: Arrays,
    sizes: tuple[np.ndarray, np.ndarray],
    opening: np.ndarray,
    worth: np.ndarray,
    exact: bool,
    found: np.ndarray,
    share: np.ndarray,
) -> None:
    """Write what each site costs beside what the demands that it has room for are worth, and how much it takes."""
    starts, demand, price = by_site
    weight, capacity = sizes
    for j in range(len(opening)):
        low, high = starts[j], starts[j + 1]
        here = demand[low:high]
        found[j] = opening[j] + filled(weight[here], price[low:high] - worth[here], capacity[j], exact, share[low:high])


@njit(cache=True, nogil=True)
def ascend_limited(
    by_site: Arrays,
    sizes: tuple[np.ndarray, np.ndarray],
    choice: tuple[np.ndarray, np.ndarray, np.ndarray],
    high: np.ndarray,
    upper: float,
    climb: Climb,
    how: tuple[int, int, int, bool],
) -> None:
    """Take steps of a subgradient towards the highest bound, as `geo.siting.kernels.ascend` does.

    Parameters
    ----------
    sizes : (weight float64[n], capacity float64[s])
    high : float64[n]
        What a demand is worth at most.
    how : (fewest, most, steps, exact)
        How many sites must and may be opened, how many steps are taken, and whether demands stay whole.
    """
    opening, fixed, opened = choice
    worth = climb[0]
    fewest, most, steps, exact = how
    starts, demand, _ = by_site
    n = len(worth)
    cost, share = np.empty(len(opening)), np.empty(len(demand))
    slope, before = np.empty(n), np.zeros(n)
    ends = np.full(n, -np.inf), high
    for _step in range(steps):
        knapsacks(by_site, sizes, opening, worth, exact, cost, share)
        bound = worth.sum() + picked(cost, fixed, fewest, most, opened)
        if went_back(climb, before, bound):
            continue
        slope[:] = 1.0
        for j in range(len(opening)):
            if opened[j]:
                for p in range(starts[j], starts[j + 1]):
                    slope[demand[p]] -= share[p]
        if not went_on(climb, (slope, before), ends, bound, upper):
            return


@njit(cache=True, nogil=True)
def put_wholly(
    by_site: Arrays, weight: np.ndarray, capacity: np.ndarray, leaving: np.ndarray, opened: np.ndarray, rounds: int
) -> float:
    """Put whole demands into open sites, move and exchange them while that saves anything; return what that costs."""
    starts, demand, price = by_site
    sites = np.flatnonzero(opened)
    n, k = len(weight), len(sites)
    cost = np.full((n, k + 1), np.inf)
    room = np.full(k + 1, np.inf)
    cost[:, k] = leaving
    for c in range(k):
        room[c] = capacity[sites[c]]
        for p in range(starts[sites[c]], starts[sites[c] + 1]):
            cost[demand[p], c] = price[p]
    at = np.full(n, k, np.int64)
    for _ in range(n):  # the one that would lose most by waiting goes first
        who, where, most = -1, k, -1.0
        for i in range(n):
            if at[i] != k or weight[i] <= 0:
                continue
            first, second, site = leaving[i], leaving[i], k
            for c in range(k):
                if room[c] >= weight[i] - 1e-9:
                    if cost[i, c] < first:
                        first, second, site = cost[i, c], first, c
                    elif cost[i, c] < second:
                        second = cost[i, c]
            if site != k and second - first > most:
                who, where, most = i, site, second - first
        if who < 0:
            break
        at[who] = where
        room[where] -= weight[who]
    for _ in range(rounds):
        moved = False
        for i in range(n):
            for c in range(k + 1):
                if cost[i, c] < cost[i, at[i]] - 1e-9 and room[c] >= weight[i] - 1e-9:
                    room[at[i]] += weight[i]
                    room[c] -= weight[i]
                    at[i], moved = c, True
            for h in range(i):
                a, b = at[i], at[h]
                if a == b or cost[i, b] + cost[h, a] >= cost[i, a] + cost[h, b] - 1e-9:
                    continue
                if room[a] + weight[i] - weight[h] >= -1e-9 and room[b] + weight[h] - weight[i] >= -1e-9:
                    room[a] += weight[i] - weight[h]
                    room[b] += weight[h] - weight[i]
                    at[i], at[h], moved = b, a, True
        if not moved:
            break
    total = 0.0
    for i in range(n):
        total += cost[i, at[i]]
    return total


@njit(cache=True, nogil=True)
def forced(by_site: Arrays, sizes: tuple[np.ndarray, np.ndarray], worth: np.ndarray, extra: np.ndarray) -> None:
    """Write how much more the knapsack of a site costs where it must hold a demand, by way; infinite for no room."""
    starts, demand, price = by_site
    weight, capacity = sizes
    for j in range(len(capacity)):
        low, count, room = starts[j], starts[j + 1] - starts[j], int(capacity[j])
        before, after = np.zeros((count + 1, room + 1)), np.zeros((count + 1, room + 1))
        for i in range(count):
            _with(before[i], before[i + 1], round(weight[demand[low + i]]), price[low + i] - worth[demand[low + i]])
            k = low + count - 1 - i
            _with(after[count - i], after[count - 1 - i], round(weight[demand[k]]), price[k] - worth[demand[k]])
        for i in range(count):
            w, best = round(weight[demand[low + i]]), np.inf
            for c in range(room - w + 1):
                best = min(best, before[i, c] + after[i + 1, room - w - c])
            extra[low + i] = best + price[low + i] - worth[demand[low + i]] - before[count, room]


@njit(cache=True, nogil=True)
def _with(without: np.ndarray, found: np.ndarray, weight: int, value: float) -> None:
    """Write what knapsacks of each room are worth with one more thing to choose."""
    for c in range(len(without)):
        found[c] = without[c]
        if c >= weight and without[c - weight] + value < found[c]:
            found[c] = without[c - weight] + value
