"""Geometry out of ordinary columns: a longitude and a latitude, both in one cell, or a column of shapes as text."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from geo.shapes import nesting_depth_wkt
from layers.formats import wkb
from layers.formats.readers.coordinate_columns import is_latitude_first, is_textual, pair_of, system_of, together
from layers.formats.readers.degrees import dotted_of, half_width, one_of, two_of
from layers.formats.readers.point_lists import looks_listed, read_points
from layers.formats.sink import Sink
from layers.formats.table import DOTTED, DOTTED_MEANING, POINTS_COLUMN
from layers.text import Text

MOST_LATITUDE = 90.0
WKT_START = re.compile(
    r"\s*(?:SRID=(\d+);)?\s*(?:(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION)\b", re.IGNORECASE
)
WKT_SHAPE = re.compile(rf"{WKT_START.pattern}\s*(?:[ZM]{{1,2}}\s*)?(?:\(|EMPTY)", re.IGNORECASE)
HEX = re.compile(r"\s*0[01](?:[0-9A-F]{2}){8,}\s*", re.IGNORECASE)
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

    def __init__(self, header: list[str], first_rows: Sequence[Sequence[object]], sink: Sink) -> None:
        self._sink, self._header = sink, header
        self._srid: str | None = None
        self._turned = False
        both = together(header)
        textual = [place for place, name in enumerate(header) if is_textual(name)]
        self._text = next((place for place in (*textual, *both) if _looks_like_shapes(first_rows, place)), None)
        self._pair = pair_of(header) if self._text is None else None
        self._together = self._points = None
        if self._text is None and self._pair is None:
            self._together = next((place for place in both if _looks_like_places(first_rows, place)), None)
        if not self.used:  # a shape is one, whatever its column is called
            self._text = next((place for place in range(len(header)) if _are_shapes(first_rows, place)), None)
            if self._text is not None:
                sink.note(Text("formats.shapes-read", column=header[self._text]))
        if not self.used:
            columns = ((place, [row[place] for row in first_rows]) for place in range(len(header)))
            self._points = next((place for place, cells in columns if looks_listed(header[place], cells)), None)
        if self._points is not None:
            sink.choices[POINTS_COLUMN] = header[self._points]
            sink.note(Text("formats.points-read", column=header[self._points]))
        if self._together is not None:
            self._turned = _latitude_first(header[self._together], [row[self._together] for row in first_rows])
            key = "formats.coordinates-turned" if self._turned else "formats.coordinates-together"
            sink.note(Text(key, column=header[self._together]))
        self._system = self._named()

    @property
    def used(self) -> frozenset[int]:
        """The columns that hold geometry and nothing else."""
        if self._pair is not None:
            return frozenset({self._pair.east, self._pair.north})
        one = next((each for each in (self._text, self._together, self._points) if each is not None), None)
        return frozenset() if one is None else frozenset({one})

    def shape(self, row: int, values: Sequence[object]) -> bytes | None:
        """Return one row's geometry as checked WKB; what cannot be used is a fault."""
        try:
            if self._text is not None:
                return self._from_text(row, values[self._text])
            if self._together is not None:
                return self._from_one(row, self._header[self._together], values[self._together])
            if self._points is not None:
                return self._sink.shape(row, read_points(values[self._points]))
            assert self._pair is not None  # or nothing is used
            return self._from_pair(row, values[self._pair.east], values[self._pair.north])
        except wkb.BadGeometry as error:
            self._sink.bad_shape(row, error)
            return None

    def crs(self) -> str | None:
        """Return the system that the text names (``SRID=4326;POINT …``), or an offset that a heading does."""
        return f"EPSG:{self._srid}" if self._srid else self._system or None

    def _named(self) -> str:
        """Return the offset that the heading names, and tell it."""
        one = self._together if self._points is None else self._points
        place = one if self._pair is None else self._pair.east
        system = "" if place is None else system_of(self._header[place])
        if system and place is not None:
            from geo.places import OFFSET_NAMES  # brings PROJ, which few tables need

            self._sink.note(Text("formats.coordinates-offset", column=self._header[place], name=OFFSET_NAMES[system]))
        return system

    def _from_pair(self, row: int, east: object, north: object) -> bytes | None:
        if east in (None, "") and north in (None, ""):
            return None
        assert self._pair is not None
        x, y = self._number(row, self._pair.east, east), self._number(row, self._pair.north, north)
        if x is None or y is None:
            return None
        return wkb.Builder().point(np.array([x, y]))

    def _from_one(self, row: int, column: str, value: object) -> bytes | None:
        text = half_width(value)
        if not text:
            return None
        both = two_of(text)
        if both is None:
            self._sink.fault(Text("formats.coordinates-not-two"), row=row, column=column, value=text)
            return None
        self._tell_dotted(text)
        return wkb.Builder().point(np.array(both[::-1] if self._turned else both))

    def _tell_dotted(self, text: str) -> None:
        """Leave a cell that has points alone to be asked about, with what it was read as."""
        if DOTTED not in self._sink.choices and (meaning := dotted_of(text)) is not None:
            self._sink.choices |= {DOTTED: text, DOTTED_MEANING: meaning}

    def _number(self, row: int, column: int, value: object) -> float | None:
        text = half_width(value)
        number = one_of(text)
        if not math.isfinite(number):
            self._sink.fault(
                Text("formats.coordinate-not-a-number"), row=row, column=self._header[column], value=text
            )
            return None
        self._tell_dotted(text)
        return number

    def _from_text(self, row: int, value: object) -> bytes | None:
        if value is None or not str(value).strip():
            return None
        text = str(value).strip()
        if HEX.fullmatch(text):
            return self._sink.shape(row, bytes.fromhex(text))
        if text.startswith("{"):
            from layers.formats.readers.geojson import parse_shape  # brings all of GeoJSON, which tables hardly need

            return self._sink.shape(row, parse_shape(text, self._sink.limits.nesting))
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


def _looks_like_shapes(rows: Sequence[Sequence[object]], column: int) -> bool:
    values = [str(row[column]) for row in rows if row[column] not in (None, "")]
    return any(WKT_START.match(value) or HEX.fullmatch(value) or _is_json(value) for value in values)


def _are_shapes(rows: Sequence[Sequence[object]], column: int) -> bool:
    """Say whether whatever a column holds is a shape as text, whatever its heading."""
    values = [str(row[column]) for row in rows if row[column] not in (None, "")]
    return bool(values) and all(WKT_SHAPE.match(value) or _is_json(value) for value in values)


def _is_json(value: str) -> bool:
    return value.lstrip().startswith("{") and '"coordinates"' in value


def _looks_like_places(rows: Sequence[Sequence[object]], column: int) -> bool:
    """Say whether most cells of a column hold longitude and latitude together."""
    cells = [text for row in rows if (text := half_width(row[column]))]
    return bool(cells) and sum(two_of(text) is not None for text in cells) * 2 > len(cells)


def _latitude_first(heading: str, cells: list[object]) -> bool:
    """Say whether latitude stands first: where most first numbers may be one and the second cannot, or it is said."""
    both = [found for cell in cells if (found := two_of(half_width(cell))) is not None]
    turned = sum(abs(first) <= MOST_LATITUDE < abs(second) <= 2 * MOST_LATITUDE for first, second in both)
    upright = sum(abs(second) <= MOST_LATITUDE < abs(first) <= 2 * MOST_LATITUDE for first, second in both)
    return turned > upright or (turned == upright == 0 and is_latitude_first(heading))
