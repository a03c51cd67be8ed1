"""Look at a file before it is imported: what it is thought to be, why, and what an import would do."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

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
from layers.formats import Limits, RawTable, ReadOptions
from layers.ledger import read_ledger
from layers.store.protocol import Changeset, Store
from layers.text import Text
from layers.usecases.edits.demo import has_demo
from layers.usecases.imports.committing import ImportReport
from layers.usecases.imports.content import is_map, osm_of, sheets_of, tables_of
from layers.usecases.imports.landing import Landing, landings
from layers.usecases.imports.ledger import PreparedLedger, Understood, finish_ledger, prepare_ledger, understand_ledger
from layers.usecases.imports.osm import Box, OsmOptions, PreparedOsm, finish_osm, prepare_osm
from layers.usecases.imports.ranking import LEDGER, OSM, Guess, is_clear, layers_to_import, rank
from layers.usecases.imports.tables import ImportOptions, Prepared, finish, layer_called, prepare
from layers.usecases.imports.uploads import Choices, Upload, Uploads

NOBODY = "preview"
PAGE = 50
REACH_M, METRES_PER_DEGREE = 2_000.0, 111_320.0  # half an hour on foot: stations and roads beside the border count
# What the wizard's lists show better; the command line has none.
SHOWN_ELSEWHERE = frozenset(
    {"imports.columns-matched", "imports.columns-unused", "imports.faults-left-out", "osm.counted", "osm.counted-which"}
)


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
        The table as it stands and as it is understood; None for a ledger and for a map.
    ledger : PreparedLedger or None
    landings : list of Landing
        Where the rows of the ledger land.
    osm : PreparedOsm or None
    around : (west, south, east, north) or None
        Where the records of the workspace lie, with some room about them: what to take of a map.
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
    ledger: PreparedLedger | None = None
    landings: list[Landing] = field(default_factory=list)
    osm: PreparedOsm | None = None
    around: Box | None = None
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
    known = [OSM] if is_map(upload) else [LEDGER, *(layer.id for layer in layers_to_import())]
    if choices.layer not in (None, *known):
        raise NotFound(Fault(Text("imports.no-such-layer", layer=choices.layer[:40], known=known)))
    if choices.bbox is not None and not is_map(upload):
        raise InvalidParameter(Fault(Text("imports.box-of-a-table"), {"parameter": "bbox"}))
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
        Others changed since the preview what the import changes otherwise; every such feature is named.
    ImportRejected
        There are faults, and the sound rows alone were not asked for.
    """
    if upload.revision is None:
        raise StaleRevision(Text("imports.not-seen"))
    options = options_of(upload.choices, limits, only_sound=order.only_sound)
    options = replace(options, seen=upload.revision, remembered=upload.remembered)
    layer, by = upload.choices.layer, (order.author, order.now)
    try:
        if layer == OSM:
            mapped = prepare_osm(store, osm_of(uploads, upload, limits), upload.label)
            report = finish_osm(store, mapped, OsmOptions(keep_demo=options.keep_demo, seen=options.seen), *by)
        elif layer == LEDGER:
            ledger = prepare_ledger(store, _ledger(store, uploads, upload, limits, upload.remembered), upload.label)
            report = finish_ledger(store, ledger, options, *by)
        else:
            tables = tables_of(uploads, upload, limits)
            prepared = prepare(store, layer_called(str(layer)), _chosen(tables, upload), options, upload.label)
            del tables
            prepared.room = lambda: uploads.kept.forget(upload.id)
            if prepared.rows.fatal is not None:
                raise ImportRejected(*prepared.rows.fatal.faults)
            report = finish(store, prepared, options, *by)
    except GridmapError as error:
        raise named(error, upload) from None
    return report, report.changeset


