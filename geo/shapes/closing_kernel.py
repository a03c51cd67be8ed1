"""Numba kernels of `geo.shapes.closing`: parts on a raster, and how far its cells are from them.

Importing this module loads numba; import it only where a kernel is called.
"""

from __future__ import annotations

import numpy as np
from numba import njit

TOUCHING = 0.7072  # of a cell: a hair over half its diagonal
ROUNDING = 1e-4  # of a cell: what float32 makes of a distance


@njit(cache=True, nogil=True, error_model="numpy")
def _touch(course: np.ndarray, mark: np.ndarray) -> None:
    """Mark the cells that a line comes so near to that it may lie in them: coordinates in cells, column first."""
    rows, columns = mark.shape
    for i in range(max(len(course) - 1, 1)):
        ax, ay = course[i, 0], course[i, 1]
        bx, by = course[min(i + 1, len(course) - 1), 0], course[min(i + 1, len(course) - 1), 1]
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        low, high = min(ay, by) - TOUCHING, max(ay, by) + TOUCHING
        for row in range(max(0, int(np.ceil(low))), min(rows - 1, int(np.floor(high))) + 1):
            t0, t1 = 0.0, 1.0
            if dy != 0.0:  # only the part of it within reach of this row can matter
                u, v = (row - TOUCHING - ay) / dy, (row + TOUCHING - ay) / dy
                t0, t1 = max(0.0, min(u, v)), min(1.0, max(u, v))
            left = min(ax + t0 * dx, ax + t1 * dx) - TOUCHING
            right = max(ax + t0 * dx, ax + t1 * dx) + TOUCHING
            for column in range(max(0, int(np.ceil(left))), min(columns - 1, int(np.floor(right))) + 1):
                px, py = column - ax, row - ay
                t = (px * dx + py * dy) / length2 if length2 > 0.0 else 0.0
                t = min(1.0, max(0.0, t))
                ex, ey = px - t * dx, py - t * dy
                if ex * ex + ey * ey <= TOUCHING * TOUCHING:
                    mark[row, column] = True


@njit(cache=True, nogil=True, error_model="numpy")
def _fill(xy: np.ndarray, offsets: np.ndarray, mark: np.ndarray) -> None:
    """Mark the cells whose centres lie within the rings of one polygon, by the even-odd rule."""
    rows, columns = mark.shape
    first, last = offsets[0], offsets[-1]
    low_x, low_y = np.inf, np.inf
    high_x, high_y = -np.inf, -np.inf
    for i in range(first, last):
        low_x, high_x = min(low_x, xy[i, 0]), max(high_x, xy[i, 0])
        low_y, high_y = min(low_y, xy[i, 1]), max(high_y, xy[i, 1])
    left, right = max(0, int(np.ceil(low_x))), min(columns - 1, int(np.floor(high_x)))
    bottom, top = max(0, int(np.ceil(low_y))), min(rows - 1, int(np.floor(high_y)))
    if right < left or top < bottom:
        return
    turns = np.zeros((top - bottom + 1, right - left + 2), np.bool_)
    for ring in range(len(offsets) - 1):
        for i in range(offsets[ring], offsets[ring + 1] - 1):
            ax, ay, bx, by = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
            if ay == by:
                continue
            for row in range(max(bottom, int(np.ceil(min(ay, by)))), min(top, int(np.ceil(max(ay, by))) - 1) + 1):
                x = ax + (row - ay) / (by - ay) * (bx - ax)
                column = min(max(int(np.ceil(x)), left), right + 1) - left
                turns[row - bottom, column] ^= True
    for row in range(turns.shape[0]):
        inside = False
        for column in range(turns.shape[1] - 1):
            inside ^= turns[row, column]
            if inside:
                mark[row + bottom, column + left] = True


@njit(cache=True, nogil=True, error_model="numpy")
def marked(xy: np.ndarray, rings: np.ndarray, parts: np.ndarray, filled: np.ndarray, shape: tuple[int, int],
           ) -> np.ndarray:
    """Mark the cells that parts lie in, all of them and a hair too many: bool[rows, columns].

    Parameters
    ----------
    xy : float64[n, 2]
        In cells, from the centre of the first.
    rings, parts : int64[r + 1], int64[p + 1]
        Where each course of points begins, and each part's courses: the rings of a polygon, a line, a point.
    filled : bool[p]
        Which parts are polygons.
    shape : (rows, columns)
    """
    mark = np.zeros(shape, np.bool_)
    for part in range(len(filled)):
        for ring in range(parts[part], parts[part + 1]):
            _touch(xy[rings[ring]:rings[ring + 1]], mark)
        if filled[part]:
            _fill(xy, rings[parts[part]:parts[part + 1] + 1], mark)
    return mark


@njit(cache=True, nogil=True, error_model="numpy")
def distances(mark: np.ndarray, reach: float) -> np.ndarray:
    """Tell how far each cell is from the nearest marked one, in cells: float32, `reach` where none is as near."""
    rows, columns = mark.shape
    far = int(np.ceil(reach))
    up = np.empty((rows, columns), np.int16)  # to the nearest one of the same column
    for column in range(columns):
        up[0, column] = 0 if mark[0, column] else far
    for row in range(1, rows):
        for column in range(columns):
            up[row, column] = 0 if mark[row, column] else min(up[row - 1, column] + 1, far)
    for row in range(rows - 2, -1, -1):
        for column in range(columns):
            up[row, column] = min(up[row, column], up[row + 1, column] + 1)
    found = np.empty((rows, columns), np.float32)
    for row in range(rows):
        near = 0  # how many columns within reach have one within reach
        for column in range(min(far, columns)):
            near += up[row, column] < far
        for column in range(columns):
            if column + far < columns:
                near += up[row, column + far] < far
            if column - far - 1 >= 0:
                near -= up[row, column - far - 1] < far
            best = reach * reach
            if near:
                here = float(up[row, column])
                best = min(best, here * here)
                step = 1
                while step <= far and step * step < best:
                    for side in (column - step, column + step):
                        if 0 <= side < columns and up[row, side] < far:
                            there = float(up[row, side])
                            best = min(best, step * step + there * there)
                    step += 1
            found[row, column] = np.sqrt(best)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def beyond(distance: np.ndarray, reach: float) -> np.ndarray:
    """Mark the cells that nothing is within `reach` of, by what `distances` says: bool[rows, columns]."""
    mark = np.empty(distance.shape, np.bool_)
    for row in range(distance.shape[0]):
        for column in range(distance.shape[1]):
            mark[row, column] = distance[row, column] > reach - ROUNDING
    return mark


@njit(cache=True, nogil=True, error_model="numpy")
def depth(distance: np.ndarray, level: float, margin: float) -> np.ndarray:
    """Turn distances into how deep each cell lies below `level`: below 0 inside, no value within `margin` of 0."""
    found = np.empty(distance.shape)
    for row in range(distance.shape[0]):
        for column in range(distance.shape[1]):
            value = level - np.float64(distance[row, column])
            found[row, column] = -margin if abs(value) < margin else value
    return found
