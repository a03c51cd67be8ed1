"""What a form needs to know: fields of a layer in words, a record with the names it refers to, its history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import shapely

from layers.catalogue import UNKNOWN, Field, Layer, catalogue
from layers.filters import Literal, Op, Property
from layers.model.feature import Change, Feature, Value
from layers.store.protocol import Changeset, Query, Store
from layers.text import Text, one_by_one
from layers.usecases.history import fields_changed

MOST_HISTORY = 50
LISTS = {("courtyards", "building_codes"): "buildings", ("managed-areas", "courtyard_codes"): "courtyards",
         ("managed-areas", "building_codes"): "buildings"}  # fmt: skip
DRAWN = "geometry_derived"


def form(layer: Layer, language: str) -> dict[str, object]:
    """Return a layer's form: its fields in the catalogue's order, labels and allowed values in one language.

    Unknown is no choice: what nobody recorded stays empty.
    """
    return {
        "layer": layer.id,
        "label": layer.label.say(language),
        "geometry": layer.geometry,
        "accepts": list(layer.accepts),
        "fields": [_field(layer, each, language) for each in layer.fields if not each.system and each.name != DRAWN],
    }


def _field(layer: Layer, field: Field, language: str) -> dict[str, object]:
    return {
        "name": field.name,
        "label": field.label.say(language),
        "type": field.type,
        "unit": field.unit_in(language, beside_label=True) or None,
        "required": field.required and field.name != "code",
        "locked": field.name == "code",
        "values": [[each.code, each.label.say(language)] for each in field.values if each.code != UNKNOWN],
        "refers_to": field.refers_to or LISTS.get((layer.id, field.name)),
        "usual": field.default,
        "hint": None if field.description is None else field.description.say(language),
        "length": field.length,
    }


def record(feature: Feature, layer: Layer) -> dict[str, object]:
    """Return a record as the form takes it up: plain values, GeoJSON."""
    shape = feature.geometry
    return {
        "id": feature.id,
        "version": feature.version,
        "properties": {field.name: plain(feature.properties.get(field.name)) for field in layer.fields},
        "geometry": None if shape is None else shapely.geometry.mapping(shape),
    }


def plain(value: Value) -> object:  # as JSON has it
    """Return a value as JSON has it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def title_of(feature: Feature, layer: Layer) -> str:
    """Return what people call a record."""
    name = feature.properties.get("name") if "name" in layer.by_name else feature.properties.get(layer.label_field)
    return str(name or feature.properties.get("code") or feature.id)


def names_referred(store: Store, layer: Layer, features: Iterable[Feature | None]) -> dict[str, dict[str, str]]:
    """Return layer → code → name of what some records refer to."""
    wanted: dict[str, set[str]] = {}
    for feature in features:
        for field in layer.fields:
            other = field.refers_to or LISTS.get((layer.id, field.name))
            value = None if feature is None or other is None else feature.properties.get(field.name)
            if other is not None and value is not None:
                codes = value if isinstance(value, tuple) else (str(value),)
                wanted.setdefault(other, set()).update(codes)
    return {other: names_of(store, other, codes) for other, codes in wanted.items()}


def names_of(store: Store, layer_id: str, codes: set[str]) -> dict[str, str]:
    """Return code → name of some records."""
    layer, wanted = catalogue().layer(layer_id), tuple(sorted(codes))
    among = Op("in", (Property("code", "text"), Literal(wanted, "list")))
    found = store.page(layer_id, Query(filter=among), len(wanted)).features if wanted else ()
    return {str(each.properties["code"]): title_of(each, layer) for each in found}


def history_of(
    layer: Layer, found: Iterable[tuple[Changeset, Change]], names: Mapping[str, Mapping[str, str]], language: str
) -> list[dict[str, object]]:
    """Return what happened to a record, newest first: who, when, which values before and after."""
    listed = []
    for changeset, change in list(found)[:MOST_HISTORY]:
        fields = [_changed(layer, name, change, names, language) for name in fields_changed(change)]
        listed.append(
            {
                "changeset": changeset.revision,
                "author": changeset.author,
                "time": changeset.time.isoformat(),
                "kind": changeset.kind,
                "message": message(changeset, language),
                "effective": plain(changeset.effective),
                "op": change.op,
                "records": sum(sum(counts.values()) for counts in changeset.counts.values()),
                "reverts": changeset.reverts,
                "reverted_by": changeset.reverted_by,
                "fields": fields if change.op == "update" else [],
                "properties": _properties(change.after, layer),
            }
        )
    return listed


def _properties(feature: Feature | None, layer: Layer) -> dict[str, object] | None:
    if feature is None:
        return None
    return {field.name: plain(feature.properties.get(field.name)) for field in layer.fields if not field.system}


def _changed(
    layer: Layer, name: str, change: Change, names: Mapping[str, Mapping[str, str]], language: str
) -> dict[str, object]:
    field = layer.by_name.get(name)
    if field is None:  # the geometry
        return {"name": name, "label": Text("history.geometry").say(language), "before": None, "after": None}
    sides = [None if each is None else each.properties.get(name) for each in (change.before, change.after)]
    before, after = (said(field, each, names, language) for each in sides)
    return {"name": name, "label": field.label.say(language), "before": before, "after": after}


def said(field: Field, value: Value, names: Mapping[str, Mapping[str, str]], language: str) -> str | None:
    """Say a value in words; None where there is none."""
    if value is None or value == ():
        return None
    if isinstance(value, tuple):
        return one_by_one(value, language)
    if isinstance(value, bool):
        return Text("records.yes" if value else "records.no").say(language)
    choice = field.choice(value) if field.values else None
    if choice is not None:
        return choice.label.say(language)
    name = names.get(field.refers_to or "", {}).get(str(value))
    return f"{name} ({value})" if name and name != value else str(value)


def message(changeset: Changeset, language: str) -> str:
    """Return what a changeset says of itself, in one language where it is kept in both."""
    parts = changeset.message.split(" / ")
    if len(parts) % 2 or not parts[0]:
        return changeset.message
    half = len(parts) // 2
    return " / ".join(parts[:half] if language == "zh" else parts[half:])
