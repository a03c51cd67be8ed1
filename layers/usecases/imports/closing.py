"""Boundaries that a file gives as lists of points: closed where the layer holds areas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from geo.shapes import check_ms, problems, repair
from layers.catalogue import Layer
from layers.errors import Fault
from layers.formats.table import POINTS_COLUMN, RawTable
from layers.model.shapes import shape_problem
from layers.text import Text

_FEWEST = 3
_MOST_MS, _LINEAR_MS = 10_000.0, 0.001  # of all shapes of a file, beyond what every vertex costs


def with_areas(layer: Layer, table: RawTable) -> RawTable:
    """Return a table whose lists of points go round areas, for a layer of areas; checked and repaired as shapes are."""
    column = table.choices.get(POINTS_COLUMN)
    if column is None or table.geometry is None or "polygon" not in layer.accepts or "line" in layer.accepts:
        return table
    shapes = np.array(table.geometry, dtype=object)
    lines = [at for at, each in enumerate(shapes) if each is not None and each.geom_type == "LineString"]
    places = np.array([at for at in lines if len(np.unique(shapely.get_coordinates(shapes[at]), axis=0)) >= _FEWEST])
    if not len(places):
        return table
    shapes[places] = [shapely.Polygon(shapely.get_coordinates(shapes[at])) for at in places]
    faults, repaired = list(table.faults), list(table.repaired)
    cost_ms = check_ms(shapes[places], _MOST_MS / len(places))
    spent_ms = np.cumsum(cost_ms - _LINEAR_MS * shapely.get_num_coordinates(shapes[places]))
    for at in places[spent_ms > _MOST_MS]:
        faults.append(_refused(table, int(at), "too-intricate"))
        shapes[at] = None
    places = places[spent_ms <= _MOST_MS]
    shapes[places], changed = repair(shapes[places])
    repaired += [table.rows[at] for at in places[changed]]
    for at, found in zip(places.tolist(), problems(shapes[places]), strict=True):
        if found is not None:
            faults.append(_refused(table, at, found))
            shapes[at] = None
    notes = [*table.notes, Text("imports.points-closed", column=column, count=len(places))]
    return replace(table, geometry=shapes, faults=faults, repaired=sorted({*repaired}), notes=notes)


def _refused(table: RawTable, at: int, problem: str) -> Fault:
    if problem in ("empty", "null"):
        return Fault(Text("formats.geometry-without-area"), {"row": table.rows[at]})
    text = Text("imports.geometry-beyond-repair", problem=shape_problem(problem))
    return Fault(text, {"row": table.rows[at]})
