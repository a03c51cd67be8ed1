"""Numba kernel of `geo.network.corners`: rings with less detail, where rounding could not make another ring of them.

Importing this module loads numba; import it only where the kernel is called.

The method is Douglas and Peucker's (1973), with distances as GEOS rounds them, so that the same vertices stay.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.network.around_kernel import APART, _pair, _side
from geo.network.on_edges_kernel import _away

CLOCKWISE, COUNTER, DOUBTFUL = -1, 1, 0
MOST = 33
"""Rings of more points are left to GEOS."""
_SURELY = 1 + 1e-9


@njit(cache=True, nogil=True, error_model="numpy")
def _thin(xy: np.ndarray, kept: np.ndarray, detail_m: float) -> None:
    """Say which points of a line stay."""
    stack = np.empty((len(xy), 2), np.int64)
    kept[:] = False
    kept[0] = kept[len(xy) - 1] = True
    stack[0, 0], stack[0, 1], waiting = 0, len(xy) - 1, 1
    while waiting:
        waiting -= 1
        first, last = stack[waiting, 0], stack[waiting, 1]
        most, at = -1.0, first
        for k in range(first + 1, last):
            away = _away(xy[k, 0], xy[k, 1], xy[first, 0], xy[first, 1], xy[last, 0], xy[last, 1])
            if away > most:
                most, at = away, k
        if most > detail_m:
            kept[at] = True
            stack[waiting, 0], stack[waiting, 1] = first, at
            stack[waiting + 1, 0], stack[waiting + 1, 1] = at, last
            waiting += 2


@njit(cache=True, nogil=True, error_model="numpy")
def _way_round(xy: np.ndarray) -> int:
    """Say how a closed ring turns, if it is surely simple: no two sides meet but neighbours, at their common end."""
    sides, leg = len(xy) - 1, np.empty(4)
    if sides < 3:
        return DOUBTFUL
    area = most = 0.0
    for k in range(sides):
        after = xy[k + 2] if k + 2 <= sides else xy[1]
        if _side(xy[k, 0], xy[k, 1], xy[k + 1, 0], xy[k + 1, 1], after[0], after[1]) == 0:
            return DOUBTFUL
        left = (xy[k, 0] - xy[0, 0]) * (xy[k + 1, 1] - xy[0, 1])
        right = (xy[k + 1, 0] - xy[0, 0]) * (xy[k, 1] - xy[0, 1])
        area, most = area + left - right, most + abs(left) + abs(right)
        leg[0], leg[1], leg[2], leg[3] = xy[k, 0], xy[k, 1], xy[k + 1, 0], xy[k + 1, 1]
        for other in range(k + 2, sides - 1 if k == 0 else sides):
            if _pair(leg, xy[other, 0], xy[other, 1], xy[other + 1, 0], xy[other + 1, 1]) != APART:
                return DOUBTFUL
    if not abs(area) > 1e-9 * most:
        return DOUBTFUL
    return COUNTER if area > 0 else CLOCKWISE


@njit(cache=True, nogil=True, error_model="numpy")
def thinned(xy: np.ndarray, begins: np.ndarray, detail_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Say which points stay of closed rings that are taken with less detail, and how what stays turns.

    Parameters
    ----------
    xy, begins : float64[m, 2], int64[r + 1]
        The points of all rings, and where each ring's begin.
    detail_m : float

    Returns
    -------
    (kept, turns) : bool[m], int8[r]
        `COUNTER` or `CLOCKWISE`; `DOUBTFUL` where GEOS is to be asked: what stays may cross itself or is very small,
        the first point might go, or there are too many.
    """
    kept, turns = np.zeros(len(xy), np.bool_), np.zeros(len(begins) - 1, np.int8)
    left = np.empty((MOST, 2))
    for ring in range(len(begins) - 1):
        first, last = begins[ring], begins[ring + 1]
        if last - first > MOST or last - first < 4:
            continue
        _thin(xy[first:last], kept[first:last], detail_m)
        count = 0
        for k in range(first, last):
            if kept[k]:
                left[count] = xy[k]
                count += 1
        if count < 4:
            continue
        before, after = left[count - 2], left[1]
        if _away(xy[first, 0], xy[first, 1], after[0], after[1], before[0], before[1]) > detail_m * _SURELY:
            turns[ring] = _way_round(left[:count])
    return kept, turns
