"""Geometry that comes with a request: GeoJSON with bounds on everything, and what is wrong with it, located.

A shape that cannot be used is refused before anything is computed with it, and drawn on the map where it can be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated

import msgspec
import numpy as np
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from geo.partition import Defect
from geo.places import from_lonlat, to_lonlat
from geo.shapes import problems, repair_ms
from layers.errors import Fault, InvalidParameter, TooLarge, TopologyDefects
from layers.model.shapes import DRAWN, WRITTEN, too_dear, too_dear_together, wrong_with
from layers.text import Text

MOST_VERTICES = DRAWN.vertices
LARGEST_KM = 200
MOST_CUTTING_MS = 500.0

Position = Annotated[list[float], msgspec.Meta(min_length=2, max_length=4)]
Ring = Annotated[list[Position], msgspec.Meta(min_length=4, max_length=200_000)]


class Point(msgspec.Struct, tag_field="type", tag="Point"):
    """A GeoJSON point."""

    coordinates: Position


class Line(msgspec.Struct, tag_field="type", tag="LineString"):
    """A GeoJSON line."""

    coordinates: Annotated[list[Position], msgspec.Meta(min_length=2, max_length=MOST_VERTICES)]


class Polygon(msgspec.Struct, tag_field="type", tag="Polygon"):
    """A GeoJSON polygon."""

    coordinates: Annotated[list[Ring], msgspec.Meta(min_length=1, max_length=500)]


class MultiPolygon(msgspec.Struct, tag_field="type", tag="MultiPolygon"):
    """A GeoJSON multi-polygon."""

    coordinates: Annotated[
        list[Annotated[list[Ring], msgspec.Meta(min_length=1, max_length=500)]],
        msgspec.Meta(min_length=1, max_length=500),
    ]


Area = Polygon | MultiPolygon


class Located(TopologyDefects):
    """A refusal that says where, to be drawn on the map.

    The places of `defects` are in the metric CRS of the plan; with `lonlat`, in longitude and latitude already.
    """

    def __init__(
        self,
        *faults: Fault | Text,
        defects: list[Defect] | None = None,
        grids: tuple[str, ...] = (),
        lonlat: bool = False,
    ) -> None:
        super().__init__(*faults)
        self.defects = defects or []
        self.grids = grids
        self.lonlat = lonlat


def line_of(given: Line, crs: CRS) -> shapely.LineString:
    """Return a drawn line in a metric CRS; a line without length is refused."""
    shape = _shape(lambda: shapely.linestrings(_xy(given.coordinates)), "line")
    _affordable(shape, "line")
    if shape.length == 0:
        spot = _invalid(shapely.Point(shape.coords[0]), "degenerate")
        raise Located(Text("plans.no-length"), defects=[spot], lonlat=True)
    return _metric(shape, crs)


def area_of(given: Area, crs: CRS) -> shapely.Polygon | shapely.MultiPolygon:
    """Return a drawn polygon in a metric CRS; one that crosses itself or has no surface is refused."""
    polygons = [given.coordinates] if isinstance(given, Polygon) else given.coordinates
    if sum(len(ring) for rings in polygons for ring in rings) > MOST_VERTICES:
        raise InvalidParameter(Fault(Text("plans.too-many-vertices", most=MOST_VERTICES), {"parameter": "polygon"}))
    shape = drawn_elsewhere(given)
    _affordable(shape, "polygon")
    (problem,) = problems(np.array([shape], dtype=object))
    if problem is not None or shape.area == 0:
        text = Text("plans.bad-polygon", reason=wrong_with(shape) if problem else Text("shapes.no-surface"))
        raise Located(text, defects=[_where_invalid(shape)], lonlat=True)
    return _metric(shape, crs)


def _affordable(shape: BaseGeometry, name: str) -> None:
    """Refuse a drawing whose edges meet so often that cutting the plan with it would take long."""
    flat = np.array([shape], dtype=object)
    (refusal,) = too_dear(flat, DRAWN)
    if refusal is None and repair_ms(flat, MOST_CUTTING_MS)[0] > MOST_CUTTING_MS:
        refusal = Text("shapes.costly-crossings", what_to_do=Text("shapes.simplify"))
    if refusal is not None:
        raise InvalidParameter(Fault(refusal, {"parameter": name}))


def drawn_elsewhere(given: Area) -> shapely.Polygon | shapely.MultiPolygon:
    """Return a polygon as it came, longitude and latitude; what is wrong with its outline is for others to say."""
    polygons = [given.coordinates] if isinstance(given, Polygon) else given.coordinates
    parts = [_shape(partial(_polygon, rings), "polygon") for rings in polygons]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def grids_elsewhere(given: Sequence[Area]) -> list[shapely.Polygon | shapely.MultiPolygon]:
    """Return grids that were drawn elsewhere, as `drawn_elsewhere`.

    Raises
    ------
    InvalidParameter
        One of them costs too much to be computed with.
    TooLarge
        All of them together do, as where many lie over one another.
    """
    shapes = np.empty(len(given), dtype=object)
    shapes[:] = [drawn_elsewhere(each) for each in given]
    refused = enumerate(too_dear(shapes, WRITTEN))
    faults = [Fault(text, {"pointer": f"/grids/features/{at}/geometry"}) for at, text in refused if text is not None]
    if faults:
        raise InvalidParameter(*faults)
    together = np.array([shapely.GeometryCollection(shapes.tolist())], dtype=object)
    too_much = too_dear_together(together)
    if too_much is not None:
        raise TooLarge(Fault(too_much, {"pointer": "/grids/features"}))
    return shapes.tolist()


def point_of(given: Point | list[float], crs: CRS) -> tuple[float, float]:
    """Return a position in a metric CRS."""
    xy = _xy([given.coordinates if isinstance(given, Point) else given])
    shape = _metric(shapely.Point(xy[0]), crs)
    return shape.x, shape.y


def _xy(positions: list[list[float]]) -> np.ndarray:
    """Return positions without height; those that are not on the globe are refused."""
    xy = np.array([position[:2] for position in positions], dtype=float)
    if not np.isfinite(xy).all() or (np.abs(xy) > (180, 90)).any():
        raise InvalidParameter(Fault(Text("plans.not-on-the-globe"), {"parameter": "coordinates"}))
    return xy


def _polygon(rings: list[list[list[float]]]) -> shapely.Polygon:
    made = [_xy(ring) for ring in rings]
    if any((ring[0] != ring[-1]).any() for ring in made):
        raise InvalidParameter(Fault(Text("plans.open-ring"), {"parameter": "polygon"}))
    return shapely.Polygon(made[0], made[1:])


def _shape(make: Callable[[], BaseGeometry], name: str) -> BaseGeometry:
    try:
        return make()
    except shapely.errors.GEOSException:
        text = Text("plans.bad-polygon", reason=Text("shapes.invalid"))
        raise InvalidParameter(Fault(text, {"parameter": name})) from None


def _metric(shape: BaseGeometry, crs: CRS) -> BaseGeometry:
    (moved,) = from_lonlat(np.array([shape], dtype=object), crs)
    west, south, east, north = moved.bounds
    if not np.isfinite((west, south, east, north)).all() or max(east - west, north - south) > LARGEST_KM * 1000:
        raise InvalidParameter(Fault(Text("plans.too-large", most=LARGEST_KM), {"parameter": "coordinates"}))
    return moved


def _where_invalid(shape: BaseGeometry) -> Defect:
    """Return the spot that GEOS names, or the shape itself as a line."""
    reason = str(shapely.is_valid_reason(shape))
    if "[" in reason:
        x, _, y = reason[reason.index("[") + 1 : reason.index("]")].partition(" ")
        return _invalid(shapely.Point(float(x), float(y)), reason.partition("[")[0])
    return _invalid(shapely.boundary(shape), "no surface")


def _invalid(place: BaseGeometry, detail: str) -> Defect:
    return Defect("invalid", place, (), 0.0, detail=detail)


def on_the_map(defects: list[Defect], crs: CRS) -> list[Defect]:
    """Return defects of a metric CRS in longitude and latitude."""
    places = to_lonlat(np.array([each.geometry for each in defects], dtype=object), crs)
    return [
        Defect(each.kind, place, each.members, each.measure, each.footprint, each.detail)
        for each, place in zip(defects, places, strict=True)
    ]
