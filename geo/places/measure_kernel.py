"""Numba kernels of `geo.places.measure`: a point in a polygon, and its area, as GEOS has them to the last digit.

Importing this module loads numba; import it only where a kernel is called.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def points_inside(xy: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Give each ring the middle of the longest stretch that it cuts out of a level line half-way up: float64[n, 2].

    The line lies in the middle between the corners that are next to the half of the ring's height, so that it meets no
    corner. It is the representative point that GEOS gives a polygon without holes.

    Parameters
    ----------
    xy : float64[m, 2]
    begins : int64[n + 1]
        Where each ring's points begin; the last of a ring is its first.
    """
    found = np.empty((len(begins) - 1, 2))
    longest = 0
    for ring in range(len(begins) - 1):
        longest = max(longest, begins[ring + 1] - begins[ring])
    room = np.empty(longest)
    for ring in range(len(begins) - 1):
        first, last = begins[ring], begins[ring + 1]
        low, high = np.inf, -np.inf
        for i in range(first, last):
            low, high = min(low, xy[i, 1]), max(high, xy[i, 1])
        half = (low + high) / 2.0
        for i in range(first, last):
            y = xy[i, 1]
            if y <= half:
                low = max(low, y)
            else:
                high = min(high, y)
        level = (high + low) / 2.0
        count = 0
        for i in range(first + 1, last):
            x0, y0, x1, y1 = xy[i - 1, 0], xy[i - 1, 1], xy[i, 0], xy[i, 1]
            if (y0 > level and y1 > level) or (y0 < level and y1 < level) or y0 == y1:
                continue
            if (y0 == level and y1 < level) or (y1 == level and y0 < level):
                continue
            room[count] = x0 if x0 == x1 else x0 + (level - y0) / ((y1 - y0) / (x1 - x0))
            count += 1
        found[ring, 0], found[ring, 1] = xy[first, 0], xy[first, 1]
        widest = 0.0
        crossings = room[:count]
        crossings.sort()
        for i in range(0, count - 1, 2):
            width = crossings[i + 1] - crossings[i]
            if width > widest:
                widest = width
                found[ring, 0], found[ring, 1] = (crossings[i] + crossings[i + 1]) / 2.0, level
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def ring_areas(xy: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Return the area within each ring by the shoelace formula, from its first point's x on: float64[n]."""
    found = np.zeros(len(begins) - 1)
    for ring in range(len(begins) - 1):
        first, last = begins[ring], begins[ring + 1]
        if last - first < 3:
            continue
        sum_ = 0.0
        for i in range(first + 1, last - 1):
            sum_ += (xy[i, 0] - xy[first, 0]) * (xy[i - 1, 1] - xy[i + 1, 1])
        found[ring] = abs(sum_ / 2.0)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def centroids(xy: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Return the centroid within each ring, by triangles from its first point: float64[n, 2], nan for no surface."""
    found = np.empty((len(begins) - 1, 2))
    for ring in range(len(begins) - 1):
        first, last = begins[ring], begins[ring + 1]
        x0, y0 = xy[first, 0], xy[first, 1]
        sum_x, sum_y, surface = 0.0, 0.0, 0.0
        for i in range(first, last - 1):
            x1, y1, x2, y2 = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
            twice = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
            sum_x += twice * (x0 + x1 + x2)
            sum_y += twice * (y0 + y1 + y2)
            surface += twice
        found[ring, 0] = sum_x / 3.0 / surface if surface != 0.0 else np.nan
        found[ring, 1] = sum_y / 3.0 / surface if surface != 0.0 else np.nan
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def between(places: np.ndarray, corners: np.ndarray, grid: tuple[float, float, float]) -> np.ndarray:
    """Give places what the four corners around each have, by how near it is to them: float64[n, 2].

    Parameters
    ----------
    places : float64[n, 2], all within the grid
    corners : float64[rows, columns, 2]
    grid : (x0, y0, step)
    """
    x0, y0, step = grid
    found = np.empty((len(places), 2))
    for n in range(len(places)):
        across, down = (places[n, 0] - x0) / step, (places[n, 1] - y0) / step
        column, row = min(int(across), corners.shape[1] - 2), min(int(down), corners.shape[0] - 2)
        u, v = across - column, down - row
        for axis in range(2):
            here = corners[row, column, axis] * (1 - u) + corners[row, column + 1, axis] * u
            there = corners[row + 1, column, axis] * (1 - u) + corners[row + 1, column + 1, axis] * u
            found[n, axis] = here * (1 - v) + there * v
    return found
