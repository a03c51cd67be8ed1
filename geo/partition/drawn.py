"""Lines and polygons as a hand draws them: checked, led on to a border, and turned into regions."""

from __future__ import annotations

import re

import numpy as np
import shapely

from geo.partition.cells import Note, Partition, PartitionError
from geo.shapes import problems

MOST_VERTICES = 20_000
"""Most vertices of a line or polygon that is drawn."""

_SHORT_M = 0.01  # lines below this are dots
_STEP_M = 1e-3  # how far beside a line to look for what lies there


def read_line(p: Partition, line: shapely.Geometry) -> shapely.LineString:
    """Check a drawn line; two dimensions, no vertex twice in a row.

    Raises
    ------
    PartitionError
        not-finite, degenerate (also what is no line), too-large, self-crossing, outside.
    """
    line = _read(p, line, (1,))
    xy = shapely.get_coordinates(line)
    kept = np.append(True, (xy[1:] != xy[:-1]).any(axis=1))
    if kept.sum() < 2 or line.length < _SHORT_M:
        raise PartitionError("degenerate", line)
    line = shapely.LineString(xy[kept])
    if not line.is_simple:
        raise PartitionError("self-crossing", _crossing_of(line))
    return line


def read_polygon(p: Partition, polygon: shapely.Geometry) -> shapely.Geometry:
    """Check a drawn polygon; two dimensions.

    Raises
    ------
    PartitionError
        not-finite, degenerate (also what is no polygon), too-large, invalid, outside.
    """
    polygon = _read(p, polygon, (3, 6))
    fault = problems(np.array([polygon], dtype=object))[0]
    if min(polygon.convex_hull.area, polygon.area if fault is None else np.inf) < _SHORT_M**2:
        raise PartitionError("degenerate", polygon)
    if fault is not None:
        spot = re.search(r"\[(\S+) (\S+)\]", shapely.is_valid_reason(polygon))
        raise PartitionError("invalid", shapely.Point(float(spot[1]), float(spot[2])) if spot else polygon)
    return polygon


def lengthened(line: shapely.LineString, shape: shapely.Geometry, reach_m: float,
               both_sides: bool = False) -> tuple[shapely.LineString, list[Note]]:
    """Lead the ends of a line that stop inside a shape on to its border, straight ahead if that is near.

    An end further than `reach_m` from the border stays as it is. With `both_sides` ends that stop outside are
    led on to the border as well. Gives the line, and notes.
    """
    xy, notes = shapely.get_coordinates(line), []
    edge = shapely.boundary(shape)
    for at, before in ((-1, -2), (0, 1)):
        end = shapely.Point(xy[at])
        short = _STEP_M < shapely.distance(edge, end) <= reach_m and (both_sides or shape.contains(end))
        if not short:
            continue
        way = (xy[at] - xy[before]) / np.hypot(*(xy[at] - xy[before]))
        ahead = shapely.LineString([xy[at], xy[at] + 2 * reach_m * way])
        hits = shapely.get_coordinates(shapely.intersection(ahead, edge))
        if len(hits):
            to = hits[np.argmin(np.hypot(*(hits - xy[at]).T))]
        else:
            to = shapely.get_coordinates(shapely.shortest_line(end, edge))[1]
        length_m = float(np.hypot(*(to - xy[at])))
        notes.append(Note("extended", shapely.LineString([xy[at], to]), length_m))
        beyond = to + _STEP_M * (to - xy[at]) / length_m  # a breath further, so that the line surely crosses
        xy = np.append(xy, [beyond], axis=0) if at == -1 else np.insert(xy, 0, beyond, axis=0)
    return shapely.LineString(xy), notes


def divided(shape: shapely.Geometry, line: shapely.LineString) -> np.ndarray:
    """Take a shape and what a line encloses with it to pieces: object[k] of Polygon, inside or outside."""
    return shapely.get_parts(shapely.polygonize([shapely.union_all([shapely.boundary(shape), line])]))


def sides(shape: shapely.Geometry, line: shapely.LineString) -> tuple[np.ndarray, np.ndarray]:
    """Divide a shape by a line: what lies to the left of the line and what to the right.

    Pieces that the line does not touch, or touches with both sides alike, are in neither.
    """
    pieces = divided(shape, line)
    pieces = pieces[shapely.contains(shape, shapely.point_on_surface(pieces))]
    balance = np.zeros(len(pieces))
    tree = shapely.STRtree(pieces)
    for run in shapely.get_parts(shapely.get_parts(shapely.intersection(line, shape))):
        if shapely.get_type_id(run) != 1 or run.length < _STEP_M:
            continue
        xy = shapely.get_coordinates(run)
        step = np.hypot(*np.diff(xy, axis=0).T)
        at = int(np.argmax(step))
        across = np.array([xy[at, 1] - xy[at + 1, 1], xy[at + 1, 0] - xy[at, 0]]) / step[at] * _STEP_M
        middle = (xy[at] + xy[at + 1]) / 2
        left, right = (tree.query(shapely.Point(middle + turn * across), predicate="intersects") for turn in (1, -1))
        if not np.array_equal(left, right):  # the same piece on both sides: the line ends in it
            balance[left] += run.length
            balance[right] -= run.length
    return pieces[balance > 0], pieces[balance < 0]


def _read(p: Partition, shape: shapely.Geometry, types: tuple[int, ...]) -> shapely.Geometry:
    if shape is None or shapely.is_empty(shape):
        raise PartitionError("degenerate", None)
    if shapely.get_type_id(shape) == 5 and shapely.get_num_geometries(shape) == 1 and 1 in types:
        shape = shapely.get_geometry(shape, 0)
    if shapely.get_type_id(shape) not in types:
        raise PartitionError("degenerate", shape)
    shape = shapely.force_2d(shape)
    xy = shapely.get_coordinates(shape)
    if len(xy) > MOST_VERTICES:
        raise PartitionError("too-large", shapely.box(*shapely.bounds(p.boundary)))
    if not np.isfinite(xy).all():
        raise PartitionError("not-finite", None)
    near = shapely.bounds(p.boundary)
    margin = max(near[2] - near[0], near[3] - near[1]) * 1000
    if (xy < near[:2] - margin).any() or (xy > near[2:] + margin).any():
        raise PartitionError("outside", None)  # numbers like these are not of this place, and may overflow
    return shape


def _crossing_of(line: shapely.LineString) -> shapely.Geometry:
    """Find the places where a line meets itself."""
    noded = shapely.get_parts(shapely.node(line))
    ends = np.unique(np.concatenate([shapely.get_coordinates(noded[:, None])[0:0],
                                     *[shapely.get_coordinates(each)[[0, -1]] for each in noded]]), axis=0)
    own = shapely.get_coordinates(line)[[0, -1]]
    inner = ends[~(ends[:, None] == own[None]).all(axis=2).any(axis=1)]
    return shapely.MultiPoint(inner if len(inner) else ends)