def written(store: Store, order: Order) -> Changeset | None:
    """Return the changeset that an order wrote, or None where it wrote none; for who was not told how it ended."""
    before = None
    while found := store.changesets(before, PAGE):
        for each in found:
            if (each.kind, each.author, each.time) == ("import", order.author, order.now):
                return each
        if found[-1].time < order.now:  # nothing older is of this order, were the clock not set back meanwhile
            return None
        before = found[-1].revision
    return None


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
    if is_map(upload):
        return _look_at_map(store, uploads, upload, limits, now)
    try:
        tables, unread = tables_of(uploads, upload, limits), None
    except UnsupportedMedia as error:
        tables, unread = [], error  # a ledger may still be what no table reader makes sense of
    except InvalidParameter as error:
        if upload.choices.sheet is not None and not upload.inside:
            raise
        return Preview([], upload.choices.layer, 0, blocking=relabelled(error.faults, upload))
    ledger = _guessed_ledger(uploads, upload, limits)
    if unread is not None and ledger is None:
        raise unread
    if not upload.inside and tables:
        upload.inside = [(each.name, len(each)) for each in tables]
    ranked = {each.name: rank(each, upload.label) for each in tables}
    table = _chosen(tables, upload, ranked) if tables else None
    guesses = list(ranked[table.name]) if table is not None else []
    if ledger is not None:
        guesses = sorted([*guesses, ledger], key=lambda guess: -guess.score)
    layer = upload.choices.layer or guesses[0].layer
    clear = upload.choices.layer is not None or is_clear(guesses)
    found = Preview(guesses, layer if clear else None, 0, table=table)
    if layer == LEDGER and ledger is None:
        found.layer = None
        found.blocking.append(Fault(Text("ledger.no-table")))
        return found
    upload.choices.layer = found.layer
    options = replace(options_of(upload.choices, limits, only_sound=True), dry_run=True)
    if layer == LEDGER:
        # A workbook of several sheets is one ledger; the sheet that a table would be read from does not bind it.
        found.table = None
        found.ledger = prepare_ledger(store, _ledger(store, uploads, upload, limits), upload.label)
        upload.remembered = dict(found.ledger.understood.remembered)
        _report(found, finish_ledger(store, found.ledger, options, NOBODY, now), upload)
        found.landings = landings(found.ledger)
        return found
    if len(upload.inside) > 1:
        upload.choices.sheet = table.name
    prepared = found.prepared = prepare(store, catalogue().layer(layer), table, options, upload.label)
    upload.remembered = dict(prepared.rows.remembered)
    if prepared.rows.fatal is not None:
        found.blocking = relabelled(prepared.rows.fatal.faults, upload)
        found.notes = list(prepared.rows.notes)
    elif clear:
        _report(found, finish(store, prepared, options, NOBODY, now), upload)
        found.notes = [note for note in found.notes if note not in prepared.rows.findings.texts]
    if not clear:  # what the likeliest layer would make of it shows where the file lies, and no more
        found.blocking, found.notes = [Fault(Text("imports.layer-unclear", layer=catalogue().layer(layer).label))], []
    return found


def _look_at_map(store: Store, uploads: Uploads, upload: Upload, limits: Limits, now: dt.datetime) -> Preview:
    tables = osm_of(uploads, upload, limits)
    upload.choices.layer = OSM
    found = Preview([Guess(OSM, 1.0, (Text("imports.layer-is-osm"),))], OSM, 0, around=_around(store))
    try:
        found.osm = prepare_osm(store, tables, upload.label)
    except ImportRejected as nothing:
        found.blocking = list(nothing.faults)
        return found
    options = OsmOptions(dry_run=True, keep_demo=upload.choices.keep_demo)
    _report(found, finish_osm(store, found.osm, options, NOBODY, now), upload)
    return found


def _around(store: Store) -> Box | None:
    """Return where the communities or buildings on record lie, and what walkers reach from there."""
    box = None if has_demo(store) else store.extent("communities").bbox or store.extent("buildings").bbox
    if box is None:
        return None
    west, south, east, north = box
    up = REACH_M / METRES_PER_DEGREE
    aside = up / max(0.01, math.cos(math.radians((south + north) / 2)))
    return max(-180.0, west - aside), max(-90.0, south - up), min(180.0, east + aside), min(90.0, north + up)


def _report(found: Preview, report: ImportReport, upload: Upload) -> None:
    found.notes = [note for note in report.notes if note.key not in SHOWN_ELSEWHERE]
    found.counts = dict(report.counts)
    found.faults = relabelled(report.faults, upload)
    found.changes = not any(note.key in ("imports.unchanged", "imports.nothing-sound") for note in report.notes)


def _chosen(tables: list[RawTable], upload: Upload, ranked: dict[str, list[Guess]] | None = None) -> RawTable:
    for table in tables:
        if table.name == upload.choices.sheet:
            return table
    if ranked is None:
        return tables[0]
    return max(tables, key=lambda each: (ranked[each.name][0].score * (len(each) > 0), len(each)))


def _ledger(
    store: Store, uploads: Uploads, upload: Upload, limits: Limits, kept: Mapping[str, str] | None = None
) -> Understood:
    sheets = sheets_of(uploads, upload, limits)
    return understand_ledger(store, sheets, upload.choices.sheet, upload.choices.mapping, kept)


def _guessed_ledger(uploads: Uploads, upload: Upload, limits: Limits) -> Guess | None:
    """Say how much of a ledger a workbook is; None where it is none."""
    if PurePosixPath(upload.main).suffix != ".xlsx":
        return None
    try:
        sheets = sheets_of(uploads, upload, limits)
    except GridmapError:
        return None  # what is wrong with the file is said of its tables
    ledger = read_ledger(sheets, upload.choices.sheet if upload.choices.layer == LEDGER else None)
    if not ledger.entries:
        return None
    managed = sum(entry.managed for entry in ledger.entries)
    text = Text("imports.layer-is-ledger", count=len(ledger.entries), managed=managed)
    return Guess(LEDGER, 0.9 if managed else 0.3, (text,))
