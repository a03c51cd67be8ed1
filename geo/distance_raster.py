"""Numba kernels of `geo.reach_area`: how far the cells of a raster are from lines.

Importing this module loads numba; import it only where a kernel is called.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def stamp(xy: np.ndarray, offsets: np.ndarray, square: np.ndarray, frame: tuple) -> None:
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
                for column in range(max(0, int(np.ceil(left))), min(columns - 1, int(np.floor(right))) + 1):
                    px, py = column - ax, row - ay
                    t = (px * dx + py * dy) / length2 if length2 > 0.0 else 0.0
                    t = min(1.0, max(0.0, t))
                    ex, ey = px - t * dx, py - t * dy
                    away = np.float32((ex * ex + ey * ey) * scale)
                    if away < square[row, column]:
                        square[row, column] = away
