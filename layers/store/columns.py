"""From table rows to a frame, column by column and chunk by chunk, so that a million rows stay small."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from geopandas.array import GeometryArray

from layers.catalogue import Field
from layers.store import geometry as geom
from layers.store.packed import Packing

CRS = "EPSG:4326"
_ARROW = {
    "text": pa.large_string(),
    "enum": pa.large_string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.int8(),
    "date": pa.string(),
    "list": pa.string(),
}
_TEXT = pd.StringDtype(na_value=np.nan)


def types_of(fields: Sequence[Field], spatial: bool) -> list[pa.DataType]:
    """Return the types of the columns ``id, version, *fields``, and of the geometry's blob where it is `spatial`."""
    columns = [pa.large_string(), pa.int64(), *(_ARROW[field.type] for field in fields)]
    return [*columns, pa.binary()] if spatial else columns


def frame(fields: Sequence[Field], chunks: Iterable[Sequence[Sequence[Any]]], spatial: bool) -> gpd.GeoDataFrame:
    """Return a frame indexed by id with the columns `fields`, ``version`` and ``geometry``.

    Parameters
    ----------
    fields : (k,) fields in the order of the rows' values
    chunks : lists of rows ``(id, version, *values, blob)``, without the blob where `spatial` is false

    Raises
    ------
    ValueError
        A value or geometry in the table is not what its column declares; the message names the column.
    """
    names = ["id", "version", *(field.name for field in fields)]
    types = types_of(fields, False)
    parts: list[list[pa.Array]] = [[] for _ in names]
    shapes: list[np.ndarray] = []
    for rows in chunks:
        values = list(zip(*rows, strict=True))
        for part, name, kind, column in zip(parts, names, types, values, strict=False):
            try:
                part.append(pa.array(column, type=kind))
            except pa.ArrowException as error:
                raise ValueError(f"{name}: {error}") from error
        shapes.append(geom.from_blobs(values[-1]) if spatial else np.full(len(rows), None, dtype=object))
    whole = [pa.chunked_array(part, type=kind) for part, kind in zip(parts, types, strict=True)]
    return _framed(fields, whole, _shapes(shapes))


def whole_frame(fields: Sequence[Field], pieces: Iterable[Sequence[pa.Array]], spatial: bool) -> gpd.GeoDataFrame:
    """Return what `frame` does of all rows of a table in any order, whose columns came in pieces (see `types_of`).

    Raises
    ------
    ValueError
        As of `frame`.
    """
    types, packing = types_of(fields, False), Packing()
    parts: list[list[pa.Array]] = [[] for _ in types]
    for piece in pieces:
        for part, column in zip(parts, piece, strict=False):
            part.append(column)
        if spatial:
            packing.add(piece[-1])
    whole = [pa.chunked_array(part, type=kind) for part, kind in zip(parts, types, strict=True)]
    ids, order = whole[0], None
    if pc.all(pc.less(ids[:-1], ids[1:])).as_py() is False:
        indices = pc.sort_indices(ids)
        whole, order = [column.take(indices) for column in whole], indices.to_numpy()
    shapes = packing.packed(order, CRS) if spatial else _shapes([np.full(len(ids), None, dtype=object)])
    return _framed(fields, whole, shapes)


def _framed(fields: Sequence[Field], whole: Sequence[pa.ChunkedArray], shapes: GeometryArray) -> gpd.GeoDataFrame:
    index = pd.Index(_TEXT.__from_arrow__(_in_one_piece(whole[0])), name="id")
    columns = {field.name: _column(field.type, column) for field, column in zip(fields, whole[2:], strict=True)}
    columns["version"] = whole[1].to_numpy()
    columns["geometry"] = shapes
    return gpd.GeoDataFrame(columns, index=index, geometry="geometry", crs=CRS)


def _shapes(pieces: Sequence[np.ndarray]) -> GeometryArray:
    return GeometryArray(np.concatenate(pieces) if pieces else np.empty(0, dtype=object), crs=CRS)


def _in_one_piece(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Lay the pieces of a column together: few rows of many pieces take as long to fetch as all of them."""
    return pa.chunked_array([column.combine_chunks()], type=column.type)


def _column(kind: str, column: pa.ChunkedArray) -> object:
    if kind in ("text", "enum"):
        return _TEXT.__from_arrow__(_in_one_piece(column))
    if kind == "integer":
        return pd.Int64Dtype().__from_arrow__(column)
    if kind == "boolean":
        return pd.BooleanDtype().__from_arrow__(column.cast(pa.bool_()))
    if kind == "date":
        return column.cast(pa.timestamp("s")).to_numpy()
    if kind == "list":
        lists = np.empty(len(column), dtype=object)
        lists[:] = [tuple(msgspec.json.decode(text)) if text else () for text in column.to_pylist()]
        return lists
    return column.to_numpy()
