"""Rows of a table that are no feature: sums (合计), and remarks and signatures below it (注：…, 填表人：…)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely

from layers.errors import Fault
from layers.formats.table import RawTable
from layers.model.values import fold, is_signature, plain, shown
from layers.text import Text, first_few
from layers.usecases.imports.matching import Matching

_SUM = re.compile(r"(?:.{0,12}(?:合计|小计|总计|共计|累计)数?|总数|总和|汇总|(?:sub|grand)?total)(?:\([^()]*\))?:?")
_REMARK = re.compile(r"(?:备?注|说明|填表说明|填[表报]人|审核人?|制表人?|负责人|notes?)\d*[:.、].*", re.DOTALL)
_SHOWN = 5
_CODE = re.compile(r"[!-~]+")
_FEWEST, _NEARLY_ALL, _BESIDE = 3, 0.6, 2


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
            filled = [cells[position] for cells in columns if cells[position] is not None]
            alone = len(filled) == 1
            if _SUM.fullmatch(word) or (alone and _REMARK.fullmatch(word)) or is_signature(filled):
                left[position] = shown(plain(first))
    if not left:
        return table, []
    return _without(table, left), [Text("imports.sums-left-out", count=len(left), which=_which(table, left))]


def without_words(table: RawTable, found: Matching) -> tuple[RawTable, list[Text]]:
    """Return a table without rows that are headings within it (一、甲社区) or remarks below it, and what was left out.

    Such a row has no shape, hardly a cell beside the first, and a word where nearly all others have a code of letters
    and digits.
    """
    column = next((each.column for each in found.matches if each.field.name == "code"), None)
    if column is None or len(table) < _FEWEST:
        return table, []
    codes = table.columns[column]
    usual = [isinstance(code, int) or (isinstance(code, str) and bool(_CODE.fullmatch(code.strip()))) for code in codes]
    if not any(usual) or sum(usual) < _NEARLY_ALL * sum(code is not None for code in codes):
        return table, []
    if not any(isinstance(code, str) and not plain for code, plain in zip(codes, usual, strict=True)):
        return table, []
    cells = [sum(values[position] is not None for values in table.columns.values()) for position in range(len(table))]
    most = float(np.median([count for count, code in zip(cells, usual, strict=True) if code]))
    left = {
        position: shown(plain(code))
        for position, code in enumerate(codes)
        if isinstance(code, str)
        and not usual[position]
        and cells[position] <= _BESIDE < most / 2 + 1
        and (table.geometry is None or table.geometry[position] is None)
        and not _has_fault(table, position)
    }
    if not left:
        return table, []
    return _without(table, left), [Text("imports.words-left-out", count=len(left), which=_which(table, left))]


def zeros_lost(table: RawTable, codes: Sequence[object], known: Mapping[str, object]) -> list[Fault]:
    """Return a fault for every new code of digits that is on record with zeros in front, which a spreadsheet drops."""
    zeroed = {code.lstrip("0"): code for code in known if code.startswith("0") and code.isdecimal()}
    if not zeroed:
        return []
    return [
        Fault(Text("imports.zeros-lost", code=code, known=zeroed[code]), {"row": row})
        for row, code in zip(table.rows, codes, strict=True)
        if isinstance(code, str) and code not in known and code in zeroed
    ]


def _without(table: RawTable, left: Mapping[int, str]) -> RawTable:
    kept = [position for position in range(len(table)) if position not in left]
    gone = {table.rows[position] for position in left}
    return replace(
        table,
        faults=[each for each in table.faults if each.where.get("row") not in gone],
        columns={name: [cells[position] for position in kept] for name, cells in table.columns.items()},
        rows=[table.rows[position] for position in kept],
        geometry=None if table.geometry is None else np.asarray(table.geometry, dtype=object)[kept],
    )


def _which(table: RawTable, left: Mapping[int, str]) -> list[str]:
    return first_few((f"{table.shown(table.rows[position])} {text}" for position, text in left.items()), _SHOWN)


def _has_fault(table: RawTable, position: int) -> bool:
    return any(fault.where.get("row") == table.rows[position] for fault in table.faults)
