"""From a worked-out edit to one durable changeset, and to the plan as it is then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from pyproj import CRS

from geo.partition import Cell, Edit, Partition, is_sound
from geo.partition import Change as CellChange
from geo.shapes import simplest
from geo.tessellation import bordered
from layers import clock
from layers.errors import Conflict, Fault, StaleRevision
from layers.model.feature import Change, Feature, Value
from layers.store.protocol import Changeset, Draft, Query, Store
from layers.text import Text
from layers.usecases.plans.performing import Step
from layers.usecases.plans.shapes import Located
from layers.usecases.plans.sources import lonlat
from layers.usecases.plans.state import CELLS, GRIDS, PLANS, PlanState, advanced, cells_of, entry, key_of, plans_of


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, when, and what tells this edit from its repetition."""

    author: str
    now: dt.datetime
    key: str | None = None
    digest: str | None = None

    @property
    def day(self) -> dt.date:
        """The day on which it is written, where it is written."""
        return clock.day_of(self.now)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a changeset of a plan is called, and what it sets on the plan itself."""

    op: str
    text: Text
    plan: Mapping[str, Value]
    kind: str = "edit"
    reverts: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A plan after a changeset, and what that changed of its grids and cells; whether it was done before."""

    state: PlanState
    changeset: Changeset
    changes: list[Change]
    replayed: bool = False


def write(store: Store, state: PlanState, step: Step, meaning: Meaning, writer: Writer) -> Written:
    """Write an edit as one changeset and return the plan after it.

    Raises
    ------
    StaleRevision
        Another process was faster; nothing was written.
    Located
        Rounding would break the partition; nothing was written.
    """
    given = step.cells
    cells = list(given) if given is not None else cell_changes(state, step.edit.delta.changes if step.edit else {})
    partition = _as_stored(state, step, cells)
    if step.grids is not None:
        grids = list(step.grids)
    else:
        parts = step.edit.delta.parts() if step.edit else ()
        grids = grid_changes(state, partition, parts, step.records)
    return commit(store, state, [*cells, *grids], meaning, writer, partition)


def _as_stored(state: PlanState, step: Step, cells: Sequence[Change]) -> Partition:
    """Return the next partition with its cells as they will be read again; Located where rounding breaks it."""
    after = cells_of(state, {key_of(each.id): each.after for each in cells})
    if step.cells is None and not after:
        return state.partition
    edit = step.edit
    if step.cells is None and edit and all(_proven(edit, key, cell) for key, cell in after.items()):
        return edit.partition
    partition = state.partition.edited(after).partition
    if step.border:
        partition = bordered(partition)
    touched = [key_of(each.id) for each in cells if each.after and not _same_place(each)]
    if touched and not is_sound(partition, touched):
        raise Located(Text("plans.cannot-unsound", members=touched[:5]))
    return partition


def _proven(edit: Edit, key: str, cell: Cell | None) -> bool:
    """Say whether rounding leaves a cell as the edit made it, which has seen that it fits."""
    made = edit.delta.changes[key].after
    if made is None or cell is None:
        return made is cell
    return made.geometry is cell.geometry or made.geometry.equals_exact(cell.geometry, 0.0)


def commit(
    store: Store,
    state: PlanState,
    changes: Sequence[Change],
    meaning: Meaning,
    writer: Writer,
    partition: Partition | None = None,
) -> Written:
    """Write changes with the plan's own, whose version is the lock between processes."""
    given = {"op": meaning.op, "edit_key": writer.key, "edit_digest": writer.digest, **meaning.plan}
    after = Feature(state.id, None, {**state.plan.properties, **given}, state.plan.version)
    plan = Change(PLANS, state.id, state.plan, after)
    draft = Draft(
        writer.author, writer.now, meaning.text.in_both(), meaning.kind, [plan, *changes], reverts=meaning.reverts
    )
    try:
        done = store.commit(draft)
    except (StaleRevision, Conflict) as error:
        now = store.get(PLANS, state.id)
        if now is not None and now.version == state.plan.version:
            raise
        raise StaleRevision(Fault(Text("plans.overtaken", plan=state.id))) from error
    now_written = replace(after, version=after.version + 1)
    written = Change(PLANS, state.id, state.plan, now_written)
    members = stored(store, [each for each in changes if each.layer in (GRIDS, CELLS)], brought_back=meaning.reverts)
    state = advanced(state, done.revision, now_written, members, [entry(done, written)], partition=partition)
    plans_of(store).keep(state)
    return Written(state, done, members)


