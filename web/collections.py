"""Layers as collections of features: the read side of OGC API – Features, and exports."""

from __future__ import annotations

import datetime as dt
import mimetypes
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from layers.catalogue import Layer, catalogue
from layers.errors import Fault, InvalidParameter, NotFound
from layers.store.protocol import Query
from layers.text import Text
from layers.usecases import exporting
from web import service
from web.geojson import TYPE, answer, features_json
from web.parameters import bbox, day, flag, no_others, one_of, whole_number
from web.problems import reader_language

blueprint = Blueprint("collections", __name__, url_prefix="/api/collections")
PAGE = 100
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
LONGEST_CURSOR = 400
PIECE_BYTES = 1 << 18
MEDIA = {".geojson": TYPE, ".gpkg": "application/geopackage+sqlite3", ".kml": "application/vnd.google-earth.kml+xml"}


@blueprint.get("")
def listing() -> Response:
    """List the layers."""
    no_others("lang")
    language = reader_language()
    links = [{"rel": "self", "type": "application/json", "href": request.base_url}]
    return jsonify(collections=[_described(layer, language) for layer in catalogue()], links=links)


@blueprint.get("/<layer_id>")
def one(layer_id: str) -> Response:
    """Describe a layer: names, fields, how many features."""
    no_others("lang")
    layer = layer_called(layer_id)
    language = reader_language()
    described = _described(layer, language)
    described["itemCount"] = service().store.count(layer.id)
    described["fields"] = [_field(field, language) for field in layer.fields]
    return jsonify(described)


@blueprint.get("/<layer_id>/items")
def items(layer_id: str) -> Response:
    """Answer a page of features in the order of their ids; `next` leads on."""
    no_others("limit", "bbox", "datetime", "cursor", "f", "lang")
    one_of("f", ("geojson", "json"), "geojson")
    layer = layer_called(layer_id)
    limit = whole_number("limit", PAGE, 1, service().settings.max_page_items)
    query = Query(as_of=_instant(), bbox=bbox())
    page = service().store.page(layer.id, query, limit, _cursor())
    links = [{"rel": "self", "type": TYPE, "href": request.url}]
    if page.next is not None:
        kept = {name: value for name, value in request.args.items() if name != "cursor"}
        href = f"{request.base_url}?{urlencode({**kept, 'cursor': page.next})}"
        links.append({"rel": "next", "type": TYPE, "href": href})
    return answer(
        {
            "type": "FeatureCollection",
            "numberMatched": page.matched,
            "numberReturned": len(page.features),
            "timeStamp": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "links": links,
            "features": features_json(layer, page.features),
        }
    )


@blueprint.get("/<layer_id>/items/<path:id>")
def item(layer_id: str, id: str) -> Response:
    """Answer one feature; its ETag is its version."""
    no_others("f", "lang")
    one_of("f", ("geojson", "json"), "geojson")
    layer = layer_called(layer_id)
    feature = service().store.get(layer.id, id)
    if feature is None:
        raise NotFound(Fault(Text("web.no-such-feature", layer=layer.id, id=id[:80])))
    (body,) = features_json(layer, [feature])
    return answer(body, ETag=f'"{feature.version}"')


@blueprint.get("/<layer_id>/export")
def export(layer_id: str) -> Response:
    """Send the whole layer as a file."""
    no_others("f", "crs", "profile", "as_of", "public", "lang")
    layer = layer_called(layer_id)
    form = one_of("f", tuple(exporting.ENDINGS), "geojson")
    options = exporting.ExportOptions(
        crs=request.args.get("crs"),
        profile=one_of("profile", ("rfc7946", "legacy"), "rfc7946"),
        as_of=day("as_of"),
        public=flag("public"),
        small_cell=service().settings.small_cell,
        language=reader_language(),
    )
    return send_written(
        f"{layer.id}{exporting.ENDINGS[form]}",
        lambda target: exporting.export_layer(service().store, layer.id, target, options),
    )


def send_written(name: str, write: Callable[[Path], object]) -> Response:
    """Let `write` make a file, and send it piece by piece; nothing stays behind."""
    folder = Path(tempfile.mkdtemp(prefix="gridmap-export-"))
    target = folder / name
    try:
        write(target)
        size = target.stat().st_size
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    media = mimetypes.guess_type(name)[0] or MEDIA.get(target.suffix, "application/octet-stream")
    response = Response(_pieces(target), mimetype=media)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.content_length = size
    return response


def _pieces(target: Path) -> Iterator[bytes]:
    try:
        with target.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece
    finally:
        shutil.rmtree(target.parent, ignore_errors=True)


def layer_called(layer_id: str) -> Layer:
    """Return a layer; NotFound with the known ones where there is none."""
    if layer_id not in catalogue():
        raise NotFound(Fault(Text("web.no-such-layer", layer=layer_id[:80], known=catalogue().ids())))
    return catalogue().layer(layer_id)


def _instant() -> dt.date | None:
    """Read ``datetime``: one instant, of which the day counts."""
    text = request.args.get("datetime")
    if text and "/" in text:
        where = {"parameter": "datetime", "value": text[:80]}
        raise InvalidParameter(Fault(Text("web.one-instant"), where))
    return day("datetime")


def _cursor() -> str | None:
    cursor = request.args.get("cursor")
    if cursor is not None and (not cursor or len(cursor) > LONGEST_CURSOR or "\x00" in cursor):
        raise InvalidParameter(Fault(Text("web.bad-cursor"), {"parameter": "cursor"}))
    return cursor


def _described(layer: Layer, language: str) -> dict[str, object]:
    here = f"{request.url_root}api/collections/{layer.id}"
    return {
        "id": layer.id,
        "title": layer.label.say(language),
        "description": (layer.description or layer.label).say(language),
        "itemType": "feature",
        "geometry": layer.geometry,
        "crs": [CRS84],
        "storageCrs": CRS84,
        "links": [
            {"rel": "self", "type": "application/json", "href": here},
            {"rel": "items", "type": TYPE, "href": f"{here}/items"},
            {"rel": "enclosure", "type": "application/octet-stream", "href": f"{here}/export?f=gpkg"},
        ],
    }


def _field(field: object, language: str) -> dict[str, object]:
    described = {"name": field.name, "title": field.label.say(language), "type": field.type}
    if field.unit:
        described["unit"] = field.unit
    if field.values:
        described["values"] = {choice.code: choice.label.say(language) for choice in field.values}
    return described
