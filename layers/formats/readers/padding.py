"""Codes that a workbook keeps as numbers and shows with zeros in front, or words around them: 12 shown as 00012."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING
from xml.etree import ElementTree

from layers.formats.readers.ooxml_marks import cells_of, local
from layers.model.values import From1904

if TYPE_CHECKING:
    from layers.model.feature import Raw

EXACT_DIGITS = 15  # spreadsheet programs keep no more
_SHOWN = re.compile(r'(?:"([^"]*)"|([A-Za-z]))?(0{2,20})(?:"([^"]*)")?(?:;@|_ )?')


@dataclass(frozen=True, slots=True)
class Padding:
    """How a cell shows a whole number: so many figures at least, and what stands before and behind them."""

    figures: int
    before: str = ""
    behind: str = ""

    def shown(self, value: Raw) -> Raw:
        """Return a whole number as its cell shows it; anything else, and what has lost its last digits, as it is."""
        if not isinstance(value, (int, float)) or isinstance(value, (bool, From1904)):
            return value
        if not 0 <= value < 10**EXACT_DIGITS or value % 1:
            return value
        return f"{self.before}{int(value):0{self.figures}d}{self.behind}"


def padding(code: str) -> Padding | None:
    """Return what a number format of zeros alone shows, such as ``00000`` or ``"S"000``; None for any other."""
    found = _SHOWN.fullmatch(code)
    return Padding(len(found[3]), found[1] or found[2] or "", found[4] or "") if found else None


def padded_styles(styles: Iterable[ElementTree.Element]) -> dict[str, Padding]:
    """Return cell format → how it shows whole numbers, of an XLSX's formats that have zeros in front."""
    codes: dict[str, Padding] = {}
    found: dict[str, Padding] = {}
    for part in styles:
        if local(part.tag) == "numFmts":
            for each in part:
                if (shown := padding(each.get("formatCode", ""))) is not None:
                    codes[each.get("numFmtId", "")] = shown
        elif local(part.tag) == "cellXfs":
            numbers = {str(at): each.get("numFmtId", "") for at, each in enumerate(part)}
            found = {at: codes[number] for at, number in numbers.items() if number in codes}
    return found


def padded_cells(stream: IO[bytes], styles: dict[str, Padding]) -> Iterator[tuple[int, int, Padding]]:
    """Yield (row, column, how it is shown) of the cells of an XLSX's sheet that have such a format."""
    for row, column, each in cells_of(stream):
        if (shown := styles.get(each.get("s", ""))) is not None and each.get("t", "n") == "n":
            yield row, column, shown


def show(cells: list[list[object]], padded: Iterable[tuple[int, int, Padding]]) -> None:
    """Write what is shown in cells into a grid."""
    for row, column, shown in padded:
        if row < len(cells) and column < len(cells[row]):
            cells[row][column] = shown.shown(cells[row][column])
