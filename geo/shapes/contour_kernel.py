"""Numba kernels of `geo.shapes.contour`: which points of a contour line a drawing needs.

Importing this module loads numba; import it only where a kernel is called.
"""

from __future__ import annotations

import numpy as np
from numba import njit

AHEAD = 64  # so many points are looked at beyond the last that a straight line reached
HAIR = 1e-6  # of a cell: a line keeps so far from the corners of cells
ROUNDING = 1e-9  # of a cell: on a side, but for the last digits


@njit(cache=True, nogil=True, error_model="numpy")
def _gate(x: float, y: float, tolerance: float) -> tuple[float, float, float, float, bool]:
    """Return the part of a cell's side that a line may take instead of one place on it, and whether it is one side."""
    upright, level = abs(x - np.rint(x)) < ROUNDING, abs(y - np.rint(y)) < ROUNDING
    if upright and not level:
        return x, max(np.floor(y) + HAIR, y - tolerance), x, min(np.floor(y) + 1 - HAIR, y + tolerance), True
    if level and not upright:
        return max(np.floor(x) + HAIR, x - tolerance), y, min(np.floor(x) + 1 - HAIR, x + tolerance), y, True
    return x, y, x, y, False


@njit(cache=True, nogil=True, error_model="numpy")
def _farthest(points: np.ndarray, ring: tuple[int, int], start: int, tolerance: float) -> int:
    """Return how far along a closed ring one straight line from a point can go.

    It crosses the same sides of cells as the contour does, in the same order, none farther than `tolerance` from where
    the contour crosses it.
    """
    first, count = ring
    ax, ay = points[first + start, 0], points[first + start, 1]
    reached, step = 1, 1
    # The directions that pass all sides so far: between (rx, ry) on the right and (lx, ly) on the left.
    rx, ry, lx, ly = 0.0, 0.0, 0.0, 0.0
    while start + step <= count and step - reached <= AHEAD:
        at = first + (start + step) % count
        x, y = points[at, 0], points[at, 1]
        vx, vy = x - ax, y - ay
        if step == 1 or (rx * vy - ry * vx > 0.0 and vx * ly - vy * lx > 0.0):
            reached = step
        gx, gy, hx, hy, side = _gate(x, y, tolerance)
        px, py, qx, qy = gx - ax, gy - ay, hx - ax, hy - ay
        turn = px * qy - py * qx
        if not side or turn == 0.0:
            break
        if turn < 0.0:
            px, py, qx, qy = qx, qy, px, py
        if step == 1 or rx * py - ry * px > 0.0:
            rx, ry = px, py
        if step == 1 or qx * ly - qy * lx > 0.0:
            lx, ly = qx, qy
        if rx * ly - ry * lx <= 0.0:
            break
        step += 1
    return reached


@njit(cache=True, nogil=True, error_model="numpy")
def needed(points: np.ndarray, offsets: np.ndarray, tolerance: float) -> np.ndarray:
    """Say which points of closed rings a drawing needs: bool[n].

    Parameters
    ----------
    points : float64[n, 2]
        In cells: each lies on a line between the centres of two neighbours. The last of a ring is its first.
    offsets : int64[r + 1]
        Where each ring begins.
    tolerance : float
        In cells.
    """
    kept = np.zeros(len(points), np.bool_)
    for ring in range(len(offsets) - 1):
        first, count = offsets[ring], offsets[ring + 1] - offsets[ring] - 1
        at = 0
        while at < count:
            kept[first + at] = True
            at += _farthest(points, (first, count), at, tolerance)
        kept[first + count] = True
    return kept
