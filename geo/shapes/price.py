"""What a shape will cost GEOS, known before GEOS computes anything with it.

Checking and repairing is quick for nearly everything that anybody has drawn. For shapes made to do harm it grows with
the square of something: of edges that lie over one another, of rings inside rings, of holes in a long shell.
So these are counted first. Counting sorts and looks up: pairs of boxes that meet are counted without listing them, and
its own cost stays nearly linear whatever the shape is.

The figures per step are those of GEOS 3.14 on one core, rounded up (ADR 19).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import shapely

_NS_PER_MS = 1e6
_VERTEX_NS, _MEETING_NS, _RINGS_NS, _HOLE_NS = 1_000, 300, 1_500, 8
_REPAIR_VERTEX_NS, _REPAIR_MEETING_NS, _REPAIR_TOUCHING_NS = 15_000, 35_000, 300
_GROWING_NS = 200
_RING_VERTICES = 4


def check_ms(shapes: np.ndarray, enough_ms: float = 0.0) -> np.ndarray:
    """Say how long it will take at most to see whether shapes are valid.

    Parameters
    ----------
    shapes : (n,) object array of shapely geometries or None
        Of any type and validity; edges without a finite place do not count.
    enough_ms : float
        Where a rougher bound that costs less is no more than this, it is returned.

    Returns
    -------
    float64[n], milliseconds on one core
    """
    return _priced(shapes, enough_ms, _of_checking, _worst_of_checking)


def repair_ms(shapes: np.ndarray, enough_ms: float = 0.0) -> np.ndarray:
    """Say how long it will take at most to repair shapes, or to cut their edges where they meet; as `check_ms`."""
    return _priced(shapes, enough_ms, _of_repairing, _worst_of_repairing)


def growing_ms(shapes: np.ndarray, distance: float, enough_ms: float = 0.0) -> np.ndarray:
    """Say how long it will take about to draw a buffer of some width around shapes; as `check_ms`.

    What costs is not the shape but its offset curve, which crosses itself wherever edges lie nearer to one another than
    the buffer is wide; each crossing is then sought out among all of them.
    """
    shapes = np.asarray(shapes, dtype=object)
    vertices = shapely.get_num_coordinates(shapes).astype(float)
    found = vertices**3 / 2 * _GROWING_NS / _NS_PER_MS
    dear = np.flatnonzero(found > enough_ms)
    if len(dear):
        edges, owner = _outlines(shapes[dear]).edges()
        pairs = meeting_boxes(edges + distance * np.array([-1, -1, 1, 1]), owner, len(dear))
        found[dear] = vertices[dear] * pairs * _GROWING_NS / _NS_PER_MS
    return found


def ring_counts(shapes: np.ndarray) -> np.ndarray:
    """Count the rings of the polygons in each shape: int64[n]."""
    parts, owner = _parts(np.asarray(shapes, dtype=object))
    areal = shapely.get_type_id(parts) == 3
    rings = shapely.get_num_interior_rings(parts[areal]) + (shapely.get_num_coordinates(parts[areal]) > 0)
    return np.bincount(owner[areal], rings, minlength=len(shapes)).astype(np.int64)


def meeting_boxes(boxes: np.ndarray, owner: np.ndarray, count: int) -> np.ndarray:
    """Count the pairs of boxes of one owner that meet, borders counted; they are not listed.

    Pairs apart in x, and those apart in y, are counted by sorting; those apart in both, which so were counted twice,
    with a wavelet matrix (Claude, Navarro and Ordóñez 2015).

    Parameters
    ----------
    boxes : float64[n, 4], west, south, east, north
    owner : int64[n], ascending
    count : int
        How many owners there are.

    Returns
    -------
    int64[count]
    """
    sizes = np.bincount(owner, minlength=count)
    every = sizes * (sizes - 1) // 2
    if not len(boxes):
        return every
    (low_x, high_x), (low_y, high_y) = _ranks(boxes[:, ::2]), _ranks(boxes[:, 1::2])
    in_x, in_y = _before(high_x, low_x, owner), _before(high_y, low_y, owner)
    below = _count_below(high_y[in_x.order], in_x.starts, in_x.ends, low_y)
    above = in_x.before - _count_below(low_y[in_x.order], in_x.starts, in_x.ends, high_y + 1)
    apart = np.bincount(owner, in_x.before + in_y.before - below - above, minlength=count)
    return every - apart.astype(np.int64)


class _Counts(NamedTuple):
    """What shapes are made of.

    `meetings` are pairs of edges whose boxes meet, `nested` the same of rings, `hole_steps` the holes of each polygon
    times the vertices of its shell.
    """

    vertices: np.ndarray
    meetings: np.ndarray
    nested: np.ndarray
    rings: np.ndarray
    holes: np.ndarray
    hole_steps: np.ndarray


def _of_checking(counts: _Counts) -> np.ndarray:
    pairs = counts.meetings * _MEETING_NS + counts.nested * _RINGS_NS + counts.hole_steps * _HOLE_NS
    return (counts.vertices * _VERTEX_NS + pairs) / _NS_PER_MS


def _of_repairing(counts: _Counts) -> np.ndarray:
    touching = np.maximum(counts.nested - counts.holes, 0.0)  # a hole always lies in its shell
    pairs = counts.meetings * _REPAIR_MEETING_NS + touching * counts.rings * _REPAIR_TOUCHING_NS
    return (counts.vertices * _REPAIR_VERTEX_NS + pairs) / _NS_PER_MS


def _worst_of_checking(vertices: np.ndarray) -> np.ndarray:
    return _of_checking(_worst(vertices))


def _worst_of_repairing(vertices: np.ndarray) -> np.ndarray:
    return _of_repairing(_worst(vertices))


def _worst(vertices: np.ndarray) -> _Counts:
    """Return what shapes of so many vertices could be made of at worst."""
    size = vertices.astype(float)
    rings = size / _RING_VERTICES
    return _Counts(size, size**2 / 2, rings**2 / 2, rings, np.zeros(len(size)), size**2 / (4 * _RING_VERTICES))


def _priced(
    shapes: np.ndarray,
    enough_ms: float,
    price: Callable[[_Counts], np.ndarray],
    worst: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Bound prices by the number of vertices; where that is not enough, by strips; then count."""
    shapes = np.asarray(shapes, dtype=object)
    vertices = shapely.get_num_coordinates(shapes).astype(np.int64)
    found = worst(vertices)
    dear = np.flatnonzero(found > enough_ms)
    if not len(dear):
        return found
    outlines = _outlines(shapes[dear])
    edges, owner = outlines.edges()
    sizes = np.bincount(owner, minlength=len(dear))
    nested = meeting_boxes(*outlines.boxes(), len(dear)).astype(float)
    rings = np.bincount(outlines.owner, minlength=len(dear)).astype(float)
    counts = _Counts(vertices[dear], _in_strips(edges, owner, sizes), nested, rings, *outlines.holes(len(dear)))
    found[dear] = price(counts)
    still = found[dear] > enough_ms
    if still.any():
        which, place = still[owner], np.cumsum(still) - 1
        pairs = meeting_boxes(edges[which], place[owner[which]], int(still.sum()))
        neighbours = sizes[still]  # every edge meets the next
        left = _Counts(*(each[still] for each in counts))._replace(meetings=np.maximum(pairs - neighbours, 0))
        found[dear[still]] = price(left)
    return found


