"""The history of the workspace, newest first."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from layers import clock
from layers.store.protocol import Changeset
from layers.usecases import history
from layers.usecases.plans.reverting import revert
from web.http.parameters import flag, no_others, whole_number
from web.http.writing import author
from web.service import service

blueprint = Blueprint("changesets", __name__, url_prefix="/api/changesets")
PAGE = 50


@blueprint.get("")
def listing() -> Response:
    """List changesets, newest first; `before` asks for older ones."""
    no_others("limit", "before", "lang")
    limit = whole_number("limit", PAGE, 1, 1000)
    found = service().store.changesets(whole_number("before", None, 1), limit)
    links = []
    if len(found) == limit and found[-1].revision > 1:
        href = f"{request.base_url}?limit={limit}&before={found[-1].revision}"
        links.append({"rel": "next", "type": "application/json", "href": href})
    return jsonify(changesets=[changeset_json(each) for each in found], links=links)


@blueprint.get("/<int:revision>")
def one(revision: int) -> Response:
    """Show one changeset: layer, feature and operation of every change."""
    no_others("lang")
    store = service().store
    found = history.changeset(store, revision)
    changes = [{"layer": each.layer, "id": each.id, "op": each.op} for each in store.each_change(revision)]
    return jsonify(**changeset_json(found), changes=changes)


@blueprint.post("/<int:revision>/revert")
def reverted(revision: int) -> Response:
    """Undo a changeset by its inverse, as a changeset of its own; one of a plan as the plan undoes it.

    It is refused where others changed the same features since; with `sparing` those stay as they are.
    """
    no_others("sparing", "lang")
    done = revert(service().store, revision, author(), clock.now(), flag("sparing"))
    answer = jsonify(changeset_json(done))
    answer.status_code = 201
    answer.headers["Location"] = f"{request.script_root}/api/changesets/{done.revision}"
    return answer


def changeset_json(changeset: Changeset) -> dict[str, object]:
    """Return a changeset as JSON."""
    return {
        "id": changeset.revision,
        "author": changeset.author,
        "time": changeset.time.isoformat(),
        "message": changeset.message,
        "kind": changeset.kind,
        "counts": {layer: dict(counts) for layer, counts in changeset.counts.items()},
        "reverts": changeset.reverts,
        "reverted_by": changeset.reverted_by,
        "effective": None if changeset.effective is None else changeset.effective.isoformat(),
        "opening": changeset.opening,
    }
