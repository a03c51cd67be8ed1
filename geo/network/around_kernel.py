"""Numba kernel of `geo.network.around`: which straight legs surely cross a footprint, and which surely do not.

Importing this module loads numba; import it only where the kernel is called.

Orientation is filtered as in Shewchuk (1997), "Adaptive precision floating-point arithmetic": where rounding could
decide, the pair is left to GEOS.
"""

from __future__ import annotations

import numpy as np
from numba import njit

APART, ACROSS, DOUBTFUL = 0, 1, 2
ROUNDING = 1e-15  # over the 3.33e-16 that the filter needs
TINY = 1e-290  # below this, products lose digits to underflow


@njit(cache=True, nogil=True, error_model="numpy")
def _side(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    """Say on which side of a line from a to b a point lies: 1, -1, or 0 where rounding could decide."""
    left, right = (ax - cx) * (by - cy), (ay - cy) * (bx - cx)
    turn = left - right
    if not abs(turn) > ROUNDING * (abs(left) + abs(right)) + TINY:
        return 0
    return 1 if turn > 0 else -1


@njit(cache=True, nogil=True, error_model="numpy")
def _pair(leg: np.ndarray, cx: float, cy: float, dx: float, dy: float) -> int:
    """Say how a leg and an edge from c to d lie."""
    ax, ay, bx, by = leg[0], leg[1], leg[2], leg[3]
    if max(cx, dx) < min(ax, bx) or min(cx, dx) > max(ax, bx) or max(cy, dy) < min(ay, by) or min(cy, dy) > max(ay, by):
        return APART
    c, d = _side(ax, ay, bx, by, cx, cy), _side(ax, ay, bx, by, dx, dy)
    if c * d > 0:
        return APART
    a, b = _side(cx, cy, dx, dy, ax, ay), _side(cx, cy, dx, dy, bx, by)
    if a * b > 0:
        return APART
    return ACROSS if c * d < 0 and a * b < 0 else DOUBTFUL


@njit(cache=True, nogil=True, error_model="numpy")
def _rows(leg: np.ndarray, grid: np.ndarray) -> tuple[int, int]:
    """Return the first and the last row of cells that a leg may lie in."""
    first = int(min(max((min(leg[1], leg[3]) - grid[1]) / grid[2] - 1, 0.0), grid[4]))
    last = int(min(max((max(leg[1], leg[3]) - grid[1]) / grid[2] + 1, -1.0), grid[4] - 1))
    return first, last


@njit(cache=True, nogil=True, error_model="numpy")
def _columns(leg: np.ndarray, row: int, grid: np.ndarray) -> tuple[int, int]:
    """Return the first and the last column of cells that a leg may lie in, of a row of cells."""
    ax, ay, bx, by = leg[0], leg[1], leg[2], leg[3]
    west, east = min(ax, bx), max(ax, bx)
    if abs(by - ay) > grid[2]:  # what of it lies in the row, and in half a row to either side
        low, high = grid[1] + (row - 0.5) * grid[2], grid[1] + (row + 1.5) * grid[2]
        at_low, at_high = ax + (low - ay) * (bx - ax) / (by - ay), ax + (high - ay) * (bx - ax) / (by - ay)
        west, east = max(west, min(at_low, at_high)), min(east, max(at_low, at_high))
    first = int(min(max((west - grid[0]) / grid[2] - 1, 0.0), grid[3]))
    last = int(min(max((east - grid[0]) / grid[2] + 1, -1.0), grid[3] - 1))
    return first, last


@njit(cache=True, nogil=True, error_model="numpy")
def _listed(leg: np.ndarray, row: int, begins: np.ndarray, grid: np.ndarray) -> tuple[int, int]:
    """Return from where to where is listed what lies in the cells of a row that a leg may lie in."""
    west, east = _columns(leg, row, grid)
    cell = row * int(grid[3])
    return begins[cell + west], begins[cell + east + 1]


@njit(cache=True, nogil=True, error_model="numpy")
def met(legs: np.ndarray, pieces: np.ndarray, cells: tuple[tuple[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Say of legs whether they meet pieces of lines: ACROSS where one is properly crossed, APART where none is met.

    Parameters
    ----------
    legs : float64[n, 4], from x, y to x, y
    pieces : float64[m, 4]
    cells : see `geo.network.cells`

    Returns
    -------
    int8[n]
    """
    (begins, listed), grid = cells
    found = np.zeros(len(legs), np.int8)
    for n in range(len(legs)):
        first, last = _rows(legs[n], grid)
        for row in range(first, last + 1):
            begin, end = _listed(legs[n], row, begins, grid)
            for k in range(begin, end):
                piece = pieces[listed[k]]
                how = _pair(legs[n], piece[0], piece[1], piece[2], piece[3])
                if how == ACROSS or found[n] == APART:
                    found[n] = how
                if how == ACROSS:
                    break
            if found[n] == ACROSS:
                break
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _outlined(leg: np.ndarray, first: int, last: int, xy: np.ndarray, ends: np.ndarray) -> int:
    """Say how a leg lies to the rings whose points are given: ACROSS where an edge is properly crossed."""
    state = APART
    for i in range(first, last):
        if ends[i]:
            continue
        how = _pair(leg, xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1])
        if how != APART:
            state = how
        if how == ACROSS:
            break
    return state


@njit(cache=True, nogil=True, error_model="numpy")
def _crossing(leg: np.ndarray, first: int, last: int, xy: np.ndarray, ends: np.ndarray) -> int:
    """Say how a leg lies to a sound shape whose rings' points are given: ACROSS if it begins outside it besides."""
    state = _outlined(leg, first, last, xy, ends)
    if state != ACROSS:
        return state
    x, y, inside = leg[0], leg[1], False
    for i in range(first, last):
        if ends[i]:
            continue
        cx, cy, dx, dy = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
        if max(cy, dy) < y or min(cy, dy) > y or max(cx, dx) < x:
            continue
        side = _side(cx, cy, dx, dy, x, y)
        if side == 0:
            return DOUBTFUL
        if (cy > y) != (dy > y) and (side > 0) == (dy > cy):
            inside = not inside
    return APART if inside else ACROSS


@njit(cache=True, nogil=True, error_model="numpy")
def through(
    legs: np.ndarray,
    own: np.ndarray,
    rings: tuple[np.ndarray, np.ndarray, np.ndarray],
    shapes: tuple[np.ndarray, np.ndarray, np.ndarray],
    cells: tuple[tuple[np.ndarray, np.ndarray], np.ndarray],
) -> np.ndarray:
    """Say of legs whether they cross a shape but the one they start in and their own.

    Parameters
    ----------
    legs : float64[n, 4], from x, y to x, y
    own : int64[n], the building of each leg, -1 for none
    rings : as the last three of `across`
    shapes : (boxes float64[s, 4], building int64[s], sound bool[s])
        Of one that is not sound nothing is said.
    cells : see `geo.network.cells`

    Returns
    -------
    int8[n]: ACROSS, APART, or DOUBTFUL.
    """
    (xy, ends, starts), (boxes, building, sound), ((begins, listed), grid) = rings, shapes, cells
    found = np.zeros(len(legs), np.int8)
    for n in range(len(legs)):
        leg = legs[n]
        low_x, high_x = min(leg[0], leg[2]), max(leg[0], leg[2])
        low_y, high_y = min(leg[1], leg[3]), max(leg[1], leg[3])
        first, last = _rows(leg, grid)
        for row in range(first, last + 1):
            begin, end = _listed(leg, row, begins, grid)
            for k in range(begin, end):
                shape = listed[k]
                box = boxes[shape]
                if box[0] > high_x or box[2] < low_x or box[1] > high_y or box[3] < low_y:
                    continue
                if building[shape] == own[n]:
                    continue
                how = _crossing(leg, starts[shape], starts[shape + 1], xy, ends) if sound[shape] else DOUBTFUL
                if how == ACROSS or found[n] == APART:
                    found[n] = how
                if how == ACROSS:
                    break
            if found[n] == ACROSS:
                break
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def across(
    legs: np.ndarray, pairs: tuple[np.ndarray, np.ndarray], xy: np.ndarray, ends: np.ndarray, begins: np.ndarray
) -> np.ndarray:
    """Say of pairs of a leg and a shape how they lie: int8[k].

    Parameters
    ----------
    legs : float64[n, 4], from x, y to x, y
    pairs : (leg int64[k], shape int64[k])
    xy, ends, begins : float64[m, 2], bool[m], int64[s + 1]
        The points of every shape's rings, which of them end a ring, and where each shape's begin.

    Returns
    -------
    ACROSS where an edge is properly crossed; APART where no edge is met, so that the leg lies wholly inside or wholly
    outside; else DOUBTFUL.
    """
    leg, shape = pairs
    found = np.empty(len(leg), np.int8)
    for pair in range(len(leg)):
        one = shape[pair]
        found[pair] = _outlined(legs[leg[pair]], begins[one], begins[one + 1], xy, ends)
    return found
