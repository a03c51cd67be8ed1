"""Many shapes as arrays of their corners, and as geometries only while somebody looks at them.

Most shapes of a city are polygons of one ring. As a geometry each takes some 400 bytes, as corners 80, and what is
measured of them is measured of corners.
"""

from __future__ import annotations

from operator import is_

import numpy as np
import shapely

_POLYGON = 3


class Packed:
    """Shapes of which most are the corners of a ring; what they are made of is shared by all that is taken of them.

    Parameters
    ----------
    rows : int32[n]
        Which ring each shape is; -1 - k for the odd shape k.
    xy : float64[v, 2]
        Corners, all finite, ring after ring; each ring ends where it begins.
    begins : int64[m + 1]
        Ring i is xy[begins[i]:begins[i + 1]].
    odd : object[k]
        Geometries of all other rows; the first is None.
    """

    __slots__ = ("begins", "odd", "rows", "xy")

    def __init__(self, rows: np.ndarray, xy: np.ndarray, begins: np.ndarray, odd: np.ndarray) -> None:
        self.rows, self.xy, self.begins, self.odd = rows, xy, begins, odd

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, chosen: np.ndarray | slice) -> Packed:
        return Packed(self.rows[chosen], self.xy, self.begins, self.odd)

    def __array__(self, dtype: object = None, copy: bool | None = None) -> np.ndarray:  # as numpy asks
        return self.geometries()

    @property
    def plain(self) -> np.ndarray:
        """Say which shapes are polygons of one ring, whose corners are finite; others may be too: bool[n]."""
        return self.rows >= 0

    def replaced(self, places: np.ndarray, shapes: np.ndarray) -> Packed:
        """Return the same with other geometries, or None, at some places."""
        rows, first = self.rows.copy(), len(self.odd)
        rows[places] = -1 - np.arange(first, first + len(shapes))
        return Packed(rows, self.xy, self.begins, np.concatenate([self.odd, shapes]))

    def corners(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the corners of the `plain` shapes and where each one's begin, ending with all; to be read only."""
        rings = self.rows[self.plain]
        if len(rings) and (np.diff(rings) == 1).all():
            begins = self.begins[rings[0] : rings[-1] + 2]
            return self.xy[begins[0] : begins[-1]], begins - begins[0]
        counts = self.begins[rings + 1] - self.begins[rings]
        begins = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return self.xy[np.arange(begins[-1]) + np.repeat(self.begins[rings] - begins[:-1], counts)], begins

    def others(self) -> np.ndarray:
        """Return the geometries of all shapes that are not `plain`, or None."""
        return self.odd[-1 - self.rows[~self.plain]]

    def geometries(self) -> np.ndarray:
        """Make every geometry: object[n]."""
        found, plain = np.empty(len(self.rows), dtype=object), self.plain
        found[~plain] = self.others()
        if plain.any():
            xy, begins = self.corners()
            found[plain] = shapely.from_ragged_array(
                shapely.GeometryType.POLYGON, xy, (begins, np.arange(len(begins)))
            )
        return found


class PackedLines:
    """Lines as their corners: as a geometry each takes some 300 bytes, most of which is no corner.

    Parameters
    ----------
    lines : object[n] of LineString
    """

    def __init__(self, lines: np.ndarray) -> None:
        self._xy = shapely.get_coordinates(lines)
        self._begins = np.append(0, np.cumsum(shapely.get_num_coordinates(lines)))

    def __len__(self) -> int:
        return len(self._begins) - 1

    def geometries(self) -> np.ndarray:
        """Make every line: object[n]."""
        if not len(self):
            return np.empty(0, dtype=object)
        return shapely.from_ragged_array(shapely.GeometryType.LINESTRING, self._xy, (self._begins,))


Shapes = np.ndarray | Packed
"""Geometries or None, object[n], or the same packed."""


def kept_as(values: object) -> Shapes:  # an array, a series, or what holds shapes packed
    """Return shapes as they are kept: what holds them packed says so with an attribute `packed`."""
    found = getattr(values, "packed", values)
    return found if isinstance(found, Packed) else np.asarray(found, dtype=object)


def type_ids(shapes: Shapes) -> np.ndarray:
    """Return `shapely.get_type_id`."""
    if not isinstance(shapes, Packed):
        return shapely.get_type_id(shapes)
    found = np.full(len(shapes), _POLYGON, dtype=np.int32)
    found[~shapes.plain] = shapely.get_type_id(shapes.others())
    return found


def vertex_counts(shapes: Shapes) -> np.ndarray:
    """Return `shapely.get_num_coordinates`."""
    if not isinstance(shapes, Packed):
        return shapely.get_num_coordinates(shapes)
    found, rings = np.empty(len(shapes), dtype=np.int32), shapes.rows[shapes.plain]
    found[shapes.plain] = shapes.begins[rings + 1] - shapes.begins[rings]
    found[~shapes.plain] = shapely.get_num_coordinates(shapes.others())
    return found


def missing(shapes: Shapes) -> np.ndarray:
    """Return `shapely.is_missing`."""
    if not isinstance(shapes, Packed):
        return shapely.is_missing(shapes)
    found = ~shapes.plain
    found[found] = shapely.is_missing(shapes.others())
    return found


def only_areas(shapes: Shapes) -> Shapes:
    """Return the same with None in the place of all that has no surface."""
    if isinstance(shapes, Packed):
        return shapes.replaced(np.flatnonzero(~shapes.plain), np.asarray(only_areas(shapes.others()), dtype=object))
    found = shapes.copy()
    found[shapely.get_dimensions(found) != 2] = None
    return found


def same_shapes(one: Shapes, other: Shapes) -> bool:
    """Say whether both are surely the same shapes in the same order; geometries are if they are the very same."""
    if len(one) != len(other):
        return False
    if isinstance(one, Packed) and isinstance(other, Packed):
        return one.xy is other.xy and one.odd is other.odd and np.array_equal(one.rows, other.rows)
    if isinstance(one, Packed) or isinstance(other, Packed):  # those of one were made for somebody who looked
        a, b = np.asarray(one, dtype=object), np.asarray(other, dtype=object)
        return bool((shapely.equals_identical(a, b) | (shapely.is_missing(a) & shapely.is_missing(b))).all())
    return all(map(is_, one, other))


def bounds(shapes: Shapes) -> np.ndarray:
    """Return `shapely.bounds`."""
    if not isinstance(shapes, Packed):
        return shapely.bounds(shapes)
    found, plain = np.empty((len(shapes), 4)), shapes.plain
    found[~plain] = shapely.bounds(shapes.others())
    if plain.any():
        xy, begins = shapes.corners()
        found[plain] = np.hstack([np.minimum.reduceat(xy, begins[:-1]), np.maximum.reduceat(xy, begins[:-1])])
    return found


def extent(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the largest of some coordinates, float64[n, 2], on either axis: float64[2] twice."""
    x, y = xy.T  # numpy goes over both at once several times as slowly
    return np.array([x.min(), y.min()]), np.array([x.max(), y.max()])


def vertices(shapes: Shapes) -> np.ndarray:
    """Return `shapely.get_coordinates`; to be read only."""
    if not isinstance(shapes, Packed):
        return shapely.get_coordinates(shapes)
    xy, _ = shapes.corners()
    others = shapes.others()
    if not shapely.get_num_coordinates(others).any():
        return xy
    counts = vertex_counts(shapes)
    plain = np.repeat(shapes.plain, counts)
    found = np.empty((len(plain), 2))
    found[plain], found[~plain] = xy, shapely.get_coordinates(others)
    return found


def rings_of(shapes: Shapes) -> np.ndarray:
    """Say which shapes are polygons without holes that are not empty: bool[n]."""
    if isinstance(shapes, Packed):
        found = shapes.plain.copy()
        found[~found] = rings_of(shapes.others())
        return found
    holes = shapely.get_num_interior_rings(shapes)
    return (shapely.get_type_id(shapes) == _POLYGON) & (holes == 0) & ~shapely.is_empty(shapes)
