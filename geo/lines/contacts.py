"""Where lines meet each other inside: the raw material of `geo.lines.noding`.

Lines come as ragged arrays, so that a city takes a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely

SAME_M = 1e-3
"""Places nearer to each other than this are one place."""

_PARALLEL = 1e-6  # the sine below which two segments have no crossing worth computing


@dataclass(frozen=True)
class Courses:
    """Lines of one part each.

    Attributes
    ----------
    xy, offsets : float64[c, 2], int64[p + 1]
        The course of part i is xy[offsets[i]:offsets[i + 1]], at least two places, none twice in a row.
    owner, level : int64[p]
        The row of the line a part belongs to, and its level.
    by_node : bool[p]
        Whether the line has a vertex wherever it meets another that has (see `geo.lines.noding.node_lines`).
    at_m : float64[c]
        How far along its part a vertex lies.
    """

    xy: np.ndarray
    offsets: np.ndarray
    owner: np.ndarray
    level: np.ndarray
    by_node: np.ndarray
    at_m: np.ndarray

    @property
    def length_m(self) -> np.ndarray:
        """The length of each part: float64[p]."""
        return self.at_m[self.offsets[1:] - 1]


class Cuts(NamedTuple):
    """Places to cut parts at: part int64[k], metres along it float64[k], coordinates float64[k, 2]."""

    part: np.ndarray
    at_m: np.ndarray
    xy: np.ndarray


class Segments:
    """The straight pieces of all parts, with a tree over them."""

    def __init__(self, courses: Courses) -> None:
        last = np.zeros(len(courses.xy), dtype=bool)
        last[courses.offsets[1:] - 1] = True
        self.courses = courses
        self.first = np.flatnonzero(~last)
        self.part = np.repeat(np.arange(len(courses.owner)), np.diff(courses.offsets) - 1)
        self.from_xy, self.along = courses.xy[self.first], courses.xy[self.first + 1] - courses.xy[self.first]
        self.length_m = np.hypot(*self.along.T)
        ends = np.stack([self.from_xy, courses.xy[self.first + 1]], axis=1)
        self.shapes = shapely.linestrings(ends.reshape(-1, 2), indices=np.repeat(np.arange(len(ends)), 2))
        self.tree = shapely.STRtree(self.shapes)

    def project(self, which: np.ndarray, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the nearest place on segments: metres along the segment, and metres away; both float64[k]."""
        along = ((xy - self.from_xy[which]) * self.along[which]).sum(axis=1) / self.length_m[which]
        along = np.clip(along, 0.0, self.length_m[which])
        return along, np.hypot(*(xy - self.place(which, along)).T)

    def place(self, which: np.ndarray, along_m: np.ndarray) -> np.ndarray:
        """Give the coordinates at a distance along segments: float64[k, 2], exact at vertices."""
        share = (along_m / self.length_m[which])[:, None]
        inside = self.from_xy[which] + share * self.along[which]
        return np.where(share == 1.0, self.courses.xy[self.first[which] + 1], inside)

    def is_end(self, which: np.ndarray, along_m: np.ndarray) -> np.ndarray:
        """Tell which places along segments are at an end of their segment, a vertex: bool[k]."""
        return np.minimum(along_m, self.length_m[which] - along_m) <= SAME_M

    def cuts(self, which: np.ndarray, along_m: np.ndarray, xy: np.ndarray) -> Cuts:
        """Turn places on segments into cuts, leaving out those at the end of a part."""
        part, at_m = self.part[which], self.courses.at_m[self.first[which]] + along_m
        inside = (at_m > SAME_M) & (at_m < self.courses.length_m[part] - SAME_M)
        return Cuts(part[inside], at_m[inside], xy[inside])


