"""What each edit does to a plan: the next partition, and what becomes of the grids' records; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import singledispatch
from typing import NamedTuple

import numpy as np
import shapely

from geo.partition import Defect, Edit, Kind, Name, Note, PartitionError, edits
from layers.catalogue import catalogue
from layers.errors import Conflict, Fault, GridmapError, InvalidParameter, NotFound
from layers.model.feature import Change, Value
from layers.text import Text
from layers.usecases.plans import operations as ops
from layers.usecases.plans.shapes import Located, area_of, line_of, point_of
from layers.usecases.plans.sources import settled
from layers.usecases.plans.state import GRIDS, PlanState

Streets = Callable[[shapely.Geometry], np.ndarray]
"""Gives the streets around a shape, in metres."""

MISSING = ("unknown-cell", "unknown-part")
IN_THE_WAY = ("part-exists", "same-part", "nothing-to-do")
KIND_OF_REASON: dict[str, Kind] = {
    "outside": "spill",
    "cuts-building": "cut",
    "folds": "overlap",
    "too-small": "sliver",
}


class Unclear(NamedTuple):
    """A cell made anew whose ground was of several grids: the grid that it went to, and the share that this had."""

    cell: str
    grid: str | None
    share: float


@dataclass(frozen=True)
class Step:
    """What an edit will do.

    Attributes
    ----------
    edit : Edit or None
        Of the partition; None where only records change.
    records : mapping of key to properties
        What is set on a grid, new or old; None where the grid goes.
    report : tuple of Text
        What a repair did.
    mended : bool
        Whether the plan is a partition from now on.
    cells, grids : tuple of Change, optional
        What is written, where it is known already and does not follow from the rest.
    unclear : tuple of Unclear
        Which cells somebody should look at.
    border : bool
        Whether the cells fill another boundary from now on.
    moved : tuple of (building, grid before, grid after), optional
        The buildings that change their grid, where that doesn't follow from the cells.
    """

    edit: Edit | None = None
    records: Mapping[str, Mapping[str, Value] | None] = field(default_factory=dict)
    report: tuple[Text, ...] = ()
    mended: bool = False
    cells: tuple[Change, ...] | None = None
    grids: tuple[Change, ...] | None = None
    unclear: tuple[Unclear, ...] = ()
    border: bool = False
    moved: tuple[tuple[str, str | None, str | None], ...] | None = None

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the partition did beside what was asked for."""
        return self.edit.notes if self.edit else ()


def step_of(state: PlanState, op: ops.Operation, streets: Streets) -> Step:
    """Work an edit out.

    Raises
    ------
    NotFound
        A cell or grid that the plan has not.
    Located
        The geometry cannot be used or would break the partition; the defects say where.
    Conflict, InvalidParameter
    """
    try:
        return _step(op, state, streets)
    except PartitionError as error:
        raise refusal(state, error) from error


def refusal(state: PlanState, error: PartitionError) -> GridmapError:
    """Say why a partition cannot be edited so, and where."""
    members = [str(each) for each in error.members[:20]]
    if error.reason == "cuts-building":
        members = [state.buildings.codes[int(each)] for each in error.members[:20]]
    if error.reason == "stale":
        return Conflict(Fault(Text("plans.cannot-stale", members=members)))
    text = Text(f"plans.cannot-{error.reason}", members=members or ["—"])
    if error.reason in MISSING:
        return NotFound(Fault(text))
    if error.reason in IN_THE_WAY:
        return Conflict(Fault(text))
    if error.reason == "not-finite":
        return InvalidParameter(Fault(text))
    kind: Kind = KIND_OF_REASON.get(error.reason, "invalid")
    where = [Defect(kind, error.geometry, (), 0.0, detail=error.reason)] if error.geometry is not None else []
    return Located(Fault(text), defects=where, grids=tuple(each for each in members if each in state.grids))


def names(state: PlanState) -> Name:
    """Return what names new cells: by the revision that the edit will make, so that no name is used twice."""
    made = iter(range(1, 10_000_000))
    return lambda count: [f"c{state.revision + 1}-{next(made)}" for _ in range(count)]


def new_key(state: PlanState) -> str:
    """Return the key of the grid that an edit makes."""
    return f"g{state.revision + 1}"


def grid_called(state: PlanState, key: str) -> Mapping[str, Value]:
    """Return the record of a grid of the plan; NotFound where there is none."""
    if key not in state.grids:
        text = Text("plans.no-such-grid", grid=key, known=list(state.grids)[:20])
        raise NotFound(Fault(text, {"parameter": "grid", "value": key}))
    return state.grids[key].properties


@singledispatch
def _step(op: object, state: PlanState, streets: Streets) -> Step:
    raise TypeError(type(op).__name__)


