"""Cut lines where they meet, so that a network can be made of them.

What is already cut at its meeting places comes through unchanged. Lines on different levels, such as a
bridge and the road below, are joined where they end, never where one merely passes the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.lines.contacts import SAME_M, Courses, Cuts, Segments, crossings, merged

_CLOSING = 4.0  # a line must be so many snapping distances long for its end to be joined to itself


@dataclass(frozen=True)
class Noded:
    """Pieces of lines between nodes.

    Attributes
    ----------
    xy, offsets : float64[c, 2], int64[e + 1]
        The course of piece i is xy[offsets[i]:offsets[i + 1]].
    line : int64[e]
        The row of the line it is part of; ascending.
    start, end : int64[e], nodes
    node_xy : float64[n, 2]
    left_out : dict of str to tuple of int
        Rows of lines without a piece by reason: ``empty``, ``not_finite``, ``not_a_line``, ``zero_length``.
    line_cuts, line_stubs : int64[k]
        Of each line the places inside it where it was cut, and its overshooting ends that were cut off.
    snapped_line, snapped_m : int64[s], float64[s]
        Each loose end that was moved: its line, ascending, and how far.
    chained : bool
        Whether loose ends were drawn to each other in a row of more than two.
    """

    xy: np.ndarray
    offsets: np.ndarray
    line: np.ndarray
    start: np.ndarray
    end: np.ndarray
    node_xy: np.ndarray
    left_out: dict[str, tuple[int, ...]]
    line_cuts: np.ndarray
    line_stubs: np.ndarray
    snapped_line: np.ndarray
    snapped_m: np.ndarray
    chained: bool = False

    @property
    def cuts(self) -> int:
        """How many cuts there are in all."""
        return int(self.line_cuts.sum())

    @property
    def stubs(self) -> int:
        """How many overshooting ends were cut off in all."""
        return int(self.line_stubs.sum())


def node_lines(lines: np.ndarray, level: np.ndarray | None = None, snap_m: float = 0.5,
               by_node: np.ndarray | None = None, parted: np.ndarray | None = None) -> Noded:
    """Cut lines into pieces at their crossings and where an end touches another line.

    Parameters
    ----------
    lines : object[k] of LineString, LinearRing, MultiLineString or None
        Metric CRS.
    level : int[k], optional
        Lines on different levels are joined only at shared ends, or where one ends on a vertex of the other.
    snap_m : float
        A loose end, one that no other line shares, is moved to the nearest node within this distance, else to
        the nearest place on a line of its level. Ends that are shared stay where they are.
    by_node : bool[k], optional
        Lines of a source that has a vertex wherever two of its lines meet. Among themselves they are joined only
        where both have a vertex, and their loose ends are not moved to each other; with other lines, as usual.
    parted : bool[k], optional
        Lines whose loose ends stay where they are, for something stands between.

    Returns
    -------
    Noded

    Raises
    ------
    ValueError
        If `level`, `by_node` or `parted` is not as long as `lines`, or `snap_m` is below 0.
    """
    lines = np.asarray(lines, dtype=object)
    level = np.zeros(len(lines), np.int64) if level is None else np.asarray(level)
    by_node, parted = (np.zeros(len(lines), dtype=bool) if each is None else np.asarray(each, dtype=bool)
                       for each in (by_node, parted))
    for name, each in (("levels", level), ("marks of shared nodes", by_node), ("marks of parted ends", parted)):
        if each.shape != lines.shape:
            raise ValueError(f"there are {len(each)} {name} for {len(lines)} lines")
    if not 0 <= snap_m < np.inf:
        raise ValueError(f"snap_m is {snap_m}; it must be 0 or more")
    courses, left_out = _courses(lines, level, by_node)
    if not len(courses.owner):
        none, zeros = np.empty(0, np.int64), np.zeros(len(lines), np.int64)
        return Noded(np.empty((0, 2)), np.zeros(1, np.int64), none, none, none, np.empty((0, 2)), left_out, zeros,
                     zeros, none, np.empty(0))
    return _Noder(courses, snap_m, parted).result(left_out)


def _courses(lines: np.ndarray, level: np.ndarray, by_node: np.ndarray,
             ) -> tuple[Courses, dict[str, tuple[int, ...]]]:
    """Take the sound parts out of lines, and name the lines that have none."""
    kind = shapely.get_type_id(lines)
    empty = shapely.is_missing(lines) | shapely.is_empty(lines)
    strange = ~empty & ~np.isin(kind, (1, 2, 5))
    xy, line = shapely.get_coordinates(lines, return_index=True)
    broken = np.zeros(len(lines), dtype=bool)
    broken[line[~np.isfinite(xy).all(axis=1)]] = True
    broken &= ~strange
    parts, owner = shapely.get_parts(np.where(empty | strange | broken, np.array(None), lines), return_index=True)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    new = np.ones(len(xy), dtype=bool)
    new[1:] = (part[1:] != part[:-1]) | (xy[1:] != xy[:-1]).any(axis=1)
    counts = np.bincount(part[new], minlength=len(parts))
    long = counts > 1
    xy, part = xy[new][long[part[new]]], part[new][long[part[new]]]
    owner, offsets = owner[long], np.concatenate([[0], np.cumsum(counts[long])])
    at_m = _along(xy, offsets)
    collapsed = ~(empty | strange | broken)
    collapsed[owner] = False
    reasons = {"empty": empty, "not_finite": broken, "not_a_line": strange, "zero_length": collapsed}
    left_out = {name: tuple(np.flatnonzero(rows).tolist()) for name, rows in reasons.items() if rows.any()}
    return Courses(xy, offsets, owner, level[owner], by_node[owner], at_m), left_out


def _along(xy: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Measure how far along its part each vertex lies, whatever other parts there are: float64[c].

    One running sum over all parts would be off by a rounding that depends on the parts before.
    """
    at_m = np.zeros(len(xy))
    at_m[1:] = np.hypot(*np.diff(xy, axis=0).T)
    at_m[offsets[:-1]] = 0.0
    longest_first = np.argsort(-np.diff(offsets), kind="stable")
    first, counts = offsets[:-1][longest_first], np.diff(offsets)[longest_first]
    for vertex in range(2, counts.max(initial=0)):
        here = first[:np.searchsorted(-counts, -vertex)] + vertex
        at_m[here] += at_m[here - 1]
    return at_m


