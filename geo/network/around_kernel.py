"""Numba kernel of `geo.network.around`: which straight legs surely cross a footprint, and which surely do not.

Importing this module loads numba; import it only where the kernel is called.

Orientation is filtered as in Shewchuk (1997), "Adaptive precision floating-point arithmetic": where rounding could
decide, the pair is left to GEOS.
"""

from __future__ import annotations

import numpy as np
from numba import njit

APART, ACROSS, DOUBTFUL = 0, 1, 2
ROUNDING = 1e-15  # over the 3.33e-16 that the filter needs
TINY = 1e-290  # below this, products lose digits to underflow


@njit(cache=True, nogil=True, error_model="numpy")
def _side(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    """Say on which side of a line from a to b a point lies: 1, -1, or 0 where rounding could decide."""
    left, right = (ax - cx) * (by - cy), (ay - cy) * (bx - cx)
    turn = left - right
    if not abs(turn) > ROUNDING * (abs(left) + abs(right)) + TINY:
        return 0
    return 1 if turn > 0 else -1


@njit(cache=True, nogil=True, error_model="numpy")
def across(
    legs: np.ndarray, pairs: tuple[np.ndarray, np.ndarray], xy: np.ndarray, ends: np.ndarray, begins: np.ndarray
) -> np.ndarray:
    """Say of pairs of a leg and a shape how they lie: int8[k].

    Parameters
    ----------
    legs : float64[n, 4], from x, y to x, y
    pairs : (leg int64[k], shape int64[k])
    xy, ends, begins : float64[m, 2], bool[m], int64[s + 1]
        The points of every shape's rings, which of them end a ring, and where each shape's begin.

    Returns
    -------
    ACROSS where an edge is properly crossed; APART where no edge is met, so that the leg lies wholly inside or wholly
    outside; else DOUBTFUL.
    """
    leg, shape = pairs
    found = np.empty(len(leg), np.int8)
    for pair in range(len(leg)):
        ax, ay, bx, by = legs[leg[pair]]
        state = APART
        low_x, high_x, low_y, high_y = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
        for i in range(begins[shape[pair]], begins[shape[pair] + 1]):
            if ends[i]:
                continue
            cx, cy, dx, dy = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
            if max(cx, dx) < low_x or min(cx, dx) > high_x or max(cy, dy) < low_y or min(cy, dy) > high_y:
                continue
            c, d = _side(ax, ay, bx, by, cx, cy), _side(ax, ay, bx, by, dx, dy)
            if c * d > 0:
                continue
            a, b = _side(cx, cy, dx, dy, ax, ay), _side(cx, cy, dx, dy, bx, by)
            if a * b > 0:
                continue
            if c * d < 0 and a * b < 0:
                state = ACROSS
                break
            state = DOUBTFUL
        found[pair] = state
    return found
