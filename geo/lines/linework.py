"""Stretches of lines: which run along a course, and lines without them. Coordinates are metric."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely
from shapely.ops import substring

STEP_M = 0.5
SAME_WAY = 0.8  # the cosine of 37 degrees
SHORTEST_M = 5.0

Interval = tuple[float, float]


def running_along(line: shapely.LineString, course: shapely.LineString, within_m: float) -> list[Interval]:
    """Find the stretches of a line that run along a course, either way.

    A place on the line counts when it is within a distance of the course, beside it (not beyond its ends) and heads
    the same way to about 37 degrees, so that what merely crosses does not count.

    Parameters
    ----------
    line, course : LineString
    within_m : float

    Returns
    -------
    list of (start, end)
        Metres from the line's start, ascending, good to half a metre. A stretch shorter than 5 m counts only when it
        is most of the line.
    """
    edges = np.linspace(0.0, line.length, max(int(np.ceil(line.length / STEP_M)), 1) + 1)
    middles = shapely.line_interpolate_point(line, (edges[1:] + edges[:-1]) / 2)
    at = shapely.line_locate_point(course, middles)
    heading = _step(line, edges[:-1], edges[1:])
    course_heading = _step(course, np.maximum(at - STEP_M, 0.0), np.minimum(at + STEP_M, course.length))
    turned = np.abs((heading * course_heading).sum(axis=1))
    sizes = np.hypot(*heading.T) * np.hypot(*course_heading.T)
    counts = (shapely.distance(course, middles) <= within_m) & (at > 0) & (at < course.length)
    counts &= turned >= SAME_WAY * sizes
    return _runs(counts, edges, 2 * within_m)


def _runs(counts: np.ndarray, edges: np.ndarray, bridged_m: float) -> list[Interval]:
    """Join what counts to stretches: over the small gaps that bends leave, and up to an end that is near."""
    change = np.flatnonzero(np.diff(np.concatenate([[0], counts.astype(np.int8), [0]])))
    runs: list[list[float]] = []
    for first, last in zip(edges[change[0::2]].tolist(), edges[change[1::2]].tolist(), strict=True):
        if runs and first - runs[-1][1] <= bridged_m:
            runs[-1][1] = last
        else:
            runs.append([first, last])
    length = float(edges[-1])
    snapped = [(0.0 if a <= 2 * STEP_M else a, length if b >= length - 2 * STEP_M else b) for a, b in runs]
    return [(a, b) for a, b in snapped if b - a >= min(SHORTEST_M, 0.9 * length)]


def _step(line: shapely.LineString, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    places = [shapely.get_coordinates(shapely.line_interpolate_point(line, each)) for each in (start, end)]
    return places[1] - places[0]


def divided(line: shapely.LineString, intervals: Iterable[Interval]) -> list[tuple[shapely.LineString, bool]]:
    """Cut stretches out of a line.

    Parameters
    ----------
    line : LineString
    intervals : (start, end) in metres, ascending and apart

    Returns
    -------
    list of (LineString, bool)
        The pieces in order; true for those within the intervals. A piece shorter than a centimetre is left out.
    """
    pieces, done = [], 0.0
    for start, end in intervals:
        pieces += [(done, start, False), (start, end, True)]
        done = end
    pieces.append((done, line.length, False))
    return [(substring(line, a, b), inside) for a, b, inside in pieces if b - a > 0.01]


def with_vertices(line: shapely.LineString, places: Iterable[shapely.Point]) -> shapely.LineString:
    """Return the line with a vertex of its own at each of some places on it."""
    coordinates = shapely.get_coordinates(line)
    step = np.hypot(*np.diff(coordinates, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(step)])
    for place in places:
        where = float(shapely.line_locate_point(line, place))
        row = int(np.searchsorted(at, where, side="right"))
        row = min(max(row, 1), len(at) - 1)
        coordinates = np.insert(coordinates, row, shapely.get_coordinates(place)[0], axis=0)
        at = np.insert(at, row, where)
    keep = np.concatenate([[True], (np.diff(coordinates, axis=0) != 0).any(axis=1)])
    return shapely.LineString(coordinates[keep])
