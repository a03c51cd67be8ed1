"""Analyses over HTTP, as OGC API – Processes has them: described, run at once, or handed in as a job."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec
from flask import Blueprint, Response, jsonify, request

from layers.analyses.registry import KNOWN_AT, Analysis, analyses, decode, schema, silent
from layers.errors import Fault, InvalidParameter, NotFound
from layers.jobs.answers import MEDIA, answered
from layers.model.job import Order, Request
from layers.situation.within import parse
from layers.text import Text
from layers.usecases.knowing import revision_known
from web.http.clients import client
from web.http.parameters import no_others, whole_number
from web.http.problems import reader_language
from web.http.writing import decoded_body, idempotency_key
from web.processes import jobs
from web.service import service

blueprint = Blueprint("processes", __name__, url_prefix="/api/processes")
blueprint.register_error_handler(NotFound, jobs.not_found)
LARGEST_BODY = 1 << 20
MOST_LISTED = 1000
ASYNCHRONOUS = "respond-async"
# An input may come as it is or wrapped with what is said about it.
QUALIFIERS = {"value", "mediaType", "encoding", "schema"}


class Format(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """How an output is to be written."""

    media_type: str | None = None
    encoding: str | None = None
    schema: object = None


class Wanted(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """How an output is to be handed over."""

    transmission_mode: Literal["value"] = "value"
    format: Format | None = None


class Execution(msgspec.Struct, forbid_unknown_fields=True):
    """The body of an execution. A misspelt member would be an analysis with other inputs than were meant."""

    inputs: dict[str, object] = {}
    outputs: dict[str, Wanted] = {}
    response: Literal["document", "raw"] = "document"


EXECUTION = msgspec.json.Decoder(Execution)

@blueprint.get("")
def listing() -> Response:
    """List the analyses."""
    no_others("limit", "offset", "lang")
    language = reader_language()
    limit, offset = whole_number("limit", MOST_LISTED, 1, MOST_LISTED), whole_number("offset", 0, 0)
    every = list(analyses().values())
    links = [jobs.link("self", request.url)]
    if offset + limit < len(every):
        links.append(jobs.link("next", f"{request.base_url}?limit={limit}&offset={offset + limit}"))
    return jsonify(processes=[_summary(each, language) for each in every[offset : offset + limit]], links=links)


@blueprint.get("/<id>")
def one(id: str) -> Response:
    """Describe an analysis: inputs with their schema, outputs with their columns."""
    no_others("lang")
    language = reader_language()
    analysis = analysis_called(id)
    properties: Any = schema(analysis)["properties"]  # each input's own schema
    described = _summary(analysis, language)
    described["inputs"] = {
        each.encode_name: {
            "title": analysis.labels[each.encode_name].say(language),
            "schema": properties[each.encode_name],
            "minOccurs": int(each.required and each.encode_name not in ("as_of", "to")),
        }
        for each in msgspec.structs.fields(analysis.Inputs)
    }
    described["outputs"] = {
        output.name: {
            "title": output.label.say(language),
            "schema": {"type": "array" if output.kind == "rows" else "object", "contentMediaType": MEDIA[output.kind]},
            "columns": {name: label.say(language) for name, label in output.columns.items()},
        }
        for output in analysis.outputs
    }
    return jsonify(described)


@blueprint.post("/<id>/execution")
def execute(id: str) -> Response:
    """Run an analysis and answer its outputs; with `Prefer: respond-async` take it in as a job."""
    no_others("lang")
    analysis = analysis_called(id)
    asked = decoded_body(EXECUTION, ("application/json", ""), LARGEST_BODY, silence=b"{}")
    inputs = decode(analysis, {name: _bare(value) for name, value in asked.inputs.items()}, service().today())
    if (within := getattr(inputs, "within", None)) is not None:
        parse(within)  # refused now and not when the job's turn comes
    if known_at := getattr(inputs, KNOWN_AT, None):
        revision_known(service().store, known_at)
    outputs = _outputs(analysis, asked.outputs)
    order = Order(id, msgspec.to_builtins(inputs), outputs, asked.response, reader_language())
    if asynchronous():
        # What was asked and not what it became: a day that is not given is another one tomorrow.
        told = msgspec.json.encode([id, asked], order="sorted")
        response = jobs.accepted(Request(order, idempotency_key(), hashlib.sha256(told).hexdigest(), client()))
        response.headers["Preference-Applied"] = ASYNCHRONOUS
        return response
    answer = answered(analysis, analysis.answer(service().store, inputs, silent), order)
    return Response(answer.body, content_type=answer.media)


def analysis_called(id: str) -> Analysis:
    """Return an analysis; NotFound with the known ones where there is none."""
    if id not in analyses():
        raise NotFound(Fault(Text("analyses.no-such-analysis", id=id[:80], known=list(analyses()))))
    return analyses()[id]


def _bare(value: object) -> object:
    if isinstance(value, dict) and "value" in value and value.keys() <= QUALIFIERS:
        return value["value"]
    return value


def asynchronous() -> bool:
    """Say whether the request wants to hand its analysis in as a job."""
    preferences = request.headers.get("Prefer", "").lower().split(",")
    return any(each.partition(";")[0].strip() == ASYNCHRONOUS for each in preferences)


def _outputs(analysis: Analysis, wanted: dict[str, Wanted]) -> tuple[str, ...]:
    """Return the names of the outputs that are asked for, every one where none is."""
    media = {each.name: MEDIA[each.kind] for each in analysis.outputs}
    faults = [
        Fault(Text("jobs.no-output", known=list(media)), {"parameter": "outputs", "value": name[:80]})
        for name in wanted
        if name not in media
    ]
    for name, each in wanted.items():
        asked = each.format.media_type if each.format else None
        if name in media and asked not in (None, media[name], "application/json"):
            where = {"parameter": f"outputs/{name}", "value": asked[:80]}
            faults.append(Fault(Text("jobs.no-format", known=media[name]), where))
    if faults:
        raise InvalidParameter(*faults)
    return tuple(name for name in media if name in wanted or not wanted)


def _summary(analysis: Analysis, language: str) -> dict[str, object]:
    address = f"{request.url_root}api/processes/{analysis.id}"
    return {
        "id": analysis.id,
        "version": "1.0.0",
        "title": analysis.label.say(language),
        "description": analysis.description.say(language),
        "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
        "outputTransmission": ["value"],
        "links": [
            jobs.link("self", address),
            jobs.link("http://www.opengis.net/def/rel/ogc/1.0/execute", f"{address}/execution"),
        ],
    }
