"""What a reader hands to a use case: a table as it stands in the file, before any meaning is given to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from layers.errors import Fault
from layers.text import Text, first_few, words

if TYPE_CHECKING:
    from layers.model.feature import Raw

POINTS_COLUMN = "points_column"
"""The choice that names the column whose lists of points were read as lines."""
# A cell of degrees with points alone, and what it was read as.
DOTTED, DOTTED_MEANING = "dotted", "dotted_meaning"
_COMMENTS_SHOWN = 5


def is_ours(sheet: str) -> bool:
    """Say whether a sheet is the one of questions that we put before a workbook's own, in whatever language."""
    return sheet in words()["formats.sheet-questions"].values()


def is_details(sheet: str) -> bool:
    """Say whether a sheet is the one of our own exports that holds the rows; the others say what they are about."""
    return sheet in words()["formats.sheet-details"].values()


def comments_not_read(sheet: str, comments: Sequence[tuple[int, int, str]]) -> Text:
    """Say of (row, column, text) of a sheet that nothing of it was read, with the first few as B7 “…”."""
    told = [f"{_letters(column)}{row + 1} “{text}”" for row, column, text in comments]
    return Text("formats.comments-not-read", sheet=sheet, count=len(told), comments=first_few(told, _COMMENTS_SHOWN))


def _letters(column: int) -> str:
    letters, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


@dataclass(frozen=True, slots=True)
class RawTable:
    """Columns as they stand in a file.

    Parameters
    ----------
    name : str
        The layer or sheet.
    columns : mapping of str to list
        Column name → raw values (str, int, float, bool, date, datetime or None), all of one length n; a cell that
        holds an error or a formula without a result is an `Unreadable` of `layers.model.values`, never None.
    rows : list of int
        The row number in the file that each entry came from, as a user counts them (1-based; for a spreadsheet
        the sheet's row, for other files the feature's place).
    geometry : ndarray of shapely geometries or None, shape (n,), or None
        As in the file, in `crs`; None where the table has no geometry at all. 2D, nesting checked.
    crs : str or None
        Authority code, WKT or PROJ text that the file names; None = the file says nothing.
    choices : mapping
        What was decided while reading, such as ``{"encoding": "GB18030", "encoding_source": "guessed"}``.
    notes : list of Text
        What the user should know (a guess, a part that was left out).
    faults : list of Fault
        What is wrong with single rows or values (a broken geometry: row and reason). Rows with a fault keep
        their place, with None where the value was unusable.
    repaired : list of int
        Rows whose geometry was not valid and was repaired.
    sound : bool
        Whether the reading process has priced, checked and repaired the geometry.
    sheets : list of (str, int)
        Where the table stands in a workbook of several sheets: each sheet that it is on, and what was added to the
        numbers of its rows so that no two rows of the table have one number. Empty for other files.
    """

    name: str
    columns: Mapping[str, list[Any]]
    rows: list[int]
    geometry: np.ndarray | None = None
    crs: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    notes: list[Text] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    repaired: list[int] = field(default_factory=list)
    sound: bool = False
    sheets: list[tuple[str, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def place(self, row: int) -> dict[str, object]:
        """Return where a row of `rows` stands, as a user finds it: the sheet, where there are several, and the row."""
        sheet, number = self.key(row)
        return {"row": number} if sheet is None else {"sheet": sheet, "row": number}

    def key(self, row: int) -> tuple[str | None, int]:
        """Return the same as sheet, None where there are not several, and row."""
        if not self.sheets:
            return None, row
        return next(((name, row - offset) for name, offset in reversed(self.sheets) if row > offset), (None, row))

    def shown(self, row: int) -> Raw:
        """Return a row's number in words, with its sheet where the table stands on several."""
        place = self.place(row)
        return f"{place['sheet']}!{place['row']}" if len(self.sheets) > 1 else place["row"]

    def located(self, faults: Iterable[Fault]) -> list[Fault]:
        """Return faults that name their place as a user finds it."""
        if not self.sheets:
            return list(faults)
        return [
            Fault(each.text, {**self.place(row), **{key: value for key, value in each.where.items() if key != "row"}})
            if isinstance(row := each.where.get("row"), int) and "sheet" not in each.where
            else each
            for each in faults
        ]


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A spreadsheet's sheet as a grid of cells, for readers that know how an office lays out its ledgers.

    Parameters
    ----------
    name : str
        The sheet's name.
    cells : list of list
        Raw values from the sheet's first row and column on, every row of the same length; None where empty.
        A whole number is an int, so codes keep their digits.
    merged : list of (top, left, bottom, right)
        Merged ranges as indexes into `cells`, ends included; the value stands in the first cell.
    hidden : bool
        Whether the workbook hides the sheet.
    hidden_rows, hidden_columns : tuple of int
        Indexes of rows and columns of `cells` that the workbook hides.
    struck : tuple of (row, column)
        Indexes of cells that are struck out, or a part of their text.
    comments : tuple of (row, column, text)
        What somebody wrote beside cells, cut where it is long.
    """

    name: str
    cells: list[list[object]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: bool = False
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    struck: tuple[tuple[int, int], ...] = ()
    comments: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How the user wants a file to be read; None = find out and say so.

    `bbox` (west, south, east, north in degrees) leaves out what does not touch it; only OpenStreetMap's readers ask.
    """

    encoding: str | None = None
    sheet: str | None = None
    layer: str | None = None
    bbox: tuple[float, float, float, float] | None = None
