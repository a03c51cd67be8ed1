"""Places beside buildings and walls: past their corners, where a way round them bends, and before sides of buildings.

The shortest way round polygons bends at their convex corners only (Lozano-Pérez and Wesley 1979, "An algorithm for
planning collision-free paths among polyhedral obstacles"). Outlines are taken with a quarter of a metre less detail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from geo.network.cells import cells_of

DETAIL_M = 0.25
"""Smaller steps of an outline are no corners."""
TURN = np.radians(10)
"""Nor is a place where it turns by less."""
SIDE_M = 1.0
"""A side of a building that is shorter has no way out."""
_SIDES = 8
_POLYGON = 3
_MANY = 5_000  # of fewer places GEOS knows all before a kernel is loaded


@dataclass(frozen=True)
class Outlines:
    """The vertices of outlines, each with what follows it.

    Attributes
    ----------
    of : int64[k], the shape of each vertex
    corner_xy : float64[k, 2], beside the vertex, away from the shape
    convex : bool[k], whether the shape has a corner there
    side_xy : float64[k, 2], beside the middle of the side that begins there
    side_m : float64[k], how long that is
    """

    of: np.ndarray
    corner_xy: np.ndarray
    convex: np.ndarray
    side_xy: np.ndarray
    side_m: np.ndarray


def outlines(shapes: np.ndarray, many: int, beside_m: float) -> Outlines:
    """Go round polygons; of those with more than so many vertices only round the hull.

    Parameters
    ----------
    shapes : object[n] of Polygon or MultiPolygon
        Metric CRS.
    many : int
    beside_m : float
        How far beside the outline the places are.
    """
    large = shapely.get_num_coordinates(shapes) > many
    if large.any():
        shapes = shapes.copy()
        shapes[large] = shapely.convex_hull(shapes[large])
    xy, ring, of = _rings(shapes)
    at, came, goes = _bends(xy, ring, np.ones(len(of), dtype=bool))
    right = np.column_stack([goes[:, 1], -goes[:, 0]])
    return Outlines(
        of=of[ring[at]],
        corner_xy=xy[at] + beside_m * _unit(came - goes),
        convex=_turn(came, goes) > TURN,
        side_xy=(xy[at] + xy[at + 1]) / 2 + beside_m * right,
        side_m=np.hypot(*(xy[at + 1] - xy[at]).T),
    )


def corners(shapes: np.ndarray, pieces: tuple[shapely.STRtree, np.ndarray], many: int, beside_m: float,
            rows: np.ndarray | None = None) -> np.ndarray:  # fmt: skip
    """Give the places just past the corners of shapes that no other shape is nearer to than so much: float64[c, 2].

    `pieces` are a tree of the same shapes, or of what they were cut into, and the shape of each. Where `shapes` are
    some of these, `rows` are their numbers there, ascending.
    """
    found = outlines(shapes, many, beside_m)
    if rows is not None:
        found = replace(found, of=rows[found.of])
    convex = np.flatnonzero(found.convex)
    free = _surely_free(found.corner_xy[convex], found.of[convex], pieces, beside_m)
    at = convex[~free]
    near, other = pieces[0].query(shapely.points(found.corner_xy[at]), predicate="dwithin", distance=beside_m)
    taken = np.zeros(len(found.of), dtype=bool)
    taken[at[near[pieces[1][other] != found.of[at[near]]]]] = True
    return found.corner_xy[convex[~taken[convex]]]


def _surely_free(
    xy: np.ndarray, of: np.ndarray, pieces: tuple[shapely.STRtree, np.ndarray], beside_m: float
) -> np.ndarray:
    """Say of places of shapes where no other shape can be so near, as its box is farther away: bool[n]."""
    wide = beside_m * (1 + 1e-9) + 1e-9
    boxes = shapely.bounds(pieces[0].geometries) + np.array([-wide, -wide, wide, wide])
    cells = cells_of(boxes) if len(xy) >= _MANY else None
    if cells is None:
        return np.zeros(len(xy), dtype=bool)
    from geo.network import nearest_kernel

    return ~nearest_kernel.within_others(np.ascontiguousarray(xy), of, boxes, pieces[1].astype(np.int64), cells)


def corners_of_lines(lines: np.ndarray, beside_m: float) -> np.ndarray:
    """Give the places just past the corners of lines, on the outer side of each: float64[c, 2]; ends are none."""
    lines = shapely.simplify(lines, DETAIL_M, preserve_topology=False)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    at, came, goes = _bends(xy, line, shapely.is_closed(lines))
    turns = np.abs(_turn(came, goes)) > TURN
    return xy[at[turns]] + beside_m * _unit(came - goes)[turns]


def ways_out(shapes: np.ndarray, many: int, beside_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the places before the middles of the longest sides of shapes: row of the shape, float64[k, 2].

    A shape of more than so many vertices has none: a quarter drawn as a building is not walked through.
    """
    small = np.flatnonzero(shapely.get_num_coordinates(shapes) <= many)
    found = outlines(shapes[small], many, beside_m)
    order = np.lexsort((-found.side_m, found.of))
    place = np.arange(len(order)) - np.searchsorted(found.of[order], found.of[order])
    order = order[(place < _SIDES) & (found.side_m[order] >= SIDE_M)]
    return small[found.of[order]], found.side_xy[order]


