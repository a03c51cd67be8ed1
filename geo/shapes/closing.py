"""Outlines of large groups of footprints, read off a raster: what `geo.shapes.growing` draws exactly, in linear time.

Grow, unite, shrink, as there, but on cells: those within reach of a part are grown to; the outline is where those
that are not have come as near as the margin leaves. It is a picture, a cell or two wider than the exact one, and
covers every part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import shapely

from geo.shapes.contour import area_below
from geo.shapes.packed import Packed, Shapes, extent

MOST_CELLS = 12_000_000
"""Of all groups together: beyond, cells are larger, so that the time does not grow with the ground."""
LEAST_M = 4.0
_POLYGON = 3
_STRAY = 0.25  # of a cell: how far thinning may move the outline
_COVERED = 1.42  # cells: a part's cells are marked, and no centre beside it is farther from those than their diagonal


class Courses(NamedTuple):
    """The points of parts, where each course of them begins, and each part's courses; and which parts are polygons."""

    xy: np.ndarray
    offsets: np.ndarray
    parts: np.ndarray
    filled: np.ndarray


def courses(parts: Shapes, project: Callable[[np.ndarray], np.ndarray] | None = None) -> Courses:
    """List the points of parts, brought into a metric CRS where they are to be; None and empty parts have none.

    Of packed parts those of one ring come first, and no shape is made of them.
    """
    found = _packed(parts) if isinstance(parts, Packed) else _courses(parts)
    return found if project is None or not len(found.xy) else found._replace(xy=project(found.xy))


def _packed(parts: Packed) -> Courses:
    xy, begins = parts.corners()
    plain = len(begins) - 1
    others = _courses(parts.others())
    if not len(others.filled):
        return Courses(xy, begins, np.arange(plain + 1), np.ones(plain, dtype=bool))
    return Courses(
        np.concatenate([xy, others.xy]),
        np.concatenate([begins, begins[-1] + others.offsets[1:]]),
        np.concatenate([np.arange(plain + 1), plain + others.parts[1:]]),
        np.concatenate([np.ones(plain, dtype=bool), others.filled]),
    )


def _courses(parts: np.ndarray) -> Courses:
    parts = parts[~(shapely.is_missing(parts) | shapely.is_empty(parts))]
    if (shapely.get_type_id(parts) > _POLYGON).any():  # to part what is whole would make every shape anew
        parts = shapely.get_parts(parts)
    filled = shapely.get_type_id(parts) == _POLYGON
    counts = np.where(filled, shapely.get_num_interior_rings(parts) + 1, 1)
    if (counts == 1).all():  # most are: the points of a shape are those of its ring
        rings = parts
    else:
        rings = np.empty(int(counts.sum()), dtype=object)
        places = np.repeat(filled, counts)
        rings[places], rings[~places] = shapely.get_rings(parts[filled]), parts[~filled]
    xy = shapely.get_coordinates(rings)
    offsets = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))])
    return Courses(xy, offsets, np.concatenate([[0], np.cumsum(counts)]), filled)


def cell_size(groups: list[np.ndarray], reach_m: float) -> float:
    """Choose the size of cells for groups, by the points of each."""
    ends = (extent(xy) for xy in groups if len(xy))
    ground = [float((high - low + 2 * reach_m).prod()) for low, high in ends]
    return max(LEAST_M, float(np.sqrt(sum(ground) / MOST_CELLS)))


def closed(course: Courses, cell: float, reach_m: float, margin_m: float, fill_m2: float) -> shapely.Geometry:
    """Draw one outline around parts, as `geo.shapes.growing.outline` does.

    Parameters
    ----------
    course : Courses
        Metric; of one part at least.
    cell : float
        See `cell_size`.
    reach_m, margin_m, fill_m2 : float
        As there. Reach and margin are wider where cells are large.

    Returns
    -------
    Polygon or MultiPolygon that covers all parts.
    """
    from geo.shapes import closing_kernel

    low, high = extent(course.xy)
    reach = max(reach_m / cell, 4.0)
    # The edge of what was grown lies half a cell before the first cell beyond it.
    margin = max(margin_m / cell - 0.5, _COVERED + _STRAY)
    origin = low - (np.ceil(reach) + 3) * cell
    columns, rows = (np.ceil((high - origin) / cell) + np.ceil(reach) + 4).astype(int)
    mark = closing_kernel.marked((course.xy - origin) / cell, *course[1:], (int(rows), int(columns)))
    far = closing_kernel.beyond(closing_kernel.distances(mark, reach), reach)
    within = closing_kernel.depth(closing_kernel.distances(far, reach), reach - margin, 1e-3)
    drawn = area_below(within, 0.0, origin, cell, _STRAY * cell)
    return _without_small_holes(drawn, fill_m2)


def _without_small_holes(drawn: shapely.MultiPolygon, fill_m2: float) -> shapely.Geometry:
    parts = shapely.get_parts(drawn)
    rings, part = shapely.get_rings(parts, return_index=True)
    outer = np.concatenate([[True], np.diff(part) > 0]) if len(part) else np.empty(0, dtype=bool)
    kept = outer | (shapely.area(shapely.polygons(rings)) >= fill_m2)
    rings, part = rings[kept], part[kept]
    first = np.searchsorted(part, np.arange(len(parts) + 1))
    xy = shapely.get_coordinates(rings)
    offsets = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))])
    plain = shapely.from_ragged_array(shapely.GeometryType.POLYGON, xy, (offsets, first))
    return plain[0] if len(plain) == 1 else shapely.multipolygons(plain)
