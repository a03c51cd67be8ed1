"""Numba kernels of `geo.network.bent`: which ways may go on to which places at all, and in which order.

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


@njit(cache=True, nogil=True, error_model="numpy")
def in_turn(
    near: tuple[np.ndarray, np.ndarray], points: np.ndarray, xy: np.ndarray, away_m: np.ndarray, most_m: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Order the places near points by how long a way by each is at least; leave out what is too far.

    Parameters
    ----------
    near : (first int64[r + 1], place int64[k])
        Where each point's places begin, and the places.
    points, xy : float64[r, 2], float64[p, 2]
    away_m : float64[k]
        How far the nearest street is from each place near a point, at least.
    most_m : float64[r]
        How long a way of a point may be; one that is a hair longer is kept.

    Returns
    -------
    (near, turn, least) : int64[m], int64[m], float64[m]
        By points; of each from the nearest on, counted from 0.
    """
    first, place = near
    order, turn, least = np.empty(len(place), np.int64), np.empty(len(place), np.int64), np.empty(len(place))
    count = 0
    for row in range(len(points)):
        begin, most = count, most_m[row] * SURELY
        for k in range(first[row], first[row + 1]):
            dx, dy = xy[place[k], 0] - points[row, 0], xy[place[k], 1] - points[row, 1]
            metres = np.sqrt(dx * dx + dy * dy) + away_m[k]
            if metres > most:
                continue
            at = count
            while at > begin and least[at - 1] > metres:
                order[at], least[at] = order[at - 1], least[at - 1]
                at -= 1
            order[at], least[at] = k, metres
            turn[count] = count - begin
            count += 1
    return order[:count], turn[:count], least[:count]
