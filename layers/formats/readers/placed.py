"""Geometry out of ordinary columns: a longitude and a latitude, both in one cell, or a column of well-known text."""

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
TOGETHER = (
    "坐标", "经纬度", "经纬度坐标", "地理坐标", "坐标位置", "位置坐标", "点位坐标", "中心坐标",
    "中心点坐标", "定位", "位置", "纬经度", "coordinates", "coordinate", "coord", "coords", "location",
    "position", "lnglat", "lonlat", "latlng", "latlon",
)  # fmt: skip
LATITUDE_FIRST = ("纬经度", "latlng", "latlon")
# A number of degrees as people write it: 120.40, 120.40°, 120°24′3.6″, E120.40.
DEGREES = (
    r"([EWNS东西南北]?[经纬]?)\s*([-+]?\d+(?:\.\d+)?)\s*°?"
    r"(?:\s*(\d+(?:\.\d+)?)\s*[′'])?(?:\s*(\d+(?:\.\d+)?)\s*(?:″|′′|''|\"))?\s*([EWNS]?)"
)
ONE = re.compile(DEGREES, re.IGNORECASE)
TWO = re.compile(rf"[\[(]?\s*{DEGREES}\s*[,;/、|\s]\s*{DEGREES}\s*[\])]?", re.IGNORECASE)
MOST_LATITUDE = 90.0
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
        self._together = None
        if self._text is None and self._pair is None:
            self._together = _both_in_one(names, first_rows)
        self._turned = False
        if self._together is not None:
            self._turned = _latitude_first(names[self._together], [row[self._together] for row in first_rows])
            key = "formats.coordinates-turned" if self._turned else "formats.coordinates-together"
            sink.note(Text(key, column=header[self._together]))
        self._srid: str | None = None

    @property
    def used(self) -> frozenset[int]:
        """The columns that hold geometry and nothing else."""
        one = self._text if self._text is not None else self._together
        return frozenset(self._pair or ()) if one is None else frozenset({one})

    def shape(self, row: int, values: list) -> bytes | None:
        """Return one row's geometry as checked WKB; what cannot be used is a fault."""
        try:
            if self._text is not None:
                return self._from_text(row, values[self._text])
            if self._together is not None:
                return self._from_one(row, self._header[self._together], values[self._together])
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

    def _from_one(self, row: int, column: str, value: object) -> bytes | None:
        text = _half_width(value)
        if not text:
            return None
        both = _two_of(text)
        if both is None:
            self._sink.fault(Text("formats.coordinates-not-two"), row=row, column=column, value=text)
            return None
        return wkb.Builder().point(np.array(both[::-1] if self._turned else both))

    def _number(self, row: int, which: int, value: object) -> float | None:
        text = _half_width(value)
        try:
            number = float(text)
        except ValueError:
            found = ONE.fullmatch(text)
            number = math.nan if found is None else _degrees(*found.groups())
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


def _half_width(value: object) -> str:
    # NFKC makes primes of two quotes, and leaves the degree sign and the primes themselves.
    text = unicodedata.normalize("NFKC", str(value if value is not None else ""))
    return text.replace("º", "°").replace("度", "°").replace("’", "′").replace("分", "′").replace("秒", "″").strip()


def _degrees(before: str, whole: str, minutes: str | None, seconds: str | None, after: str) -> float:
    size = abs(float(whole)) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    negative = whole.startswith("-") or bool({*(before + after).upper()} & {*"WS西南"})
    return -size if negative else size


def _two_of(text: str) -> tuple[float, float] | None:
    """Return the two numbers of a cell in its order."""
    found = TWO.fullmatch(text)
    return None if found is None else (_degrees(*found.groups()[:5]), _degrees(*found.groups()[5:]))


def _both_in_one(names: list[str], rows: list[list[object]]) -> int | None:
    """Return the column in whose cells longitude and latitude stand together."""
    for column in (place for place, name in enumerate(names) if name in TOGETHER):
        cells = [text for row in rows if (text := _half_width(row[column]))]
        if cells and sum(_two_of(text) is not None for text in cells) * 2 > len(cells):
            return column
    return None


def _latitude_first(name: str, cells: list[object]) -> bool:
    """Say whether latitude stands first: where most first numbers may be one and the second cannot, or it is said."""
    both = [found for cell in cells if (found := _two_of(_half_width(cell))) is not None]
    turned = sum(abs(first) <= MOST_LATITUDE < abs(second) <= 2 * MOST_LATITUDE for first, second in both)
    upright = sum(abs(second) <= MOST_LATITUDE < abs(first) <= 2 * MOST_LATITUDE for first, second in both)
    return turned > upright or (turned == upright == 0 and name in LATITUDE_FIRST)


def _plain(name: str) -> str:
    """Return a heading without its unit in brackets: "经度(°)" becomes "经度"."""
    return re.sub(r"[(（].*?[)）]", "", unicodedata.normalize("NFKC", name)).strip().lower()


def _first(names: list[str], wanted: tuple[str, ...]) -> int | None:
    return next((names.index(each) for each in wanted if each in names), None)
