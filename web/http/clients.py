"""Who asks: the one place that says from which computer a request came."""

from __future__ import annotations

from flask import request

from layers.model.job import Client
from web.http.entrance import VISIT


def client() -> Client:
    """Return who sent the request that is being answered, as the doors believe it."""
    visit = request.environ[VISIT]
    return Client(visit.client, visit.local)
