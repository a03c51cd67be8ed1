"""The rows of a sheet: a line with its merged cells, and the lines that tell of one courtyard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from layers.ledger.headings import Header
from layers.ledger.words import Column
from layers.model.values import is_placeholder

if TYPE_CHECKING:
    from layers.model.feature import Raw


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the sheet: its index, its cleaned cells, and where merged cells reach into it (column → row)."""

    row: int
    cells: list[object]
    merged: Mapping[int, int] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The row's number as a user counts."""
        return self.row + 1


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one courtyard, and what holds for them: their table and its units, 截至, the community above.

    `lines` are a row and those that go on with it (merged cells, further buildings); `repeats` are rows that name the
    courtyard again, one for each of its buildings or contracts.
    """

    lines: list[Line]
    header: Header
    table: int
    as_of: dt.date | None
    units: Mapping[int, str | None]
    community: str | None
    repeats: list[Line] = field(default_factory=list)


def cell_of(line: Line, column: Column | None) -> Raw:
    """Return what a row says in a column, None where it is left empty."""
    cell = line.cells[column.index] if column is not None and column.index < len(line.cells) else None
    return None if cell is None or is_placeholder(cell) else cell
