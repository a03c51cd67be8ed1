"""Features of several parts made into one feature a part, where somebody says that they are many things."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from layers.catalogue import Field
from layers.formats.table import RawTable
from layers.text import Text, first_few
from layers.usecases.imports.matching import Matching

# What a number of the whole says of each part as well; other numbers are sums, which no part has for itself.
_SHOWN = 10
OF_EACH = ("build_year", "floors")


def splittable(table: RawTable) -> int:
    """Return how many features of a table have several parts."""
    return 0 if table.geometry is None else int((_counts(table.geometry) > 1).sum())


def twice(table: RawTable) -> list[Text]:
    """Say which features have the very same shape as one above them; points may well share a place."""
    if table.geometry is None:
        return []
    wide = np.flatnonzero(shapely.get_dimensions(table.geometry) > 0)
    _, kind, counts = np.unique(shapely.length(table.geometry[wide]), return_inverse=True, return_counts=True)
    seen: set[bytes] = set()
    again = []
    for place in wide[counts[kind] > 1]:  # only what is as long as another is looked at
        shape = shapely.to_wkb(table.geometry[place])
        if shape in seen:
            again.append(place)
        seen.add(shape)
    if not again:
        return []
    rows = first_few((table.shown(table.rows[place]) for place in again), _SHOWN)
    return [Text("imports.shapes-twice", count=len(again), rows=rows)]


def split(table: RawTable, found: Matching) -> tuple[RawTable, list[Text]]:
    """Return the table with a row for each part, and what was done.

    A part keeps the row of its feature, and what is said of it in words and dates. Its code is the feature's with the
    part's number behind it; counts and areas are the whole's and no part's, so that they are empty.
    """
    if not splittable(table):
        return table, []
    assert table.geometry is not None  # as `splittable` says
    counts = _counts(table.geometry)
    of_row = np.repeat(np.arange(len(table)), counts)
    number = np.arange(len(of_row)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    several = (counts > 1)[of_row]
    shapes = table.geometry[of_row]
    shapes[several] = shapely.get_parts(table.geometry[counts > 1])
    columns = {name: [values[row] for row in of_row] for name, values in table.columns.items()}
    sums = [each for each in found.matches if _is_sum(each.field)]
    codes = next((each.column for each in found.matches if each.field.name == "code"), None)
    for place in np.flatnonzero(several).tolist():
        for each in sums:
            columns[each.column][place] = None
        if codes is not None and columns[codes][place] is not None:
            columns[codes][place] = f"{columns[codes][place]}-{number[place]}"
    cleared = [each.field.label for each in sums if any(value is not None for value in table.columns[each.column])]
    notes = [Text("imports.parts-split", count=int((counts > 1).sum()), parts=int(several.sum()))]
    if cleared:
        notes.append(Text("imports.parts-cleared", fields=cleared))
    rows = [table.rows[row] for row in of_row]
    return replace(table, columns=columns, rows=rows, geometry=shapes), notes


def _counts(shapes: np.ndarray) -> np.ndarray:
    """Return how many rows each shape makes; one without parts, or missing, makes one."""
    return np.maximum(shapely.get_num_geometries(shapes), 1)


def _is_sum(field: Field) -> bool:
    return field.type in ("integer", "number") and field.name not in OF_EACH
