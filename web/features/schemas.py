"""JSON Schemas that come from the catalogue: a layer's fields, and its features as GeoJSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from layers.catalogue import Field, Layer

TYPES = {"text": "string", "enum": "string", "date": "string", "integer": "integer", "number": "number",
         "boolean": "boolean", "list": "array"}  # fmt: skip
SHAPES = {"point": "point", "line": "linestring", "polygon": "polygon"}
ROLES = {"valid_from": "primary-interval-start", "valid_to": "primary-interval-end"}


# Units as UCUM writes them, in which programs must be told; words in braces are annotations.
UCUM = {"㎡": "m2", "km/h": "km/h", "分钟": "min", "人": "{person}", "户": "{household}", "层": "{storey}",
        "元/㎡·月": "{CNY}/m2/mo"}  # fmt: skip


class LayerSchema(TypedDict):
    """The JSON Schema of a layer's properties: each by its name, and which are needed, where any is."""

    type: str
    title: str
    description: str
    properties: dict[str, dict[str, object]]
    additionalProperties: bool
    required: NotRequired[list[str]]


def layer_schema(layer: Layer, language: str, with_id: bool = False) -> LayerSchema:
    """Return the schema of a layer's properties (OGC API – Common, part 3: Schemas), labels in one language."""
    own = [field for field in layer.fields if not field.system]
    properties: dict[str, dict[str, object]] = {}
    if with_id:
        properties["id"] = {"type": "string", "title": "id", "x-ogc-role": "id", "readOnly": True}
    properties |= {field.name: field_schema(field, language) for field in layer.fields}
    if layer.spatial:
        properties["geometry"] = {"format": _format(layer), "x-ogc-role": "primary-geometry"}
    for place, (name, each) in enumerate(properties.items(), start=1):
        each["x-ogc-propertySeq"] = place
        if name in ROLES:
            each["x-ogc-role"] = ROLES[name]
    schema: LayerSchema = {
        "type": "object",
        "title": layer.label.say(language),
        "description": (layer.description or layer.label).say(language),
        "properties": properties,
        "additionalProperties": False,
    }
    if required := [field.name for field in own if field.required]:
        schema["required"] = required
    return schema


def field_schema(field: Field, language: str) -> dict[str, object]:
    """Return the schema of one field."""
    schema: dict[str, object] = {"type": TYPES[field.type], "title": field.label.say(language)}
    if field.description is not None:
        schema["description"] = field.description.say(language)
    if field.type == "date":
        schema["format"] = "date"
    if field.type == "list":
        schema["items"] = {"type": "string"}
    if field.values:
        schema["enum"] = [choice.code for choice in field.values]
        schema["oneOf"] = [{"const": choice.code, "title": choice.label.say(language)} for choice in field.values]
    for name, value in (("minimum", field.minimum), ("maximum", field.maximum)):
        if value is not None:
            schema[name] = int(value) if float(value).is_integer() else value
    if field.length is not None:
        schema["minLength"] = schema["maxLength"] = field.length
    if field.unit:
        schema["x-ogc-unit"] = UCUM[field.unit]
    if field.system:
        schema["readOnly"] = True
    if field.refers_to:
        schema |= {"x-ogc-role": "reference", "x-ogc-collectionId": field.refers_to}
    return schema


def _format(layer: Layer) -> str:
    if len(layer.accepts) > 1:
        return "geometry-any"
    name = SHAPES[layer.accepts[0]]
    return f"geometry-{name}" if name == "point" else f"geometry-{name}-or-multi{name}"


def open_schemas() -> dict[str, object]:
    """Return the schemas of the API's own objects by name, for OpenAPI 3.0."""
    text, link = {"type": "string"}, {"$ref": "#/components/schemas/link"}
    links = {"type": "array", "items": link}
    position = {"type": "array", "minItems": 2, "maxItems": 4, "items": {"type": "number"}}
    deep = position
    shapes = []
    for names in (("Point",), ("LineString", "MultiPoint"), ("Polygon", "MultiLineString"), ("MultiPolygon",)):
        properties = {"type": {"type": "string", "enum": list(names)}, "coordinates": deep}
        shapes.append({"type": "object", "required": ["type", "coordinates"], "properties": properties})
        deep = {"type": "array", "items": deep}
    feature: dict[str, object] = {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": text,
        "geometry": {"$ref": "#/components/schemas/geometry"},
        "properties": {"type": "object", "nullable": True, "description": "see the schemas layer-…"},
        "links": links,
    }
    many: dict[str, object] = {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "features": {"type": "array", "items": {"$ref": "#/components/schemas/feature"}},
        "links": links,
        "numberMatched": {"type": "integer", "minimum": 0},
        "numberReturned": {"type": "integer", "minimum": 0},
        "timeStamp": {"type": "string", "format": "date-time"},
    }
    fault = _object({"detail": text, "parameter": text, "pointer": text}, "detail")
    problem: dict[str, object] = {
        "type": text, "title": text, "status": {"type": "integer"}, "detail": text, "instance": text,
    }  # fmt: skip
    collection: dict[str, object] = {
        "id": text, "title": text, "description": text, "links": links, "extent": {"type": "object"},
        "itemType": text, "crs": {"type": "array", "items": text}, "storageCrs": text,
    }  # fmt: skip
    created = {"ids": {"type": "array", "items": text}, "changeset": {"type": "integer"}}
    problem["errors"] = {"type": "array", "items": fault}
    listed = {"collections": {"type": "array", "items": {"$ref": "#/components/schemas/collection"}}, "links": links}
    return {
        "problem": _object(problem, "type", "title", "status", "detail"),
        "link": _object(dict.fromkeys(("href", "rel", "type", "title"), text), "href", "rel"),
        "linked": _object({"title": text, "description": text, "links": links}, "links"),
        "conformance": _object({"conformsTo": {"type": "array", "items": text}}, "conformsTo"),
        "collection": _object(collection, "id", "links"),
        "collections": _object(listed, "collections", "links"),
        "geometry": {"oneOf": shapes, "nullable": True},
        "feature": _object(feature, "type", "geometry", "properties"),
        "featureCollection": _object(many, "type", "features"),
        "created": _object(created, "ids", "changeset"),
    }


def _object(properties: Mapping[str, object], *required: str) -> dict[str, object]:
    return {"type": "object", "required": list(required), "properties": properties}
