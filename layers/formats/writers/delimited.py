"""CSV for programs and people: UTF-8 with a byte-order mark (Excel needs it), field names and codes, text as text."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import shapely

from layers.catalogue import Field
from layers.formats.export import Export
from layers.formats.writers.cells import harmless
from layers.formats.writing import WriteOptions
from layers.text import Text

WGS84_LIKE = ("EPSG:4326", "EPSG:4490", "OGC:CRS84")
DECIMALS = 7


def write(export: Export, target: Path, options: WriteOptions) -> list[Text]:
    """Write one row a feature; points as two columns of numbers, other geometry as well-known text."""
    place_names, places = coordinates(export)
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([field.name for field in export.fields] + place_names)
        columns = [_texts(export, field) for field in export.fields]
        writer.writerows(zip(*columns, *places, strict=True))
    return []


def coordinates(export: Export) -> tuple[list[str], list[list]]:
    """Return the columns that hold the geometry: ``lng, lat`` (``x, y`` in metres), or ``wkt``, or none."""
    shapes = export.rounded()
    present = ~shapely.is_missing(shapes)
    if not present.any():
        return [], []
    if (shapely.get_type_id(shapes[present]) == shapely.GeometryType.POINT).all() and export.crs in WGS84_LIKE:
        x, y = shapely.get_x(shapes), shapely.get_y(shapes)
        return ["lng", "lat"], [_numbers(x), _numbers(y)]
    prefix = "" if export.crs in WGS84_LIKE else _srid(export.crs)
    texts = shapely.to_wkt(shapes, rounding_precision=DECIMALS, trim=True)
    return ["wkt"], [[None if text is None else prefix + text for text in texts]]


def _texts(export: Export, field: Field) -> list:
    values = export.columns[field.name]
    if field.type in ("integer", "number"):
        return values
    return [harmless(export.text(field, value)) for value in values]


def _numbers(values: np.ndarray) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]


def _srid(crs: str) -> str:
    """Return the prefix that names the coordinate system in well-known text, where it has an EPSG code."""
    authority, _, code = crs.partition(":")
    return f"SRID={code};" if authority == "EPSG" else ""
