"""The places near points where their legs may bend: so many gates and ends of walls, and so many corners."""

from __future__ import annotations

import numpy as np

from geo.network.cells import Cells

_TURNS, _CORNERS = 16, 64
FEW = 12
"""So many corners of buildings do for most points."""


def bends_near(bends: list[tuple[np.ndarray, Cells | None]], points_xy: np.ndarray, most_m: np.ndarray,
               corners: int = _CORNERS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Pair points with the places where their legs may bend, at walls and at so many corners of buildings.

    Parameters
    ----------
    bends : list of (float64[b, 2], Cells)
        At gates and ends of walls; if there are more, past corners of buildings, and past corners of walls.
    points_xy, most_m : float64[r, 2], float64[r]
        How far away the places of each point may be.
    corners : int

    Returns
    -------
    (row, place, known_m) : int64[k] twice, rows ascending, places too; float64[r]
        Beyond `known_m` there may be more corners.
    """
    from geo.network import nearest_kernel

    pairs, shift, known_m = [np.empty((2, 0), np.int64)], 0, np.full(len(points_xy), np.inf)
    for kind, (xy, cells) in enumerate(bends):
        if cells is not None and len(points_xy):
            many = corners if kind == 1 else _TURNS
            row, place, last_m = nearest_kernel.nearest_places(points_xy, most_m, xy, cells, many)
            pairs.append(np.stack([row, shift + place]))
            known_m = last_m if kind == 1 else known_m
        shift += len(xy)
    row, place = np.concatenate(pairs, axis=1)
    order = np.argsort(row, kind="stable")
    return row[order], place[order], known_m
