"""The way itself: from a place on a network back to its nearest source, edge by edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from shapely.ops import substring

from geo.network.attachment import Attached
from geo.network.parts import LONGEST_MS
from geo.network.search import LABEL_BITS, Reach

Span = tuple[int, float, float]


@dataclass(frozen=True)
class Route:
    """A way from a place on a network to its nearest source.

    Attributes
    ----------
    source : int
    spans : list of (edge, from, to)
        In the order of the way; metres from the start of the edge, falling where one goes against its course.
    xy : float64[k, 2]
        The course, from the place to the source; a single point twice where both are one.
    length_m : float
    """

    source: int
    spans: list[Span]
    xy: np.ndarray
    length_m: float


def route(found: Reach, targets: Attached, row: int) -> Route | None:
    """Trace the way from one of the targets to its nearest source; None where it is not reached.

    Parameters
    ----------
    found : Reach
    targets : Attached
    row : int
        Which of them.
    """
    one = targets.take(np.array([row]))
    times = found.at(one)
    if times.source[0] < 0:
        return None
    source, spans = int(times.source[0]), _Trace(found, one, int(times.source[0])).spans()
    if spans is None:
        return None
    courses = found.network.geometries
    parts = [np.asarray(substring(courses[edge], low, high).coords) for edge, low, high in spans]
    xy = np.concatenate(parts) if parts else np.repeat(one.places(found.network), 2, axis=0)
    kept = np.concatenate([[True], (np.diff(xy, axis=0) != 0).any(axis=1)])
    xy = xy[kept] if kept.sum() > 1 else xy[[0, 0]]
    return Route(source, spans, xy, float(sum(abs(high - low) for _, low, high in spans)))


class _Trace:
    """A search backwards over the keys of a reach, along arcs whose times fit exactly."""

    def __init__(self, found: Reach, target: Attached, source: int) -> None:
        self._found, self._graph = found, found.travel.graph(found.network)
        self._edge, self._at_m = int(target.edge[0]), float(target.at_m[0])
        self._offset = int(self._graph.offset_ms(target.edge, target.at_m)[0])
        self._source = source
        self._key = found.keys

    def spans(self) -> list[Span] | None:
        """List the pieces of edges, from the target on."""
        best, begin = self._beginnings()
        length = float(self._found.network.length_m[self._edge])
        for key, number, end in begin:
            if key != best:
                continue
            if number < 0:
                return [(self._edge, self._at_m, end)]
            steps = self._back(number)
            if steps is not None:
                first = [(self._edge, self._at_m, end)] if abs(end - self._at_m) > 0 else []
                return [each for each in (*first, *steps) if abs(each[1] - each[2]) > 1e-9 * max(length, 1.0)]
        return None

    def _beginnings(self) -> tuple[int, list[tuple[int, int, float]]]:
        """List how one may have come to the target: its key, the number at the end of its edge (-1: none), metres."""
        found, graph, edge = self._found, self._graph, self._edge
        start, end, cost, on, back = (each[edge] for each in graph.edges)
        length = float(found.network.length_m[edge])
        ways: list[tuple[int, int, float]] = []
        numbers = [(int(start), 0.0, self._offset, bool(on)), (int(end), length, int(cost) - self._offset, bool(back))]
        for number, metres, away, may in numbers:
            at_node = graph.on_node(edge, metres > 0).tolist() if away == 0 else [number]
            for each in at_node if may or away == 0 else ():
                if self._key[each] >> LABEL_BITS < LONGEST_MS:
                    ways.append((int(self._key[each]) + (away << LABEL_BITS), each, metres))
        edges, offsets, keys = found.standing()
        for place in np.flatnonzero(edges == edge).tolist():
            ahead = self._offset - int(offsets[place])
            if (ahead >= 0 and on) or (ahead <= 0 and back):
                at_m = float(found.sources.at_m[int(keys[place]) & ((1 << LABEL_BITS) - 1)])
                ways.append((int(keys[place]) + (abs(ahead) << LABEL_BITS), -1, at_m))
        return min(way[0] for way in ways), ways

    def _back(self, number: int) -> list[Span] | None:
        """Go back from a number to a source, never to the same number twice."""
        seeds = self._seeds()
        stack: list[tuple[int, Iterator[tuple[int, Span | None]], Span | None]] = []
        seen = {number}
        stack.append((number, self._before(number), None))
        while stack:
            here = stack[-1][0]
            if here in seeds:
                return [each[2] for each in stack if each[2] is not None] + seeds[here]
            following = next((step for step in stack[-1][1] if step[0] not in seen), None)
            if following is None:
                stack.pop()
                continue
            seen.add(following[0])
            stack.append((following[0], self._before(following[0]), following[1]))
        return None

    def _seeds(self) -> dict[int, list[Span]]:
        """Give the numbers whose key is that of who begins at the source: number → the last piece."""
        found, graph, row = self._found, self._graph, self._source
        edge = found.sources.edge[[row]]
        at_m, length = float(found.sources.at_m[row]), float(found.network.length_m[edge[0]])
        offset = graph.offset_ms(edge, found.sources.at_m[[row]])
        start, end = graph.ends_from(edge, offset)
        access, away = int(found.travel.access_ms(found.sources)[row]), int(offset[0])
        cost, on, back = (each[int(edge[0])] for each in graph.edges[2:])
        seeds = {}
        for number, ms, may, metres in ((int(start[0]), away, back or away == 0, 0.0),
                                        (int(end[0]), int(cost) - away, on or away == cost, length)):
            if may and self._key[number] == ((access + ms) << LABEL_BITS) + row:
                seeds[number] = [(int(edge[0]), metres, at_m)]
        return seeds

    def _before(self, number: int) -> Iterator[tuple[int, Span | None]]:
        """Give the numbers that a number was come to from, and the edge between, against the search."""
        graph, network, key = self._graph, self._found.network, int(self._key[number])
        starts, steps = graph.into
        at, edges = network.edges_by_node
        for before in steps[starts[number]:starts[number + 1]].tolist():
            step = key - int(self._key[before])
            if step < 0 or step & ((1 << LABEL_BITS) - 1) or self._key[before] >> LABEL_BITS >= LONGEST_MS:
                continue
            node, here = int(graph.node_of[before]), int(graph.node_of[number])
            if node == here and step == 0:
                yield before, None
            for edge in edges[at[node]:at[node + 1]].tolist():
                row, against = edge >> 1, edge & 1
                ends = network.edge_from if against else network.edge_to
                if ends[row] != here or not graph.edges[3 + against][row]:
                    continue
                if int(graph.edges[2][row]) << LABEL_BITS == step:
                    length = float(network.length_m[row])
                    yield before, (row, 0.0, length) if against else (row, length, 0.0)
                    break
