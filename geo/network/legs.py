"""Legs between points and a network that cross no wall, and no building where that can be avoided.

A candidate is the nearest place on an edge. It is *sound* if the leg to it crosses no obstacle and one may begin on
that edge there. Of sound candidates the best is taken: one whose leg crosses no footprint but those it starts in before
one that does, then the main net before an island, then the nearer one, then the lower edge. Where that is not simply
the nearest, the leg may also leave its own building where the outline comes nearest to a street. Where no candidate is
sound, the leg goes through a gate in a wall or round the end of one, and on from there. Where there is not even that,
the nearest place is taken as if nothing stood in the way, and said to be so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely

from geo.network.around import BESIDE_M, Around
from geo.network.attachment import Attached, attach
from geo.network.graph import Mode, Network

CLEAR, THROUGH_BUILDING, THROUGH_BARRIER, OTHER_LEVEL, NONE = range(5)
"""What becomes of a leg: clear; across a building; across an obstacle; on an edge of another level; no edge near."""
TOUCH_M = 0.05
"""An obstacle that a leg only ends at is not crossed: so much of its end is not looked at."""
DOOR_M = 10.0
"""One may begin on a bridge or an indoor way so near to where it ends in the blue: there is a door."""
ISLAND_M, ISLAND_SHARE = 300.0, 0.1
"""A piece of the network no longer than this, and no longer than this share of the largest, is an island."""
ALTERNATIVE_M = 500.0
"""Sound places are looked for no farther away than this, unless the nearest place of all is."""
ROUND = 2.5
"""The way through a gate, or round the end of a wall, is this many times as long as the nearest street may be away."""
_SOUND, _WAVE, _BLOCK, _NEAR_M = 4, 8, 5_000, 60.0
_MOST_SIDES, _MOST_PAIRS, _MOST_BENDS = 300, 500_000, 16
_PART, _FEW, _BESIDE_ALL_M = 100_000, 5_000, 20.0


@dataclass(frozen=True)
class Legs(Attached):
    """Points joined to a network, and how.

    Attributes
    ----------
    leg : int8[p], `CLEAR` and so on
    via : int32[p], the gate that the leg goes through, -1 for none
    nearest : bool[p], clear, and there is no nearer edge
    bend_xy : float64[p, 2], where the leg turns (a gate, the end of a wall, the outline of its own building); nan for
        a straight one
    """

    leg: np.ndarray
    via: np.ndarray
    nearest: np.ndarray
    bend_xy: np.ndarray

    def take(self, rows: np.ndarray) -> Legs:
        """Give some of the points, by row or by mask."""
        return Legs(*(getattr(self, name)[rows] for name in _FIELDS))


_FIELDS = ("edge", "at_m", "access_m", "leg", "via", "nearest", "bend_xy")


@dataclass(frozen=True)
class _Asked:
    """What is the same for all points: the network in one mode, who begins where, what is around."""

    network: Network
    mode: Mode
    max_access_m: float
    around: Around
    starts: np.ndarray
    usable: np.ndarray

    @cached_property
    def islands(self) -> np.ndarray:
        return islands(self.network, self.mode)

    @cached_property
    def doors(self) -> tuple[np.ndarray, np.ndarray]:
        """Whether an edge ends in the blue at its start and at its end: there one begins even on another level."""
        network, usable = self.network, self.network.usable(self.mode)
        node = np.concatenate([network.edge_from[usable], network.edge_to[usable]])
        alone = np.bincount(node, minlength=len(network.node_xy)) == 1
        if self.mode == "drive":
            alone[:] = False
        return alone[network.edge_from], alone[network.edge_to]

    def beside(self, points_xy: np.ndarray, reach_m: float | None) -> _Asked:
        """Return the same with what stands near points, see `Around.beside`."""
        return replace(self, around=self.around.beside(points_xy, reach_m and reach_m + _BESIDE_ALL_M))

    def rank(self, points_xy: np.ndarray, edge: np.ndarray, at_m: np.ndarray, own: np.ndarray | None = None,
             ) -> np.ndarray:
        """Rank candidates: 0 best, below `_SOUND` sound; `_SOUND` across an obstacle, above on another level."""
        network = self.network
        place = shapely.get_coordinates(shapely.line_interpolate_point(network.geometries[edge], at_m))
        at_start, at_end = self.doors
        door = (at_start[edge] & (at_m <= DOOR_M)) | (at_end[edge] & (network.length_m[edge] - at_m <= DOOR_M))
        rank = np.where(self.starts[edge] | door, self.islands[edge].astype(np.int64), _SOUND + 1)
        open_ = np.flatnonzero(rank < _SOUND)
        legs = legs_between(points_xy[open_], place[open_])
        barred = self.around.crosses_obstacle(legs)
        rank[open_[barred]] = _SOUND
        open_, legs = open_[~barred], legs[~barred]
        own = None if own is None else own[open_]
        rank[open_[self.around.crosses_building(legs, points_xy[open_], own)]] += 2
        return rank


def legs_between(points_xy: np.ndarray, places_xy: np.ndarray) -> np.ndarray:
    """Give the straight legs, without the last bit before their places: object[k]."""
    step = places_xy - points_xy
    length = np.hypot(*step.T)
    share = np.divide(np.maximum(length - TOUCH_M, 0.0), length, out=np.zeros(len(length)), where=length > 0)
    return shapely.linestrings(np.stack([points_xy, points_xy + step * share[:, None]], axis=1))


def islands(network: Network, mode: Mode) -> np.ndarray:
    """Tell which edges belong to a small piece that hangs together with nothing else: bool[e]. Gates are ignored."""
    usable, piece = network.usable(mode), network.component(mode)[network.edge_from]
    length = np.bincount(np.maximum(piece, 0), np.where(usable, network.length_m, 0.0))
    small = (length <= ISLAND_M) & (length <= ISLAND_SHARE * length.max(initial=0.0))
    return small[np.maximum(piece, 0)] & usable


def attach_clear(network: Network, points_xy: np.ndarray, mode: Mode, max_access_m: float, around: Around,
                 starts: np.ndarray, usable: np.ndarray | None = None) -> Legs:
    """Join points to a network by legs that cross nothing, where that can be.

    Parameters
    ----------
    network, points_xy, mode, max_access_m, usable
        As `geo.network.attach` takes them. A leg through a gate, or round the end of a wall, is as long as both its
        parts, and may be `ROUND` times as long.
    around : Around
    starts : bool[e]
        On which edges one may begin; on others only where they end in the blue, on foot.

    Returns
    -------
    Legs

    Raises
    ------
    ValueError
        As `geo.network.attach` does.
    """
    points_xy = np.asarray(points_xy, dtype=float).reshape(-1, 2)
    may = network.usable(mode) if usable is None else network.usable(mode) & usable
    asked = _Asked(network, mode, max_access_m, around, starts, may)
    # Beyond that, how far is looked depends on all the points.
    parts = _parts(points_xy) if max_access_m <= ALTERNATIVE_M else [np.arange(len(points_xy))]
    if around.crs is None or len(parts) == 1:
        return _joined(asked, points_xy, usable)
    joined = [_joined(asked, points_xy[rows], usable) for rows in parts]
    back = np.argsort(np.concatenate(parts))
    return Legs(*(np.concatenate([getattr(each, name) for each in joined])[back] for name in _FIELDS))


def _joined(asked: _Asked, points_xy: np.ndarray, usable: np.ndarray | None) -> Legs:
    """Join points, with as much of what stands around as may be in their way in metres."""
    access_m, few = asked.max_access_m, len(points_xy) <= _FEW
    widest_m = None if access_m > ALTERNATIVE_M else (1 + ROUND) * access_m
    # What few points need lies far apart, and little of it; of many one look at all is cheaper than two.
    near = asked.beside(points_xy, access_m if few and widest_m is not None else widest_m)
    found = _direct(near, points_xy, usable)
    _out_at_another_side(near, points_xy, found)
    lost = np.flatnonzero((found.leg == THROUGH_BARRIER) | (found.leg == OTHER_LEVEL))
    if len(lost):
        wide = asked.beside(points_xy[lost], widest_m) if few else near
        _by_bends(wide, points_xy, found, lost, usable)
    if len(asked.around.gaps):
        _name_gates(near, points_xy, found)
    return found


def _parts(points_xy: np.ndarray) -> list[np.ndarray]:
    """Part points by where they are, as what stands around all of them takes much memory: rows of each part."""
    count = -(-len(points_xy) // _PART)
    if count < 2:
        return [np.arange(len(points_xy))]
    strips = round(count**0.5)
    strip = np.empty(len(points_xy), dtype=np.int64)
    strip[np.argsort(points_xy[:, 0], kind="stable")] = np.arange(len(points_xy)) * strips // len(points_xy)
    return np.array_split(np.lexsort((points_xy[:, 1], strip)), count)


def _from_bends(asked: _Asked, bends: np.ndarray, usable: np.ndarray | None) -> Legs:
    """Join bends, given their rows: gates beside the wall on either side, so that a leg may run along it."""
    xy, many = asked.around.bends[0], len(asked.around.gates_xy)
    gates, ends = bends[bends < many], bends[bends >= many]
    steps = np.array([(1, 0), (-1, 0), (0, 1), (0, -1)]) * BESIDE_M
    found = _direct(asked, np.concatenate([*(xy[gates] + step for step in steps), xy[ends]]), usable)
    row = np.concatenate([np.tile(np.arange(len(gates)), 4), len(gates) + np.arange(len(ends))])
    order = np.lexsort((found.access_m, found.leg, row))
    best = found.take(order[np.unique(row[order], return_index=True)[1]])
    return replace(best, access_m=best.access_m + BESIDE_M)


def _name_gates(asked: _Asked, points_xy: np.ndarray, found: Legs) -> None:
    """Name the gates that legs go through on their way."""
    straight = np.flatnonzero((found.leg <= THROUGH_BUILDING) & (found.via < 0))
    bend_xy = found.bend_xy[straight]
    begin = np.where(np.isfinite(bend_xy), bend_xy, points_xy[straight])
    legs = legs_between(begin, found.take(straight).places(asked.network))
    leg, gap = shapely.STRtree(asked.around.gaps).query(legs, predicate="intersects")
    found.via[straight[leg]] = asked.around.gap_gate[gap]


def _direct(asked: _Asked, points_xy: np.ndarray, usable: np.ndarray | None) -> Legs:
    """Join points by one straight leg each."""
    near = attach(asked.network, points_xy, asked.mode, asked.max_access_m, usable)
    count = len(points_xy)
    found = Legs(near.edge.copy(), near.at_m.copy(), near.access_m.copy(), np.full(count, NONE, np.int8),
                 np.full(count, -1, np.int32), np.zeros(count, dtype=bool), np.full((count, 2), np.nan))
    on = np.flatnonzero(near.edge >= 0)
    rank = asked.rank(points_xy[on], near.edge[on], near.at_m[on])
    found.leg[on] = np.select([rank < 2, rank < _SOUND, rank == _SOUND], [CLEAR, THROUGH_BUILDING, THROUGH_BARRIER],
                              OTHER_LEVEL)  # fmt: skip
    found.nearest[on] = rank == 0
    left = on[rank > 0]
    # Most find a way round near by; only the others look at all there is.
    most = min(asked.max_access_m, max(ALTERNATIVE_M, near.access_m[left].max(initial=0.0)))
    for reach_m in (min(_NEAR_M, most), most):
        best = [_best(asked, points_xy, found, left[first:first + _BLOCK], reach_m)
                for first in range(0, len(left), _BLOCK)]
        left = left[np.concatenate([np.empty(0, np.int64), *best]) > 0]
    return found


def _best(asked: _Asked, points_xy: np.ndarray, found: Legs, rows: np.ndarray, reach_m: float) -> np.ndarray:
    """Give points the best candidate within a distance, if any is sound; and tell its rank: int64[r]."""
    tree, edges = asked.network.tree(asked.mode)
    points = shapely.points(points_xy[rows])
    point, item = tree.query(points, predicate="dwithin", distance=np.nextafter(reach_m, np.inf))
    edge = edges[item]
    kept = asked.usable[edge]
    point, edge = point[kept], edge[kept]
    away = shapely.distance(asked.network.geometries[edge], points[point])
    order = np.lexsort((edge, away, point))
    order = order[away[order] <= reach_m]
    point, edge, away = point[order], edge[order], away[order]
    first = np.searchsorted(point, np.arange(len(rows)))
    place = np.arange(len(point)) - first[point]  # a candidate's place in its point's list
    best = np.full(len(rows), _SOUND, np.int64)
    for wave in range(int(place.max(initial=-1)) // _WAVE + 1):
        now = np.flatnonzero((place // _WAVE == wave) & (best[point] > 0))
        if not len(now):
            continue
        at_m = shapely.line_locate_point(asked.network.geometries[edge[now]], points[point[now]])
        rank = asked.rank(points_xy[rows[point[now]]], edge[now], at_m)
        order = np.lexsort((place[now], rank, point[now]))
        one = order[np.unique(point[now][order], return_index=True)[1]]
        one = one[rank[one] < best[point[now[one]]]]
        row, cand = rows[point[now[one]]], now[one]
        best[point[cand]] = rank[one]
        found.edge[row], found.at_m[row], found.access_m[row] = edge[cand], at_m[one], away[cand]
        found.leg[row] = np.where(rank[one] >= 2, THROUGH_BUILDING, CLEAR)
    return best


def _out_at_another_side(asked: _Asked, points_xy: np.ndarray, found: Legs) -> None:
    """Let legs leave their own building where it comes nearest to a street, where that is better."""
    rows = np.flatnonzero((found.edge >= 0) & ~found.nearest)
    row, own = asked.around.standing_in(points_xy[rows])
    row, (mine, which) = rows[row], np.unique(own, return_inverse=True)
    pair, edge, door, place = _sides(asked, mine)
    count = np.bincount(pair, minlength=len(mine))[which]
    block = np.cumsum(count) // _MOST_PAIRS
    for number in np.unique(block[count > 0]):
        now = np.flatnonzero((block == number) & (count > 0))
        many = count[now]
        side = np.arange(many.sum()) + np.repeat(np.searchsorted(pair, which[now]) - np.cumsum(many) + many, many)
        _leave(asked, points_xy, found, np.repeat(row[now], many), np.repeat(mine[which[now]], many),
               (edge[side], door[side], place[side]))  # fmt: skip


def _sides(asked: _Asked, buildings: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Tell where buildings come nearest to the edges near them: row of the building, edge, place here and there."""
    tree, edges = asked.network.tree(asked.mode)
    shapes = asked.around.buildings[buildings]
    pair, item = tree.query(shapes, predicate="dwithin", distance=min(asked.max_access_m, _NEAR_M))
    # What is near to so many streets is a quarter drawn as a building: nobody walks through it from door to door.
    few = np.bincount(pair, minlength=len(shapes))[pair] <= _MOST_SIDES
    kept = np.flatnonzero(few & asked.usable[edges[item]])
    pair, edge = pair[kept], edges[item[kept]]
    ways = shapely.get_coordinates(shapely.shortest_line(shapes[pair], asked.network.geometries[edge]))
    return pair, edge, ways[::2], ways[1::2]


