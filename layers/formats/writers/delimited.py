"""CSV for programs and people: UTF-8 with a byte-order mark (Excel needs it), field names and codes, text as text."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import shapely

from layers.catalogue import Field
from layers.formats.export import Export
from layers.formats.formulas import harmless
from layers.formats.writing import WriteOptions
from layers.text import Text

WGS84_LIKE = ("EPSG:4326", "EPSG:4490", "OGC:CRS84")
DECIMALS = 7
# How geometry is written: not at all, as two columns of numbers, or as text, which all geometry can be.
Form: TypeAlias = "tuple[str, ...]"
FORMS: tuple[Form, Form, Form] = ((), ("lng", "lat"), ("wkt",))
NOWHERE, POINTS, SHAPES = FORMS


def write(parts: Iterable[Export], target: Path, options: WriteOptions) -> list[Text]:
    """Write one row a feature; points as two columns of numbers, other geometry as well-known text."""
    # Begun as if there were no geometry, and anew when a part has more than the form can hold: mostly the first does.
    form = NOWHERE
    while (more := _written(parts, target, form)) != form:
        form = more
    return []


def _written(parts: Iterable[Export], target: Path, form: Form) -> Form:
    """Write all parts in a form and return it, or the one that the first part that does not fit needs."""
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        for place, export in enumerate(parts):
            needed = form_of(export)
            if FORMS.index(needed) > FORMS.index(form):
                return needed
            if not place:
                writer.writerow([*(field.name for field in export.fields), *form])
            columns = [_texts(export, field) for field in export.fields]
            writer.writerows(zip(*columns, *coordinates(export, form), strict=True))
    return form


def form_of(export: Export) -> Form:
    """Return the least form that holds the geometry."""
    kinds = set(shapely.get_type_id(export.geometry).tolist()) - {-1}
    if not kinds:
        return NOWHERE
    return POINTS if kinds == {shapely.GeometryType.POINT} and export.crs in WGS84_LIKE else SHAPES


def coordinates(export: Export, form: Form) -> list[list[Any]]:
    """Return the columns of a form."""
    shapes = export.rounded()
    if form == NOWHERE:
        return []
    if form == POINTS:
        return [_numbers(shapely.get_x(shapes)), _numbers(shapely.get_y(shapes))]
    prefix = "" if export.crs in WGS84_LIKE else _srid(export.crs)
    texts = shapely.to_wkt(shapes, rounding_precision=DECIMALS, trim=True)
    return [[None if text is None else prefix + text for text in texts]]


def _texts(export: Export, field: Field) -> list[Any]:
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
