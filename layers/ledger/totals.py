"""The rows 合计, 总计 and 小计, held against the sums of the rows that they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from layers.errors import Fault
from layers.ledger.entries import Entry, Total
from layers.ledger.headings import Header
from layers.ledger.lines import Group, Line, cell_of
from layers.ledger.words import Column
from layers.model.feature import number_of
from layers.model.values import fold, half_width, parse, shown
from layers.text import Text

_COUNT = re.compile(
    r"(?P<word>(?:共|总|小|累|合|计|:)*)(\d+)(?:个|处|座|栋|幢|家)?(?:住宅)?(?:小区|楼院|院落|院|小区\(楼院\))?"
)
_NAMED = ("courtyard.name", "courtyard.code")
_WIDER = re.compile(r"(?:街道|街|镇|乡|区|县|市|办|总)$")


@dataclass(frozen=True, slots=True)
class Sum:
    """A row of sums: where it stands, after how many entries, of which table; a part (小计) or the whole.

    `units` holds the table's column → unit, `community` the name before 小计.
    """

    row: int
    cells: list[object]
    header: Header
    table: int
    position: int
    part: bool
    units: Mapping[int, str | None]
    community: str | None = None

    @property
    def number(self) -> int:
        """The row's number as a user counts."""
        return self.row + 1


def are_sums(line: Line, columns: Sequence[Column], rows: Sequence[Group], units: Mapping[int, str | None]) -> bool:
    """Say whether a row's figures are the sums of rows above."""
    for column in columns:
        stated = _figure_of(line, column, units)
        above = [_figure_of(group.lines[0], column, units) or 0.0 for group in rows]
        if not stated or abs(sum(above) - stated) > 1e-6 * stated:
            return False
    return True


def _figure_of(line: Line, column: Column, units: Mapping[int, str | None]) -> float | None:
    assert column.field is not None  # `summed`
    cell = cell_of(line, column)
    value = None if cell is None else parse(column.field, cell, heading=column.leaf, unit=units.get(column.index)).value
    return float(value) if isinstance(value, (int, float)) else None


