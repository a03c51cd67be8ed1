"""A GeoJSON geometry that came from outside, parsed already → a shape, or what is wrong with it.

Built by constructors out of checked arrays: GEOS sees no collection inside a collection, no ring that is open or too
short, and no coordinate that is not finite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import shapely

from layers.model.shapes.price import WRITTEN, Allowance, too_dear, too_many
from layers.text import Text

DIMENSIONS = {"Point": "point", "MultiPoint": "point", "LineString": "line", "MultiLineString": "line",
              "Polygon": "polygon", "MultiPolygon": "polygon"}  # fmt: skip
SINGLE = {"MultiPoint": "Point", "MultiLineString": "LineString", "MultiPolygon": "Polygon"}
COLLECT = {
    "MultiPoint": shapely.multipoints,
    "MultiLineString": shapely.multilinestrings,
    "MultiPolygon": shapely.multipolygons,
}


# Parsed JSON from outside, before it is known to be a shape: hence `object`.
Json: TypeAlias = object


class BadShape(ValueError):
    """A geometry that cannot be used; `text` says why."""

    def __init__(self, key: str | Text, **params: object) -> None:  # as `Text` takes them
        super().__init__(str(key))
        self.text = key if isinstance(key, Text) else Text(key, **params)


def shape_of(geometry: Json, swapped: bool = False, allowance: Allowance = WRITTEN) -> shapely.Geometry:
    """Return the shape of a GeoJSON geometry (RFC 7946, section 3.1), in two dimensions; nothing is computed with it.

    Parameters
    ----------
    geometry : Json
        Parsed JSON.
    swapped : bool
        Whether the second number of a position is the one that goes east.
    allowance : Allowance
        What it may bring; by default what a request may.

    Raises
    ------
    BadShape
        It is no geometry, empty, has odd positions or open rings, nests collections, or costs too much to be checked.
    """
    if not isinstance(geometry, Mapping):
        raise BadShape("filters.no-geometry")
    builder = _Builder(swapped, allowance)
    if geometry.get("type") == "GeometryCollection":
        members = _items(geometry.get("geometries"))
        shape = shapely.GeometryCollection([builder.shape(member) for member in members])
    else:
        shape = builder.shape(geometry)
    (refusal,) = too_dear(np.array([shape], dtype=object), allowance)
    if refusal is not None:
        raise BadShape(refusal)
    return shape


class _Builder:
    def __init__(self, swapped: bool, allowance: Allowance) -> None:
        self.swapped, self.allowance, self.left = swapped, allowance, allowance.vertices

    def shape(self, geometry: Json) -> shapely.Geometry:
        if not isinstance(geometry, Mapping) or not isinstance(kind := geometry.get("type"), str):
            raise BadShape("filters.no-geometry")
        coordinates = geometry.get("coordinates")
        if kind in SINGLE:
            return COLLECT[kind]([self._single(SINGLE[kind], each) for each in _items(coordinates)])
        return self._single(kind, coordinates)

    def _single(self, kind: str, coordinates: Json) -> shapely.Geometry:
        if kind == "Point":
            return shapely.points(self._positions([coordinates])[0])
        if kind == "LineString":
            positions = self._positions(_items(coordinates))
            if len(positions) < 2:
                raise BadShape("filters.line-too-short")
            return shapely.linestrings(positions)
        if kind == "Polygon":
            shell, *holes = [self._ring(each) for each in _items(coordinates)]
            return shapely.polygons(shell, holes or None)
        raise BadShape("filters.no-geometry")

    def _ring(self, coordinates: Json) -> shapely.LinearRing:
        positions = self._positions(_items(coordinates))
        if len(positions) < 4 or (positions[0] != positions[-1]).any():
            raise BadShape("filters.open-ring")
        return shapely.linearrings(positions)

    def _positions(self, positions: Sequence[Json]) -> np.ndarray:
        self.left -= len(positions)
        if self.left < 0:
            raise BadShape(too_many("vertices", self.allowance))
        places = []
        for each in positions:
            if not isinstance(each, list) or not 2 <= len(each) <= 4:
                raise BadShape("filters.bad-position", value=str(each)[:60])
            if not all(type(number) in (int, float) for number in each):
                raise BadShape("filters.bad-position", value=str(each)[:60])
            places.append(each[:2])
        try:
            flat = np.array(places, dtype=np.float64)
        except OverflowError:
            flat = np.array([[np.inf, np.inf]])
        if not np.isfinite(flat).all():
            raise BadShape("filters.bad-position", value="∞")
        return flat[:, ::-1].copy() if self.swapped else flat


def _items(coordinates: Json) -> list[Json]:
    if not isinstance(coordinates, list) or not coordinates:
        raise BadShape("filters.no-coordinates")
    return coordinates
