"""Scenarios over HTTP: which there are, and adopting one."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request

from layers import clock
from layers.errors import Fault, InvalidParameter
from layers.text import Text
from layers.usecases.scenarios import LAYER, adopt_scenario, delete_scenario, scenarios
from web.http.parameters import no_others
from web.http.writing import author, json_body
from web.service import service

blueprint = Blueprint("scenarios", __name__, url_prefix="/api/scenarios")


@blueprint.get("")
def listing() -> Response:
    """List the scenarios: how many measures of each kind they have, and where they are adopted."""
    no_others("lang")
    found = [
        {
            "name": each.name,
            "measures": each.measures,
            "actions": each.actions,
            "links": [{"rel": "adopt", "href": f"{request.base_url}/{quote(each.name, safe='')}/adopt"}],
        }
        for each in scenarios(service().store)
    ]
    items = f"{request.url_root}api/collections/{LAYER}/items"
    return jsonify(scenarios=found, links=[{"rel": "items", "type": "application/geo+json", "href": items}])


@blueprint.post("/<path:name>/adopt")
def adopt(name: str) -> tuple[Response, int]:
    """Make a scenario real as one changeset; 409 with every fault where any measure would do nothing."""
    no_others("lang")
    if request.content_length and json_body() != {}:
        raise InvalidParameter(Fault(Text("scenarios.no-body"), {"parameter": "body"}))
    now = clock.now()
    today = service().today()
    done = adopt_scenario(service().store, name, author(), now, today)
    counts = {layer: dict(counts) for layer, counts in done.counts.items()}
    answer = jsonify(changeset=done.revision, counts=counts, valid_from=today.isoformat())
    answer.headers["Location"] = f"{request.script_root}/api/changesets/{done.revision}"
    return answer, 201


@blueprint.delete("/<path:name>")
def delete(name: str) -> Response:
    """Delete a scenario with all its measures, as one changeset."""
    no_others("lang")
    done = delete_scenario(service().store, name, author(), clock.now())
    return jsonify(changeset=done.revision, counts={layer: dict(counts) for layer, counts in done.counts.items()})