class _Noder:
    """Nodes and cuts as they are found: first what meets exactly, then what nearly meets."""

    def __init__(self, courses: Courses, snap_m: float, parted: np.ndarray) -> None:
        self.courses, self.snap_m, self.lines, self.parted = courses, snap_m, len(parted), parted
        self.segments = Segments(courses)
        first, last = courses.offsets[:-1], courses.offsets[1:] - 1
        self.ends_xy = courses.xy[np.column_stack([first, last]).ravel()]  # 2 i and 2 i + 1 are part i's
        self.end_part = np.repeat(np.arange(len(courses.owner)), 2)
        self.snapped_line, self.snapped_m, self.chained = np.empty(0, np.int64), np.empty(0), False

    def result(self, left_out: dict[str, tuple[int, ...]]) -> Noded:
        cuts = merged([crossings(self.segments), *self._touching_ends()])
        xy, node = _merge(np.concatenate([self.ends_xy, cuts.xy]), len(self.ends_xy))
        loose = np.bincount(node, minlength=len(xy))[node[:len(self.ends_xy)]] == 1
        loose &= ~self.parted[self.courses.owner[self.end_part]]
        cuts, xy, node = self._snap(np.flatnonzero(loose), cuts, xy, node)
        return self._pieces(cuts, xy, node, left_out)

    def _touching_ends(self) -> list[Cuts]:
        """Cut lines where an end lies on them: on their level anywhere, from other levels on a vertex only."""
        end, segment = self.segments.tree.query(shapely.points(self.ends_xy), predicate="dwithin", distance=SAME_M)
        along, _ = self.segments.project(segment, self.ends_xy[end])
        vertex = np.minimum(along, self.segments.length_m[segment] - along) <= SAME_M
        level, by_node = self.courses.level, self.courses.by_node
        one, other = self.end_part[end], self.segments.part[segment]
        met = vertex | ((level[one] == level[other]) & ~(by_node[one] & by_node[other]))
        return [self.segments.cuts(segment[met], along[met], self.ends_xy[end[met]])]

    def _snap(self, loose: np.ndarray, cuts: Cuts, xy: np.ndarray, node: np.ndarray,
              ) -> tuple[Cuts, np.ndarray, np.ndarray]:
        """Move loose ends to the nearest node in reach, or else to the nearest line, which is cut there."""
        if self.snap_m <= SAME_M or not len(loose):
            return cuts, xy, node
        target = np.arange(len(xy))
        to_node = self._nearest_nodes(loose, cuts, xy, node)
        target[node[loose]] = to_node
        rest = loose[to_node == node[loose]]
        end, along, segment = self._nearest_lines(rest, target, node)
        place = self.segments.place(segment, along)
        new = self.segments.cuts(segment, along, place)
        assert len(new.part) == len(end), "a place near an end is a node, and nodes come first"
        target = np.concatenate([target, np.arange(len(xy), len(xy) + len(end))])
        target[node[end]] = np.arange(len(xy), len(xy) + len(end))
        xy = np.concatenate([xy, place])
        node = np.concatenate([node, np.arange(len(xy) - len(end), len(xy))])
        settled, self.chained = _settle(target)
        moved = settled[node[loose]] != node[loose]
        self.snapped_line = self.courses.owner[self.end_part[loose[moved]]]
        self.snapped_m = np.hypot(*(xy[settled[node[loose]]] - xy[node[loose]])[moved].T)
        return merged([cuts, new]), xy, settled[node]

    def _nearest_nodes(self, loose: np.ndarray, cuts: Cuts, xy: np.ndarray, node: np.ndarray) -> np.ndarray:
        """Give the node each loose end goes to; its own for none."""
        tree = shapely.STRtree(shapely.points(xy))
        asked, found = tree.query(shapely.points(self.ends_xy[loose]), predicate="dwithin", distance=self.snap_m)
        end, part = loose[asked], self.end_part[loose[asked]]
        is_end = np.zeros(len(xy), dtype=bool)
        is_end[node[:len(self.ends_xy)]] = True
        level = np.full(len(xy), np.iinfo(np.int64).min)
        np.maximum.at(level, node[len(self.ends_xy):], self.courses.level[cuts.part])
        own = (found == node[end ^ 1]) & (self.courses.length_m[part] <= _CLOSING * self.snap_m)
        drawn = np.zeros(len(xy), dtype=bool)  # some line meets there that knows no shared nodes
        for at, of in ((node[:len(self.ends_xy)], self.end_part), (node[len(self.ends_xy):], cuts.part)):
            drawn[at[~self.courses.by_node[of]]] = True
        meets = drawn[found] | ~self.courses.by_node[part]
        fits = meets & (found != node[end]) & ~own & (is_end[found] | (level[found] == self.courses.level[part]))
        asked, found = asked[fits], found[fits]
        away = np.hypot(*(xy[found] - self.ends_xy[loose[asked]]).T)
        chosen = _first_each(asked, np.lexsort((found, away, asked)))
        nearest = node[loose].copy()
        nearest[asked[chosen]] = found[chosen]
        return nearest

    def _nearest_lines(self, loose: np.ndarray, target: np.ndarray, node: np.ndarray,
                       ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give loose ends in reach of a line, how far along the segment, and the segment."""
        asked, segment = self.segments.tree.query(shapely.points(self.ends_xy[loose]), predicate="dwithin",
                                                  distance=self.snap_m)
        end, part = loose[asked], self.segments.part[segment]
        along, away = self.segments.project(segment, self.ends_xy[end])
        at_m, whole = self.courses.at_m[self.segments.first[segment]] + along, self.courses.length_m[part]
        from_own_end = np.where(end % 2 == 0, at_m, whole - at_m)
        own = (part == self.end_part[end]) & (from_own_end <= _CLOSING * self.snap_m)
        inside = (at_m > SAME_M) & (at_m < whole - SAME_M)
        awaited = np.isin(node[end], target[target != np.arange(len(target))])  # another end comes to this one
        both = self.courses.by_node[part] & self.courses.by_node[self.end_part[end]]
        level = self.courses.level
        fits = (level[part] == level[self.end_part[end]]) & ~own & inside & ~awaited & ~both
        end, along, segment, away = end[fits], along[fits], segment[fits], away[fits]
        chosen = _first_each(end, np.lexsort((segment, away, end)))
        return end[chosen], along[chosen], segment[chosen]

    def _pieces(self, cuts: Cuts, xy: np.ndarray, node: np.ndarray, left_out: dict[str, tuple[int, ...]]) -> Noded:
        """Walk along each part and begin a new piece at every cut."""
        courses, ends = self.courses, len(self.ends_xy)
        order = np.lexsort((cuts.at_m, cuts.part))
        part, at_m, cut_node = cuts.part[order], cuts.at_m[order], node[ends:][order]
        again = np.zeros(len(part), dtype=bool)
        again[1:] = (part[1:] == part[:-1]) & (cut_node[1:] == cut_node[:-1]) & (np.diff(at_m) <= 2 * SAME_M)
        part, at_m, cut_node = part[~again], at_m[~again], cut_node[~again]
        vertex_node = np.full(len(courses.xy), -1)
        vertex_node[courses.offsets[:-1]], vertex_node[courses.offsets[1:] - 1] = node[0:ends:2], node[1:ends:2]
        vertex_part = np.repeat(np.arange(len(courses.owner)), np.diff(courses.offsets))
        # Each cut is the end of a piece and the start of the next; a vertex at a cut gives way to it.
        rows_part = np.concatenate([vertex_part, part, part])
        rows_at = np.concatenate([courses.at_m, at_m, at_m])
        rows_node = np.concatenate([vertex_node, cut_node, cut_node])
        rows_xy = np.concatenate([courses.xy, xy[cut_node], xy[cut_node]])
        order = np.lexsort((rows_at, rows_part)) if len(part) else np.arange(len(rows_part))
        rows_part, rows_at, rows_node, rows_xy = rows_part[order], rows_at[order], rows_node[order], rows_xy[order]
        beside = np.zeros(len(rows_part), dtype=bool)
        for shift in (1, -1):
            near = (np.roll(rows_part, shift) == rows_part) & (np.abs(np.roll(rows_at, shift) - rows_at) <= SAME_M)
            beside |= near & (np.roll(rows_node, shift) >= 0) & (rows_node < 0)
        rows_node, rows_xy = rows_node[~beside], rows_xy[~beside]
        rows_part = rows_part[~beside]
        at_node = np.flatnonzero(rows_node >= 0)  # ends and cuts: start, end, start, end, …
        first, last = at_node[0::2], at_node[1::2]
        rows_xy[at_node] = xy[rows_node[at_node]]
        line_cuts = np.bincount(courses.owner[part], minlength=self.lines)
        return self._finished((rows_xy, xy), (first, last), left_out, line_cuts,
                              (courses.owner[rows_part[first]], rows_node[first], rows_node[last]))

    def _finished(self, places: tuple[np.ndarray, np.ndarray], rows: tuple[np.ndarray, np.ndarray],
                  left_out: dict[str, tuple[int, ...]], line_cuts: np.ndarray,
                  piece: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Noded:
        """Drop pieces that snapping has left without extent, and number the nodes that are left."""
        (rows_xy, xy), (first, last), (line, start, end) = places, rows, piece
        counts = last - first + 1
        step = np.append(np.hypot(*np.diff(rows_xy, axis=0).T), 0.0)
        step[last] = 0.0
        length = np.add.reduceat(step, first)
        stub = (start == end) & (length <= _CLOSING * max(self.snap_m, SAME_M))
        keep = ~stub
        used, ends = np.unique(np.concatenate([start[keep], end[keep]]), return_inverse=True)
        gone = np.setdiff1d(line[stub], line[keep])
        if len(gone):
            left_out = {**left_out, "zero_length": tuple(sorted({*left_out.get("zero_length", ()), *gone.tolist()}))}
        offsets = np.concatenate([[0], np.cumsum(counts[keep])])
        stubs = np.bincount(line[stub], minlength=self.lines)
        return Noded(rows_xy[np.repeat(keep, counts)], offsets, line[keep], ends[:keep.sum()], ends[keep.sum():],
                     xy[used], left_out, line_cuts, stubs, self.snapped_line, self.snapped_m, self.chained)


def _merge(xy: np.ndarray, exact: int) -> tuple[np.ndarray, np.ndarray]:
    """Make one node of all places within a millimetre: coordinates, and the node of each place.

    The first `exact` places are known, the rest computed; a node takes the first known one where it has one, else
    the westernmost, so that it does not depend on the order in which crossings are found.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    _, first, place = np.unique(xy @ [1, 1j], return_index=True, return_inverse=True)
    pairs = cKDTree(xy[first]).query_pairs(SAME_M, output_type="ndarray")
    if not len(pairs):
        return xy[first], place
    links = coo_array((np.ones(len(pairs), np.int8), pairs.T), shape=(len(first), len(first)))
    group = connected_components(links, directed=False)[1]
    known = first < exact
    rank = np.where(known, first, exact + np.arange(len(first)))  # `first` is in the order of coordinates
    best = np.full(group.max() + 1, exact + len(first))
    np.minimum.at(best, group, rank)
    return xy[np.where(best < exact, best, first[np.maximum(best - exact, 0)])], group[place]


def _first_each(keys: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Keep of each key the entry that comes first in `order`."""
    return order[np.unique(keys[order], return_index=True)[1]]


def _settle(target: np.ndarray) -> tuple[np.ndarray, bool]:
    """Follow links from node to node to where they end, and tell if any goes by more than one node on the way.

    Of nodes that point at each other the lower stays.
    """
    target = target.copy()
    here = np.arange(len(target))
    mutual = (target[target] == here) & (target > here)
    target[mutual] = here[mutual]
    rounds = 0
    while (target[target] != target).any():
        target, rounds = target[target], rounds + 1
    return target, rounds > 1
