"""Styles that go with a file: QML for QGIS, SLD for others, drawn from the catalogue.

QML 3 names symbols by number and gives their properties as pairs of text; SLD is OGC 05-078r4 with Symbology Encoding
05-077r4. Both are written as trees, so that no label can break out of its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from layers.catalogue import TRANSPARENT, Field, Style
from layers.text import Text

PIXELS_PER_MM = 96 / 25.4
POINT_MM = 3.0
SYMBOL_TYPE = {"polygon": "fill", "line": "line", "point": "marker"}
SLD = "http://www.opengis.net/sld"
SE = "http://www.opengis.net/se"
OGC = "http://www.opengis.net/ogc"
# Our signs: what QGIS calls the shape, in SLD too, by how many degrees it is turned, and its part of the full size.
SHAPES = {
    "circle": ("circle", 0, 1.0), "dot": ("circle", 0, 0.6), "star": ("star", 0, 1.2), "pentagon": ("pentagon", 0, 1.0),
    "triangle": ("triangle", 0, 1.0), "triangle-down": ("triangle", 180, 1.0), "cross": ("cross_fill", 0, 1.0),
    "hexagon": ("hexagon", 90, 1.0), "shield": ("shield", 0, 1.0), "square": ("square", 0, 0.9),
    "diamond": ("diamond", 0, 1.2),
}  # fmt: skip
QML_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a legend: the value that it stands for (None = all others, or all), its label, colour, dash, sign."""

    value: str | None
    label: str
    color: str
    dashed: bool = False
    mark: str = "circle"


def legend(style: Style, fields: Sequence[Field], title: str, language: str) -> list[Entry]:
    """Return the rows of a layer's legend; without the field that it goes by there is one row."""
    field = next((each for each in fields if each.name == style.by), None)
    if field is None:
        return [Entry(None, title, style.fill)]
    rows = [
        Entry(
            choice.code,
            choice.label.say(language),
            style.colors.get(choice.code, style.fill),
            choice.code in style.dashed,
            style.marks.get(choice.code, "circle"),
        )
        for choice in field.values
    ]
    return [*rows, Entry(None, Text("formats.style-others").say(language), style.fill)]


def qml(style: Style, kind: str, fields: Sequence[Field], names: Mapping[str, str], head: tuple[str, str]) -> str:
    """Write a style of QGIS: symbols, names of fields in words, and words for codes.

    Parameters
    ----------
    style : Style
    kind : {"polygon", "line", "point"}
    fields : sequence of Field
        Those that the file has.
    names : mapping
        Field → what it is called in the file.
    head : (title, language)
    """
    title, language = head
    rows = legend(style, fields, title, language)
    root = ET.Element("qgis", version="3.22.0", styleCategories="Symbology|Fields|Forms")
    by = next((names[each.name] for each in fields if each.name == style.by), None)
    common = {"forceraster": "0", "symbollevels": "0", "enableorderby": "0"}
    if by is None:
        renderer = ET.SubElement(root, "renderer-v2", {"type": "singleSymbol", **common})
    else:
        renderer = ET.SubElement(root, "renderer-v2", {"type": "categorizedSymbol", "attr": by, **common})
        categories = ET.SubElement(renderer, "categories")
        for number, row in enumerate(rows):
            given = {"symbol": str(number), "value": row.value or "", "label": row.label, "render": "true"}
            ET.SubElement(categories, "category", given)
    symbols = ET.SubElement(renderer, "symbols")
    for number, row in enumerate(rows):
        given = {"type": SYMBOL_TYPE[kind], "name": str(number), "alpha": "1", "clip_to_extent": "1"}
        symbol = ET.SubElement(symbols, "symbol", given | {"force_rhr": "0"})
        layer, properties = _properties(style, kind, row)
        drawn = ET.SubElement(symbol, "layer", {"class": layer, "enabled": "1", "locked": "0", "pass": "0"})
        for name, value in properties.items():
            ET.SubElement(drawn, "prop", k=name, v=value)
    _words(root, fields, names, language)
    ET.indent(root)
    return QML_HEAD + ET.tostring(root, encoding="unicode") + "\n"


