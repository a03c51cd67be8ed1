"""Editing a plan: one edit is one durable changeset, based on a revision, done once however often it is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from geo.partition import Note
from layers.errors import Conflict, Fault
from layers.model.feature import Change, codes_of, text_of
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.plans import operations as ops
from layers.usecases.plans.mending import mend
from layers.usecases.plans.performing import Step, Unclear, step_of
from layers.usecases.plans.refreshing import refresh
from layers.usecases.plans.sources import roads_near
from layers.usecases.plans.state import CELLS, GRIDS, PlanState, key_of
from layers.usecases.plans.turns import Turn, require_draft, turn
from layers.usecases.plans.undoing import undo
from layers.usecases.plans.writing import Meaning, Writer, Written


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
        What a repair or a refresh did.
    unclear : tuple of Unclear
        Cells made anew that took ground of several grids.
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
    unclear: tuple[Unclear, ...] = ()
    replayed: bool = False


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

    with turn(store, plan_id, op, based_on, writer) as mine:
        if mine.before:
            return outcome(mine.before, mine.before.state.journal[-1].op)
        require_draft(mine.state)
        if mine.state.get("needs_repair") and not isinstance(op, ops.Repair | ops.Revert | ops.Set):
            raise Conflict(Fault(Text("plans.repair-first", plan=mine.state.id)))
        if isinstance(op, ops.Revert):
            return outcome(undo(mine, op.changeset), "revert")
        if isinstance(op, ops.Refresh):
            written, step = refresh(mine)
            return outcome(written, "refresh", step)
        step = _step(mine, op)
        name = str(op.__struct_config__.tag)
        plan = {"needs_repair": None} if step.mended else {}
        return outcome(mine.write(step, Meaning(name, Text(f"plans.op-{name}", plan=plan_id), plan)), name, step)


def _step(mine: Turn, op: ops.Operation) -> Step:
    if isinstance(op, ops.Repair):
        return mend(mine.state)
    return step_of(mine.state, op, lambda shape: roads_near(mine.store, shape, mine.state.crs))


def outcome(written: Written, op: str, step: Step | None = None) -> Outcome:
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
        moved=moved(written.changes) if step.moved is None else list(step.moved),
        notes=step.notes,
        report=step.report,
        unclear=step.unclear,
        replayed=written.replayed,
    )


def moved(changes: Iterable[Change]) -> list[tuple[str, str | None, str | None]]:
    """Return the buildings that changed their grid: code, grid before, grid after."""
    left: dict[str, str | None] = {}
    came: dict[str, str | None] = {}
    for change in changes:
        if change.layer == CELLS:
            for side, feature in ((left, change.before), (came, change.after)):
                if feature is not None:
                    grid = text_of(feature.properties, "grid")
                    side.update(dict.fromkeys(codes_of(feature.properties, "buildings"), grid))
    codes = sorted({*left, *came})
    return [(code, left.get(code), came.get(code)) for code in codes if left.get(code) != came.get(code)]
