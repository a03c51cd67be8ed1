"""What an OSM file as text says that libosmium does not look at: an answer that broke off, objects to be deleted."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

from layers.errors import Fault, UnsupportedMedia
from layers.text import Text

REMARK = re.compile(rb"<remark\b[^>]*>([^<]*)")
DELETED = re.compile(
    rb"<(node|way|relation)\s(?=[^>]*\s(?:action\s*=\s*['\"]delete|visible\s*=\s*['\"]false)['\"])"
    rb"[^>]*?\bid\s*=\s*['\"](-?\d+)['\"]"
)
BELOW_ZERO = re.compile(rb"\b(id|ref)(\s*=\s*['\"])-(\d+)(?=['\"])")
LOCAL = 9 * 10**15
"""Ids below zero, which an editor gives to what is new, are read as so much above it: libosmium places no others."""
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
    if BELOW_ZERO.search(text):
        path = path.with_name("numbered.osm")
        path.write_bytes(BELOW_ZERO.sub(_above, text))
    reader = osmium.MergeInputReader()
    reader.add_file(str(path))
    with osmium.SimpleWriter(str(target)) as writer:
        reader.apply(writer, simplify=False)
    return target
