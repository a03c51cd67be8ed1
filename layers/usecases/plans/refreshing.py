"""A draft's cells made anew where buildings, streets or the community's boundary have changed since they were made.

Only the blocks that a change touches; every other cell keeps its id, its grid and its outline.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from geo.partition import PartitionError
from geo.tessellation import Ground, Renewal, renewed
from layers.errors import Conflict, Fault
from layers.model.feature import Change, Feature, Value, codes_of
from layers.text import Text
from layers.usecases.plans import sources
from layers.usecases.plans.drifting import Drift, Present, present
from layers.usecases.plans.performing import Step, Unclear, names, refusal
from layers.usecases.plans.state import CELLS, PlanState
from layers.usecases.plans.turns import Turn
from layers.usecases.plans.writing import Meaning, Written

MOST_TOLD = 50


def refresh(mine: Turn) -> tuple[Written, Step]:
    """Make the cells of the blocks anew that changes touch, as one step of the plan.

    Raises
    ------
    Conflict
        Nothing has changed since the cells were made; the community has no boundary.
    NotFound
        The community is gone.
    Located
        The blocks cannot be divided so that all fits; nothing was written.
    """
    at = mine.store.revision()  # asked first: what changes meanwhile is found next time
    found = present(mine.store, mine.state, mine.writer.day)
    if not found.drift:
        raise Conflict(Fault(Text("refresh.nothing", plan=mine.state.id)))
    state, stirred = _on(mine.state, found)
    try:
        settle = partial(sources.settled, crs=state.crs)
        done = renewed(state.partition, _blocks(state), stirred, _ground(state, found), settle, names(state))
    except PartitionError as error:
        raise refusal(state, error) from error
    changes = _cells(state, done)
    step = Step(
        edit=state.partition.edited(done.after),
        cells=tuple(changes),
        report=tuple(_report(state, found.drift, done, changes)),
        unclear=tuple(Unclear(*each) for each in done.unclear),
        border=found.drift.boundary,
    )
    text = Text("plans.op-refresh", plan=state.id)
    plan: dict[str, Value] = {"cells_revision": at, "cells_date": mine.writer.day}
    return replace(mine, state=state).write(step, Meaning("refresh", text, plan)), step


def _on(state: PlanState, found: Present) -> tuple[PlanState, np.ndarray]:
    """Return a plan with the buildings as they are now, those to be placed in no cell, and the cells they left."""
    p, codes = state.partition, found.buildings.codes
    moved, gone = set(found.drift.moved), set(found.drift.removed)
    home: dict[str, int] = {}
    stirred = []
    for row, key in enumerate(p.ids):
        for code in codes_of(state.cells[key].properties, "buildings"):
            if code in moved or code in gone:
                stirred.append(row)
            else:
                home[code] = row
    cell_of = np.array([home.get(code, -1) for code in codes], dtype=np.int64)
    partition = replace(p, footprints=found.buildings.footprints, cell_of=cell_of)
    return replace(state, buildings=found.buildings, partition=partition), np.array(stirred, dtype=np.int64)


def _blocks(state: PlanState) -> np.ndarray:
    numbers = [state.cells[key].properties.get("block") for key in state.partition.ids]
    return np.array([-1 if each is None else each for each in numbers], dtype=np.int64)


def _ground(state: PlanState, found: Present) -> Ground:
    before, now = (sources.as_lines(each, state.crs) for each in (found.before, found.barriers))
    if not found.drift.boundary:
        return Ground(None, before, now)
    return Ground(sources.boundary_of(found.community, state.crs), before, now)


def _cells(state: PlanState, done: Renewal) -> list[Change]:
    """Return what becomes of the features of cells."""
    there = dict(zip(state.partition.ids, state.partition.cells, strict=True))
    shapes = {key: cell.geometry for key, cell in done.after.items() if cell and cell.geometry is not there.get(key)}
    placed = dict(zip(shapes, sources.lonlat(sources.objects(list(shapes.values())), state.crs), strict=True))
    found = []
    for key, cell in done.after.items():
        id, before = state.feature_id(key), state.cells.get(key)
        if cell is None:
            found.append(Change(CELLS, id, before, None))
            continue
        new = {"code": id, "plan_code": state.id, "source": state.text("source")}
        given: dict[str, Value] = dict(before.properties if before else new)
        given |= {"grid": cell.part, "buildings": tuple(state.buildings.codes[each] for each in cell.footprints)}
        if key in done.block:
            given["block"] = done.block[key]
        shape = placed[key] if before is None else placed.get(key, before.geometry)
        after = Feature(id, shape, given, before.version if before else 0)
        if before is None or not after.same_content(before):
            found.append(Change(CELLS, id, before, after))
    return found


def _report(state: PlanState, drift: Drift, done: Renewal, changes: list[Change]) -> list[Text]:
    """Say what had changed, what was made anew, and which cells somebody should look at."""
    counts = {op: sum(each.op == op for each in changes) for op in ("create", "delete", "update")}
    told = [*drift.texts, Text("refresh.made", blocks=done.blocks, **counts)]
    for each in done.unclear[:MOST_TOLD]:
        if each.part is None:
            told.append(Text("refresh.unclear-none", cell=each.cell))
        else:
            name = str(state.grids[each.part].properties.get("name") or each.part)
            told.append(Text("refresh.unclear", cell=each.cell, grid=name, percent=round(100 * each.share)))
    if len(done.unclear) > MOST_TOLD:
        told.append(Text("refresh.unclear-more", count=len(done.unclear) - MOST_TOLD))
    return told
