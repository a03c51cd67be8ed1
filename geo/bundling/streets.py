"""The short ways between footprints that lead along streets, where open ground is barred."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush

import numpy as np
import shapely
from shapely.ops import substring

from geo.bundling.links import CLEAR, Ground, Links

CLEARANCE_M = 0.3
"""Streets are cut so far from what no way crosses."""

_GRAIN_M = 1e-3
_FACADE_M = 1.0  # corners that are so much farther from a street than the nearest one face it, too


@dataclass(frozen=True, eq=False)
class Streets:
    """What is walked along: pieces of streets that meet at their ends, metric.

    Attributes
    ----------
    pieces : object[s]
        LineStrings.
    """

    pieces: np.ndarray

    @cached_property
    def length_m(self) -> np.ndarray:
        """The length of each piece."""
        return np.asarray(shapely.length(self.pieces))

    @cached_property
    def ends(self) -> np.ndarray:
        """The nodes at both ends of each piece: int64[s, 2]."""
        places = [shapely.get_coordinates(shapely.get_point(self.pieces, at)) for at in (0, -1)]
        grid = np.rint(np.concatenate(places) / _GRAIN_M).astype(np.int64)
        return np.unique(grid, axis=0, return_inverse=True)[1].reshape(2, -1).T

    @cached_property
    def at_node(self) -> dict[int, list[int]]:
        """The pieces that meet at each node."""
        found = defaultdict(list)
        for piece, (start, end) in enumerate(self.ends.tolist()):
            found[start].append(piece)
            if end != start:
                found[end].append(piece)
        return found


def streets_of(lines: np.ndarray, ground: Ground, shut: np.ndarray) -> Streets:
    """Cut walkable lines where they meet what no way crosses or enters.

    Parameters
    ----------
    lines : object[k]
        Walkable, cut where they meet each other.
    ground : Ground
    shut : object[g]
        Points that nobody passes.
    """
    bars = np.concatenate([ground.lines, ground.areas, shut])
    line, bar = shapely.STRtree(bars).query(lines, predicate="dwithin", distance=CLEARANCE_M)
    cut = lines.copy()
    order = np.argsort(line, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(line[order])) + 1) if len(order) else []:
        at = line[rows[0]]
        cut[at] = shapely.difference(lines[at], shapely.union_all(shapely.buffer(bars[bar[rows]], CLEARANCE_M)))
    pieces = shapely.get_parts(cut)
    return Streets(pieces[shapely.length(pieces) > _GRAIN_M])


def ways_along(streets: Streets, ground: Ground, one: np.ndarray, other: np.ndarray, gap_m: float) -> Links:
    """Find the ways along streets between pairs of buildings that are not longer than a gap and meet nothing.

    Of each pair the shortest way is looked at: out of one building straight to a street, along it, and straight in.

    Parameters
    ----------
    one, other : int64[p]
        Rows of buildings, one < other.
    """
    legs = _legs(streets, ground, np.unique(np.append(one, other)), gap_m)
    shortest = np.full(len(ground.footprints), np.inf)
    np.minimum.at(shortest, legs.building, legs.length_m)
    able = shortest[one] + shortest[other] <= gap_m
    wanted: dict[int, set[int]] = defaultdict(set)
    for mine, theirs in zip(one[able].tolist(), other[able].tolist(), strict=True):
        wanted[mine].add(theirs)
    found = [(mine, theirs, *way) for mine in sorted(wanted)
             for theirs, way in sorted(_Search(streets, legs, gap_m, mine, wanted[mine]).found().items())]  # fmt: skip
    ways = np.array([each[3] for each in found] + [None], dtype=object)[:-1]
    ends = np.array([each[:2] for each in found], np.int64).reshape(-1, 2)
    links = Links(ends[:, 0], ends[:, 1], np.array([each[2] for each in found], dtype=float), ways)
    return links.take(ground.in_the_way(ways, ends[:, 0], ends[:, 1])[0] == CLEAR)


@dataclass(frozen=True, eq=False)
class _Legs:
    """Straight ways out of buildings to streets, by building."""

    building: np.ndarray
    piece: np.ndarray
    at_m: np.ndarray
    length_m: np.ndarray
    lines: np.ndarray

    @cached_property
    def of_building(self) -> dict[int, list[int]]:
        return _rows_by(self.building)

    @cached_property
    def on_piece(self) -> dict[int, list[int]]:
        return _rows_by(self.piece)


def _rows_by(values: np.ndarray) -> dict[int, list[int]]:
    found = defaultdict(list)
    for row, value in enumerate(values.tolist()):
        found[value].append(row)
    return found


def _legs(streets: Streets, ground: Ground, buildings: np.ndarray, gap_m: float) -> _Legs:
    """Find the legs of buildings: the shortest to each street, and those from both ends of the side that faces it."""
    shapes = ground.footprints[buildings]
    at, piece = shapely.STRtree(streets.pieces).query(shapes, predicate="dwithin", distance=gap_m)
    shortest = shapely.shortest_line(shapes[at], streets.pieces[piece])
    least = shapely.length(shortest)
    xy, whose = shapely.get_coordinates(shapes, return_index=True)
    begin = np.searchsorted(whose, np.arange(len(shapes) + 1))
    count = np.diff(begin)[at]
    pair = np.repeat(np.arange(len(at)), count)
    corner = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(begin[at], count)
    points = shapely.points(xy[corner])
    away = shapely.distance(points, streets.pieces[piece[pair]])
    near = away <= least[pair] + _FACADE_M
    pair, points = pair[near], points[near]
    along = shapely.line_locate_point(streets.pieces[piece[pair]], points)
    order = np.lexsort((along, pair))
    first = np.flatnonzero(np.diff(pair[order], prepend=-1) != 0)
    last = np.append(first[1:], len(order))[: len(first)] - 1
    ends = np.concatenate([order[first], order[last]])
    sides = shapely.shortest_line(points[ends], streets.pieces[piece[pair[ends]]])
    lines = np.concatenate([shortest, sides])
    at, piece = np.concatenate([at, at[pair[ends]]]), np.concatenate([piece, piece[pair[ends]]])
    building, length = buildings[at], shapely.length(lines)
    clear = (ground.in_the_way(lines, building, building)[0] == CLEAR) & (length <= gap_m)
    building, piece, lines, length = building[clear], piece[clear], lines[clear], length[clear]
    along = shapely.line_locate_point(streets.pieces[piece], shapely.get_point(lines, -1))
    return _Legs(building, piece, along, length, lines)


class _Search:
    """The shortest ways from one building to some others, none longer than a gap."""

    def __init__(self, streets: Streets, legs: _Legs, gap_m: float, building: int, wanted: set[int]) -> None:
        self.streets, self.legs, self.gap_m, self.wanted = streets, legs, gap_m, wanted
        self.mine = legs.of_building.get(building, [])
        self.best: dict[int, tuple[float, int, int, int]] = {}  # metres, leg out, node or -1, leg in

    def found(self) -> dict[int, tuple[float, shapely.LineString]]:
        """Give metres and course of the way to each that is near enough."""
        legs, streets = self.legs, self.streets
        came: dict[int, tuple[int, int]] = {}  # of each node: the node before (-1 - leg at the first), the piece
        heap: list[tuple[float, int, int, int]] = []
        for leg in self.mine:
            piece, at, out = int(legs.piece[leg]), float(legs.at_m[leg]), float(legs.length_m[leg])
            for to in legs.on_piece[piece]:
                self._offer(out + abs(at - float(legs.at_m[to])) + float(legs.length_m[to]), leg, -1, to)
            for end, along in zip(streets.ends[piece].tolist(), (at, streets.length_m[piece] - at), strict=True):
                heappush(heap, (out + float(along), end, -1 - leg, piece))
        while heap:
            gone, node, before, piece = heappop(heap)
            if gone > self.gap_m:
                break
            if node in came:
                continue
            came[node] = before, piece
            for next_ in streets.at_node[node]:
                self._from_node(heap, gone, node, next_)
        return {to: (way[0], self._course(way, came)) for to, way in self.best.items() if way[0] <= self.gap_m}

    def _from_node(self, heap: list[tuple[float, int, int, int]], gone: float, node: int, piece: int) -> None:
        """Go on along a piece from its end."""
        start, end = self.streets.ends[piece].tolist()
        length = float(self.streets.length_m[piece])
        for to in self.legs.on_piece.get(piece, []):
            at = float(self.legs.at_m[to])
            ways = [at] * (node == start) + [length - at] * (node == end)
            self._offer(gone + min(ways) + float(self.legs.length_m[to]), -1, node, to)
        heappush(heap, (gone + length, end if node == start else start, node, piece))

    def _offer(self, metres: float, leg: int, node: int, to: int) -> None:
        building = int(self.legs.building[to])
        if building in self.wanted and (building not in self.best or metres < self.best[building][0]):
            self.best[building] = metres, leg, node, to

    def _course(self, way: tuple[float, int, int, int], came: dict[int, tuple[int, int]]) -> shapely.LineString:
        _, leg, node, to = way
        legs, streets = self.legs, self.streets
        last = int(legs.piece[to])
        parts = [shapely.reverse(legs.lines[to])]
        if node < 0:
            parts.append(substring(streets.pieces[last], float(legs.at_m[leg]), float(legs.at_m[to])))
        else:
            begin = self._end_at(last, node, float(legs.at_m[to]))
            parts.append(substring(streets.pieces[last], begin, float(legs.at_m[to])))
            while node >= 0:
                before, piece = came[node]
                leg = -1 - before
                begin = float(legs.at_m[leg]) if before < 0 else self._other_end(piece, node)
                parts.append(substring(streets.pieces[piece], begin, self._reached_end(piece, node, begin)))
                node = before if before >= 0 else -1
        parts.append(legs.lines[leg])
        return shapely.LineString(np.concatenate([shapely.get_coordinates(each) for each in reversed(parts)]))

    def _end_at(self, piece: int, node: int, at: float) -> float:
        """Say where along a piece a node is; of both ends the nearer, where both are the node."""
        start, end = self.streets.ends[piece].tolist()
        length = float(self.streets.length_m[piece])
        if start == end:
            return 0.0 if at <= length - at else length
        return 0.0 if node == start else length

    def _other_end(self, piece: int, node: int) -> float:
        return float(self.streets.length_m[piece]) if self.streets.ends[piece, 0] == node else 0.0

    def _reached_end(self, piece: int, node: int, begin: float) -> float:
        return self._end_at(piece, node, begin)
