"""Areas in square metres, and the one point that stands for a shape.

Everything comes in longitude/latitude and is measured in the metric CRS that the caller names: never in
degrees, never in Web Mercator (at 36 degrees its areas are 1.53 times too big).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from pyproj import CRS

from geo.places.crs import from_lonlat, require_metric, xy_from_lonlat
from geo.shapes import Shapes, kept_as, rings_of, vertex_counts, vertices

METRES_PER_DEGREE = 111_320.0
"""Of latitude, roughly: for margins and neighbourhoods, never for a figure."""
_MANY = 5_000  # of fewer shapes GEOS knows all before a kernel is loaded


def areas_m2(geometries_lonlat: np.ndarray, crs: CRS) -> np.ndarray:
    """Measure areas; float64 in the order of the input, m2, 0 for points and lines, nan for None.

    Raises
    ------
    ValueError
        If the CRS is not projected in metres, or is a Mercator of the world.
    """
    require_metric(crs)
    shapes = np.asarray(geometries_lonlat, dtype=object)
    return _areas_m2(shapes, _plain(shapes), crs)


def points_and_areas_m2(geometries_lonlat: Shapes, crs: CRS) -> tuple[np.ndarray, np.ndarray]:
    """Return `representative_xy` and `areas_m2` of shapes, which are gone through once: float64[n, 2], float64[n]."""
    require_metric(crs)
    shapes = kept_as(geometries_lonlat)
    plain = _plain(shapes)
    return _representative_xy(shapes, plain, None), _areas_m2(shapes, plain, crs)


def _areas_m2(shapes: Shapes, plain: _Plain, crs: CRS) -> np.ndarray:
    if plain.none:
        return shapely.area(from_lonlat(np.asarray(shapes, dtype=object), crs))
    from geo.places import measure_kernel

    areas, others = np.empty(len(shapes)), ~plain.mask
    areas[plain.mask] = measure_kernel.ring_areas(_metric(plain.xy, crs), plain.begins)
    areas[others] = shapely.area(from_lonlat(np.asarray(shapes[others], dtype=object), crs))
    return areas


def representative_points(geometries: np.ndarray) -> np.ndarray:
    """Give each shape one point that surely lies in it, always the same one; any planar CRS.

    Points pass through; None and empty shapes give None. Joins by this point count every shape once.

    Returns
    -------
    ndarray of object, two-dimensional points or None, in the order of the input.
    """
    flat = np.asarray(geometries, dtype=object)
    plain = _plain(flat)
    if not plain.none:
        points, others = np.empty(len(flat), dtype=object), ~plain.mask
        points[plain.mask] = shapely.points(_inside(plain))
        points[others] = representative_points(flat[others])
        return points
    if shapely.has_z(flat).any():
        flat = shapely.force_2d(flat)
    points = flat.copy()
    shaped = shapely.get_type_id(flat) > 0
    points[shaped] = shapely.point_on_surface(flat[shaped])
    points[shapely.is_empty(points)] = None
    return points


def representative_xy(geometries: Shapes, crs: CRS | None = None) -> np.ndarray:
    """Return the coordinates of `representative_points`: float64[n, 2], nan for None.

    With a `crs` the shapes are in longitude and latitude, and the points those of the shapes in it.
    """
    shapes = kept_as(geometries)
    return _representative_xy(shapes, _plain(shapes), crs)


def _representative_xy(shapes: Shapes, plain: _Plain, crs: CRS | None) -> np.ndarray:
    xy, others = np.empty((len(shapes), 2)), ~plain.mask
    if not plain.none:
        xy[plain.mask] = _inside(plain, crs)
    left = np.asarray(shapes[others], dtype=object)
    points = representative_points(left if crs is None else from_lonlat(left, crs))
    xy[others] = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    return xy


def centroids_xy(geometries: Shapes) -> np.ndarray:
    """Return the coordinates of ``shapely.centroid``: float64[n, 2], nan for None and empty shapes."""
    shapes = kept_as(geometries)
    plain, xy = _plain(shapes), np.full((len(shapes), 2), np.nan)
    if not plain.none:
        from geo.places import measure_kernel

        xy[plain.mask] = measure_kernel.centroids(plain.xy, plain.begins)
    left = ~np.isfinite(xy).all(axis=1)  # such as what has no surface
    points = shapely.centroid(np.asarray(shapes[left], dtype=object))
    points[shapely.is_empty(points)] = None
    xy[left] = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    return xy


class _Plain(NamedTuple):
    """Finite polygons without holes among shapes: which, the points of all, where each one's begin, ending with all."""

    mask: np.ndarray
    xy: np.ndarray
    begins: np.ndarray

    @property
    def none(self) -> bool:
        return len(self.begins) == 1


def _plain(shapes: Shapes) -> _Plain:
    """Find polygons among many shapes that a kernel measures as GEOS does."""
    nothing = _Plain(np.zeros(len(shapes), dtype=bool), np.empty((0, 2)), np.zeros(1, dtype=np.int64))
    if len(shapes) < _MANY:
        return nothing
    found = rings_of(shapes)
    xy, counts = vertices(shapes[found]), vertex_counts(shapes[found])
    finite = np.isfinite(xy).all(axis=1)
    if not finite.all():
        odd = np.zeros(len(counts), dtype=bool)
        odd[np.repeat(np.arange(len(counts)), counts)[~finite]] = True
        xy, found[np.flatnonzero(found)[odd]], counts = xy[np.repeat(~odd, counts)], False, counts[~odd]
    if len(counts) < _MANY:
        return nothing
    return _Plain(found, xy, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))


def _inside(plain: _Plain, crs: CRS | None = None) -> np.ndarray:
    from geo.places import measure_kernel

    return measure_kernel.points_inside(plain.xy if crs is None else _metric(plain.xy, crs), plain.begins)


def _metric(lonlat: np.ndarray, crs: CRS) -> np.ndarray:
    return np.column_stack(xy_from_lonlat(lonlat[:, 0], lonlat[:, 1], crs))
