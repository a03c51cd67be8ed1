"""GeoJSON as RFC 7946 has it: WGS84, no `crs` member, right-hand rule, at most seven decimals.

The legacy profile follows the specification of 2008 and names any other coordinate system in a `crs` member.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import msgspec

from geo.shapes import geometry_texts
from layers.errors import Fault, InvalidParameter
from layers.formats.export import WGS84, Export
from layers.formats.writing import PROFILES, WriteOptions
from layers.text import Text

_text = msgspec.json.Encoder().encode
# Coordinates that RFC 7946 readers may take for WGS84: our two names for it, and CGCS2000, which is treated as one.
LIKE_WGS84 = (WGS84, "OGC:CRS84", "EPSG:4490")


def write(parts: Iterable[Export], target: Path, options: WriteOptions) -> list[Text]:
    """Write a FeatureCollection."""
    parts = iter(parts)
    first = next(parts)
    if options.profile not in PROFILES:
        where = {"parameter": "profile", "value": options.profile}
        raise InvalidParameter(Fault(Text("formats.profile-unknown", profiles=list(PROFILES)), where))
    if options.profile == "rfc7946" and first.crs not in LIKE_WGS84:
        raise InvalidParameter(Fault(Text("formats.geojson-wgs84"), {"parameter": "crs", "value": options.crs}))
    with target.open("wb") as stream:
        stream.write(b'{"type":"FeatureCollection",')
        if options.profile == "legacy" and first.crs != WGS84:
            crs = {"type": "name", "properties": {"name": _urn(first.crs)}}
            stream.write(b'"crs":' + msgspec.json.encode(crs) + b",")
        if about := options.about():  # a foreign member, as RFC 7946 has it
            told = {name: value for name, _, value in about}
            stream.write(b'"metadata":' + msgspec.json.encode(told) + b",")
        stream.write(b'"features":[')
        between = b"\n"
        for export in chain([first], parts):
            if len(export):
                stream.write(between + b",\n".join(feature_texts(export)))
                between = b",\n"
        stream.write(b"\n]}\n")
    return []


def feature_texts(export: Export) -> Iterator[bytes]:
    """Yield every feature as the text of a GeoJSON object."""
    columns = {field.name: _texts(export.columns[field.name]) for field in export.fields}
    # A column without any value is part of the template; the others fill it.
    parts = [_text(name).replace(b"%", b"%%") + (b":%b" if texts else b":null") for name, texts in columns.items()]
    template = b'{"type":"Feature","id":%b,"geometry":%b,"properties":{' + b",".join(parts) + b"}}"
    filled = [texts for texts in columns.values() if texts]
    shapes = geometry_texts(export.geometry, export.decimals)
    for values in zip(_texts(export.ids), shapes, *filled, strict=True):
        yield template % values


def _texts(values: Sequence[object]) -> list[bytes]:
    """Return every value as JSON, each distinct one encoded once; nothing where there is no value at all."""
    known = {value: _text(value) for value in set(values)}
    return [] if known.keys() == {None} else list(map(known.__getitem__, values))


def _urn(crs: str) -> str:
    authority, _, code = crs.partition(":")
    return f"urn:ogc:def:crs:{authority}::{code}" if code.isalnum() else crs
