"""Which points lie together."""

from __future__ import annotations

import numpy as np


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
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    points_xy = np.asarray(points_xy, dtype=float).reshape(-1, 2)
    size = len(points_xy)
    pairs = cKDTree(points_xy).query_pairs(reach_m, output_type="ndarray") if size else np.empty((0, 2), int)
    links = coo_array((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    labels = connected_components(links, directed=False)[1]
    _, first = np.unique(labels, return_index=True)
    number = np.empty(len(first), dtype=np.int64)
    number[labels[np.sort(first)]] = np.arange(len(first))
    return number[labels] if size else labels.astype(np.int64)
