"""Import a file into a layer: one changeset or none, with a report of every row that has a fault."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import shapely

from layers.catalogue import Layer, catalogue
from layers.errors import Conflict, Fault, ImportRejected, InvalidParameter, NotFound, StaleRevision
from layers.formats import Limits, read_table
from layers.formats.table import RawTable, ReadOptions
from layers.model.codes import derived_code
from layers.model.feature import Feature, Value
from layers.model.values import parse
from layers.store.protocol import Changeset, Draft, Store
from layers.text import Text
from layers.usecases.demo import make_way, metric_crs_of
from layers.usecases.matching import Match, match_columns
from layers.usecases.members import follow_up
from layers.usecases.pending import KEEP, Pending, same_place
from layers.usecases.placing import OFFSETS, Placed, place, suspected_offset


@dataclass(frozen=True)
class ImportOptions:
    """How the user wants a file to be imported.

    Parameters
    ----------
    crs : str, optional
        A CRS, ``gcj02`` or ``bd09``; else what the file says.
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


@dataclass(frozen=True)
class Rows:
    """A table whose cells have become values; `entries` is row position → properties of the sound rows."""

    table: RawTable
    entries: dict[int, dict[str, Value]]
    placed: Placed | None
    notes: list[Text]
    faults: list[Fault]


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
    rows = _understand(layer, read_table(path, options.read, options.limits), options)
    pending = Pending(store)
    _require(layer, rows, pending.layer(layer.id))
    if rows.faults and not options.only_sound:
        raise ImportRejected(*rows.faults)
    if rows.faults:
        rows.notes.append(Text("imports.faults-left-out", count=len(rows.table) - len(rows.entries)))
    if rows.placed is not None and (options.crs or "").lower() not in OFFSETS and store.setting("metric_crs"):
        on_record = [each.geometry for each in pending.layer(layer.id).values() if each.geometry is not None]
        suspicion = suspected_offset(rows.placed, on_record, store.setting("metric_crs"))
        rows.notes.extend([suspicion] if suspicion else [])
    _put(pending, layer, rows, path.name)
    message = in_both(Text("imports.table-message", layer=layer.label, file=path.name))
    return commit(store, pending, [layer.id], Report(rows.notes, rows.faults, message, author, now), options)


@dataclass(frozen=True)
class Report:
    """What `commit` needs to say beside the changes themselves."""

    notes: list[Text]
    faults: list[Fault]
    message: str
    author: str
    now: dt.datetime


def commit(store: Store, pending: Pending, layers: list[str], report: Report, options: ImportOptions) -> ImportReport:
    """Write what is pending, and what follows from it, as one changeset, unless it is a dry run or changes nothing."""
    notes = list(report.notes)
    alone = not options.keep_demo and make_way(store, pending, layers)
    if alone:
        notes.append(Text("imports.demo-removed"))
    settings = {}
    metric_crs = None if alone else store.setting("metric_crs")
    if metric_crs is None:
        shapes = [each.geometry for name in {*layers, "buildings"} for each in pending.layer(name).values()]
        if any(shape is not None for shape in shapes):
            metric_crs = settings["metric_crs"] = metric_crs_of(shapes)
    notes += follow_up(pending, metric_crs, members="arrangements" not in layers)
    counts = {layer: pending.counts(layer) for layer in layers}
    changes = pending.changes()
    if not changes:
        notes.append(Text("imports.unchanged"))
    if options.dry_run or not changes:
        return ImportReport(counts, notes, report.faults, None)
    draft = Draft(report.author, report.now, report.message, "import", changes, settings=settings)
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


def _understand(layer: Layer, table: RawTable, options: ImportOptions) -> Rows:
    """Give a table its meaning: columns, values, codes, geometry; collect every fault."""
    if not len(table):
        raise ImportRejected(Fault(Text("imports.no-rows"), {"file": table.name}))
    matches, unused = match_columns(layer, table.columns, options.columns)
    if not matches and table.faults:
        raise ImportRejected(*table.faults)  # what could not be read had the columns
    if not matches:
        text = Text("imports.nothing-matched", layer=layer.label, columns=list(table.columns))
        raise InvalidParameter(Fault(text, {"file": table.name}))
    pairs = [f"{match.column} → {match.field.name}" for match in matches]
    notes = [*table.notes, Text("imports.columns-matched", pairs=pairs)]
    if unused:
        notes.append(Text("imports.columns-unused", columns=unused))
    faults = list(table.faults)
    entries = _values(table, matches, notes, faults)
    placed = _placed(layer, table, options, notes)
    if placed is not None:
        faults += placed.faults
        notes += placed.notes
    _codes(layer, table, entries, placed, notes, faults)
    bad = {fault.where.get("row") for fault in faults}
    sound = {position: entry for position, entry in entries.items() if table.rows[position] not in bad}
    return Rows(table, sound, placed, notes, faults)


