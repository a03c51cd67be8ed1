"""What a sheet does not say in its cells: what is passed over, hidden and read all the same, struck out, commented."""

from __future__ import annotations

from collections.abc import Sequence

from layers.errors import Fault
from layers.formats.table import RawSheet, comments_not_read
from layers.ledger.headings import Header
from layers.ledger.lines import Group, cell_of
from layers.model.values import shown
from layers.text import RowNumbers, Text, first_few

_FEW, _SHOWN = 3, 10


def of_hidden(raw: RawSheet, headers: Sequence[Header], groups: Sequence[Group]) -> tuple[list[Text], list[Fault]]:
    """Return which hidden columns and rows were read, and the hidden rows that are faults.

    A hidden row that tells of a courtyard in sight may be last year's.
    """
    notes: list[Text] = []
    faults: list[Fault] = []
    if columns := _columns(raw, headers, groups):
        notes.append(Text("ledger.hidden-columns-read", sheet=raw.name, columns=columns))
    hidden = set(raw.hidden_rows)
    if not hidden:
        return notes, faults
    read = [line.row for group in groups for line in (*group.lines, *group.repeats) if line.row in hidden]
    if read:
        notes.append(Text("ledger.hidden-rows-read", rows=RowNumbers(row + 1 for row in read)))
    for group in groups:
        rows = [group.lines[0].row, *(line.row for line in group.repeats)]
        if shown_rows := [row for row in rows if row not in hidden]:
            text = Text("ledger.hidden-row-repeats", other=shown_rows[0] + 1)
            faults += [Fault(text, {"sheet": raw.name, "row": row + 1}) for row in set(rows) & hidden]
    return notes, faults


def of_struck(raw: RawSheet, headers: Sequence[Header], groups: Sequence[Group]) -> list[Fault]:
    """Return a fault for every row that is struck out, and for every cell where a part of a row is.

    What is struck out may hold no longer, or the line may have been left from a row that was copied: nobody knows.
    """
    struck = set(raw.struck)
    rows = {row for row, _ in struck}
    faults: list[Fault] = []
    for group in groups if struck else ():
        for line in (each for each in (*group.lines, *group.repeats) if each.row in rows):
            read = [each for each in group.header.columns if each.role and cell_of(line, each) is not None]
            over = [each for each in read if (line.row, each.index) in struck]
            place = {"sheet": raw.name, "row": line.number}
            if over and len(over) == len(read):
                faults.append(Fault(Text("formats.row-struck"), place))
            else:
                faults += [
                    Fault(Text("formats.cell-struck"), {**place, "column": each.heading, "value": shown(value)})
                    for each in over
                    if (value := cell_of(line, each)) is not None
                ]
    return faults


def of_comments(raw: RawSheet) -> list[Text]:
    """Say what stands in comments beside cells: nothing of it is read."""
    return [comments_not_read(raw.name, raw.comments)] if raw.comments else []


def without_table(sheets: Sequence[str]) -> list[Text]:
    """Say which sheets hold no ledger: each, or many of them at once."""
    if len(sheets) > _FEW:
        return [Text("ledger.sheets-without-table", count=len(sheets), sheets=first_few(sheets, _SHOWN))]
    return [Text("ledger.sheet-without-table", sheet=each) for each in sheets]


def _columns(raw: RawSheet, headers: Sequence[Header], groups: Sequence[Group]) -> list[str]:
    hidden = set(raw.hidden_columns)
    return list(dict.fromkeys(
        column.heading
        for place, header in enumerate(headers)
        for column in header.columns
        if column.role and column.index in hidden and any(
            cell_of(line, column) is not None
            for group in groups if group.table == place
            for line in (*group.lines, *group.repeats)
        )
    ))  # fmt: skip
