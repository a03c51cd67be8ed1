"""The walk past every building of a grid, along the streets."""

from __future__ import annotations

import datetime as dt

import numpy as np
from pyproj import CRS
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from geo.districting import tour_m
from geo.network import Network, attach
from layers.model.travel import ACCESS_M
from layers.reach.networks import road_network
from layers.store.protocol import Store

MOST_BUILDINGS = 400
NEAR, NEAR_M = 2.0, 200.0
"""How far a walk between two buildings of a grid mostly is, at most: times the grid's width and height, and metres."""


class Patrols:
    """The streets, as far as anybody may walk them, residents' ways included: who patrols lives by the door."""

    def __init__(self, store: Store, crs: CRS, day: dt.date) -> None:
        self.network: Network = road_network(store, day, crs).network
        self.usable = self.network.usable("walk", "open")
        self.any = bool(self.usable.any())
        rows, n = np.flatnonzero(self.usable), len(self.network.node_xy)
        ends = self.network.edge_from[rows], self.network.edge_to[rows]
        length = np.maximum(self.network.length_m[rows], 1e-6)
        order = np.lexsort((length, ends[1], ends[0]))  # of parallel streets the shortest
        pairs = ends[0][order].astype(np.int64) * n + ends[1][order]
        first = np.unique(pairs, return_index=True)[1]
        kept = order[first]
        self.graph = csr_array(coo_array((length[kept], (ends[0][kept], ends[1][kept])), shape=(n, n)))

    def metres(self, points_xy: np.ndarray) -> float | None:
        """Return the length of a short walk past points; None where they cannot all be walked to."""
        if not self.any or len(points_xy) > MOST_BUILDINGS:
            return None
        if len(points_xy) < 2:
            return 0.0
        joined = attach(self.network, points_xy, "walk", ACCESS_M, usable=self.usable)
        if (joined.edge < 0).any():
            return None
        walk = tour_m(self._apart(joined.edge, joined.at_m))[0]
        return round(walk, 1) if np.isfinite(walk) else None

    def _apart(self, edge: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Return how far the places where buildings join the streets are from each other."""
        length = self.network.length_m[edge]
        ends = np.column_stack([self.network.edge_from[edge], self.network.edge_to[edge]])
        stub = np.column_stack([at, length - at])
        nodes, which = np.unique(ends, return_inverse=True)
        which = which.reshape(ends.shape)
        between = self._between(nodes)
        n = len(edge)
        best = np.full((n, n), np.inf)
        for one in (0, 1):
            for other in (0, 1):
                way = stub[:, one, None] + between[np.ix_(which[:, one], which[:, other])] + stub[None, :, other]
                best = np.minimum(best, way)
        same = edge[:, None] == edge[None, :]
        return np.where(same, np.minimum(best, np.abs(at[:, None] - at[None, :])), best)

    def _between(self, nodes: np.ndarray) -> np.ndarray:
        """Return how far nodes are from each other; the search goes beyond what is near only where it must."""
        across = float(np.ptp(self.network.node_xy[nodes], axis=0).sum())
        for limit in (NEAR * across + NEAR_M, np.inf):
            found = dijkstra(self.graph, directed=False, indices=nodes, limit=limit)[:, nodes]
            if np.isfinite(found).all():
                break
        return found
