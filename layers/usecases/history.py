"""Undo: a changeset is reverted by a new one that holds its inverse."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from layers.errors import Conflict, Fault, NotFound
from layers.model.feature import Change, Feature
from layers.store.protocol import Changeset, Draft, Holding, Store
from layers.text import Text


def changeset(store: Store, revision: int) -> Changeset:
    """Return a changeset; NotFound where there is none."""
    found = store.changeset(revision) if revision <= store.revision() else None
    if found is None:
        raise NotFound(Fault(Text("history.no-such-changeset", revision=revision, last=store.revision())))
    return found


def revert(store: Store, revision: int, author: str, now: dt.datetime) -> Changeset:
    """Undo a changeset by its inverse.

    Raises
    ------
    NotFound
        There is no such changeset.
    Conflict
        It was reverted already, or later changesets changed the same features; those are named.
    """
    old = changeset(store, revision)
    if old.reverted_by is not None:
        raise Conflict(Fault(Text("history.reverted-already", revision=revision, by=old.reverted_by)))
    later: Counter[int] = Counter()
    versions: dict[tuple[str, str], int] = {}
    outside = {place for name in store.outside() for place in (each.place for each in store.outside_edits(name))}
    for change in store.each_change(revision):
        if (change.layer, change.id) in outside:
            where = {"layer": change.layer, "feature": change.id}
            raise Conflict(Fault(Text("store.outside", id=change.id), where))
        now_there = store.get(change.layer, change.id)
        if _put_back(now_there, change.after):
            versions[change.layer, change.id] = _version(now_there) or 0
        elif _version(now_there) != _version(change.after):
            later[max(each.revision for each, _ in store.feature_history(change.layer, change.id))] += 1
    if later:
        raise Conflict(
            *(Fault(Text("history.changed-later", by=by, count=later[by])) for by in sorted(later, reverse=True))
        )
    holding = Holding(old.effective, old.opening)  # so that it is undone on every day on which it held
    message = f"撤销 {revision} / revert {revision}"
    undone = (_undone(each, versions) for each in store.each_change(revision, backwards=True))
    return store.commit(Draft(author, now, message, "revert", undone, reverts=revision, holding=holding))


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
