"""Units that must stay together made one, so that no districting can part them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.districting.graph import Graph, graph_of


@dataclass(frozen=True, eq=False)
class Glued:
    """Units grouped into larger ones.

    Attributes
    ----------
    unit : int64[n]
        The larger unit of each, numbered from 0.
    graph : Graph
        Of the larger units.
    bridged : tuple of int
        Groups whose units do not touch, and which took the units between them along.
    apart : tuple of int
        Groups that cannot be one, since nothing joins their pieces.
    """

    unit: np.ndarray
    graph: Graph
    bridged: tuple[int, ...]
    apart: tuple[int, ...]


def glued(graph: Graph, group: np.ndarray) -> Glued:
    """Unite the units of each group.

    Parameters
    ----------
    group : int64[n]
        -1 for units that stand alone. Units of a group that do not touch are joined by the fewest others, those
        of no group if that is possible.
    """
    belongs = np.asarray(group, np.int64).copy()
    one, other = [], []
    bridged, apart = [], []
    for each in np.unique(belongs[belongs >= 0]).tolist():
        rows = np.flatnonzero(belongs == each)
        paths, joined = _joined(graph, rows, belongs)
        if paths:
            bridged.append(each)
        if not joined:
            apart.append(each)
        for path in [*paths, *(_links(graph, rows))]:
            one += path[:-1]
            other += path[1:]
    links = graph_of(graph.n, np.array(one, np.int64), np.array(other, np.int64), np.zeros(len(one)))
    unit = links.components()
    first, second = unit[graph.first], unit[graph.second]
    kept = first != second
    made = graph_of(int(unit.max(initial=-1)) + 1, first[kept], second[kept], graph.cost[kept])
    return Glued(unit, made, tuple(bridged), tuple(apart))


def pieces(graph: Graph, rows: np.ndarray) -> list[np.ndarray]:
    """Group some units into what hangs together."""
    component = graph.among(rows).components()
    return [rows[component == each] for each in range(int(component.max(initial=-1)) + 1)]


def _links(graph: Graph, rows: np.ndarray) -> list[list[int]]:
    """List the pairs among some units that touch."""
    inside = np.zeros(graph.n, dtype=bool)
    inside[rows] = True
    both = inside[graph.first] & inside[graph.second]
    return [list(each) for each in zip(graph.first[both].tolist(), graph.second[both].tolist(), strict=True)]


def _joined(graph: Graph, rows: np.ndarray, belongs: np.ndarray) -> tuple[list[list[int]], bool]:
    """Find paths that join the pieces of a group, and say whether all could be joined."""
    parts = pieces(graph, rows)
    if len(parts) == 1:
        return [], True
    paths: list[list[int]] = []
    reached = set(parts[0].tolist())
    left = {int(unit): at for at, piece in enumerate(parts[1:], start=1) for unit in piece}
    while left:
        path = _shortest(graph, reached, left, belongs)
        if path is None:
            return paths, False
        paths.append(path)
        piece = left[path[-1]]
        reached |= {*path, *parts[piece].tolist()}
        left = {unit: at for unit, at in left.items() if at != piece}
    return paths, True


def _shortest(graph: Graph, start: set[int], goal: dict[int, int], belongs: np.ndarray) -> list[int] | None:
    """Find the path with the fewest units, those of other groups counting a thousandfold."""
    import heapq

    best = dict.fromkeys(sorted(start), 0)
    before: dict[int, int] = {}
    waiting = [(0, unit) for unit in sorted(start)]
    heapq.heapify(waiting)
    while waiting:
        so_far, here = heapq.heappop(waiting)
        if so_far > best[here]:
            continue
        if here in goal:
            path = [here]
            while path[-1] in before:
                path.append(before[path[-1]])
            return path[::-1]
        for there in graph.ends[graph.starts[here] : graph.starts[here + 1]].tolist():
            step = so_far + (1 if there in goal or belongs[there] < 0 else 1000)
            if step < best.get(there, 1 << 60):
                best[there], before[there] = step, here
                heapq.heappush(waiting, (step, there))
    return None
