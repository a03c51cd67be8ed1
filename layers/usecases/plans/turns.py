"""Taking a turn at a plan: on its present revision, one at a time, and once however often it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import shapely

from layers.errors import Conflict, Fault, GridmapError, StaleRevision
from layers.model.feature import Change
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases import history
from layers.usecases.plans import operations as ops
from layers.usecases.plans.performing import Step
from layers.usecases.plans.shapes import Area, Line, area_of, line_of, point_of
from layers.usecases.plans.state import Entry, PlanState, load, members_of, plans_of
from layers.usecases.plans.writing import Meaning, Writer, Written, commit, write

TOLD_STEPS = 50


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


@dataclass(frozen=True, slots=True)
class Turn:
    """A plan in the hands of one writer.

    Attributes
    ----------
    store : Store
    state : PlanState
        The plan as it is now.
    writer : Writer
    before : Written or None
        What this very request has done already; then there is nothing left to do. Its changes are those of the plan's
        grids and cells.
    """

    store: Store
    state: PlanState
    writer: Writer
    before: Written | None = None

    def write(self, step: Step, meaning: Meaning) -> Written:
        """Write an edit as one changeset; see `writing.write`."""
        return write(self.store, self.state, step, meaning, self.writer)

    def commit(self, changes: Sequence[Change], meaning: Meaning) -> Written:
        """Write changes as one changeset; see `writing.commit`."""
        return commit(self.store, self.state, changes, meaning, self.writer)


@contextmanager
def turn(
    store: Store, plan_id: str, asked: ops.Operation | Sequence[object], based_on: int, writer: Writer
) -> Iterator[Turn]:
    """Hold a plan while one thing is done to it; who does it asks first whether it was done `before`.

    Parameters
    ----------
    asked : an edit, or what else tells one request from another
    based_on : int
        The plan's revision that it rests on.

    Raises
    ------
    PlanStale
        The plan is at another revision, now or when it is written.
    Conflict
        The key stands for something else.
    """
    plans, op = plans_of(store), asked if isinstance(asked, ops.Operation) else None
    writer = replace(writer, digest=digest_of(asked) if writer.key else None)
    with plans.lock(plan_id):
        state = plans.current(plan_id)
        step = repeated(state, writer)
        if step is not None:
            yield Turn(store, state, writer, as_it_was(store, state, step))
            return
        check_base(store, state, based_on, op)
        try:
            yield Turn(store, state, writer)
        except StaleRevision:
            check_base(store, plans.current(plan_id), based_on, op)
            raise


def digest_of(asked: ops.Operation | Sequence[object]) -> str:
    """Return what tells a request from another one under the same key."""
    return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:32]


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


def as_it_was(store: Store, state: PlanState, step: Entry) -> Written:
    """Return a step as it was when it was done."""
    then = state if state.revision == step.revision else load(store, state.id, step.changeset)
    changes = members_of(state.id, store.changes(step.changeset))
    return Written(then, history.changeset(store, step.changeset), changes, replayed=True)


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
