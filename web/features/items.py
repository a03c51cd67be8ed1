"""Features of a layer: pages of them in the order and coordinate system asked for, and one by one."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

import shapely
from flask import Blueprint, Response, request

from layers import clock
from layers.catalogue import Field, Layer
from layers.errors import Fault, NotFound
from layers.formats.formulas import harmless
from layers.model.feature import Feature, Value
from layers.store.protocol import Page
from layers.text import Text, one_by_one
from layers.usecases.edits.features import ELSEWHERE, layer_called
from web.features.geojson import TYPE, answer, feature_json, shapes_of, written
from web.features.publicity import fields_of, onward, public, read_from
from web.features.query import Asked, asked, cursor, system
from web.http.crs import Reference
from web.http.entrance import may_write
from web.http.negotiation import MEDIA, chosen, other_forms, root, shown
from web.http.parameters import day, no_others, whole_number
from web.http.problems import reader_language
from web.service import service

blueprint = Blueprint("items", __name__, url_prefix="/api/collections/<layer_id>/items")
PAGE = 100
FEATURE_TYPES = (TYPE, MEDIA["json"])
PATCH_TYPES = ("application/merge-patch+json", MEDIA["json"], TYPE)
FORMS = ("geojson", "csv", "html")
LONGEST_LINKS = 60_000  # http.client reads no header line above 65,536 bytes; a filter of 16,000 characters is 3 links
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE")


@blueprint.after_request
def _say_what_is_taken(response: Response) -> Response:
    """Answer `OPTIONS` with the media types of bodies (OGC 20-002r1), beside the methods that Flask lists."""
    if request.method == "OPTIONS":
        whole, part = ", ".join(FEATURE_TYPES), ", ".join(PATCH_TYPES)
        response.headers.add(*(("Accept-Patch", part) if "id" in (request.view_args or {}) else ("Accept-Post", whole)))
    return response


@blueprint.get("")
def listing(layer_id: str) -> Response:
    """Answer a page of features; the link `next` leads on, and stays right while others write."""
    layer = layer_called(layer_id)
    wanted = asked(layer)
    form = chosen(*FORMS)
    limit = whole_number("limit", PAGE, 1, service().settings.max_page_items)
    page = read_from().page(layer.id, wanted.query, limit, cursor())
    links = _links(layer, form, page)
    if form == "csv":
        return _csv(layer, page, wanted, links)
    if form == "html":
        return _html(layer, page, wanted, links)
    head = {
        "numberMatched": page.matched,
        "numberReturned": len(page.features),
        "timeStamp": clock.now().isoformat(timespec="seconds").replace("+00:00", "Z"),
        "links": links,
    }
    return answer(written(page.features, wanted.properties, wanted.crs, head), wanted.crs, Link=_link_header(links))


@blueprint.get("/<path:id>")
def one(layer_id: str, id: str) -> Response:
    """Answer one feature; its ETag is its version."""
    no_others("f", "crs", "as_of", "known_at", "public", "lang")
    layer = layer_called(layer_id)
    form = chosen("geojson", "html")
    feature = stored(layer, id, day("as_of"))
    place = system("crs")
    here = f"{root()}api/collections/{layer.id}"
    links = [
        *other_forms(onward(f"{here}/items/{quote(id, safe='')}"), form, "geojson", "html"),
        {"rel": "collection", "type": MEDIA["json"], "href": here},
    ]
    if form == "html":
        if may_write() and not public() and layer.id not in ELSEWHERE:
            title = Text("features.correct").say(reader_language())
            href = f"{root()}records/{layer.id}/{quote(id, safe='')}"
            links.append({"rel": "edit", "type": MEDIA["html"], "href": href, "title": title})
        return _page_of_one(layer, feature, links)
    return answer_one(layer, feature, place, links)


def answer_one(
    layer: Layer, feature: Feature, system: Reference, links: Sequence[dict[str, str]] = (), status: int = 200,
    more: Mapping[str, object] | None = None,
) -> Response:
    """Answer one feature with its version as ETag, and maybe more members beside it."""
    body = feature_json(feature, tuple(field.name for field in fields_of(layer)), system, links) | dict(more or {})
    past = any(request.args.get(name) for name in ("as_of", "known_at"))  # to which no change can be based
    response = answer(body, system, status, **({} if past else {"ETag": f'"{feature.version}"'}))
    if request.method in ("GET", "HEAD") and any(name in request.environ for name in CONDITIONS):
        response.make_conditional(request)
    return response


def stored(layer: Layer, id: str, on_day: dt.date | None = None) -> Feature:
    """Return a feature, as it was on a day; NotFound where there is none."""
    feature = read_from().get(layer.id, id, on_day=on_day)
    if feature is None:
        raise NotFound(Fault(Text("web.no-such-feature", layer=layer.id, id=id[:80])))
    return feature


def _links(layer: Layer, form: str, page: Page) -> list[dict[str, str]]:
    here = f"{root()}api/collections/{layer.id}"
    kept = {name: value for name, value in request.args.items() if name not in ("f", "cursor")}
    links = []
    for other in FORMS:
        now = other == form
        parameters = request.args.to_dict() if now else {**kept, "f": other}
        href = f"{here}/items?{urlencode(parameters)}" if parameters else f"{here}/items"
        links.append({"rel": "self" if now else "alternate", "type": MEDIA[other], "href": href})
    if page.next is not None:
        parameters = {**kept, **({"f": form} if request.args.get("f") else {}), "cursor": page.next}
        links.append({"rel": "next", "type": MEDIA[form], "href": f"{here}/items?{urlencode(parameters)}"})
    return [*links, {"rel": "collection", "type": MEDIA["json"], "href": here}]


def _link_header(links: Sequence[dict[str, str]]) -> str:
    """Write links as a header, `next` first; what would make it longer than clients read stands in the body alone."""
    written, left = [], LONGEST_LINKS
    for link in sorted(links, key=lambda each: each["rel"] != "next"):
        said = f'<{link["href"]}>; rel="{link["rel"]}"; type="{link["type"]}"'
        left -= len(said) + 2
        if left >= 0:
            written.append(said)
    return ", ".join(written)


def _csv(layer: Layer, page: Page, wanted: Asked, links: list[dict[str, str]]) -> Response:
    """Write a page as CSV, the geometry as WKT; what a spreadsheet would run is made harmless."""
    text = io.StringIO()
    rows = csv.writer(text)
    fields = [layer.field(name) for name in wanted.properties]
    rows.writerow(["id", *wanted.properties, *(["geometry"] if layer.spatial else [])])
    shapes = shapely.to_wkt(wanted.crs.write(shapes_of(page.features)), rounding_precision=7, trim=True)
    for feature, shape in zip(page.features, shapes, strict=True):
        values = [_cell(feature.properties.get(field.name)) for field in fields]
        rows.writerow([harmless(feature.id), *values, *([shape or ""] if layer.spatial else [])])
    response = Response(text.getvalue(), mimetype=MEDIA["csv"])
    response.headers.update({"Link": _link_header(links), "Content-Crs": f"<{wanted.crs.uri}>"})
    response.headers["OGC-NumberMatched"] = str(page.matched)
    response.headers["OGC-NumberReturned"] = str(len(page.features))
    return response


def _cell(value: Value) -> object:
    if isinstance(value, tuple):
        value = ";".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return harmless(value) if isinstance(value, str) else value


def _html(layer: Layer, page: Page, wanted: Asked, links: list[dict[str, str]]) -> Response:
    language = reader_language()
    fields = [layer.field(name) for name in wanted.properties]
    base = f"{root()}api/collections/{layer.id}/items/"
    rows = [
        [
            {"text": feature.id, "href": onward(base + quote(feature.id, safe=""))},
            *(_said(each, feature, language) for each in fields),
        ]
        for feature in page.features
    ]
    about = Text("features.shown", shown=len(page.features), matched=page.matched).say(language)
    columns = ["id", *(field.label.say(language) for field in fields)]
    title = layer.label.say(language)
    return shown(title=title, about=about, tables=[{"columns": columns, "rows": rows}], links=links)


def _page_of_one(layer: Layer, feature: Feature, links: list[dict[str, str]]) -> Response:
    language = reader_language()
    rows = [[field.label.say(language), _said(field, feature, language)] for field in fields_of(layer)]
    columns = [Text(f"features.{each}").say(language) for each in ("property", "value")]
    title = f"{layer.label.say(language)} · {feature.id}"
    response = shown(title=title, tables=[{"columns": columns, "rows": rows}], links=links)
    response.headers["ETag"] = f'"{feature.version}"'
    return response


def _said(field: Field, feature: Feature, language: str) -> object:
    value = feature.properties.get(field.name)
    if isinstance(value, tuple):
        return one_by_one(value, language)
    choice = field.choice(value) if field.values else None
    return choice.label.say(language) if choice else value
