"""Polygons that were drawn elsewhere: what is wrong with them, and how they become a partition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from geo.partition import Defect, Edit, Name, Partition, PartitionError, find_defects, from_parts, repair
from layers.errors import Conflict, Fault
from layers.text import Text
from layers.usecases.plans.performing import Step, names, refusal
from layers.usecases.plans.sources import metric
from layers.usecases.plans.state import PlanState

ERRORS = ("gap", "overlap", "spill", "cut", "invalid")
"""Kinds of defects that a partition cannot have; slivers and grids in several pieces it can."""

WIDE = ("gap", "overlap", "spill")


MOST_TOLD = 500
ROUNDING_M = 0.05
"""How wide a gap or overlap may be that files make of sound polygons: they round, and a straight line between degrees
is not quite straight on the plane of a metric CRS (1.4 cm at 1 km)."""


def faults_of(shapes: np.ndarray, boundary: shapely.Geometry, footprints: np.ndarray | None = None) -> list[Defect]:
    """Return what keeps polygons from being a partition of a boundary; metric CRS."""
    return [each for each in defects_of(shapes, boundary, footprints) if each.kind in ERRORS]


def defects_of(shapes: np.ndarray, boundary: shapely.Geometry, footprints: np.ndarray | None = None) -> list[Defect]:
    """Return every defect of polygons that ought to fill a boundary, what rounding makes left out; metric CRS."""
    found = find_defects(shapes, boundary, footprints)
    return [each for each in found if each.kind not in WIDE or not thin(each.geometry, ROUNDING_M)]


def thin(shape: shapely.Geometry, width_m: float) -> bool:
    """Say whether a shape is nowhere wider than that."""
    return bool(shapely.buffer(shape, -width_m / 2).is_empty)


def laid_on(p: Partition, shapes: np.ndarray, labels: Sequence[str], name: Name) -> Edit:
    """Give polygons to cells that have no part yet, cutting cells where a border runs through them."""
    return from_parts(p, np.asarray(shapes, dtype=object), np.asarray(labels, dtype=object), name).edit


def mend(state: PlanState) -> Step:
    """Make an imported plan a partition: its polygons noded, snapped, filled and cut, then laid on the cells."""
    if not state.get("needs_repair"):
        raise Conflict(Fault(Text("plans.nothing-to-repair", plan=state.id)))
    keys = [key for key, each in state.grids.items() if each.geometry is not None]
    shapes = metric([state.grids[key].geometry for key in keys], state.crs)
    try:
        mended = repair(state.partition.boundary, shapes)
        edit = laid_on(state.partition, mended.shapes, keys, names(state))
    except PartitionError as error:
        raise refusal(state, error) from error
    worth_telling = [each for each in mended.mended if each.where is None or not thin(each.where, ROUNDING_M)]
    report = tuple(
        Text(
            f"plans.mended-{row.what}", m2=round(float(row.m2), 2), grids=[keys[at] for at in row.members[:5]] or ["—"]
        )
        for row in worth_telling[:MOST_TOLD]
    )
    return Step(edit, {key: {} for key in keys}, report, mended=True)
