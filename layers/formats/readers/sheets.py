"""What every kind of workbook gives: sheets by name, hidden or not, each as a grid of cells with its merged ranges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from layers.errors import Fault, TooLarge
from layers.formats.sink import Job
from layers.model.values import Number1904, Unreadable, Whole1904, is_error
from layers.text import Text

if TYPE_CHECKING:
    from layers.model.feature import Raw

# Excel keeps 15 digits of a number; what stands beyond them was zero before we saw it.
EXACT_NUMBER = 10**15
# WPS keeps a picture in a cell as the result of a function of its own.
IMAGES = ("=DISPIMG(", "=_xlfn.DISPIMG(", "=IMAGE(")
LONGEST_SHOWN = 60
MOST_COLUMNS = 16_384
MOST_COMMENTS = 1000  # of one sheet
# Whatever a 1904 workbook keeps as a number within these may be a day: 1958 to 2119.
FIRST_DAY_1904, LAST_DAY_1904 = 20_000 - 1462, 80_000 - 1462

Range = tuple[int, int, int, int]
Comment = tuple[int, int, str]


@dataclass(slots=True)
class Grid:
    """A sheet's cells from its first row and column on, merged ranges (top, left, bottom, right), what it hides.

    `struck` are (row, column) of cells that are struck out, `comments` (row, column, text) what stands beside cells.
    """

    cells: list[list[object]]
    merged: list[Range]
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    struck: tuple[tuple[int, int], ...] = ()
    comments: tuple[Comment, ...] = ()

    def beside(self) -> dict[str, list[object]]:
        """Return what the sheet has beside its cells and merged ranges, by name."""
        names = ("hidden_rows", "hidden_columns", "struck", "comments")
        return {name: list(getattr(self, name)) for name in names}


@dataclass(frozen=True, slots=True)
class Book:
    """An open workbook.

    Parameters
    ----------
    sheets : dict of str to bool
        The sheets that hold cells, in their order, and whether each is hidden.
    grid : function of a sheet's name
        Reads one sheet; what cannot be read of a cell is `Unreadable` there.
    """

    sheets: dict[str, bool]
    grid: Callable[[str], Grid]


class Undeclared:
    """A stream of XML that ends at a declaration of entities, which no workbook has."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._last = stream, b""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        block = self._stream.read(size)
        if b"<!DOCTYPE" in self._last + block or b"<!ENTITY" in self._last + block:
            raise ValueError("a workbook with declarations")
        self._last = block[-16:]
        return block


def bounded(job: Job, name: str, height: int, width: int) -> None:
    """Refuse a sheet that spans more cells than may be read."""
    if height * width > job.limits.cells:
        raise TooLarge(Fault(Text("formats.xlsx-cells", limit=job.limits.cells), {"file": job.file, "sheet": name}))


def put_pictures(cells: list[list[object]], places: Iterable[tuple[int, int]], merged: Iterable[Range]) -> None:
    """Put an unreadable cell where a picture lies over an empty one in a row of a table: what it shows is not known.

    Not over a row of one text, nor where no heading stands above: there it is an ornament.
    """
    for at, column in sorted(set(places)):
        if at >= len(cells) or column >= len(cells[at]) or cells[at][column] is not None:
            continue
        spread = any(
            top <= at <= bottom and left <= column <= right and (at, column) != (top, left)
            for top, left, bottom, right in merged
        )
        headed = any(row[column] is not None and _several(row) for row in cells[:at])
        if headed and not spread and _several(cells[at]):
            cells[at][column] = Unreadable("#IMAGE", "image")


def _several(row: list[object]) -> bool:
    return sum(each is not None for each in row) > 1


def usual(value: Raw) -> Raw:
    """Return a cell as readers hand it on: blank is None, a whole number is an int, an error is no text."""
    if isinstance(value, str):
        if not value or value.isspace():
            return None
        if value[0] not in "=#Ee":
            return value
        if value.startswith(IMAGES):
            return Unreadable(value[:LONGEST_SHOWN], "image")
        return Unreadable(value) if is_error(value) else value
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_NUMBER:
        return int(value)
    if isinstance(value, (dt.time, dt.timedelta)):
        return str(value)
    return value


def since_1904(cells: list[list[object]]) -> None:
    """Mark the numbers of a 1904 workbook that may be days, whatever their format shows."""
    for row in cells:
        for place, value in enumerate(row):
            if not isinstance(value, (int, float)) or isinstance(value, bool):
                continue
            if FIRST_DAY_1904 <= value <= LAST_DAY_1904:
                row[place] = Whole1904(value) if isinstance(value, int) else Number1904(value)
