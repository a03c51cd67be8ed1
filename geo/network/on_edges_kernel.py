"""Numba kernels of `geo.network.on_edges`: where along an edge a point is nearest, and where that is.

Importing this module loads numba; import it only where a kernel is called. Every step is rounded as GEOS rounds it
(its `Distance::pointToSegment`, `LengthIndexOfPoint`, `LengthLocationMap`), so that the answers are the same bits.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def _between(ax: float, ay: float, bx: float, by: float) -> float:
    dx, dy = ax - bx, ay - by
    return np.sqrt(dx * dx + dy * dy)


@njit(cache=True, nogil=True, error_model="numpy")
def _away(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Return the distance of a point from a stretch."""
    if ax == bx and ay == by:
        return _between(px, py, ax, ay)
    length = (bx - ax) * (bx - ax) + (by - ay) * (by - ay)
    along = ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length
    if along <= 0.0:
        return _between(px, py, ax, ay)
    if along >= 1.0:
        return _between(px, py, bx, by)
    return abs(((ay - py) * (bx - ax) - (ax - px) * (by - ay)) / length) * np.sqrt(length)


@njit(cache=True, nogil=True, error_model="numpy")
def _along(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Return which share of a stretch lies before the place that is nearest to a point."""
    if px == ax and py == ay:
        return 0.0
    if px == bx and py == by:
        return 1.0
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    return ((px - ax) * dx + (py - ay) * dy) / length if length > 0.0 else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def nearest(points: np.ndarray, edge: np.ndarray, xy: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how far along its edge each point is nearest, and how far it is from there: float64[k] twice.

    Parameters
    ----------
    points : float64[k, 2], finite
    edge : int64[k]
    xy, offsets
        Those of the network.
    """
    at_m, away_m = np.empty(len(points)), np.empty(len(points))
    for n in range(len(points)):
        px, py = points[n, 0], points[n, 1]
        best, place, begun = np.inf, -1.0, 0.0
        for i in range(offsets[edge[n]], offsets[edge[n] + 1] - 1):
            ax, ay, bx, by = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
            length = _between(ax, ay, bx, by)
            away, along = _away(px, py, ax, ay, bx, by), _along(px, py, ax, ay, bx, by)
            if along <= 0.0:
                here = begun
            elif along <= 1.0:
                here = begun + along * length
            else:
                here = begun + length
            if away < best:
                best, place = away, here
            begun += length
        at_m[n], away_m[n] = place, best
    return at_m, away_m


@njit(cache=True, nogil=True, error_model="numpy")
def places(edge: np.ndarray, at_m: np.ndarray, xy: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Return the places so far along edges: float64[k, 2].

    Parameters
    ----------
    edge, at_m : int64[k], float64[k] of 0 or more
    xy, offsets
        Those of the network.
    """
    found = np.empty((len(edge), 2))
    for n in range(len(edge)):
        first, last = offsets[edge[n]], offsets[edge[n] + 1] - 1
        at, share, begun = last, 0.0, 0.0
        if at_m[n] <= 0.0:
            at = first
        else:
            for i in range(first, last):
                length = _between(xy[i + 1, 0], xy[i + 1, 1], xy[i, 0], xy[i, 1])
                if begun + length > at_m[n]:
                    at, share = i, min(max((at_m[n] - begun) / length, 0.0), 1.0)
                    break
                begun += length
        if share >= 1.0:
            at, share = at + 1, 0.0
        found[n, 0], found[n, 1] = xy[at, 0], xy[at, 1]
        if share > 0.0:
            found[n, 0] = (xy[at + 1, 0] - xy[at, 0]) * share + xy[at, 0]
            found[n, 1] = (xy[at + 1, 1] - xy[at, 1]) * share + xy[at, 1]
    return found
