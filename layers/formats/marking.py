"""The clerk's own workbook comes back: faulty cells coloured, reasons as comments, questions on a first sheet."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from layers.errors import Fault, GridmapError
from layers.formats import sandbox
from layers.formats.kinds import has_sheets, kind_of
from layers.formats.limits import MEGABYTE, Limits
from layers.formats.table import ReadOptions
from layers.formats.writing import replace_whole
from layers.text import Text

# A larger workbook takes longer to write again than somebody waits for it; a list of its faults is quick.
MOST_BYTES = 16 * MEGABYTE
MOST_LISTED = 20_000  # faults, and rows that they colour
AS_FOUND, USUAL = ReadOptions(), Limits()
COLUMNS = ("sheet", "row", "column", "value", "problem", "remedy")


def write_marked(
    faults: Sequence[Fault],
    original: Path,
    target: Path,
    language: str = "zh",
    options: ReadOptions = AS_FOUND,
    limits: Limits = USUAL,
) -> list[Text]:
    """Write a workbook or delimited text again as XLSX, with everything that is wrong with it where it is wrong.

    The first sheet lists the questions, those about the file as a whole first; it is passed over when the workbook
    comes in again. Where the original cannot be kept as it is, a list of the faults alone is written.

    Parameters
    ----------
    faults : sequence of Fault
        As an import found them.
    original : Path
        The file that was imported.
    target : Path
        An ``.xlsx`` file, replaced when it is complete.
    language : str
        ``"zh"`` or ``"en"``.

    Returns
    -------
    list of Text
        Why there is only a list, where there is.
    """
    from layers.formats.writers.report import write_report

    if not has_sheets(original.name):
        return write_report(faults, target, language)
    try:
        if original.stat().st_size > MOST_BYTES:
            text = Text("formats.marked-too-large", limit_mb=MOST_BYTES // MEGABYTE)
            return _listed(faults, target, language, Fault(text, {"file": original.name}))
        return replace_whole(Path(target), lambda path: _mark(faults, original, path, language, options, limits))
    except GridmapError as refusal:
        if isinstance(refusal, (sandbox.StorageFull, sandbox.InvalidParameter)):
            raise
        return _listed(faults, target, language, *refusal.faults)


def _listed(faults: Sequence[Fault], target: Path, language: str, *reasons: Fault) -> list[Text]:
    from layers.formats.writers.report import write_report

    instead = Text("formats.list-instead", why=[reason.text for reason in reasons])
    write_report([Fault(instead), *faults], target, language)
    return [instead]


def _mark(
    faults: Sequence[Fault], original: Path, path: Path, language: str, options: ReadOptions, limits: Limits
) -> list[Text]:
    request = sandbox.Request(original, kind_of(original), "marked", options, limits)
    with sandbox.made(request, _plan(faults, language)) as made:
        shutil.copyfile(made, path, follow_symlinks=False)
    return []


def _plan(faults: Sequence[Fault], language: str) -> bytes:
    """Return what the reading process is to write, in words: it knows cells, and nothing of messages and rules."""
    from layers.formats.writers.report import cells_of

    def say(slug: str) -> str:
        return Text(f"formats.{slug}").say(language)

    # What is said of several rows at once is a question, and comes with those about the file.
    about_the_file_first = sorted(faults, key=lambda fault: "row" in fault.where)
    coloured = 0
    marks = []
    for fault in about_the_file_first[:MOST_LISTED]:
        rows = _rows(fault)[: max(MOST_LISTED - coloured, 1)]
        coloured += len(rows)
        cells = [None if each is None else str(each) for each in cells_of(fault, language)[1:]]
        marks.append({"cells": cells, "rows": rows, "reason": fault.text.say(language)})
    return msgspec.json.encode(
        {
            "sheet": say("sheet-questions"),
            "title": say("marked-title"),
            "hint": say("marked-hint"),
            "without_macros": say("marked-without-macros"),
            "heads": [say(f"report-{slug}") for slug in COLUMNS],
            "faults": marks,
        }
    )


def _rows(fault: Fault) -> list[int]:
    """Return the rows that a fault is about; none where it is about a column, a sheet or the file."""
    row, rows = fault.where.get("row"), fault.where.get("rows")
    if isinstance(rows, tuple):
        return [each for each in rows if isinstance(each, int)]
    return [row] if isinstance(row, int) else []
