"""Numba kernel of `geo.network.bent`: which ways may go on to which places at all.

Importing this module loads numba; import it only where the kernel is called.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SURELY = 1.0 + 1e-9  # lengths are rounded otherwise than where they are compared


@njit(cache=True, nogil=True, error_model="numpy")
def onward(
    ways: tuple[np.ndarray, np.ndarray, np.ndarray],
    near: tuple[np.ndarray, np.ndarray],
    xy: np.ndarray,
    away_m: np.ndarray,
    most_m: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Pair ways with the places near their points that they may go on to, and some more that are a hair too far.

    Parameters
    ----------
    ways : (row int64[w], place int64[w], length float64[w])
        The point of each, where it stands now, and how long it is so far.
    near : (first int64[r + 1], place int64[k])
        Where each point's places begin, and the places.
    xy, away_m : float64[p, 2], float64[p]
        The places, and how far the nearest street is at least; nan is any distance.
    most_m : float64[r]
        How long a way of a point may be.

    Returns
    -------
    (way, near) : int64[m] twice, in the order of ways, and of places for each.
    """
    (rows, at, length_m), (first, place) = ways, near
    way, other = np.empty(0, np.int64), np.empty(0, np.int64)
    for turn in range(2):  # they are counted, then listed
        count = 0
        for n in range(len(rows)):
            x, y, most = xy[at[n], 0], xy[at[n], 1], most_m[rows[n]] * SURELY
            for k in range(first[rows[n]], first[rows[n] + 1]):
                to = place[k]
                dx, dy = xy[to, 0] - x, xy[to, 1] - y
                if length_m[n] + np.sqrt(dx * dx + dy * dy) + away_m[to] > most:
                    continue
                if turn == 1:
                    way[count], other[count] = n, k
                count += 1
        if turn == 0:
            way, other = np.empty(count, np.int64), np.empty(count, np.int64)
    return way, other
