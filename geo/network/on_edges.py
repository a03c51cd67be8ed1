"""Places on edges: the one that is nearest to a point, and the one so far along; the same bits as GEOS gives."""

from __future__ import annotations

import numpy as np
import shapely

from geo.network.graph import Network

_MANY = 500  # of fewer GEOS knows all before a kernel is loaded


def nearest_on(network: Network, points_xy: np.ndarray, edge: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where along an edge each point is nearest, and how far it is from there.

    Parameters
    ----------
    network : Network
    points_xy : float64[k, 2], finite
    edge : int[k]

    Returns
    -------
    (at_m, away_m) : float64[k] twice
    """
    if len(edge) < _MANY:
        courses, points = network.geometries[edge], shapely.points(points_xy)
        return shapely.line_locate_point(courses, points), shapely.distance(courses, points)
    from geo.network import on_edges_kernel

    xy, offsets = network.xy, network.offsets
    return on_edges_kernel.nearest(np.ascontiguousarray(points_xy), edge.astype(np.int64), xy, offsets)


def places_on(network: Network, edge: np.ndarray, at_m: np.ndarray) -> np.ndarray:
    """Return the places so far along edges: float64[k, 2].

    Parameters
    ----------
    network : Network
    edge, at_m : int[k], float64[k]
        From 0 to the length of the edge.
    """
    if len(edge) < _MANY:
        return shapely.get_coordinates(shapely.line_interpolate_point(network.geometries[edge], at_m))
    from geo.network import on_edges_kernel

    return on_edges_kernel.places(edge.astype(np.int64), np.ascontiguousarray(at_m), network.xy, network.offsets)
