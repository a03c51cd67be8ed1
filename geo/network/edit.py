"""A network after some of its lines have changed: only what lies near the change is cut anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from geo.lines import Noded, node_lines
from geo.network.arrays import taken
from geo.network.graph import SNAP_M, Network, assembled, line_use

FEW = 0.25
"""The share of the lines up to which cutting anew in part is worth it."""


@dataclass(frozen=True)
class Edited:
    """A network, and which of its edges were there before.

    Attributes
    ----------
    network : Network
        Equal to one built of all its lines.
    old_edge : int64[e]
        The number an edge had before, -1 for a new one. Ascending apart from -1; the course is the same.
    """

    network: Network
    old_edge: np.ndarray


def edit_network(network: Network, before: np.ndarray, lines: np.ndarray, kept: np.ndarray,
                 use: Mapping[str, np.ndarray], snap_m: float = SNAP_M, few: float = FEW) -> Edited:
    """Make the network of lines of which most are those of a network that is there already.

    What becomes of a line follows from what lies within a few snapping distances of it. So the lines near a
    changed one are cut anew, among their own neighbours; all others keep their edges. Where that does not hold,
    because loose ends were drawn to each other in a row or two nodes lie in one place, or where it is not worth
    it, the network is built from scratch.

    Parameters
    ----------
    network : Network
    before : object[j]
        The lines it was built of.
    lines, snap_m
        As `geo.network.graph.build_network` takes them; `snap_m` as it was.
    use : mapping
        Its ``walkable, drivable, oneway, speed_kmh, level``, and its marks if it had any.
    kept : int64[k]
        For each line its row in `before` if neither course nor use nor level has changed, else -1. Ascending
        apart from -1.
    few : float
        See `FEW`.

    Raises
    ------
    ValueError
        If `build_network` would, or `kept` is not as long as `lines`, not ascending or names no row of `before`.
    """
    lines, who = np.asarray(lines, dtype=object), line_use(lines, **use)
    same = np.flatnonzero(kept >= 0)
    if kept.shape != lines.shape or (np.diff(kept[same]) <= 0).any() or kept.max(initial=-1) >= len(before):
        raise ValueError("kept must be as long as lines, ascending, and name rows of before")
    usable = np.where(who.unusable, np.array(None), lines)
    near, part = _neighbourhood(before, usable, kept, 8 * snap_m + 1.0)
    if len(part) <= few * len(lines) and not _meet(network.node_xy):
        fresh = node_lines(usable[part], who.level[part], snap_m, who.by_node[part], who.parted[part])
        if not fresh.chained and not _meet(fresh.node_xy):
            stays = _staying(network, near, kept, len(before))
            made = assembled(_joined(network, stays, fresh, part, near, kept), who, lines)
            old_edge = np.full(len(made.edge_line), -1)
            old_edge[~near[made.edge_line]] = np.flatnonzero(stays >= 0)
            return Edited(made, old_edge)
    made = assembled(node_lines(usable, who.level, snap_m, who.by_node, who.parted), who, lines)
    return Edited(made, np.full(len(made.edge_line), -1))


def _neighbourhood(before: np.ndarray, lines: np.ndarray, kept: np.ndarray, margin_m: float,
                   ) -> tuple[np.ndarray, np.ndarray]:
    """Mark the lines that may come out differently, bool[k], and list them with those that they may meet."""
    gone = np.ones(len(before), dtype=bool)
    gone[kept[kept >= 0]] = False
    lines, before, near = _sound(lines), _sound(before[gone]), kept < 0
    tree = shapely.STRtree(lines)
    changed = np.concatenate([lines[near], before])
    near[tree.query(changed, predicate="dwithin", distance=margin_m)[1]] = True
    context = near.copy()
    context[tree.query(lines[near], predicate="dwithin", distance=margin_m)[1]] = True
    return near, np.flatnonzero(context)


def _sound(lines: np.ndarray) -> np.ndarray:
    """Give lines without those that cannot be cut and cut no others."""
    unsound = ~np.isin(shapely.get_type_id(lines), (1, 2, 5))
    xy, line = shapely.get_coordinates(lines, return_index=True)
    unsound[line[~np.isfinite(xy).all(axis=1)]] = True
    return np.where(unsound, np.array(None), lines)


def _meet(xy: np.ndarray) -> bool:
    """Tell if two nodes lie in one place (a bridge's and a snapped end's may), so that places do not name them."""
    place = np.sort(xy @ [1, 1j])
    return bool((place[1:] == place[:-1]).any())


def _staying(network: Network, near: np.ndarray, kept: np.ndarray, before: int) -> np.ndarray:
    """Give the line of each edge that stays, -1 for the others: int64[e]."""
    row_of, same = np.full(before, -1), np.flatnonzero((kept >= 0) & ~near)
    row_of[kept[same]] = same
    return row_of[network.edge_line]


def _joined(network: Network, stays: np.ndarray, fresh: Noded, part: np.ndarray, near: np.ndarray, kept: np.ndarray,
            ) -> Noded:
    """Put the pieces of the lines near the change with the edges of all others."""
    old, new = np.flatnonzero(stays >= 0), np.flatnonzero(near[part[fresh.line]])
    (old_xy, old_at), (new_xy, new_at) = (taken(each.xy, each.offsets, rows)
                                          for each, rows in ((network, old), (fresh, new)))
    line = np.concatenate([stays[old], part[fresh.line[new]]])
    order = np.argsort(line, kind="stable")
    xy, offsets = taken(np.concatenate([old_xy, new_xy]), np.append(old_at, new_at[1:] + old_at[-1]), order)
    start, end, node_xy = _same_nodes(network, fresh, old, new)
    start, end = start[order], end[order]
    same, again = np.flatnonzero((kept >= 0) & ~near), near[part]
    counts = np.zeros((2, len(near)), np.int64)
    counts[:, same] = np.stack([network.line_cuts, network.line_stubs])[:, kept[same]]
    counts[:, part[again]] = np.stack([fresh.line_cuts, fresh.line_stubs])[:, again]
    row_of = np.full(len(network.line_cuts), -1)
    row_of[kept[same]] = same
    moved = row_of[network.snapped_line], np.where(again[fresh.snapped_line], part[fresh.snapped_line], -1)
    snapped_m = np.concatenate([network.report.snapped_m, fresh.snapped_m])
    snapped = np.concatenate(moved)
    by_line = np.argsort(snapped, kind="stable")[np.count_nonzero(snapped < 0):]
    left_out: dict[str, tuple[int, ...]] = {}
    for reasons, rows in ((network.report.left_out, row_of), (fresh.left_out, np.where(again, part, -1))):
        for reason, of in reasons.items():
            found = rows[np.array(of, dtype=np.int64)]
            left_out[reason] = left_out.get(reason, ()) + tuple(found[found >= 0].tolist())
    left_out = {reason: tuple(sorted(rows)) for reason, rows in left_out.items()}
    return Noded(xy, offsets, line[order], start, end, node_xy, left_out, counts[0], counts[1], snapped[by_line],
                 snapped_m[by_line])


def _same_nodes(network: Network, fresh: Noded, old: np.ndarray, new: np.ndarray,
                ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number the nodes of old edges and new pieces together, by where they lie: start, end and coordinates."""
    place = network.node_xy @ [1, 1j]
    order = np.argsort(place)
    wanted = fresh.node_xy @ [1, 1j]
    at = np.minimum(np.searchsorted(place, wanted, sorter=order), len(place) - 1)
    number = len(place) + np.arange(len(wanted))
    if len(place):
        number = np.where(place[order[at]] == wanted, order[at], number)
    start = np.concatenate([network.edge_from[old], number[fresh.start[new]]])
    end = np.concatenate([network.edge_to[old], number[fresh.end[new]]])
    used = np.zeros(len(place) + len(wanted), dtype=bool)
    used[start], used[end] = True, True
    rank = np.cumsum(used) - 1
    return rank[start], rank[end], np.concatenate([network.node_xy, fresh.node_xy])[used]
