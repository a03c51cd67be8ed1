"""Undo: a changeset is reverted by a new one that holds its inverse."""

from __future__ import annotations

import datetime as dt

from layers.errors import Conflict, Fault, NotFound
from layers.model.feature import Feature
from layers.store.protocol import Changeset, Draft, Store
from layers.text import Text

SHOWN = 20


def changeset(store: Store, revision: int) -> Changeset:
    """Return a changeset; NotFound where there is none."""
    found = store.changeset(revision)
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
        It was reverted already, or later changesets changed the same features; they are named.
    """
    old = changeset(store, revision)
    if old.reverted_by is not None:
        raise Conflict(Fault(Text("history.reverted-already", revision=revision, by=old.reverted_by)))
    changes, faults = [], []
    for change in store.changes(revision):
        current = store.get(change.layer, change.id)
        if _version(current) != _version(change.after):
            by = max((each.revision for each, _ in store.feature_history(change.layer, change.id)), default=0)
            where = {"layer": change.layer, "feature": change.id}
            faults.append(Fault(Text("history.changed-later", by=by), where))
        changes.append(change.inverse())
    if faults:
        rest = len(faults) - SHOWN
        more = [Fault(Text("history.more", count=rest))] if rest > 0 else []
        raise Conflict(*faults[:SHOWN], *more)
    message = f"撤销 {revision} / revert {revision}"
    return store.commit(Draft(author, now, message, "revert", reversed(changes), reverts=revision))


def _version(feature: Feature | None) -> int | None:
    return None if feature is None else feature.version
