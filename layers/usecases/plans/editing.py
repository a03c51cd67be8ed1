"""Editing a plan: one edit is one durable changeset, based on a revision, done once however often it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import shapely

from geo.partition import Note
from layers.errors import Conflict, Fault, GridmapError, StaleRevision
from layers.model.feature import Change
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases import history
from layers.usecases.plans import operations as ops
from layers.usecases.plans.mending import mend
from layers.usecases.plans.performing import Step, step_of
from layers.usecases.plans.shapes import Area, Line, area_of, line_of, point_of
from layers.usecases.plans.sources import roads_near
from layers.usecases.plans.state import CELLS, GRIDS, Entry, PlanState, key_of, load, members_of, plans_of
from layers.usecases.plans.undoing import undo
from layers.usecases.plans.writing import Meaning, Writer, Written, write

TOLD_STEPS = 50


@dataclass(frozen=True)
class Outcome:
    """What an edit did.

    Attributes
    ----------
    state : PlanState
        The plan after it.
    changeset : int
    op : str
    grids, cells : list of str
        Keys of what is new or changed.
    removed_grids, removed_cells : list of str
    moved : list of (building, grid before, grid after)
    notes : tuple of Note
    report : tuple of Text
        What a repair did.
    replayed : bool
        It was done before, under the same key.
    """

    state: PlanState
    changeset: int
    op: str
    grids: list[str]
    cells: list[str]
    removed_grids: list[str]
    removed_cells: list[str]
    moved: list[tuple[str, str | None, str | None]]
    notes: tuple[Note, ...] = ()
    report: tuple[Text, ...] = ()
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Since:
    """One thing that happened to a plan since the revision that an edit was based on."""

    entry: Entry
    grids: list[str]
    same_cells: bool


class PlanStale(StaleRevision):
    """The plan went on in the meantime; `since` says how."""

    def __init__(self, *faults: Fault | Text, since: Sequence[Since] = ()) -> None:
        super().__init__(*faults)
        self.since = list(since)


def edit(store: Store, plan_id: str, op: ops.Operation, based_on: int, writer: Writer) -> Outcome:
    """Do one edit on a draft.

    Parameters
    ----------
    based_on : int
        The plan's revision that the edit was made on.
    writer : Writer
        With a key, the same edit sent again is answered again and not done twice.

    Raises
    ------
    PlanStale
        The plan is at another revision.
    Conflict
        The plan is no draft; the key was used for another edit; later edits depend on what is to be undone.
    NotFound, InvalidParameter, TopologyDefects
        See `performing.step_of`.
    """
    plans = plans_of(store)
    digest = hashlib.sha256(msgspec.json.encode(op)).hexdigest()[:32]
    writer = Writer(writer.author, writer.now, writer.key, digest if writer.key else None)
    with plans.lock(plan_id):
        state = plans.current(plan_id)
        done = repeated(state, writer)
        if done is not None:
            return _again(store, state, done)
        check_base(store, state, based_on, op)
        require_draft(state)
        if state.get("needs_repair") and not isinstance(op, ops.Repair | ops.Revert | ops.Set):
            raise Conflict(Fault(Text("plans.repair-first", plan=state.id)))
        try:
            return _do(store, state, op, writer)
        except StaleRevision:
            check_base(store, plans.current(plan_id), based_on, op)
            raise


def _do(store: Store, state: PlanState, op: ops.Operation, writer: Writer) -> Outcome:
    if isinstance(op, ops.Revert):
        return outcome(undo(store, state, op.changeset, writer), "revert")
    if isinstance(op, ops.Repair):
        step = mend(state)
    else:
        step = step_of(state, op, lambda shape: roads_near(store, shape, state.crs))
    name = op.__struct_config__.tag
    plan = {"needs_repair": None} if step.mended else {}
    meaning = Meaning(name, Text(f"plans.op-{name}", plan=state.id), plan)
    return outcome(write(store, state, step, meaning, writer), name, step)


def outcome(written: Written, op: str, step: Step | None = None, replayed: bool = False) -> Outcome:
    """Return what a changeset meant for a plan."""
    kept: dict[str, list[str]] = {GRIDS: [], CELLS: []}
    gone: dict[str, list[str]] = {GRIDS: [], CELLS: []}
    for each in written.changes:
        (gone if each.after is None else kept)[each.layer].append(key_of(each.id))
    step = step or Step()
    return Outcome(
        state=written.state,
        changeset=written.changeset.revision,
        op=op,
        grids=kept[GRIDS],
        cells=kept[CELLS],
        removed_grids=gone[GRIDS],
        removed_cells=gone[CELLS],
        moved=moved(written.changes),
        notes=step.notes,
        report=step.report,
        replayed=replayed,
    )


def moved(changes: Iterable[Change]) -> list[tuple[str, str | None, str | None]]:
    """Return the buildings that changed their grid: code, grid before, grid after."""
    left: dict[str, str | None] = {}
    came: dict[str, str | None] = {}
    for change in changes:
        if change.layer == CELLS:
            for side, feature in ((left, change.before), (came, change.after)):
                if feature is not None:
                    grid = feature.properties.get("grid")
                    side.update(dict.fromkeys(feature.properties.get("buildings", ()), grid))
    codes = sorted({*left, *came})
    return [(code, left.get(code), came.get(code)) for code in codes if left.get(code) != came.get(code)]


def repeated(state: PlanState, writer: Writer) -> Entry | None:
    """Return the step that this very edit was already; Conflict where its key stands for another edit."""
    if writer.key is None:
        return None
    for step in reversed(state.journal):
        if step.key == writer.key:
            if step.digest != writer.digest:
                text = Text("plans.key-used", given=writer.key, revision=step.revision)
                raise Conflict(Fault(text, {"parameter": "Idempotency-Key"}))
            return step
    return None


def _again(store: Store, state: PlanState, step: Entry) -> Outcome:
    """Answer an edit that was done before as it was answered then."""
    then = state if state.revision == step.revision else load(store, state.id, step.changeset)
    changes = members_of(state.id, store.changes(step.changeset))
    return outcome(Written(then, history.changeset(store, step.changeset), changes), step.op, replayed=True)


def check_base(store: Store, state: PlanState, based_on: int, op: ops.Operation | None = None) -> None:
    """Refuse a write that rests on another revision than the plan's, and say what happened since."""
    if based_on == state.revision:
        return
    if based_on > state.revision:
        raise PlanStale(Fault(Text("plans.never-was", given=based_on, now=state.revision)))
    steps = [each for each in state.journal if each.revision > based_on][-TOLD_STEPS:]
    wanted = concerned(state, op) if op is not None else set()
    since = []
    for step in steps:
        touched = plans_of(store).touched(state.id, step.changeset)
        since.append(Since(step, touched.grids, not wanted.isdisjoint(touched.cells)))
    text = Text("plans.stale", given=based_on, now=state.revision, count=state.revision - based_on)
    raise PlanStale(Fault(text, {"parameter": "If-Match", "value": str(based_on)}), since=since)


