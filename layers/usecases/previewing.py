"""Look at a file before it is imported: what it is thought to be, why, and what an import would do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from layers.catalogue import catalogue
from layers.errors import (
    Fault,
    GridmapError,
    ImportRejected,
    InvalidParameter,
    NotFound,
    StaleRevision,
    TooLarge,
    UnsupportedMedia,
)
from layers.formats import Limits, RawTable, ReadOptions, read_sheets, read_tables
from layers.ledger import Ledger, read_ledger
from layers.store.protocol import Changeset, Store
from layers.text import Text
from layers.usecases.importing import ImportOptions, ImportReport, Prepared, finish, layer_called, prepare
from layers.usecases.ledger import put_ledger
from layers.usecases.ranking import LEDGER, Guess, layers_to_import, rank
from layers.usecases.uploads import Choices, Upload, Uploads

LONGEST_HEADING = 500
NOBODY = "preview"


@dataclass
class Preview:
    """What is thought of a file, and what an import would do with it.

    Attributes
    ----------
    guesses : list of Guess
        Layers, the likeliest first; the ledger is one of them.
    layer : str or None
        The one that was chosen, or the likeliest.
    table, prepared : RawTable, Prepared or None
        The table as it stands and as it is understood; None for a ledger.
    ledger : Ledger or None
    faults : list of Fault
        Everything that is wrong with rows and values.
    blocking : list of Fault
        Why nothing can be imported before something is corrected.
    counts : mapping
        Layer → new, changed, same and missing, of the sound rows.
    """

    guesses: list[Guess]
    layer: str | None
    revision: int
    table: RawTable | None = None
    prepared: Prepared | None = None
    ledger: Ledger | None = None
    notes: list[Text] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    blocking: list[Fault] = field(default_factory=list)
    counts: dict = field(default_factory=dict)
    changes: bool = False


def preview(store: Store, uploads: Uploads, upload: Upload, limits: Limits, now: dt.datetime) -> Preview:
    """Look at an upload with what the user corrected so far; what was found is kept with it.

    Raises
    ------
    UnsupportedMedia, TooLarge
        It is no file that is read; there is nothing to correct.
    InvalidParameter, NotFound
        A correction names what is not there.
    """
    choices = upload.choices
    if choices.layer not in (None, LEDGER, *(layer.id for layer in layers_to_import())):
        known = [LEDGER, *(layer.id for layer in layers_to_import())]
        raise NotFound(Fault(Text("imports.no-such-layer", layer=choices.layer[:40], known=known)))
    if not uploads.path(upload).is_file():
        raise NotFound(Fault(Text("imports.upload-done"), {"value": upload.id}))
    revision = store.revision()
    try:
        found = _look(store, uploads, upload, limits, now)
    except (UnsupportedMedia, TooLarge) as error:
        raise named(error, upload) from None
    found.revision = upload.revision = revision
    uploads.keep(upload)
    return found


def commit(
    store: Store, uploads: Uploads, upload: Upload, limits: Limits, order: Order
) -> tuple[ImportReport, Changeset | None]:
    """Import an upload as its last preview showed it.

    Raises
    ------
    StaleRevision
        The workspace changed since the preview: look again.
    ImportRejected
        There are faults, and the sound rows alone were not asked for.
    """
    if upload.revision is None or upload.revision != store.revision():
        raise StaleRevision(Text("imports.changed-since-preview", by=store.revision()))
    options = options_of(upload.choices, limits, only_sound=order.only_sound)
    layer = upload.choices.layer
    try:
        if layer == LEDGER:
            ledger = read_ledger(read_sheets(uploads.path(upload), options.read, limits), upload.choices.sheet)
            report = put_ledger(store, ledger, upload.label, options, order.author, order.now)
        else:
            table = _chosen(_tables(uploads, upload, limits), upload)
            prepared = prepare(store, layer_called(str(layer)), table, options, upload.label)
            if prepared.pending.based_on != upload.revision:
                raise StaleRevision(Text("imports.changed-since-preview", by=prepared.pending.based_on))
            if prepared.rows.fatal is not None:
                raise ImportRejected(*prepared.rows.fatal.faults)
            report = finish(store, prepared, options, order.author, order.now)
    except GridmapError as error:
        raise named(error, upload) from None
    return report, report.changeset


@dataclass(frozen=True)
class Order:
    """Who imports, when, and whether rows with faults are left out."""

    author: str
    now: dt.datetime
    only_sound: bool = False


def options_of(choices: Choices, limits: Limits, **more: bool) -> ImportOptions:
    """Return the options of an import as the user chose them."""
    read = ReadOptions(encoding=choices.encoding, sheet=choices.sheet, layer=choices.sheet)
    return ImportOptions(
        crs=choices.crs, columns=choices.mapping, read=read, limits=limits, keep_demo=choices.keep_demo, **more
    )


def named(error: GridmapError, upload: Upload) -> GridmapError:
    """Return an error that calls the file what its owner calls it."""
    error.faults = tuple(relabelled(error.faults, upload))
    return error


def relabelled(faults: Sequence[Fault], upload: Upload) -> list[Fault]:
    """Return faults that call the file what its owner calls it."""
    ours = (upload.main, PurePosixPath(upload.main).stem)
    return [
        Fault(each.text, {**each.where, "file": upload.label}) if each.where.get("file") in ours else each
        for each in faults
    ]


def _look(store: Store, uploads: Uploads, upload: Upload, limits: Limits, now: dt.datetime) -> Preview:
    try:
        tables, unread = _tables(uploads, upload, limits), None
    except UnsupportedMedia as error:
        tables, unread = [], error  # a ledger may still be what no table reader makes sense of
    except InvalidParameter as error:
        if upload.choices.sheet is not None and not upload.inside:
            raise
        return Preview([], upload.choices.layer, 0, blocking=relabelled(error.faults, upload))
    ledger = _ledger(uploads.path(upload), upload, limits)
    if unread is not None and ledger is None:
        raise unread
    if not upload.inside and tables:
        upload.inside = [(each.name, len(each)) for each in tables]
    ranked = {each.name: rank(each, upload.label) for each in tables}
    table = None
    if tables:
        table = _chosen(tables, upload, ranked)
    guesses = list(ranked[table.name]) if table is not None else []
    if ledger is not None:
        guesses.append(_ledger_guess(ledger))
        guesses.sort(key=lambda guess: -guess.score)
    layer = upload.choices.layer or guesses[0].layer
    if layer == LEDGER and ledger is None:
        layer = None
    found = Preview(guesses, layer, 0, table=table)
    if layer is None:
        found.blocking.append(Fault(Text("ledger.no-table")))
        return found
    upload.choices.layer = layer
    options = replace(options_of(upload.choices, limits, only_sound=True), dry_run=True)
    if layer == LEDGER:
        # A workbook of several sheets is one ledger; the sheet that a table would be read from does not bind it.
        found.table, found.ledger = None, ledger
        _report(found, put_ledger(store, ledger, upload.label, options, NOBODY, now), upload)
        return found
    if len(upload.inside) > 1:
        upload.choices.sheet = table.name
    prepared = found.prepared = prepare(store, catalogue().layer(layer), table, options, upload.label)
    if prepared.rows.fatal is not None:
        found.blocking = relabelled(prepared.rows.fatal.faults, upload)
        found.notes = prepared.rows.notes
    else:
        _report(found, finish(store, prepared, options, NOBODY, now), upload)
    return found


def _report(found: Preview, report: ImportReport, upload: Upload) -> None:
    found.notes, found.counts = report.notes, dict(report.counts)
    found.faults = relabelled(report.faults, upload)
    found.changes = not any(note.key == "imports.unchanged" for note in report.notes)


def _tables(uploads: Uploads, upload: Upload, limits: Limits) -> list[RawTable]:
    """Read the tables of an upload, or the one that was chosen."""
    choices = upload.choices
    one = choices.sheet if len(upload.inside) != 1 else None
    read = ReadOptions(encoding=choices.encoding, sheet=one, layer=one)
    tables = read_tables(uploads.path(upload), read, limits)
    stem = PurePosixPath(upload.main).stem
    tables = [replace(each, name=upload.label) if each.name == stem else each for each in tables]
    for table in tables:
        longest = max(map(len, table.columns), default=0)
        if longest > LONGEST_HEADING:
            raise TooLarge(Fault(Text("imports.heading-too-long", most=LONGEST_HEADING), {"file": upload.main}))
    return tables


def _chosen(tables: list[RawTable], upload: Upload, ranked: dict[str, list[Guess]] | None = None) -> RawTable:
    for table in tables:
        if table.name == upload.choices.sheet:
            return table
    if ranked is None:
        return tables[0]
    return max(tables, key=lambda each: (ranked[each.name][0].score * (len(each) > 0), len(each)))


def _ledger(path: Path, upload: Upload, limits: Limits) -> Ledger | None:
    """Read a workbook as a ledger; None where it is none."""
    if path.suffix != ".xlsx" or upload.choices.layer not in (None, LEDGER):
        return None
    try:
        sheets = read_sheets(path, ReadOptions(), limits)
    except GridmapError:
        return None  # what is wrong with the file is said of its tables
    ledger = read_ledger(sheets, upload.choices.sheet if upload.choices.layer == LEDGER else None)
    return ledger if ledger.entries else None


def _ledger_guess(ledger: Ledger) -> Guess:
    managed = sum(entry.managed for entry in ledger.entries)
    score = 0.9 if managed else 0.3
    return Guess(LEDGER, score, (Text("imports.layer-is-ledger", count=len(ledger.entries), managed=managed),))
