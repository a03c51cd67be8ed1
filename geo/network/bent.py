"""Legs that bend: before their own building, at gates, past the ends of walls and past the corners of buildings.

The choice of a point is fixed: the gates and ends of walls that are nearest to it; where these leave nothing clear,
also the nearest corners of buildings and of walls, and the middles of the sides of the building it stands in. A way
takes one of the last, then up to two of the others, and goes on straight to a street. It is searched as a shortest way
among what sees each other (visibility graph, Lozano-Pérez and Wesley 1979), where a way that could not be the shortest
is not looked at: to the nearest street it is at least so far as the straight line, whatever stands there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.network.around import BESIDE_M, MANY
from geo.network.attachment import away_m
from geo.network.bends import FEW, bends_near
from geo.network.corners import ways_out
from geo.network.straight import (
    BENDS,
    CLEAR,
    FIELDS,
    OTHER_LEVEL,
    THROUGH_BUILDING,
    TOUCH_M,
    Asked,
    Legs,
    direct,
    ends_between,
)

if TYPE_CHECKING:
    from geo.network.cells import Cells

ROUND = 2.5
"""A way with bends is so many times as long as the nearest street may be away, at most."""
ON_M = 100.0
"""From its own building, or from another's corner, it goes on straight for so long at most."""
_ROWS, _PAIRS = 20_000, 2_000_000
_FIRST = (0, 2, 8, 24)
_WAVES = (0, 8, 40, 168, 680, 2_720)
_ROUNDING = 1e-12  # of a length
_SURELY = 1 + 1e-9  # what is longer by so much is longer however it was rounded
_THROUGH, _NONE = 4, 5  # below: clear; 2 for longer than the access distance, 1 for an island