def stored(store: Store, changes: Sequence[Change], brought_back: int | None) -> list[Change]:
    """Return changes with the versions that the store has given them."""
    found = [
        each if each.after is None else replace(each, after=replace(each.after, version=_version(each)))
        for each in changes
    ]
    if brought_back is None:
        return found
    # One that comes back goes on from its last version, which only the store knows.
    for layer in (GRIDS, CELLS):
        ids = tuple(each.id for each in found if each.layer == layer and each.before is None)
        back = {each.id: each for each in store.page(layer, Query(ids=ids), len(ids)).features} if ids else {}
        found = [
            replace(each, after=back[each.id]) if each.id in back and each.layer == layer else each for each in found
        ]
    return found


def cell_changes(state: PlanState, changes: Mapping[str, CellChange]) -> list[Change]:
    """Return what becomes of the features of cells."""
    reshaped = {
        key: change.after.geometry
        for key, change in changes.items()
        if change.after and (change.before is None or change.before.geometry is not change.after.geometry)
    }
    shapes = lonlat(np.array(list(reshaped.values()), dtype=object), state.crs)
    placed = dict(zip(reshaped, shapes, strict=True))
    found = []
    for key, change in changes.items():
        id, before = state.feature_id(key), state.cells.get(key)
        if change.after is None:
            found.append(Change(CELLS, id, before, None))
            continue
        old = before or (None if change.origin is None else state.cells.get(change.origin))
        given = {**(old.properties if old else {}), "code": id, "plan_code": state.id, "grid": change.after.part}
        if key in placed:
            given["buildings"] = tuple(state.buildings.codes[each] for each in change.after.footprints)
        shape = placed.get(key, before.geometry if before else None)
        found.append(Change(CELLS, id, before, Feature(id, shape, given, before.version if before else 0)))
    return found


def grid_changes(
    state: PlanState, p: Partition, parts: Sequence[str], records: Mapping[str, Mapping[str, Value] | None]
) -> list[Change]:
    """Return what becomes of the features of grids: a shape made of their cells, and what is set on them."""
    keys = list(dict.fromkeys((*parts, *records)))
    reshaped = [key for key in keys if key in parts and p.holds(key)]
    shapes = outlines([p.shape(key) for key in reshaped], state.crs)
    placed = dict(zip(reshaped, shapes, strict=True))
    found = []
    for key in keys:
        id, before, given = state.feature_id(key), state.grids.get(key), records.get(key, {})
        if given is None:
            found.append(Change(GRIDS, id, before, None))
            continue
        old = before.properties if before else {"code": id, "plan_code": state.id}
        shape = placed.get(key) if key in parts else before.geometry if before else None
        after = Feature(id, shape, {**old, **given}, before.version if before else 0)
        if before is None or not after.same_content(before):
            found.append(Change(GRIDS, id, before, after))
    return found


def outlines(shapes: Sequence[shapely.Geometry], crs: CRS) -> np.ndarray:
    """Return metric shapes as grids are stored; the same cells give the same outline, however they came together."""
    flat = np.empty(len(shapes), dtype=object)
    flat[:] = shapes
    return simplest(shapely.normalize(lonlat(flat, crs)))


def _version(change: Change) -> int:
    return 1 if change.before is None else change.before.version + 1


def _same_place(change: Change) -> bool:
    before, after = change.before, change.after
    return before is not None and after is not None and before.geometry is after.geometry
