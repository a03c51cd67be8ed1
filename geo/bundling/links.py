"""Which footprints a short way on foot joins: over open ground or along streets, across nothing that parts them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

CLEAR, LINE, AREA, BUILDING = 0, 1, 2, 3
TOUCH_M = 0.02
"""Footprints that are so near to each other touch."""

BESIDE_M = 0.1
"""A way that comes so near to a footprint runs into it."""

APART_M = 0.2
"""Ways that come so near to each other cannot be of two bundles."""


@dataclass(frozen=True, eq=False)
class Ground:
    """What stands on the ground, metric.

    Attributes
    ----------
    footprints : object[b]
        Of every building; None where it has none.
    lines : object[l]
        What no way crosses: walls, rails, main roads.
    areas : object[a]
        What no way enters.
    """

    footprints: np.ndarray
    lines: np.ndarray
    areas: np.ndarray

    @cached_property
    def footprint_tree(self) -> shapely.STRtree:
        """The tree of footprints."""
        return shapely.STRtree(self.footprints)

    @cached_property
    def line_tree(self) -> shapely.STRtree:
        """The tree of lines."""
        return shapely.STRtree(self.lines)

    @cached_property
    def area_tree(self) -> shapely.STRtree:
        """The tree of areas."""
        return shapely.STRtree(self.areas)

    def in_the_way(self, ways: np.ndarray, one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Say what is in the way: `CLEAR`, `LINE`, `AREA` or `BUILDING`, and which of them, -1 for none: int64[k] each.

        Parameters
        ----------
        ways : object[k]
        one, other : int64[k]
            The buildings at the two ends, which are in nobody's way.
        """
        kind, which = np.zeros(len(ways), np.int64), np.full(len(ways), -1, np.int64)
        way, building = self.footprint_tree.query(ways, predicate="dwithin", distance=BESIDE_M)
        third = (building != one[way]) & (building != other[way])
        third[third] = shapely.length(ways[way[third]]) > BESIDE_M  # what touches leaves no room for a third
        kind[way[third]], which[way[third]] = BUILDING, building[third]
        for number, tree in ((AREA, self.area_tree), (LINE, self.line_tree)):
            way, item = tree.query(ways, predicate="intersects")
            kind[way], which[way] = number, item
        return kind, which


@dataclass(frozen=True, eq=False)
class Links:
    """Pairs of buildings and the ways between them.

    Attributes
    ----------
    first, second : int64[m]
        Rows of buildings, first < second, in the order of the pairs.
    length_m : float64[m]
    ways : object[m]
        LineStrings, metric.
    """

    first: np.ndarray
    second: np.ndarray
    length_m: np.ndarray
    ways: np.ndarray

    def __len__(self) -> int:
        return len(self.first)

    def take(self, rows: np.ndarray) -> Links:
        """Give some of them, by row or by mask."""
        return Links(self.first[rows], self.second[rows], self.length_m[rows], self.ways[rows])

    def and_also(self, more: Links) -> Links:
        """Give both, in the order of the pairs."""
        first, second = np.append(self.first, more.first), np.append(self.second, more.second)
        both = Links(first, second, np.append(self.length_m, more.length_m), np.append(self.ways, more.ways))
        return both.take(np.lexsort((second, first)))


def near_pairs(footprints: np.ndarray, rows: np.ndarray, gap_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the pairs of buildings that lie within a distance of each other: int64[p], int64[p], first < second.

    Parameters
    ----------
    footprints : object[b]
    rows : int64[k]
        Which of them are asked about.
    gap_m : float
        At this distance they still are a pair.
    """
    shapes = footprints[rows]
    tree = shapely.STRtree(shapes)
    one, other = tree.query(shapes, predicate="dwithin", distance=np.nextafter(gap_m, np.inf) * (1 + 1e-9))
    one, other = rows[one], rows[other]
    kept = one < other
    one, other = one[kept], other[kept]
    order = np.lexsort((other, one))
    return one[order], other[order]


def straight_ways(footprints: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Give the straight ways between the nearest points of pairs; of those that touch, a point in what they share."""
    ways = shapely.shortest_line(footprints[one], footprints[other])
    for at in np.flatnonzero(shapely.length(ways) <= TOUCH_M):
        shared = shapely.intersection(footprints[one[at]], footprints[other[at]])
        longest = max(shapely.get_parts(shared), key=shapely.length, default=None)
        if longest is None or not shapely.length(longest):
            continue
        line = shapely.boundary(longest) if shapely.get_dimensions(longest) == 2 else longest
        place = shapely.line_interpolate_point(line, 0.5, normalized=True)
        ways[at] = shapely.LineString([place, place])
    return ways


def apart(links: Links) -> Links:
    """Leave links out until no two come near each other that share no building: the shorter ones stay.

    What is left can be of different bundles whose areas share nothing.
    """
    tree = shapely.STRtree(links.ways)
    one, other = tree.query(links.ways, predicate="dwithin", distance=APART_M)
    kept = one < other
    one, other = one[kept], other[kept]
    ends = [(links.first, links.first), (links.first, links.second), (links.second, links.first),
            (links.second, links.second)]  # fmt: skip
    shared = np.zeros(len(one), dtype=bool)
    for mine, theirs in ends:
        shared |= mine[one] == theirs[other]
    one, other = one[~shared], other[~shared]
    rank = np.empty(len(links), np.int64)
    rank[np.lexsort((links.second, links.first, np.round(links.length_m, 6)))] = np.arange(len(links))
    first, second = np.minimum(rank[one], rank[other]), np.maximum(rank[one], rank[other])
    gone = np.zeros(len(links), dtype=bool)  # by rank
    for at in np.lexsort((second, first)).tolist():
        if not gone[first[at]]:
            gone[second[at]] = True
    return links.take(~gone[rank])
