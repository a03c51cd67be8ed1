"""KML 2.2 (OGC 07-147r2), parsed here: GDAL gives columns names without Chinese characters.

A document type is refused, so no entity can grow or fetch.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np

from layers.errors import Fault, InvalidParameter, UnsupportedMedia
from layers.formats import encodings, wkb
from layers.formats.sink import BATCH_ROWS, Job, Sink
from layers.text import Text

ROOT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?(?:\s|<!--.*?-->)*<(?:\w+:)?(?:kml|Document)\b", re.DOTALL
)
DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
DECLARED = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"'][^>]*\?>")
DEEPEST = 64  # elements inside each other, as deep as no map is; the parser itself would go on
CONTAINERS = ("Document", "Folder")
GEOMETRIES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry")
WGS84 = "OGC:CRS84"
TYPES: dict[str, Callable[[str], object]] = dict.fromkeys(("int", "uint", "short", "ushort"), int) | dict.fromkeys(
    ("float", "double"), float
)


@dataclass
class _Table:
    """The placemarks of one folder: cells by row, and shapes as WKB."""

    name: str
    cells: list[dict[str, object]] = field(default_factory=list)
    shapes: list[ElementTree.Element | None] = field(default_factory=list)


def read(job: Job, sink: Sink) -> None:
    """Read the folder that was asked for, or every folder (``want="tables"``)."""
    tables = _tables(_checked(job), job)
    for table in _chosen(tables, job):
        sink.table(table.name)
        sink.choices["layer"] = table.name
        for first in range(0, len(table.cells), BATCH_ROWS):
            _send(table, first, sink)
        sink.end(WGS84)


def _checked(job: Job) -> bytes:
    """Return the text in UTF-8, after it has been seen to be KML without a document type."""
    data = job.path.read_bytes()
    declared = DECLARED.match(data)
    named = encodings.lookup(declared[1].decode()) if declared else None
    try:
        if declared and named not in (None, "utf-8"):  # the parser knows no Chinese encoding
            data = data[declared.end() :].decode(named).encode()
    except UnicodeDecodeError as error:
        raise encodings.does_not_fit(str(named)) from error
    if not ROOT.match(data) or DOCTYPE.search(data):
        raise _broken(job)
    return data


def _broken(job: Job) -> UnsupportedMedia:
    return UnsupportedMedia(Fault(Text("formats.kml-broken"), {"file": job.file}))


def _tables(data: bytes, job: Job) -> list[_Table]:
    """Walk through the document; each folder with placemarks of its own is a table."""
    schemas: dict[str, Callable[[str], object]] = {}
    names: list[list[str]] = []
    found: dict[tuple[int, ...], _Table] = {}
    path, place = [], 0
    try:
        for depth, ending, element in _events(data):
            if depth > DEEPEST:
                raise UnsupportedMedia(Fault(Text("formats.too-deep"), {"file": job.file}))
            kind = _kind(element)
            if kind in CONTAINERS and not ending:
                place += 1
                path.append(place)
                names.append([])
            elif kind in CONTAINERS:
                path.pop()
                names.pop()
            elif ending and kind == "name" and names and not names[-1] and depth == len(path) + 1:
                names[-1].append((element.text or "").strip())
            elif ending and kind == "SimpleField":
                schemas[element.get("name", "")] = TYPES.get(element.get("type", ""), str)
            elif ending and kind == "Placemark":
                title = next((each[0] for each in reversed(names) if each and each[0]), job.name)
                table = found.setdefault(tuple(path), _Table(title))
                table.cells.append(_cells(element, schemas))
                table.shapes.append(next((each for each in element if _kind(each) in GEOMETRIES), None))
    except (ElementTree.ParseError, ValueError) as error:
        raise _broken(job) from error
    taken: dict[str, int] = {}
    for table in found.values():
        taken[table.name] = taken.get(table.name, 0) + 1
        table.name += f" ({taken[table.name]})" if taken[table.name] > 1 else ""
    return list(found.values())


def _events(data: bytes) -> Iterator[tuple[int, bool, ElementTree.Element]]:
    """Yield the depth below the root, whether it ends, and the element."""
    depth = -1
    for event, element in ElementTree.iterparse(io.BytesIO(data), ("start", "end")):
        depth += event == "start"
        yield depth, event == "end", element
        depth -= event == "end"


def _kind(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _cells(placemark: ElementTree.Element, schemas: dict[str, Callable[[str], object]]) -> dict[str, object]:
    """Return the name, the description and the extended data of a placemark, called as in the file."""
    cells: dict[str, object] = {}
    for each in placemark:
        if _kind(each) in ("name", "description") and (each.text or "").strip():
            cells[_kind(each)] = str(each.text).strip()
        elif _kind(each) == "ExtendedData":
            for data in each.iter():
                if _kind(data) == "Data":
                    value = next((one.text for one in data if _kind(one) == "value"), None)
                    _put(cells, data.get("name"), value, str)
                elif _kind(data) == "SimpleData":
                    _put(cells, data.get("name"), data.text, schemas.get(data.get("name", ""), str))
    return cells


def _put(cells: dict[str, object], name: str | None, value: str | None, read_as: Callable[[str], object]) -> None:
    text = (value or "").strip()
    if not name or not text:
        return
    try:
        cells[name] = read_as(text)
    except ValueError:
        cells[name] = text  # what it says is looked at with the rest of its column


def _send(table: _Table, first: int, sink: Sink) -> None:
    cells = table.cells[first : first + BATCH_ROWS]
    numbers = list(range(first + 1, first + len(cells) + 1))
    columns = {name: [row.get(name) for row in cells] for name in dict.fromkeys(name for row in cells for name in row)}
    shapes = [
        None if shape is None else _shape(shape, number, sink)
        for number, shape in zip(numbers, table.shapes[first : first + BATCH_ROWS], strict=True)
    ]
    sink.rows(numbers, columns, shapes)


def _shape(element: ElementTree.Element, row: int, sink: Sink) -> bytes | None:
    builder = wkb.Builder()
    try:
        shape = _build(element, builder, sink.limits.nesting)
    except wkb.BadGeometry as error:
        sink.bad_shape(row, error)
        return None
    if builder.closed:
        sink.closed_ring(row)
    return shape


def _build(element: ElementTree.Element, builder: wkb.Builder, deeper: int) -> bytes | None:
    match _kind(element):
        case "Point":
            positions = _positions(element)
            return builder.point(positions[0]) if len(positions) else None
        case "LineString" | "LinearRing":
            return builder.line(_positions(element))
        case "Polygon":
            shells = [_positions(each) for each in element if _kind(each) == "outerBoundaryIs"]
            holes = [_positions(ring) for each in element if _kind(each) == "innerBoundaryIs" for ring in each]
            return builder.polygon([*shells[:1], *holes])
    if deeper <= 0:
        raise wkb.BadGeometry("formats.geometry-too-deep", limit=deeper)
    parts = [_build(each, builder, deeper - 1) for each in element if _kind(each) in GEOMETRIES]
    kept: list[bytes | None] = [part for part in parts if part is not None]
    kinds = {part[:5] for part in kept if part is not None}
    of_one = next((multi for multi, one in wkb.PART_OF.items() if kinds == {wkb.HEAD[one]}), wkb.COLLECTION)
    return wkb.collect(of_one, kept)


def _positions(element: ElementTree.Element) -> np.ndarray:
    text = next((each.text or "" for each in element.iter() if _kind(each) == "coordinates"), "")
    try:
        rows = [[float(number) for number in each.split(",")[:2]] for each in text.split()]
    except ValueError as error:
        raise wkb.BadGeometry("formats.position-short") from error
    if any(len(row) < 2 for row in rows):
        raise wkb.BadGeometry("formats.position-short")
    return np.array(rows, dtype=float).reshape(-1, 2)


def _chosen(tables: list[_Table], job: Job) -> list[_Table]:
    names = [table.name for table in tables]
    wanted = job.options.layer
    if not tables:
        raise UnsupportedMedia(Fault(Text("formats.no-features"), {"file": job.file}))
    if wanted is not None:
        if wanted not in names:
            where = {"parameter": "layer", "value": wanted}
            raise InvalidParameter(Fault(Text("formats.layer-unknown", layers=names), where))
        return [tables[names.index(wanted)]]
    if job.want == "table" and len(tables) > 1:
        raise InvalidParameter(Fault(Text("formats.layer-ambiguous", layers=names), {"parameter": "layer"}))
    return tables
