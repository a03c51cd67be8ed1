"""Writing through GDAL: columns as arrays with masks, geometry as WKB."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely

from geo.shapes import promote_multi
from layers.catalogue import Field
from layers.formats.export import LIST_SEPARATOR, Export

MULTI: dict[str, Literal["MultiPoint", "MultiLineString", "MultiPolygon"]] = {
    "point": "MultiPoint",
    "line": "MultiLineString",
    "polygon": "MultiPolygon",
}
ID = "id"
IN_MEMORY = ("GPKG", "FlatGeobuf")


def write_layer(
    export: Export,
    target: Path,
    driver: str,
    layer: str,
    fields: Sequence[tuple[str, np.ndarray, np.ndarray]],
    **creation: object,  # as the driver takes them
) -> None:
    """Write one layer; without any geometry, a table of attributes.

    GDAL does not always say that a disk was full: a GeoPackage without its spatial index was taken for a whole one. So
    a format of one file is made in memory and written by us.

    Parameters
    ----------
    fields : sequence of (name, values, mask)
        As `arrays` returns them, the mask true where a value is missing.
    """
    import pyogrio.raw

    kinds = export.kinds()
    shapes, kind = _uniform(export.geometry, kinds)
    made = io.BytesIO() if driver in IN_MEMORY else None
    pyogrio.raw.write(
        target if made is None else made,
        geometry=np.array(shapely.to_wkb(shapes, flavor="iso"), dtype=object) if kinds else None,
        field_data=[values for _, values, _ in fields],
        field_mask=[mask for _, _, mask in fields],
        fields=np.array([name for name, _, _ in fields], dtype=object),
        layer=layer,
        driver=driver,
        geometry_type=kind if kinds else None,
        crs=export.crs if kinds else None,
        encoding="UTF-8",
        **creation,
    )
    if made is not None:
        target.write_bytes(made.getvalue())


def arrays(export: Export, with_id: bool = True) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Return every column as name, values and mask of missing ones."""
    columns = [_array(field, export.columns[field.name]) for field in export.fields]
    names = [field.name for field in export.fields]
    found = [(name, values, mask) for name, (values, mask) in zip(names, columns, strict=True)]
    if with_id and ID not in names:
        found.insert(0, (ID, np.array(export.ids, dtype=object), np.zeros(len(export), dtype=bool)))
    return found


def _array(field: Field, values: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    missing = np.array([value is None for value in values], dtype=bool)
    match field.type:
        case "integer":
            return np.array([value or 0 for value in values], dtype=np.int64), missing
        case "number":
            return np.array([np.nan if value is None else value for value in values], dtype=np.float64), missing
        case "boolean":
            return np.array([bool(value) for value in values], dtype=bool), missing
        case "date":
            return np.array(values, dtype="datetime64[D]"), missing
        case "list":
            joined = [None if value is None else LIST_SEPARATOR.join(value) for value in values]
            return np.array(joined, dtype=object), missing
        case _:
            return np.array(values, dtype=object), missing


def _uniform(shapes: np.ndarray, kinds: set[str]) -> tuple[np.ndarray, str]:
    """Give geometries of one kind one type, single or multi, as QGIS expects of a layer; mixed kinds stay."""
    if len(kinds) != 1 or kinds == {"collection"}:
        return shapes, "Unknown"
    (kind,) = kinds
    present = shapes[~shapely.is_missing(shapes)]
    types = {each.geom_type for each in present}
    if len(types) == 1:
        return shapes, types.pop()
    return promote_multi(shapes, MULTI[kind]), MULTI[kind]
