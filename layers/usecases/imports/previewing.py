"""Look at a file before it is imported: what it is thought to be, why, and what an import would do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from layers import clock
from layers.catalogue import Label, catalogue
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
from layers.store.protocol import Changeset, Store
from layers.text import Text
from layers.usecases.edits.holding import Effective, effective_day
from layers.usecases.imports.committing import ImportReport
from layers.usecases.imports.doubts import Doubt
from layers.usecases.imports.kinds import Handed, Kind, Prepared, Sight, kind_of, kinds_of
from layers.usecases.imports.ranking import Guess, is_clear
from layers.usecases.imports.tables import ImportOptions
from layers.usecases.imports.uploads import Choices, Upload, Uploads

NOBODY = "preview"
PAGE = 50
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
        Layers, the likeliest first; a kind that fills several is one of them.
    layer : str or None
        The one that was chosen, or the likeliest.
    kind : Kind or None
        The one that it belongs to.
    table : RawTable or None
        The table as it stands, where it is one.
    prepared : Prepared or None
        How the file is understood, of the kind's own type; None where nothing could be laid.
    faults : list of Fault
        Everything that is wrong with rows and values.
    blocking : list of Fault
        Why nothing can be imported before something is corrected.
    counts : mapping
        Layer → new, changed, same and missing, of the sound rows; and held, of the others, where there are any.
    """

    guesses: list[Guess]
    layer: str | None
    revision: int = 0
    kind: Kind | None = None
    table: RawTable | None = None
    prepared: Prepared | None = None
    notes: list[Text] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    blocking: list[Fault] = field(default_factory=list)
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    changes: bool = False
    doubts: Sequence[Doubt] = ()


def preview(store: Store, uploads: Uploads, upload: Upload, limits: Limits, now: dt.datetime) -> Preview:
    """Look at an upload with what the user corrected so far; what was found is kept with it.

    Raises
    ------
    UnsupportedMedia, TooLarge
        It is no file that is read; there is nothing to correct.
    InvalidParameter, NotFound
        A correction names what is not there.
    """
    choices, able = upload.choices, kinds_of(upload)
    known = [layer for kind in able for layer in kind.layers()]
    if choices.layer is not None and choices.layer not in known:
        raise NotFound(Fault(Text("imports.no-such-layer", layer=choices.layer[:40], known=known)))
    if choices.bbox is not None and not any(kind.by_box for kind in able):
        raise InvalidParameter(Fault(Text("imports.box-of-a-table"), {"parameter": "bbox"}))
    if choices.joins is not None and not any(kind.by_box for kind in able):
        raise InvalidParameter(Fault(Text("imports.joins-of-a-table"), {"parameter": "joins"}))
    if not uploads.path(upload).is_file():
        raise NotFound(Fault(Text("imports.upload-done"), {"value": upload.id}))
    revision = store.revision()
    try:
        found = _look(Handed(store, uploads, upload, limits), now)
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
    layer = upload.choices.layer
    kind = None if layer is None else kind_of(upload, layer)
    if upload.revision is None or layer is None or kind is None:
        raise StaleRevision(Text("imports.not-seen"))
    options = options_of(upload.choices, limits, only_sound=order.only_sound, confirmed=order.confirmed)
    effective = order.effective or _effective(upload.choices, order.now)
    options = replace(options, allow=order.allow, effective=effective)
    options = replace(options, seen=upload.revision, remembered=upload.remembered)
    try:
        report = kind.run(Handed(store, uploads, upload, limits), layer, options, order.author, order.now)
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
    """Who imports, when, what is left out or is to be although it looks absurd, and from which day on it holds."""

    author: str
    now: dt.datetime
    only_sound: bool = False
    confirmed: bool = False
    allow: tuple[str, ...] = ()
    effective: Effective | None = None


def options_of(choices: Choices, limits: Limits, only_sound: bool = False, confirmed: bool = False) -> ImportOptions:
    """Return the options of an import as the user chose them."""
    read = ReadOptions(encoding=choices.encoding, sheet=choices.sheet, layer=choices.sheet)
    return ImportOptions(
        crs=choices.crs, columns=choices.mapping, read=read, limits=limits, keep_demo=choices.keep_demo,
        only_sound=only_sound, confirmed=confirmed, values=choices.values, split_parts=choices.split_parts,
    )  # fmt: skip


