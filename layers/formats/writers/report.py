"""What is wrong with a file, as a spreadsheet that can be worked off row by row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from layers.errors import Fault
from layers.formats.writers.spreadsheet import MAX_ROWS, STYLES, workbook_at
from layers.formats.writing import replace_whole
from layers.text import Text

COLUMNS = (("file", 18), ("sheet", 14), ("row", 8), ("column", 20), ("value", 30), ("problem", 50), ("remedy", 60))
PLACES = ("file", "sheet", "row", "column", "value")
FIRST_SENTENCE = re.compile(r"(.+?(?:[。；]|[.;](?=\s)))\s*(.+)", re.DOTALL)


def write_report(faults: Sequence[Fault], target: Path, language: str = "zh") -> list[Text]:
    """Write faults as an XLSX table: where, which value, what is wrong, what to do.

    Parameters
    ----------
    faults : sequence of Fault
        As an import found them.
    target : Path
        An ``.xlsx`` file, replaced when the report is complete.
    language : str
        ``"zh"`` or ``"en"``.
    """
    return replace_whole(Path(target), lambda path: _write(faults, path, language))


def _write(faults: Sequence[Fault], path: Path, language: str) -> list[Text]:
    with workbook_at(path) as workbook:
        head = workbook.add_format(STYLES["head"])
        wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
        sheet = workbook.add_worksheet(Text("formats.sheet-report").say(language))
        sheet.freeze_panes(1, 0)
        for place, (slug, width) in enumerate(COLUMNS):
            sheet.set_column(place, place, width, wrap)
            sheet.write_string(0, place, Text(f"formats.report-{slug}").say(language), head)
        sheet.autofilter(0, 0, max(len(faults), 1), len(COLUMNS) - 1)
        for row, fault in enumerate(faults[:MAX_ROWS], start=1):
            for place, cell in enumerate(cells_of(fault, language)):
                if isinstance(cell, int):
                    sheet.write_number(row, place, cell, wrap)
                elif cell is not None:
                    sheet.write_string(row, place, str(cell), wrap)
    return []


def cells_of(fault: Fault, language: str) -> list[object]:
    """Return a fault's cells: its places, what is wrong, what to do.

    A message says what is wrong in its first sentence and what to do in the rest.
    """
    where = dict(fault.where)
    places = [where.pop(name, None) for name in PLACES]
    said = Fault(fault.text, where).say(language)
    parts = FIRST_SENTENCE.fullmatch(said)
    return [*places, *(parts.groups() if parts else (said, None))]
