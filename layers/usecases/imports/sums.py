"""Rows of a table that are no feature: sums (合计), and remarks and signatures below it (注：…, 填表人：…)."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import shapely

from layers.formats.table import RawTable
from layers.model.values import fold, plain, shown
from layers.text import Text

_SUM = re.compile(r"(?:.{0,12}(?:合计|小计|总计|共计|累计)数?|总数|总和|汇总|(?:sub|grand)?total)(?:\([^()]*\))?:?")
_REMARK = re.compile(r"(?:备?注|说明|填表说明|填[表报]人|审核人?|制表人?|负责人|notes?)\d*[:.、].*", re.DOTALL)
_SHOWN = 5


def without_sums(table: RawTable) -> tuple[RawTable, list[Text]]:
    """Return a table without rows that begin with a word for a sum, or hold a remark alone; and what was left out.

    A row with a shape is a feature whatever it is called.
    """
    columns = list(table.columns.values())
    left: dict[int, str] = {}
    shapeless = range(len(table)) if table.geometry is None else np.flatnonzero(shapely.is_missing(table.geometry))
    for position in map(int, shapeless):
        first = next((cells[position] for cells in columns if cells[position] is not None), None)
        if isinstance(first, str):
            word = fold(first)
            alone = sum(cells[position] is not None for cells in columns) == 1
            if _SUM.fullmatch(word) or (alone and _REMARK.fullmatch(word)):
                left[position] = shown(plain(first))
    if not left:
        return table, []
    kept = [position for position in range(len(table)) if position not in left]
    shapes = None if table.geometry is None else np.asarray(table.geometry, dtype=object)[kept]
    rest = replace(
        table,
        columns={name: [cells[position] for position in kept] for name, cells in table.columns.items()},
        rows=[table.rows[position] for position in kept],
        geometry=shapes,
    )
    which = [f"{table.shown(table.rows[position])} {text}" for position, text in list(left.items())[:_SHOWN]]
    more = ["…"] if len(left) > _SHOWN else []
    return rest, [Text("imports.sums-left-out", count=len(left), which=[*which, *more])]
