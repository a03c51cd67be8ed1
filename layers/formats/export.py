"""A layer made ready for any writer: plain columns, geometry in the file's coordinate system."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo.places import from_lonlat, is_geographic_wgs84_like, parse_crs
from geo.shapes import round_coordinates
from layers import clock
from layers.catalogue import Field, Layer
from layers.errors import Fault, InvalidParameter
from layers.text import Text

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pyproj import CRS

    from layers.formats.writing import WriteOptions
    from layers.model.feature import Raw

WGS84 = "EPSG:4326"
DEGREE_DECIMALS = 7
METRE_DECIMALS = 4
LIST_SEPARATOR = ";"
NUMPY_TYPES = {"integer": ("int64", 0), "number": ("float64", 0.0), "boolean": ("bool", False)}
KINDS = {0: "point", 1: "line", 2: "polygon"}
YES_AND_NO = {"zh": ("否", "是"), "en": ("no", "yes")}


@dataclass(frozen=True, slots=True)
class Export:
    """What every writer starts from.

    Parameters
    ----------
    layer : Layer
    fields : tuple of Field
        Those of the layer's fields that the frame had.
    ids : list of str, length n
    columns : dict
        Field name → n plain values (str, int, float, bool, date, tuple of str), None where missing.
    geometry : ndarray of shapely geometries or None, shape (n,)
        In `crs`, at full precision; empty geometry is None.
    crs : str
        The file's coordinate system as an authority code or as the user wrote it.
    degrees : bool
        Whether that is longitude and latitude.
    """

    layer: Layer
    fields: tuple[Field, ...]
    ids: list[str]
    columns: dict[str, list[Any]]
    geometry: np.ndarray
    crs: str
    degrees: bool

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def decimals(self) -> int:
        """How many decimals text formats write: about a centimetre in degrees, a tenth of a mm in metres."""
        return DEGREE_DECIMALS if self.degrees else METRE_DECIMALS

    def rounded(self) -> np.ndarray:
        """Return the geometry as text formats write it."""
        return round_coordinates(self.geometry, self.decimals)

    def kinds(self) -> set[str]:
        """Return which of ``point``, ``line``, ``polygon`` and ``collection`` occur."""
        mixed = shapely.get_type_id(self.geometry) == shapely.GeometryType.GEOMETRYCOLLECTION
        present = shapely.get_dimensions(self.geometry) >= 0
        if not present.any():
            return set()
        found = {KINDS[int(each)] for each in np.unique(shapely.get_dimensions(self.geometry[present & ~mixed]))}
        return found | ({"collection"} if mixed.any() else set())

    def text(self, field: Field, value: Raw, language: str | None = None) -> str | None:
        """Return a value as the text of a cell; with a language as people read it: words for codes, clocks of here."""
        if value is None:
            return None
        if field.type == "enum" and language:
            choice = field.choice(value)
            return choice.label.say(language) if choice else str(value)
        if field.type == "boolean":
            return YES_AND_NO.get(language or "", ("false", "true"))[bool(value)]
        if isinstance(value, tuple):
            return LIST_SEPARATOR.join(value)
        if language and field.system and (moment := _moment(value)):
            return clock.shown(moment)
        return value.isoformat() if isinstance(value, dt.date) else str(value)


def _moment(value: object) -> dt.datetime | None:
    """Return the moment that the store keeps as text, with its zone; None for every other text."""
    try:
        moment = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def prepare(layer: Layer, frame: GeoDataFrame, options: WriteOptions) -> Export:
    """Bring a layer's frame into plain columns and the coordinate system that was asked for."""
    fields = tuple(field for field in layer.fields if field.name in frame.columns)
    geometry, crs, degrees = _geometry(frame, options)
    return Export(
        layer=layer,
        fields=fields,
        ids=_typed("text", frame.index, np.zeros(len(frame), dtype=bool)).tolist(),
        columns={field.name: plain_values(field, frame[field.name]) for field in fields},
        geometry=geometry,
        crs=crs,
        degrees=degrees,
    )


def plain_values(field: Field, series: pd.Series) -> list[Any]:
    """Return a column as Python values of its field's type, None where missing."""
    if field.type == "list":
        return [tuple(str(each) for each in value) if _is_list(value) and len(value) else None for value in series]
    missing = series.isna().to_numpy()
    if missing.all():
        return [None] * len(series)
    values = _typed(field.type, series, missing)
    values[missing] = None
    return values.tolist()


def _typed(kind: str, series: pd.Series | pd.Index, missing: np.ndarray) -> np.ndarray:
    """Return a column as an array of Python objects, anything where missing: by array, for a city has millions."""
    if kind in NUMPY_TYPES:
        name, zero = NUMPY_TYPES[kind]
        given = series.where(~missing, zero) if missing.any() else series
        return given.to_numpy(dtype=name).astype(object)
    if kind == "date":
        return pd.to_datetime(series).to_numpy(dtype="datetime64[D]").astype(object)
    values = series.to_numpy(dtype=object, copy=True)
    if isinstance(series.dtype, pd.StringDtype):
        return values
    texts = missing | np.fromiter((type(value) is str for value in values), bool, len(values))
    values[~texts] = [str(value) for value in values[~texts]]
    return values


def _geometry(frame: GeoDataFrame, options: WriteOptions) -> tuple[np.ndarray, str, bool]:
    shapes = np.full(len(frame), None, dtype=object)
    if "geometry" in frame.columns:
        shapes[:] = np.asarray(frame["geometry"].array, dtype=object)
    shapes[shapely.is_empty(shapes)] = None
    crs = asked_crs(options)
    if crs is None:
        return shapes, WGS84, True
    authority = crs.to_authority()
    name = ":".join(authority) if authority else crs.to_wkt("WKT1_GDAL")
    if is_geographic_wgs84_like(crs):
        return shapes, name, True
    moved = from_lonlat(shapes, crs)
    outside = ~np.isfinite(shapely.bounds(moved)).all(axis=1) & ~shapely.is_missing(moved)
    if outside.any():
        where = {"parameter": "crs", "value": options.crs, "feature": str(frame.index[int(np.argmax(outside))])}
        raise InvalidParameter(Fault(Text("formats.crs-too-narrow"), where))
    return moved, name, bool(crs.is_geographic)


def asked_crs(options: WriteOptions) -> CRS | None:
    """Return the coordinate system that was asked for, None where none was; InvalidParameter for what is none."""
    try:
        return None if options.crs is None else parse_crs(options.crs)
    except ValueError as error:
        where = {"parameter": "crs", "value": options.crs}
        raise InvalidParameter(Fault(Text("formats.crs-unknown"), where)) from error


def _is_list(value: object) -> bool:
    return isinstance(value, (tuple, list, np.ndarray))
