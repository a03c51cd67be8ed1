"""Places that stand with ways and members themselves (Overpass's ``out geom``): libosmium asks the nodes alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

PLACED = re.compile(rb"<nd\s[^>]*\blat\s*=")
ND = re.compile(rb"<nd\b([^>]*)>")
POINT = re.compile(rb"<(?:node|nd|member)\s([^>]*)>")
MEMBER = re.compile(rb"<member\s([^>]*[^/>\s])\s*>((?:\s*<nd\b[^>]*>)*)\s*</member>")
DRAWN = re.compile(rb"<way\s([^>]*)>\s*(?:<bounds\b[^>]*>\s*)?<nd\b")
TYPE = re.compile(rb"\btype\s*=\s*['\"](\w+)['\"]")
NAMED = re.compile(rb"\b(?:id|ref)\s*=\s*['\"](-?\d+)['\"]")
UNNAMED = 8 * 10**15
"""Nodes whose ids the answer does not have are numbered from here, one for each place; the one before is nowhere."""
UNITS_A_DEGREE = 10_000_000
Place: TypeAlias = tuple[int, int]


def complete(text: bytes, known: set[bytes]) -> bytes:
    """Write the nodes and the ways that stand in a text with their places only.

    Parameters
    ----------
    text : bytes
    known : set of bytes
        The ids of the nodes that are there by themselves.
    """
    if PLACED.search(text) is None and MEMBER.search(text) is None:
        return text
    named: dict[Place, bytes] = {}
    nodes: dict[bytes, Place] = {}
    for ref, place in _points(text):
        named.setdefault(place, ref)
        if ref not in known:
            nodes.setdefault(ref, place)
    text = ND.sub(lambda found: _referred(found, named, nodes), text)
    drawn = {_named(found[1]) for found in DRAWN.finditer(text)}
    ways: dict[bytes, bytes] = {}
    for found in MEMBER.finditer(text):
        kind, way = TYPE.search(found[1]), _named(found[1])
        if kind is not None and kind[1] == b"way" and found[2] and way and way not in drawn:
            ways[way] = b'<way id="%s" version="0">%s</way>\n' % (way, found[2])
    text = MEMBER.sub(rb"<member \1/>", text)  # libosmium refuses what stands in a member
    more = [b'<node id="%s" version="0" lat="%.7f" lon="%.7f"/>\n' % (ref, y / UNITS_A_DEGREE, x / UNITS_A_DEGREE)
            for ref, (y, x) in nodes.items()]  # fmt: skip
    end = text.rfind(b"</osm>")
    return b"".join([text[:end], *more, *ways.values(), text[end:]]) if end >= 0 else text


def number(attributes: bytes, name: bytes) -> float:
    """Return an attribute that is a number, nan for none."""
    found = re.search(rb"\b%s\s*=\s*['\"](-?\d+(?:\.\d+)?)['\"]" % name, attributes)
    return float(found[1]) if found else float("nan")


def _named(attributes: bytes) -> bytes | None:
    found = NAMED.search(attributes)
    return found[1] if found else None


def _place(attributes: bytes) -> Place | None:
    lat, lon = number(attributes, b"lat"), number(attributes, b"lon")
    known = lat == lat and lon == lon
    return (round(lat * UNITS_A_DEGREE), round(lon * UNITS_A_DEGREE)) if known else None


def _points(text: bytes) -> Iterator[tuple[bytes, Place]]:
    """Give id and place of whatever has both: nodes, points of ways, members that are nodes."""
    for found in POINT.finditer(text):
        ref, place = _named(found[1]), _place(found[1])
        if ref is not None and place is not None:
            yield ref, place


def _referred(found: re.Match[bytes], named: dict[Place, bytes], nodes: dict[bytes, Place]) -> bytes:
    """Give a point of a way the id of the node that it is."""
    if _named(found[1]) is not None:
        return found[0]
    place = _place(found[1])
    if place is None:
        return b'<nd ref="%d"/>' % (UNNAMED - 1)
    if place not in named:
        named[place] = b"%d" % (UNNAMED + len(nodes))
        nodes[named[place]] = place
    return b'<nd ref="%s"/>' % named[place]
