"""The best group around every centre for given prices, by dynamic programming over sizes: numba."""

from __future__ import annotations

import numpy as np
from numba import njit

MOST_SIZE = 512


@njit(cache=True)
def best_groups(
    candidates: tuple[np.ndarray, np.ndarray, np.ndarray], own: tuple[np.ndarray, np.ndarray], sizes: np.ndarray,
    price: np.ndarray, band: tuple[int, int], extra: np.ndarray, taken: np.ndarray,
) -> np.ndarray:  # pragma: no cover, compiled
    """Find for each centre the group that costs least once each block pays its price.

    Parameters
    ----------
    candidates : (int64[m + 1], int64[k], float64[k])
        Where each of m centres begins, and the blocks that may belong to it beside its own, with their minutes.
    own : (int64[m], float64[m])
        The block of each centre, and its minutes.
    sizes, price : int64[b], float64[b]
    band : (low, high)
    extra : float64[high + 1]
        What a group of a size costs beside.
    taken : bool[k]
        Filled with what each centre takes.

    Returns
    -------
    float64[m], inf where a centre can have no group.
    """
    starts, block, cost = candidates
    low, high = band
    found = np.full(len(own[0]), np.inf)
    least = np.empty(high + 1)
    for centre in range(len(own[0])):
        first, last = starts[centre], starts[centre + 1]
        chosen = np.zeros((last - first, high + 1), dtype=np.bool_)
        least[:] = np.inf
        mine = own[0][centre]
        if sizes[mine] <= high:
            least[sizes[mine]] = own[1][centre] - price[mine]
        for at in range(first, last):
            size, value = sizes[block[at]], cost[at] - price[block[at]]
            for total in range(high, size, -1):
                if least[total - size] + value < least[total]:
                    least[total] = least[total - size] + value
                    chosen[at - first, total] = True
        best = low
        for total in range(low, high + 1):
            if least[total] + extra[total] < least[best] + extra[best]:
                best = total
        found[centre] = least[best] + extra[best]
        for at in range(first, last):
            taken[at] = False
        if found[centre] < np.inf:
            total = best
            for at in range(last - 1, first - 1, -1):
                if chosen[at - first, total]:
                    taken[at] = True
                    total -= sizes[block[at]]
    return found
