"""Whether the service lives, and whether it can do its work."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from layers.errors import StoreUnusable
from layers.store import damage_faults
from web.service import service

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("/live")
def live() -> Response:
    """Say that the process answers."""
    return jsonify(status="live")


@blueprint.get("/ready")
def ready() -> Response:
    """Say that the workspace can be read; one that cannot, or not in whole, is a problem that names the layers."""
    store = service().store
    revision, damaged = store.revision(), store.damaged()
    if damaged:
        raise StoreUnusable(*damage_faults(damaged))
    return jsonify(status="ready", revision=revision)
