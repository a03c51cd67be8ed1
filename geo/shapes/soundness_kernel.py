"""Numba kernel that knows most sound polygons at a glance, so that GEOS need not build a graph of each.

Importing this module loads numba; import it only where a kernel is called.

A polygon is sound for sure if no two of its edges that are no neighbours touch, no ring turns back in its own
tracks, and every hole lies in the shell and in no other hole (OGC Simple Features 6.1.11). The orientation tests are
filtered as in `geo.shapes.containment_kernel`: what rounding could decide is not sure here, and GEOS says.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.shapes.containment_kernel import INSIDE, OUTSIDE, ROUNDING, TINY, point_in_edges

MOST_EDGES = 256  # every edge is held against every other one


@njit(cache=True, nogil=True, error_model="numpy")
def surely_sound(edges: np.ndarray, rings: np.ndarray, begins: np.ndarray, single: np.ndarray) -> np.ndarray:
    """Say which areas are sound beyond doubt; of the others nothing is said.

    Parameters
    ----------
    edges : float64[m, 4]
        From x, y to x, y; ring after ring, each closed.
    rings : int64[r + 1]
        Where each ring's edges begin.
    begins : int64[n + 1]
        Where each area's rings begin.
    single : bool[n]
        Whether an area is one polygon: its first ring is the shell, the others are holes.

    Returns
    -------
    bool[n]
    """
    found = np.zeros(len(single), np.bool_)
    every, boxes = np.arange(MOST_EDGES), np.empty((4, MOST_EDGES))
    for area in range(len(single)):
        first, last = begins[area], begins[area + 1]
        if single[area] and first < last and rings[last] - rings[first] <= MOST_EDGES:
            found[area] = (_turns_are_sound(edges, rings, first, last)
                           and _keep_apart(edges, rings, first, last, boxes)
                           and _holes_are_sound(edges, rings, first, last, every))
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def rings_of(xy: np.ndarray, ends: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Find where rings end in the coordinates of polygons, by each ring's coming back to its first point.

    Parameters
    ----------
    xy : float64[n, 2]
    ends : int64[areas]
        Where each polygon's coordinates end.
    counts : int64[areas]
        How many rings each has.

    Returns
    -------
    int64[rings], where each ring ends; of length 0 where a ring passes its first point half-way: only GEOS knows.
    """
    found = np.empty(counts.sum(), np.int64)
    ring, start = 0, 0
    for area in range(len(ends)):
        stop, last = ring + counts[area], ends[area]
        while start < last:
            end = start + 1
            while end < last and (xy[end, 0] != xy[start, 0] or xy[end, 1] != xy[start, 1] or end < start + 3):
                end += 1
            if ring == stop or end == last:
                return found[:0]
            found[ring] = start = end + 1
            ring += 1
        if ring != stop:
            return found[:0]
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _turns_are_sound(edges: np.ndarray, rings: np.ndarray, first: int, last: int) -> bool:
    """Say whether every edge and the next one surely share no more than the point between them."""
    for ring in range(first, last):
        begin, end = rings[ring], rings[ring + 1]
        if end - begin < 3:
            return False
        for e in range(begin, end):
            x1, y1, x2, y2 = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
            after = e + 1 if e + 1 < end else begin
            x3, y3 = edges[after, 2], edges[after, 3]
            ahead = (x2 - x1) * (x3 - x2) + (y2 - y1) * (y3 - y2) > TINY
            if not ahead and _side(x1, y1, x2, y2, x3, y3) == 0:
                return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _keep_apart(edges: np.ndarray, rings: np.ndarray, first: int, last: int, boxes: np.ndarray) -> bool:
    """Say whether no two edges that are no neighbours surely touch."""
    base, size = rings[first], rings[last] - rings[first]
    west, east, south, north = boxes[0], boxes[1], boxes[2], boxes[3]
    for e in range(size):
        x1, y1, x2, y2 = edges[base + e, 0], edges[base + e, 1], edges[base + e, 2], edges[base + e, 3]
        west[e], east[e], south[e], north[e] = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
    for ring in range(first, last):
        begin, end = rings[ring] - base, rings[ring + 1] - base
        for e in range(begin, end):
            near, w, h, s, n = 0, west[e], east[e], south[e], north[e]
            for other in range(e + 1, size):  # plain sums, so that several are compared at once
                near += (west[other] <= h) & (east[other] >= w) & (south[other] <= n) & (north[other] >= s)
            crowded = near > (1 if e > begin else 2) or e + 1 == end
            if crowded and not _touches_none(edges[base:base + size], e, end, end - 1 if e == begin else -1):
                return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _touches_none(edges: np.ndarray, e: int, end: int, neighbour: int) -> bool:
    x1, y1, x2, y2 = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
    west, east, south, north = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
    for other in range(e + 2 if e + 1 < end else e + 1, len(edges)):
        x3, y3, x4, y4 = edges[other, 0], edges[other, 1], edges[other, 2], edges[other, 3]
        if (x3 > east and x4 > east) or (x3 < west and x4 < west) or other == neighbour:
            continue
        if (y3 > north and y4 > north) or (y3 < south and y4 < south):
            continue
        if _side(x1, y1, x2, y2, x3, y3) * _side(x1, y1, x2, y2, x4, y4) > 0:
            continue
        if _side(x3, y3, x4, y4, x1, y1) * _side(x3, y3, x4, y4, x2, y2) <= 0:
            return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _holes_are_sound(edges: np.ndarray, rings: np.ndarray, first: int, last: int, every: np.ndarray) -> bool:
    """Say whether every hole, whose edges touch no others, lies in the shell and in no other hole."""
    for hole in range(first + 1, last):
        x, y = edges[rings[hole], 0], edges[rings[hole], 1]
        for ring in range(first, last):
            if ring != hole:
                around = edges[rings[ring]:rings[ring + 1]]
                where = point_in_edges(x, y, around, every, len(around))
                if where != (INSIDE if ring == first else OUTSIDE):
                    return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _side(x1: float, y1: float, x2: float, y2: float, x: float, y: float) -> int:
    """Say on which side of the line from 1 to 2 a point lies: 1 or -1, 0 where rounding could decide."""
    left, right = (x1 - x) * (y2 - y), (y1 - y) * (x2 - x)
    det = left - right
    if abs(det) > ROUNDING * (abs(left) + abs(right)) + TINY:
        return 1 if det > 0 else -1
    return 0
