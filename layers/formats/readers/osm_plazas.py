"""Squares and other areas that one walks across: the ways between the places where streets meet them.

Each way bends only at the corners of the area and of what stands in it, so the shortest of them is the shortest there
is (visibility between what meets the area and these corners). Of a large area the corners are simplified; what crosses
it stays inside.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import shapely

from layers.formats.readers.osm_edges import UNITS_A_DEGREE, Ways
from layers.formats.readers.osm_standing import Standing, left_of

KINDS = {"pedestrian", "footway", "path", "platform", "corridor", "steps", "cycleway", "living_street", "residential",
         "unclassified", "service", "track", "road"}  # fmt: skip
YES = {"yes", "true", "1"}
MOST_CORNERS, MOST_DOORS = 60, 30
_METRES = 111_000.0


@dataclass(frozen=True)
class Ring:
    """One ring of an area: the ids of its nodes, and their coordinates in 1e-7 degrees, the first again at the end."""

    nodes: array[int]
    x: array[int]
    y: array[int]


@dataclass(frozen=True)
class Plaza:
    """An area that one walks across: its name in codes, its road, and its polygons (the outer ring first).

    `whole` says that its rings are no ways of the file themselves, so that they have to be added.
    """

    key: str
    road: Mapping[str, Any]
    polygons: list[list[Ring]]
    whole: bool


def is_plaza(tags: dict[str, str], of_relation: bool) -> bool:
    """Say whether an area is for walking across it."""
    return tags.get("highway") in KINDS and (of_relation or tags.get("area") in YES)


def add(ways: Ways, plazas: list[Plaza], standing: Standing) -> tuple[int, list[str]]:
    """Add the rings of areas that are no ways themselves, and ways across all, round what stands in them.

    Returns
    -------
    (crossed, uncrossed) : how many areas are crossed, and the names of those that one only goes round, because they
        cross themselves, more than `MOST_DOORS` streets meet them, or what stands in them leaves no way across.
    """
    of_roads = np.frombuffer(ways.nodes, dtype=np.int64).copy()
    count = np.unique(of_roads, return_counts=True)
    used = dict(zip(count[0].tolist(), count[1].tolist(), strict=True))
    crossed, uncrossed = 0, []
    polygons = [polygon for plaza in plazas for polygon in plaza.polygons]
    beside = iter(standing.near(np.array([_box(polygon[0]) for polygon in polygons])) if polygons else [])
    for plaza in plazas:
        for number, polygon in enumerate(plaza.polygons, start=1):
            key = plaza.key if number == 1 else f"{plaza.key}.{number}"
            # A closed way counts each of its nodes once by itself, the first twice; what is beyond that meets it.
            own = {} if plaza.whole else _counts(polygon)
            every = dict.fromkeys(node for ring in polygon for node in ring.nodes)
            doors = [node for node in every if used.get(node, 0) > own.get(node, 0)]
            if plaza.whole:
                for place, ring in enumerate(polygon, start=1):
                    ways.add(f"{key}~{place}", plaza.road, ring.nodes, ring.x, ring.y)
            pieces = _across(polygon, doors, next(beside))
            if pieces is None or (not pieces and len(doors) > 1):
                uncrossed.append(key)
            crossed += bool(pieces)
            # Who walks across comes upon whatever else lies in it; cars keep to its edge.
            sight = {**plaza.road, "joins": "lines"} | ({"drivable": False, "drive_access": None, "oneway": "no",
                                                         "speed_kmh": None} if plaza.road["drivable"] else {})
            for first, last in pieces or ():
                nodes = array("q", (first[0], last[0]))
                ways.add(f"{key}x{first[0]}y{last[0]}", sight, nodes, array("q", (first[1], last[1])),
                         array("q", (first[2], last[2])))  # fmt: skip
    return crossed, uncrossed


def _counts(polygon: list[Ring]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for ring in polygon[:1]:
        for node in ring.nodes:
            counts[node] = counts.get(node, 0) + 1
    return counts


def _box(ring: Ring) -> tuple[float, ...]:
    """Give west, south, east, north of a ring in degrees."""
    return tuple(np.array([min(ring.x), min(ring.y), max(ring.x), max(ring.y)]) / UNITS_A_DEGREE)


def _units(shape: shapely.Geometry, scale: np.ndarray) -> list[tuple[int, int]]:
    """Give the corners of a shape in metres as 1e-7 degrees."""
    return [(x, y) for x, y in np.rint(shapely.get_coordinates(shape) / scale).astype(int).tolist()]


def _unnamed(x: int, y: int) -> int:
    """Give a number to a place that no node of the square is at: of its own, and the same in every file."""
    return ((x + 180 * UNITS_A_DEGREE) << 31) + y + 90 * UNITS_A_DEGREE


Place = tuple[int, int, int]


def _across(polygon: list[Ring], doors: list[int], beside: tuple[np.ndarray, np.ndarray, np.ndarray],
            ) -> list[tuple[Place, Place]] | None:
    """Return the straight pieces of the shortest ways between the places where streets meet an area; None for none."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    if len(doors) < 2:
        return []
    if len(doors) > MOST_DOORS:
        return None
    places = {node: (node, x, y) for ring in polygon for node, x, y in zip(ring.nodes, ring.x, ring.y, strict=True)}
    stretch = np.cos(np.radians(polygon[0].y[0] / UNITS_A_DEGREE))
    scale = np.array([stretch, 1.0]) * _METRES / UNITS_A_DEGREE

    def metric(ring: Ring) -> np.ndarray:
        return np.column_stack([ring.x, ring.y]) * scale

    area = shapely.Polygon(metric(polygon[0]), [metric(ring) for ring in polygon[1:]])
    if not area.is_valid:
        return None
    whole, area = area, left_of(area, beside, scale, np.array([places[node][1:] for node in doors]) * scale)
    corners = list(dict.fromkeys([*doors, *(node for ring in polygon for node in ring.nodes)]))
    if area is not whole:
        known = {place[1:] for place in places.values()}
        fresh = dict.fromkeys(at for at in _units(area, scale) if at not in known)
        places |= {id: (id, *at) for at in fresh if (id := _unnamed(*at))}
        corners += [_unnamed(*at) for at in fresh]
    if len(corners) > MOST_CORNERS:  # the corners farthest from a simpler outline are those that matter
        kept = set(_units(area.simplify(5.0), scale))
        corners = [node for node in corners if node in doors or places[node][1:] in kept][:4 * MOST_CORNERS]
    xy = np.array([places[node][1:] for node in corners]) * scale
    pairs = np.array(list(combinations(range(len(corners)), 2)))
    seen = shapely.covers(area.buffer(0.05), shapely.linestrings(xy[pairs]))
    pairs = pairs[seen]
    length = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    size = len(corners)
    links = coo_array((np.maximum(length, 1e-6), (pairs[:, 0], pairs[:, 1])), shape=(size, size)).tocsr()
    _, before = dijkstra(links, directed=False, indices=range(len(doors)), return_predecessors=True)
    used: set[tuple[int, int]] = set()
    for door in range(len(doors)):
        for other in range(door + 1, len(doors)):
            way = [other]
            while way[-1] != door and before[door, way[-1]] >= 0:
                way.append(int(before[door, way[-1]]))
            if way[-1] == door:
                used |= {(min(one, two), max(one, two)) for one, two in pairwise(way)}
    return [(places[corners[one]], places[corners[two]]) for one, two in sorted(used)]
