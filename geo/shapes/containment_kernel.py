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

Room = tuple[np.ndarray, np.ndarray, np.ndarray]

ROUNDING = 1e-15  # over the 3.33e-16 that the filter needs
TINY = 1e-290  # below this, products lose digits to underflow
MANY = 64  # edges, of which it is worth while to list those of each row beforehand


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
            if not abs(det) > ROUNDING * (abs(left) + abs(right)) + TINY:  # so that nan is doubtful, too
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
def _where(px: float, py: float, edges: np.ndarray, room: Room, used: int) -> int:
    """Say where one point lies, as `point_in_edges` does, which is asked only where rounding or a level point matters.

    Sums without branches, so that several edges are tested at once.
    """
    x1, y1, x2, y2 = room[2][0], room[2][1], room[2][2], room[2][3]
    crossings, unsure = 0, 0
    for k in range(used):
        crosses = (y1[k] > py) != (y2[k] > py)
        left, right = (x1[k] - px) * (y2[k] - py), (y1[k] - py) * (x2[k] - px)
        det = left - right
        clear = abs(det) > ROUNDING * (abs(left) + abs(right)) + TINY
        crossings += crosses & ((det > 0) == (y2[k] > y1[k]))
        unsure += (crosses & (not clear)) | (y1[k] == py) | (y2[k] == py)
    if unsure:
        return point_in_edges(px, py, edges, room[0], used)
    return INSIDE if crossings & 1 else OUTSIDE


@njit(cache=True, nogil=True, error_model="numpy")
def _columns_of_edges(edges: np.ndarray, rows_y: tuple[float, float], grid: np.ndarray, room: Room,
                      used: int, span: tuple[int, int]) -> None:
    """Mark the columns of one row that an edge may pass, a hair too many rather than one too few."""
    use, crossed, _ = room
    x0, column_width, columns = grid[0], grid[2], int(grid[4])
    per_column = 1.0 / column_width
    for column in range(span[0], span[1] + 1):
        crossed[column] = False
    for k in range(used):
        e = use[k]
        x1, y1, x2, y2 = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        low, high = min(x1, x2), max(x1, x2)
        if y1 != y2:
            # The stretch of the edge within the row.
            per_y = 1.0 / (y2 - y1)
            t1, t2 = (rows_y[0] - y1) * per_y, (rows_y[1] - y1) * per_y
            t1, t2 = min(max(t1, 0.0), 1.0), min(max(t2, 0.0), 1.0)
            xa, xb = x1 + t1 * (x2 - x1), x1 + t2 * (x2 - x1)
            low, high = max(low, min(xa, xb)), min(high, max(xa, xb))
        hair = column_width * 1e-6 + 1e-14 * (abs(x1) + abs(x2))
        a = min(max((low - hair - x0) * per_column, 0.0), columns - 1.0)
        b = min(max((high + hair - x0) * per_column, 0.0), columns - 1.0)
        for column in range(int(a), int(b) + 1):
            crossed[column] = True


@njit(cache=True, nogil=True, error_model="numpy")
def _by_rows(edges: np.ndarray, grid: np.ndarray, lowest: int, highest: int) -> tuple[np.ndarray, np.ndarray]:
    """List the edges that may reach each of some rows of cells, ascending: where each row's begin, and the edges."""
    y0, height = grid[1], grid[3]
    begins = np.zeros(highest - lowest + 2, np.int64)
    free, listed = begins, begins[:0]
    for turn in range(2):  # they are counted, then listed
        for e in range(len(edges)):
            y1, y2 = edges[e, 1], edges[e, 3]
            hair = 1e-3 + 1e-12 * (abs(y1) + abs(y2)) / height
            first = int(min(max((min(y1, y2) - y0) / height - hair, float(lowest)), highest + 1.0))
            last = int(min(max((max(y1, y2) - y0) / height + hair, -1.0), float(highest)))
            for row in range(first - lowest, last - lowest + 1):
                if turn == 0:
                    begins[row + 1] += 1
                else:
                    listed[free[row]] = e
                    free[row] += 1
        if turn == 0:
            begins = np.cumsum(begins)
            free, listed = begins.copy(), np.empty(begins[-1], np.int64)
    return begins, listed


