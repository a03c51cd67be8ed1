"""Numba kernels of `geo.shapes.containment`: which points lie in a polygon, row by row of a grid of points.

Importing this module loads numba; import it only where a kernel is called.

Points are sorted by grid cell, row after row. In one row of cells only the edges that reach the row can
matter, because the ray that counts crossings is horizontal. Cells that no edge passes share the answer of one
of their points; in the others each point is tested against the row's few edges. The orientation test is
filtered as in Shewchuk (1997), "Adaptive precision floating-point arithmetic": when rounding could decide it,
the point is not decided here but returned as doubtful, and the caller asks GEOS.
"""

from __future__ import annotations

import numpy as np
from numba import njit

OUTSIDE, INSIDE, DOUBTFUL = 0, 1, 2

Arrays = tuple[np.ndarray, np.ndarray]

_ROUNDING = 1e-15  # over the 3.33e-16 that the filter needs
_TINY = 1e-290  # below this, products lose digits to underflow


@njit(cache=True, nogil=True, error_model="numpy")
def point_in_edges(px: float, py: float, edges: np.ndarray, use: np.ndarray, used: int) -> int:
    """Say where one point lies by the even-odd rule; the border is inside.

    Parameters
    ----------
    px, py : float
    edges : float64[m, 4], from x, y to x, y, of closed rings
    use, used : int64[m], int
        The first `used` numbers in `use` are the edges that reach the point's y.
    """
    odd = False
    for k in range(used):
        e = use[k]
        x1, y1, x2, y2 = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        if (y1 > py) != (y2 > py):
            left, right = (x1 - px) * (y2 - py), (y1 - py) * (x2 - px)
            det = left - right
            if not abs(det) > _ROUNDING * (abs(left) + abs(right)) + _TINY:  # so that nan is doubtful, too
                # Zero factors make products of exactly zero; any other tie is left to exact arithmetic.
                if (x1 == px or y2 == py) and (y1 == py or x2 == px):
                    return INSIDE
                return DOUBTFUL
            if (det > 0) == (y2 > y1):
                odd = not odd
        elif y1 == py and (x1 == px or (y2 == py and (x1 < px) != (x2 < px))):
            return INSIDE  # on a vertex or on a level edge
        elif y2 == py and x2 == px:
            return INSIDE
    return INSIDE if odd else OUTSIDE


@njit(cache=True, nogil=True, error_model="numpy")
def _columns_of_edges(edges: np.ndarray, rows_y: tuple[float, float], grid: np.ndarray, room: Arrays,
                      used: int, span: tuple[int, int]) -> None:
    """Mark the columns of one row that an edge may pass, a hair too many rather than one too few."""
    use, crossed = room
    x0, column_width, columns = grid[0], grid[2], int(grid[4])
    for column in range(span[0], span[1] + 1):
        crossed[column] = False
    for k in range(used):
        e = use[k]
        x1, y1, x2, y2 = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        low, high = min(x1, x2), max(x1, x2)
        if y1 != y2:
            # The stretch of the edge within the row.
            t1, t2 = (rows_y[0] - y1) / (y2 - y1), (rows_y[1] - y1) / (y2 - y1)
            t1, t2 = min(max(t1, 0.0), 1.0), min(max(t2, 0.0), 1.0)
            xa, xb = x1 + t1 * (x2 - x1), x1 + t2 * (x2 - x1)
            low, high = max(low, min(xa, xb)), min(high, max(xa, xb))
        hair = column_width * 1e-6 + 1e-14 * (abs(x1) + abs(x2))
        a = min(max((low - hair - x0) / column_width, 0.0), columns - 1.0)
        b = min(max((high + hair - x0) / column_width, 0.0), columns - 1.0)
        for column in range(int(a), int(b) + 1):
            crossed[column] = True


@njit(cache=True, nogil=True, error_model="numpy")
def points_in_polygon(edges: np.ndarray, xy: np.ndarray, starts: np.ndarray, grid: np.ndarray, found: Arrays,
                      room: Arrays) -> int:
    """List the points that lie in one polygon, or may.

    Parameters
    ----------
    edges : float64[m, 4]
    xy : float64[2, n], coordinates in cell order
    starts : int64[rows * columns + 1], where each cell's points begin
    grid : float64[6], x0, y0, cell width, cell height, columns, rows
    found : (int32[n], uint8[n])
        Filled with positions in cell order and INSIDE or DOUBTFUL.
    room : (int64[m], bool[columns])
        To work in: the edges that reach a row, the columns that they cross.

    Returns
    -------
    int, how many were filled.
    """
    (out, state), (use, crossed), x, y = found, room, xy[0], xy[1]
    x0, y0, width, height = grid[0], grid[1], grid[2], grid[3]
    columns, rows = int(grid[4]), int(grid[5])
    low_x, high_x, low_y, high_y = edges[0, 0], edges[0, 0], edges[0, 1], edges[0, 1]
    for e in range(len(edges)):
        low_x, high_x = min(low_x, edges[e, 0]), max(high_x, edges[e, 0])
        low_y, high_y = min(low_y, edges[e, 1]), max(high_y, edges[e, 1])
    count = 0
    east, north = x0 + width * columns * 1.001, y0 + height * rows * 1.001
    if high_x < x0 or high_y < y0 or low_x > east or low_y > north:
        return count
    first = int(min(max((low_x - x0) / width - 1e-6, 0.0), columns - 1.0))
    last = int(min(max((high_x - x0) / width + 1e-6, 0.0), columns - 1.0))
    for row in range(int(min(max((low_y - y0) / height - 1e-6, 0.0), rows - 1.0)),
                     int(min(max((high_y - y0) / height + 1e-6, 0.0), rows - 1.0)) + 1):
        if starts[row * columns + first] == starts[row * columns + last + 1]:
            continue
        used = 0
        bottom, top = y0 + row * height, y0 + (row + 1) * height
        for e in range(len(edges)):
            y1, y2 = edges[e, 1], edges[e, 3]
            hair = height * 1e-6 + 1e-14 * (abs(y1) + abs(y2))
            if max(y1, y2) >= bottom - hair and min(y1, y2) <= top + hair:
                use[used] = e
                used += 1
        hair = height * 1e-6 + 1e-14 * (abs(bottom) + abs(top))
        _columns_of_edges(edges, (bottom - hair, top + hair), grid, room, used, (first, last))
        column = first
        while column <= last:
            end = column
            start = starts[row * columns + column]
            if crossed[column]:
                end += 1
                for i in range(start, starts[row * columns + end]):
                    where = point_in_edges(x[i], y[i], edges, use, used)
                    if where != OUTSIDE:
                        out[count], state[count] = i, where
                        count += 1
            else:
                while end <= last and not crossed[end]:
                    end += 1
                stop = starts[row * columns + end]
                if stop > start:
                    where = point_in_edges(x[start], y[start], edges, use, used)
                    if where != OUTSIDE:
                        for i in range(start, stop):
                            out[count], state[count] = i, where
                            count += 1
            column = end
    return count
