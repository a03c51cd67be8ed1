"""KML 2.2 (OGC 07-147r2), parsed here: GDAL gives columns names without Chinese characters.

A document type is refused, so no entity can grow or fetch.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np

from layers.errors import Fault, InvalidParameter, UnsupportedMedia
from layers.formats import encodings, wkb
from layers.formats.readers.aliases import headings
from layers.formats.readers.kml_words import NUMBERS, cells, kind
from layers.formats.sink import BATCH_ROWS, Job, Sink
from layers.text import Text, first_few

ROOT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?(?:\s|<!--.*?-->)*<(?:\w+:)?(?:kml|Document)\b", re.DOTALL
)
DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
DECLARED = re.compile(rb"\A\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"'][^>]*\?>")
DEEPEST = 64  # elements inside each other, as deep as no map is; the parser itself would go on
CONTAINERS = ("Document", "Folder")
# Google's tracks and models beside the shapes of the standard.
GEOMETRIES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack", "Model")
GATHERED = ("MultiGeometry", "MultiTrack")
SPACED = re.compile(r"\s*,\s*")
WGS84 = "OGC:CRS84"
FOLDER = "folder"
# Folders that name so much of the same are one table in several folders.
ALIKE, NAMED = 0.75, 10


@dataclass
class Table:
    """The placemarks of one folder: cells by row, and shapes as elements; `folders` are those that were joined."""

    name: str
    cells: list[dict[str, object]] = field(default_factory=list)
    shapes: list[ElementTree.Element | None] = field(default_factory=list)
    folders: tuple[str, ...] = ()

    def names(self) -> set[str]:
        """Return what its columns are called."""
        return {name for row in self.cells for name in row}

    def dimensions(self) -> set[str]:
        """Return what kinds of shapes it holds."""
        return {"" if shape is None else kind(shape) for shape in self.shapes}


@dataclass
class Map:
    """A document: its tables, its folders each by itself, and what is to be told of it."""

    tables: list[Table] = field(default_factory=list)
    folders: list[Table] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


def read(job: Job, sink: Sink) -> None:
    """Read the folder that was asked for, or every folder (``want="tables"``)."""
    found = document(job, sink)
    send(found, chosen(found, job), sink)


def document(job: Job, sink: Sink) -> Map:
    """Read a document into tables, folder by folder."""
    return _document(_checked(job, sink), job)


def together(maps: Sequence[Map]) -> Map:
    """Return several documents as one; those of one kind are one table."""
    made = _joined([table for each in maps for table in each.folders], {})
    made.notes = list(dict.fromkeys(note for each in maps for note in each.notes))
    made.links = [link for each in maps for link in each.links]
    return made


def send(found: Map, tables: Sequence[Table], sink: Sink) -> None:
    """Send tables of a document, each with what is to be told of it."""
    notes = [*found.notes]
    if found.links:
        notes.append(Text("formats.kml-links", links=first_few(found.links, NAMED)))
    for table in tables:
        sink.table(table.name)
        sink.choices["layer"] = table.name
        for note in notes:
            sink.note(note)
        if table.folders:
            sink.note(Text("formats.folders-joined", folders=first_few(table.folders, NAMED), rows=len(table.cells)))
        for first in range(0, len(table.cells), BATCH_ROWS):
            _send(table, first, sink)
        sink.end(WGS84)


def _checked(job: Job, sink: Sink) -> bytes:
    """Return the text in UTF-8, after it has been seen to be KML without a document type."""
    data = job.path.read_bytes()
    declared = DECLARED.match(data.removeprefix(b"\xef\xbb\xbf"))
    named = encodings.mark(data[:4096]) or (encodings.lookup(declared[1].decode()) if declared else None)
    choice = encodings.guess([data], job.options.encoding, named)
    if (choice.note is not None and choice.encoding != "utf-8") or choice.source == "asked":
        sink.choices |= {"encoding": choice.encoding, "encoding_source": choice.source}
    try:
        text = data.decode(choice.encoding).removeprefix("\ufeff").encode()
    except UnicodeDecodeError as error:
        raise encodings.does_not_fit(choice.encoding) from error
    text = DECLARED.sub(b"", text, count=1)  # the parser knows no Chinese encoding
    if not ROOT.match(text) or DOCTYPE.search(text):
        raise _broken(job)
    if choice.note is not None:
        sink.note(choice.note)
    return text


def _broken(job: Job) -> UnsupportedMedia:
    return UnsupportedMedia(Fault(Text("formats.kml-broken"), {"file": job.file}))


def _document(data: bytes, job: Job) -> Map:
    """Walk through the document; each folder with placemarks of its own is a table, folders of one kind are one."""
    numeric: dict[str, bool] = {}
    aliases: dict[str, str] = {}
    names: list[list[str]] = []
    found: dict[tuple[int, ...], Table] = {}
    links, described = [], 0
    path, place = [], 0
    try:
        for depth, ending, element in _events(data):
            if depth > DEEPEST:
                raise UnsupportedMedia(Fault(Text("formats.too-deep"), {"file": job.file}))
            called = kind(element)
            if called in CONTAINERS and not ending:
                place += 1
                path.append(place)
                names.append([])
            elif called in CONTAINERS:
                path.pop()
                names.pop()
            elif ending and called == "name" and names and not names[-1] and depth == len(path) + 1:
                names[-1].append((element.text or "").strip())
            elif ending and called in ("SimpleField", "Data"):
                numeric[element.get("name", "")] = element.get("type", "") in NUMBERS
                shown = next((each.text for each in element if kind(each) == "displayName"), None)
                aliases[element.get("name", "")] = " ".join((shown or "").split())
            elif ending and called == "NetworkLink":
                links.append(_link(element))
            elif ending and called == "Placemark":
                title = next((each[0] for each in reversed(names) if each and each[0]), job.name)
                table = found.setdefault(tuple(path), Table(title))
                row, from_words = cells(element, numeric)
                described += from_words
                table.cells.append(row)
                table.shapes.append(next((each for each in element if kind(each) in GEOMETRIES), None))
    except (ElementTree.ParseError, ValueError) as error:
        raise _broken(job) from error
    made = _joined(list(found.values()), headings(aliases))
    made.links += links
    if described:
        made.notes.append(Text("formats.kml-described", count=described))
    return made


def _events(data: bytes) -> Iterator[tuple[int, bool, ElementTree.Element]]:
    """Yield the depth below the root, whether it ends, and the element."""
    depth = -1
    for event, element in ElementTree.iterparse(io.BytesIO(data), ("start", "end")):
        depth += event == "start"
        yield depth, event == "end", element
        depth -= event == "end"


def _link(element: ElementTree.Element) -> str:
    """Return what a link to another document is called, or where it leads."""
    named = next((each.text for each in element if kind(each) == "name"), None)
    leads = next((each.text for each in element.iter() if kind(each) == "href"), None)
    return (leads or named or "?").strip()


def _joined(tables: Sequence[Table], renamed: Mapping[str, str]) -> Map:
    """Return the tables with their columns called as readers call them, folders of one kind as one table."""
    taken: dict[str, int] = {}
    for table in tables:
        table.cells = [{renamed.get(name, name): value for name, value in row.items()} for row in table.cells]
        taken[table.name] = taken.get(table.name, 0) + 1
        table.name += f" ({taken[table.name]})" if taken[table.name] > 1 else ""
    groups: list[list[Table]] = []
    for table in tables:
        group = next((each for each in groups if _alike(each[0], table)), None)
        if group is None:
            groups.append([table])
        else:
            group.append(table)
    return Map([_one(group) for group in groups], list(tables))


def _alike(first: Table, other: Table) -> bool:
    mine, theirs = first.names(), other.names()
    alike = len(mine & theirs) >= ALIKE * max(len(mine), len(theirs))
    return alike and first.dimensions() - {""} == other.dimensions() - {""}


def _one(group: Sequence[Table]) -> Table:
    """Return folders as one table, which says of each row in which folder it stood."""
    if len(group) == 1:
        return group[0]
    names = tuple(table.name for table in group)
    cells = [{**row, FOLDER: row.get(FOLDER, table.name)} for table in group for row in table.cells]
    return Table("、".join(first_few(names, NAMED)), cells, [shape for table in group for shape in table.shapes], names)


def _send(table: Table, first: int, sink: Sink) -> None:
    rows = table.cells[first : first + BATCH_ROWS]
    numbers = list(range(first + 1, first + len(rows) + 1))
    columns = {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}
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
    match kind(element):
        case "Point":
            positions = _positions(element)
            return builder.point(positions[0]) if len(positions) else None
        case "LineString" | "LinearRing":
            return builder.line(_positions(element))
        case "Polygon":
            shells = [_positions(each) for each in element if kind(each) == "outerBoundaryIs"]
            holes = [_positions(ring) for each in element if kind(each) == "innerBoundaryIs" for ring in each]
            return builder.polygon([*shells[:1], *holes])
        case "Track":
            places = [(each.text or "").split() for each in element if kind(each) == "coord"]
            return builder.line(_numbers(places))
        case "Model":
            at = {kind(each): each.text or "" for each in element.iter()}
            places = [[at["longitude"], at["latitude"]]] if "longitude" in at and "latitude" in at else []
            return builder.point(_numbers(places)[0]) if places else None
    if deeper <= 0:
        raise wkb.BadGeometry("formats.geometry-too-deep", limit=deeper)
    parts = [_build(each, builder, deeper - 1) for each in element if kind(each) in GEOMETRIES]
    kept: list[bytes | None] = [part for part in parts if part is not None]
    kinds = {part[:5] for part in kept if part is not None}
    of_one = next((multi for multi, one in wkb.PART_OF.items() if kinds == {wkb.HEAD[one]}), wkb.COLLECTION)
    return wkb.collect(of_one, kept)


def _positions(element: ElementTree.Element) -> np.ndarray:
    text = next((each.text or "" for each in element.iter() if kind(each) == "coordinates"), "")
    if ", " in text or " ," in text or ",\n" in text:
        text = SPACED.sub(",", text)  # by hand: 120.4, 36.2, 0
    return _numbers([each.split(",") for each in text.split()])


def _numbers(places: Sequence[Sequence[str]]) -> np.ndarray:
    """Return the first two numbers of each place."""
    try:
        rows = [[float(number) for number in place[:2]] for place in places]
    except ValueError as error:
        raise wkb.BadGeometry("formats.position-short") from error
    if any(len(row) < 2 for row in rows):
        raise wkb.BadGeometry("formats.position-short")
    return np.array(rows, dtype=float).reshape(-1, 2)


def chosen(found: Map, job: Job) -> list[Table]:
    """Return the tables that were asked for: the one that was named, or all, or the only one.

    Raises
    ------
    InvalidParameter
        There are several and none was named, or none is called so.
    UnsupportedMedia
        There is none.
    """
    names = list(dict.fromkeys(table.name for table in (*found.tables, *found.folders)))
    wanted = job.options.layer
    if not found.tables:
        links = first_few(found.links, NAMED)
        text = Text("formats.kml-only-links", links=links) if links else Text("formats.no-features")
        raise UnsupportedMedia(Fault(text, {"file": job.file}))
    if wanted is not None:
        meant = next((table for table in (*found.tables, *found.folders) if table.name == wanted), None)
        if meant is None:
            where = {"parameter": "layer", "value": wanted}
            raise InvalidParameter(Fault(Text("formats.layer-unknown", layers=names), where))
        return [meant]
    if job.want == "table" and len(found.tables) > 1:
        names = [table.name for table in found.tables]
        raise InvalidParameter(Fault(Text("formats.layer-ambiguous", layers=names), {"parameter": "layer"}))
    return found.tables
