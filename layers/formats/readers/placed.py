"""Geometry out of ordinary columns: a longitude and a latitude, or one column of well-known text."""

from __future__ import annotations

import math
import re
import unicodedata

import numpy as np

from geo.shapes import nesting_depth_wkt
from layers.formats import wkb
from layers.formats.sink import Sink
from layers.text import Text

EASTWARD = ("lng", "lon", "long", "longitude", "经度", "x", "x坐标", "东坐标")
NORTHWARD = ("lat", "latitude", "纬度", "y", "y坐标", "北坐标")
TEXTUAL = ("wkt", "geom", "geometry", "the_geom", "shape", "几何", "空间坐标")
WKT_START = re.compile(
    r"\s*(?:SRID=(\d+);)?\s*(?:(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION)\b", re.IGNORECASE
)
NOT_A_NUMBER = re.compile(r"(?<![A-Z])(nan|inf(inity)?)\b", re.IGNORECASE)


class Placement:
    """How a table's columns give its geometry; `used` are the indexes of the columns that do.

    Parameters
    ----------
    header : list of str
        The table's column names.
    first_rows : list of list
        Some rows, to see whether a column called "geometry" holds well-known text.
    sink : Sink
        Takes the faults.
    """

    def __init__(self, header: list[str], first_rows: list[list], sink: Sink) -> None:
        self._sink = sink
        names = [_plain(name) for name in header]
        self._text = _first(names, TEXTUAL)
        if self._text is not None and not _looks_like_wkt(first_rows, self._text):
            self._text = None
        east, north = _first(names, EASTWARD), _first(names, NORTHWARD)
        self._pair = (east, north) if self._text is None and None not in (east, north) else None
        self._header = header
        self._srid: str | None = None

    @property
    def used(self) -> frozenset[int]:
        """The columns that hold geometry and nothing else."""
        if self._text is not None:
            return frozenset({self._text})
        return frozenset(self._pair or ())

    def shape(self, row: int, values: list) -> bytes | None:
        """Return one row's geometry as checked WKB; what cannot be used is a fault."""
        try:
            if self._text is not None:
                return self._from_text(row, values[self._text])
            return self._from_pair(row, *(values[each] for each in self._pair))
        except wkb.BadGeometry as error:
            self._sink.bad_shape(row, error)
            return None

    def crs(self) -> str | None:
        """Return the coordinate system that the text names (``SRID=4326;POINT …``); headings name none."""
        return f"EPSG:{self._srid}" if self._srid else None

    def _from_pair(self, row: int, east: object, north: object) -> bytes | None:
        if east in (None, "") and north in (None, ""):
            return None
        x, y = self._number(row, 0, east), self._number(row, 1, north)
        if x is None or y is None:
            return None
        return wkb.Builder().point(np.array([x, y]))

    def _number(self, row: int, which: int, value: object) -> float | None:
        text = unicodedata.normalize("NFKC", str(value if value is not None else "")).strip()
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self._sink.fault(
                Text("formats.coordinate-not-a-number"), row=row, column=self._header[self._pair[which]], value=text
            )
            return None
        return number

    def _from_text(self, row: int, value: object) -> bytes | None:
        if value is None or not str(value).strip():
            return None
        text = str(value).strip()
        start = WKT_START.match(text)
        if start is None:
            raise wkb.BadGeometry("formats.wkt-broken")
        self._srid = self._srid or start[1]
        return self._sink.shape(row, parse_wkt(text.partition(";")[2] if start[1] else text, self._sink.limits.nesting))


def parse_wkt(text: str, nesting: int) -> bytes:
    """Return well-known text as WKB; the depth of brackets is checked before GEOS sees it.

    Raises
    ------
    BadGeometry
        Too deep, not finite, or not well-known text.
    """
    import shapely

    if nesting_depth_wkt(text) > nesting:
        raise wkb.BadGeometry("formats.geometry-too-deep", limit=nesting)
    if NOT_A_NUMBER.search(text):
        raise wkb.BadGeometry("formats.geometry-not-finite")
    try:
        return shapely.to_wkb(shapely.from_wkt(text), output_dimension=2)
    except (shapely.errors.GEOSException, ValueError, TypeError) as error:
        raise wkb.BadGeometry("formats.wkt-broken") from error


def _looks_like_wkt(rows: list[list], column: int) -> bool:
    values = [str(row[column]) for row in rows if row[column] not in (None, "")]
    return bool(values) and any(WKT_START.match(value) for value in values)


def _plain(name: str) -> str:
    """Return a heading without its unit in brackets: "经度(°)" becomes "经度"."""
    return re.sub(r"[(（].*?[)）]", "", unicodedata.normalize("NFKC", name)).strip().lower()


def _first(names: list[str], wanted: tuple[str, ...]) -> int | None:
    return next((names.index(each) for each in wanted if each in names), None)