def _effective(choices: Choices, now: dt.datetime) -> Effective | None:
    return effective_day(choices.effective, clock.day_of(now))


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


def _look(handed: Handed, now: dt.datetime) -> Preview:
    upload, choices = handed.upload, handed.upload.choices
    try:
        guesses, sights = guessed(handed)
    except Unclear as stuck:
        return Preview([], choices.layer, blocking=relabelled(stuck.faults, upload))
    layer = choices.layer or guesses[0].layer
    clear = choices.layer is not None or is_clear(guesses)
    choices.layer = layer if clear else None
    kind, table = chosen(handed, layer, sights)
    found = Preview(guesses, choices.layer, kind=kind, table=table)
    options = options_of(choices, handed.limits, only_sound=True)
    options = replace(options, dry_run=True, effective=_effective(choices, now))
    try:
        prepared = found.prepared = kind.prepare(handed, layer, options)
    except ImportRejected as nothing:
        found.blocking = relabelled(nothing.faults, upload)
        return found
    upload.remembered = dict(prepared.remembered)
    if prepared.blocking:
        found.blocking, found.notes = relabelled(prepared.blocking, upload), list(prepared.meanwhile)
    elif clear:
        _report(found, kind.finish(handed.store, prepared, options, NOBODY, now), upload)
    if not clear:  # what the likeliest layer would make of it shows where the file lies, and no more
        found.blocking, found.notes = [Fault(Text("imports.layer-unclear", layer=label_of(layer)))], []
    return found


class Unclear(InvalidParameter):
    """Nobody can tell what an upload is before something is corrected."""


def guessed(handed: Handed) -> tuple[list[Guess], Mapping[str, Sight]]:
    """Return what an upload may be, the likeliest first, and what each kind saw in it.

    Raises
    ------
    Unclear
        Something has to be corrected first.
    UnsupportedMedia, TooLarge
        It is no file that is read.
    """
    sights = _sights(handed)
    for sight in sights.values():
        if sight.blocking:
            raise Unclear(*sight.blocking)
    guesses = [guess for sight in sights.values() for guess in sight.guesses]
    return sorted(guesses, key=lambda guess: -guess.score), sights


def chosen(handed: Handed, layer: str, sights: Mapping[str, Sight]) -> tuple[Kind, RawTable | None]:
    """Return the kind of what an upload can be, and its table; of several tables that one is read from now on."""
    upload = handed.upload
    kind = kind_of(upload, layer)
    assert kind is not None  # of those alone are layers guessed and allowed
    table = sights[kind.id].table if kind.id in sights else None
    if table is not None and len(upload.inside) > 1:
        upload.choices.sheet = table.name
    return kind, table


def _sights(handed: Handed) -> dict[str, Sight]:
    """Return kind → what it sees in an upload; refused is only what no kind makes sense of."""
    sights, unread = {}, None
    for kind in kinds_of(handed.upload):
        try:
            sight = kind.look(handed)
        except UnsupportedMedia as error:
            unread = unread or error
            continue
        if sight.blocking:
            return {kind.id: sight}
        sights[kind.id] = sight
    if unread is not None and not any(sight.guesses for sight in sights.values()):
        raise unread
    return sights


def label_of(chosen: str) -> Label | Text:
    """Return what a layer is called, or a kind that fills several."""
    return catalogue().layer(chosen).label if chosen in catalogue() else Text(f"imports.{chosen}")


def _report(found: Preview, report: ImportReport, upload: Upload) -> None:
    elsewhere = () if found.prepared is None else found.prepared.elsewhere
    found.notes = [note for note in report.notes if note.key not in SHOWN_ELSEWHERE and note not in elsewhere]
    found.counts = dict(report.counts)
    found.doubts = () if found.prepared is None else found.prepared.doubts
    found.faults = relabelled(report.faults, upload)
    found.changes = not any(note.key in ("imports.unchanged", "imports.nothing-sound") for note in report.notes)
