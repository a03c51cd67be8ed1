"""What is wrong with a plan: located, named, and whether it keeps the plan from being submitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from geo.partition import Defect, find_defects
from layers.keeping import OfEach
from layers.text import Text
from layers.usecases.plans.mending import ERRORS, defects_of
from layers.usecases.plans.numbering import Numbered, numbered
from layers.usecases.plans.shapes import on_the_map
from layers.usecases.plans.sources import metric
from layers.usecases.plans.state import PlanState

UNITS = {"gap": "m²", "overlap": "m²", "spill": "m²", "cut": "m²", "multipart": "", "sliver": "", "invalid": ""}


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect of a plan, in longitude and latitude.

    `names` is what `grids` are called. `severity` is ``error`` where it must be gone before the plan is submitted, else
    ``warning``. `cells` are the unassigned cells that make a gap.
    """

    kind: str
    severity: str
    place: shapely.Geometry | None
    grids: tuple[str, ...]
    cells: tuple[str, ...]
    building: str | None
    measure: float
    detail: str
    names: tuple[str, ...] = ()

    @property
    def text(self) -> Text:
        """The defect in words."""
        subject = [self.building] if self.building else list(self.names or self.grids)
        if not subject and self.kind == "gap":
            return Text("plans.defect-gap-alone", measure=round(self.measure, 2))
        return Text(f"plans.defect-{self.kind}", grids=subject or ["—"], measure=round(self.measure, 2))


def findings(state: PlanState) -> list[Finding]:
    """Return every defect of a plan; worked out once for each state of it.

    Cells that fit together cannot overlap or leave the community, so only cells without a grid, grids in pieces, thin
    grids and buildings that were changed since the cells were cut are looked for. Imported polygons are checked whole.
    """
    return _FINDINGS(state)


def _found(state: PlanState) -> list[Finding]:
    found = _as_drawn(state) if state.get("needs_repair") else _of_cells(state)
    return [_named(state, each) for each in found]


def _named(state: PlanState, finding: Finding) -> Finding:
    names = (state.grids[key].properties.get("name") or key for key in finding.grids)
    return replace(finding, names=tuple(map(str, names)))


def checked(state: PlanState, boundary: shapely.Geometry) -> list[Finding]:
    """Return the defects of a plan's grids by a full check that trusts no cell; `boundary` is metric."""
    keys = [key for key in state.grids if state.partition.holds(key)]
    shapes = np.array([state.partition.shape(key) for key in keys], dtype=object)
    found = _findings(state, defects_of(shapes, boundary, state.partition.footprints), keys)
    return [_named(state, each) for each in found]


def _as_drawn(state: PlanState) -> list[Finding]:
    keys = [key for key, each in state.grids.items() if each.geometry is not None]
    shapes = metric([state.grids[key].geometry for key in keys], state.crs)
    return _findings(state, defects_of(shapes, state.partition.boundary, state.partition.footprints), keys)


def _of_cells(state: PlanState) -> list[Finding]:
    p, cells = state.partition, numbered(state)
    held = np.flatnonzero(np.bincount(cells.grid[cells.grid >= 0], minlength=len(cells.keys)))
    keys = [cells.keys[at] for at in held]
    found = _gaps(state, cells)
    shapes = np.array([p.shape(key) for key in keys], dtype=object)
    found += _findings(state, _cuts(state, shapes), keys)
    thin_or_apart = [
        Defect(each.kind, each.geometry, (at,), each.measure)
        for at, shape in enumerate(shapes)
        for each in find_defects(np.array([shape], dtype=object), None)
    ]
    found += _findings(state, thin_or_apart, keys)
    empty = sorted(set(state.grids) - set(keys))
    return [*found, *(Finding("empty", "warning", None, (key,), (), None, 0.0, "") for key in empty)]


def _gaps(state: PlanState, cells: Numbered) -> list[Finding]:
    """Return the ground without a grid, piece by piece."""
    p = state.partition
    found: list[Finding] = []
    if not (cells.grid < 0).any():
        return found
    borders = p.neighbours()
    for piece in cells.pieces(None):
        inside = np.zeros(len(cells.grid), dtype=bool)
        inside[piece] = True
        across = inside[borders.first] ^ inside[borders.second]
        around = np.unique(np.append(cells.grid[borders.first[across]], cells.grid[borders.second[across]]))
        shape = shapely.coverage_union_all(p.cells[piece])
        (place,) = on_the_map([Defect("gap", shape, (), shape.area)], state.crs)
        grids = tuple(cells.keys[at] for at in around if at >= 0)
        ids = tuple(str(each) for each in p.ids[piece])
        found.append(Finding("gap", "error", place.geometry, grids, ids, None, shape.area, ""))
    return found


def _cuts(state: PlanState, shapes: np.ndarray) -> list[Defect]:
    """Return the buildings that reach out of their cell into another grid."""
    p = state.partition
    out = np.flatnonzero((p.cell_of >= 0) & ~shapely.covers(p.cells[p.cell_of], p.footprints))
    if not len(out):
        return []
    found = find_defects(shapes, None, p.footprints[out])
    return [
        Defect(each.kind, each.geometry, each.members, each.measure, int(out[each.footprint]))
        for each in found
        if each.kind == "cut"
    ]


def _findings(state: PlanState, found: Sequence[Defect], keys: Sequence[str]) -> list[Finding]:
    """Return defects with the grids' keys and in longitude and latitude."""
    return [
        Finding(
            each.kind,
            "error" if each.kind in ERRORS else "warning",
            shown.geometry,
            tuple(keys[at] for at in each.members),
            (),
            None if each.footprint is None else state.buildings.codes[each.footprint],
            each.measure,
            each.detail,
        )
        for each, shown in zip(found, on_the_map(list(found), state.crs), strict=True)
    ]


_FINDINGS: OfEach[PlanState, list[Finding]] = OfEach(_found)
