"""Whether the service lives, and whether it can do its work."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from web import service

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("/live")
def live() -> Response:
    """Say that the process answers."""
    return jsonify(status="live")


@blueprint.get("/ready")
def ready() -> Response:
    """Say that the workspace can be read; a workspace that cannot is answered as a problem."""
    return jsonify(status="ready", revision=service().store.revision())
