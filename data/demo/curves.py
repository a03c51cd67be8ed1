"""Lines drawn through control points: smooth streets, wandering rural roads and borders."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.interpolate import CubicSpline
from shapely import LineString

GRID_M = 0.01
"""All planar coordinates lie on this grid."""

REACH_M = 0.3


def smooth(points: object, step_m: float = 12.0, tolerance_m: float = 0.35) -> LineString:
    """Draw a natural cubic spline through `points` (n × 2, m), thinned to `tolerance_m`.

    Two points give a straight line.
    """
    control = np.asarray(points, dtype=float)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(control, axis=0).T))])
    if len(control) == 2:
        return _snapped(LineString(control))
    at = np.linspace(0.0, along[-1], max(int(along[-1] / step_m), len(control)) + 1)
    at = np.unique(np.concatenate([at, along]))
    drawn = CubicSpline(along, control, bc_type="natural")(at)
    return _snapped(shapely.simplify(LineString(drawn), tolerance_m))


def wander(points: object, rng: np.random.Generator, roughness: float, depth: int) -> LineString:
    """Displace midpoints `depth` times: each by a normal share `roughness` of its segment's length.

    The end points and the given points stay.
    """
    line = np.asarray(points, dtype=float)
    for _ in range(depth):
        start, end = line[:-1], line[1:]
        side = np.stack([start[:, 1] - end[:, 1], end[:, 0] - start[:, 0]], axis=1)
        push = rng.normal(0.0, roughness, (len(start), 1)).clip(-2 * roughness, 2 * roughness)
        doubled = np.empty((2 * len(line) - 1, 2))
        doubled[::2] = line
        doubled[1::2] = (start + end) / 2 + side * push
        line = doubled
    return _snapped(LineString(line))


def reach(line: LineString, by_m: float = REACH_M) -> LineString:
    """Lengthen both ends: a line that should end on another one then surely crosses it."""
    points = np.asarray(line.coords)
    first, last = points[0] - points[1], points[-1] - points[-2]
    head = points[0] + first / np.hypot(*first) * by_m
    tail = points[-1] + last / np.hypot(*last) * by_m
    return _snapped(LineString([head, *points, tail]))


def noded(lines: list[LineString], grid_m: float = 0.1) -> list[LineString]:
    """Return the lines cut at every crossing and joined at every node of degree two, in a stable order.

    Nodes within `grid_m` fall into one; stubs that `reach` left beyond a crossing are taken off.
    """
    union = shapely.union_all([reach(each) for each in lines], grid_size=grid_m)
    pieces = shapely.get_parts(shapely.line_merge(union))
    ends = shapely.get_coordinates(shapely.get_point(pieces, [[0], [-1]])).round(3)
    _, place, degree = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    loose = (degree[place.reshape(2, -1)] == 1).any(axis=0)
    kept = pieces[~(loose & (shapely.length(pieces) < 3 * REACH_M))]
    return in_order(list(shapely.get_parts(shapely.line_merge(shapely.union_all(kept)))))


def faces(lines: list[LineString]) -> list[shapely.Polygon]:
    """Return the faces that the lines enclose; neighbours share every vertex."""
    union = shapely.union_all([reach(each) for each in lines], grid_size=GRID_M)
    return in_order(list(shapely.get_parts(shapely.polygonize(shapely.get_parts(union)))))


def in_order(shapes: list) -> list:
    """Sort shapes from west to east, so that no result depends on the order in which GEOS returns them."""
    return sorted(shapes, key=lambda each: tuple(round(float(v), 3) for v in (*each.bounds, each.length)))


def _snapped(line: LineString) -> LineString:
    return shapely.set_precision(line, GRID_M)
