"""What other programs edited in the workspace's file: told, made a changeset of ours, or taken back."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from layers.catalogue import Layer, catalogue
from layers.errors import Fault, GridmapError, ImportRejected
from layers.model.feature import Change, Feature, Value
from layers.store.protocol import Changeset, Draft, OutsideEdit, Store
from layers.text import Text
from layers.usecases.edits.consequences import with_consequences
from layers.usecases.edits.features import ELSEWHERE, Given, Writer, free_id, judged
from layers.usecases.edits.measuring import METRIC, settings_of
from layers.usecases.edits.referring import referrers

IGNORED = ("updated_at",)  # the store sets it


@dataclass(frozen=True)
class Adopted:
    """How many edits there were, and the changeset that they became; None where they changed nothing after all."""

    edits: int
    changeset: Changeset | None


def edits_of(store: Store, layer: str | None = None, id: str | None = None) -> list[OutsideEdit]:
    """Return what other programs edited: everything, in a layer, or of one feature."""
    layers = store.outside() if layer is None else [layer]
    return [edit for name in layers for edit in store.outside_edits(name, id)]


def adopt(writer: Writer, layer: str | None = None, id: str | None = None) -> Adopted:
    """Make what other programs edited one changeset, checked as any write of ours, with what follows from it.

    Raises
    ------
    ImportRejected
        Some of it cannot be kept; every such feature is named with the reason, and nothing was changed.
    Conflict
        Two features of a layer would have one code, or a code was used before.
    StaleRevision
        Somebody edits right now.
    """
    store = writer.store
    faults: list[Fault] = []
    changes: list[Change] = []
    edits = edits_of(store, layer, id)
    there: dict[tuple[str, str], bool] = {}
    for edit in edits:
        change, found = _change(store, edit, there)
        faults += found
        if change is not None and not _is_same(change):
            changes.append(change)
    if faults:
        raise ImportRejected(*faults)
    numbers = {edit.place: edit.number for edit in edits}
    if not changes:
        store.take_back(numbers)
        return Adopted(len(edits), None)
    shapes = [each.after.geometry for each in changes if each.after is not None]
    settings = {} if store.setting(METRIC) else settings_of(shapes)
    every = with_consequences(store, changes, settings.get(METRIC) or store.setting(METRIC))
    message = Text("outside.message", count=len(changes)).in_both()
    draft = Draft(writer.author, writer.now, message, "edit", every, settings=settings)
    return Adopted(len(edits), store.commit(draft, numbers))


def discard(store: Store, layer: str | None = None, id: str | None = None) -> int:
    """Put back what is recorded, and return how many features that were; errors as `Store.take_back`."""
    edits = edits_of(store, layer, id)
    store.take_back({edit.place: edit.number for edit in edits})
    return len(edits)


def _change(
    store: Store, edit: OutsideEdit, there: dict[tuple[str, str], bool]
) -> tuple[Change | None, Sequence[Fault]]:
    """Return an edit as a change of ours, and why it cannot be one."""
    layer, where = catalogue().layer(edit.layer), {"layer": edit.layer, "feature": edit.id}
    if edit.layer in ELSEWHERE:
        return None, [Fault(Text("features.written-elsewhere", door=ELSEWHERE[edit.layer]), where)]
    if edit.fault is not None:
        return None, [Fault(Text("outside.unreadable", reason=edit.fault), where)]
    if edit.found is None:
        if edit.recorded is None:
            return None, []  # came and went
        code = str(edit.recorded.properties.get("code", edit.id))
        return Change(edit.layer, edit.id, edit.recorded, None), referrers(store, layer, code)
    made: Feature | None = None
    faults: Sequence[Fault]
    try:
        made, faults = judged(store, layer, edit.recorded, _given(layer, edit, edit.found), there)
    except GridmapError as error:
        faults = error.faults
    if made is None or faults:
        return None, [Fault(each.text, {**where, **each.where}) for each in faults]
    if edit.recorded is None:
        made = dataclasses.replace(made, id=free_id(made.id, lambda id: _is_used(store, edit, id)))
    return Change(edit.layer, made.id, edit.recorded, made), ()


def _given(layer: Layer, edit: OutsideEdit, found: Feature) -> Given:
    """Return what another program wrote as somebody would send it: an absent field has no value any more."""
    told = found.properties
    old = {} if edit.recorded is None else edit.recorded.properties
    values: dict[str, object] = {}
    for field in layer.fields:
        touched = field.name not in IGNORED and told.get(field.name) != old.get(field.name)
        if not field.system or touched:
            values[field.name] = _raw(told.get(field.name))
    return Given(values, found.geometry, edit.id)


def _raw(value: Value) -> object:
    """Return a value as JSON has it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return list(value) or None if isinstance(value, tuple) else value


def _is_used(store: Store, edit: OutsideEdit, id: str) -> bool:
    """Say whether an id was given before, by us or by another program."""
    return bool(store.feature_history(edit.layer, id)) or (id != edit.id and store.get(edit.layer, id) is not None)


def _is_same(change: Change) -> bool:
    before, after = change.before, change.after
    if before is None or after is None:
        return False
    own: Feature = dataclasses.replace(after, properties={**after.properties, **_kept(before)})
    return own.same_content(before)


def _kept(feature: Feature) -> dict[str, Value]:
    return {name: feature.properties.get(name) for name in IGNORED}
