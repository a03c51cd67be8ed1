"""Areas in square metres, and the one point that stands for a shape.

Everything comes in longitude/latitude and is measured in the metric CRS that the caller names: never in
degrees, never in Web Mercator (at 36 degrees its areas are 1.53 times too big).
"""

from __future__ import annotations

import numpy as np
import shapely
from pyproj import CRS

from geo.places.crs import from_lonlat, require_metric, xy_from_lonlat

METRES_PER_DEGREE = 111_320.0
"""Of latitude, roughly: for margins and neighbourhoods, never for a figure."""
_MANY = 5_000  # of fewer shapes GEOS knows all before a kernel is loaded
_POLYGON = 3


def areas_m2(geometries_lonlat: np.ndarray, crs: CRS) -> np.ndarray:
    """Measure areas; float64 in the order of the input, m2, 0 for points and lines, nan for None.

    Raises
    ------
    ValueError
        If the CRS is not projected in metres, or is a Mercator of the world.
    """
    require_metric(crs)
    shapes = np.asarray(geometries_lonlat, dtype=object)
    plain = _plain(shapes)
    if not plain.any():
        return shapely.area(from_lonlat(shapes, crs))
    from geo.places import measure_kernel

    xy, begins = _rings(shapes[plain])
    areas = np.empty(len(shapes))
    areas[plain] = measure_kernel.ring_areas(_metric(xy, crs), begins)
    areas[~plain] = shapely.area(from_lonlat(shapes[~plain], crs))
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
    if plain.any():
        points = np.empty(len(flat), dtype=object)
        points[plain] = shapely.points(_inside(flat[plain]))
        points[~plain] = representative_points(flat[~plain])
        return points
    if shapely.has_z(flat).any():
        flat = shapely.force_2d(flat)
    points = flat.copy()
    shaped = shapely.get_type_id(flat) > 0
    points[shaped] = shapely.point_on_surface(flat[shaped])
    points[shapely.is_empty(points)] = None
    return points


def representative_xy(geometries: np.ndarray, crs: CRS | None = None) -> np.ndarray:
    """Return the coordinates of `representative_points`: float64[n, 2], nan for None.

    With a `crs` the shapes are in longitude and latitude, and the points those of the shapes in it.
    """
    shapes = np.asarray(geometries, dtype=object)
    plain, xy = _plain(shapes), np.empty((len(shapes), 2))
    if plain.any():
        xy[plain] = _inside(shapes[plain], crs)
    others = shapes[~plain] if crs is None else from_lonlat(shapes[~plain], crs)
    points = representative_points(others)
    xy[~plain] = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    return xy


def centroids_xy(geometries: np.ndarray) -> np.ndarray:
    """Return the coordinates of ``shapely.centroid``: float64[n, 2], nan for None and empty shapes."""
    shapes = np.asarray(geometries, dtype=object)
    plain, xy = _plain(shapes), np.full((len(shapes), 2), np.nan)
    if plain.any():
        from geo.places import measure_kernel

        xy[plain] = measure_kernel.centroids(*_rings(shapes[plain]))
    left = ~np.isfinite(xy).all(axis=1)  # such as what has no surface
    points = shapely.centroid(shapes[left])
    points[shapely.is_empty(points)] = None
    xy[left] = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    return xy


def _plain(shapes: np.ndarray) -> np.ndarray:
    """Mark finite polygons without holes among many shapes, which a kernel measures as GEOS does: bool[n]."""
    if len(shapes) < _MANY:
        return np.zeros(len(shapes), dtype=bool)
    found = (shapely.get_type_id(shapes) == _POLYGON) & (shapely.get_num_interior_rings(shapes) == 0)
    found &= ~shapely.is_empty(shapes)
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    found[owner[~np.isfinite(xy).all(axis=1)]] = False
    return found if found.sum() >= _MANY else np.zeros(len(shapes), dtype=bool)


def _rings(polygons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the points of polygons without holes, and where each one's begin: float64[m, 2], int64[n + 1]."""
    counts = shapely.get_num_coordinates(polygons)
    return shapely.get_coordinates(polygons), np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _inside(polygons: np.ndarray, crs: CRS | None = None) -> np.ndarray:
    from geo.places import measure_kernel

    xy, begins = _rings(polygons)
    return measure_kernel.points_inside(xy if crs is None else _metric(xy, crs), begins)


def _metric(lonlat: np.ndarray, crs: CRS) -> np.ndarray:
    return np.column_stack(xy_from_lonlat(lonlat[:, 0], lonlat[:, 1], crs))
