"""``public=true``: the same doors, opened upon the public part of the workspace."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlencode

from flask import request

from layers.catalogue import Field, Layer
from layers.errors import Fault, InvalidParameter
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.exports.publishing import PublicStore, public_fields, public_store
from layers.usecases.knowing import known, revision_known
from web.http.parameters import flag
from web.service import service


def public() -> bool:
    """Say whether the request asks for what is public only."""
    return flag("public")


def read_from() -> Store:
    """Return the workspace as it was known when the request asks, or what of it is public where that is asked for."""
    known_at = request.args.get("known_at")
    if not public():
        return known(service().store, known_at)
    if known_at:
        raise InvalidParameter(Fault(Text("exports.no-public-past"), {"parameter": "known_at"}))
    return _public_part()


def known_at() -> int | None:
    """Return the revision after which the request asks what was known; None for now."""
    asked = request.args.get("known_at")
    return revision_known(service().store, asked) if asked else None


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
    """Return an address of ours with ``public`` and both clocks as the request has them: it leads on to the same."""
    kept = {name: request.args[name] for name in ("public", "as_of", "known_at") if request.args.get(name)}
    return f"{href}{'&' if '?' in href else '?'}{urlencode(kept)}" if kept else href


def _public_part() -> PublicStore:
    house = service()
    return public_store(house.store, house.settings.small_cell)
