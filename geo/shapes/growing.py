"""An outline around a group of footprints, for display and never for deciding.

Morphological closing (Serra 1982): grow, unite, shrink. Near parts flow together, far parts stay apart.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely

from geo.shapes.packed import Shapes, kept_as
from geo.shapes.price import growing_ms
from geo.shapes.validity import usable

MOST_EXACT = 4_000
"""So many parts have exact outlines, of all groups together; beyond, those of the largest groups are coarser."""
MOST_GROWING_MS = 1_000.0
"""Most that growing the parts of one outline may cost; where they would cost more, the dearest are drawn as hulls."""

Project = Callable[[np.ndarray], np.ndarray]

_SEGMENTS = 8  # of a quarter circle


def outline(parts: np.ndarray, reach_m: float = 15.0, margin_m: float = 3.0, fill_m2: float = 900.0,
            ) -> shapely.Geometry | None:
    """Draw one outline around parts.

    Parameters
    ----------
    parts : array of geometries or None
        Footprints of any type; metric CRS. Invalid ones are repaired, None is left out.
    reach_m : float
        How far each part reaches out to the next: parts up to twice this apart can flow together.
    margin_m : float
        The distance that the outline keeps from the parts, below `reach_m`.
    fill_m2 : float
        Holes smaller than this are filled.

    Returns
    -------
    Polygon or MultiPolygon that covers all parts, or None if there are none.

    Raises
    ------
    ValueError
        If not 0 < margin_m < reach_m.
    """
    if not 0 < margin_m < reach_m:
        raise ValueError(f"margin_m is {margin_m} and reach_m {reach_m}; 0 < margin_m < reach_m is needed")
    present = _present(parts)
    if not len(present):
        return None
    grown = shapely.union_all(shapely.buffer(_growable(present, reach_m), reach_m, quad_segs=_SEGMENTS))
    # Part by part: to simplify all at once costs the square of their number, and parts stay apart when they shrink.
    closed = shapely.buffer(shapely.get_parts(grown), margin_m - reach_m, quad_segs=_SEGMENTS)
    # Arcs have many more vertices than a drawing needs; a quarter of the margin keeps the parts covered.
    plain = shapely.simplify(shapely.get_parts(closed), margin_m / 4)
    shapes = [_without_small_holes(shape, fill_m2) for shape in shapely.get_parts(plain)]
    return shapely.union_all(shapes)


def outlines(parts: Shapes, groups: np.ndarray, reach_m: float = 15.0, margin_m: float = 3.0,
             fill_m2: float = 900.0, project: Project | None = None, wanted: np.ndarray | None = None) -> np.ndarray:
    """Draw the outline of each group of parts; those of very many parts more coarsely, so that time grows with them.

    Parameters
    ----------
    parts : array of geometries or None, or the same packed; metric CRS
    groups : int64[n]
        The group of each part, counted from 0; a negative number is no group.
    reach_m, margin_m, fill_m2 : float
        As in `outline`.
    project : function, optional
        Brings coordinates, float64[k, 2], into a metric CRS, where parts are in another: what is drawn coarsely then
        needs no shapes of its own.
    wanted : bool[g], optional
        Which groups are drawn, as they are where all are.

    Returns
    -------
    ndarray of object, one outline per group number up to the largest, metric; None for a group without parts, or not
    wanted.
    """
    parts, groups = kept_as(parts), np.asarray(groups, dtype=np.int64)
    order = np.argsort(groups, kind="stable")
    bounds = np.searchsorted(groups[order], np.arange(groups.max(initial=-1) + 2))
    drawn = np.full(max(len(bounds) - 1, 0), None, dtype=object)
    # The largest groups are read off a raster, until the others are few enough.
    count = np.diff(bounds)
    by_size = np.argsort(count, kind="stable")
    exact = np.zeros(len(drawn), dtype=bool)
    exact[by_size] = np.cumsum(count[by_size]) <= MOST_EXACT
    wanted = np.ones(len(drawn), dtype=bool) if wanted is None else wanted
    groups_drawn = np.flatnonzero(exact & wanted)
    rows = [order[bounds[group]:bounds[group + 1]] for group in groups_drawn]
    members = np.asarray(parts[np.concatenate([order[:0], *rows])], dtype=object)
    if project is not None and len(members):
        members = shapely.transform(members, project)  # all at once: most groups are of one part or two
    for group, first, row in zip(groups_drawn, np.cumsum([0, *map(len, rows)]), rows, strict=False):
        drawn[group] = outline(members[first:first + len(row)], reach_m, margin_m, fill_m2)
    coarse = np.flatnonzero(~exact)
    if len(coarse):
        from geo.shapes.closing import cell_size, closed, courses

        found = [courses(parts[order[bounds[group]:bounds[group + 1]]], project) for group in coarse]
        cell = cell_size([each.xy for each in found], reach_m)
        for group, course in zip(coarse, found, strict=True):
            drawn[group] = (
                closed(course, cell, reach_m, margin_m, fill_m2) if len(course.xy) and wanted[group] else None
            )
    return drawn


def _present(parts: np.ndarray) -> np.ndarray:
    present = usable(parts)
    return present[~(shapely.is_missing(present) | shapely.is_empty(present))]


def _growable(parts: np.ndarray, reach_m: float) -> np.ndarray:
    """Return parts that can be grown in time: of those that cost most the convex hull, which covers them too.

    No building is such a part; a comb of 800 vertices that somebody handed in as one took 40 s.
    """
    cost_ms = growing_ms(parts, reach_m, MOST_GROWING_MS / len(parts))
    order = np.argsort(cost_ms)
    dear = order[np.cumsum(cost_ms[order]) > MOST_GROWING_MS]
    if not len(dear):
        return parts
    parts = parts.copy()
    parts[dear] = shapely.convex_hull(parts[dear])
    return parts


def _without_small_holes(polygon: shapely.Polygon, fill_m2: float) -> shapely.Polygon:
    holes = [hole for hole in polygon.interiors if shapely.Polygon(hole).area >= fill_m2]
    return shapely.Polygon(polygon.exterior, holes)