def _leave(asked: _Asked, points_xy: np.ndarray, found: Legs, row: np.ndarray, own: np.ndarray,
           sides: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """Choose the best of the sides where points may leave their buildings, if it is better than what they have."""
    edge, door, place = sides
    length = np.hypot(*(door - points_xy[row]).T) + np.hypot(*(place - door).T)
    fine = np.flatnonzero(length <= asked.max_access_m)
    indoors = shapely.linestrings(np.stack([points_xy[row[fine]], door[fine]], axis=1))
    fine = fine[~asked.around.crosses_obstacle(indoors)]
    row, own, edge, door, length = row[fine], own[fine], edge[fine], door[fine], length[fine]
    at_m = shapely.line_locate_point(asked.network.geometries[edge], shapely.points(place[fine]))
    rank = asked.rank(door, edge, at_m, own)
    was = np.select([found.leg[row] == CLEAR, found.leg[row] == THROUGH_BUILDING], [0, 2], _SOUND)
    was = np.where(was < _SOUND, was + asked.islands[found.edge[row]], was)
    better = (rank < 2) & ((rank < was) | ((rank == was) & (length < found.access_m[row])))
    order = np.lexsort((edge, length, rank, row))
    order = order[better[order]]
    one = order[np.unique(row[order], return_index=True)[1]]
    at = row[one]
    found.edge[at], found.at_m[at], found.access_m[at] = edge[one], at_m[one], length[one]
    found.leg[at], found.bend_xy[at] = CLEAR, door[one]


def _by_bends(asked: _Asked, points_xy: np.ndarray, found: Legs, rows: np.ndarray, usable: np.ndarray | None) -> None:
    """Give points that no straight leg joins one through a gate, or round the end of a wall."""
    around, rows = asked.around, rows[np.isfinite(points_xy[rows]).all(axis=1)]
    xy, tree = around.bends
    if not len(xy):
        return
    # Round a wall it may be longer than the access distance; on to another street than one of another level it is not.
    most = min(asked.max_access_m, 1e9) * np.where(found.leg[rows] == THROUGH_BARRIER, ROUND, 1.0)
    away, item = tree.query(points_xy[rows], k=min(_MOST_BENDS, len(xy)), distance_upper_bound=most.max(initial=0.0))
    away, item = away.reshape(len(rows), -1), item.reshape(len(rows), -1)
    point, place = np.nonzero(np.isfinite(away))
    length, (bends, bend) = away[point, place], np.unique(item[point, place], return_inverse=True)
    legs = legs_between(points_xy[rows[point]], xy[bends[bend]])
    fine = ~around.crosses_obstacle(legs)
    point, length, bend, legs = point[fine], length[fine], bend[fine], legs[fine]
    bends, bend = bends[np.unique(bend)], np.unique(bend, return_inverse=True)[1]
    on = _from_bends(asked, bends, usable)
    length = length + on.access_m[bend]
    fine = (on.leg[bend] <= THROUGH_BUILDING) & (length <= most[point])
    point, length, bend, legs = point[fine], length[fine], bend[fine], legs[fine]
    across = around.crosses_building(legs, points_xy[rows[point]]) | (on.leg[bend] == THROUGH_BUILDING)
    order = np.lexsort((bends[bend], length, across, point))
    one = order[np.unique(point[order], return_index=True)[1]]
    row, bend = rows[point[one]], bend[one]
    found.edge[row], found.at_m[row], found.access_m[row] = on.edge[bend], on.at_m[bend], length[one]
    found.leg[row] = np.where(across[one], THROUGH_BUILDING, CLEAR)
    found.via[row] = np.where(bends[bend] < len(around.gates_xy), bends[bend], -1)
    found.bend_xy[row] = xy[bends[bend]]


def reattach_clear(how: tuple[Network, np.ndarray, Mode, float, Around, np.ndarray], was: Legs,
                   old_edge: np.ndarray) -> Legs:
    """Join points to an edited network, given how they were joined before.

    Parameters
    ----------
    how : (network, points_xy, mode, max_access_m, around, starts)
        As `attach_clear` takes them; `around` as it was.
    was : Legs
    old_edge : int64[e]
        Which edge of the network of before each edge is, -1 for a new one (see `geo.network.edit.Edited`).

    Returns
    -------
    Legs, as `attach_clear` gives it: looked at again are only points that did not simply take their nearest edge, whose
    edge is gone or part of an island now, or to which a new edge is as near.
    """
    network, points_xy, mode, max_access_m, _, starts = how
    points_xy = np.asarray(points_xy, dtype=float).reshape(-1, 2)
    stays = np.flatnonzero(old_edge >= 0)
    new_number = np.full(max(old_edge.max(initial=-1), was.edge.max(initial=-1)) + 2, -1, np.int32)
    new_number[old_edge[stays]] = stays
    edge = new_number[was.edge]  # the last place is for -1
    fresh = attach(network, points_xy, mode, max_access_m, old_edge < 0)
    sound = starts & ~islands(network, mode)
    keeps = was.nearest & (edge >= 0) & sound[np.maximum(edge, 0)] if len(sound) else np.zeros(len(edge), dtype=bool)
    keeps &= ~((fresh.edge >= 0) & (fresh.access_m <= was.access_m))
    keeps |= (was.leg == NONE) & (fresh.edge < 0)
    found = Legs(edge.copy(), *(getattr(was, name).copy() for name in _FIELDS[1:]))
    again = np.flatnonzero(~keeps)
    if len(again):
        made = attach_clear(network, points_xy[again], mode, max_access_m, how[4], starts)
        for name in _FIELDS:
            getattr(found, name)[again] = getattr(made, name)
    return found
