"""Writing features over HTTP (OGC API – Features, part 4): each request one changeset, based on a named version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request

from layers import clock
from layers.errors import Fault, InvalidParameter
from layers.model.shapes import BadShape, shape_of
from layers.text import Text
from layers.usecases.edits import features
from layers.usecases.edits.features import KEEP, Given, Writer, layer_called
from layers.usecases.edits.holding import CORRECTION, effective_day
from layers.usecases.edits.oddities import oddities
from web.features.items import FEATURE_TYPES, PATCH_TYPES, answer_one, stored
from web.features.query import systems
from web.http.crs import LONLAT, Reference, reference
from web.http.parameters import no_others
from web.http.problems import reader_language
from web.http.writing import author, if_match, json_body
from web.service import service

blueprint = Blueprint("items_writing", __name__, url_prefix="/api/collections/<layer_id>/items")
MEMBERS = ("type", "id", "geometry", "properties", "links", "bbox", "conformsTo")


@blueprint.post("")
def create(layer_id: str) -> Response:
    """Create a feature, or every feature of a collection in one changeset."""
    no_others("effective", "lang")
    layer = layer_called(layer_id)
    system = _content_crs()
    body = json_body(FEATURE_TYPES)
    many = False
    listed: object = [body]
    if isinstance(body, Mapping) and body.get("type") == "FeatureCollection":
        many, listed = True, body.get("features")
    if not isinstance(listed, list) or not listed:
        raise InvalidParameter(Fault(Text("features.no-collection"), {"pointer": "/features"}))
    given = [_given(each, system, f"/features/{place}" if many else "") for place, each in enumerate(listed)]
    odd = oddities(service().store, layer, given)  # beside what is there before it comes
    ids, changeset = features.create(_writer(), layer, given, many)
    response = jsonify(ids=ids, changeset=changeset.revision, **_notes(odd))
    response.status_code = 201
    here = f"{request.url_root}api/collections/{layer.id}/items/{quote(ids[0], safe='')}"
    response.headers["Location"] = f"{request.url_root}api/changesets/{changeset.revision}" if many else here
    if not many:
        response.headers["ETag"] = '"1"'
    return response


@blueprint.put("/<path:id>")
def replace(layer_id: str, id: str) -> Response:
    """Replace a feature: what the body does not say has no value afterwards."""
    return _changed(layer_id, id, whole=True)


@blueprint.patch("/<path:id>")
def update(layer_id: str, id: str) -> Response:
    """Change what the body says of a feature, and nothing else (JSON Merge Patch, RFC 7396)."""
    return _changed(layer_id, id, whole=False)


@blueprint.delete("/<path:id>")
def delete(layer_id: str, id: str) -> Response:
    """Delete a feature that no other refers to."""
    no_others("effective", "lang")
    layer = layer_called(layer_id)
    stored(layer, id)
    features.delete(_writer(), layer, id, if_match())
    return Response(status=204)


def _changed(layer_id: str, id: str, whole: bool) -> Response:
    no_others("effective", "lang")
    layer = layer_called(layer_id)
    stored(layer, id)
    version = if_match()
    system = _content_crs()
    given = _given(json_body(FEATURE_TYPES if whole else PATCH_TYPES), system, "", whole)
    change = features.replace if whole else features.update
    odd = oddities(service().store, layer, [given], service().store.get(layer.id, id), whole)
    return answer_one(layer, change(_writer(), layer, id, version, given), system, more=_notes(odd))


def _notes(odd: Sequence[Text]) -> dict[str, list[str]]:
    """Return what is said beside an answer; nothing where there is nothing to say."""
    return {"notes": [each.say(reader_language()) for each in odd]} if odd else {}


def _writer() -> Writer:
    said = effective_day(request.args.get("effective"), service().today())
    return Writer(service().store, author(), clock.now(), None if said == CORRECTION else said)


def _content_crs() -> Reference:
    """Read the header `Content-Crs`: the coordinate system of the body."""
    text = request.headers.get("Content-Crs")
    if text is not None and not (text.startswith("<") and text.endswith(">")):
        where = {"parameter": "Content-Crs", "value": text[:80]}
        raise InvalidParameter(Fault(Text("features.content-crs"), where))
    return LONLAT if text is None else reference("Content-Crs", text[1:-1], systems())


def _given(body: object, system: Reference, place: str, whole: bool = True) -> Given:
    """Read a GeoJSON feature, or the parts of one that a patch holds."""
    if not isinstance(body, Mapping) or body.get("type", None if whole else "Feature") != "Feature":
        raise InvalidParameter(Fault(Text("features.no-feature"), {"pointer": place or "/"}))
    faults = [
        Fault(Text("features.unknown-member", known=list(MEMBERS)), {"pointer": f"{place}/{name}"[:120]})
        for name in body
        if name not in MEMBERS
    ]
    properties, id = body.get("properties"), body.get("id")
    if not isinstance(properties, Mapping | None) or not isinstance(id, str | None):
        faults.append(Fault(Text("features.no-feature"), {"pointer": f"{place}/properties"}))
    shape: object = body.get("geometry", KEEP)
    if shape not in (KEEP, None):
        try:
            shape = system.place(shape_of(shape, system.swapped))
        except BadShape as error:
            faults.append(Fault(error.text, {"pointer": f"{place}/geometry"}))
    if faults:
        raise InvalidParameter(*faults)
    return Given(properties or {}, shape, id)
