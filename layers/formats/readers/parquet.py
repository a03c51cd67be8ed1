"""GeoParquet (1.x: WKB in a Parquet column), where pyarrow is installed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from layers.errors import Fault, UnsupportedMedia
from layers.formats.sink import BATCH_ROWS, Job, Sink
from layers.text import Text

if TYPE_CHECKING:
    import pyarrow
    from pyarrow import parquet

CRS84 = "OGC:CRS84"
GEO_KEY = b"geo"
WKB = "WKB"
# Files from before GeoParquet name nothing.
USUAL_NAMES = ("geometry", "geom", "wkb", "wkb_geometry")

# What comes of a description of the geometry that has another form, and of a date of too many days.
ODD = (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError)


def read(job: Job, sink: Sink) -> None:
    """Read the file batch by batch."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise UnsupportedMedia(Fault(Text("formats.parquet-missing"), {"file": job.file})) from error
    try:
        source = parquet.ParquetFile(job.path, memory_map=False)
        geometry, encoding, crs = _geo(source)
        if geometry is not None and encoding != WKB:
            text = Text("formats.parquet-encoding", encoding=str(encoding))
            raise UnsupportedMedia(Fault(text, {"file": job.file}))
        sink.table(job.name)
        first = 1
        for batch in source.iter_batches(BATCH_ROWS):
            _send(sink, batch, first, geometry)
            first += batch.num_rows
        sink.end(crs)
    except (pyarrow.ArrowException, *ODD) as error:
        raise UnsupportedMedia(Fault(Text("formats.parquet-broken"), {"file": job.file})) from error


def _send(sink: Sink, batch: pyarrow.RecordBatch, first: int, geometry: str | None) -> None:
    numbers = list(range(first, first + batch.num_rows))
    columns = {}
    for name in batch.schema.names:
        values = batch.column(name).to_pylist() if name not in (geometry, "bbox") else []
        if any(isinstance(value, bytes) for value in values):
            sink.note(Text("formats.binary-left-out", column=name))
        elif name not in (geometry, "bbox"):
            columns[name] = [_plain(value) for value in values]
    shapes = None
    if geometry is not None:
        blobs = batch.column(geometry).to_pylist()
        if not all(blob is None or isinstance(blob, bytes) for blob in blobs):
            raise ValueError("geometry that is not WKB")
        shapes = sink.shapes(numbers, blobs)
    sink.rows(numbers, columns, shapes)


def _plain(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return ";".join(str(each) for each in value) or None
    if isinstance(value, float) and value != value:
        return None
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict) else value


def _geo(source: parquet.ParquetFile) -> tuple[str | None, str | None, str | None]:
    """Return the geometry column, its encoding and its coordinate system."""
    metadata = source.metadata.metadata or {}
    if GEO_KEY not in metadata:
        binary = {field.name for field in source.schema_arrow if str(field.type) in ("binary", "large_binary")}
        return next((name for name in USUAL_NAMES if name in binary), None), WKB, None
    geo = json.loads(metadata[GEO_KEY])
    name = geo["primary_column"]
    column = geo["columns"][name]
    encoding, crs = column.get("encoding"), column.get("crs", CRS84)
    if not isinstance(crs, dict):
        return name, encoding, None if crs is None else str(crs)
    code = crs.get("id")
    if isinstance(code, dict) and {"authority", "code"} <= set(code):
        return name, encoding, f"{code['authority']}:{code['code']}"
    return name, encoding, json.dumps(crs)