class SumChecker:
    """Compares the rows of sums of one sheet with its entries."""

    def __init__(self, sheet: str, entries: Sequence[Entry], tables: Sequence[int]) -> None:
        self.sheet, self.entries, self.tables = sheet, entries, tables
        self.totals: list[Total] = []
        self.faults: list[Fault] = []
        self.notes: list[Text] = []

    def check(self, sums: Sequence[Sum], unreadable: set[str]) -> None:
        """Compare every figure; a column with unreadable cells is noted instead, its sum would be wrong anyway."""
        for position, each in enumerate(sums):
            scopes = self._scopes(each, sums[:position], sums[position + 1 :])
            for column in each.header.columns:
                cell = each.cells[column.index] if column.index < len(each.cells) else None
                stated = self._stated(column, cell, each)
                if stated is None:
                    continue
                if column.role in unreadable:
                    self.notes.append(Text("ledger.sum-not-checked", row=each.number, column=column.heading))
                else:
                    self._compare(each, column, stated, scopes)

    def _scopes(self, each: Sum, before: Sequence[Sum], after: Sequence[Sum]) -> list[list[Entry]]:
        """Return the sets of entries that a row of sums may stand for, the likeliest first."""
        end, start_of_table = each.position, self._start_of(each.table)
        previous = max((other.position for other in before), default=0)
        whole_before = max((other.position for other in before if not other.part), default=0)
        if each.part:
            scopes = [self.entries[max(previous, start_of_table) : end]]
            if each.community:
                scopes.insert(0, [e for e in self.entries if e.community and fold(e.community) == each.community])
            below = next((other.position for other in after if other.position > end), len(self.entries))
            scopes.append(self.entries[end:below])
            if not each.community or _WIDER.search(each.community):  # 某街道合计 is of the whole
                scopes += [self.entries[start_of_table:end], self.entries[:end]]
            return [list(scope) for scope in scopes if scope] or [[]]
        of_table = [e for e, table in zip(self.entries, self.tables, strict=True) if table == each.table]
        scopes = [self.entries[start_of_table:end], of_table, self.entries[whole_before:end], self.entries[:end]]
        return [list(scope) for scope in (*scopes, self.entries)]

    def _start_of(self, table: int) -> int:
        return next((index for index, each in enumerate(self.tables) if each == table), 0)

    def _stated(self, column: Column, cell: object, each: Sum) -> float | None:
        if cell is None or column.role is None:
            return None
        if column.role in (*_NAMED, "seq", "community"):
            found = _COUNT.fullmatch(fold(cell)) if isinstance(cell, str) else None
            return float(found[2]) if found and (column.role in _NAMED or found["word"]) else None
        if not summed(column) or column.field is None:
            return None
        parsed = parse(column.field, cell, heading=column.leaf, unit=each.units.get(column.index))
        if parsed.problem:
            place = {"sheet": self.sheet, "row": each.number, "column": column.heading, "value": shown(cell)}
            self.faults.append(Fault(parsed.problem, place))
        return parsed.value if isinstance(parsed.value, (int, float)) else None

    def _compare(self, each: Sum, column: Column, stated: float, scopes: list[list[Entry]]) -> None:
        counted = [total for scope in scopes for total in _counted(column, scope)]
        # A figure in 万㎡ is rounded to what it shows; whole numbers must be equal.
        exact = column.field is None or column.field.type in ("integer", "text") or not summed(column)
        slack = 0.0 if exact else max(1e-6 * abs(stated), _last_digit(each, column))
        near = next((value for value in counted if abs(value - stated) <= slack), None)
        agrees = near is not None
        own = counted[0] if near is None else near
        blank = sum(each.courtyard.get(_name(column)) is None for each in scopes[0]) if summed(column) else 0
        blank = blank if not agrees and stated > own else 0
        self.totals.append(Total(self.sheet, each.number, column.heading, stated, own, agrees, each.part, blank))
        if blank:
            stated_own = {"stated": _figure(stated), "counted": _figure(own)}
            self.notes.append(
                Text("ledger.sum-with-blanks", row=each.number, column=column.heading, count=blank, **stated_own)
            )
        elif not agrees:
            slug = "ledger.part-differs" if each.part else "ledger.sum-differs"
            place = {"sheet": self.sheet, "row": each.number, "column": column.heading, "value": _figure(stated)}
            difference = _figure(abs(stated - own))
            text = Text(slug, stated=_figure(stated), counted=_figure(own), difference=difference)
            self.faults.append(Fault(text, place))


def summed(column: Column) -> bool:
    """Say whether adding the column up makes sense: households do, years built and fees do not."""
    return (
        column.role is not None
        and column.role.startswith("courtyard.")
        and column.field is not None
        and column.field.type in ("integer", "number")
        and column.field.name != "build_year"
    )


def _counted(column: Column, entries: Sequence[Entry]) -> list[float]:
    """Return what the entries come to; twice where a number on every row may be a building's or the courtyard's."""
    if not summed(column):
        return [float(len(entries))]
    name = _name(column)
    once = sum(number_of(entry.courtyard, name) or _first(entry.repeated.get(name)) for entry in entries)
    every = [sum(each for each in entry.repeated.get(name, ()) if isinstance(each, (int, float))) for entry in entries]
    each_row = sum(number_of(entry.courtyard, name) or own for entry, own in zip(entries, every, strict=True))
    return [once] if once == each_row else [each_row, once]


def _name(column: Column) -> str:
    return (column.role or "").partition(".")[2]


def _first(values: Sequence[object] | None) -> float:
    return float(values[0]) if values and isinstance(values[0], (int, float)) else 0.0


def _last_digit(each: Sum, column: Column) -> float:
    """Return half of the last digit that the cell shows, in the field's unit."""
    text = half_width(str(each.cells[column.index]))
    found = re.search(r"\d\.(\d+)", text)
    step = 10.0 ** -len(found[1]) if found else 1.0
    assert column.field is not None  # `_summed`
    value = parse(column.field, "1", heading=column.leaf, unit=each.units.get(column.index)).value
    unit = value if isinstance(value, (int, float)) and value else 1.0
    own = re.search(r"[万亿]", text)
    return 0.5 * step * (unit if not own else {"万": 1e4, "亿": 1e8}[own[0]])


def _figure(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".") if value % 1 else f"{int(value):,}"
