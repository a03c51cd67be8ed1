"""Shapefiles and single DBF tables. GDAL hands the text over byte by byte; its encoding is decided here."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from layers.errors import Fault, UnsupportedMedia
from layers.formats import encodings
from layers.formats.readers import dbf_cells, vector
from layers.formats.sink import Job, Sink
from layers.text import Text

FIELD_BYTES = 32
HEADER_END = 0x0D
LANGUAGE_DRIVER_AT = 29
BLOCK_RECORDS = 4096
DELETED = ord("*")
SHOWN_SYSTEM = 60
INDEX_HEADER_BYTES, INDEX_ENTRY_BYTES = 100, 8


def read(job: Job, sink: Sink) -> None:
    """Read a Shapefile with its table, a Shapefile alone, or a table alone."""
    table = job.path.with_suffix(".dbf")
    choice = _encoding(table, job) if table.exists() else None
    sink.table(job.name)
    if choice:
        sink.choices |= {"encoding": choice.encoding, "encoding_source": choice.source}
        if choice.note:
            sink.note(choice.note)
    elif job.kind != "dbf":
        sink.note(Text("formats.shp-without-table"))
    if job.kind == "shp" and not job.path.with_suffix(".shx").exists():
        sink.note(Text("formats.shx-restored"))
    raw = dbf_cells.set_aside(table) if table.exists() else dbf_cells.Cells()
    _require_as_many(job, raw)
    _take_other(job.path)
    _spell_out(job.path.with_suffix(".prj"))
    decode = _decoder(choice.encoding, sink) if choice else None
    view = vector.View(decode, texts=raw.texts, skipped=frozenset(raw.memos), starred=raw.starred)
    sink.end(_read_layer(job, sink, view))


def _read_layer(job: Job, sink: Sink, view: vector.View) -> str | None:
    """Read the layer; a coordinate system that GDAL cannot make sense of is set aside, so that another can be said."""
    system = job.path.with_suffix(".prj")
    try:
        return vector.read_layer(job.path, job, sink, view)
    except UnsupportedMedia:
        if sink.count or not system.exists():
            raise
    named = system.read_text("utf-8", "replace").strip()
    system.unlink()
    crs = vector.read_layer(job.path, job, sink, view)
    sink.note(Text("formats.prj-broken", named=named[:SHOWN_SYSTEM]))
    return crs


def _require_as_many(job: Job, raw: dbf_cells.Cells) -> None:
    """Refuse shapes and attributes that are not as many: which belong together nobody can tell."""
    index, table = job.path.with_suffix(".shx"), job.path.with_suffix(".dbf")
    if job.kind != "shp" or not (index.exists() and table.exists()):
        return
    shapes = max(0, index.stat().st_size - INDEX_HEADER_BYTES) // INDEX_ENTRY_BYTES
    if shapes != raw.records:
        text = Text("formats.shp-counts-differ", shapes=shapes, rows=raw.records)
        raise UnsupportedMedia(Fault(text, {"file": job.file}))


def _take_other(path: Path) -> None:
    """Take the coordinate system that QGIS wrote beside, where there is no other or it is empty."""
    system, other = path.with_suffix(".prj"), path.with_suffix(".qpj")
    if other.exists() and not (system.exists() and system.read_bytes().strip()):
        system.write_bytes(other.read_bytes())


def _spell_out(system: Path) -> None:
    """Write the coordinate system in UTF-8, which is all that pyogrio reads; Chinese programs name systems in GBK."""
    if system.exists():
        data = system.read_bytes()
        try:
            data.decode()
        except UnicodeDecodeError:
            system.write_text(data.decode("gb18030", "replace"), "utf-8")


def _encoding(table: Path, job: Job) -> encodings.Choice:
    named = _named(table)
    try:
        return encodings.guess(_texts(table), job.options.encoding, named)
    except (IndexError, ValueError) as error:
        raise UnsupportedMedia(Fault(Text("formats.dbf-broken"), {"file": job.file})) from error


def _named(table: Path) -> str | None:
    beside = table.with_suffix(".cpg")
    if beside.exists():
        found = encodings.lookup(beside.read_bytes()[:64].decode("latin-1"))
        if found:
            return found
    with table.open("rb") as stream:
        return encodings.LANGUAGE_DRIVERS.get(stream.read(FIELD_BYTES)[LANGUAGE_DRIVER_AT])


def _texts(table: Path) -> Iterator[bytes]:
    """Yield the bytes of all text cells and field names, each followed by a line feed.

    Names beyond ASCII, which may be cut in the middle of a character, count where no cell says anything.
    """
    with table.open("rb") as stream:
        head = stream.read(FIELD_BYTES)
        header, width = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
        records = int.from_bytes(head[4:8], "little")
        # GDAL would leave the rows that are cut off empty and say nothing.
        if width < 1 or table.stat().st_size < header + records * width:
            raise ValueError("records of no length, or cut off")
        spans, names, told, at = [], [], False, 1
        for each in _fields(stream.read(max(header - FIELD_BYTES, 0))):
            if each[11:12] == b"C":
                spans.append((at, at + each[16]))
            at += each[16]
            names.append(each[:11].split(b"\0")[0])
        stream.seek(header)
        while block := stream.read(width * BLOCK_RECORDS):
            for start in range(0, len(block) - width + 1, width):
                if block[start] != DELETED:
                    cells = b"\n".join(block[start + low : start + high].rstrip(b" \0") for low, high in spans)
                    told = told or not cells.isascii()
                    yield cells + b"\n"
        yield from (_whole(name) + b"\n" for name in names if not told or name.isascii())


def _whole(name: bytes) -> bytes:
    """Return a field's name without the part of a character that it may end in."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return codecs.getincrementaldecoder(encoding)("strict").decode(name).encode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _fields(header: bytes) -> Iterator[bytes]:
    for at in range(0, len(header) - FIELD_BYTES + 1, FIELD_BYTES):
        if header[at] == HEADER_END:
            return
        yield header[at : at + FIELD_BYTES]


def _decoder(encoding: str, sink: Sink) -> vector.Decoder:
    def decode(text: str, row: int, column: str) -> str | None:
        raw = text.encode("latin-1", "replace")
        try:
            return raw.decode(encoding).strip("\0 ") or None
        except UnicodeDecodeError:
            kept = raw.decode(encoding, "ignore").strip("\0 ")
            if row:
                sink.fault(Text("formats.text-broken"), row=row, column=column, value=kept)
            return kept or None

    return decode