@njit(cache=True, nogil=True, error_model="numpy")
def points_in_polygon(edges: np.ndarray, xy: np.ndarray, starts: np.ndarray, grid: np.ndarray,
                      found: tuple[np.ndarray, np.ndarray], room: Room) -> int:
    """List the points that lie in one polygon, or may.

    Parameters
    ----------
    edges : float64[m, 4]
    xy : float64[2, n], coordinates in cell order
    starts : int64[rows * columns + 1], where each cell's points begin
    grid : float64[6], x0, y0, cell width, cell height, columns, rows
    found : (int32[n], uint8[n])
        Filled with positions in cell order and INSIDE or DOUBTFUL.
    room : (int64[m], bool[columns], float64[4, m])
        To work in: the edges that reach a row, the columns that they cross, the edges themselves by coordinate.

    Returns
    -------
    int, how many were filled.
    """
    (out, state), (use, crossed, near), x, y = found, room, xy[0], xy[1]
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
    lowest = int(min(max((low_y - y0) / height - 1e-6, 0.0), rows - 1.0))
    highest = int(min(max((high_y - y0) / height + 1e-6, 0.0), rows - 1.0))
    many = len(edges) > MANY and highest > lowest
    begins, listed = _by_rows(edges, grid, lowest, highest) if many else (starts[:0], starts[:0])
    for row in range(lowest, highest + 1):
        if starts[row * columns + first] == starts[row * columns + last + 1]:
            continue
        used = 0
        bottom, top = y0 + row * height, y0 + (row + 1) * height
        begin, end = (begins[row - lowest], begins[row - lowest + 1]) if many else (0, len(edges))
        for k in range(begin, end):
            e = listed[k] if many else k
            y1, y2 = edges[e, 1], edges[e, 3]
            hair = height * 1e-6 + 1e-14 * (abs(y1) + abs(y2))
            if max(y1, y2) >= bottom - hair and min(y1, y2) <= top + hair:
                use[used] = e
                near[0, used], near[1, used], near[2, used], near[3, used] = edges[e, 0], y1, edges[e, 2], y2
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
                    where = _where(x[i], y[i], edges, room, used)
                    if where != OUTSIDE:
                        out[count], state[count] = i, where
                        count += 1
            else:
                while end <= last and not crossed[end]:
                    end += 1
                stop = starts[row * columns + end]
                if stop > start:
                    where = _where(x[start], y[start], edges, room, used)
                    if where != OUTSIDE:
                        for i in range(start, stop):
                            out[count], state[count] = i, where
                            count += 1
            column = end
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def points_in_polygons(edges: np.ndarray, begins: np.ndarray, index: tuple[np.ndarray, np.ndarray, np.ndarray],
                       found: tuple[np.ndarray, np.ndarray, np.ndarray], room: Room, area: int) -> tuple[int, int]:
    """List the points of polygon after polygon, from one of them on, until there may be no room for the next one's.

    Parameters
    ----------
    edges : float64[m, 4]
    begins : int64[areas + 1]
        Where each polygon's edges begin.
    index : (float64[2, n], int64[rows * columns + 1], float64[6])
        Coordinates in cell order, where each cell's points begin, and the grid, as in `points_in_polygon`.
    found : (int32[k], int32[k], uint8[k])
        Filled with polygon, position in cell order, and INSIDE or DOUBTFUL; k is at least n.
    room : (int64[m], bool[columns], float64[4, m])
        To work in, as in `points_in_polygon`; m is the largest polygon's.
    area : int
        The first polygon.

    Returns
    -------
    (int, int) : the polygon to go on with, and how many were filled.
    """
    (xy, starts, grid), (owner, held, state) = index, found
    count, most = 0, len(xy[0])
    while area < len(begins) - 1 and count + most <= len(owner):
        some = points_in_polygon(edges[begins[area]:begins[area + 1]], xy, starts, grid,
                                 (held[count:], state[count:]), room) if begins[area] < begins[area + 1] else 0
        for place in range(count, count + some):
            owner[place] = area
        count, area = count + some, area + 1
    return area, count
