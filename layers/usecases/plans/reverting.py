"""Undo of any changeset of the workspace: a step of a plan goes the plan's own way, everything else is inverted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from layers.errors import Conflict, Fault
from layers.store.protocol import Changeset, Store
from layers.text import Text
from layers.usecases import history
from layers.usecases.plans import operations as ops
from layers.usecases.plans.editing import edit
from layers.usecases.plans.state import PLANS, plans_of
from layers.usecases.plans.undoing import STEPS
from layers.usecases.plans.writing import Writer

WHOLE = ("open", "approve")
"""Steps that are undone by their inverse, as long as nothing came after: the plan is gone, or handed in as before."""


def revert(store: Store, revision: int, author: str, now: dt.datetime, sparing: bool = False) -> Changeset:
    """Undo a changeset; of one that is no step of a plan `sparing` leaves what others changed since as it is.

    Raises
    ------
    NotFound
        There is no such changeset.
    Conflict
        It was reverted already; later changesets depend on it, and are named; it handed a plan in or withdrew it,
        which is taken back by the opposite.
    """
    found = history.changeset(store, revision)
    changes = store.each_change(revision) if PLANS in found.counts else ()
    plans = [each for each in changes if each.layer == PLANS]
    step = next((each.after.properties.get("op") for each in plans if each.after is not None), None)
    if len(plans) != 1 or step is None or step in WHOLE:
        return history.revert(store, revision, author, now, sparing)
    if step in STEPS:
        raise Conflict(Fault(Text("plans.no-edit", changeset=revision, op=Text(f"plans.did-{step}"))))
    plan_id = plans[0].id
    based_on = plans_of(store).current(plan_id).revision
    done = edit(store, plan_id, ops.Revert(changeset=revision), based_on, Writer(author, now))
    return history.changeset(store, done.changeset)


@dataclass(frozen=True, slots=True)
class Refused:
    """Changesets that `revert` refuses for what they are, by revision.

    `handed` handed a plan in or withdrew it, which the opposite takes back; `closed` are edits of plans that are no
    drafts now.
    """

    handed: frozenset[int]
    closed: frozenset[int]


def refused(store: Store, changesets: Iterable[Changeset]) -> Refused:
    """Say which of some changesets nobody need be offered to undo as their plans stand."""
    steps: dict[int, tuple[str, object]] = {}
    handed, closed = set(), set()
    drafts: dict[str, bool] = {}
    for each in changesets:
        if sum(each.counts.get(PLANS, {}).values()) != 1:
            continue
        if each.revision not in steps:
            id = next(change.id for change in store.each_change(each.revision) if change.layer == PLANS)
            past = store.feature_history(PLANS, id)
            steps |= {of.revision: (id, change.after.properties.get("op")) for of, change in past if change.after}
            now = store.get(PLANS, id)
            drafts[id] = now is not None and now.properties["state"] == "draft"
        id, step = steps.get(each.revision, ("", None))
        if step in STEPS and step not in WHOLE:
            handed.add(each.revision)
        elif step is not None and step not in WHOLE and not drafts[id]:
            closed.add(each.revision)
    return Refused(frozenset(handed), frozenset(closed))
