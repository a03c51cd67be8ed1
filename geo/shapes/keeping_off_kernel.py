"""Numba kernel of `geo.shapes.keeping_off`: which boxes an edge comes near to.

Importing this module loads numba; import it only where the kernel is called.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def _columns(edge: np.ndarray, margin: float, row: int, grid: np.ndarray) -> tuple[int, int]:
    """Return the first and the last column of cells that an edge comes near to in a row of cells."""
    x1, y1, x2, y2 = edge
    low, high = grid[1] + row * grid[3] - margin, grid[1] + (row + 1) * grid[3] + margin
    west, east = min(x1, x2), max(x1, x2)
    if y1 != y2:  # what of it lies in the row
        at_low, at_high = x1 + (low - y1) * (x2 - x1) / (y2 - y1), x1 + (high - y1) * (x2 - x1) / (y2 - y1)
        west, east = max(west, min(at_low, at_high)), min(east, max(at_low, at_high))
    first = int(min(max(np.floor((west - margin - grid[0]) / grid[2]) - 1, 0), grid[4]))
    last = int(min(max(np.floor((east + margin - grid[0]) / grid[2]) + 1, -1), grid[4] - 1))
    return first, last


@njit(cache=True, nogil=True, error_model="numpy")
def _rows(edge: np.ndarray, margin: float, grid: np.ndarray) -> tuple[int, int]:
    low, high = min(edge[1], edge[3]) - margin, max(edge[1], edge[3]) + margin
    first = int(min(max(np.floor((low - grid[1]) / grid[3]) - 1, 0), grid[5]))
    last = int(min(max(np.floor((high - grid[1]) / grid[3]) + 1, -1), grid[5] - 1))
    return first, last


@njit(cache=True, nogil=True, error_model="numpy")
def _listed(edges: np.ndarray, margins: np.ndarray, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """List the edges that come near to each cell: where each cell's begin, and the edges."""
    columns = int(grid[4])
    begins = np.zeros(columns * int(grid[5]) + 1, np.int64)
    for e in range(len(edges)):
        low, high = _rows(edges[e], margins[e], grid)
        for row in range(low, high + 1):
            first, last = _columns(edges[e], margins[e], row, grid)
            for column in range(first, last + 1):
                begins[row * columns + column + 1] += 1
    for cell in range(len(begins) - 1):
        begins[cell + 1] += begins[cell]
    listed, free = np.empty(begins[-1], np.int32), begins[:-1].copy()
    for e in range(len(edges)):
        low, high = _rows(edges[e], margins[e], grid)
        for row in range(low, high + 1):
            first, last = _columns(edges[e], margins[e], row, grid)
            for column in range(first, last + 1):
                listed[free[row * columns + column]] = e
                free[row * columns + column] += 1
    return begins, listed


@njit(cache=True, nogil=True, error_model="numpy")
def _meets(edge: np.ndarray, margin: float, box: np.ndarray) -> bool:
    """Say whether an edge comes as near to a box as the margin, or about as near."""
    x1, y1, x2, y2 = edge
    west, south, east, north = box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin
    if max(x1, x2) < west or min(x1, x2) > east or max(y1, y2) < south or min(y1, y2) > north:
        return False
    dx, dy = x2 - x1, y2 - y1
    a, b = dx * (south - y1) - dy * (west - x1), dx * (south - y1) - dy * (east - x1)
    c, d = dx * (north - y1) - dy * (west - x1), dx * (north - y1) - dy * (east - x1)
    return not (min(min(a, b), min(c, d)) > 0 or max(max(a, b), max(c, d)) < 0)


@njit(cache=True, nogil=True, error_model="numpy")
def near(boxes: np.ndarray, edges: np.ndarray, margins: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Say of boxes whether any edge comes as near as its margin: bool[n].

    Parameters
    ----------
    boxes : float64[n, 4], west, south, east, north
    edges : float64[m, 4], from x, y to x, y
    margins : float64[m]
    grid : float64[6]
        x0, y0, cell width, cell height, columns, rows: cells that hold all boxes.
    """
    begins, listed = _listed(edges, margins, grid)
    found = np.zeros(len(boxes), np.bool_)
    for n in range(len(boxes)):
        west, east = (boxes[n, 0] - grid[0]) / grid[2], (boxes[n, 2] - grid[0]) / grid[2]
        south, north = (boxes[n, 1] - grid[1]) / grid[3], (boxes[n, 3] - grid[1]) / grid[3]
        for row in range(int(max(south, 0)), int(min(north, grid[5] - 1)) + 1):
            for column in range(int(max(west, 0)), int(min(east, grid[4] - 1)) + 1):
                cell = row * int(grid[4]) + column
                for k in range(begins[cell], begins[cell + 1]):
                    if _meets(edges[listed[k]], margins[listed[k]], boxes[n]):
                        found[n] = True
                        break
                if found[n]:
                    break
            if found[n]:
                break
    return found
