"""Undo and redo of any step of a plan: a new step with the inverse of the old one.

It is refused where later steps depend on the old one: when a cell or a record that it changed is not as it left it.
Steps that touched other cells, or were taken back themselves, do not matter, so the order of independent edits is free.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from geo.partition import Edit
from layers.errors import Conflict, Fault, NotFound
from layers.model.feature import Change, Feature, Value
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.plans.performing import Step
from layers.usecases.plans.state import (
    CELLS,
    GRIDS,
    PLANS,
    Entry,
    PlanState,
    cells_of,
    key_of,
    load,
    members_of,
    plans_of,
    remade,
)
from layers.usecases.plans.turns import Turn
from layers.usecases.plans.writing import Meaning, Written

NAMED = 5
STEPS = ("open", "submit", "withdraw", "approve")
"""What is no edit and is taken back by other means."""


def undo(mine: Turn, changeset: int) -> Written:
    """Take one step of a plan back.

    Raises
    ------
    NotFound
        The changeset is no step of this plan.
    Conflict
        It is no edit, is taken back already, or later steps changed the same cells or records; those are named.
    """
    store, state = mine.store, mine.state
    step = next((each for each in state.journal if each.changeset == changeset), None)
    if step is None:
        raise NotFound(Fault(Text("plans.no-such-step", changeset=changeset, plan=state.id)))
    if step.op in STEPS:
        raise Conflict(Fault(Text("plans.no-edit", changeset=changeset, op=Text(f"plans.did-{step.op}"))))
    by = undone(state.journal).get(changeset)
    if by is not None:
        raise Conflict(Fault(Text("plans.undone-already", changeset=changeset, by=by)))
    every = store.changes(changeset)
    changes = members_of(state.id, every)
    repair = _repair_undone(every)
    blocked = _blocked(state, changes, whole=bool(repair))
    if blocked:
        raise Conflict(*_explained(store, state, changeset, blocked))
    cells = tuple(_inverse(state.cells, each) for each in changes if each.layer == CELLS)
    # Grids that a repair found were no sums of cells, so they come back as they were drawn.
    grids = tuple(_inverse(state.grids, each) for each in changes if each.layer == GRIDS) if repair else None
    anew = remade(state.journal, step)
    inverse = Step(_edit(state, changes), _records(state, changes), cells=cells, grids=grids, border=anew)
    text = Text("plans.op-revert", plan=state.id, changeset=changeset)
    plan = {**repair, **_ground_before(every)}
    done = mine.write(inverse, Meaning("revert", text, plan, "revert", changeset))
    if not anew:
        return done
    # Other buildings are in the cells now than those that the state knew.
    plans_of(store).keep(again := load(store, state.id))
    return replace(done, state=again)


def undone(journal: Sequence[Entry]) -> dict[int, int]:
    """Return the steps that stand undone → the step that undid them; one undone and redone does not."""
    found: dict[int, int] = {}
    for step in journal:
        if step.reverts is not None:
            # Taking back what took something back brings that into force again.
            found = {old: by for old, by in found.items() if by != step.reverts}
            found[step.reverts] = step.changeset
    return found


def next_steps(journal: Sequence[Entry]) -> tuple[int | None, int | None]:
    """Return the changesets that "undo" and "redo" would take back next."""
    done: list[int] = []
    taken_back: list[int] = []
    for step in journal:
        if step.op in STEPS:
            done, taken_back = [], []
        elif step.reverts is not None and done and done[-1] == step.reverts:
            done.pop()
            taken_back.append(step.changeset)
        elif step.reverts is not None and taken_back and taken_back[-1] == step.reverts:
            taken_back.pop()
            done.append(step.changeset)
        else:
            done.append(step.changeset)
            taken_back = []
    return (done[-1] if done else None), (taken_back[-1] if taken_back else None)


def _repair_undone(changes: Iterable[Change]) -> dict[str, Value]:
    """Return what the plan's mark was, where a step changed whether it needs repair."""
    for change in changes:
        if change.layer == PLANS and change.before is not None and change.after is not None:
            before, after = (each.properties.get("needs_repair") for each in (change.before, change.after))
            return {"needs_repair": before} if before != after else {}
    return {}


