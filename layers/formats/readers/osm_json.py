"""An answer of Overpass as JSON, written as the XML that it stands for."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import msgspec

from layers.errors import Fault, UnsupportedMedia
from layers.text import Text

KINDS = ("node", "way", "relation")


class _Place(msgspec.Struct):
    lat: float
    lon: float


class _Member(msgspec.Struct):
    type: str
    ref: int
    role: str = ""
    lat: float | None = None
    lon: float | None = None
    geometry: list[_Place | None] = []


class _Element(msgspec.Struct):
    """One object; what is no map (an area, a count) has another type."""

    type: str
    id: int = 0
    version: int = 1
    lat: float | None = None
    lon: float | None = None
    tags: dict[str, Any] = {}
    nodes: list[int] = []
    geometry: list[_Place | None] = []
    members: list[_Member] = []


class _Answer(msgspec.Struct):
    elements: list[_Element]
    remark: str | None = None


def as_xml(path: Path, file: str) -> Path:
    """Write the XML of an answer beside it, places of ways and members (``out geom``) as the server writes them there.

    Raises
    ------
    UnsupportedMedia
        It is no such answer, or holds a remark of the server: not all of what was asked for is there.
    """
    try:
        answer = msgspec.json.decode(path.read_bytes().removeprefix(codecs.BOM_UTF8), type=_Answer)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnsupportedMedia(
            Fault(Text("formats.osm-not-overpass", reason=str(error)[:120]), {"file": file})
        ) from None
    if answer.remark:
        reason = " ".join(answer.remark.split())[:160]
        raise UnsupportedMedia(Fault(Text("formats.osm-remark", reason=reason), {"file": file}))
    target = path.with_name("overpass.osm")
    with target.open("w", encoding="utf-8") as stream:
        stream.write('<osm version="0.6">\n')
        for each in answer.elements:
            if each.type in KINDS:
                stream.write(_written(each))
        stream.write("</osm>\n")
    return target


def _written(each: _Element) -> str:
    parts = [f'<{each.type} id="{each.id}" version="{each.version}"{_at(each)}>', *_course(each.nodes, each.geometry)]
    for member in each.members:
        if member.type in KINDS:
            role = quoteattr(_plain(member.role))
            parts.append(f'<member type={quoteattr(member.type)} ref="{member.ref}" role={role}{_at(member)}>')
            parts += [*_course([], member.geometry), "</member>"]
    parts += [
        f"<tag k={quoteattr(_plain(key))} v={quoteattr(_plain(str(value)))}/>" for key, value in each.tags.items()
    ]
    return "".join([*parts, f"</{each.type}>\n"])


def _course(nodes: list[int], places: list[_Place | None]) -> list[str]:
    """Write the points of a way: by their nodes, by their places where the nodes are not named, or by both."""
    if nodes and len(nodes) != len(places):
        return [f'<nd ref="{node}"/>' for node in nodes]
    refs = [f' ref="{node}"' for node in nodes] or [""] * len(places)
    return [f"<nd{ref}{_at(place)}/>" for ref, place in zip(refs, places, strict=True)]


def _at(each: _Element | _Member | _Place | None) -> str:
    if each is None or each.lat is None or each.lon is None:
        return ""
    return f' lat="{each.lat:.7f}" lon="{each.lon:.7f}"'


def _plain(text: str) -> str:
    """Leave out what no XML may hold."""
    return "".join(letter for letter in text if letter in "\t\n" or ord(letter) >= 0x20)
