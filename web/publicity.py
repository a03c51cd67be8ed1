"""``public=true``: the same doors, opened upon the public part of the workspace."""

from __future__ import annotations

from collections.abc import Collection

from flask import request

from layers.catalogue import Field, Layer
from layers.store.protocol import Store
from layers.usecases.publishing import public_fields, public_store
from web import service
from web.parameters import flag


def public() -> bool:
    """Say whether the request asks for what is public only."""
    return flag("public")


def read_from() -> Store:
    """Return the workspace, or what of it is public where that is asked for."""
    house = service()
    return public_store(house.store, house.settings.small_cell) if public() else house.store


def fields_of(layer: Layer) -> tuple[Field, ...]:
    """Return the fields that the answer may tell."""
    return public_fields(layer) if public() else layer.fields


def refuse(layer: Layer, names: Collection[str], parameter: str) -> None:
    """Refuse, in a public request, a layer that is internal, and names that the public may not ask about."""
    if public():
        house = service()
        public_store(house.store, house.settings.small_cell).refuse(layer, names, parameter)


def askable(layer: Layer) -> tuple[str, ...]:
    """Return the fields that filters and orders may name."""
    if not public():
        return tuple(layer.by_name)
    house = service()
    refuse(layer, (), "public")
    return public_store(house.store, house.settings.small_cell).askable(layer)


def onward(href: str) -> str:
    """Return an address of ours with ``public`` as the request has it, so that links lead on to the same."""
    if not public():
        return href
    return f"{href}{'&' if '?' in href else '?'}public={request.args['public']}"