def _rings(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the rings of polygons with less detail, the shape on the left: points, their rings, the shape of each."""
    plain = (shapely.get_type_id(shapes) == _POLYGON) & (shapely.get_num_interior_rings(shapes) == 0)
    if np.count_nonzero(plain) < _MANY:
        return _rings_by_geos(shapes, np.arange(len(shapes)))
    from geo.network import corners_kernel

    own = np.flatnonzero(plain)
    xy, ring = shapely.get_coordinates(shapes[own], return_index=True)
    begins = np.searchsorted(ring, np.arange(len(own) + 1))
    kept, turns = corners_kernel.thinned(xy, begins, DETAIL_M)
    turned = np.flatnonzero(turns[ring] == corners_kernel.CLOCKWISE)
    back = np.arange(len(xy))
    back[turned] = begins[ring[turned]] + begins[ring[turned] + 1] - 1 - turned
    back = back[(kept & (turns != corners_kernel.DOUBTFUL)[ring])[back]]
    sure = own[turns != corners_kernel.DOUBTFUL]
    left = np.ones(len(shapes), dtype=bool)
    left[sure] = False
    others_xy, others_ring, others_of = _rings_by_geos(shapes[left], np.flatnonzero(left))
    number = np.cumsum(turns != corners_kernel.DOUBTFUL) - 1
    xy, ring = np.concatenate([xy[back], others_xy]), np.concatenate([number[ring[back]], others_ring + len(sure)])
    of = np.concatenate([sure, others_of])
    by_shape = np.argsort(of, kind="stable")
    place = np.empty(len(of), dtype=np.int64)
    place[by_shape] = np.arange(len(of))
    order = np.argsort(place[ring], kind="stable")
    return xy[order], place[ring][order], of[by_shape]


def _rings_by_geos(shapes: np.ndarray, of: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    parts, shape = _parts(shapely.simplify(shapes, DETAIL_M, preserve_topology=False))
    rings, part = shapely.get_rings(parts, return_index=True)
    hole = np.append(False, part[1:] == part[:-1])[: len(rings)]
    turned = shapely.is_ccw(rings) == hole  # the shape is to be on the left, whichever way
    rings[turned] = shapely.reverse(rings[turned])
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    return xy, ring, of[shape[part]]


def _parts(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the parts of shapes, and the shape of each; polygons are their own, and need not be copied."""
    whole = (shapely.get_type_id(shapes) == _POLYGON) & ~shapely.is_empty(shapes)
    return (shapes, np.arange(len(shapes))) if whole.all() else shapely.get_parts(shapes, return_index=True)


def _bends(xy: np.ndarray, line: np.ndarray, closed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tell at which vertices lines go on, and in which directions they come and go: int64[k], float64[k, 2] twice."""
    starts = np.append(True, line[1:] != line[:-1])[: len(line)]
    ends = np.append(starts[1:], True)[: len(line)]
    last = np.searchsorted(line, np.arange(len(closed)), side="right") - 1
    at = np.flatnonzero(~ends & (~starts | closed[line]))
    before = np.where(starts[at], last[line[at]] - 1, at - 1)
    return at, _unit(xy[at] - xy[before]), _unit(xy[at + 1] - xy[at])


def _turn(came: np.ndarray, goes: np.ndarray) -> np.ndarray:
    return np.arctan2(came[:, 0] * goes[:, 1] - came[:, 1] * goes[:, 0], (came * goes).sum(axis=1))


def _unit(steps: np.ndarray) -> np.ndarray:
    length = np.hypot(*steps.T)
    return steps * np.divide(1.0, length, out=np.zeros(len(length)), where=length > 0)[:, None]
