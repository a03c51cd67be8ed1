"""Columns that are not understood: each with the field it most likely is, and those that must be decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layers.errors import Fault
from layers.ledger.headings import Header
from layers.ledger.houses import may_be_count
from layers.ledger.likeness import is_past, likely_role, role_by_values
from layers.ledger.lines import Group, Line, cell_of
from layers.ledger.terms import GONE, in_remark
from layers.ledger.words import folded, label_of
from layers.model.values import fold
from layers.text import RowNumbers, Text

LISTS = frozenset({"buildings", "buildings.first", "houses"})
# Headings below which a bare number may be a house's or say how many there are.
_VAGUE = frozenset(map(fold, ("楼栋", "楼幢", "楼座", "栋", "幢")))
# Without these a row is half read, and a contract without its end would last for ever: a heading that seems to be one
# of them is asked about.
_TELLING = LISTS | {
    "courtyard.code", "courtyard.name", "manager.name", "arrangement.mode", "arrangement.start_date",
    "arrangement.end_date", "arrangement.terminated_on", "arrangement.continued_service",
}  # fmt: skip
_TERM = frozenset({"arrangement.start_date", "arrangement.end_date"})


def headers_of_counts(headers: Sequence[Header], groups: Sequence[Group], told: Mapping[str, str]) -> frozenset[int]:
    """Return the ids of headers whose column of house numbers holds nothing but what may as well be counts."""
    found: set[int] = set()
    for header in headers if "houses" not in told else ():
        column = header.roles.get("houses")
        if column is None or folded(column.leaf) not in _VAGUE:
            continue
        lines = [line for group in groups if group.header is header for line in (*group.lines, *group.repeats)]
        cells = [cell for line in lines if (cell := cell_of(line, column)) is not None]
        if cells and all(map(may_be_count, cells)):
            found.add(id(header))
    return frozenset(found)


def unknown_columns(
    header: Header, lines: Sequence[Line], told: Mapping[str, str], sheet: str
) -> tuple[list[Fault], list[Text]]:
    """Return what must be decided of the columns of a table that are not known, and what is to be told of the others.

    Parameters
    ----------
    lines : sequence of Line
        The first row of each courtyard of the table.
    told : mapping
        Role → heading, as somebody said.
    sheet : str
        The sheet's name.
    """
    taken = set(header.roles) | set(told)
    taken |= LISTS if taken & LISTS else frozenset()
    taken |= _TERM if "period" in taken else frozenset()
    faults: list[Fault] = []
    unknown: list[str | Text] = []
    said_gone: list[Text] = []
    for column in (each for each in header.columns if each.role is None):
        cells = [cell_of(line, column) for line in lines]
        likely = likely_role(column.heading, cells, taken) if column.leaf else role_by_values(cells, taken)
        if likely is None:
            unknown.append(column.heading)
            said_gone += _says_gone(column.heading, lines, cells)
            continue
        said = {"heading": column.heading, "field": label_of(likely), "role": likely}
        if likely in _TELLING:
            taken.add(likely)
            faults.append(Fault(Text("ledger.heading-unknown", **said), {"sheet": sheet, "column": column.heading}))
        else:
            unknown.append(Text("ledger.heading-likely", **said))
    notes = [*([Text("ledger.columns-not-read", columns=unknown)] if unknown else []), *said_gone]
    for name in ("code", "name"):
        if f"courtyard.{name}" not in header.roles:
            notes.append(Text(f"ledger.no-{name}-column", sheet=sheet))
    return faults, notes


def _says_gone(heading: str, lines: Sequence[Line], cells: Sequence[object]) -> list[Text]:
    """Return what is to be told of a column that is not read where it says that contracts have ended: 已终止."""
    beside = zip(lines, cells, strict=True)
    rows = [line.number for line, cell in beside if isinstance(cell, str) and in_remark(cell) == GONE]
    if not rows or is_past(heading):
        return []
    return [Text("ledger.column-says-gone", column=heading, rows=RowNumbers(rows))]
