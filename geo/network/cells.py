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

    finite = np.isfinite(pieces)
    there = None if finite.all() else np.flatnonzero(finite.all(axis=1))  # row by row takes ten times as long
    some = pieces if there is None else pieces[there]
    if not len(some):
        return None
    from_x, from_y, to_x, to_y = some.T
    low = np.array([min(from_x.min(), to_x.min()), min(from_y.min(), to_y.min())])
    high = np.array([max(from_x.max(), to_x.max()), max(from_y.max(), to_y.max())])
    size = np.maximum(high - low, 1e-3)
    cell = max(np.sqrt(size.prod() / len(some)), size.max() / _MOST_CELLS)
    across = (np.abs(to_x - from_x) / cell + 2) * (np.abs(to_y - from_y) / cell + 2)
    if across.sum() > _MOST_LISTED * len(some):  # a land of long roads: they would lie in every cell
        return None
    grid = np.array([*low, cell, *(np.floor(size / cell) + 1)])
    begins, listed = nearest_kernel.in_cells(some, grid)
    return (begins, listed.astype(np.int64) if there is None else there[listed]), grid
