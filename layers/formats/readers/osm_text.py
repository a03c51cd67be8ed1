"""What an OSM file as text says that libosmium does not look at: an answer that broke off, objects to be deleted."""

from __future__ import annotations

import mmap
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.errors import Fault, UnsupportedMedia
from layers.formats.readers import osm_geom
from layers.text import Text

REMARK = re.compile(rb"<remark\b[^>]*>([^<]*)")
ASIDE = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
"""What is no part of the data: comments, and raw text."""
DELETED = re.compile(
    rb"<(node|way|relation)(?=[^>]*\s(?:action\s*=\s*['\"]delete|visible\s*=\s*['\"]false)['\"])(\s[^>]*)>"
)
ID = re.compile(rb"\sid\s*=\s*['\"](-?\d+)['\"]")
VERSION = re.compile(rb"\sversion\s*=\s*['\"](\d+)['\"]")
BELOW_ZERO = re.compile(rb"\b(id|ref)(\s*=\s*['\"])-(\d+)(?=['\"])")
LOCAL = 9 * 10**15
"""Ids below zero, which an editor gives to what is new, are read as so much above it: libosmium places no others."""
HEAD = re.compile(rb"<(?:node|way|relation)\s")
BOUNDS = re.compile(rb"<bounds\s([^>]*)>")
CUTTERS = re.compile(rb"<osm\s[^>]*generator\s*=\s*['\"](?:py)?osm(?:ium|convert|osis|filter)", re.IGNORECASE)
"""Programs that cut along a border and name the box around it: not all in that box is in the file."""
OBJECT = re.compile(rb"<(node|way|relation)\s(?:[^>]*?\s)?id\s*=\s*['\"](-?\d+)['\"]")
LETTER = {b"node": "n", b"way": "w", b"relation": "r"}


def plain(path: Path) -> Path:
    """Return the file without comments: what stands in them is not there; the file itself where it has none."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if text.find(b"<!") < 0:
            return path
        without = ASIDE.sub(b"", text)
    target = path.with_name("plain.osm")
    target.write_bytes(without)
    return target


def deleted(path: Path, file: str) -> dict[str, int]:
    """Return the objects that an editor marked as deleted or no longer there, as ``w12``, with the version that is.

    Half an answer is refused.

    Raises
    ------
    UnsupportedMedia
        The file holds a remark of the server: not all of what was asked for is there.
    """
    gone: dict[str, int] = {}
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        remark = REMARK.search(text)
        if remark is not None:
            reason = " ".join(remark[1].decode("utf-8", "replace").split())[:160]
            raise UnsupportedMedia(Fault(Text("formats.osm-remark", reason=reason), {"file": file}))
        for found in DELETED.finditer(text):
            id, version = ID.search(found[2]), VERSION.search(found[2])
            if id is not None:
                code = f"{LETTER[found[1]]}{int(id[1])}"
                gone[code] = max(gone.get(code, 0), int(version[1]) if version else 0)
    return gone


def extents(path: Path) -> list[tuple[float, float, float, float]]:
    """Return the boxes of which the file says that it holds all: west, south, east, north; none where it does not."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        first = HEAD.search(text)
        head = text[: first.start() if first else len(text)]
    if CUTTERS.search(head):
        return []
    boxes = []
    for found in BOUNDS.finditer(head):
        names = (b"minlon", b"minlat", b"maxlon", b"maxlat")
        west, south, east, north = (osm_geom.number(found[1], name) for name in names)
        if -180 <= west < east <= 180 and -90 <= south < north <= 90:
            boxes.append((west, south, east, north))
    return boxes


def _above(found: re.Match[bytes]) -> bytes:
    return b"%s%s%d" % (found[1], found[2], LOCAL + int(found[3]))


def number(id: int) -> int:
    """Return the id of an object as it stands in the file."""
    return LOCAL - id if id > LOCAL else id


def sort(path: Path) -> tuple[Path, int]:
    """Put nodes before ways before relations, each by id, as an editor need not save them.

    Returns
    -------
    path : Path
        The sorted copy, in which each object stands once, in its newest version.
    twice : int
        How many were left out for that.
    """
    text = path.read_bytes()
    every = OBJECT.findall(text)
    once = set(every)
    whole = osm_geom.complete(text, {id for kind, id in once if kind == b"node"})
    if whole is not text or BELOW_ZERO.search(whole):
        path = path.with_name("numbered.osm")
        path.write_bytes(BELOW_ZERO.sub(_above, whole))
    again = len(every) > len(once) or whole is not text
    return newest(united(path) if again else path), len(every) - len(once)


def newest(path: Path) -> Path:
    """Return a sorted copy in which each object stands in its newest version alone."""
    import osmium

    target = path.with_name("sorted.osm.pbf")
    reader = osmium.MergeInputReader()
    reader.add_file(str(path))
    with osmium.SimpleWriter(str(target)) as writer:
        reader.apply(writer, simplify=True)
    return target


def united(path: Path) -> Path:
    """Return a copy in which what stands there again, in its newest version, stands once with all that is said of it.

    A server that is asked for ways and then for their skeletons writes the same ways with tags and without.
    """
    import osmium

    seen = Counter((each.type_str(), each.id) for each in osmium.FileProcessor(str(path)))
    said: dict[tuple[str, int], _Said] = {}
    target = path.with_name("united.osm.pbf")
    with osmium.SimpleWriter(str(target)) as writer:
        for each in osmium.FileProcessor(str(path)):
            key = (each.type_str(), each.id)
            if seen[key] == 1:
                writer.add(each)
            else:
                said[key] = _fuller(_Said.of(each), said.get(key))
        for (kind, id), found in said.items():
            of: dict[str, Any] = {"id": id, "version": found.version, "visible": found.visible, "tags": found.tags}
            if kind == "n":
                writer.add_node(osmium.osm.mutable.Node(**of, location=found.place))
            elif kind == "w":
                writer.add_way(osmium.osm.mutable.Way(**of, nodes=found.parts))
            else:
                writer.add_relation(osmium.osm.mutable.Relation(**of, members=found.parts))
    return target


@dataclass(frozen=True)
class _Said:
    """What a file says of an object in one place."""

    version: int
    visible: bool
    tags: dict[str, str]
    parts: list[Any]
    place: tuple[float, float] | None

    @classmethod
    def of(cls, each: Any) -> _Said:
        placed = each.is_node() and each.location.valid()
        place = (each.location.lon, each.location.lat) if placed else None
        members = [(one.type, one.ref, one.role) for one in each.members] if each.is_relation() else []
        parts = [node.ref for node in each.nodes] if each.is_way() else members
        return cls(each.version, each.visible, dict(each.tags), parts, place)


def _fuller(one: _Said, other: _Said | None) -> _Said:
    """Return the newer of both; of the same version each part from where more is said, from the first of equals."""
    if other is None or one.version > other.version:
        return one
    if one.version < other.version:
        return other
    tags, parts = max(other.tags, one.tags, key=len), max(other.parts, one.parts, key=len)
    return _Said(one.version, other.visible and one.visible, tags, parts, other.place or one.place)
