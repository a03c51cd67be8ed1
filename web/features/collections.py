"""Layers as collections of features: what they are, what their fields mean, and each as a file."""

from __future__ import annotations

import datetime as dt
import re

from flask import Blueprint, Response, current_app, jsonify, request

from layers.catalogue import Field, Layer, catalogue
from layers.store.protocol import Extent
from layers.text import Text
from layers.usecases.edits.features import layer_called
from layers.usecases.exports import exporting
from web.features.publicity import askable, fields_of, known_at, onward, public, refuse
from web.features.query import filter_of, sortables, systems
from web.features.schemas import layer_schema
from web.http.crs import CRS84
from web.http.negotiation import MEDIA, chosen, shown, told
from web.http.parameters import day, no_others, one_of
from web.http.problems import reader_language
from web.http.sending import MEDIA as FILES
from web.http.sending import send_written
from web.service import service, workshop

blueprint = Blueprint("collections", __name__, url_prefix="/api/collections")
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
REL = "http://www.opengis.net/def/rel/ogc/1.0"
ITEM_FORMS = ("geojson", "csv", "html")
NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]')  # of files, on any system


@blueprint.get("")
def listing() -> Response:
    """List the layers."""
    no_others("f", "lang")
    language = reader_language()
    described = [_described(layer, language) for layer in catalogue()]
    body = {"collections": described, "links": _forms(request.base_url)}
    rows = [
        [{"text": each["title"], "href": f"{request.base_url}/{each['id']}"}, each["id"], each["description"]]
        for each in described
    ]
    columns = [Text(f"features.{each}").say(language) for each in ("layer", "name", "about")]
    page = {"title": Text("features.layers").say(language), "tables": [{"columns": columns, "rows": rows}]}
    return told(body, page)


@blueprint.get("/<layer_id>")
def one(layer_id: str) -> Response:
    """Describe a layer: names, fields, where and when, how many features."""
    no_others("f", "lang")
    layer = layer_called(layer_id)
    language = reader_language()
    described = _described(layer, language)
    described["itemCount"] = service().store.count(layer.id)
    described["fields"] = [_field(field, language) for field in layer.fields]
    rows = [
        [
            field.label.say(language),
            field.name,
            field.type,
            field.unit_in(language) if field.unit else None,
            "; ".join(choice.label.say(language) for choice in field.values),
        ]
        for field in layer.fields
    ]
    columns = [Text(f"features.{each}").say(language) for each in ("property", "name", "type", "unit", "values")]
    about = f"{described['description']} · {Text('features.count', count=described['itemCount']).say(language)}"
    page = {"title": described["title"], "about": about, "tables": [{"columns": columns, "rows": rows}]}
    return told(described, page)


@blueprint.get("/<layer_id>/schema")
def schema(layer_id: str) -> Response:
    """Answer the JSON Schema of a layer's features as they are given out and taken in (OGC API – Common, part 3)."""
    no_others("f", "public", "lang")
    return _schema(layer_called(layer_id), required=True)


@blueprint.get("/<layer_id>/queryables")
def queryables(layer_id: str) -> Response:
    """Answer what a filter may name, as a JSON Schema."""
    no_others("f", "public", "lang")
    layer = layer_called(layer_id)
    return _schema(layer, only=("id", "geometry", *askable(layer)))


@blueprint.get("/<layer_id>/sortables")
def sortable(layer_id: str) -> Response:
    """Answer what features can be sorted by, as a JSON Schema."""
    no_others("f", "public", "lang")
    layer = layer_called(layer_id)
    return _schema(layer, only=sortables(layer))


@blueprint.get("/<layer_id>/export")
def export(layer_id: str) -> Response:
    """Send a layer, or what a filter leaves of it, as a file."""
    no_others("f", "crs", "profile", "as_of", "known_at", "public", "filter", "filter-lang", "filter-crs", "lang")
    layer = layer_called(layer_id)
    form = one_of("f", tuple(exporting.ENDINGS), "geojson")
    options = exporting.ExportOptions(
        crs=request.args.get("crs"),
        profile=one_of("profile", ("rfc7946", "legacy"), "rfc7946"),
        as_of=day("as_of"),
        known_at=known_at(),
        where=filter_of(layer),
        public=public(),
        small_cell=service().settings.small_cell,
        language=reader_language(),
    )
    exporting.refuse_unwritable(layer, options)
    return send_written(
        f"{layer.id}{exporting.ENDINGS[form]}",
        lambda target: workshop().run("export-layer", layer.id, target, options),
        _called(layer, options, exporting.ENDINGS[form]),
    )


