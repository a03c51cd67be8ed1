"""Numba kernel of `geo.network.attachment`: the edge that is surely the nearest of all to each point.

Importing this module loads numba; import it only where the kernel is called.

The pieces of edges lie in the cells of a grid, which are looked through ring by ring around a point until nothing
nearer can come. Where a second edge is about as near, as at every crossing, rounding could decide, and GEOS is asked.
"""

from __future__ import annotations

import numpy as np
from numba import njit

NONE, DOUBTFUL = -1, -2
CLOSE = 1e-9  # of the distance, and as many metres: within this two edges are as near


@njit(cache=True, nogil=True, error_model="numpy")
def _rings(px: float, py: float, grid: np.ndarray) -> tuple[int, int, int, int]:
    """Return the cell of a point, and from which ring of cells around it to which there are any of the grid."""
    columns, rows = int(grid[3]), int(grid[4])
    column = int(min(max((px - grid[0]) / grid[2], -1e9), 1e9) // 1)
    row = int(min(max((py - grid[1]) / grid[2], -1e9), 1e9) // 1)
    first = max(0, -column, column - columns + 1, -row, row - rows + 1)  # what lies nearer holds no cell
    return column, row, first, max(abs(column), abs(column - columns + 1), abs(row), abs(row - rows + 1))


@njit(cache=True, nogil=True, error_model="numpy")
def _away(px: float, py: float, piece: np.ndarray) -> float:
    """Return the square of a point's distance from a piece of a line."""
    ax, ay, dx, dy = piece[0], piece[1], piece[2] - piece[0], piece[3] - piece[1]
    length = dx * dx + dy * dy
    along = ((px - ax) * dx + (py - ay) * dy) / length if length > 0 else 0.0
    along = min(max(along, 0.0), 1.0)
    x, y = px - ax - along * dx, py - ay - along * dy
    return x * x + y * y


@njit(cache=True, nogil=True, error_model="numpy")
def in_cells(pieces: np.ndarray, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """List the pieces whose boxes reach each cell: where each cell's begin, and the pieces.

    Parameters
    ----------
    pieces : float64[m, 4], from x, y to x, y, all within the grid
    grid : float64[5]
        x0, y0, cell size, columns, rows.
    """
    columns, rows = int(grid[3]), int(grid[4])
    begins = np.zeros(columns * rows + 1, np.int64)
    listed = np.empty(0, np.int32)
    free = begins
    for turn in range(2):
        for k in range(len(pieces)):
            west, east = min(pieces[k, 0], pieces[k, 2]), max(pieces[k, 0], pieces[k, 2])
            south, north = min(pieces[k, 1], pieces[k, 3]), max(pieces[k, 1], pieces[k, 3])
            for row in range(int((south - grid[1]) / grid[2]), min(int((north - grid[1]) / grid[2]), rows - 1) + 1):
                for column in range(int((west - grid[0]) / grid[2]),
                                    min(int((east - grid[0]) / grid[2]), columns - 1) + 1):  # fmt: skip
                    cell = row * columns + column
                    if turn == 0:
                        begins[cell + 1] += 1
                    else:
                        listed[free[cell]] = k
                        free[cell] += 1
        if turn == 0:
            for cell in range(columns * rows):
                begins[cell + 1] += begins[cell]
            listed, free = np.empty(begins[-1], np.int32), begins.copy()
    return begins, listed


@njit(cache=True, nogil=True, error_model="numpy")
def _look(
    px: float, py: float, pieces: np.ndarray, owner: np.ndarray, cells: tuple[np.ndarray, np.ndarray], grid: np.ndarray,
    most: float,
) -> tuple[float, float, int]:  # fmt: skip
    """Return the squares of the distances of the nearest edge and of the next, and which is nearest."""
    begins, listed = cells
    columns, rows = int(grid[3]), int(grid[4])
    column, row, first, last = _rings(px, py, grid)
    best, second, edge = np.inf, np.inf, NONE
    for ring in range(first, last + 1):
        reach = (ring - 1) * grid[2]  # nothing of this ring is nearer
        limit = min(np.sqrt(best), most) * (1 + CLOSE) + CLOSE
        if reach > limit:
            break
        west, east = max(column - ring, 0), min(column + ring, columns - 1)
        for y in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
            whole = abs(y - row) == ring
            for turn in range(max(east - west + 1, 0) if whole else 2):
                x = west + turn if whole else column - ring if turn == 0 else column + ring
                if x < 0 or x >= columns:
                    continue
                cell = y * columns + x
                for k in range(begins[cell], begins[cell + 1]):
                    away, own = _away(px, py, pieces[listed[k]]), owner[listed[k]]
                    if own == edge:
                        best = min(best, away)
                    elif away < best:
                        best, second, edge = away, best, own
                    elif away < second:
                        second = away
    return best, second, edge


@njit(cache=True, nogil=True, error_model="numpy")
def distances(
    points: np.ndarray, pieces: np.ndarray, owner: np.ndarray, cells: tuple[np.ndarray, np.ndarray], grid: np.ndarray
) -> np.ndarray:
    """Return how far the nearest edge of each finite point is: float64[n], inf where there is none; as of `nearest`."""
    found = np.empty(len(points))
    for n in range(len(points)):
        found[n] = np.sqrt(_look(points[n, 0], points[n, 1], pieces, owner, cells, grid, np.inf)[0])
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def nearest(
    points: np.ndarray, pieces: np.ndarray, owner: np.ndarray, cells: tuple[np.ndarray, np.ndarray], grid: np.ndarray,
    most: float,
) -> np.ndarray:  # fmt: skip
    """Return the edge nearest to each point: int64[n], `NONE` where there is none, `DOUBTFUL` where GEOS decides.

    Parameters
    ----------
    points : float64[n, 2], finite
    pieces : float64[m, 4]
    owner : int64[m], the edge of each piece
    cells, grid
        As of `in_cells`.
    most : float
        How far away it may be; infinite for any distance.
    """
    found = np.empty(len(points), np.int64)
    for n in range(len(points)):
        best, second, edge = _look(points[n, 0], points[n, 1], pieces, owner, cells, grid, most)
        near = np.sqrt(best)
        close = CLOSE * near + CLOSE
        if near == np.inf or near > most + close:
            found[n] = NONE
        elif np.sqrt(second) <= near + close or near > most - close:
            found[n] = DOUBTFUL
        else:
            found[n] = edge
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def within(
    points: np.ndarray, reach: np.ndarray, edges: int, pieces: np.ndarray, owner: np.ndarray,
    cells: tuple[np.ndarray, np.ndarray], grid: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Pair points with the edges within a distance of each, and hardly any farther.

    Parameters
    ----------
    points, reach : float64[n, 2], float64[n], finite
    edges : int
        How many there are.
    pieces, owner, cells, grid
        As of `nearest`.

    Returns
    -------
    (point, edge) : int64[k] twice, by points
    """
    begins, listed = cells
    columns, rows = int(grid[3]), int(grid[4])
    point, edge = np.empty(4 * len(points) + 16, np.int64), np.empty(4 * len(points) + 16, np.int64)
    met, count = np.full(edges, -1, np.int64), 0
    for n in range(len(points)):
        px, py, far = points[n, 0], points[n, 1], reach[n] * (1 + CLOSE) + CLOSE
        west = int(min(max((px - far - grid[0]) / grid[2], 0.0), columns))
        east = int(min(max((px + far - grid[0]) / grid[2], -1.0), columns - 1.0) // 1)
        south = int(min(max((py - far - grid[1]) / grid[2], 0.0), rows))
        north = int(min(max((py + far - grid[1]) / grid[2], -1.0), rows - 1.0) // 1)
        for cell_row in range(south, north + 1):
            cell = cell_row * columns
            for k in range(begins[cell + west], begins[cell + east + 1] if east >= west else 0):
                own = owner[listed[k]]
                if met[own] == n or not _away(px, py, pieces[listed[k]]) <= far * far:
                    continue
                met[own] = n
                if count == len(point):
                    point, edge = np.append(point, np.empty_like(point)), np.append(edge, np.empty_like(edge))
                point[count], edge[count] = n, own
                count += 1
    return point[:count], edge[:count]


@njit(cache=True, nogil=True, error_model="numpy")
def within_others(
    points: np.ndarray, of: np.ndarray, boxes: np.ndarray, owner: np.ndarray,
    cells: tuple[tuple[np.ndarray, np.ndarray], np.ndarray],
) -> np.ndarray:  # fmt: skip
    """Say which points lie in a box that is not of their own: bool[n].

    Parameters
    ----------
    points : float64[n, 2], finite
    of : int64[n], the owner of each point
    boxes : float64[m, 4]
    owner : int64[m], the owner of each box
    cells : as `geo.network.cells.cells_of` gives them for the boxes
    """
    (begins, listed), grid = cells
    columns, rows = int(grid[3]), int(grid[4])
    found = np.zeros(len(points), np.bool_)
    for n in range(len(points)):
        x, y = points[n, 0], points[n, 1]
        across, down = (x - grid[0]) / grid[2], (y - grid[1]) / grid[2]
        if not (across >= 0 and down >= 0 and across < columns + 1.0 and down < rows + 1.0):
            continue
        cell = min(int(down), rows - 1) * columns + min(int(across), columns - 1)
        for k in range(begins[cell], begins[cell + 1]):
            box = boxes[listed[k]]
            if owner[listed[k]] != of[n] and box[0] <= x and x <= box[2] and box[1] <= y and y <= box[3]:
                found[n] = True
                break
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_places(
    points: np.ndarray, most: np.ndarray, xy: np.ndarray, cells: tuple[tuple[np.ndarray, np.ndarray], np.ndarray],
    many: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Pair points with so many places that are nearest to each; of places equally far the first ones.

    Parameters
    ----------
    points, most : float64[n, 2], float64[n]
        How far away places of each may be.
    xy : float64[p, 2]
    cells
        As `geo.network.cells.cells_of` gives them for the places.
    many : int

    Returns
    -------
    (row, place, known) : int64[k] twice, float64[n]
        By points, and places of each ascending; how far the last of so many is, inf where there are not so many.
    """
    (begins, listed), grid = cells
    columns, rows = int(grid[3]), int(grid[4])
    row_of, place_of = np.empty(len(points) * many, np.int64), np.empty(len(points) * many, np.int64)
    known = np.full(len(points), np.inf)
    away, which, total = np.empty(many), np.empty(many, np.int64), 0
    for n in range(len(points)):
        px, py, count = points[n, 0], points[n, 1], 0
        column, row, first, last = _rings(px, py, grid)
        for ring in range(first, last + 1):
            limit = min(np.sqrt(away[many - 1]), most[n]) if count == many else most[n]
            if (ring - 1) * grid[2] > limit * (1 + CLOSE) + CLOSE:
                break
            west, east = max(column - ring, 0), min(column + ring, columns - 1)
            for y in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
                whole = abs(y - row) == ring
                for turn in range(max(east - west + 1, 0) if whole else 2):
                    x = west + turn if whole else column - ring if turn == 0 else column + ring
                    if x < 0 or x >= columns:
                        continue
                    for k in range(begins[y * columns + x], begins[y * columns + x + 1]):
                        place = listed[k]
                        dx, dy = xy[place, 0] - px, xy[place, 1] - py
                        squared = dx * dx + dy * dy
                        if not np.sqrt(squared) <= most[n]:
                            continue
                        at = count
                        if count == many:
                            at = many - 1
                            if squared > away[at] or (squared == away[at] and place > which[at]):
                                continue
                        else:
                            count += 1
                        while at > 0 and squared <= away[at - 1]:
                            if squared == away[at - 1] and place > which[at - 1]:
                                break
                            away[at], which[at] = away[at - 1], which[at - 1]
                            at -= 1
                        away[at], which[at] = squared, place
        if count == many:
            known[n] = np.sqrt(away[many - 1])
        for place in np.sort(which[:count]):
            row_of[total], place_of[total] = n, place
            total += 1
    return row_of[:total], place_of[:total], known
