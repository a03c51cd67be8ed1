"""Numba kernels of `geo.network.reach_area`: how far the cells of a raster are from lines.

Importing this module loads numba; import it only where a kernel is called.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def _lower(some: np.ndarray, line: tuple[float, float, float, float, float], scale: float) -> None:
    """Lower cells that follow each other in a row by a straight piece: one loop without a choice, for several at once.

    `line` is where the first cell is from the beginning of the piece, the step to its end, and the square of that.
    """
    px0, py, dx, dy, length2 = line
    over = length2 if length2 > 0.0 else 1.0  # a place has no step
    for k in range(len(some)):
        px = px0 + k
        t = (px * dx + py * dy) / over
        t = t if t > 0.0 else 0.0
        t = t if t < 1.0 else 1.0
        ex, ey = px - t * dx, py - t * dy
        away = np.float32((ex * ex + ey * ey) * scale)
        some[k] = away if away < some[k] else some[k]


@njit(cache=True, nogil=True, error_model="numpy")
def stamp(xy: np.ndarray, offsets: np.ndarray, square: np.ndarray, frame: tuple[float, float, float, float]) -> None:
    """Lower a raster of squared distances by lines, near them.

    Parameters
    ----------
    xy, offsets : float64[c, 2], int64[k + 1]
        The course of line i is xy[offsets[i]:offsets[i + 1]].
    square : float32[rows, columns]
        In and out: squared distance from the centre of each cell.
    frame : (x0, y0, cell, radius)
        Centre of the first cell, size of cells, and the distance up to which lines count.
    """
    x0, y0, cell, radius = frame
    rows, columns = square.shape
    for line in range(len(offsets) - 1):
        for i in range(offsets[line], offsets[line + 1] - 1):
            ax, ay = (xy[i, 0] - x0) / cell, (xy[i, 1] - y0) / cell
            bx, by = (xy[i + 1, 0] - x0) / cell, (xy[i + 1, 1] - y0) / cell
            dx, dy, r = bx - ax, by - ay, radius / cell
            length2 = dx * dx + dy * dy
            scale = cell * cell
            for row in range(max(0, int(np.ceil(min(ay, by) - r))), min(rows - 1, int(np.floor(max(ay, by) + r))) + 1):
                # Only the part of the segment within r of this row can matter.
                t0, t1 = 0.0, 1.0
                if dy != 0.0:
                    u, v = (row - r - ay) / dy, (row + r - ay) / dy
                    t0, t1 = max(0.0, min(u, v)), min(1.0, max(u, v))
                left = min(ax + t0 * dx, ax + t1 * dx) - r
                right = max(ax + t0 * dx, ax + t1 * dx) + r
                first, last = max(0, int(np.ceil(left))), min(columns - 1, int(np.floor(right)))
                _lower(square[row, first : max(last + 1, first)], (first - ax, row - ay, dx, dy, length2), scale)


@njit(cache=True, nogil=True, error_model="numpy")
def rooted(square: np.ndarray, level: float, margin: float) -> np.ndarray:
    """Take the square root, float64[rows, columns], and move what is within `margin` of `level` above it."""
    distance = np.empty(square.shape)
    for row in range(square.shape[0]):
        for column in range(square.shape[1]):
            value = np.sqrt(np.float64(square[row, column]))
            distance[row, column] = level + margin if abs(value - level) < margin else value
    return distance


@njit(cache=True, nogil=True, error_model="numpy")
def stamp_two(
    course: tuple[np.ndarray, np.ndarray],
    labels: np.ndarray,
    nearest: np.ndarray,
    label: np.ndarray,
    frame: tuple[float, float, float, float],
) -> None:
    """Lower a raster of squared distances by labelled lines, and keep the nearest line of another label as well.

    Parameters
    ----------
    course : (xy, offsets) as in `stamp`
    labels : int32[k], of each line
    nearest, label : float32[2, rows, columns], int32[2, rows, columns]
        In and out: squared distance to the nearest line and to the nearest of any other label, and the two
        labels. Of labels equally near the lower is first.
    frame : as in `stamp`
    """
    xy, offsets = course
    x0, y0, cell, radius = frame
    _, rows, columns = nearest.shape
    for line in range(len(labels)):
        mine = labels[line]
        for i in range(offsets[line], offsets[line + 1] - 1):
            ax, ay = (xy[i, 0] - x0), (xy[i, 1] - y0)
            dx, dy = xy[i + 1, 0] - xy[i, 0], xy[i + 1, 1] - xy[i, 1]
            length2 = dx * dx + dy * dy
            low, high = (min(ay, ay + dy) - radius) / cell, (max(ay, ay + dy) + radius) / cell
            left, right = (min(ax, ax + dx) - radius) / cell, (max(ax, ax + dx) + radius) / cell
            for row in range(max(0, int(np.ceil(low))), min(rows - 1, int(np.floor(high))) + 1):
                for column in range(max(0, int(np.ceil(left))), min(columns - 1, int(np.floor(right))) + 1):
                    px, py = column * cell - ax, row * cell - ay
                    t = (px * dx + py * dy) / length2 if length2 > 0.0 else 0.0
                    t = min(1.0, max(0.0, t))
                    away = np.float32((px - t * dx) ** 2 + (py - t * dy) ** 2)
                    first, second = nearest[0, row, column], nearest[1, row, column]
                    if mine == label[0, row, column]:
                        nearest[0, row, column] = min(first, away)
                    elif away < first or (away == first and mine < label[0, row, column]):
                        nearest[1, row, column], label[1, row, column] = first, label[0, row, column]
                        nearest[0, row, column], label[0, row, column] = away, mine
                    elif away < second or (away == second and mine < label[1, row, column]):
                        nearest[1, row, column], label[1, row, column] = away, mine


@njit(cache=True, nogil=True, error_model="numpy")
def own(nearest: np.ndarray, label: np.ndarray, mine: int, level: float, margin: float) -> np.ndarray:
    """Tell how far each cell is outside the area of one label: float64[rows, columns], below 0 inside.

    Where two labels are equally near, both are 0; no value is within `margin` of 0.
    """
    outside = np.empty((label.shape[1], label.shape[2]))
    for row in range(outside.shape[0]):
        for column in range(outside.shape[1]):
            first = np.sqrt(np.float64(nearest[0, row, column]))
            second = np.sqrt(np.float64(nearest[1, row, column]))
            ours = label[0, row, column] == mine
            if ours:
                value = max(first - level, (first - second) / 2)
            elif label[1, row, column] == mine:
                value = max(second - level, (second - first) / 2)
            else:
                value = level
            if abs(value) < margin:
                value = -margin if ours and first <= level else margin
            outside[row, column] = value
    return outside
