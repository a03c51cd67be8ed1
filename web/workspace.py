"""The workspace as a whole: what it is called, and up to which day its records tell."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response, jsonify

from layers import clock
from layers.usecases import workspace
from web.http.parameters import no_others
from web.http.writing import author, decoded_body
from web.service import service

blueprint = Blueprint("workspace", __name__, url_prefix="/api/workspace")


class Called(msgspec.Struct, forbid_unknown_fields=True):
    """What the workspace is to be called; without a name it is called by its district."""

    name: str


@blueprint.get("")
def told() -> Response:
    """Say what the workspace is called, up to which day its newest ledger tells, and which day maps open on."""
    no_others("lang")
    house = service()
    day, usual = workspace.data_day(house.store), workspace.usual_day(house.store, house.today())
    return jsonify(
        name=workspace.name_of(house.store),
        data_date=None if day is None else day.isoformat(),
        opens_on=usual.isoformat(),
        revision=house.store.revision(),
    )


@blueprint.put("")
def renamed() -> Response:
    """Call the workspace otherwise; the history tells it."""
    no_others("lang")
    called = decoded_body(msgspec.json.Decoder(Called), ("application/json",))
    workspace.rename(service().store, called.name, author(), clock.now())
    return told()
