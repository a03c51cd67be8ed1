"""KML 2.2 (OGC 07-147r2): placemarks with every field as extended data; always longitude and latitude."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import shapely

from layers.errors import Fault, InvalidParameter
from layers.formats.export import Export
from layers.formats.writers.delimited import WGS84_LIKE
from layers.formats.writing import WriteOptions
from layers.text import Text

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write(parts: Iterable[Export], target: Path, options: WriteOptions) -> list[Text]:
    """Write one document with a placemark for each feature."""
    parts = iter(parts)
    first = next(parts)
    if first.crs not in WGS84_LIKE:
        raise InvalidParameter(Fault(Text("formats.kml-wgs84"), {"parameter": "crs", "value": options.crs}))
    with target.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(HEAD)
        stream.write(f"<name>{_text(first.layer.table)}</name>\n")
        if said := options.description():
            stream.write(f"<description>{_text(said)}</description>\n")
        for export in chain([first], parts):
            for place, shape in enumerate(export.rounded()):
                stream.writelines(_placemark(export, place, shape))
        stream.write("</Document></kml>\n")
    return []


def _placemark(export: Export, place: int, shape: shapely.Geometry | None) -> Iterator[str]:
    yield f"<Placemark id={_attribute(export.ids[place])}>"
    name = export.columns.get("name")
    if name and name[place] is not None:
        yield f"<name>{_text(name[place])}</name>"
    yield "<ExtendedData>"
    for field in export.fields:
        value = export.text(field, export.columns[field.name][place])
        if value is not None and field.name != "name":
            yield f"<Data name={_attribute(field.name)}><value>{_text(value)}</value></Data>"
    yield "</ExtendedData>"
    if shape is not None:
        yield from _geometry(shape)
    yield "</Placemark>\n"


def _geometry(shape: shapely.Geometry) -> Iterator[str]:
    match shape.geom_type:
        case "Point":
            yield f"<Point>{_coordinates(shape)}</Point>"
        case "LineString":
            yield f"<LineString>{_coordinates(shape)}</LineString>"
        case "Polygon":
            yield f"<Polygon><outerBoundaryIs>{_ring(shape.exterior)}</outerBoundaryIs>"
            for hole in shape.interiors:
                yield f"<innerBoundaryIs>{_ring(hole)}</innerBoundaryIs>"
            yield "</Polygon>"
        case _:
            yield "<MultiGeometry>"
            for part in shape.geoms:
                yield from _geometry(part)
            yield "</MultiGeometry>"


def _ring(ring: shapely.LinearRing) -> str:
    return f"<LinearRing>{_coordinates(ring)}</LinearRing>"


def _coordinates(shape: shapely.Geometry) -> str:
    positions = np.asarray(shapely.get_coordinates(shape)).tolist()
    return "<coordinates>" + " ".join(f"{x!r},{y!r}" for x, y in positions) + "</coordinates>"


def _text(text: str) -> str:
    return escape(NOT_XML.sub("", text))


def _attribute(text: str) -> str:
    return quoteattr(NOT_XML.sub("", text))