def sld(style: Style, kind: str, fields: Sequence[Field], names: Mapping[str, str], head: tuple[str, str]) -> str:
    """Write a Styled Layer Descriptor 1.1 with the same rows; parameters as of `qml`."""
    title, language = head
    for prefix, uri in (("", SLD), ("se", SE), ("ogc", OGC)):
        ET.register_namespace(prefix, uri)
    root = ET.Element(f"{{{SLD}}}StyledLayerDescriptor", version="1.1.0")
    named = ET.SubElement(root, f"{{{SLD}}}NamedLayer")
    ET.SubElement(named, f"{{{SE}}}Name").text = title
    user = ET.SubElement(named, f"{{{SLD}}}UserStyle")
    ET.SubElement(user, f"{{{SE}}}Name").text = title
    target = ET.SubElement(user, f"{{{SE}}}FeatureTypeStyle")
    for row in legend(style, fields, title, language):
        rule = ET.SubElement(target, f"{{{SE}}}Rule")
        ET.SubElement(rule, f"{{{SE}}}Name").text = row.label
        if row.value is not None and style.by is not None:
            test = ET.SubElement(ET.SubElement(rule, f"{{{OGC}}}Filter"), f"{{{OGC}}}PropertyIsEqualTo")
            ET.SubElement(test, f"{{{OGC}}}PropertyName").text = names[style.by]
            ET.SubElement(test, f"{{{OGC}}}Literal").text = row.value
        elif any(each.name == style.by for each in fields):
            ET.SubElement(rule, f"{{{SE}}}ElseFilter")
        _symbolizer(rule, style, kind, row)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _properties(style: Style, kind: str, row: Entry) -> tuple[str, dict[str, str]]:
    width, dash = f"{style.width_mm}", "dash" if row.dashed else "solid"
    if kind == "line":
        given = {"line_color": _rgba(row.color), "line_width": width, "line_width_unit": "MM", "line_style": dash}
        return "SimpleLine", given | {"capstyle": "round", "joinstyle": "round"}
    outline = {"outline_color": _rgba(style.stroke), "outline_width": width, "outline_width_unit": "MM"}
    if kind == "point":
        shape, degrees, size = SHAPES[row.mark]
        drawn = {"name": shape, "angle": str(degrees), "color": _rgba(row.color), "size": f"{POINT_MM * size:g}"}
        return "SimpleMarker", outline | drawn
    filled = "no" if row.color == TRANSPARENT else "solid"
    return "SimpleFill", outline | {"color": _rgba(row.color), "style": filled, "outline_style": dash}


def _symbolizer(rule: ET.Element, style: Style, kind: str, row: Entry) -> None:
    def part(parent: ET.Element, name: str, **parameters: str) -> None:
        element = ET.SubElement(parent, f"{{{SE}}}{name}")
        for key, value in parameters.items():
            ET.SubElement(element, f"{{{SE}}}SvgParameter", name=key.replace("_", "-")).text = value

    width = f"{style.width_mm * PIXELS_PER_MM:.2f}"
    dash = {"stroke_dasharray": "6 3"} if row.dashed else {}
    if kind == "line":
        part(ET.SubElement(rule, f"{{{SE}}}LineSymbolizer"), "Stroke", stroke=row.color, stroke_width=width, **dash)
        return
    inside = {"fill": row.color} if row.color != TRANSPARENT else {"fill_opacity": "0"}
    if kind == "polygon":
        area = ET.SubElement(rule, f"{{{SE}}}PolygonSymbolizer")
        part(area, "Fill", **inside)
        part(area, "Stroke", stroke=style.stroke, stroke_width=width, **dash)
        return
    shape, degrees, size = SHAPES[row.mark]
    graphic = ET.SubElement(ET.SubElement(rule, f"{{{SE}}}PointSymbolizer"), f"{{{SE}}}Graphic")
    mark = ET.SubElement(graphic, f"{{{SE}}}Mark")
    ET.SubElement(mark, f"{{{SE}}}WellKnownName").text = shape
    part(mark, "Fill", **inside)
    part(mark, "Stroke", stroke=style.stroke, stroke_width=width)
    ET.SubElement(graphic, f"{{{SE}}}Size").text = f"{POINT_MM * size * PIXELS_PER_MM:.1f}"
    if degrees:
        ET.SubElement(ET.SubElement(graphic, f"{{{SE}}}Rotation"), f"{{{OGC}}}Literal").text = str(degrees)


def _words(root: ET.Element, fields: Sequence[Field], names: Mapping[str, str], language: str) -> None:
    """Add what fields and their codes are called."""
    widgets = ET.SubElement(root, "fieldConfiguration")
    aliases = ET.SubElement(root, "aliases")
    for number, field in enumerate(fields):
        ET.SubElement(aliases, "alias", field=names[field.name], index=str(number), name=field.label.say(language))
        if not field.values:
            continue
        widget = ET.SubElement(ET.SubElement(widgets, "field", name=names[field.name]), "editWidget", type="ValueMap")
        options = ET.SubElement(ET.SubElement(widget, "config"), "Option", type="Map")
        values = ET.SubElement(options, "Option", name="map", type="List")
        for choice in field.values:
            pair = ET.SubElement(values, "Option", type="Map")
            ET.SubElement(pair, "Option", name=choice.label.say(language), type="QString", value=choice.code)


def _rgba(color: str) -> str:
    if color == TRANSPARENT:
        return "0,0,0,0"
    return ",".join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5)) + ",255"
