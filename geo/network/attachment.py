"""Where points join a network: the nearest place on the nearest usable edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.network.graph import Mode, Network


@dataclass(frozen=True)
class Attached:
    """Points joined to a network, in the order they came.

    Attributes
    ----------
    edge : int32[p], -1 where no usable edge is near enough
    at_m : float64[p], how far along the edge, from its start; nan without edge
    access_m : float64[p], the straight way between the point and that place; nan without edge
    """

    edge: np.ndarray
    at_m: np.ndarray
    access_m: np.ndarray

    def __len__(self) -> int:
        return len(self.edge)

    def take(self, rows: np.ndarray) -> Attached:
        """Give some of the points, by row or by mask."""
        return Attached(self.edge[rows], self.at_m[rows], self.access_m[rows])

    def places(self, network: Network) -> np.ndarray:
        """Give the places on the network as float64[p, 2], nan without edge; the other end of the access leg."""
        xy = np.full((len(self.edge), 2), np.nan)
        on = np.flatnonzero(self.edge >= 0)
        course = network.geometries[self.edge[on]]
        xy[on] = shapely.get_coordinates(shapely.line_interpolate_point(course, self.at_m[on]))
        return xy


def attach(network: Network, points_xy: np.ndarray, mode: Mode, max_access_m: float,
           usable: np.ndarray | None = None) -> Attached:
    """Join points to the nearest place on the nearest edge usable in a mode.

    Parameters
    ----------
    network : Network
    points_xy : float64[p, 2]
        The network's CRS. A point with nan or infinity is joined to nothing.
    mode : walk or drive
    max_access_m : float
        At this distance a point is still joined, beyond it is not. May be infinite.
    usable : bool[e], optional
        Joins only to these of the mode's edges, such as those of the largest component.

    Returns
    -------
    Attached
        Of edges equally near the lowest is taken.

    Raises
    ------
    ValueError
        If the mode is unknown, or `max_access_m` is below 0 or nan.
    """
    if not max_access_m >= 0:
        raise ValueError(f"max_access_m is {max_access_m}; it must be 0 or more")
    points_xy = np.asarray(points_xy, dtype=float).reshape(-1, 2)
    edge = np.full(len(points_xy), -1, np.int32)
    at_m, access_m = np.full(len(points_xy), np.nan), np.full(len(points_xy), np.nan)
    if usable is None:
        tree, edges = network.tree(mode)
    else:
        edges = np.flatnonzero(network.usable(mode) & usable)
        tree = shapely.STRtree(network.geometries[edges])
    finite = np.flatnonzero(np.isfinite(points_xy).all(axis=1))
    if not len(finite) or not len(edges):
        return Attached(edge, at_m, access_m)
    points = shapely.points(points_xy[finite])
    # GEOS takes a hair too few at the distance itself and no 0 at all, so it is asked for more.
    reach = None if np.isinf(max_access_m) else np.nextafter(max_access_m, np.inf) * (1 + 1e-9) + 1e-9
    (asked, item), away = tree.query_nearest(points, max_distance=reach, return_distance=True)
    near = away <= max_access_m
    asked, item, away = asked[near], item[near], away[near]
    order = np.lexsort((edges[item], asked))
    one = order[np.unique(asked[order], return_index=True)[1]]
    row = finite[asked[one]]
    edge[row], access_m[row] = edges[item[one]], away[one]
    at_m[row] = shapely.line_locate_point(network.geometries[edge[row]], points[asked[one]])
    return Attached(edge, at_m, access_m)


def reattach(network: Network, points_xy: np.ndarray, mode: Mode, max_access_m: float, was: Attached,
             old_edge: np.ndarray) -> Attached:
    """Join points to an edited network, given how they were joined before.

    Parameters
    ----------
    network, points_xy, mode, max_access_m
        As `attach` takes them.
    was : Attached
        The points joined to the network before it was edited.
    old_edge : int64[e]
        Which edge of that network each edge is, -1 for a new one (see `geo.network.edit.Edited`).

    Returns
    -------
    Attached, as `attach` gives it: searched are only points whose edge is gone, and the new edges for the others.
    """
    stays = np.flatnonzero(old_edge >= 0)
    new_number = np.full(max(old_edge.max(initial=-1), was.edge.max(initial=-1)) + 2, -1, np.int32)
    new_number[old_edge[stays]] = stays
    edge = new_number[was.edge]  # the last place is for -1
    lost = (was.edge >= 0) & (edge < 0)
    fresh = attach(network, np.where(lost[:, None], np.nan, points_xy), mode, max_access_m, old_edge < 0)
    nearer = (fresh.edge >= 0) & ((edge < 0) | (fresh.access_m < was.access_m)
                                  | ((fresh.access_m == was.access_m) & (fresh.edge < edge)))  # fmt: skip
    found = [np.where(nearer, one, other) for one, other in ((fresh.edge, edge), (fresh.at_m, was.at_m),
                                                             (fresh.access_m, was.access_m))]  # fmt: skip
    if lost.any():
        again = attach(network, points_xy[lost], mode, max_access_m)
        for mine, theirs in zip(found, (again.edge, again.at_m, again.access_m), strict=True):
            mine[lost] = theirs
    return Attached(*found)
