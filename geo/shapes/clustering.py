"""Which points lie together."""

from __future__ import annotations

import numpy as np

_FEW = 5_000
_SIDE = 0.7071  # of the distance: a hair less than makes a cell's diagonal as long


def clusters(points_xy: np.ndarray, reach_m: float) -> np.ndarray:
    """Number the groups of points in which each is within a distance of another (single linkage).

    Parameters
    ----------
    points_xy : float64[n, 2]
        Metric CRS, all finite.
    reach_m : float
        At this distance two points still belong together.

    Returns
    -------
    int64[n], the group of each point; groups are numbered in the order of their first points.
    """
    points_xy = np.asarray(points_xy, dtype=float).reshape(-1, 2)
    labels = _few(points_xy, reach_m) if len(points_xy) < _FEW else _many(points_xy, reach_m)
    _, first = np.unique(labels, return_index=True)
    number = np.empty(labels.max(initial=-1) + 1, dtype=np.int64)
    number[labels[np.sort(first)]] = np.arange(len(first))
    return number[labels]


def _few(points_xy: np.ndarray, reach_m: float) -> np.ndarray:
    """List every pair: no kernel to load, and as many pairs as there are."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    size = len(points_xy)
    pairs = cKDTree(points_xy).query_pairs(reach_m, output_type="ndarray") if size else np.empty((0, 2), int)
    links = coo_array((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    return connected_components(links, directed=False)[1].astype(np.int64)


def _many(points_xy: np.ndarray, reach_m: float) -> np.ndarray:
    """Join the cells of a grid so fine that the points of a cell lie together anyway."""
    from geo.shapes import clustering_kernel

    column, row = np.floor((points_xy - points_xy.min(axis=0)) / (reach_m * _SIDE)).astype(np.int64).T
    order = np.lexsort((column, row))
    row, column = row[order], column[order]
    first = np.flatnonzero(np.concatenate([[True], (np.diff(row) != 0) | (np.diff(column) != 0)]))
    starts = np.append(first, len(order))
    group = clustering_kernel.joined(points_xy[order], (starts, row[first], column[first]), reach_m)
    labels = np.empty(len(order), dtype=np.int64)
    labels[order] = np.repeat(group, np.diff(starts))
    return labels