@_step.register
def _create(op: ops.Create, state: PlanState, streets: Streets) -> Step:
    if (op.units is None) == (op.polygon is None):
        raise InvalidParameter(Fault(Text("plans.units-or-polygon"), {"parameter": "units"}))
    key = new_key(state)
    if op.units is not None:
        edit = edits.assign(state.partition, op.units, key)
    else:
        assert op.polygon is not None  # as there is one of the two
        edit = edits.draw(state.partition, key, area_of(op.polygon, state.crs), names(state))
    return Step(edit, {key: {"name": op.name, "kind": _kind(op.kind) or "basic"}})


@_step.register
def _assign(op: ops.Assign, state: PlanState, streets: Streets) -> Step:
    if op.grid is not None:
        grid_called(state, op.grid)
    return Step(edits.assign(state.partition, op.units, op.grid))


@_step.register
def _split(op: ops.Split, state: PlanState, streets: Streets) -> Step:
    old = _with_cells(state, op.grid)
    line, key = line_of(op.line, state.crs), new_key(state)
    snap_to = streets(line) if op.snap else None
    edit = edits.split(state.partition, op.grid, line, key, names(state), snap_to)
    return Step(edit, {key: {"name": op.name, "kind": old.get("kind")}})


@_step.register
def _merge(op: ops.Merge, state: PlanState, streets: Streets) -> Step:
    keys = list(dict.fromkeys(op.grids))
    into = op.into or keys[0]
    for key in (*keys, into):
        grid_called(state, key)
    if into not in keys or len(keys) < 2:
        raise InvalidParameter(Fault(Text("plans.merge-into"), {"parameter": "into", "value": into}))
    edit: Edit | None
    used = set(state.partition.parts())
    held = [key for key in keys if key in used]
    if len(held) > 1:
        edit = edits.merge(state.partition, held, into)
    else:
        edit = edits.retire(state.partition, held[0], into) if held and held[0] != into else None
    return Step(edit, {key: None for key in keys if key != into})


@_step.register
def _move_vertex(op: ops.MoveVertex, state: PlanState, streets: Streets) -> Step:
    # Where it is going to be stored, so that what is seen to fit is what will be read again.
    (to,) = settled([shapely.Point(point_of(op.to, state.crs))], state.crs)
    from_ = point_of(op.from_, state.crs)
    return Step(edits.move_vertex(state.partition, from_, (to.x, to.y), op.tolerance_m))


@_step.register
def _reshape(op: ops.Reshape, state: PlanState, streets: Streets) -> Step:
    _with_cells(state, op.grid)
    line = line_of(op.line, state.crs)
    snap_to = streets(line) if op.snap else None
    return Step(edits.reshape(state.partition, op.grid, line, names(state), snap_to))


@_step.register
def _draw(op: ops.Draw, state: PlanState, streets: Streets) -> Step:
    grid_called(state, op.grid)
    return Step(edits.draw(state.partition, op.grid, area_of(op.polygon, state.crs), names(state)))


@_step.register
def _retire(op: ops.Retire, state: PlanState, streets: Streets) -> Step:
    grid_called(state, op.grid)
    p = state.partition
    if op.into is not None:
        grid_called(state, op.into)
    if op.into == op.grid:
        raise InvalidParameter(Fault(Text("plans.retire-into-itself"), {"parameter": "into", "value": op.grid}))
    if not p.holds(op.grid):
        return Step(None, {op.grid: None})
    rows = p.rows_of(op.grid)
    inside = np.append(np.isin(np.arange(len(p.ids)), rows), False)
    homes = int(inside[p.cell_of].sum())
    if op.into is None and homes:
        shape = p.shape(op.grid)
        text = Text("plans.retire-with-buildings", grid=op.grid, count=homes)
        raise Located(Fault(text), defects=[Defect("gap", shape, (), shape.area)], grids=(op.grid,))
    if op.into is not None and not p.holds(op.into):
        return Step(edits.assign(p, p.ids[rows], op.into), {op.grid: None})  # into one that has no cells yet
    return Step(edits.retire(p, op.grid, op.into), {op.grid: None})


@_step.register
def _set(op: ops.Set, state: PlanState, streets: Streets) -> Step:
    grid_called(state, op.grid)
    given = op.properties.given()
    if not given:
        raise InvalidParameter(Fault(Text("plans.nothing-set"), {"parameter": "properties"}))
    if "kind" in given:
        given["kind"] = _kind(given["kind"])
    return Step(None, {op.grid: given})


def _with_cells(state: PlanState, key: str) -> Mapping[str, Value]:
    """Return the record of a grid that has cells: one without cannot be cut."""
    found = grid_called(state, key)
    if not state.partition.holds(key):
        raise Conflict(Fault(Text("plans.empty-grid", grid=key), {"parameter": "grid", "value": key}))
    return found


def _kind(code: str | None) -> str | None:
    field = catalogue().layer(GRIDS).field("kind")
    if code is not None and field.choice(code) is None:
        text = Text("plans.no-such-kind", known=[each.code for each in field.values])
        raise InvalidParameter(Fault(text, {"parameter": "kind", "value": code}))
    return code
