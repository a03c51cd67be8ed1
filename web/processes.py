"""Analyses over HTTP, in the manner of OGC API – Processes; executions are synchronous."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response, jsonify, request

from layers.analyses.encode import outputs_json
from layers.analyses.registry import Analysis, analyses, decode, schema, silent
from layers.errors import Fault, InvalidParameter, NotFound, UnsupportedMedia
from layers.text import Text
from web import service
from web.parameters import no_others
from web.problems import reader_language

blueprint = Blueprint("processes", __name__, url_prefix="/api/processes")
MEDIA = {"features": "application/geo+json", "rows": "application/json", "object": "application/json"}
LARGEST_BODY = 1 << 20
WHOLE = "document"


@blueprint.get("")
def listing() -> Response:
    """List the analyses."""
    no_others("lang")
    language = reader_language()
    return jsonify(processes=[_summary(each, language) for each in analyses().values()], links=[])


@blueprint.get("/<id>")
def one(id: str) -> Response:
    """Describe an analysis: inputs with their schema, outputs with their columns."""
    no_others("lang")
    language = reader_language()
    analysis = analysis_called(id)
    properties = schema(analysis)["properties"]
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
    """Run an analysis and answer its outputs as one JSON object."""
    no_others("lang")
    analysis = analysis_called(id)
    inputs = decode(analysis, _inputs(), service().today())
    outputs = analysis.run(service().store, inputs, silent)
    body = msgspec.json.encode(outputs_json(outputs, reader_language()))
    return Response(body, mimetype="application/json")


def analysis_called(id: str) -> Analysis:
    """Return an analysis; NotFound with the known ones where there is none."""
    if id not in analyses():
        raise NotFound(Fault(Text("analyses.no-such-analysis", id=id[:80], known=list(analyses()))))
    return analyses()[id]


def _inputs() -> dict[str, object]:
    if request.mimetype not in ("application/json", ""):
        raise UnsupportedMedia(Fault(Text("web.not-json"), {"value": request.mimetype[:80]}))
    body = request.get_data(cache=False)[:LARGEST_BODY]
    try:
        decoded = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, RecursionError):
        raise InvalidParameter(Fault(Text("web.bad-json"))) from None
    inputs = decoded.get("inputs", {}) if isinstance(decoded, dict) else None
    # A misspelt member would be an analysis with other inputs than were meant.
    whole = not isinstance(decoded, dict) or decoded.get("response", WHOLE) == WHOLE
    if not isinstance(inputs, dict) or decoded.keys() - {"inputs", "response"} or not whole:
        raise InvalidParameter(Fault(Text("web.json-body")))
    return inputs


def _summary(analysis: Analysis, language: str) -> dict[str, object]:
    return {
        "id": analysis.id,
        "version": "1.0.0",
        "title": analysis.label.say(language),
        "description": analysis.description.say(language),
        "jobControlOptions": ["sync-execute"],
        "links": [
            {
                "rel": "http://www.opengis.net/def/rel/ogc/1.0/execute",
                "type": "application/json",
                "href": f"{request.url_root}api/processes/{analysis.id}/execution",
            }
        ],
    }