def crossings(segments: Segments) -> Cuts:
    """Find where parts of one level cross, touch or run along each other, or a part crosses itself.

    Returns
    -------
    Cuts of all parts concerned; where several meet there is one for each of them. A line drawn twice is not
    cut by its twin. Two parts that meet by node do so only where both have a vertex.
    """
    one, other = segments.tree.query(segments.shapes)
    level = segments.courses.level[segments.part]
    neighbours = (segments.part[one] == segments.part[other]) & (np.abs(one - other) <= 1)
    twin = _twins(segments.courses)[segments.part]
    twins = (twin[one] == twin[other]) & (segments.part[one] != segments.part[other])
    kept = (one < other) & ~neighbours & ~twins & (level[one] == level[other])
    one, other = one[kept], other[kept]
    a, b = segments.along[one], segments.along[other]
    gap = segments.from_xy[other] - segments.from_xy[one]
    turn = _cross(a, b)
    parallel = np.abs(turn) <= _PARALLEL * segments.length_m[one] * segments.length_m[other]
    turn = np.where(parallel, 1.0, turn)
    on_one, hits_one = _within(_cross(gap, b) / turn, segments.length_m[one])
    on_other, hits_other = _within(_cross(gap, a) / turn, segments.length_m[other])
    by_node = segments.courses.by_node[segments.part]
    strict = by_node[one] & by_node[other]
    on_vertices = segments.is_end(one, on_one) & segments.is_end(other, on_other)
    met = ~parallel & hits_one & hits_other & (~strict | on_vertices)
    # A vertex is known better than a computed crossing.
    at_vertex = (on_other == 0) | (on_other == segments.length_m[other])
    xy = np.where(at_vertex[:, None], segments.place(other, on_other), segments.place(one, on_one))[met]
    found = [segments.cuts(one[met], on_one[met], xy), segments.cuts(other[met], on_other[met], xy)]
    for mine, theirs in ((one[parallel], other[parallel]), (other[parallel], one[parallel])):
        found += _vertices_on(segments, mine, theirs)
    return merged(found)


def _twins(courses: Courses) -> np.ndarray:
    """Number the parts so that those with the same course, either way round, have the same number: int64[p]."""
    first, last = courses.offsets[:-1], courses.offsets[1:] - 1
    one, other = courses.xy[first] @ [1, 1j], courses.xy[last] @ [1, 1j]
    turned = (one.real > other.real) | ((one.real == other.real) & (one.imag > other.imag))
    low, high = np.where(turned, other, one), np.where(turned, one, other)
    order = np.lexsort((high, low, last - first))
    like = np.zeros(len(order), dtype=bool)
    same = (np.diff(low[order]) == 0) & (np.diff(high[order]) == 0) & (np.diff((last - first)[order]) == 0)
    like[order[1:][same]] = like[order[:-1][same]] = True
    twin = np.arange(len(order))
    seen: dict[bytes, np.intp] = {}
    for part in np.flatnonzero(like):
        course = courses.xy[first[part]:last[part] + 1]
        twin[part] = seen.setdefault(max(course.tobytes(), course[::-1].tobytes()), part)
    return twin


def merged(cuts: list[Cuts]) -> Cuts:
    """Put several sets of cuts into one."""
    return Cuts(*(np.concatenate(each) for each in zip(*cuts, strict=True)))


def _vertices_on(segments: Segments, mine: np.ndarray, theirs: np.ndarray) -> list[Cuts]:
    """Cut both parts where an end of segment `mine` lies on the parallel segment `theirs`."""
    found = []
    for share in (0.0, 1.0):
        at = share * segments.length_m[mine]
        xy = segments.place(mine, at)
        along, away = segments.project(theirs, xy)
        by_node = segments.courses.by_node[segments.part]
        strict = by_node[mine] & by_node[theirs]
        met = (away <= SAME_M) & (~strict | segments.is_end(theirs, along))
        found += [segments.cuts(mine[met], at[met], xy[met]), segments.cuts(theirs[met], along[met], xy[met])]
    return found


def _within(share: np.ndarray, length_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn shares of segments into metres, drawn to the vertex at hand; and tell which lie on the segment."""
    at = share * length_m
    hits = (at >= -SAME_M) & (at <= length_m + SAME_M)
    at = np.where(np.abs(at) <= SAME_M, 0.0, at)
    return np.where(np.abs(at - length_m) <= SAME_M, length_m, at), hits


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
