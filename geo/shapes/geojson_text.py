"""Geometry as the text of GeoJSON (RFC 7946), straight from arrays of coordinates: many shapes at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely

from geo.shapes.validity import force_2d, orient_rfc7946, round_coordinates

NAMES = ("Point", "LineString", "", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
LEVELS = (0, 1, 0, 2, 1, 2, 3)
MOST_UNITS = 9e15  # beyond it a float does not hold every whole number
NULL = b"null"
MANY = 200
"""Shapes for which it is worth while to load the kernel."""


def geometry_texts(shapes: np.ndarray, decimals: int = 7, kernel_from: int = 0) -> list[bytes]:
    """Write geometries: rounded, exterior rings counterclockwise and holes clockwise, in two dimensions.

    Parameters
    ----------
    shapes : object[n]
        Geometries in any CRS, or None.
    decimals : int
        Of a coordinate; 7 of a degree are about a centimetre.
    kernel_from : int
        How many shapes the kernel is loaded for, which takes a moment once; fewer are left to shapely.

    Returns
    -------
    list of bytes, one GeoJSON object each, ``null`` for None. The same values as
    ``shapely.to_geojson(orient_rfc7946(round_coordinates(shapes)))``.
    """
    shapes = np.asarray(shapes, dtype=object)
    kinds = shapely.get_type_id(shapes)
    found = np.full(len(shapes), NULL, dtype=object)
    if len(shapes) < kernel_from:
        found[kinds >= 0] = _by_shapely(shapes[kinds >= 0], decimals)
        return found.tolist()
    for kind in np.unique(kinds[kinds >= 0]).tolist():
        rows = np.flatnonzero(kinds == kind)
        found[rows] = _of_one_kind(shapes[rows], kind, decimals)
    return found.tolist()


def _of_one_kind(shapes: np.ndarray, kind: int, decimals: int) -> np.ndarray:
    texts = np.empty(len(shapes), dtype=object)
    plain = np.zeros(len(shapes), bool)
    if kind < len(NAMES) and NAMES[kind]:
        limit = MOST_UNITS / 10**decimals
        reach = np.abs(np.nan_to_num(shapely.bounds(shapes), nan=np.inf)).max(axis=1, initial=0.0)
        plain = ~shapely.is_empty(shapes) & (reach < limit)
        texts[plain] = _by_kernel(shapes[plain], kind, decimals)
    texts[~plain] = _by_shapely(shapes[~plain], decimals)
    return texts


def _by_shapely(shapes: np.ndarray, decimals: int) -> list[bytes]:
    return [text.encode() for text in shapely.to_geojson(orient_rfc7946(round_coordinates(shapes, decimals)))]


def _by_kernel(shapes: np.ndarray, kind: int, decimals: int) -> list[bytes]:
    from geo.shapes.geojson_kernel import write_shapes

    if not len(shapes):
        return []
    xy, offsets = _offsets(force_2d(shapes), kind)
    units = np.rint(xy * 10**decimals).astype(np.int64)
    written, starts = write_shapes(units, offsets, LEVELS[kind], decimals, kind in (3, 6))
    text, starts = written.tobytes(), starts.tolist()
    head = b'{"type":"%b","coordinates":' % NAMES[kind].encode()
    return [head + text[begin:end] + b"}" for begin, end in pairwise(starts)]


def _offsets(shapes: np.ndarray, kind: int) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return coordinates and the offsets of shapes, parts and courses."""
    _, xy, inner = shapely.to_ragged_array(shapes, include_z=False)
    n = len(shapes)
    ones, given = np.arange(n + 1), [np.asarray(each, dtype=np.int64) for each in reversed(inner)]
    if kind == 0:
        return xy, (ones, ones, np.arange(n + 1))
    if kind in (1, 4):
        return xy, (ones, ones, given[0])
    if kind in (3, 5):
        return xy, (ones, given[0], given[1])
    return xy, (given[0], given[1], given[2])
