"""``public=true``: the same doors, opened upon the public part of the workspace."""

from __future__ import annotations

from collections.abc import Collection

from flask import request

from layers.catalogue import Field, Layer
from layers.store.protocol import Store
from layers.usecases.exports.publishing import PublicStore, public_fields, public_store
from web.http.parameters import flag
from web.service import service


def public() -> bool:
    """Say whether the request asks for what is public only."""
    return flag("public")


def read_from() -> Store:
    """Return the workspace, or what of it is public where that is asked for."""
    return _public_part() if public() else service().store


def fields_of(layer: Layer) -> tuple[Field, ...]:
    """Return the fields that the answer may tell."""
    return public_fields(layer) if public() else layer.fields


def refuse(layer: Layer, names: Collection[str], parameter: str) -> None:
    """Refuse, in a public request, a layer that is internal, and names that the public may not ask about."""
    if public():
        _public_part().refuse(layer, names, parameter)


def askable(layer: Layer) -> tuple[str, ...]:
    """Return the fields that filters and orders may name."""
    refuse(layer, (), "public")
    return _public_part().askable(layer) if public() else tuple(layer.by_name)


def onward(href: str) -> str:
    """Return an address of ours with ``public`` as the request has it, so that links lead on to the same."""
    if not public():
        return href
    return f"{href}{'&' if '?' in href else '?'}public={request.args['public']}"


def _public_part() -> PublicStore:
    house = service()
    return public_store(house.store, house.settings.small_cell)
