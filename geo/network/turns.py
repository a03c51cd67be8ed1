"""Turns that nobody drives, given as lines through junctions, on a network.

A line begins on the edge that one comes by, goes through one junction or several, and ends on the edge that one must
not go on by (or may go on by alone). So it means edges by their place, and holds however the roads are cut.

Where turns are forbidden nobody turns round in the next junction instead: near them that is forbidden too, but for dead
ends. Elsewhere a shortest way never turns round.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from geo.network.graph import Network

NODE_M = 3.0
"""A vertex of a line so near to a junction means it."""
EDGE_M = 5.0
"""And an end of a line so near to an edge of its junction means that edge."""
FOOTWAY_M = 0.5
"""A way that no car uses has to be so much nearer to be meant."""
ROUND_M, ROUND_HOPS = 300.0, 2
"""Nobody turns round so near to a forbidden turn, nor so few edges from it."""


def with_turns(network: Network, lines: np.ndarray, only: np.ndarray) -> tuple[Network, np.ndarray]:
    """Forbid turns by car.

    Parameters
    ----------
    network : Network
    lines : object[t] of LineString or None
        Metric CRS. All but their ends lies on junctions and between them.
    only : bool[t]
        Whoever came along all of the line but its last edge may go on by that edge only (or by that of another such
        line); else by every other.

    Returns
    -------
    (Network, bool[t])
        The same with `ban_edges` and `ban_starts`; and which lines follow no edges, so that they forbid nothing.
    """
    junctions = _Junctions(network)
    paths = [junctions.path(line) for line in lines]
    bans: dict[tuple[int, ...], None] = {}
    ways_on: dict[tuple[int, ...], set[int]] = {}
    for path, alone in zip(paths, only.tolist(), strict=True):
        if path and alone:
            ways_on.setdefault(path[:-1], set()).add(path[-1])
    for path, alone in zip(paths, only.tolist(), strict=True):
        if path and alone:
            came, mine = path[:-1], ways_on[path[:-1]]
            bans.update(dict.fromkeys((*came, edge) for edge in junctions.after(came[-1]) if edge not in mine))
        elif path:
            bans[path] = None
    if bans:
        met = {junctions.head(edge) for ban in bans for edge in ban[:-1]}
        bans.update(dict.fromkeys(junctions.rounds(np.array(sorted(met)))))
    found: dict[str, Any] = {  # fields by name
        "ban_edges": np.array([edge for ban in bans for edge in ban], dtype=np.int64),
        "ban_starts": np.cumsum([0, *map(len, bans)]).astype(np.int64),
    }
    for array in found.values():
        array.setflags(write=False)
    return replace(network, **found, _graphs={}), np.array([path is None for path in paths], dtype=bool)


def dead_stops(network: Network) -> np.ndarray:
    """Give the edges by which a car comes to a junction where every way on is forbidden: int64, as in `ban_edges`."""
    junctions, forbidden = _Junctions(network), set(network.bans())
    arriving = {ban[0] for ban in forbidden if len(ban) == 2}
    ways_on = {edge: junctions.after(edge) for edge in arriving}
    stops = [edge for edge, some in ways_on.items() if some and all((edge, each) in forbidden for each in some)]
    return np.array(sorted(stops), dtype=np.int64)


class _Junctions:
    """The edges, by the nodes where they meet."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._ends = np.column_stack([network.edge_from, network.edge_to])
        self._open = np.column_stack([network.forward, network.backward]).ravel()
        self._driven = network.forward | network.backward
        self._tree = shapely.STRtree(shapely.points(network.node_xy))

    def _out(self, node: int) -> list[int]:
        """List the edges that leave a node, whether they may be passed in that sense or not."""
        at, edges = self._network.edges_by_node
        return edges[at[node]:at[node + 1]].tolist()

    def head(self, edge: int) -> int:
        """Give the node that an edge leads to in one sense."""
        return int(self._ends[edge >> 1, 1 - (edge & 1)])

    def after(self, edge: int) -> list[int]:
        """List by what one may go on."""
        return [each for each in self._out(self.head(edge)) if self._open[each]]

    def path(self, line: shapely.Geometry | None) -> tuple[int, ...] | None:
        """Find the edges that a line follows; none that may be passed is ``()``, none at all is None."""
        if line is None or line.geom_type != "LineString" or line.is_empty:
            return None
        xy = shapely.get_coordinates(line)
        if len(xy) < 3 or not np.isfinite(xy).all():
            return None
        at, item = self._tree.query_nearest(shapely.points(xy[1:-1]), max_distance=NODE_M, all_matches=False)
        nodes = item[np.argsort(at, kind="stable")].tolist()
        nodes = [node for place, node in enumerate(nodes) if place == 0 or node != nodes[place - 1]]
        if not nodes:
            return None
        first = self._nearest(self._out(nodes[0]), shapely.Point(xy[0]))
        last = self._nearest(self._out(nodes[-1]), shapely.Point(xy[-1]))
        between = [self._between(one, other, line) for one, other in pairwise(nodes)]
        found = [None if first is None else first ^ 1, *between, last]
        path = tuple(edge for edge in found if edge is not None)
        if len(path) < len(found):
            return None
        return path if self._open[list(path)].all() else ()

    def _nearest(self, edges: list[int], place: shapely.Point) -> int | None:
        """Find the edge that runs by a place, of those that leave a junction; rather one that cars use."""
        courses = self._network.geometries[np.array(edges) >> 1]
        away = shapely.distance(courses, place)
        best = int(np.argmin(away + FOOTWAY_M * ~self._driven[np.array(edges) >> 1]))
        if away[best] > EDGE_M:
            return None
        edge = edges[best]
        same = [each for each in edges if each >> 1 == edge >> 1]
        if len(same) > 1:  # it goes round and comes back here: the end that is nearer
            behind = shapely.line_locate_point(courses[best], place) > courses[best].length / 2
            return same[0] | 1 if behind else same[0] & ~1
        return edge

    def _between(self, one: int, other: int, line: shapely.LineString) -> int | None:
        """Find the edge that leads from one junction to the next along a line."""
        edges = [edge for edge in self._out(one) if self.head(edge) == other]
        if not edges:
            return None
        middle = shapely.line_interpolate_point(self._network.geometries[np.array(edges) >> 1], 0.5, normalized=True)
        away = shapely.distance(middle, line)
        best = np.lexsort((~self._open[edges], away))[0]
        return edges[best] if away[best] <= EDGE_M else None

    def rounds(self, nodes: np.ndarray) -> list[tuple[int, int]]:
        """List the turns back by the same edge near some nodes, but for dead ends."""
        near = set(nodes.tolist())
        for _ in range(ROUND_HOPS):
            near |= {self.head(edge) for node in near for edge in self._out(node) if self._open[edge]}
        places = shapely.points(self._network.node_xy[nodes])
        near |= set(self._tree.query(places, predicate="dwithin", distance=ROUND_M)[1].tolist())
        found = []
        for node in sorted(near):
            for edge in self._out(node):
                if self._open[edge] and self._open[edge ^ 1] and len(self.after(edge)) > 1:
                    found.append((edge, edge ^ 1))
        return found
