"""Straight legs between points and a network, and how sound they are.

A candidate is the nearest place on an edge, and where none of these is sound the nearest on each straight piece of the
edges. It is *sound* if the leg to it crosses no obstacle and one may begin on that edge there. Of sound candidates the
best is taken: one whose leg crosses no footprint but those it starts in before one that does, then the main net before
an island, then the nearer one, then the lower edge. Where no candidate is sound, the nearest place is taken as if
nothing stood in the way, and said to be so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely

from geo.network.around import Around
from geo.network.attachment import Attached, attach, edges_near
from geo.network.graph import Mode, Network
from geo.network.on_edges import nearest_on, places_on

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
BENDS = 3
"""So often a leg bends at most: before its own building, and twice on its way."""
SOUND = 4
NEAR_M = 60.0
"""Most find a way round so near; only the others look at all there is."""
_WAVE, _BLOCK, _BESIDE_ALL_M = 8, 5_000, 20.0
_MOST_PIECES, _PIECES_AT_ONCE = 64, 1_000_000


@dataclass(frozen=True)
class Legs(Attached):
    """Points joined to a network, and how.

    Attributes
    ----------
    leg : int8[p], `CLEAR` and so on
    via : int32[p], the gate that the leg goes through, -1 for none
    nearest : bool[p], clear, and there is no nearer edge
    bend_xy : float64[p, `BENDS`, 2], where the leg turns, one after the other: at its own building, a gate, the end of
        a wall, a corner; nan from where it goes on straight
    """

    leg: np.ndarray
    via: np.ndarray
    nearest: np.ndarray
    bend_xy: np.ndarray

    def take(self, rows: np.ndarray) -> Legs:
        """Give some of the points, by row or by mask."""
        return Legs(*(getattr(self, name)[rows] for name in FIELDS))


FIELDS = ("edge", "at_m", "access_m", "leg", "via", "nearest", "bend_xy")


@dataclass(frozen=True)
class Asked:
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

    def beside(self, points_xy: np.ndarray, reach_m: float | None) -> Asked:
        """Return the same with what stands near points, see `Around.beside`."""
        return self.amid(self.around.beside(points_xy, reach_m and reach_m + _BESIDE_ALL_M))

    def amid(self, around: Around) -> Asked:
        """Return the same with something else around."""
        near = replace(self, around=around)
        for name in ("islands", "doors"):  # they are the same for all
            vars(near)[name] = getattr(self, name)
        return near

    def rank(self, points_xy: np.ndarray, edge: np.ndarray, at_m: np.ndarray, own: np.ndarray | None = None,
             ) -> np.ndarray:
        """Rank candidates: 0 best, below `SOUND` sound; `SOUND` across an obstacle, above on another level."""
        network = self.network
        place = places_on(network, edge, at_m)
        at_start, at_end = self.doors
        door = (at_start[edge] & (at_m <= DOOR_M)) | (at_end[edge] & (network.length_m[edge] - at_m <= DOOR_M))
        rank = np.where(self.starts[edge] | door, self.islands[edge].astype(np.int64), SOUND + 1)
        open_ = np.flatnonzero(rank < SOUND)
        ends = ends_between(points_xy[open_], place[open_])
        barred = self.around.crosses_obstacle(ends)
        rank[open_[barred]] = SOUND
        open_, ends = open_[~barred], ends[~barred]
        own = None if own is None else own[open_]
        rank[open_[self.around.crosses_building(ends, own)]] += 2
        return rank


def ends_between(points_xy: np.ndarray, places_xy: np.ndarray) -> np.ndarray:
    """Give the straight legs, without the last bit before their places: float64[k, 4], from x, y to x, y."""
    step = places_xy - points_xy
    length = np.hypot(*step.T)
    share = np.divide(np.maximum(length - TOUCH_M, 0.0), length, out=np.zeros(len(length)), where=length > 0)
    return np.hstack([points_xy, points_xy + step * share[:, None]])


def legs_between(points_xy: np.ndarray, places_xy: np.ndarray) -> np.ndarray:
    """Give the legs of `ends_between` as lines: object[k]."""
    return shapely.linestrings(ends_between(points_xy, places_xy).reshape(-1, 2, 2))


def islands(network: Network, mode: Mode) -> np.ndarray:
    """Tell which edges belong to a small piece that hangs together with nothing else: bool[e]. Gates are ignored."""
    usable, piece = network.usable(mode), network.component(mode)[network.edge_from]
    length = np.bincount(np.maximum(piece, 0), np.where(usable, network.length_m, 0.0))
    small = (length <= ISLAND_M) & (length <= ISLAND_SHARE * length.max(initial=0.0))
    return small[np.maximum(piece, 0)] & usable


def direct(asked: Asked, points_xy: np.ndarray, usable: np.ndarray | None) -> Legs:
    """Join points by one straight leg each."""
    near = attach(asked.network, points_xy, asked.mode, asked.max_access_m, usable)
    count = len(points_xy)
    found = Legs(near.edge.copy(), near.at_m.copy(), near.access_m.copy(), np.full(count, NONE, np.int8),
                 np.full(count, -1, np.int32), np.zeros(count, dtype=bool), np.full((count, BENDS, 2), np.nan))
    on = np.flatnonzero(near.edge >= 0)
    rank = asked.rank(points_xy[on], near.edge[on], near.at_m[on])
    found.leg[on] = np.select([rank < 2, rank < SOUND, rank == SOUND], [CLEAR, THROUGH_BUILDING, THROUGH_BARRIER],
                              OTHER_LEVEL)  # fmt: skip
    found.nearest[on] = rank == 0
    left = on[rank > 0]
    # Most find a way round near by; only the others look at all there is.
    most = np.minimum(asked.max_access_m, np.fmax(ALTERNATIVE_M, near.access_m))
    for reach_m in (np.minimum(NEAR_M, most), most):
        best = [_best(asked, points_xy, found, left[first:first + _BLOCK], reach_m)
                for first in range(0, len(left), _BLOCK)]
        rank_of = np.concatenate([np.empty(0, np.int64), *best])
        barred, left = left[rank_of == SOUND], left[rank_of > 0]
    if len(barred):
        along_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(asked.network.xy, axis=0).T))])
        for first in range(0, len(barred), _BLOCK):
            _best_piece(asked, points_xy, found, barred[first:first + _BLOCK], most, along_m)
    return found


def _best(asked: Asked, points_xy: np.ndarray, found: Legs, rows: np.ndarray, reach_m: np.ndarray) -> np.ndarray:
    """Give points the best candidate within a distance of each, if any is sound; and tell its rank: int64[r]."""
    point, edge = edges_near(asked.network, points_xy[rows], asked.mode, reach_m[rows])
    kept = asked.usable[edge]
    point, edge = point[kept], edge[kept]
    along_m, away = nearest_on(asked.network, points_xy[rows[point]], edge)
    order = np.lexsort((edge, away, point))
    order = order[away[order] <= reach_m[rows[point[order]]]]
    point, edge, away, along_m = point[order], edge[order], away[order], along_m[order]
    first = np.searchsorted(point, np.arange(len(rows)))
    place = np.arange(len(point)) - first[point]  # a candidate's place in its point's list
    best = np.full(len(rows), SOUND, np.int64)
    waiting = np.arange(len(point))
    most = _WAVE
    while len(waiting):  # the first few do for most; of the others ever more are looked at together
        waiting = waiting[best[point[waiting]] > 0]
        now, waiting, most = waiting[place[waiting] < most], waiting[place[waiting] >= most], 3 * most
        if not len(now):
            continue
        at_m = along_m[now]
        rank = asked.rank(points_xy[rows[point[now]]], edge[now], at_m)
        order = np.lexsort((place[now], rank, point[now]))
        one = order[np.unique(point[now][order], return_index=True)[1]]
        one = one[rank[one] < best[point[now[one]]]]
        row, cand = rows[point[now[one]]], now[one]
        best[point[cand]] = rank[one]
        found.edge[row], found.at_m[row], found.access_m[row] = edge[cand], at_m[one], away[cand]
        found.leg[row] = np.where(rank[one] >= 2, THROUGH_BUILDING, CLEAR)
    return best


def _best_piece(asked: Asked, points_xy: np.ndarray, found: Legs, rows: np.ndarray, reach_m: np.ndarray,
                along_m: np.ndarray) -> None:
    """Give points the best candidate on the straight pieces of edges: a road that winds round a block is met anew.

    How far each corner of the network lies along all of them one after the other is `along_m`.
    """
    network = asked.network
    point, edge = edges_near(network, points_xy[rows], asked.mode, reach_m[rows])
    bent = asked.usable[edge] & (np.diff(network.offsets)[edge] > 2)
    point, edge = point[bent], edge[bent]
    pieces = np.diff(network.offsets)[edge] - 1
    if len(rows) > 1 and pieces.sum() > _PIECES_AT_ONCE:
        for some in np.array_split(rows, 2):
            _best_piece(asked, points_xy, found, some, reach_m, along_m)
        return
    point, edge = np.repeat(point, pieces), np.repeat(edge, pieces)
    first = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + network.offsets[edge]
    here, step = network.xy[first], network.xy[first + 1] - network.xy[first]
    asks = points_xy[rows[point]]
    squared = (step**2).sum(axis=1)
    share = np.divide(((asks - here) * step).sum(axis=1), squared, out=np.zeros(len(edge)), where=squared > 0)
    share = np.clip(share, 0.0, 1.0)[:, None]
    away = np.hypot(*(here + share * step - asks).T)
    at_m = along_m[first] - along_m[network.offsets[edge]] + share[:, 0] * np.sqrt(squared)
    order = np.lexsort((at_m, edge, away, point))
    order = order[away[order] <= reach_m[rows[point[order]]]]
    begins = np.searchsorted(point[order], np.arange(len(rows)))
    order = order[np.arange(len(order)) - begins[point[order]] < _MOST_PIECES]
    rank = asked.rank(asks[order], edge[order], at_m[order])
    best = np.lexsort((away[order], rank, point[order]))
    best = best[np.unique(point[order][best], return_index=True)[1]]
    best = best[rank[best] < SOUND]
    now = order[best]
    row = rows[point[now]]
    found.edge[row], found.at_m[row], found.access_m[row] = edge[now], at_m[now], away[now]
    found.leg[row] = np.where(rank[best] >= 2, THROUGH_BUILDING, CLEAR)
