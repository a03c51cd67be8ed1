"""Undo: a changeset is reverted by a new one that holds its inverse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from layers import clock
from layers.catalogue import catalogue
from layers.errors import Conflict, Fault, NotFound
from layers.model.feature import Change, Feature, text_of
from layers.store.protocol import Changeset, Draft, Holding, Store
from layers.text import Text

TOLD = 20
FIELDS_TOLD = 6


def changeset(store: Store, revision: int) -> Changeset:
    """Return a changeset; NotFound where there is none."""
    found = store.changeset(revision) if revision <= store.revision() else None
    if found is None:
        raise NotFound(Fault(Text("history.no-such-changeset", revision=revision, last=store.revision())))
    return found


def revert(store: Store, revision: int, author: str, now: dt.datetime, sparing: bool = False) -> Changeset:
    """Undo a changeset by its inverse.

    Parameters
    ----------
    sparing : bool
        Leave what others changed since as it is, and undo the rest.

    Raises
    ------
    NotFound
        There is no such changeset.
    Conflict
        It was reverted already, or later changesets changed the same features; those are named, with who changed
        what. Of a sparing undo: nothing is left to be undone.
    """
    old = changeset(store, revision)
    if old.reverted_by is not None:
        raise Conflict(Fault(Text("history.reverted-already", revision=revision, by=old.reverted_by)))
    versions: dict[tuple[str, str], int] = {}
    kept: dict[tuple[str, str], None] = {}
    outside = {place for name in store.outside() for place in (each.place for each in store.outside_edits(name))}
    for change in store.each_change(revision):
        if (change.layer, change.id) in outside:
            where = {"layer": change.layer, "feature": change.id}
            raise Conflict(Fault(Text("store.outside", id=change.id), where))
        now_there = store.get(change.layer, change.id)
        if _put_back(now_there, change.after):
            versions[change.layer, change.id] = _version(now_there) or 0
        elif _version(now_there) != _version(change.after):
            kept[change.layer, change.id] = None
    everything = sum(sum(counts.values()) for counts in old.counts.values())
    if kept and (not sparing or len(kept) == everything):
        raise Conflict(*_changed_since(store, revision, kept))
    holding = Holding(old.effective, old.opening)  # so that it is undone on every day on which it held
    message = f"撤销 {revision} / revert {revision}"
    if kept:
        message = Text("history.did-spare", revision=revision, count=len(kept)).in_both()
    undone = (
        _undone(each, versions)
        for each in store.each_change(revision, backwards=True)
        if (each.layer, each.id) not in kept
    )
    return store.commit(Draft(author, now, message, "revert", undone, reverts=revision, holding=holding))


def fields_changed(change: Change) -> list[str]:
    """Return the fields of the catalogue that a change sets anew, ``geometry`` among them."""
    layer = catalogue().layer(change.layer)
    before = {} if change.before is None else change.before.properties
    after = {} if change.after is None else change.after.properties
    own = (field.name for field in layer.fields if not field.system)
    names = [name for name in own if (before.get(name) or None) != (after.get(name) or None)]
    shapes = [None if each is None else each.geometry for each in (change.before, change.after)]
    return [*names, "geometry"] if shapes[0] != shapes[1] else names


def _changed_since(store: Store, revision: int, kept: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    """Name what later changesets changed: the changesets, the newest first, then records with who changed what."""
    later: dict[int, int] = {}
    told: list[Fault] = []
    for layer, id in kept:
        since = [(each, change) for each, change in store.feature_history(layer, id) if each.revision > revision]
        for each, _ in since[:1]:
            later[each.revision] = later.get(each.revision, 0) + 1
        if since and len(told) < TOLD:
            told.append(_told(layer, id, *since[0]))
    for by in sorted(later, reverse=True):
        yield Fault(Text("history.changed-later", by=by, count=later[by]))
    yield from told


def _told(layer: str, id: str, changeset: Changeset, change: Change) -> Fault:
    known = catalogue().layer(layer)
    standing = change.after or change.before
    name = (text_of(standing.properties, "name") if standing and "name" in known.by_name else None) or id
    when = clock.shown(changeset.time)
    said = {"name": name, "author": changeset.author, "when": when, "by": changeset.revision}
    where = {"layer": layer, "feature": id}
    if change.after is None:
        return Fault(Text("history.deleted-since", **said), where)
    fields = [known.field(each).label if each in known.by_name else Text("history.geometry")
              for each in fields_changed(change)[:FIELDS_TOLD]]  # fmt: skip
    return Fault(Text("history.changed-since", fields=fields or ["—"], **said), where)


def _put_back(now: Feature | None, left: Feature | None) -> bool:
    """Say whether a feature was changed and put back since a changeset left it: nothing of it stands in the way."""
    if now is None or left is None or now.version == left.version:
        return False
    return replace(now, properties={**now.properties, "updated_at": left.properties.get("updated_at")}).same_content(
        left
    )


def _undone(change: Change, versions: Mapping[tuple[str, str], int]) -> Change:
    """Return the inverse of a change, of the feature's version as it is now."""
    inverse, now = change.inverse(), versions.get((change.layer, change.id))
    return (
        inverse
        if now is None or inverse.before is None
        else replace(inverse, before=replace(inverse.before, version=now))
    )


def _version(feature: Feature | None) -> int | None:
    return None if feature is None else feature.version
