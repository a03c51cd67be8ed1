"""Legs between points and a network that cross no wall, and no building where that can be avoided.

A leg is straight where the nearest street is reached so. Else it is the best of a fixed choice: straight to another
street (`geo.network.straight`); out of its own building where the outline comes nearest to a street; or with bends at
gates, past ends of walls and past corners of buildings (`geo.network.bent`). Best is what crosses nothing; of that what
is no longer than the access distance, what leads to the main net, what is shortest. Where every way crosses something
the nearest place is taken as if nothing stood in the way, and said to be so.
"""

from __future__ import annotations

import numpy as np
import shapely

from geo.network.around import Around
from geo.network.attachment import attach
from geo.network.bent import ROUND, bend
from geo.network.graph import Mode, Network
from geo.network.on_edges import nearest_on
from geo.network.straight import (
    ALTERNATIVE_M,
    CLEAR,
    FIELDS,
    NEAR_M,
    NONE,
    SOUND,
    THROUGH_BUILDING,
    Asked,
    Legs,
    direct,
    islands,
    legs_between,
)

_MOST_SIDES, _MOST_PAIRS = 300, 500_000
_PART, _FEW = 100_000, 5_000
_SURELY = 1 + 1e-9  # what is longer by so much is longer however it was rounded


def attach_clear(network: Network, points_xy: np.ndarray, mode: Mode, max_access_m: float, around: Around,
                 starts: np.ndarray, usable: np.ndarray | None = None) -> Legs:
    """Join points to a network by legs that cross nothing, where that can be.

    Parameters
    ----------
    network, points_xy, mode, max_access_m, usable
        As `geo.network.attach` takes them. A leg with bends is as long as all its parts, and may be longer than the
        access distance (`geo.network.bent.ROUND` times).
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
    asked = Asked(network, mode, max_access_m, around, starts, may)
    parts = parts_of(points_xy, max_access_m, around)
    if len(parts) == 1:
        return _joined(asked, points_xy, usable)
    return put_together(parts, [_joined(asked, points_xy[rows], usable) for rows in parts])


def parts_of(points_xy: np.ndarray, max_access_m: float, around: Around) -> list[np.ndarray]:
    """Part points by where they are, as what stands around all of them takes much memory.

    Parameters
    ----------
    points_xy : float64[n, 2]
    max_access_m : float
    around : Around

    Returns
    -------
    list of int64[·]
        The rows of each part, which joined alone is joined the same and not parted again.
    """
    count = -(-len(points_xy) // _PART)
    # Beyond that distance, how far is looked depends on all the points.
    if count < 2 or max_access_m > ALTERNATIVE_M or around.crs is None:
        return [np.arange(len(points_xy))]
    strips = round(count**0.5)
    strip = np.empty(len(points_xy), dtype=np.int64)
    strip[np.argsort(points_xy[:, 0], kind="stable")] = np.arange(len(points_xy)) * strips // len(points_xy)
    return np.array_split(np.lexsort((points_xy[:, 1], strip)), count)


def put_together(parts: list[np.ndarray], joined: list[Legs]) -> Legs:
    """Put the legs of parts (`parts_of`) in the order of their points."""
    back = np.argsort(np.concatenate(parts))
    return Legs(*(np.concatenate([getattr(each, name) for each in joined])[back] for name in FIELDS))


def _joined(asked: Asked, points_xy: np.ndarray, usable: np.ndarray | None) -> Legs:
    """Join points, with as much of what stands around as may be in their way in metres."""
    access_m, few = asked.max_access_m, len(points_xy) <= _FEW
    widest_m = None if access_m > ALTERNATIVE_M else (1 + ROUND) * access_m
    # What few points need lies far apart, and little of it; of many one look at all is cheaper than two.
    near = asked.beside(points_xy, access_m if few and widest_m is not None else widest_m)
    found = direct(near, points_xy, usable)
    _out_at_another_side(near, points_xy, found)
    round_about = np.flatnonzero((found.edge >= 0) & ~found.nearest)
    if len(round_about):
        bend(asked.beside(points_xy[round_about], widest_m) if few else near, points_xy, found, usable)
    if len(asked.around.gaps):
        _name_gates(near, points_xy, found)
    return found


def _name_gates(asked: Asked, points_xy: np.ndarray, found: Legs) -> None:
    """Name the gates that legs go through on their way."""
    rows = np.flatnonzero((found.leg <= THROUGH_BUILDING) & (found.via < 0))
    some = found.take(rows)
    corner = points_xy[rows]
    gaps = shapely.STRtree(asked.around.gaps)
    for bends in [*np.moveaxis(some.bend_xy, 1, 0), some.places(asked.network)]:
        on = np.flatnonzero(np.isfinite(bends).all(axis=1))
        leg, gap = gaps.query(legs_between(corner[on], bends[on]), predicate="intersects")
        found.via[rows[on[leg]]] = asked.around.gap_gate[gap]
        corner[on] = bends[on]


def _out_at_another_side(asked: Asked, points_xy: np.ndarray, found: Legs) -> None:
    """Let legs leave their own building where it comes nearest to a street, where that is better."""
    rows = np.flatnonzero((found.edge >= 0) & ~found.nearest)
    row, own = asked.around.standing_in(points_xy[rows])
    row, (mine, which) = rows[row], np.unique(own, return_inverse=True)
    # Nothing that is farther away is better than a leg that is clear and leads to the main net.
    fine = (found.leg[row] == CLEAR) & ~asked.islands[found.edge[row]]
    most_m = np.zeros(len(mine))
    np.maximum.at(most_m, which, np.where(fine, found.access_m[row] * _SURELY, np.inf))
    pair, edge, door, place = _sides(asked, mine, most_m)
    count = np.bincount(pair, minlength=len(mine))[which]
    block = np.cumsum(count) // _MOST_PAIRS
    for number in np.unique(block[count > 0]):
        now = np.flatnonzero((block == number) & (count > 0))
        many = count[now]
        side = np.arange(many.sum()) + np.repeat(np.searchsorted(pair, which[now]) - np.cumsum(many) + many, many)
        _leave(asked, points_xy, found, np.repeat(row[now], many), np.repeat(mine[which[now]], many),
               (edge[side], door[side], place[side]))  # fmt: skip


def _sides(asked: Asked, buildings: np.ndarray, most_m: np.ndarray,
           ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Tell where buildings come nearest to the edges near them: row of the building, edge, place here and there.

    Of each building edges that are farther away than `most_m` may be left out.
    """
    tree, edges = asked.network.tree(asked.mode)
    shapes, near_m = asked.around.buildings[buildings], min(asked.max_access_m, NEAR_M)
    low, high = shapely.bounds(shapes).reshape(-1, 2, 2).swapaxes(0, 1)
    about = tree.query(shapely.box(*(low - near_m - 1.0).T, *(high + near_m + 1.0).T))[0]
    amid = np.bincount(about, minlength=len(shapes)) > _MOST_SIDES
    pair, item = tree.query(shapes, predicate="dwithin", distance=np.where(amid, near_m, np.minimum(near_m, most_m)))
    # What is near to so many streets is a quarter drawn as a building: nobody walks through it from door to door.
    few = np.bincount(pair, minlength=len(shapes))[pair] <= _MOST_SIDES
    kept = np.flatnonzero(few & asked.usable[edges[item]])
    pair, edge = pair[kept], edges[item[kept]]
    ways = shapely.get_coordinates(shapely.shortest_line(shapes[pair], asked.network.geometries[edge]))
    return pair, edge, ways[::2], ways[1::2]


