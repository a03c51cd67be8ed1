"""Where a table's header stands in a sheet, and what its columns are."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise

from layers.ledger.words import Column, folded, is_heading, role_of, unmarked
from layers.model.values import plain, split_heading

HEIGHT = 3  # a header has at most so many rows
_NAMING = ("courtyard.code", "courtyard.name")
_START, _END = "arrangement.start_date", "arrangement.end_date"
_ENDED = frozenset({"终止日期", "终止"})
_FIGURES = re.compile(r"[\d.,/:~\-—]*\d{3}[\d.,/:~\-—]*")  # a code or a day as text: no heading
FEWEST = 3  # and names at least so many things, the courtyard among them


@dataclass(frozen=True)
class Header:
    """The columns of a table and the height of the header in rows."""

    columns: tuple[Column, ...]
    height: int

    @cached_property
    def roles(self) -> dict[str, Column]:
        """Role → its first column."""
        found: dict[str, Column] = {}
        for column in self.columns:
            if column.role:
                found.setdefault(column.role, column)
        return found

    def as_told(self, told: Mapping[str, str]) -> Header:
        """Return the header with what a user said of it: role → heading, which is empty where no column is meant."""
        named = {heading: role for role, heading in told.items() if heading}
        guessed = {column.heading: None if column.role in told else column.role for column in self.columns}
        columns = (replace(each, role=named.get(each.heading, guessed[each.heading])) for each in self.columns)
        return Header(tuple(columns), self.height)

    def with_nameless(self, rows: Sequence[list[object]]) -> Header:
        """Return the header with the columns that have no heading though the table's rows below have cells there."""
        headed = {column.index for column in self.columns}
        names = [self.roles[role].index for role in _NAMING if role in self.roles]
        width = max(map(len, rows), default=0)
        found = []
        for index in (each for each in range(width) if each not in headed):
            if any(
                len(row) > index and row[index] is not None and any(row[name] is not None for name in names)
                for row in rows
            ):
                found.append(Column(index, f"第{_letter(index)}列", None, ""))
        return Header(tuple(sorted((*self.columns, *found), key=lambda each: each.index)), self.height)

    def doubled(self) -> Iterator[tuple[Column, Column]]:
        """Yield pairs of columns that mean the same."""
        first = self.roles
        for column in self.columns:
            if column.role and column.role not in ("remark", "seq") and first[column.role] is not column:
                yield first[column.role], column

    def same_columns(self, other: Header) -> bool:
        """Say whether the other header names the same things in the same columns."""
        return [(c.index, c.role, c.heading) for c in self.columns] == [
            (c.index, c.role, c.heading) for c in other.columns
        ]


def _letter(index: int) -> str:
    """Return what spreadsheet programs call a column: A, B … Z, AA."""
    high, low = divmod(index, 26)
    return (_letter(high - 1) if high else "") + chr(ord("A") + low)


def header_at(rows: list[list[object]], row: int) -> Header | None:
    """Return the header that begins in this row of cleaned cells, or None.

    A header is as high as makes the most headings understood; of equals the lowest. It begins here only if it does
    not begin better one or two rows further down (a title row above must not be taken for its top).
    """
    if not _promising(rows, row):
        return None
    here = max((_candidate(rows, row, height) for height in range(1, HEIGHT + 1)), key=_rank)
    if _rank(here)[0] < FEWEST or not {"courtyard.code", "courtyard.name"} & set(here.roles):
        return None
    for below in range(row + 1, min(row + HEIGHT, len(rows))):
        if max(_rank(_candidate(rows, below, height)) for height in range(1, HEIGHT + 1)) > _rank(here):
            return None
    return here


def _rank(header: Header) -> tuple[int, int]:
    return len(header.roles), -header.height


def _promising(rows: list[list[object]], row: int) -> bool:
    """Say whether two or more cells here are words, and here and below together enough of them are headings."""
    words = [cell for cell in rows[row] if cell is not None]
    if len(words) < 2 or not _is_wordy(words):
        return False
    texts = [cell for line in rows[row : row + 2] for cell in line if isinstance(cell, str)]
    return sum(map(_is_heading, texts)) >= FEWEST


@lru_cache(maxsize=4096)
def _is_heading(text: str) -> bool:
    return is_heading(text)


def _is_wordy(cells: list[object]) -> bool:
    numbers = sum(isinstance(cell, (int, float)) or bool(_FIGURES.fullmatch(str(cell))) for cell in cells)
    return numbers <= 1 and not any(isinstance(cell, dt.date) for cell in cells)


def _candidate(rows: list[list[object]], row: int, height: int) -> Header:
    block = rows[row : row + height]
    if len(block) < height or not all(_is_wordy([cell for cell in line if cell is not None]) for line in block):
        return Header((), height)
    return Header(tuple(_as_terms(_columns(block))), height)


def _as_terms(columns: list[Column]) -> list[Column]:
    """Return columns with 终止日期 beside a start as the contract's end, where no other column is that."""
    roles = {column.role for column in columns}
    if _START not in roles or _END in roles:
        return columns
    return [replace(each, role=_END) if folded(each.leaf) in _ENDED else each for each in columns]


def _columns(block: list[list[object]]) -> list[Column]:
    width = max(map(len, block))
    grid = [[plain(cell) if cell is not None else "" for cell in line] + [""] * (width - len(line)) for line in block]
    _spread_groups(grid)
    columns = []
    for index in range(width):
        cells = [line[index] for line in grid if line[index]]
        if cells:
            *groups, last = map(unmarked, cells)
            leaf, unit = split_heading(last)
            parts = (*(split_heading(cell)[0] for cell in groups), leaf)
            heading = "/".join("".join(cell.split("\n")) for cell in cells)
            columns.append(Column(index, heading, role_of(parts), last, unit))
    return columns


def _spread_groups(grid: list[list[str]]) -> None:
    """Write a group's heading over each of its columns: the sheet has it in the first, where cells were merged.

    A column belongs to the group at its left if both have a heading of their own below.
    """
    for upper, lower in pairwise(grid):
        for index in range(1, len(upper)):
            if not upper[index] and lower[index] and upper[index - 1] and lower[index - 1]:
                upper[index] = upper[index - 1]
