"""Simulated annealing of sites that reach as much as they can: one closes and another opens; numba.

Importing this module loads numba; import it only where it is called.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.engines import below, share


@njit(cache=True, nogil=True)
def anneal_cover(
    by_site: tuple[np.ndarray, np.ndarray],
    by_demand: tuple[np.ndarray, np.ndarray],
    worth: np.ndarray,
    opened: np.ndarray,
    fixed: np.ndarray,
    course: tuple[float, int],
    state: np.ndarray,
) -> tuple[float, np.ndarray]:
    """Exchange sites in place; return the most that was met that any reached, and the sites which did.

    Parameters
    ----------
    by_site, by_demand : (starts int64, demand or site int64)
        The ways.
    worth : float64[n]
        What it is worth to reach each demand.
    opened, fixed : bool[s]
        Changed; and those that never close.
    course : (heat, steps)
        How readily something worse is taken, in worth, and how many exchanges are tried.
    state : uint64[1]
        Of the generator.
    """
    starts, demand = by_site
    ends, site = by_demand
    free = np.flatnonzero(opened & ~fixed)
    times = np.zeros(len(worth), np.int64)
    for j in np.flatnonzero(opened):
        for p in range(starts[j], starts[j + 1]):
            times[demand[p]] += 1
    now = 0.0
    for i in range(len(worth)):
        now += worth[i] if times[i] else 0.0
    most, best = now, opened.copy()
    heat, steps = course
    for _ in range(steps if len(free) else 0):
        at = below(state, len(free))
        leaves = free[at]
        if below(state, 8) == 0 or starts[leaves] == starts[leaves + 1]:  # to somebody whom nothing reaches
            i = below(state, len(worth))
            if times[i] > 0:
                continue
        else:  # to near by
            i = demand[starts[leaves] + below(state, starts[leaves + 1] - starts[leaves])]
        if ends[i] == ends[i + 1]:
            continue
        enters = site[ends[i] + below(state, ends[i + 1] - ends[i])]
        if opened[enters]:
            continue
        change = 0.0
        for p in range(starts[enters], starts[enters + 1]):
            change += worth[demand[p]] if times[demand[p]] == 0 else 0.0
            times[demand[p]] += 1
        for p in range(starts[leaves], starts[leaves + 1]):
            times[demand[p]] -= 1
            change -= worth[demand[p]] if times[demand[p]] == 0 else 0.0
        if change < 0 and share(state) >= np.exp(change / heat):
            for p in range(starts[enters], starts[enters + 1]):
                times[demand[p]] -= 1
            for p in range(starts[leaves], starts[leaves + 1]):
                times[demand[p]] += 1
            continue
        opened[enters], opened[leaves], free[at] = True, False, enters
        now += change
        if now > most + 1e-9:
            most = now
            best[:] = opened
    return most, best
