"""Where points join a network: the nearest place on the nearest usable edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.network.cells import cells_of
from geo.network.graph import Mode, Network
from geo.network.on_edges import nearest_on, places_on

_MANY = 5_000  # of fewer points GEOS knows all before a kernel is loaded
_FEW = 500
_DOUBTFUL = -2

Pieces = tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray], np.ndarray]


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
        xy[on] = places_on(network, self.edge[on], self.at_m[on])
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
        edges = np.flatnonzero(network.usable(mode) & usable & ~network.ferry)
        tree = shapely.STRtree(network.geometries[edges])
    finite = np.flatnonzero(np.isfinite(points_xy).all(axis=1))
    if not len(finite) or not len(edges):
        return Attached(edge, at_m, access_m)
    cells = _cells(network, mode, edges, usable is None) if len(finite) >= _MANY else None
    sure = _surely_nearest(cells, points_xy[finite], max_access_m)
    told = np.flatnonzero(sure >= 0)
    edge[finite[told]] = edges[sure[told]]
    row = finite[told]
    at_m[row], access_m[row] = nearest_on(network, points_xy[row], edge[row])
    left = np.flatnonzero(sure == _DOUBTFUL)
    # GEOS takes a hair too few at the distance itself and no 0 at all, so it is asked for more.
    reach = None if np.isinf(max_access_m) else np.nextafter(max_access_m, np.inf) * (1 + 1e-9) + 1e-9
    (asked, item), away = tree.query_nearest(
        shapely.points(points_xy[finite[left]]), max_distance=reach, return_distance=True
    )
    near = away <= max_access_m
    asked, item, away = asked[near], item[near], away[near]
    order = np.lexsort((edges[item], asked))
    one = order[np.unique(asked[order], return_index=True)[1]]
    row = finite[left[asked[one]]]
    edge[row], access_m[row] = edges[item[one]], away[one]
    at_m[row] = nearest_on(network, points_xy[row], edge[row])[0]
    return Attached(edge, at_m, access_m)


def away_m(network: Network, points_xy: np.ndarray, mode: Mode, usable: np.ndarray | None = None) -> np.ndarray:
    """Return how far the nearest usable edge of each point is, to the rounding: float64[p], inf where there is none."""
    cells = _cells(network, mode, network.tree(mode)[1], True) if usable is None and len(points_xy) else None
    if cells is None:
        near = attach(network, points_xy, mode, np.inf, usable).access_m
        return np.where(np.isnan(near), np.inf, near)
    from geo.network import nearest_kernel

    return nearest_kernel.distances(np.ascontiguousarray(points_xy), *cells)


def edges_near(network: Network, points_xy: np.ndarray, mode: Mode, reach_m: np.ndarray,
               ) -> tuple[np.ndarray, np.ndarray]:
    """Pair points, finite, with the mode's edges within a distance of each, and some that are a hair farther."""
    tree, edges = network.tree(mode)
    cells = _cells(network, mode, edges, True) if len(points_xy) >= _FEW else None
    if cells is None:
        point, item = tree.query(shapely.points(points_xy), predicate="dwithin", distance=np.nextafter(reach_m, np.inf))
        return point, edges[item]
    from geo.network import nearest_kernel

    point, item = nearest_kernel.within(points_xy, reach_m, len(edges), *cells)
    return point, edges[item]


def _surely_nearest(cells: Pieces | None, points_xy: np.ndarray, max_access_m: float) -> np.ndarray:
    """Return for each point which edge is nearest beyond doubt: its place among them, -1 for none, -2 in doubt."""
    if cells is None:
        return np.full(len(points_xy), _DOUBTFUL)
    from geo.network import nearest_kernel

    return nearest_kernel.nearest(points_xy, *cells, float(max_access_m))


def _cells(network: Network, mode: Mode, edges: np.ndarray, all_of_mode: bool) -> Pieces | None:
    """Return the pieces of edges, the edge of each, and which lie in which cell; None where a kernel is of no use."""
    kept = network.beside if all_of_mode else {}
    key = ("cells", mode)
    if key not in kept:
        kept[key] = _laid_out(network, edges)
    return kept[key]


def _laid_out(network: Network, edges: np.ndarray) -> Pieces | None:
    counts = np.diff(network.offsets)[edges] - 1
    owner = np.repeat(np.arange(len(edges)), counts)
    first = np.repeat(network.offsets[edges] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    pieces = np.hstack([network.xy[first], network.xy[first + 1]])
    cells = cells_of(pieces)
    return None if cells is None else (pieces, owner, *cells)
