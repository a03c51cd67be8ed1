"""Pages of records: all layers, one record with its form and history, and the history of the workspace."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import quote

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from layers.catalogue import Layer, catalogue
from layers.errors import Fault, NotFound
from layers.model.feature import Feature
from layers.store.protocol import Query, Store
from layers.text import Text, words
from layers.usecases import chronicle
from layers.usecases.edits import contracts
from layers.usecases.edits.features import ELSEWHERE, layer_called
from layers.usecases.edits.handover import Standing, standing
from layers.usecases.plans.reverting import Refused, refused
from web.http.entrance import may_write
from web.http.language import page_language, remember
from web.http.parameters import day, no_others, one_of, whole_number
from web.maps.assets import needed, served_imports
from web.maps.encode import script_json
from web.maps.pages import POLICY
from web.maps.shell import Shell, shell
from web.records import describing
from web.service import nonce, service

STYLES = ("css/base.css", "css/records.css", "css/asking.css")
RECORD, HISTORY, LIST = (f"gridmap/records/{each}.js" for each in ("record", "history", "list"))
OWN = "records.js-"
LINES = 50
DOINGS = ("edit", "handover")
blueprint = Blueprint("record_pages", __name__, template_folder="templates")


@blueprint.get("/records")
def layers() -> Response:
    """List the layers, with how many records each has; find a record by name, or add one."""
    no_others("lang")
    language, store = page_language(), service().store
    rows = [
        {"id": each.id, "label": each.label.say(language), "count": store.count(each.id),
         "locked": each.id in ELSEWHERE}
        for each in catalogue()
    ]  # fmt: skip
    return _served("records.html", LIST, {"layers": rows}, rows=rows)


@blueprint.get("/records/<layer_id>")
def added(layer_id: str) -> Response:
    """Show the form of a record that is to be added; `at` is where it lies, `lon,lat`."""
    no_others("at", "back", "lang")
    layer = _writable(layer_id)
    return _record_page(layer, None, {"at": _place(request.args.get("at"))})


@blueprint.get("/records/<layer_id>/<path:id>")
def one(layer_id: str, id: str) -> BaseResponse:
    """Show a record: its form, its place, and what happened to it; a deleted one can be restored."""
    no_others("do", "back", "lang")
    layer, store = layer_called(layer_id), service().store
    doing = one_of("do", DOINGS, "edit")
    feature = store.get(layer.id, id) or _by_code(store, layer, id)
    if feature is None and not store.feature_history(layer.id, id):
        raise NotFound(Fault(Text("web.no-such-feature", layer=layer.id, id=id[:80])))
    courtyard = None if feature is None else feature.properties.get("courtyard_code")
    if doing == "handover" and layer.id == "buildings" and courtyard is not None:
        code = quote(str(courtyard), safe="")
        return redirect(f"{request.script_root}/records/courtyards/{code}?do=handover&back={quote(_back(), safe='')}")
    return _record_page(layer, feature, {"doing": doing, "gone": None if feature else id})


@blueprint.get("/history")
def history() -> Response:
    """Show who changed what when, newest first, by person, layer and day; everything can be undone from here."""
    no_others("author", "layer", "since", "until", "before", "lang")
    language, store = page_language(), service().store
    layer = request.args.get("layer") or None
    wanted = chronicle.Wanted(
        request.args.get("author", "").strip()[:80] or None,
        layer_called(layer).id if layer else None,
        day("since"),
        day("until"),
    )
    lines, following = chronicle.entries(store, wanted, whole_number("before", None, 1), LINES)
    barred = refused(store, (one for each in lines for one in each.changesets))
    shown = [_line(each, barred, language) for each in lines]
    return _served(
        "history.html",
        HISTORY,
        {"lines": shown},
        people=chronicle.people(store),
        layers=[(each.id, each.label.say(language)) for each in catalogue()],
        wanted=wanted,
        count=len(shown),
        following=following,
    )


def _line(entry: chronicle.Entry, barred: Refused, language: str) -> dict[str, object]:
    newest, oldest = entry.newest, entry.changesets[-1]
    counts = [
        {"layer": catalogue().layer(layer).label.say(language) if layer in catalogue() else layer, **ops}
        for layer, ops in entry.counts().items()
    ]
    folded = entry.strokes > 1
    strokes = Text("history.strokes", count=entry.strokes)
    said = strokes.say(language) if folded else describing.message(newest, language)
    stands = [each for each in entry.standing() if each not in barred.handed]
    return {
        "id": newest.revision,
        "first": oldest.revision,
        "author": newest.author,
        "time": newest.time.isoformat(),
        "began": oldest.time.isoformat(),
        "message": said,
        "kind": newest.kind,
        "effective": describing.plain(newest.effective),
        "counts": counts,
        "reverts": None if folded else newest.reverts,
        "reverted_by": None if folded else newest.reverted_by,
        "standing": entry.standing(),
        "undoes": [] if barred.closed & set(stands) else stands,
        "strokes": [
            {"id": each.revision, "time": each.time.isoformat(), "message": describing.message(each, language),
             "reverted_by": each.reverted_by,
             "undoes": each.reverted_by is None and each.revision not in barred.handed | barred.closed}
            for each in entry.changesets
        ] if folded else [],
    }  # fmt: skip


def _record_page(layer: Layer, feature: Feature | None, more: Mapping[str, object]) -> Response:
    language, store = page_language(), service().store
    id = feature.id if feature is not None else more.get("gone")
    past = store.feature_history(layer.id, str(id)) if id is not None else []
    sides = [each for _, change in past[: describing.MOST_HISTORY] for each in (change.before, change.after)]
    names = describing.names_referred(store, layer, [feature, *sides])
    shown = feature or next((each for each in sides if each is not None), None)
    told = standing_of(store, layer, feature)
    title = describing.title_of(shown, layer) if shown else Text("records.new", layer=layer.one).say(language)
    data = {
        "form": describing.form(layer, language),
        "record": describing.record(feature, layer) if feature is not None else None,
        "last": describing.record(shown, layer) if shown is not None and feature is None else None,
        "names": names,
        "history": describing.history_of(layer, past, names, language),
        "may_write": may_write() and layer.id not in ELSEWHERE,
        "elsewhere": ELSEWHERE.get(layer.id),
        "today": service().today().isoformat(),
        "back": _back(),
        "title": title,
        "standing": None if told is None else _standing_json(store, told, language),
        **more,
    }
    bounds = _bounds(store, shown) if layer.spatial else None
    chart = shell(bounds) if layer.spatial else None
    return _served("record.html", RECORD, data | {"bounds": bounds}, title=title, layer=layer, chart=chart,
                   shown_id=id, gone=feature is None and id is not None)  # fmt: skip


def standing_of(store: Store, layer: Layer, feature: Feature | None) -> Standing | None:
    """Return what is on record of who manages a record; None for records that nobody takes over."""
    if feature is None:
        return None
    if layer.id == "courtyards":
        return standing(store, courtyard=str(feature.properties["code"]))
    area = feature.properties.get({"managed-areas": "code", "arrangements": "managed_area"}.get(layer.id, ""))
    known = area is not None and store.page("managed-areas", Query(equals={"code": str(area)}), 1).matched
    return standing(store, area=str(area)) if known else None


TERMS = ("manager", "mode", "stage", "start_date")


def _standing_json(store: Store, told: Standing, language: str) -> dict[str, object]:
    today, arrangements = service().today(), catalogue().layer("arrangements")
    terms = [
        {
            "id": each.id,
            "area": each.properties.get("managed_area"),
            "said": contracts.said(store, each).say(language),
            "in_force": contracts.in_force(each, today),
            "ends": None if (end := contracts.last_day(each)) == dt.date.max else end.isoformat(),
            **{name: describing.plain(each.properties.get(name)) for name in TERMS},
        }
        for each in told.contracts
    ]
    codes = {str(each["manager"]) for each in terms if each["manager"]}
    court, own = told.courtyard, told.own
    taken = court or own
    return {
        "courtyard": None if court is None else court.properties["code"],
        "area": None if own is None else own.properties["code"],
        "called": describing.title_of(taken, catalogue().layer("courtyards")) if taken is not None else "",
        "shared": [
            {"name": describing.title_of(each, catalogue().layer("managed-areas")), "code": each.properties["code"],
             "count": contracts.courtyards_of(each)}
            for each in told.shared
        ],
        "contracts": terms,
        "managers": describing.names_of(store, "managers", codes),
        "form": describing.form(arrangements, language),
        "revision": store.revision(),
    }  # fmt: skip


def _bounds(store: Store, shown: Feature | None) -> tuple[float, float, float, float] | None:
    """Return what the map begins with: the surroundings of the record, else the workspace."""
    if shown is not None and shown.geometry is not None:
        west, south, east, north = shown.geometry.bounds
        around = 0.0015 + 0.3 * max(east - west, north - south)
        return west - around, south - around, east + around, north + around
    return store.extent("communities").bbox or store.extent("buildings").bbox


def _by_code(store: Store, layer: Layer, code: str) -> Feature | None:
    found = store.page(layer.id, Query(equals={"code": code}), 1).features
    return found[0] if found else None


def _writable(layer_id: str) -> Layer:
    layer = layer_called(layer_id)
    if layer.id in ELSEWHERE:
        raise NotFound(Fault(Text("features.written-elsewhere", door=ELSEWHERE[layer.id]), {"layer": layer.id}))
    return layer


def _place(text: str | None) -> list[float] | None:
    """Read a place, `lon,lat`; None for anything else, which is but no help."""
    try:
        lon, lat = (float(each) for each in (text or "").split(","))
    except ValueError:
        return None
    return [lon, lat] if abs(lon) <= 180 and abs(lat) <= 90 else None


def _back() -> str:
    """Return where the reader came from: a page of ours, told by its path."""
    asked = request.args.get("back", "")
    return asked if asked.startswith("/") and not asked.startswith(("//", "/\\")) else ""


def _served(
    template: str, entry: str, data: Mapping[str, object], chart: Shell | None = None, **more: object
) -> Response:
    language, own = page_language(), nonce()
    given = {
        "language": language,
        "words": {key: said[language] for key, said in words().items() if key.startswith(OWN)},
        "may_write": may_write(),
        **data,
    }
    styles = (*(chart.styles if chart is not None else ()), *STYLES)
    answer = make_response(
        render_template(
            template,
            lang=language,
            t=lambda key, **params: Text(f"records.{key}", **params).say(language),
            nonce=own,
            data=script_json(given),
            styles=[_static(path) for path in styles],
            scripts=[_static(path) for path in chart.scripts] if chart is not None else [],
            imports=script_json(served_imports(_static, entry)),
            entry=_static(needed(entry)[entry]),
            may_write=may_write(),
            chart=chart,
            **more,
        )
    )
    answer.headers["Content-Security-Policy"] = POLICY.format(nonce=own)
    answer.headers["Cache-Control"] = "no-store"
    remember(request, answer)
    return answer


def _static(path: str) -> str:
    from web.maps import pages

    return pages._static(path)
