"""What a program writes and a form would have asked about: it is written, and remarked upon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapely.geometry.base import BaseGeometry

from layers.catalogue import Layer
from layers.errors import GridmapError
from layers.model.feature import Feature, Value
from layers.model.values import read_day
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.edits import contracts
from layers.usecases.edits.features import Given, on_earth
from layers.usecases.edits.sense import far_away


def oddities(
    store: Store, layer: Layer, given: Sequence[Given], old: Feature | None = None, whole: bool = True
) -> list[Text]:
    """Say of what is to be written what a form would ask about; programs are told, and have been believed already.

    Parameters
    ----------
    old : Feature, optional
        What is changed, of which a change that is not `whole` keeps what it does not say.
    """
    found: list[Text] = []
    for each in given:
        if layer.id == contracts.LAYER:
            found += _beside(store, layer, each, old, whole)
        if not isinstance(each.geometry, BaseGeometry) or not on_earth(box := each.geometry.bounds):
            continue  # none, or refused when it is written
        if far_away(store, each.geometry):
            at = {"lon": f"{(box[0] + box[2]) / 2:.4f}", "lat": f"{(box[1] + box[3]) / 2:.4f}"}
            found.append(Text("records.is-far-away", **at))
    return found


def _beside(store: Store, layer: Layer, given: Given, old: Feature | None, whole: bool) -> Iterator[Text]:
    """Say which arrangements of the same area would be in force at the same time."""
    before = {} if whole or old is None else old.properties
    read = {name: _read(layer, name, raw) for name, raw in given.properties.items()}
    made = Feature(given.id or "" if old is None else old.id, None, {**before, **read})
    if contracts.terms_changed(old, made):
        for other in contracts.beside(store, made):
            yield Text("records.is-beside", other=other.id, terms=contracts.said(store, other))


def _read(layer: Layer, name: str, raw: object) -> Value:
    """Read what decides when an arrangement is in force; what cannot be read is refused when it is written."""
    field = layer.by_name.get(name)
    if field is not None and field.type == "date":
        try:
            return read_day(raw) if isinstance(raw, str) else None
        except (ValueError, GridmapError):
            return None
    return raw if isinstance(raw, str | bool) else None
