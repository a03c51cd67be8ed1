"""Boxes and pieces of lines in the cells of a grid, where kernels find what is near."""

from __future__ import annotations

import numpy as np

Cells = tuple[tuple[np.ndarray, np.ndarray], np.ndarray]
"""Where each cell's begin and what lies in it, and the grid: see `geo.network.nearest_kernel.in_cells`."""
_MOST_CELLS = 4_000  # along either side
_MOST_LISTED = 100  # cells of a piece, by and large


def cells_of(pieces: np.ndarray) -> Cells | None:
    """List which pieces, from x, y to x, y, lie in which cell; None where that would help nobody.

    Parameters
    ----------
    pieces : float64[m, 4]
        One with nan lies nowhere.
    """
    from geo.network import nearest_kernel

    there = np.flatnonzero(np.isfinite(pieces).all(axis=1))
    if not len(there):
        return None
    some = pieces[there]
    low = np.minimum(some[:, :2], some[:, 2:]).min(axis=0)
    size = np.maximum(np.maximum(some[:, :2], some[:, 2:]).max(axis=0) - low, 1e-3)
    cell = max(np.sqrt(size.prod() / len(some)), size.max() / _MOST_CELLS)
    across = np.abs(some[:, 2:] - some[:, :2]) / cell + 2
    if across.prod(axis=1).sum() > _MOST_LISTED * len(some):  # a land of long roads: they would lie in every cell
        return None
    grid = np.array([*low, cell, *(np.floor(size / cell) + 1)])
    begins, listed = nearest_kernel.in_cells(some, grid)
    return (begins, there[listed]), grid
