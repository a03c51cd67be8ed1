"""Which of many points a search from one place can have reached at all: those on the edges that it met."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.lines import runs
from geo.network.search import LABEL_BITS, SLACK_MS

if TYPE_CHECKING:
    from geo.network.attachment import Attached
    from geo.network.graph import Network
    from geo.network.search import Reach


class ByEdge:
    """Points in the order of the edges that they are joined to."""

    def __init__(self, points: Attached, edges: int) -> None:
        self._order = np.argsort(points.edge, kind="stable")
        self._starts = np.searchsorted(points.edge[self._order], np.arange(edges + 1))
        self._at: tuple[Network, np.ndarray, np.ndarray] | None = None

    def met(self, found: Reach) -> np.ndarray:
        """Return the rows of the points that may be within the limit, ascending: int64[k]; no other one is.

        They are on edges of which an end is reached, or on which a source stands.
        """
        starts, edges = self._edges_at(found.network)
        within = found.keys < (found.limit_ms + SLACK_MS + 1) << LABEL_BITS
        node = found.travel.graph(found.network).node_of[np.flatnonzero(within)]
        met = np.zeros(len(found.network.edge_from), dtype=bool)
        met[edges[runs(starts[node], starts[node + 1] - starts[node])]] = True
        met[found.sources.edge[found.sources.edge >= 0]] = True
        edge = np.flatnonzero(met)
        return np.sort(self._order[runs(self._starts[edge], self._starts[edge + 1] - self._starts[edge])])

    def _edges_at(self, network: Network) -> tuple[np.ndarray, np.ndarray]:
        """Return where the edges at each node begin, and the edges; a search after the other asks for them."""
        if self._at is None or self._at[0] is not network:
            node = np.concatenate([network.edge_from, network.edge_to])
            starts = np.concatenate([[0], np.cumsum(np.bincount(node, minlength=len(network.node_xy)))])
            self._at = network, starts, np.argsort(node, kind="stable") % max(len(network.edge_from), 1)
        return self._at[1:]
