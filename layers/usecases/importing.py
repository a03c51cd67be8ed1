"""Import a file into a layer: one changeset or none, with a report of every row that has a fault."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import shapely

from geo.coordinate_evidence import is_correction
from layers.catalogue import Layer, catalogue
from layers.errors import Conflict, Fault, ImportRejected, NotFound, StaleRevision
from layers.formats import Limits, read_table
from layers.formats.table import RawTable, ReadOptions
from layers.model.feature import Feature, Value
from layers.store.protocol import Changeset, Draft, Store
from layers.text import Text
from layers.usecases.demo import make_way, metric_crs_of
from layers.usecases.members import follow_up
from layers.usecases.pending import KEEP, Pending, same_place
from layers.usecases.placing import correction
from layers.usecases.understanding import Rows, remembering, understand


@dataclass(frozen=True)
class ImportOptions:
    """How the user wants a file to be imported.

    Parameters
    ----------
    crs : str, optional
        A CRS or a correction (``gcj02``, ``bd09``, ``bd09mc``, ``swapped``); else what the file says.
    columns : mapping
        Field name → column.
    read : ReadOptions
        Encoding, sheet or layer.
    limits : Limits
        What a file may ask of the machine.
    dry_run : bool
        Report, and write nothing.
    only_sound : bool
        Leave rows with faults out instead of refusing the file.
    keep_demo : bool
        Keep the demo district beside the imported records.
    """

    crs: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    read: ReadOptions = field(default_factory=ReadOptions)
    dry_run: bool = False
    limits: Limits = field(default_factory=Limits)
    only_sound: bool = False
    keep_demo: bool = False


@dataclass(frozen=True)
class ImportReport:
    """What an import did: layer → counts of new, changed, same and missing, and everything worth knowing."""

    counts: Mapping[str, Mapping[str, int]]
    notes: list[Text]
    faults: list[Fault]
    changeset: Changeset | None


def import_file(
    store: Store, layer_id: str, path: Path, options: ImportOptions, author: str, now: dt.datetime
) -> ImportReport:
    """Import a file into a layer.

    Raises
    ------
    ImportRejected
        With every fault of every row; the workspace is unchanged.
    """
    layer = layer_called(layer_id)
    prepared = prepare(store, layer, read_table(path, options.read, options.limits), options, path.name)
    return finish(store, prepared, options, author, now)


@dataclass
class Prepared:
    """A file that was understood and laid beside what is on record; nothing is written yet."""

    layer: Layer
    rows: Rows
    pending: Pending
    file: str


def prepare(store: Store, layer: Layer, table: RawTable, options: ImportOptions, file: str) -> Prepared:
    """Understand a table and lay its sound rows beside what is on record.

    Parameters
    ----------
    file : str
        What the user calls the file; it stands on record as the source.

    Raises
    ------
    InvalidParameter
        The mapping names what is not there. Whatever else is wrong stands in the rows.
    """
    pending = Pending(store)
    rows = understand(store, layer, table, options, pending.layer(layer.id))
    if rows.fatal is None:
        if rows.faults:
            rows.notes.append(Text("imports.faults-left-out", count=len(rows.table) - len(rows.entries)))
        rows.notes.extend(rows.findings.texts)
        _put(pending, layer, rows, f"{file} ({options.crs.lower()})" if is_correction(options.crs) else file)
    return Prepared(layer, rows, pending, file)


def finish(store: Store, prepared: Prepared, options: ImportOptions, author: str, now: dt.datetime) -> ImportReport:
    """Write what was prepared as one changeset, or say what it would be; errors as `import_file`."""
    rows, layer = prepared.rows, prepared.layer
    if rows.fatal is not None:
        raise rows.fatal
    if rows.faults and not options.only_sound:
        raise ImportRejected(*rows.faults)
    message = Text("imports.table-message", layer=layer.label, file=prepared.file)
    corrected = correction(options.crs) if rows.placed is not None else None
    if corrected is not None:
        message = Text("imports.corrected-message", message=message, correction=corrected)
    kept = remembering(layer.id, rows.table.columns, rows.matching.as_told()) if options.columns else {}
    report = Report(rows.notes, rows.faults, in_both(message), author, now, kept)
    if not options.dry_run:
        rows.let_go()
    return commit(store, prepared.pending, [layer.id], report, options)


@dataclass(frozen=True)
class Report:
    """What `commit` needs to say beside the changes themselves."""

    notes: list[Text]
    faults: list[Fault]
    message: str
    author: str
    now: dt.datetime
    settings: Mapping[str, str] = field(default_factory=dict)


def commit(store: Store, pending: Pending, layers: list[str], report: Report, options: ImportOptions) -> ImportReport:
    """Write what is pending, and what follows from it, as one changeset, unless it is a dry run or changes nothing."""
    notes = list(report.notes)
    alone = not options.keep_demo and make_way(store, pending, layers)
    if alone:
        notes.append(Text("imports.demo-removed"))
    settings = dict(report.settings)
    metric_crs = None if alone else store.setting("metric_crs")
    if metric_crs is None:
        shapes = [each.geometry for name in {*layers, "buildings"} for each in pending.layer(name).values()]
        if any(shape is not None for shape in shapes):
            metric_crs = settings["metric_crs"] = metric_crs_of(shapes)
    notes += follow_up(pending, metric_crs, members="arrangements" not in layers)
    counts = {layer: pending.counts(layer) for layer in layers}
    changes = pending.changes()
    first = next(changes, None)
    if first is None:
        sound = any(counts[layer][kind] for layer in layers for kind in ("new", "changed", "same"))
        notes.append(Text("imports.unchanged" if sound else "imports.nothing-sound"))
    if options.dry_run or first is None:
        return ImportReport(counts, notes, report.faults, None)
    every = chain([first], changes)
    draft = Draft(report.author, report.now, report.message, "import", every, settings=settings)
    try:
        return ImportReport(counts, notes, report.faults, store.commit(draft))
    except (Conflict, StaleRevision) as error:
        if store.revision() == pending.based_on:
            raise
        raise StaleRevision(Text("imports.overtaken", by=store.revision())) from error


def in_both(text: Text) -> str:
    """Put a message that is kept on record into words in both languages."""
    return f"{text.say('zh')} / {text.say('en')}"


def layer_called(layer_id: str) -> Layer:
    """Return a layer; NotFound with the known ones when there is none."""
    if layer_id not in catalogue():
        raise NotFound(Text("imports.no-such-layer", layer=layer_id, known=catalogue().ids()))
    return catalogue().layer(layer_id)


def _still_derived(old: Feature | None, shape: shapely.Geometry, entry: Mapping[str, Value]) -> bool | None:
    """Say whether a boundary that comes in is still the derived one: unchanged, or new and marked so in the file.

    One that somebody moved was drawn by a person, whatever its mark says.
    """
    if old is None:
        return entry.get("geometry_derived")
    return old.properties.get("geometry_derived") if same_place(old.geometry, shape) else None


def _put(pending: Pending, layer: Layer, rows: Rows, source: str) -> None:
    known = pending.layer(layer.id)
    defaulted: Counter[str] = Counter()
    for position, entry in rows.entries.items():
        shape = rows.placed.geometry[position] if rows.placed is not None else KEEP
        new = entry["code"] not in known
        if shape is None and not new:
            shape = KEEP  # a file without a shape does not take an existing one away
        if new:
            entry = {"source": source, **{name: value for name, value in entry.items() if value is not None}}
            for each in layer.fields:
                if each.default is not None and entry.get(each.name) is None:
                    entry[each.name] = each.default
                    defaulted[each.name] += 1
        if shape is not KEEP and shape is not None and "geometry_derived" in layer.by_name:
            entry = {**entry, "geometry_derived": _still_derived(known.get(entry["code"]), shape, entry)}
        pending.put(layer.id, entry["code"], entry, shape)
    for name, count in defaulted.items():
        declared = layer.field(name)
        value = declared.choice(declared.default)
        rows.notes.append(Text("imports.default-used", field=declared.label, count=count, value=value.label))
