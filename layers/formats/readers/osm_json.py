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
_UNNAMED = 8 * 10**15
"""Nodes whose ids the answer does not have are numbered from here, one for each place."""


class _Member(msgspec.Struct):
    type: str
    ref: int
    role: str = ""


class _Place(msgspec.Struct):
    lat: float
    lon: float


class _Element(msgspec.Struct):
    """One object; what is no map (an area, a count) has another type."""

    type: str
    id: int = 0
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
    """Write the XML of an answer beside it; nodes that only the ``geometry`` of a way has are written too.

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
    known = {each.id for each in answer.elements if each.type == "node"}
    placed: dict[tuple[float, float], int] = {}
    for each in answer.elements:
        if each.type == "way" and not each.nodes:  # asked for without its nodes: they are where its course bends
            each.nodes = [placed.setdefault((at.lat, at.lon), _UNNAMED + len(placed)) if at else _UNNAMED - 1
                          for at in each.geometry]  # fmt: skip
    with target.open("w", encoding="utf-8") as stream:
        stream.write('<osm version="0.6">\n')
        for each in answer.elements:
            if each.type == "way" and len(each.geometry) == len(each.nodes):
                for id, place in zip(each.nodes, each.geometry, strict=True):
                    if place is not None and id not in known:
                        known.add(id)
                        stream.write(f'<node id="{id}" version="1" lat="{place.lat:.7f}" lon="{place.lon:.7f}"/>\n')
        for each in answer.elements:
            if each.type in KINDS:
                stream.write(_written(each))
        stream.write("</osm>\n")
    return target


def _written(each: _Element) -> str:
    place = f' lat="{each.lat:.7f}" lon="{each.lon:.7f}"' if each.lat is not None and each.lon is not None else ""
    parts = [f'<{each.type} id="{each.id}" version="1"{place}>']
    parts += [f'<nd ref="{node}"/>' for node in each.nodes]
    parts += [
        f'<member type={quoteattr(member.type)} ref="{member.ref}" role={quoteattr(_plain(member.role))}/>'
        for member in each.members
        if member.type in KINDS
    ]
    parts += [
        f"<tag k={quoteattr(_plain(key))} v={quoteattr(_plain(str(value)))}/>" for key, value in each.tags.items()
    ]
    return "".join([*parts, f"</{each.type}>\n"])


def _plain(text: str) -> str:
    """Leave out what no XML may hold."""
    return "".join(letter for letter in text if letter in "\t\n" or ord(letter) >= 0x20)
