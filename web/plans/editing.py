"""Grid plans over HTTP: open, look, edit, undo, submit, approve, compare.

Every write names the plan's revision that it rests on (`If-Match`), and may carry an `Idempotency-Key`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Literal, TypeVar
from urllib.parse import quote

import msgspec
import numpy as np
from flask import Blueprint, Response, request

from geo.places import to_lonlat
from layers import clock
from layers.errors import Fault, InvalidParameter
from layers.proposals.accepting import Outdated, Wish, accept
from layers.proposals.kinds import Accepted
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.plans import comparing, looking, opening
from layers.usecases.plans import operations as ops
from layers.usecases.plans.drifting import drift
from layers.usecases.plans.editing import edit
from layers.usecases.plans.lifecycle import Approval, NotReady, approve, submit, withdraw
from layers.usecases.plans.shapes import Area, Located, grids_elsewhere
from layers.usecases.plans.state import PLANS, PlanState, crs_of_plan, plans_of
from layers.usecases.plans.turns import PlanStale
from layers.usecases.plans.writing import Writer, Written
from web.http.parameters import day, flag, no_others, one_of, whole_number
from web.http.problems import problem, reader_language
from web.http.sending import json_answer
from web.http.writing import author, decoded_body, idempotency_key, if_match
from web.plans import plan_json
from web.service import service

blueprint = Blueprint("plans", __name__, url_prefix="/api/plans")
JSON = ("application/json", "application/geo+json")
LARGEST_IMPORT = 32 << 20
MOST_GRIDS = 5_000
STEPS = 50


class _Feature(msgspec.Struct):
    """A polygon of a file that was edited elsewhere."""

    geometry: Area
    properties: dict[str, object] | None = None


class _Features(msgspec.Struct):
    """A GeoJSON file; what else stands in it is of no concern."""

    type: Literal["FeatureCollection"]
    features: Annotated[list[_Feature], msgspec.Meta(min_length=1, max_length=MOST_GRIDS)]


class _Opening(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """The body that opens a plan: of a community, or from a proposal, whole or in part."""

    community: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] | None = None
    grid_system: Literal["service", "unit"] | None = None
    proposal: Annotated[str, msgspec.Meta(min_length=1, max_length=80)] | None = None
    parts: Annotated[list[ops.Key], msgspec.Meta(min_length=1, max_length=MOST_GRIDS)] | None = None
    anyway: bool = False
    into: Annotated[str, msgspec.Meta(min_length=1, max_length=80)] | None = None
    name: ops.Name | None = None
    from_: Literal["active", "none"] = "active"
    grids: _Features | None = None


class _Reverting(msgspec.Struct, forbid_unknown_fields=True):
    """The body that takes a changeset back."""

    changeset: Annotated[int, msgspec.Meta(ge=1, le=2**53)]


Body = TypeVar("Body", bound=msgspec.Struct)
NOTHING: Mapping[str, object] = MappingProxyType({})


class _Approving(msgspec.Struct, forbid_unknown_fields=True):
    """The body that brings a plan into force."""

    valid_from: dt.date | None = None


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """A body that says nothing."""


@blueprint.get("")
def listing() -> Response:
    """List the plans, those of a community, of a grid system or in a state."""
    no_others("community", "grid_system", "state", "lang")
    named = {"community_code": request.args.get("community"), "grid_system": request.args.get("grid_system")}
    state = one_of("state", ("draft", "submitted", "approved", "active", "retired", "any"), "any")
    today = service().today()
    found = looking.every_plan(service().store, {name: value for name, value in named.items() if value})
    heads = [plan_json.head(each, today) for each in found]
    return json_answer({"plans": [each for each in heads if state in ("any", each["state"])], "links": []})


@blueprint.post("")
def opened() -> Response:
    """Open a draft from the active grids, from none, or from polygons edited elsewhere."""
    no_others("lang")
    body = decoded_body(msgspec.json.Decoder(_Opening), JSON, LARGEST_IMPORT)
    if body.proposal is not None:
        return _accepted(body)
    community, grid_system = _needed(body)
    grids = None
    if body.grids is not None:
        features = body.grids.features
        shapes = grids_elsewhere([each.geometry for each in features])
        grids = [(shape, each.properties or {}) for shape, each in zip(shapes, features, strict=True)]
    wanted = opening.Request(community, grid_system, body.name, body.from_ == "none", grids)
    state, replayed = opening.open_plan(service().store, wanted, _writer(), service().today())
    compared = {"compared": comparing.compared(service().store, state)} if grids is not None else {}
    response = _whole(state, {"replayed": replayed, **compared}, status=201)
    response.headers["Location"] = f"{request.script_root}/api/plans/{state.id}"
    return response


def _needed(body: _Opening) -> tuple[str, Literal["service", "unit"]]:
    """Return the community and the grid system that a plan is opened of; InvalidParameter where they are not said."""
    if body.parts is not None or body.anyway or body.into is not None:
        raise InvalidParameter(Fault(Text("plans.parts-of-what"), {"parameter": "proposal"}))
    if body.community is None or body.grid_system is None:
        missing = "community" if body.community is None else "grid_system"
        raise InvalidParameter(Fault(Text("plans.community-or-proposal"), {"parameter": missing}))
    return body.community, body.grid_system


def _accepted(body: _Opening) -> Response:
    """Take over a proposal, or the parts of it that were picked: as a draft, or as records of a layer."""
    assert body.proposal is not None  # whoever calls has looked
    others = [name for name in ("community", "grid_system", "grids") if getattr(body, name) is not None]
    if others or body.from_ != "active":
        raise InvalidParameter(Fault(Text("plans.beside-proposal"), {"parameter": (others or ["from"])[0]}))
    wish = Wish(body.proposal, body.parts, body.anyway, body.into, body.name)
    done = accept(service().store, wish, _writer(), service().today())
    if done.layer != PLANS:
        return _recorded(done)
    state = plans_of(service().store).current(done.ids[0])
    revision = None if done.changeset is None else done.changeset.revision
    response = _whole(state, {"replayed": done.replayed, "changeset": revision}, status=201)
    response.headers["Location"] = f"{request.script_root}/api/plans/{state.id}"
    return response


def _recorded(done: Accepted) -> Response:
    """Say which records parts of a proposal became, and by which changeset, which reverting takes back."""
    assert done.changeset is not None  # records have just been written, or stand since then
    root, revision = request.script_root, done.changeset.revision
    told = {"layer": done.layer, "ids": list(done.ids), "changeset": revision, "replayed": done.replayed}
    first = service().store.get(done.layer, done.ids[0])
    said = {} if first is None else first.properties
    since = said.get("valid_from")
    told["valid_from"] = since.isoformat() if isinstance(since, dt.date) else None
    told["planned"] = said.get("status") == "planned"
    hrefs = {
        "item": f"/api/collections/{done.layer}/items/{quote(done.ids[0], safe='')}" if len(done.ids) == 1 else None,
        "collection": f"/api/collections/{done.layer}/items",
        "undo": f"/api/changesets/{revision}/revert",
    }
    links = [{"rel": rel, "type": JSON[0], "href": root + href} for rel, href in hrefs.items() if href is not None]
    where = hrefs["item"] or f"/api/changesets/{revision}"
    return json_answer({**told, "links": links}, 201, Location=root + where)


@blueprint.get("/<plan_id>")
def one(plan_id: str) -> Response:
    """Show a plan as it is, at one of its revisions, or at the end of a day."""
    no_others("revision", "as_of", "cells", "lang")
    state = looking.plan_at(service().store, plan_id, whole_number("revision", None, 1), day("as_of"))
    return _whole(state, cells="cells" not in request.args or flag("cells"))


@blueprint.post("/<plan_id>/edits")
def edits(plan_id: str) -> Response:
    """Do one edit."""
    no_others("lang")
    return _edited(plan_id, decoded_body(ops.DECODER, JSON))


@blueprint.post("/<plan_id>/revert")
def revert(plan_id: str) -> Response:
    """Take one changeset of the plan back; taking that back does it again."""
    no_others("lang")
    body = decoded_body(msgspec.json.Decoder(_Reverting), JSON)
    return _edited(plan_id, ops.Revert(body.changeset))


@blueprint.get("/<plan_id>/history")
def history(plan_id: str) -> Response:
    """List the steps of a plan, newest first."""
    no_others("limit", "before", "lang")
    limit = whole_number("limit", STEPS, 1, 1000)
    found = looking.history(service().store, plan_id, limit, whole_number("before", None, 1))
    return json_answer(plan_json.history(found))


@blueprint.get("/<plan_id>/diff")
def diff(plan_id: str) -> Response:
    """Compare a plan with what it was opened from, or with another plan of the community."""
    no_others("against", "lang")
    plans = plans_of(service().store)
    state = plans.current(plan_id)
    against = request.args.get("against")
    found = comparing.compare(service().store, state, plans.current(against) if against else None)
    return json_answer(plan_json.comparison(found, state, _band()))


@blueprint.post("/<plan_id>/submit")
def submitted(plan_id: str) -> Response:
    """Hand a draft in."""
    return _moved_on(plan_id, submit)


@blueprint.post("/<plan_id>/withdraw")
def withdrawn(plan_id: str) -> Response:
    """Make a submitted plan a draft again."""
    return _moved_on(plan_id, withdraw)


@blueprint.post("/<plan_id>/approve")
def approved(plan_id: str) -> Response:
    """Bring a submitted plan into force."""
    no_others("lang")
    done = approve(service().store, plan_id, if_match(), _body(_Approving).valid_from, _writer())
    return _step(done, codes={"new": done.new, "kept": done.kept, "retired": done.retired})


@blueprint.errorhandler(Outdated)
def outdated(error: Outdated) -> Response:
    """Say what changed since a proposal was made, and how it is computed again."""
    changes = [{"layer": each.layer, "count": each.count, "features": each.features} for each in error.since]
    again = {"href": f"{request.url_root}api/processes/{error.process}/execution", "inputs": dict(error.inputs)}
    return problem(error.slug, error.status, error.faults, changes=changes, again=again)


@blueprint.errorhandler(PlanStale)
def stale(error: PlanStale) -> Response:
    """Say what changed in the meantime."""
    return problem(error.slug, error.status, error.faults, changes=_plain(plan_json.since(error.since)))


@blueprint.errorhandler(NotReady)
def not_ready(error: NotReady) -> Response:
    """Show what must be gone before a plan is submitted."""
    found = plan_json.defects(error.findings, reader_language())
    return problem(error.slug, error.status, error.faults, defects=_plain(found))


@blueprint.errorhandler(Located)
def located(error: Located) -> Response:
    """Show where an edit would break the plan."""
    language = reader_language()
    plan_id = (request.view_args or {}).get("plan_id")
    places = np.array([each.geometry for each in error.defects], dtype=object)
    if plan_id is not None and len(places) and not error.lonlat:
        places = to_lonlat(places, crs_of_plan(service().store, plan_id))
    text = error.faults[0].text.say(language) if error.faults else ""
    records: list[dict[str, object]] = [
        {"kind": each.kind, "detail": each.detail or None, "grids": list(error.grids), "text": text}
        for each in error.defects
    ]
    return problem(error.slug, error.status, error.faults, defects=_plain(plan_json.places(list(places), records)))


def _edited(plan_id: str, op: ops.Operation) -> Response:
    done = edit(service().store, plan_id, op, if_match(), _writer())
    body = plan_json.outcome(done, _band(), service().today(), reader_language())
    return json_answer(body, ETag=f'"{done.state.revision}"')


def _moved_on(plan_id: str, step: Callable[[Store, str, int, Writer], Written]) -> Response:
    """Do a step that is told nothing but whose plan it is."""
    no_others("lang")
    _body(_Nothing)
    return _step(step(service().store, plan_id, if_match(), _writer()))


def _step(done: Written | Approval, **more: object) -> Response:
    told = {"changeset": done.changeset.revision, "replayed": done.replayed, **more}
    return _whole(done.state, told, cells=False)


def _whole(state: PlanState, more: Mapping[str, object] = NOTHING, cells: bool = True, status: int = 200) -> Response:
    store, today = service().store, service().today()
    body = plan_json.whole(state, _band(), today, reader_language(), cells)
    # What changed under a plan matters while it can still be refreshed.
    current = state.revision == plans_of(store).current(state.id).revision
    matters = current and state.get("state") in ("draft", "submitted")
    changed = plan_json.sources(drift(store, state, today), reader_language()) if matters else None
    return json_answer({**body, "sources": changed, **more}, status, ETag=f'"{state.revision}"')


def _writer() -> Writer:
    return Writer(author(), clock.now(), idempotency_key())


def _band() -> tuple[int, int]:
    settings = service().settings
    return settings.grid_households_min, settings.grid_households_max


def _body(kind: type[Body]) -> Body:
    """Read a body that may be left out."""
    if not request.content_length:
        return kind()
    return decoded_body(msgspec.json.Decoder(kind), JSON)


def _plain(body: object) -> object:
    """Return a body as Flask's own JSON writes it like ours: dates as ISO has them, geometry that is text already."""
    return msgspec.json.decode(msgspec.json.encode(body))
