"""What a file is: its ending says what it claims to be, its first bytes whether that can be true."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from layers.errors import Fault, UnsupportedMedia
from layers.formats import encodings
from layers.text import Text

START_BYTES = 4096
# Ending → (kind, the looks that fit it).
READABLE = {
    ".geojson": ("geojson", ("json",)),
    ".json": ("geojson", ("json",)),
    ".gpkg": ("gpkg", ("sqlite",)),
    ".zip": ("zip", ("zip",)),
    ".shp": ("shp", ("shapefile",)),
    ".dbf": ("dbf", ("dbase",)),
    ".csv": ("csv", ("text",)),
    ".txt": ("csv", ("text",)),
    ".tsv": ("csv", ("text",)),
    ".xlsx": ("xlsx", ("zip",)),
    ".xlsm": ("xlsx", ("zip",)),
    ".xls": ("xls", ("office-97",)),
    ".ods": ("ods", ("zip",)),
    ".fgb": ("fgb", ("flatgeobuf",)),
    ".parquet": ("parquet", ("parquet",)),
    ".geoparquet": ("parquet", ("parquet",)),
    ".kml": ("kml", ("xml",)),
    ".kmz": ("kmz", ("zip",)),
}
# Kinds that have sheets of cells, or are one.
SHEETS = frozenset({"xlsx", "xls", "ods", "csv"})
# Files of a whole map, which only `read_osm` reads.
MAPS = {
    ".pbf": ("osm-pbf", ("osm-pbf",)),
    ".osm": ("osm-xml", ("xml",)),
}
# An answer of Overpass is JSON too; only who asks for a map takes it for one.
MAP_FILES = {**MAPS, ".json": ("osm-json", ("json",))}
# Archives and compressed files that nobody unpacks here.
PACKED = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".zst", ".lz4", ".lzma", ".cab")
# Endings that offices send and nobody reads here → what there is to be done instead.
ELSEWHERE = (
    dict.fromkeys((".xlsb", ".et", ".ett", ".numbers", ".xlt", ".xltx"), "formats.ending-sheet")
    | dict.fromkeys(PACKED, "formats.ending-archive")
    | dict.fromkeys(
        (".gml", ".gdb", ".mdb", ".tab", ".mif", ".dxf", ".dwg", ".gpx", ".ovkml", ".ovjsn", ".ovobj", ".topojson",
         ".shx", ".prj", ".sqlite", ".db", ".lyr", ".lpk", ".mpk", ".qgz"),
        "formats.ending-map",
    )
)  # fmt: skip
OSM_HEADER = b"\x0a\x09OSMHeader"
SIGNATURES = (
    (b"SQLite format 3\x00", "sqlite"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"fgb\x03fgb", "flatgeobuf"),
    (b"PAR1", "parquet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office-97"),
    (b"\x09\x08\x10\x00\x00\x06", "office-97"),  # an XLS without its container
    (b"%PDF", "pdf"),
)
DBASE_VERSIONS = (0x02, 0x03, 0x30, 0x31, 0x32, 0x43, 0x83, 0x8B, 0xF5)
DBASE_HEADER_BYTES = 32


def kind_of(path: Path, readable: Mapping[str, tuple[str, tuple[str, ...]]] = READABLE) -> str:
    """Return the kind of a file by its ending, after its first bytes have been seen to fit.

    Parameters
    ----------
    readable : mapping
        The endings that may be read here.

    Raises
    ------
    UnsupportedMedia
        An ending that is not read, an empty file, or content that contradicts the ending.
    """
    ending = path.suffix.lower()
    where = {"file": path.name}
    if ending in MAPS and ending not in readable:
        raise UnsupportedMedia(Fault(Text("formats.osm-elsewhere"), where))
    if ending in (*PACKED, ".zip") and ".zip" not in readable:
        raise UnsupportedMedia(Fault(Text("formats.ending-archive-map"), where))
    if ending not in readable and ending in ELSEWHERE:
        raise UnsupportedMedia(Fault(Text(ELSEWHERE[ending]), where))
    if ending not in readable:
        raise UnsupportedMedia(Fault(Text("formats.ending-unknown", endings=list(readable)), where))
    kind, fitting = readable[ending]
    with path.open("rb") as stream:
        start = stream.read(START_BYTES)
    if not start:
        raise UnsupportedMedia(Fault(Text("formats.file-empty"), where))
    found = look_of(start)
    if found == "office-97" and kind == "xlsx":
        raise UnsupportedMedia(Fault(Text("formats.xlsx-old-or-locked"), where))
    if found == "xml" and kind == "xls":
        raise UnsupportedMedia(Fault(Text("formats.xls-is-page"), where))
    if found not in fitting:
        text = Text("formats.ending-mismatch", ending=ending, found=Text(f"formats.look-{found}"))
        raise UnsupportedMedia(Fault(text, where))
    return kind


def has_sheets(name: str) -> bool:
    """Say whether a file of this name has sheets of cells, or is one."""
    return READABLE.get(Path(name).suffix.lower(), ("",))[0] in SHEETS


def look_of(start: bytes) -> str:
    """Return what the first bytes of a file look like; each answer has a message ``formats.look-…``."""
    for signature, look in SIGNATURES:
        if start.startswith(signature):
            return look
    if start[4:].startswith(OSM_HEADER):  # behind the length of the header
        return "osm-pbf"
    if _is_dbase(start):
        return "dbase"
    marked = encodings.mark(start)
    if marked is None and b"\x00" in start:
        return "binary"
    text = start.decode(marked or "latin-1", "ignore").lstrip("\ufeff \t\r\n\x1e")
    if text.startswith(("{", "[")):
        return "json"
    return "xml" if text.startswith("<") else "text"


def _is_dbase(start: bytes) -> bool:
    if len(start) < DBASE_HEADER_BYTES or start[0] not in DBASE_VERSIONS:
        return False
    header, record = int.from_bytes(start[8:10], "little"), int.from_bytes(start[10:12], "little")
    return header > DBASE_HEADER_BYTES and record > 0 and start[2] <= 12 and start[3] <= 31
