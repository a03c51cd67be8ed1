"""Which of many points a search from one place can have reached at all: those on the edges that it met."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.lines import runs

if TYPE_CHECKING:
    from geo.network.attachment import Attached
    from geo.network.search import Reach


class ByEdge:
    """Points in the order of the edges that they are joined to."""

    def __init__(self, points: Attached, edges: int) -> None:
        self._order = np.argsort(points.edge, kind="stable")
        self._starts = np.searchsorted(points.edge[self._order], np.arange(edges + 1))

    def met(self, found: Reach) -> np.ndarray:
        """Return the rows of the points that may be within the limit, ascending: int64[k]; no other one is.

        They are on edges of which an end is reached, or on which a source stands.
        """
        reached = np.isfinite(found.node_minutes)
        met = reached[found.network.edge_from] | reached[found.network.edge_to]
        met[found.sources.edge[found.sources.edge >= 0]] = True
        edge = np.flatnonzero(met)
        return np.sort(self._order[runs(self._starts[edge], self._starts[edge + 1] - self._starts[edge])])
