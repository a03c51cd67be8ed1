"""Cut polygons as blocks and lots come about: across the longer side, again and again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from shapely import LineString, Point, Polygon

SNAP_M = 22.0
MAX_ELONGATION = 3.6


class Cut(NamedTuple):
    """A line through a polygon of `area_m2`, from border to border."""

    line: LineString
    area_m2: float


def cut_down(
    polygon: Polygon, target_m2: float, rng: np.random.Generator, corners: list[Point], bow: float = 0.02
) -> tuple[list[Cut], list[Polygon]]:
    """Halve `polygon` until its parts are near `target_m2`.

    Parameters
    ----------
    corners : list of Point
        Junctions that a cut's end is drawn to, so that some streets run on; the ends of each cut are added.
    bow : float
        How far a cut may bend, as a share of its length.

    Returns
    -------
    cuts, parts
        The lines, coarsest first, and what remains between them.
    """
    cuts: list[Cut] = []
    parts: list[Polygon] = []
    waiting = [polygon]
    while waiting:
        part = waiting.pop(0)
        limit = target_m2 * rng.uniform(1.15, 1.75)
        halves = halve(part, rng, corners, bow) if part.area > limit else None
        if halves is None:
            parts.append(part)
            continue
        line, first, second = halves
        cuts.append(Cut(line, part.area))
        corners.extend((Point(line.coords[0]), Point(line.coords[-1])))
        waiting.extend((first, second))
    return cuts, parts


def halve(
    polygon: Polygon, rng: np.random.Generator, corners: list[Point], bow: float
) -> tuple[LineString, Polygon, Polygon] | None:
    """Cut `polygon` across its longer side near the middle; None when no cut leaves two sound parts."""
    centre, along, across, length, width = axes(polygon)
    for attempt in range(8):
        at = centre + along * length * np.clip(rng.normal(0.0, 0.05 + 0.02 * attempt), -0.2, 0.2)
        turn = np.deg2rad(rng.normal(0.0, 2.0 + attempt))
        way = across * np.cos(turn) + along * np.sin(turn)
        line = _chord(polygon, at, way * (width + length))
        if line is None:
            continue
        line = _bend(*_to_corners(line, polygon, corners), rng.normal(0.0, bow))
        pieces = _split(polygon, line)
        if pieces is not None and all(_sound(piece, polygon.area) for piece in pieces):
            return line, *pieces
    return None


def axes(polygon: Polygon) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """Return centre, unit vectors along and across, length and width (m) of the smallest rectangle around."""
    corners = np.asarray(shapely.minimum_rotated_rectangle(polygon).exterior.coords)[:4]
    first, second = corners[1] - corners[0], corners[2] - corners[1]
    if np.hypot(*first) < np.hypot(*second):
        first, second = second, first
    length, width = float(np.hypot(*first)), float(np.hypot(*second))
    return corners.mean(axis=0), first / length, second / width, length, width


def _chord(polygon: Polygon, at: np.ndarray, reach: np.ndarray) -> LineString | None:
    inside = shapely.get_parts(LineString([at - reach, at + reach]).intersection(polygon))
    inside = [each for each in inside if each.geom_type == "LineString" and each.distance(Point(at)) < 1e-6]
    return inside[0] if len(inside) == 1 and inside[0].length > 10.0 else None


def _to_corners(line: LineString, polygon: Polygon, corners: list[Point]) -> tuple[np.ndarray, np.ndarray]:
    ends = []
    near = [each for each in corners if polygon.exterior.distance(each) < 0.05]
    for end in (line.coords[0], line.coords[-1]):
        closest = min(near, key=lambda each: each.distance(Point(end)), default=None)
        drawn = closest is not None and closest.distance(Point(end)) < SNAP_M
        ends.append(np.asarray(closest.coords[0] if drawn else end))
    return ends[0], ends[1]


def _bend(start: np.ndarray, end: np.ndarray, share: float) -> LineString:
    across = np.array([start[1] - end[1], end[0] - start[0]]) * share
    ways = np.array([0.0, 0.3, 0.7, 1.0])
    line = start + (end - start) * ways[:, None] + across * (4 * ways * (1 - ways))[:, None]
    return shapely.set_precision(LineString(line), 0.01)


def _split(polygon: Polygon, line: LineString) -> tuple[Polygon, Polygon] | None:
    points = np.asarray(line.coords)
    for end, inner in ((0, 1), (-1, -2)):
        points[end] += 0.5 * (points[end] - points[inner]) / np.hypot(*(points[end] - points[inner]))
    pieces = shapely.get_parts(
        shapely.polygonize(shapely.get_parts(shapely.union_all([polygon.exterior, LineString(points)])))
    )
    if len(pieces) != 2:
        return None
    return tuple(sorted(pieces, key=lambda each: each.bounds))


def _sound(piece: Polygon, whole_m2: float) -> bool:
    *_, length, width = axes(piece)
    return (
        piece.area > 0.28 * whole_m2 and length / width < MAX_ELONGATION and piece.area > 0.5 * length * width
    )
