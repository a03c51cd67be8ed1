"""Cells, faults and the choice of rows, as a preview shows them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from layers.catalogue import catalogue
from layers.errors import Fault

if TYPE_CHECKING:
    from layers.model.feature import Raw

ROWS, LONGEST_CELL = 50, 200
GROUPS, ALIKE = 100, 4


def fault(each: Fault, language: str) -> dict[str, object]:
    """Return a fault: where, which value, what is wrong and what to do."""
    where: dict[str, object] = {name: cell(value) for name, value in each.where.items()}
    if "rows" in where:
        where["rows"] = rows_of(each)[:ROWS]
    return {**where, "detail": each.text.say(language)}


@dataclass
class _Group:
    said: dict[str, object]
    count: int = 0
    rows: list[dict[str, object]] = field(default_factory=list)


def fault_groups(faults: Iterable[Fault], language: str) -> list[dict[str, object]]:
    """Return faults of the same column, value and remedy together: how many, and the first rows."""
    found: dict[tuple[object, ...], _Group] = {}
    for each in faults:
        where = {name: cell(each.where.get(name)) for name in ("column", "value")}
        said = {**where, "detail": each.text.say(language)}
        group = found.setdefault(tuple(said.values()), _Group(said))
        group.count += max(1, len(rows_of(each)))
        for row in rows_of(each)[: ALIKE - len(group.rows)]:
            group.rows.append({"row": row, "sheet": each.where.get("sheet")})
    return [{**each.said, "count": each.count, "rows": each.rows} for each in islice(found.values(), GROUPS)]


def faults_by_row(faults: Iterable[Fault], language: str) -> dict[Hashable, list[dict[str, object]]]:
    """Return (sheet, row) → its faults, the sheet None where there is one table."""
    found: dict[Hashable, list[dict[str, object]]] = defaultdict(list)
    for each in faults:
        said = {"column": each.where.get("column"), "detail": each.text.say(language)}
        for row in rows_of(each) or (None,):
            if len(found[each.where.get("sheet"), row]) < ROWS:
                found[each.where.get("sheet"), row].append(said)
    return found


def rows_of(each: Fault) -> tuple[int, ...]:
    """Return the rows that a fault is about, as a user counts them."""
    row, rows = each.where.get("row"), each.where.get("rows")
    return tuple(rows) if isinstance(rows, tuple) else (row,) if isinstance(row, int) else ()


def places_shown(marked: Sequence[bool]) -> list[int]:
    """Return the first places, and the first of those further down that are marked."""
    further = [place for place, mark in enumerate(marked) if mark and place >= ROWS]
    return [*range(min(ROWS, len(marked))), *further[:ROWS]]


def choice(layer: str, name: str, value: Raw, language: str) -> Raw:
    """Return a field's value as a reader sees it: enumerations by their labels."""
    chosen = catalogue().layer(layer).field(name).choice(value) if isinstance(value, str) else None
    return cell(value) if chosen is None else chosen.label.say(language)


def cell(value: Raw) -> Raw:
    """Return a value of a cell, long text cut."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):  # a number with a mark of its own is shown as a number
        plain = int(value) if isinstance(value, int) else float(value)
        return plain if np.isfinite(plain) else None
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = "、".join(map(str, value))
    text = str(value)
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"