def _leave(asked: Asked, points_xy: np.ndarray, found: Legs, row: np.ndarray, own: np.ndarray,
           sides: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """Choose the best of the sides where points may leave their buildings, if it is better than what they have."""
    edge, door, place = sides
    length = np.hypot(*(door - points_xy[row]).T) + np.hypot(*(place - door).T)
    fine = np.flatnonzero(length <= asked.max_access_m)
    fine = fine[~asked.around.crosses_obstacle(np.hstack([points_xy[row[fine]], door[fine]]))]
    row, own, edge, door, length = row[fine], own[fine], edge[fine], door[fine], length[fine]
    at_m = nearest_on(asked.network, place[fine], edge)[0]
    rank = asked.rank(door, edge, at_m, own)
    was = np.select([found.leg[row] == CLEAR, found.leg[row] == THROUGH_BUILDING], [0, 2], SOUND)
    was = np.where(was < SOUND, was + asked.islands[found.edge[row]], was)
    better = (rank < 2) & ((rank < was) | ((rank == was) & (length < found.access_m[row])))
    order = np.lexsort((edge, length, rank, row))
    order = order[better[order]]
    one = order[np.unique(row[order], return_index=True)[1]]
    at = row[one]
    found.edge[at], found.at_m[at], found.access_m[at] = edge[one], at_m[one], length[one]
    found.leg[at], found.bend_xy[at, 0] = CLEAR, door[one]


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
    found = Legs(edge.copy(), *(getattr(was, name).copy() for name in FIELDS[1:]))
    again = np.flatnonzero(~keeps)
    if len(again):
        made = attach_clear(network, points_xy[again], mode, max_access_m, how[4], starts)
        for name in FIELDS:
            getattr(found, name)[again] = getattr(made, name)
    return found