def _values(table: RawTable, matches: list[Match], notes: list[Text], faults: list[Fault]) -> dict[int, dict]:
    entries: dict[int, dict[str, Value]] = {position: {} for position in range(len(table))}
    assumed: dict[Text, None] = {}
    for match in matches:
        column = table.columns[match.column]
        required = match.field.required and match.field.name != "code"
        for position, raw in enumerate(column):
            read = parse(match.field, raw, heading=match.column)
            if read.problem is not None:
                where = {"row": table.rows[position], "column": match.column, "value": str(raw)[:60]}
                faults.append(Fault(read.problem, where))
            elif read.value is None and required:
                where = {"row": table.rows[position], "column": match.column}
                faults.append(Fault(Text("imports.required", field=match.field.label), where))
            if read.note is not None:
                assumed[read.note] = None  # said once, however many cells
            entries[position][match.field.name] = read.value
    notes += assumed
    return entries


def _require(layer: Layer, rows: Rows, known: Mapping[str, Feature]) -> None:
    """See that new features have what is required, also where the file has no such column at all."""
    required = [each for each in layer.own_fields() if each.required and each.name != "code"]
    for position, entry in list(rows.entries.items()):
        missing = [each for each in required if entry.get(each.name) is None]
        if missing and entry["code"] not in known:
            where = {"row": rows.table.rows[position]}
            rows.faults.extend(Fault(Text("imports.required", field=each.label), where) for each in missing)
            del rows.entries[position]


def _placed(layer: Layer, table: RawTable, options: ImportOptions, notes: list[Text]) -> Placed | None:
    if table.geometry is None:
        return None
    if not layer.spatial:
        if any(shape is not None for shape in table.geometry):
            notes.append(Text("imports.geometry-unused", layer=layer.label))
        return None
    return place(layer, table, options.crs)


def _still_derived(old: Feature | None, shape: shapely.Geometry, entry: Mapping[str, Value]) -> bool | None:
    """Say whether a boundary that comes in is still the derived one: unchanged, or new and marked so in the file.

    One that somebody moved was drawn by a person, whatever its mark says.
    """
    if old is None:
        return entry.get("geometry_derived")
    return old.properties.get("geometry_derived") if same_place(old.geometry, shape) else None


def _codes(
    layer: Layer, table: RawTable, entries: dict, placed: Placed | None, notes: list[Text], faults: list[Fault]
) -> None:
    """See that every row has a code of its own; make one where the catalogue says from what."""
    seen: dict[str, int] = {}
    made = 0
    for position, entry in entries.items():
        if not entry.get("code"):
            shape = placed.geometry[position] if placed is not None else None
            entry["code"] = _made_code(layer, entry, shape)
            made += entry["code"] is not None
        code = entry["code"]
        row = table.rows[position]
        if code is None:
            text = Text("imports.code-missing", parts=list(layer.code_from) or "—", field=layer.field("code").label)
            faults.append(Fault(text, {"row": row}))
        elif code in seen:
            faults.append(Fault(Text("imports.code-twice", code=code, other=seen[code]), {"row": row}))
        else:
            seen[code] = row
    if made:
        notes.append(Text("imports.code-made", count=made, parts=list(layer.code_from)))


def _made_code(layer: Layer, entry: Mapping[str, Value], shape: shapely.Geometry | None) -> str | None:
    """Make a code that is the same for the same thing at every import, or None."""
    for recipe in layer.code_from:
        parts = [_part(name, entry, shape) for name in recipe.split("+")]
        if parts[-1] is not None:
            return derived_code(*parts)
    return None


def _part(name: str, entry: Mapping[str, Value], shape: shapely.Geometry | None) -> str | None:
    """Return what a part of a recipe says; of a geometry, a short digest of its place to about 0.1 m."""
    if name == "geometry":
        wkt = None if shape is None else shapely.to_wkt(shape, rounding_precision=6)
        return None if wkt is None else hashlib.sha256(wkt.encode()).hexdigest()[:10]
    value = entry.get(name)
    return value.isoformat() if isinstance(value, dt.date) else None if value in (None, "") else str(value)


def _put(pending: Pending, layer: Layer, rows: Rows, file: str) -> None:
    known = pending.layer(layer.id)
    defaulted: Counter[str] = Counter()
    for position, entry in rows.entries.items():
        shape = rows.placed.geometry[position] if rows.placed is not None else KEEP
        new = entry["code"] not in known
        if shape is None and not new:
            shape = KEEP  # a file without a shape does not take an existing one away
        if new:
            entry = {"source": file, **{name: value for name, value in entry.items() if value is not None}}
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