def concerned(state: PlanState, op: ops.Operation) -> set[str]:
    """Return the cells that an edit is about: those it names, those of the grids it names, those its shapes touch."""
    p = state.partition
    found = set(getattr(op, "units", None) or ())
    named = {getattr(op, "grid", None), getattr(op, "into", None), *(getattr(op, "grids", None) or ())} - {None}
    if named and not found:
        found.update(p.ids[np.isin(p.part, list(named))])
    for shape in _shapes(state, op):
        found.update(p.ids[p.near(shape)])
    return found


def _shapes(state: PlanState, op: ops.Operation) -> list[shapely.Geometry]:
    try:
        return [
            area_of(given, state.crs) if isinstance(given, Area) else line_of(given, state.crs)
            for name in ("polygon", "line")
            if isinstance(given := getattr(op, name, None), Area | Line)
        ] + [shapely.Point(point_of(getattr(op, name), state.crs)) for name in ("from_", "to") if hasattr(op, name)]
    except GridmapError:
        return []  # its own refusal comes when it is tried on the present plan


def require_draft(state: PlanState) -> None:
    """Refuse to edit a plan that is not a draft."""
    if state.get("state") != "draft":
        raise Conflict(Fault(Text(f"plans.not-draft-{state.get('state')}", plan=state.id)))
