"""Ways become edges: cut at every node that two road ways share, that one passes twice, or that bears a barrier."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from layers.formats import wkb

UNITS_A_DEGREE = 10_000_000  # OSM keeps 7 decimals
BOUNDS = (180 * UNITS_A_DEGREE, 90 * UNITS_A_DEGREE)
EARTH_M = 6_371_009.0
Row = tuple[dict[str, Any], bytes | None]
Course: TypeAlias = "tuple[array[int], array[int], array[int]]"
"""Ids of nodes, and their places in 1e-7 degrees."""
Counted: TypeAlias = "tuple[str, str, str]"
"""Layer, reason and value of what is counted."""
Barriers: TypeAlias = "dict[int, tuple[str, str, str]]"
"""Node id → (kind, who passes of walkers, who of cars)."""


@dataclass
class Ways:
    """Road ways one after the other: ids (``w12``), their properties, and their nodes in flat arrays.

    Parameters
    ----------
    nodes, x, y : array of int
        Node ids and coordinates in 1e-7 degrees; the nodes of way i lie at ``starts[i]:starts[i + 1]``. A node that
        is not in the file has coordinates outside the world.
    barriers : mapping
        Node id → (kind, who passes of walkers, who of cars; see `layers.model.osm.roads.passes`).
    """

    ids: list[str] = field(default_factory=list)
    roads: list[Mapping[str, Any]] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    nodes: array[int] = field(default_factory=lambda: array("q"))
    x: array[int] = field(default_factory=lambda: array("q"))
    y: array[int] = field(default_factory=lambda: array("q"))
    barriers: Barriers = field(default_factory=dict)

    def add(self, id: str, road: Mapping[str, Any], nodes: array[int], x: array[int], y: array[int]) -> None:
        """Append one way."""
        self.ids.append(id)
        self.roads.append(road)
        self.nodes.extend(nodes)
        self.x.extend(x)
        self.y.extend(y)
        self.starts.append(len(self.nodes))


def cut(ways: Ways, counts: Counter[Counted]) -> list[Row]:
    """Cut ways into edges.

    Piece n of way ID (``w12``) has the code ``osm-<ID>-<n>``, n from 1 in the direction of the way: the same file
    gives the same codes, whatever box is asked for. Ways that cross without a shared node stay uncut: they pass over
    each other. A way that is not all in the file is cut at every node; its pieces are called ``p<place in the way>``.

    Parameters
    ----------
    counts : Counter
        Gets (``"roads"``, reason, value) → how many: ways with nodes that are not in the file, barriers.

    Returns
    -------
    list of (properties, WKB)
        With `pieces` (how many the way has) and the node ids `from_node` and `to_node`.
    """
    if not ways.ids:
        return []
    nodes, x, y = (np.frombuffer(each, dtype=np.int64) for each in (ways.nodes, ways.x, ways.y))
    present = (np.abs(x) <= BOUNDS[0]) & (np.abs(y) <= BOUNDS[1])
    _, which, uses = np.unique(nodes, return_inverse=True, return_counts=True)
    barred = np.fromiter(ways.barriers, dtype=np.int64, count=len(ways.barriers))
    joint = (uses[which] > 1) | np.isin(nodes, barred)
    lonlat = np.column_stack([x, y]) / UNITS_A_DEGREE
    rows: list[Row] = []
    for id, road, start, end in zip(ways.ids, ways.roads, ways.starts[:-1], ways.starts[1:], strict=True):
        whole = end > start and present[start:end].all()
        # At a border two files hold two parts of one way: cut at every node, the parts fit together in any order.
        pieces = _pieces(start, present[start:end], joint[start:end] | (not whole))
        if not whole:
            counts["roads", "incomplete" if pieces else "without-nodes", ""] += 1
        elif not pieces:
            counts["roads", "pointless", ""] += 1
        for number, (first, last) in enumerate(pieces, start=1):
            line = without_repeats(lonlat[first : last + 1])
            if len(line) < 2:
                counts["roads", "pointless", ""] += 1
                continue
            ends = {"from_node": int(nodes[first]), "to_node": int(nodes[last])}
            name = f"{number}" if whole else f"p{first - start + 1}"
            about = {"code": f"osm-{id}-{name}", "pieces": len(pieces) if whole else None}
            row = {"joins": "nodes", **road, **about, **ends}
            rows.append((row, wkb.Builder().line(line)))
    _count_barriers(rows, ways.barriers, counts)
    return rows


def course_of(way: Any) -> Course:  # pyosmium's, which has no types
    """Return ids, x and y of the nodes of a way as libosmium hands it over, as `Ways.add` takes them."""
    nodes = way.nodes
    return array("q", (at.ref for at in nodes)), array("q", (at.x for at in nodes)), array("q", (at.y for at in nodes))


def length_m(course: np.ndarray) -> float:
    """Measure a course in 1e-7 degrees, on a sphere."""
    lon, lat = np.radians(course.reshape(-1, 2) / UNITS_A_DEGREE).T
    east = np.diff(lon) * np.cos((lat[1:] + lat[:-1]) / 2)
    return float(np.hypot(east, np.diff(lat)).sum() * EARTH_M)


def _pieces(start: int, present: np.ndarray, joint: np.ndarray) -> list[tuple[int, int]]:
    """Return first and last place of each piece: between joints, over nodes that are there."""
    pieces, first = [], None
    for place in range(len(present)):
        if not present[place]:
            if first is not None and place - 1 > first:
                pieces.append((start + first, start + place - 1))
            first = None
        elif first is None:
            first = place
        elif joint[place] or place == len(present) - 1:
            pieces.append((start + first, start + place))
            first = place
    return pieces


def without_repeats(line: np.ndarray) -> np.ndarray:
    """Return a course without places that follow themselves."""
    moved = np.concatenate([[True], (np.diff(line, axis=0) != 0).any(axis=1)])
    return line[moved]


def _count_barriers(rows: list[Row], barriers: Barriers, counts: Counter[Counted]) -> None:
    """Count what barriers on roads do: they cut at their node, as gates of their own; the road stays as it is.

    At the end of a road a barrier stops nobody; where three or more edges meet nobody can say which it closes.
    """
    ends: dict[int, list[int]] = defaultdict(list)
    for place, (row, _) in enumerate(rows):
        for node in (row["from_node"], row["to_node"]):
            if node in barriers:
                ends[node].append(place)
    for node, places in ends.items():
        kind, walkers, cars = barriers[node]
        if len(places) > 2:
            counts["roads", "barrier-at-junction", kind] += 1
        elif len(places) == 2:
            used = [rows[place][0] for place in places]
            stopped = [who for key, who in (("walkable", walkers), ("drivable", cars)) if all(row[key] for row in used)]
            found = "closes" if "closed" in stopped else "residents" if "residents" in stopped else "passed"
            counts["roads", f"barrier-{found}", kind] += 1
