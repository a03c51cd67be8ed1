"""Coordinate systems of requests and answers (OGC 18-058r1): the URIs that we answer in, and the order of their axes.

A coordinate system that is named by its authority has the authority's axes: EPSG:4326 is latitude first, and so are
4490 and the CGCS2000 zones, which put north first. CRS84 is longitude first, as everything is inside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely

from layers.errors import Fault, InvalidParameter
from layers.text import Text

ROOT = "http://www.opengis.net/def/crs"
CRS84 = f"{ROOT}/OGC/1.3/CRS84"
EVERYWHERE = (4326, 4490, 3857)
EDGE_POINTS = 21
DEGREE_DECIMALS, METRE_DECIMALS = 7, 4
_NAMES = re.compile(
    r"\[?(?:https?://www\.opengis\.net/def/crs/|urn:ogc:def:crs:)?"
    r"(EPSG|OGC)[/:](?:[0-9.]*[/:])?([0-9]{1,6}|CRS84)\]?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """One coordinate system; `epsg` None is CRS84."""

    uri: str
    epsg: int | None

    @property
    def degrees(self) -> bool:
        """Whether it is longitude and latitude, in whatever order."""
        return self.epsg in (None, 4326, 4490)

    @property
    def swapped(self) -> bool:
        """Whether the second number of a position is the one that goes east."""
        return self.epsg is not None and _axes(self.epsg)

    def write(self, shapes: np.ndarray) -> np.ndarray:
        """Bring longitude and latitude into this system, in the order of its axes, rounded to about a tenth of a mm."""
        if self.epsg is not None and not self.degrees:
            shapes = _from_lonlat(shapes, self.epsg)
        decimals = DEGREE_DECIMALS if self.degrees else METRE_DECIMALS
        step = -1 if self.swapped else 1
        return shapely.transform(shapely.force_2d(shapes), lambda xy: np.round(xy[:, ::step], decimals))

    def read(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Bring a shape of this system to longitude and latitude."""
        if self.swapped:
            shape = shapely.transform(shape, lambda xy: xy[:, ::-1])
        return self.place(shape)

    def place(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Bring a shape whose first number goes east to longitude and latitude."""
        if self.degrees:
            return shape
        from geo.places import parse_crs, to_lonlat

        return to_lonlat(np.array([shape], dtype=object), parse_crs(f"EPSG:{self.epsg}"))[0]

    def box(self, numbers: Sequence[float]) -> tuple[float, float, float, float] | None:
        """Return the box in longitude and latitude around a box of this system; None if that is no place on earth."""
        west, south, east, north = numbers
        if self.swapped:
            west, south, east, north = south, west, north, east
        if self.degrees:
            return west, south, east, north
        steps = np.linspace(0, 1, EDGE_POINTS)
        x, y = west + (east - west) * steps, south + (north - south) * steps
        edge = np.concatenate([np.column_stack([x, np.full_like(x, each)]) for each in (south, north)]
                              + [np.column_stack([np.full_like(y, each), y]) for each in (west, east)])  # fmt: skip
        bounds = shapely.bounds(self.place(shapely.multipoints(edge))).tolist()
        return tuple(bounds) if np.isfinite(bounds).all() else None


LONLAT = Reference(CRS84, None)


def references(metric: str | None) -> dict[str, Reference]:
    """Return URI → system, CRS84 first, the workspace's own metric one (such as ``EPSG:4549``) last."""
    codes = [*EVERYWHERE]
    if metric and metric.upper().startswith("EPSG:"):
        codes.append(int(metric[5:]))
    found = [Reference(CRS84, None), *(Reference(f"{ROOT}/EPSG/0/{code}", code) for code in dict.fromkeys(codes))]
    return {each.uri: each for each in found}


def reference(name: str, text: str | None, known: dict[str, Reference]) -> Reference:
    """Return the system that a parameter names by URI, URN or ``EPSG:4326``; CRS84 by default.

    Raises
    ------
    InvalidParameter
        It is none of those that are answered.
    """
    if text is None:
        return LONLAT
    match = _NAMES.fullmatch(text.strip())
    if match:
        authority, code = match[1].upper(), match[2].upper()
        uri = CRS84 if code == "CRS84" and authority == "OGC" else f"{ROOT}/{authority}/0/{code}"
        if uri in known:
            return known[uri]
    where = {"parameter": name, "value": text[:80]}
    raise InvalidParameter(Fault(Text("features.crs-unsupported", known=list(known)), where))


@lru_cache(maxsize=64)
def _axes(epsg: int) -> bool:
    from pyproj import CRS

    return CRS.from_epsg(epsg).axis_info[0].direction == "north"


def _from_lonlat(shapes: np.ndarray, epsg: int) -> np.ndarray:
    from geo.places import from_lonlat, parse_crs

    return from_lonlat(shapes, parse_crs(f"EPSG:{epsg}"))