class _Places:
    """Where legs may bend, each with the straight leg from there to a street: what is around, and ways out."""

    def __init__(self, asked: Asked, bends: list[tuple[np.ndarray, Cells | None]], out_xy: np.ndarray,
                 usable: np.ndarray | None) -> None:  # fmt: skip
        self.gates, self.walls = len(asked.around.gates_xy), len(bends[0][0])
        self.outs = sum(len(xy) for xy, _ in bends)
        self.xy = np.concatenate([*(xy for xy, _ in bends), out_xy])
        self._asked, self._usable = asked, usable
        self._close = replace(asked, max_access_m=min(asked.max_access_m, ON_M))
        self._away_m, self._looked = np.full(len(self.xy), np.nan), np.zeros(len(self.xy), dtype=bool)
        self.edge, self.at_m = np.full(len(self.xy), -1, np.int32), np.full(len(self.xy), np.nan)
        self.leg, self.on_m = np.full(len(self.xy), OTHER_LEVEL, np.int8), np.full(len(self.xy), np.inf)

    def away_m(self, place: np.ndarray) -> np.ndarray:
        """Return how far the nearest street is in a straight line, whatever stands between."""
        asked, new = self._asked, self._once(place[np.isnan(self._away_m[place])])
        if len(new):
            away = away_m(asked.network, self.xy[new], asked.mode, self._usable)
            self._away_m[new] = away * (1.0 - _ROUNDING)  # no way on is shorter, however it was rounded
        return self._away_m[place]

    @property
    def known_m(self) -> np.ndarray:
        """What `away_m` has been asked for: float64 of all places, nan of the others."""
        return self._away_m

    def _once(self, place: np.ndarray) -> np.ndarray:
        """Return each of some places once, ascending."""
        there = np.zeros(len(self.xy), dtype=bool)
        there[place] = True
        return np.flatnonzero(there)

    def look(self, place: np.ndarray) -> None:
        """Look for the way on from places: `edge`, `at_m`, `leg`, and `on_m`, its metres; inf where there is none."""
        new = self._once(place[~self._looked[place]])
        if not len(new):
            return
        self._looked[new] = True
        gates, ends, others = np.split(new, np.searchsorted(new, [self.gates, self.walls]))
        steps = np.array([(1, 0), (-1, 0), (0, 1), (0, -1)]) * BESIDE_M  # beside the wall: it may be drawn on a street
        which = np.concatenate([np.tile(gates, 4), ends, others])
        walls = np.concatenate([*(self.xy[gates] + step for step in steps), self.xy[ends]])
        found = _both(direct(self._asked, walls, self._usable), direct(self._close, self.xy[others], self._usable))
        order = np.lexsort((found.access_m, self._asked.islands[found.edge], found.leg, which))
        best = found.take(order[np.unique(which[order], return_index=True)[1]])
        self.edge[new], self.at_m[new], self.leg[new] = best.edge, best.at_m, best.leg
        on_m = best.access_m + np.where(new < self.walls, BESIDE_M, 0.0)
        self.on_m[new] = np.where(best.leg <= THROUGH_BUILDING, on_m, np.inf)

    def seen(self, from_xy: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Tell to which places the way crosses no obstacle, and to which no building either: bool[k] each."""
        around, ends = self._asked.around, np.hstack([from_xy, self.xy[place]])
        gates = place < self.gates  # a gate may stand where walls meet
        ends[gates] = ends_between(from_xy[gates], self.xy[place[gates]])
        open_ = ~around.crosses_obstacle(ends)
        free = open_.copy()
        free[open_] = ~around.crosses_building(ends[open_])
        return open_, free


class _Best:
    """The best leg so far of some points: how good, how long, and where it bends."""

    def __init__(self, asked: Asked, found: Legs, rows: np.ndarray) -> None:
        leg = found.leg[rows]
        clear, through = leg == CLEAR, leg == THROUGH_BUILDING
        self._access_m = min(asked.max_access_m, 1e9)
        self._islands = asked.islands
        self.rank = np.select([clear, through], [self._islands[found.edge[rows]].astype(np.int64), _THROUGH], _NONE)
        self.length_m = np.select([clear, through], [found.access_m[rows], -np.inf], np.inf)
        # Round a wall it may be longer than the access distance; on to another street than one of another level not.
        self.limit_m = self._access_m * np.where(leg == OTHER_LEVEL, 1.0, ROUND)
        self.chain = np.full((len(rows), BENDS), -1)

    def most_m(self) -> np.ndarray:
        """Return for each point how long a way may be that is better."""
        main = (self.rank == 0) | (self.rank == 2)
        return np.where(main, self.length_m, np.where(self.rank == 1, self._access_m, self.limit_m))

    def quality(self, places: _Places, place: np.ndarray, length_m: np.ndarray) -> np.ndarray:
        """Rank ways that cross nothing by their last bend and their length."""
        return 2 * (length_m > self._access_m) + self._islands[places.edge[place]]

    def beaten(self, row: np.ndarray, rank: np.ndarray, length_m: np.ndarray) -> np.ndarray:
        """Tell which ways are better than what their points have: bool[k]."""
        better = (rank < self.rank[row]) | ((rank == self.rank[row]) & (length_m < self.length_m[row]))
        return better & (length_m <= self.limit_m[row])

    def take(self, row: np.ndarray, rank: np.ndarray, length_m: np.ndarray, chain: np.ndarray, even: bool = False,
             ) -> None:  # fmt: skip
        """Take those of some ways that are better; or as good, where they are `even`, by a place listed before."""
        better = self.beaten(row, rank, length_m)
        if even:
            same = (rank == self.rank[row]) & (length_m == self.length_m[row])
            better |= same & (chain[:, 1] < self.chain[row, 1])
        at = np.flatnonzero(better)
        order = at[np.lexsort((*chain[at].T[::-1], length_m[at], rank[at], row[at]))]
        one = order[np.unique(row[order], return_index=True)[1]]
        self.rank[row[one]], self.length_m[row[one]], self.chain[row[one]] = rank[one], length_m[one], chain[one]


@dataclass(frozen=True)
class _Ways:
    """Beginnings of ways: of which point, over which way out and which place they lead, and how long they are."""

    row: np.ndarray
    out: np.ndarray
    place: np.ndarray
    length_m: np.ndarray

    def only(self, kept: np.ndarray) -> _Ways:
        """Return some of them, by number or by mask."""
        return _Ways(self.row[kept], self.out[kept], self.place[kept], self.length_m[kept])

    def and_those(self, other: _Ways) -> _Ways:
        """Return these, and after them others."""
        names = ("row", "out", "place", "length_m")
        return _Ways(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in names))


def bend(asked: Asked, points_xy: np.ndarray, found: Legs, usable: np.ndarray | None) -> None:
    """Give points a leg with bends: at walls where it is better than a straight one, at buildings where none is clear.

    Parameters
    ----------
    asked, points_xy, usable
        As `geo.network.straight.direct` takes them.
    found : Legs
        The straight ones; changed in place.
    """
    on, around = found.edge >= 0, asked.around
    if len(around.bends[0]):
        rows = np.flatnonzero(on & ~found.nearest)
        for first in range(0, len(rows), _ROWS):
            some = rows[first:first + _ROWS]
            best, places = _Best(asked, found, some), _Places(asked, [around.bends], np.empty((0, 2)), usable)
            near = bends_near([around.bends], points_xy[some], best.most_m())[:2]
            _turn(places, best, _straight_on(places, best, points_xy[some], near), near)
            _write(places, best, found, some)
    rows = np.flatnonzero(on & (found.leg != CLEAR))
    rows = rows[~_shut_in(asked, points_xy[rows], found.leg[rows])]
    for first in range(0, len(rows), _ROWS):
        _round_corners(asked, points_xy, found, rows[first:first + _ROWS], usable)


def _shut_in(asked: Asked, points_xy: np.ndarray, leg: np.ndarray) -> np.ndarray:
    """Tell who stands in a yard that is closed all round and holds no street: no way leads out of it; bool[k]."""
    (yards, of_building), (tree, edges) = asked.around.yards, asked.network.tree(asked.mode)
    point, yard = yards.query(shapely.points(points_xy), predicate="within")
    known, at = np.unique(yard, return_inverse=True)
    held, item = tree.query(yards.geometries[known], predicate="dwithin", distance=2 * TOUCH_M)
    empty = np.ones(len(known), dtype=bool)
    empty[held[asked.usable[edges[item]]]] = False
    found = np.zeros(len(points_xy), dtype=bool)
    found[point[empty[at] & (~of_building[yard] | (leg[point] == THROUGH_BUILDING))]] = True
    return found


def _round_corners(asked: Asked, points_xy: np.ndarray, found: Legs, rows: np.ndarray, usable: np.ndarray | None,
                     ) -> None:  # fmt: skip
    """Let legs leave their own building by any of its sides, and bend at corners of buildings and walls."""
    best, xy = _Best(asked, found, rows), points_xy[rows]
    around = asked.around.bending_near(xy, best.most_m().max(initial=0.0) * _SURELY)
    asked = asked.amid(around)
    row, own = around.standing_in(xy)
    mine, which = np.unique(own, return_inverse=True)
    out_of, out_xy = ways_out(around.buildings[mine], MANY, BESIDE_M)
    bends = [around.bends, around.corners, around.wall_corners]
    places = _Places(asked, bends, out_xy, usable)
    near, ways = _begin(places, best, xy, bends)
    again, side = _joined(which, out_of)
    ways = _out_of_doors(places, best, xy, (row[again], places.outs + side), (near, ways))
    _turn(places, best, ways, near)
    _write(places, best, found, rows)


def _begin(places: _Places, best: _Best, xy: np.ndarray, bends: list[tuple[np.ndarray, Cells | None]],
           ) -> tuple[tuple[np.ndarray, np.ndarray], _Ways]:  # fmt: skip
    """Go from points straight to the places near them: first to few, and to all where these leave something open."""
    *near, known_m = bends_near(bends, xy, best.most_m(), FEW)
    ways = _straight_on(places, best, xy, (near[0], near[1]))
    more = (best.rank == _NONE) | (known_m <= best.most_m() * _SURELY)
    rows = np.flatnonzero(more)
    row, place, _ = bends_near(bends, xy[rows], best.most_m()[rows] * _SURELY)
    whole = rows[row], place
    kept, done = ~more[near[0]], ways.only(~more[ways.row])
    ways = done.and_those(_straight_on(places, best, xy, whole, through=True))
    row, place = (np.concatenate([each[kept], all_]) for each, all_ in zip(near, whole, strict=True))
    order = np.argsort(row, kind="stable")
    return (row[order], place[order]), ways.only(np.argsort(ways.row, kind="stable"))


def _straight_on(places: _Places, best: _Best, xy: np.ndarray, near: tuple[np.ndarray, np.ndarray],
                 through: bool = False) -> _Ways:  # fmt: skip
    """Go from points straight to the places, and on from there to a street; return the beginnings.

    What could lead to the shortest way is looked at first: of most points little else is looked at.
    """
    from geo.network import bent_kernel

    first, away = np.searchsorted(near[0], np.arange(len(best.rank) + 1)), places.away_m(near[1])
    waiting, turn, least = bent_kernel.in_turn((first, near[1]), xy, places.xy, away, best.most_m())
    begun, walls = [waiting[:0]], [waiting[:0]]
    for low, high in zip(_FIRST, (*_FIRST[1:], np.inf), strict=True):
        there = (turn >= low) & (turn < high)
        now = waiting[there]
        now = now[least[there] <= best.most_m()[near[0][now]] * _SURELY]
        ways = _begun(places, xy, near, now)
        open_, free = places.seen(xy[ways.row], ways.place)
        _end(places, best, ways.only(free), even=True)
        begun.append(now[free])
        walls.append(now[open_ & (ways.place < places.walls)])
    if through:  # a way through a wall's gate or round its end is better than none even where it crosses a building
        at = np.sort(np.concatenate(walls))
        _end(places, best, _begun(places, xy, near, at[best.rank[near[0][at]] == _NONE]), _THROUGH)
    return _begun(places, xy, near, np.sort(np.concatenate(begun)))


def _begun(places: _Places, xy: np.ndarray, near: tuple[np.ndarray, np.ndarray], at: np.ndarray) -> _Ways:
    """Return ways that go straight from points to some of the places near them."""
    row, place = near[0][at], near[1][at]
    return _Ways(row, np.full(len(at), -1), place, np.hypot(*(xy[row] - places.xy[place]).T))


def _out_of_doors(places: _Places, best: _Best, xy: np.ndarray, outs: tuple[np.ndarray, np.ndarray],
                  known: tuple[tuple[np.ndarray, np.ndarray], _Ways]) -> _Ways:  # fmt: skip
    """Go from points out of their own buildings, and on; return the shortest beginnings to each place."""
    near, before = known
    row, out = outs
    length = np.hypot(*(xy[row] - places.xy[out]).T)
    kept = length + places.away_m(out) <= best.most_m()[row]
    ways = _Ways(row[kept], out[kept], np.full(np.count_nonzero(kept), -1), length[kept])
    ways = ways.only(places.seen(xy[ways.row], ways.out)[1])
    _end(places, best, ways)
    again, at = _onward(places, best, (ways.row, ways.out, ways.length_m), near)
    place, ways = near[1][at], ways.only(again)
    length = ways.length_m + np.hypot(*(places.xy[ways.out] - places.xy[place]).T)
    new = ~np.isin(ways.row * len(places.xy) + place, before.row * len(places.xy) + before.place)
    new &= length + places.away_m(place) <= best.most_m()[ways.row]
    ways = _Ways(ways.row[new], ways.out[new], place[new], length[new])
    ways = ways.only(places.seen(places.xy[ways.out], ways.place)[1])
    order = np.lexsort((ways.out, ways.length_m, ways.place, ways.row))
    pair = ways.row[order] * len(places.xy) + ways.place[order]
    ways = ways.only(order[np.unique(pair, return_index=True)[1]])
    _end(places, best, ways)
    return before.and_those(ways)


def _onward(places: _Places, best: _Best, ways: tuple[np.ndarray, np.ndarray, np.ndarray],
            near: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Pair ways with the places near their points that could lead to something better, and hardly any others."""
    from geo.network import bent_kernel

    first = np.searchsorted(near[0], np.arange(len(best.rank) + 1))
    return bent_kernel.onward(ways, (first, near[1]), places.xy, places.known_m, best.most_m())


def _end(places: _Places, best: _Best, ways: _Ways, rank: int | None = None, even: bool = False) -> None:
    """Let ways go on straight to a street; `even` as `_Best.take` has it."""
    last = np.where(ways.place >= 0, ways.place, ways.out)
    kept = ways.length_m + places.away_m(last) <= best.most_m()[ways.row]
    ways, last = ways.only(kept), last[kept]
    places.look(last)
    length = ways.length_m + places.on_m[last]
    fine = np.isfinite(length) if rank is not None else places.leg[last] == CLEAR
    ways, last, length = ways.only(fine), last[fine], length[fine]
    ranks = best.quality(places, last, length) if rank is None else np.full(len(last), rank)
    best.take(ways.row, ranks, length, np.column_stack([ways.out, ways.place, np.full(len(last), -1)]), even)


def _blocks(ways: _Ways, near: tuple[np.ndarray, np.ndarray]) -> list[_Ways]:
    """Part beginnings by points, so that those of one block have not too many ways on."""
    order = np.argsort(ways.row, kind="stable")
    ways = ways.only(order)
    many = np.bincount(near[0], minlength=ways.row.max(initial=-1) + 1)[ways.row]
    block = (np.cumsum(many) - many) // _PAIRS
    starts = np.unique(ways.row, return_index=True)[1]
    block = block[starts][np.searchsorted(starts, np.arange(len(order)), side="right") - 1]
    cuts = np.flatnonzero(np.diff(block)) + 1  # they ascend
    return [ways.only(rows) for rows in np.split(np.arange(len(order)), cuts) if len(rows)]


def _turn(places: _Places, best: _Best, ways: _Ways, near: tuple[np.ndarray, np.ndarray]) -> None:
    """Let beginnings bend once more, where they may come to something better."""
    for some in _blocks(ways, near):
        _second(places, best, some, near)


def _second(places: _Places, best: _Best, ways: _Ways, near: tuple[np.ndarray, np.ndarray]) -> None:
    again, at = _onward(places, best, (ways.row, ways.place, ways.length_m), near)
    other, ways = near[1][at], ways.only(again)
    length = ways.length_m + np.hypot(*(places.xy[ways.place] - places.xy[other]).T)
    kept = (other != ways.place) & (length + places.away_m(other) <= best.most_m()[ways.row])
    ways, other, length = ways.only(kept), other[kept], length[kept]
    places.look(other)
    length = length + places.on_m[other]
    rank = best.quality(places, other, length)
    kept = (places.leg[other] == CLEAR) & best.beaten(ways.row, rank, length)
    ways, other, length, rank = ways.only(kept), other[kept], length[kept], rank[kept]
    order = np.lexsort((other, ways.place, length, rank, ways.row))
    ways, other, length, rank = ways.only(order), other[order], length[order], rank[order]
    turn = np.arange(len(other)) - np.searchsorted(ways.row, ways.row)
    for low, high in zip(_WAVES, (*_WAVES[1:], np.inf), strict=True):
        now = np.flatnonzero((turn >= low) & (turn < high) & best.beaten(ways.row, rank, length))
        if len(now):
            pair, which = np.unique(ways.place[now] * len(places.xy) + other[now], return_inverse=True)
            place, to = np.divmod(pair, len(places.xy))
            now = now[places.seen(places.xy[place], to)[1][which]]
            chain = np.column_stack([ways.out[now], ways.place[now], other[now]])
            best.take(ways.row[now], rank[now], length[now], chain)


def _write(places: _Places, best: _Best, found: Legs, rows: np.ndarray) -> None:
    """Put the ways that were taken into the legs."""
    one = np.flatnonzero((best.chain >= 0).any(axis=1))
    chain, row = best.chain[one], rows[one]
    last = chain[np.arange(len(one)), BENDS - 1 - np.argmax(chain[:, ::-1] >= 0, axis=1)]
    found.edge[row], found.at_m[row], found.access_m[row] = places.edge[last], places.at_m[last], best.length_m[one]
    found.leg[row] = np.where(best.rank[one] < _THROUGH, CLEAR, THROUGH_BUILDING)
    gate = np.where((chain >= 0) & (chain < places.gates), chain, len(places.xy)).min(axis=1)
    found.via[row] = np.where(gate < len(places.xy), gate, -1)
    chain = np.take_along_axis(chain, np.argsort(chain < 0, axis=1, kind="stable"), axis=1)
    found.bend_xy[row] = np.where(chain[:, :, None] >= 0, places.xy[chain], np.nan)


def _both(one: Legs, other: Legs) -> Legs:
    return Legs(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in FIELDS))


def _joined(keys: np.ndarray, sorted_keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pair each key with all of some ascending keys that are equal to it: numbers here and there."""
    first = np.searchsorted(sorted_keys, keys)
    many = np.searchsorted(sorted_keys, keys, side="right") - first
    begins = np.cumsum(many) - many
    return np.repeat(np.arange(len(keys)), many), np.arange(many.sum()) + np.repeat(first - begins, many)
