"""Proposed posts become assignments that hold from the day on which they are taken over."""

from __future__ import annotations

import datetime as dt

from layers.model.feature import Change
from layers.proposals.kinds import Accepted, Kind, Taken
from layers.proposals.posts import READ
from layers.proposals.recording import Record, record
from layers.store.protocol import Store
from layers.usecases.plans.writing import Writer

ASSIGNMENTS = "assignments"


def accept(store: Store, taken: Taken, writer: Writer, today: dt.date) -> Accepted:
    """Write an assignment for each picked target; those of today stay as they are."""
    said = {"level": taken.summary["level"], "type": taken.summary["type"], "valid_from": today}
    layer = str(taken.summary["targets"])
    made = [
        Record(each.id, {**said, "post": each.properties["post"], "target_layer": layer, "target": each.id})
        for each in taken.parts
    ]
    return record(store, taken, made, writer)


def concerns(taken: Taken, change: Change) -> bool:
    """Say whether a change is of a picked target, or of an assignment of it or of a picked post."""
    targets, posts = {each.id for each in taken.parts}, {each.properties["post"] for each in taken.parts}
    sides = [each.properties for each in (change.before, change.after) if each is not None]
    if change.layer == ASSIGNMENTS:
        return any(each.get("target") in targets or each.get("post") in posts for each in sides)
    return change.layer == taken.summary["targets"] and any(each.get("code") in targets for each in sides)


KIND = Kind(id="assign-posts", rests_on=READ, accept=accept, into=(ASSIGNMENTS,), concerns=concerns)