class _Outlines(NamedTuple):
    """Rings and lines one after the other: their coordinates, and what they belong to.

    `owner` is the position of the shape, ascending; `polygon` a number for the polygon that a ring is of, -1 for lines;
    the first ring of a polygon is its shell.
    """

    xy: np.ndarray
    starts: np.ndarray
    owner: np.ndarray
    polygon: np.ndarray

    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the boxes of all edges that have a length, and the shape that each is of."""
        course = np.repeat(np.arange(len(self.owner)), np.diff(self.starts))
        first, second = self.xy[:-1], self.xy[1:]
        finite = np.isfinite(self.xy).all(axis=1)
        there = (course[1:] == course[:-1]) & (first != second).any(axis=1) & finite[1:] & finite[:-1]
        first, second = first[there], second[there]
        boxes = np.concatenate([np.minimum(first, second), np.maximum(first, second)], axis=1)
        return boxes, self.owner[course[:-1][there]]

    def boxes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the box of each ring or line, and the shape that each is of."""
        if not len(self.owner):
            return np.empty((0, 4)), self.owner
        starts = self.starts[:-1]
        both = np.minimum.reduceat(self.xy, starts, axis=0), np.maximum.reduceat(self.xy, starts, axis=0)
        boxes = np.concatenate(both, axis=1)
        finite = np.isfinite(boxes).all(axis=1)
        return boxes[finite], self.owner[finite]

    def holes(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return for each shape how many holes it has, and the sum over its polygons of holes times shell vertices."""
        ring = np.flatnonzero(self.polygon >= 0)
        if not len(ring):
            return np.zeros(count), np.zeros(count)
        _, shell, rings = np.unique(self.polygon[ring], return_index=True, return_counts=True)
        shell = ring[shell]
        size = np.diff(self.starts)[shell].astype(float)
        owner = self.owner[shell]
        holes = rings - 1.0
        return np.bincount(owner, holes, minlength=count), np.bincount(owner, holes * size, minlength=count)


def _parts(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take multi-geometries and collections apart; the parts, and which shape each is of."""
    parts, owner = shapes, np.arange(len(shapes))
    while (shapely.get_type_id(parts) >= 4).any():
        parts, index = shapely.get_parts(parts, return_index=True)
        owner = owner[index]
    return parts, owner


def _outlines(shapes: np.ndarray) -> _Outlines:
    parts, owner = _parts(shapes)
    areal, lines = shapely.get_dimensions(parts) == 2, shapely.get_dimensions(parts) == 1
    rings, of = shapely.get_rings(parts[areal], return_index=True)
    courses = np.concatenate([rings, parts[lines]])
    polygon = np.concatenate([of, np.full(lines.sum(), -1)]).astype(np.int64)
    owner = np.concatenate([owner[areal][of], owner[lines]]).astype(np.int64)
    order = np.argsort(owner, kind="stable")
    courses = courses[order]
    lengths = shapely.get_num_coordinates(courses)
    xy, order = shapely.get_coordinates(courses), order[lengths > 0]
    starts = np.concatenate([[0], np.cumsum(lengths[lengths > 0])]).astype(np.int64)
    return _Outlines(xy, starts, owner[order], polygon[order])


def _in_strips(boxes: np.ndarray, owner: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Bound the pairs of boxes of one owner that meet by those that meet in x, or in y: whichever are fewer.

    Each owner has as many strips as boxes; a pair meets only if the one that begins later begins in a strip of the
    other. No sorting, so the bound costs little; it counts neighbours twice.
    """
    if not len(boxes):
        return sizes.astype(float)
    first = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    there = np.flatnonzero(sizes)
    bounds = []
    for low, high in ((boxes[:, 0], boxes[:, 2]), (boxes[:, 1], boxes[:, 3])):
        origin, extent = np.zeros(len(sizes)), np.ones(len(sizes))
        origin[there] = np.minimum.reduceat(low, first[there])
        extent[there] = np.maximum.reduceat(high, first[there]) - origin[there]
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            scale = np.nan_to_num((sizes - 1) / extent, nan=0.0, posinf=0.0)
        begin, end = (
            np.clip((each - origin[owner]) * scale[owner], 0, sizes[owner] - 1).astype(np.int64) + first[owner] + owner
            for each in (low, high)
        )
        length = len(boxes) + len(sizes) + 1
        present = np.cumsum(np.bincount(begin, minlength=length) - np.bincount(end + 1, minlength=length))
        bounds.append(np.bincount(owner, present[begin] - 1, minlength=len(sizes)))
    return np.minimum(*bounds)


class _Before(NamedTuple):
    """For every box the run, in some order, of those of its owner that end before it begins."""

    order: np.ndarray
    starts: np.ndarray
    ends: np.ndarray

    @property
    def before(self) -> np.ndarray:
        return self.ends - self.starts


def _before(high: np.ndarray, low: np.ndarray, owner: np.ndarray) -> _Before:
    scale = int(max(high.max(), low.max())) + 1
    keys = owner * scale + high
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.searchsorted(owner, owner)  # ascending, so an owner's boxes keep their rows
    return _Before(order, starts, np.searchsorted(keys, owner * scale + low))


def _ranks(ends: np.ndarray) -> np.ndarray:
    """Return for both columns the rank of each number among all: int64[2, n]."""
    _, ranks = np.unique(ends, return_inverse=True)
    return np.ascontiguousarray(ranks.reshape(ends.shape).T.astype(np.int64))


def _count_below(values: np.ndarray, starts: np.ndarray, ends: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Count for each query how many of ``values[start:end]`` are less than a number, bit by bit from the highest."""
    found = np.zeros(len(starts), np.int64)
    for bit in reversed(range(max(int(values.max()), int(below.max())).bit_length())):
        one = (values >> bit & 1).astype(bool)
        zeros = np.concatenate([[0], np.cumsum(~one)])
        start, end = zeros[starts], zeros[ends]
        higher = (below >> bit & 1).astype(bool)
        found += np.where(higher, end - start, 0)
        starts = np.where(higher, zeros[-1] + starts - start, start)
        ends = np.where(higher, zeros[-1] + ends - end, end)
        values = np.concatenate([values[~one], values[one]])
    return found
