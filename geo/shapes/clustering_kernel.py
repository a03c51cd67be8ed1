"""Numba kernel of `geo.shapes.clustering`: which points lie together, cell by cell of a grid.

Importing this module loads numba; import it only where the kernel is called.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def _root(parent: np.ndarray, one: int) -> int:
    while parent[one] != one:
        parent[one] = parent[parent[one]]
        one = parent[one]
    return one


@njit(cache=True, nogil=True, error_model="numpy")
def _near(xy: np.ndarray, one: tuple[int, int], other: tuple[int, int], boxes: np.ndarray, reach: float) -> bool:
    """Say whether any point of one cell is within reach of any of another; `boxes` are those around their points."""
    a, b = boxes
    dx, dy = max(0.0, a[0] - b[2], b[0] - a[2]), max(0.0, a[1] - b[3], b[1] - a[3])
    if dx * dx + dy * dy > reach * reach:
        return False
    for i in range(one[0], one[1]):
        for j in range(other[0], other[1]):
            ex, ey = xy[i, 0] - xy[j, 0], xy[i, 1] - xy[j, 1]
            if ex * ex + ey * ey <= reach * reach:
                return True
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def joined(xy: np.ndarray, cells: tuple[np.ndarray, np.ndarray, np.ndarray], reach: float) -> np.ndarray:
    """Join cells of which a point of one is within reach of a point of the other: the least cell of each group.

    Parameters
    ----------
    xy : float64[n, 2]
        Sorted by cell.
    cells : (starts int64[c + 1], row int64[c], column int64[c])
        Where each cell's points begin, and where it lies; sorted by row, then by column. All points of a cell are
        within reach of each other, and none of those more than two cells away is.
    """
    starts, row, column = cells
    count = len(row)
    boxes = np.empty((count, 4))
    for cell in range(count):
        boxes[cell, 0], boxes[cell, 1] = xy[starts[cell]]
        boxes[cell, 2], boxes[cell, 3] = xy[starts[cell]]
        for i in range(starts[cell] + 1, starts[cell + 1]):
            boxes[cell, 0], boxes[cell, 2] = min(boxes[cell, 0], xy[i, 0]), max(boxes[cell, 2], xy[i, 0])
            boxes[cell, 1], boxes[cell, 3] = min(boxes[cell, 1], xy[i, 1]), max(boxes[cell, 3], xy[i, 1])
    parent = np.arange(count)
    ahead = np.zeros(3, np.int64)  # the first cell that may be near, in this row and the next two
    pair = np.empty((2, 4))
    for cell in range(count):
        for up in range(3):
            other = max(ahead[up], cell + 1)
            while other < count and (row[other] < row[cell] + up or
                                     (row[other] == row[cell] + up and column[other] < column[cell] - 2)):
                other += 1
            ahead[up] = other
            while other < count and row[other] == row[cell] + up and column[other] <= column[cell] + 2:
                mine, theirs = _root(parent, cell), _root(parent, other)
                if mine != theirs:
                    for side in range(4):
                        pair[0, side], pair[1, side] = boxes[cell, side], boxes[other, side]
                    here, there = (starts[cell], starts[cell + 1]), (starts[other], starts[other + 1])
                    if _near(xy, here, there, pair, reach):
                        parent[max(mine, theirs)] = min(mine, theirs)
                other += 1
    for cell in range(count):
        parent[cell] = _root(parent, cell)
    return parent
