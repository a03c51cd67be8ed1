"""Numba kernels of siting without capacities: nearest open sites, exchanges, and a Lagrangian bound.

Importing this module loads numba; import it only where a kernel is called. Ways are (starts, demand, price) by site and
(starts, site, price) by demand, the cheapest first; prices are those of the whole of a demand.
"""

from __future__ import annotations

import numpy as np
from numba import njit

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]
Climb = tuple[np.ndarray, np.ndarray, np.ndarray]


@njit(cache=True, nogil=True)
def nearest_two(
    by_demand: Arrays, opened: np.ndarray, leaving: np.ndarray, first: np.ndarray, low: np.ndarray, second: np.ndarray
) -> float:
    """Write the open site that serves each demand, -1 for none, its price and the next one's; return their sum."""
    starts, site, price = by_demand
    total = 0.0
    for i in range(len(leaving)):
        first[i], low[i], second[i] = -1, leaving[i], leaving[i]
        for p in range(starts[i], starts[i + 1]):
            if price[p] >= leaving[i]:
                break
            if opened[site[p]]:
                if first[i] < 0:
                    first[i], low[i] = site[p], price[p]
                else:
                    second[i] = price[p]
                    break
        total += low[i]
    return total


@njit(cache=True, nogil=True)
def best_move(
    by_site: Arrays,
    opening: np.ndarray,
    opened: np.ndarray,
    fixed: np.ndarray,
    room: bool,
    known: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> tuple[float, int, int]:
    """Return what the best move saves, the site that it opens and the one that it closes, -1 for none.

    Moves are exchanges, closings, and with `room` openings.
    """
    starts, demand, price = by_site
    first, low, second = known
    sites = len(opening)
    loss, extra = np.zeros(sites), np.zeros(sites)
    for i in range(len(low)):
        if first[i] >= 0:
            loss[first[i]] += second[i] - low[i]
    chosen = np.flatnonzero(opened & ~fixed)
    saved, enters, leaves = 1e-9, -1, -1
    for r in chosen:
        if opening[r] - loss[r] > saved:
            saved, enters, leaves = opening[r] - loss[r], -1, int(r)
    for j in range(sites):
        if opened[j]:
            continue
        gain = -opening[j]
        for p in range(starts[j], starts[j + 1]):
            i = demand[p]
            if price[p] < second[i]:
                if price[p] < low[i]:
                    gain += low[i] - price[p]
                if first[i] >= 0:
                    extra[first[i]] += second[i] - max(price[p], low[i])
        if room and gain > saved:
            saved, enters, leaves = gain, j, -1
        for r in chosen:
            net = gain + opening[r] - loss[r] + extra[r]
            if net > saved:
                saved, enters, leaves = net, j, int(r)
        extra[:] = 0.0
    return saved, enters, leaves


@njit(cache=True, nogil=True)
def gains(by_site: Arrays, opened: np.ndarray, low: np.ndarray) -> np.ndarray:
    """Return how much cheaper demands are served with each site opened beside."""
    starts, demand, price = by_site
    found = np.zeros(len(opened))
    for j in range(len(opened)):
        if not opened[j]:
            for p in range(starts[j], starts[j + 1]):
                found[j] += max(0.0, low[demand[p]] - price[p])
    return found


@njit(cache=True, nogil=True)
def greedy(by_site: Arrays, opening: np.ndarray, opened: np.ndarray, low: np.ndarray, most: int) -> None:
    """Open the site that saves most for what it costs, at most `most` times, while that saves anything."""
    starts, demand, price = by_site
    bound = np.zeros(len(opening))
    for j in range(len(opening)):
        for p in range(starts[j], starts[j + 1]):
            bound[j] += max(0.0, low[demand[p]] - price[p])
    fresh = np.ones(len(opening), np.bool_)
    for _ in range(most):
        fresh[:] = False
        while True:  # what a site saves only falls: the one that is best as it was known is counted anew
            at, rate = -1, 0.0
            for j in range(len(opening)):
                if not opened[j] and bound[j] > opening[j]:
                    now = bound[j] / max(opening[j], 1e-9) if opening[j] > 0 else 1e12 + bound[j]
                    if now > rate:
                        at, rate = j, now
            if at < 0:
                return
            if fresh[at]:
                break
            saved = 0.0
            for p in range(starts[at], starts[at + 1]):
                saved += max(0.0, low[demand[p]] - price[p])
            bound[at], fresh[at] = saved, True
        opened[at] = True
        for p in range(starts[at], starts[at + 1]):
            low[demand[p]] = min(low[demand[p]], price[p])


@njit(cache=True, nogil=True)
def reduced(by_site: Arrays, opening: np.ndarray, worth: np.ndarray, found: np.ndarray) -> None:
    """Write what each site costs beside what its demands are worth to it."""
    starts, demand, price = by_site
    for j in range(len(opening)):
        total = opening[j]
        for p in range(starts[j], starts[j + 1]):
            total += min(0.0, price[p] - worth[demand[p]])
        found[j] = total


@njit(cache=True, nogil=True)
def picked(cost: np.ndarray, fixed: np.ndarray, fewest: int, most: int, opened: np.ndarray) -> float:
    """Open the fixed sites and of the others those below 0, from `fewest` to `most`; return the least they cost."""
    total, count = 0.0, 0
    for j in range(len(cost)):
        opened[j] = fixed[j]
        if fixed[j]:
            total += cost[j]
    for j in np.argsort(cost):
        if count >= most or (cost[j] >= 0 and count >= fewest):
            break
        if not fixed[j]:
            opened[j] = True
            total += cost[j]
            count += 1
    return total


@njit(cache=True, nogil=True)
def went_back(climb: Climb, before: np.ndarray, bound: float) -> bool:
    """Keep a bound that rose; where none did for long, go back to the highest with shorter steps, and say so."""
    worth, best_worth, state = climb
    if bound > state[0] + 1e-9 * max(1.0, abs(bound)):
        state[0], state[2] = bound, 0.0
        best_worth[:] = worth
        return False
    state[2] += 1
    if state[2] < 15:
        return False
    state[1], state[2] = state[1] * 0.6, 0.0
    worth[:] = best_worth
    before[:] = 0.0
    return True


@njit(cache=True, nogil=True)
def went_on(
    climb: Climb,
    course: tuple[np.ndarray, np.ndarray],
    ends: tuple[np.ndarray, np.ndarray],
    bound: float,
    upper: float,
) -> bool:
    """Take a step up the slope, and half of the step before; say whether there was one to take.

    Parameters
    ----------
    course : (slope, before float64[n])
        `before` becomes this step.
    """
    worth, _, state = climb
    slope, before = course
    low, high = ends
    norm = 0.0
    for i in range(len(worth)):
        step = slope[i] + 0.5 * before[i]
        if (step > 0 and worth[i] >= high[i]) or (step < 0 and worth[i] <= low[i]):
            step = 0.0
        before[i] = step
        norm += step * step
    if norm == 0.0 or upper - bound <= 1e-9 * max(1.0, abs(upper)):
        return False
    length = state[1] * (upper - bound) / norm
    for i in range(len(worth)):
        worth[i] = min(high[i], max(low[i], worth[i] + length * before[i]))
    return True


@njit(cache=True, nogil=True)
def ascend(
    by_site: Arrays,
    choice: tuple[np.ndarray, np.ndarray, np.ndarray],
    most: int,
    ends: tuple[np.ndarray, np.ndarray],
    upper: float,
    climb: Climb,
    steps: int,
) -> None:
    """Take steps of a subgradient towards the highest bound; what every demand is worth is relaxed.

    Parameters
    ----------
    choice : (opening float64[s], fixed bool[s], opened bool[s])
        Out: the sites of the last step.
    most : int
        How many sites may be opened beside the fixed ones.
    ends : (low, high float64[n])
        Of what a demand is worth.
    upper : float
        What is known to do.
    climb : (worth, best_worth float64[n], state float64[4])
        Where it stands, and where the bound was highest; the highest bound, the length of a step, and steps since the
        bound rose. All are changed.
    """
    opening, fixed, opened = choice
    worth = climb[0]
    starts, demand, price = by_site
    n = len(worth)
    cost, slope, before = np.empty(len(opening)), np.empty(n), np.zeros(n)
    for _ in range(steps):
        reduced(by_site, opening, worth, cost)
        bound = worth.sum() + picked(cost, fixed, 0, most, opened)
        if went_back(climb, before, bound):
            continue
        slope[:] = 1.0
        for j in range(len(opening)):
            if opened[j]:
                for p in range(starts[j], starts[j + 1]):
                    if price[p] < worth[demand[p]]:
                        slope[demand[p]] -= 1.0
        if not went_on(climb, (slope, before), ends, bound, upper):
            return