def _ground_before(changes: Iterable[Change]) -> dict[str, Value]:
    """Return what the cells were made of, where a step changed that."""
    names = ("cells_revision", "cells_date")
    for change in changes:
        if change.layer == PLANS and change.before is not None and change.after is not None:
            both = (change.before, change.after)
            before, after = ({name: each.properties.get(name) for name in names} for each in both)
            return before if before != after else {}
    return {}


def _inverse(features: Mapping[str, Feature], change: Change) -> Change:
    now = features.get(key_of(change.id))
    after = change.before and replace(change.before, version=now.version if now else 0)
    return Change(change.layer, change.id, now, after)


def _edit(state: PlanState, changes: Iterable[Change]) -> Edit | None:
    """Return the partition with the cells as they were before."""
    before = {key_of(each.id): each.before for each in changes if each.layer == CELLS}
    if not before:
        return None
    return state.partition.edited(cells_of(state, before))


def _records(state: PlanState, changes: Iterable[Change]) -> dict[str, dict[str, Value] | None]:
    """Return what is to be set on the grids: only what the step had changed."""
    found: dict[str, dict[str, Value] | None] = {}
    for change in changes:
        if change.layer != GRIDS:
            continue
        if change.before is None:
            found[key_of(change.id)] = None
        elif change.after is None:
            found[key_of(change.id)] = dict(change.before.properties)
        else:
            found[key_of(change.id)] = {name: change.before.properties.get(name) for name in _set_by(change)}
    return found


def _set_by(change: Change) -> set[str]:
    """Return the fields that a change of a grid set, those left out that the store keeps."""
    assert change.before is not None and change.after is not None  # what was made or went set nothing on it
    before, after = change.before.properties, change.after.properties
    return {name for name in {*before, *after} if before.get(name) != after.get(name)} - {"updated_at"}


def _as_left(now: Feature | None, left: Feature | None) -> bool:
    """Say whether a feature is as a step left it; it may have been something else in between."""
    if now is None or left is None:
        return now is left
    one, other = (
        replace(each, properties={name: value for name, value in each.properties.items() if name != "updated_at"})
        for each in (now, left)
    )
    return one.same_content(other)


def _blocked(state: PlanState, changes: Sequence[Change], whole: bool) -> list[Change]:
    """Return the changes of a step whose cell or record is no longer as the step left it."""
    found = []
    for change in changes:
        now = (state.cells if change.layer == CELLS else state.grids).get(key_of(change.id))
        if whole or change.layer == CELLS or change.after is None or now is None:
            same = _as_left(now, change.after)
        elif change.before is None:
            # A grid that the step made goes again: nobody may have given it other cells or another record since.
            mine = {key_of(each.id) for each in changes if each.layer == CELLS}
            p, key = state.partition, key_of(change.id)
            cells = {str(each) for each in p.ids[p.rows_of(key)]} if p.holds(key) else set()
            same = cells <= mine and not _set_by(replace(change, before=now))
        else:
            same = not any(now.properties.get(name) != change.after.properties.get(name) for name in _set_by(change))
        if not same:
            found.append(change)
    return found


def _called(step: Entry | None) -> Text | str:
    return "—" if step is None else Text(f"plans.did-{step.op}")


def _explained(store: Store, state: PlanState, changeset: int, blocked: Sequence[Change]) -> list[Fault]:
    """Name the later steps that changed the same things."""
    later: Counter[int] = Counter()
    for change in blocked[:200]:
        later.update(
            each.revision for each, _ in store.feature_history(change.layer, change.id) if each.revision > changeset
        )
    if not later:  # nothing of it changed but what depends on it
        keys = [key_of(each.id) for each in blocked[:NAMED]]
        return [Fault(Text("plans.depends", changeset=changeset, members=keys))]
    steps = {each.changeset: each for each in state.journal}
    return [
        Fault(Text("plans.changed-later", by=by, op=_called(steps.get(by)), count=later[by]))
        for by in sorted(later, reverse=True)[:NAMED]
    ]
