"""Corrections over HTTP: several records in one changeset, and a courtyard that somebody takes over."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from flask import Blueprint, Response, jsonify, request
from shapely.geometry.base import BaseGeometry

from layers import clock
from layers.errors import Fault, InvalidParameter
from layers.model.shapes import BadShape, shape_of
from layers.model.values import read_day
from layers.store.protocol import Changeset
from layers.text import Text
from layers.usecases.edits import byhand
from layers.usecases.edits.features import KEEP, Given, Writer, layer_called
from layers.usecases.edits.handover import HandOver, hand_over
from layers.usecases.edits.holding import CORRECTION, effective_day
from web.features.changesets import changeset_json
from web.http.parameters import no_others
from web.http.problems import reader_language
from web.http.writing import author, decoded_body
from web.records import describing, finding
from web.service import service

blueprint = Blueprint("records_editing", __name__, url_prefix="/api")
JSON = ("application/json",)
Word = Annotated[str, msgspec.Meta(max_length=200)]
Sure = Annotated[tuple[Word, ...], msgspec.Meta(max_length=20)]
Properties = Annotated[dict[Word, object], msgspec.Meta(max_length=100)]


class _Change(msgspec.Struct, forbid_unknown_fields=True):
    """What becomes of one record."""

    layer: Word
    id: Annotated[str, msgspec.Meta(max_length=300)] | None = None
    version: int | None = None
    properties: Properties = {}
    geometry: object = msgspec.UNSET
    delete: bool = False
    restore: bool = False


class _Edits(msgspec.Struct, forbid_unknown_fields=True):
    """The body that corrects records."""

    changes: Annotated[tuple[_Change, ...], msgspec.Meta(min_length=1, max_length=1000)]
    effective: Word | None = None
    based_on: int | None = None
    sure: Sure = ()


class _HandOver(msgspec.Struct, forbid_unknown_fields=True):
    """The body that says who took something over since when."""

    start: str
    courtyard: Word | None = None
    area: Word | None = None
    manager: Word | None = None
    manager_name: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    mode: Word | None = None
    stage: Word | None = None
    end: str | None = None
    whole: bool | None = None
    terms: Properties = {}
    based_on: int | None = None
    sure: Sure = ()


@blueprint.post("/edits")
def edits() -> Response:
    """Correct, add, delete or restore records, all in one changeset.

    Values may be texts as people write them. What is odd is asked about: the refusal has errors whose parameter is
    `sure`; who sends the same again with their values in `sure` is believed.
    """
    no_others("lang")
    body = decoded_body(msgspec.json.Decoder(_Edits), JSON)
    writer = _writer(body.effective)
    if any(each.restore for each in body.changes):
        if len(body.changes) > 1:
            raise InvalidParameter(Fault(Text("records.restore-alone"), {"pointer": "/changes"}))
        (only,) = body.changes
        done = byhand.restore(writer, layer_called(only.layer), only.id or "")
        return _written(done, [[only.layer, only.id or ""]])
    changeset, changes = byhand.save(writer, _steps(body), body.sure, body.based_on)
    return _written(changeset, [[each.layer, each.id] for each in changes])


@blueprint.post("/handovers")
def handovers() -> Response:
    """Say who takes over a courtyard or a managed area since when: the arrangement, and the end of the former."""
    no_others("lang")
    body = decoded_body(msgspec.json.Decoder(_HandOver), JSON)
    if (body.courtyard is None) == (body.area is None):
        raise InvalidParameter(Fault(Text("records.one-target"), {"pointer": "/courtyard"}))
    start = _day(body.start, "/start")
    assert start is not None  # a body has one
    order = HandOver(
        start=start,
        mode=body.mode,
        stage=body.stage,
        courtyard=body.courtyard,
        area=body.area,
        manager=body.manager,
        manager_name=body.manager_name,
        end=_day(body.end, "/end"),
        whole=body.whole,
        terms=body.terms,
        based_on=body.based_on,
    )
    done = hand_over(_writer(None), order, body.sure)
    answer = _written(done.changeset, [["arrangements", done.arrangement]])
    return answer


@blueprint.get("/forms/<layer_id>")
def form(layer_id: str) -> Response:
    """Describe a layer's form: fields in order, labels, units, allowed values, what each refers to."""
    no_others("lang")
    return jsonify(describing.form(layer_called(layer_id), reader_language()))


@blueprint.get("/forms/<layer_id>/names")
def names(layer_id: str) -> Response:
    """Find records of a layer by name, code or the first letters of their pinyin."""
    no_others("q", "lang")
    layer = layer_called(layer_id)
    return jsonify(found=finding.find(service().store, layer, request.args.get("q", "")[:200]))


def _steps(body: _Edits) -> list[byhand.Step]:
    faults: list[Fault] = []
    steps = []
    for place, each in enumerate(body.changes):
        beginning = f"/changes/{place}" if len(body.changes) > 1 else ""
        if each.id is not None and each.version is None and body.based_on is None:
            faults.append(Fault(Text("records.which-version"), {"pointer": f"{beginning}/version"}))
        if each.id is None and each.delete:
            faults.append(Fault(Text("records.which-record"), {"pointer": f"{beginning}/id"}))
        given = Given(each.properties, _shape(each.geometry, beginning, faults))
        steps.append(byhand.Step(layer_called(each.layer), each.id, each.version, given, each.delete))
    if faults:
        raise InvalidParameter(*faults)
    return steps


def _shape(given: object, beginning: str, faults: list[Fault]) -> BaseGeometry | object | None:
    if given is msgspec.UNSET:
        return KEEP
    if given is None:
        return None
    try:
        return shape_of(given)
    except BadShape as error:
        faults.append(Fault(error.text, {"pointer": f"{beginning}/geometry"}))
        return None


def _writer(effective: str | None) -> Writer:
    said = effective_day(effective, service().today())
    return Writer(service().store, author(), clock.now(), None if said == CORRECTION else said)


def _day(text: str | None, pointer: str) -> dt.date | None:
    if not text:
        if pointer == "/start":
            raise InvalidParameter(Fault(Text("records.whole-day"), {"pointer": pointer}))
        return None
    try:
        return read_day(text.strip())
    except ValueError:
        raise InvalidParameter(Fault(Text("records.whole-day"), {"pointer": pointer, "value": text[:40]})) from None


def _written(changeset: Changeset | None, records: list[list[str]]) -> Response:
    """Answer what was written; nothing at all where everything was so already."""
    if changeset is None:
        return jsonify(changeset=None, records=[])
    store = service().store
    known = [{"layer": layer, "id": id, "version": getattr(store.get(layer, id), "version", None)}
             for layer, id in records]  # fmt: skip
    answer = jsonify(changeset=changeset_json(changeset), records=known)
    answer.status_code = 201
    answer.headers["Location"] = f"{request.script_root}/api/changesets/{changeset.revision}"
    return answer
