"""GeoPackage (OGC 12-128r17) by SQLite alone: rows are streamed, and geometry is checked before any library sees it."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial

from layers.errors import Fault, InvalidParameter, UnsupportedMedia
from layers.formats import wkb
from layers.formats.sink import BATCH_ROWS, Job, Sink
from layers.text import Text

FEATURE_IDS = ("fid", "ogc_fid", "objectid")
STYLES_OF_QGIS = "layer_styles"
KINDS = ("features", "attributes")
UNDEFINED = (-1, 0)
LARGEST_EPSG = 32767
# What GDAL writes for a layer without a coordinate system.
UNDEFINED_NAME = "Undefined SRS"


@dataclass(frozen=True, slots=True)
class _Layer:
    name: str
    geometry: str | None
    srs: int | None


def read(job: Job, sink: Sink) -> None:
    """Read the layer that was asked for, or every layer (``want="tables"``)."""
    try:
        with _open(job) as base:
            for layer in _chosen(_layers(base), job):
                _send(base, layer, sink)
    except (sqlite3.Error, UnicodeError) as error:  # sqlite3 takes names for UTF-8, whatever the text factory is
        raise UnsupportedMedia(Fault(Text("formats.gpkg-broken"), {"file": job.file})) from error


@contextmanager
def _open(job: Job) -> Iterator[sqlite3.Connection]:
    # A write-ahead log can only be read through a shared-memory file, so the private copy is opened as it is.
    with closing(sqlite3.connect(f"file:{job.path}", uri=True)) as base:
        base.execute("PRAGMA trusted_schema = OFF")
        base.execute("PRAGMA cell_size_check = ON")
        base.execute("PRAGMA mmap_size = 0")
        base.execute("PRAGMA query_only = ON")
        base.text_factory = partial(str, encoding="utf-8", errors="replace")
        yield base


def _layers(base: sqlite3.Connection) -> list[_Layer]:
    tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    if "gpkg_contents" not in tables:
        return []
    geometry = {}
    if "gpkg_geometry_columns" in tables:
        query = "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns"
        geometry = {table: (column, srs) for table, column, srs in base.execute(query)}
    query = "SELECT table_name FROM gpkg_contents WHERE data_type IN (?, ?) ORDER BY rowid"
    listed = [name for (name,) in base.execute(query, KINDS) if name in tables and name != STYLES_OF_QGIS]
    return [_Layer(name, *geometry.get(name, (None, None))) for name in listed]


def _chosen(layers: list[_Layer], job: Job) -> list[_Layer]:
    names = [layer.name for layer in layers]
    if not layers:
        raise UnsupportedMedia(Fault(Text("formats.gpkg-no-layers"), {"file": job.file}))
    wanted = job.options.layer
    if wanted is not None:
        if wanted not in names:
            where = {"parameter": "layer", "value": wanted}
            raise InvalidParameter(Fault(Text("formats.layer-unknown", layers=names), where))
        return [layers[names.index(wanted)]]
    if job.want == "table" and len(layers) > 1:
        raise InvalidParameter(Fault(Text("formats.layer-ambiguous", layers=names), {"parameter": "layer"}))
    return layers


def _send(base: sqlite3.Connection, layer: _Layer, sink: Sink) -> None:
    described = base.execute(f"PRAGMA table_info({_quoted(layer.name)})").fetchall()
    names = [name for _, name, *_ in described]
    declared = [str(kind or "").upper() for _, _, kind, *_ in described]
    keys = [bool(key) for *_, key in described]
    if layer.geometry is not None and layer.geometry not in names:
        raise sqlite3.DatabaseError("the geometry column is missing")
    kept = [
        place
        for place, name in enumerate(names)
        if name != layer.geometry and not (keys[place] and name.lower() in FEATURE_IDS)
    ]
    geometry = names.index(layer.geometry) if layer.geometry is not None else None
    sink.table(layer.name)
    sink.choices["layer"] = layer.name
    rows = base.execute(f"SELECT {', '.join(_quoted(name) for name in names)} FROM {_quoted(layer.name)}")
    first = 1
    while batch := rows.fetchmany(BATCH_ROWS):
        numbers = list(range(first, first + len(batch)))
        cells = list(zip(*batch, strict=True))
        columns = {names[place]: _cells(sink, numbers, names[place], declared[place], cells[place]) for place in kept}
        shapes = None if geometry is None else sink.shapes(numbers, *_bodies(cells[geometry]))
        sink.rows(numbers, columns, shapes)
        first += len(batch)
    if first == 1:
        sink.rows([], {names[place]: [] for place in kept}, None if geometry is None else [])
    sink.end(_crs(base, layer.srs))


def _bodies(cells: Sequence[object]) -> tuple[list[bytes | None], dict[int, wkb.BadGeometry]]:
    """Return the WKB in every geometry cell, and by place why there is none."""
    bodies: list[bytes | None] = []
    broken: dict[int, wkb.BadGeometry] = {}
    for place, blob in enumerate(cells):
        if type(blob) is bytes and blob[:4] == wkb.USUAL:
            bodies.append(blob[wkb.USUAL_BYTES :])
            continue
        try:
            bodies.append(None if blob is None else wkb.from_geopackage(blob if isinstance(blob, bytes) else b""))
        except wkb.BadGeometry as error:
            bodies.append(None)
            broken[place] = error
    return bodies, broken


def _cells(sink: Sink, numbers: list[int], column: str, declared: str, cells: Sequence[object]) -> list[object]:
    """Return a column's values in the types that it declares; a value of another type stays as it is."""
    kinds = set(map(type, cells))
    if bytes in kinds:
        sink.note(Text("formats.binary-left-out", column=column))
        cells = [None if isinstance(cell, bytes) else cell for cell in cells]
    if str in kinds and "\ufffd" in "".join([cell for cell in cells if type(cell) is str]):
        for number, cell in zip(numbers, cells, strict=True):
            if isinstance(cell, str) and "\ufffd" in cell:
                sink.fault(Text("formats.text-broken"), row=number, column=column, value=cell)
    meaning = MEANINGS.get(declared)
    return [meaning(cell) for cell in cells] if meaning else list(cells)


def _boolean(cell: object) -> object:
    return bool(cell) if cell in (0, 1) else cell


def _date(cell: object) -> object:
    return _moment(cell, dt.date.fromisoformat)


def _datetime(cell: object) -> object:
    return _moment(cell, dt.datetime.fromisoformat)


def _moment(cell: object, parse: Callable[[str], dt.date]) -> object:
    try:
        return parse(cell) if isinstance(cell, str) else cell
    except ValueError:
        return cell  # Not a date after all: the words of the file are kept for whoever gives them meaning.


MEANINGS = {"BOOLEAN": _boolean, "DATE": _date, "DATETIME": _datetime}


def _crs(base: sqlite3.Connection, srs: int | None) -> str | None:
    if srs is None or srs in UNDEFINED:
        return None
    query = "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?"
    found = base.execute(query, (srs,)).fetchone()
    if found is None:
        return None
    organization, code, definition = found
    defined = isinstance(definition, str) and UNDEFINED_NAME not in definition and definition.lower() != "undefined"
    if isinstance(organization, str) and re.fullmatch(r"EPSG|ESRI|IGNF|OGC", organization, re.IGNORECASE):
        # A system of one's own that is called EPSG's all the same: its number is none of theirs, its definition counts.
        own = organization.upper() == "EPSG" and isinstance(code, int) and code > LARGEST_EPSG
        return definition if own and defined else f"{organization.upper()}:{code}"
    return definition if defined else None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
