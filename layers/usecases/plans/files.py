"""Grids in a file that was edited elsewhere, such as in QGIS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import shapely

from layers.catalogue import catalogue
from layers.errors import Fault, ImportRejected
from layers.formats import Limits, read_table
from layers.formats.table import ReadOptions
from layers.model.feature import Value
from layers.model.values import parse
from layers.text import Text
from layers.usecases.imports.matching import match_columns
from layers.usecases.imports.placing import place

SHOWN = 8
Drawn = tuple[shapely.Geometry, Mapping[str, Value]]


def grids_in(path: Path, crs: str | None = None, limits: Limits | None = None) -> tuple[list[Drawn], list[Text]]:
    """Read polygons with what stands beside them, and what was found on the way.

    Columns are matched as an import of grids matches them; what cannot be read of a grid's record is left to the grid
    that it was.

    Raises
    ------
    ImportRejected
        There are no polygons.
    """
    layer = catalogue().layer("grids")
    table = read_table(path, ReadOptions(), limits or Limits())
    matches, _ = match_columns(layer, table.columns, {})
    if table.geometry is None:
        raise ImportRejected(Fault(Text("plans.no-polygons"), {"file": table.name}))
    placed = place(layer, table, crs)
    found: list[Drawn] = []
    without: list[str] = []
    for row, shape in enumerate(placed.geometry):
        if shape is not None and shape.geom_type in ("Polygon", "MultiPolygon"):
            read = {each.field.name: parse(each.field, table.columns[each.column][row]).value for each in matches}
            found.append((shape, {name: value for name, value in read.items() if value is not None}))
        else:
            without.append(str(table.shown(table.rows[row])))
    faults = [*table.faults, *placed.faults]
    if not found:
        raise ImportRejected(Fault(Text("plans.no-polygons"), {"file": table.name}), *faults)
    left = [Text("plans.rows-without-polygon", count=len(without), rows=without[:SHOWN])] if without else []
    return found, [*table.notes, *placed.notes, *left, *(each.text for each in faults[:SHOWN])]