def _called(layer: Layer, options: exporting.ExportOptions, ending: str) -> str | None:
    """Return what a browser calls the file: whose it is, what it holds, and up to which day, where that is known."""
    told = exporting.whose(service().store)
    if told.workspace is None:
        return None
    day = options.as_of.isoformat() if options.as_of else told.data_date
    said = (told.workspace, layer.label.say(options.language), day, "public" if options.public else None)
    return "-".join("".join(NOT_IN_NAMES.sub("_", each).split()) for each in said if each) + ending


def _schema(layer: Layer, required: bool = False, only: tuple[str, ...] | None = None) -> Response:
    refuse(layer, (), "public")
    language = reader_language()
    body = layer_schema(layer, language, with_id=True)
    if not required:
        body.pop("required", None)
    told = only or ("id", "geometry", *(field.name for field in fields_of(layer)))
    body["properties"] = {name: each for name, each in body["properties"].items() if name in told}
    named = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": onward(request.base_url), **body}
    if chosen("schema", "html") == "html":
        properties = body["properties"].items()
        rows = [[each.get("title"), name, each.get("type") or each.get("format")] for name, each in properties]
        columns = [Text(f"features.{each}").say(language) for each in ("property", "name", "type")]
        links = _forms(onward(request.base_url))
        return shown(title=body["title"], tables=[{"columns": columns, "rows": rows}], links=links)
    response = jsonify(named)
    response.mimetype = MEDIA["schema"]
    response.headers["Content-Language"] = language
    return response


def _described(layer: Layer, language: str) -> dict[str, object]:
    here = f"{request.url_root}api/collections/{layer.id}"
    described = {
        "id": layer.id,
        "title": layer.label.say(language),
        "description": (layer.description or layer.label).say(language),
        "itemType": "feature",
        "geometry": layer.geometry,
        "extent": _extent(service().store.extent(layer.id)),
    }
    if layer.spatial:
        described |= {"crs": list(systems()), "storageCrs": CRS84}
    links = [
        *_forms(here),
        *({"rel": "items", "type": MEDIA[form], "href": f"{here}/items" + (f"?f={form}" if form != "geojson" else "")}
          for form in ITEM_FORMS),
        {"rel": f"{REL}/queryables", "type": MEDIA["schema"], "href": f"{here}/queryables"},
        {"rel": f"{REL}/sortables", "type": MEDIA["schema"], "href": f"{here}/sortables"},
        {"rel": f"{REL}/schema", "type": MEDIA["schema"], "href": f"{here}/schema"},
        {"rel": "describedby", "type": MEDIA["schema"], "href": f"{here}/schema"},
        {"rel": "enclosure", "type": FILES[".gpkg"], "href": f"{here}/export?f=gpkg"},
    ]  # fmt: skip
    if layer.spatial and any("/tiles" in rule.rule for rule in current_app.url_map.iter_rules()):
        links.append({"rel": f"{REL}/tilesets-vector", "type": MEDIA["json"], "href": f"{here}/tiles"})
        tilejson = f"{here}/tiles/WebMercatorQuad?f=tilejson"
        links.append({"rel": "describedby", "type": MEDIA["json"], "title": "TileJSON", "href": tilejson})
    return {**described, "links": links}


def _forms(href: str) -> list[dict[str, str]]:
    return [
        {"rel": "self", "type": MEDIA["json"], "href": href},
        {"rel": "alternate", "type": MEDIA["html"], "href": f"{href}{'&' if '?' in href else '?'}f=html"},
    ]


def _extent(extent: Extent) -> dict[str, object]:
    found: dict[str, object] = {}
    if extent.bbox is not None:
        found["spatial"] = {"bbox": [list(extent.bbox)], "crs": CRS84}
    if extent.first_day or extent.last_day:
        interval = [_instant(extent.first_day), _instant(extent.last_day)]
        found["temporal"] = {"interval": [interval], "trs": GREGORIAN}
    return found


def _instant(when: dt.date | None) -> str | None:
    return None if when is None else f"{when.isoformat()}T00:00:00Z"


def _field(field: Field, language: str) -> dict[str, object]:
    described: dict[str, object] = {"name": field.name, "title": field.label.say(language), "type": field.type}
    if field.unit:
        described["unit"] = field.unit_in(language)
    if field.values:
        described["values"] = {choice.code: choice.label.say(language) for choice in field.values}
    return described
