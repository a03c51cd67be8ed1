"""What an OSM file as text says that libosmium does not look at: an answer that broke off, objects to be deleted."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

from layers.errors import Fault, UnsupportedMedia
from layers.text import Text

REMARK = re.compile(rb"<remark\b[^>]*>([^<]*)")
DELETED = re.compile(
    rb"<(node|way|relation)(?=[^>]*\s(?:action\s*=\s*['\"]delete|visible\s*=\s*['\"]false)['\"])"
    rb"\s[^>]*?\bid\s*=\s*['\"](-?\d+)['\"]"
)
BELOW_ZERO = re.compile(rb"\b(id|ref)(\s*=\s*['\"])-(\d+)(?=['\"])")
LOCAL = 9 * 10**15
"""Ids below zero, which an editor gives to what is new, are read as so much above it: libosmium places no others."""
HEAD = re.compile(rb"<(?:node|way|relation)\s")
BOUNDS = re.compile(rb"<bounds\s([^>]*)>")
CUTTERS = re.compile(rb"<osm\s[^>]*generator\s*=\s*['\"](?:py)?osm(?:ium|convert|osis|filter)", re.IGNORECASE)
"""Programs that cut along a border and name the box around it: not all in that box is in the file."""
PLACED = re.compile(rb"<nd\s(?=[^>]*\blat\s*=)(?=[^>]*\blon\s*=)[^>]*>")
NODE = re.compile(rb"<node\s[^>]*?\bid\s*=\s*['\"](-?\d+)['\"]")
LETTER = {b"node": "n", b"way": "w", b"relation": "r"}


def deleted(path: Path, file: str) -> set[str]:
    """Return the objects that an editor marked as deleted or no longer there, as ``w12``; refuse half an answer.

    Raises
    ------
    UnsupportedMedia
        The file holds a remark of the server: not all of what was asked for is there.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        remark = REMARK.search(text)
        if remark is not None:
            reason = " ".join(remark[1].decode("utf-8", "replace").split())[:160]
            raise UnsupportedMedia(Fault(Text("formats.osm-remark", reason=reason), {"file": file}))
        return {f"{LETTER[found[1]]}{int(found[2])}" for found in DELETED.finditer(text)}


def extents(path: Path) -> list[tuple[float, float, float, float]]:
    """Return the boxes of which the file says that it holds all: west, south, east, north; none where it does not."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        first = HEAD.search(text)
        head = text[: first.start() if first else len(text)]
    if CUTTERS.search(head):
        return []
    boxes = []
    for found in BOUNDS.finditer(head):
        west, south, east, north = (_number(found[1], name) for name in (b"minlon", b"minlat", b"maxlon", b"maxlat"))
        if -180 <= west < east <= 180 and -90 <= south < north <= 90:
            boxes.append((west, south, east, north))
    return boxes


def _number(attributes: bytes, name: bytes) -> float:
    """Return an attribute that is a number, nan for none."""
    found = re.search(rb"\b%s\s*=\s*['\"](-?\d+(?:\.\d+)?)['\"]" % name, attributes)
    return float(found[1]) if found else float("nan")


def _with_nodes(text: bytes) -> bytes:
    """Add the nodes that only the ways place (``out geom``): libosmium asks the nodes alone."""
    known = set(NODE.findall(text))
    more: dict[bytes, bytes] = {}
    for found in PLACED.finditer(text):
        ref = re.search(rb"\bref\s*=\s*['\"](-?\d+)['\"]", found[0])
        if ref is not None and ref[1] not in known:
            place = _number(found[0], b"lat"), _number(found[0], b"lon")
            more[ref[1]] = b'<node id="%s" version="1" lat="%.7f" lon="%.7f"/>\n' % (ref[1], *place)
    end = text.rfind(b"</osm>")
    return text[:end] + b"".join(more.values()) + text[end:] if more and end >= 0 else text


def _above(found: re.Match[bytes]) -> bytes:
    return b"%s%s%d" % (found[1], found[2], LOCAL + int(found[3]))


def number(id: int) -> int:
    """Return the id of an object as it stands in the file."""
    return LOCAL - id if id > LOCAL else id


def sort(path: Path) -> Path:
    """Put nodes before ways before relations, each by id, as an editor need not save them; return the sorted copy."""
    import osmium

    target = path.with_name("sorted.osm.pbf")
    text = path.read_bytes()
    whole = _with_nodes(text)
    if whole is not text or BELOW_ZERO.search(whole):
        path = path.with_name("numbered.osm")
        path.write_bytes(BELOW_ZERO.sub(_above, whole))
    reader = osmium.MergeInputReader()
    reader.add_file(str(path))
    with osmium.SimpleWriter(str(target)) as writer:
        reader.apply(writer, simplify=False)
    return target
