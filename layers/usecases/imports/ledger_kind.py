"""The everyday ledger, as a kind of import."""

from __future__ import annotations

from layers.errors import Fault, GridmapError, ImportRejected
from layers.formats.kinds import READABLE, has_sheets
from layers.ledger import read_ledger
from layers.text import Text
from layers.usecases.imports.content import sheet_of, sheets_of
from layers.usecases.imports.kinds import Handed, Kind, Sight
from layers.usecases.imports.ledger import PreparedLedger, finish_ledger, prepare_ledger, understand_ledger
from layers.usecases.imports.ranking import LEDGER, Guess
from layers.usecases.imports.tables import ImportOptions

LIKELY, HARDLY = 0.9, 0.3
# A text of more is hardly a ledger, and reading it twice would take long; who says that it is one is heard.
LONGEST_TEXT_BYTES = 8 << 20
TEXTS = (".csv", ".tsv", ".txt")


def _look(handed: Handed) -> Sight:
    """Say how much of a ledger a workbook is."""
    choices, path = handed.upload.choices, handed.uploads.path(handed.upload)
    if path.suffix in TEXTS and choices.layer != LEDGER and path.stat().st_size > LONGEST_TEXT_BYTES:
        return Sight([])
    try:
        sheets = sheets_of(handed.uploads, handed.upload, handed.limits)
    except GridmapError:
        return Sight([])  # what is wrong with the file is said of its tables
    ledger = read_ledger(sheets, sheet_of(handed.upload, sheets) if choices.layer == LEDGER else None)
    if not ledger.entries:
        return Sight([])
    managed = sum(entry.managed for entry in ledger.entries)
    text = Text("imports.layer-is-ledger", count=len(ledger.entries), managed=managed)
    return Sight([Guess(LEDGER, LIKELY if managed else HARDLY, (text,))])


def _prepare(handed: Handed, layer: str, options: ImportOptions) -> PreparedLedger:
    """Read a workbook as a ledger and lay it beside what is on record.

    A workbook of several sheets is one ledger; the sheet that a table would be read from does not bind it.
    """
    store, upload = handed.store, handed.upload
    sheets = sheets_of(handed.uploads, upload, handed.limits)
    chosen, mapping = sheet_of(upload, sheets), upload.choices.mapping
    understood = understand_ledger(store, sheets, chosen, mapping, options.remembered, values=options.values)
    if not understood.ledger.entries:
        raise ImportRejected(*(understood.ledger.faults or [Fault(Text("ledger.no-table"))]))
    return prepare_ledger(store, understood, upload.label)


KIND = Kind(
    id="ledger",
    endings=tuple(ending for ending in READABLE if has_sheets(f"a{ending}")),
    layers=lambda: [LEDGER],
    look=_look,
    prepare=_prepare,
    finish=finish_ledger,
)
