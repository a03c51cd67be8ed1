"""Import a file into a layer: one changeset or none, with a report of every row that has a fault."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely

from geo.places import is_correction
from layers.catalogue import Layer, catalogue
from layers.errors import Fault, ImportRejected, NotFound
from layers.formats import Limits, read_table, read_tables
from layers.formats.kinds import has_sheets
from layers.formats.table import RawTable, ReadOptions, is_details
from layers.model.feature import Feature, Value, flag_of
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.edits.holding import Effective
from layers.usecases.edits.pending import KEEP, ROUNDING_DEGREES, Pending, same_place
from layers.usecases.imports import again
from layers.usecases.imports import doubts as doubting
from layers.usecases.imports.columns import Records
from layers.usecases.imports.committing import Coming, ImportReport, Report, commit
from layers.usecases.imports.holding_back import held_codes
from layers.usecases.imports.kinds import Prepared
from layers.usecases.imports.matching import matching
from layers.usecases.imports.placing import correction, told_by
from layers.usecases.imports.statements import of_file
from layers.usecases.imports.understanding import Rows, remembering, require, understand


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
    effective : date or "correction", optional
        The day from which on the file holds, or that it corrects what is on record for all days. By default a ledger
        holds from its 截至 on, and everything else is a correction.
    seen : int, optional
        The revision at which the user saw what would be imported: what others changed since is not overwritten.
    allow : tuple of str
        What is written though it looks absurd: kinds of `layers.usecases.imports.doubts`.
    values : mapping
        Field → word → what it stands for.
    confirmed : bool
        Write whatever looks absurd: all kinds at once.
    split_parts : bool
        Make each part of a feature a feature of its own.
    remembered : mapping, optional
        Field → column as an earlier file with the same headings had them; by default as it is remembered now.
    """

    crs: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    read: ReadOptions = field(default_factory=ReadOptions)
    dry_run: bool = False
    limits: Limits = field(default_factory=Limits)
    only_sound: bool = False
    keep_demo: bool = False
    seen: int | None = None
    remembered: Mapping[str, str] | None = None
    allow: tuple[str, ...] = ()
    effective: Effective | None = None
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    confirmed: bool = False
    split_parts: bool = False

    @property
    def allowed(self) -> tuple[str, ...]:
        """What is written though it looks absurd."""
        return doubting.KINDS if self.confirmed else self.allow


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
    made_of = again.origin(layer, path, options)
    known = None if made_of is None else again.told_again(store, layer, made_of)
    if known is not None:
        return known
    prepared = prepare(store, layer, _table_for(layer, path, options), options, path.name)
    prepared.origin, prepared.as_claimed = made_of, prepared.rows.table.geometry is None
    return finish(store, prepared, options, author, now)


def _table_for(layer: Layer, path: Path, options: ImportOptions) -> RawTable:
    """Read the table of a file; of a workbook that holds several, the first of those that say most of the layer."""
    if options.read.sheet is not None or not has_sheets(path.name):
        return read_table(path, options.read, options.limits)
    tables = read_tables(path, options.read, options.limits)

    def says(table: RawTable) -> tuple[int, int]:
        told = set(options.columns.values()) & set(table.columns)
        return len(told), len(matching(layer, table.columns, {}).matches)

    best = max(tables, key=says)
    others = [] if is_details(best.name) else [table.name for table in tables if table is not best]
    if others:
        best.notes.append(Text("formats.sheets-with-other-tables", sheets=others))
    return best


@dataclass
class PreparedTable(Prepared):
    """A file that was understood and laid beside what is on record; nothing is written yet.

    `told` is the CRS or correction that the user says, or a heading of the file. `origin` is what the file was when it
    was read, where nothing is asked beside it; `as_claimed` see `again.placed_as_claimed`.
    `room` is called before writing: others may let go then of what they keep of the file.
    """

    layer: Layer
    rows: Rows
    pending: Pending
    file: str
    source: str
    told: str | None = None
    origin: again.Origin | None = None
    as_claimed: bool = False
    defaulted: list[Text] = field(default_factory=list)
    doubts: Sequence[doubting.Doubt] = ()
    room: Callable[[], None] = lambda: None

    @property
    def remembered(self) -> Mapping[str, str]:
        """Field → column of an earlier file with the same headings."""
        return self.rows.remembered

    @property
    def blocking(self) -> Sequence[Fault]:
        """Why there are no entries at all."""
        return () if self.rows.fatal is None else self.rows.fatal.faults

    @property
    def meanwhile(self) -> Sequence[Text]:
        """What was found before that."""
        return self.rows.notes

    @property
    def elsewhere(self) -> Sequence[Text]:
        """What speaks for and against its CRS, and what is asked."""
        return [*self.rows.findings.texts, *(each.text for each in self.doubts)]

    def lay(self) -> None:
        """Lay the sound rows beside what is on record."""
        require(self.layer, self.rows, self.pending.layer(self.layer.id))
        self.defaulted = _put(self.pending, self.layer, self.rows, self.source)

    def notes(self) -> list[Text]:
        """Say what was found."""
        rows = self.rows
        left_out = len(rows.table) - len(rows.entries)
        left = [Text("imports.faults-left-out", count=left_out)] if rows.faults or rows.lacking else []
        asked = [each.text for each in self.doubts]
        return [*asked, *rows.notes, *left, *self._nowhere(), *rows.findings.texts, *self.defaulted]

    def _nowhere(self) -> list[Text]:
        """Say how many new features come from a file that has no places at all."""
        if not self.layer.spatial or self.rows.placed is not None:
            return []
        known = self.pending.on_record(self.layer.id)
        new = sum(entry["code"] not in known for entry in self.rows.entries.values())
        return [Text("imports.no-places", count=new, layer=self.layer.label)] if new else []

    def coming(self) -> doubting.Coming:
        """Return what comes in, for those who doubt it."""
        codes, numbers = self.rows.entries.columns["code"], self.rows.table.rows
        shapes = self.rows.table.geometry
        rows = {str(codes[place]): numbers[place] for place in self.rows.entries}
        raw = {} if shapes is None else {str(codes[place]): shapes[place] for place in self.rows.entries}
        return doubting.Coming(self.layer, rows, raw)

    def let_go(self) -> None:
        """Make room for writing."""
        self.rows.let_go()
        self.room()


def prepare(store: Store, layer: Layer, table: RawTable, options: ImportOptions, file: str) -> PreparedTable:
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
    told = told_by(table, options.crs)
    source = f"{file} ({told.lower()})" if told is not None and is_correction(told) else file
    prepared = PreparedTable(layer, rows, pending, file, source, told)
    if rows.fatal is None:
        prepared.lay()
    return prepared


def finish(
    store: Store, prepared: PreparedTable, options: ImportOptions, author: str, now: dt.datetime
) -> ImportReport:
    """Write what was prepared as one changeset, or say what it would be; errors as `import_file`."""
    rows, layer = prepared.rows, prepared.layer
    if rows.fatal is not None:
        raise rows.fatal
    message = Text("imports.table-message", layer=layer.label, file=prepared.file)
    corrected = correction(prepared.told) if rows.placed is not None else None
    if corrected is not None:
        message = Text("imports.corrected-message", message=message, correction=corrected)
    said = of_file(options.effective)
    kept = remembering(layer.id, rows.table.columns, rows.matching.as_told()) if options.columns else {}
    kept |= rows.words.remembering() if rows.words is not None and options.values else {}

    def report() -> Report:
        faults = rows.every_fault()
        if faults and not options.only_sound:
            raise ImportRejected(*faults)
        if prepared.origin is not None and rows.table.geometry is not None and not faults:  # before `let_go`
            prepared.as_claimed = again.placed_as_claimed(rows)
        found, told = doubting.doubts_of(store, prepared.pending, prepared.coming())
        prepared.doubts = [*doubting.of_file(rows.table), *found]
        if not options.dry_run:
            doubting.refuse(prepared.doubts, options.allowed)
        notes = [*prepared.notes(), *told, *said.notes]
        return Report(notes, faults, message.in_both(), author, now, kept, said.holding)

    coming = Coming(
        prepared.pending, [layer.id], prepared.lay, report, left_out=rows.codes_lacking,
        held=lambda: {layer.id: held_codes(rows)}, let_go=prepared.let_go,
        keeping=lambda reported: again.keeping(store, prepared, reported, said.notes),
    )  # fmt: skip
    return commit(store, coming, options)


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
        return flag_of(entry, "geometry_derived")
    return flag_of(old.properties, "geometry_derived") if same_place(old.geometry, shape) else None


def _kept(shapes: np.ndarray, entries: Records, known: Mapping[str, Feature]) -> np.ndarray:
    """Return shapes with those on record in the place of the same ones: compared all at once, and held only once."""
    codes = entries.columns["code"]
    places = np.array([place for place in entries if codes[place] in known], dtype=np.int64)
    if not len(places):
        return shapes
    before = np.empty(len(places), dtype=object)
    before[:] = [known[str(codes[place])].geometry for place in places.tolist()]
    same = shapely.equals_exact(before, shapes[places], ROUNDING_DEGREES)
    kept = shapes.copy()
    kept[places[same]] = before[same]
    return kept


def _put(pending: Pending, layer: Layer, rows: Rows, source: str) -> list[Text]:
    """Put the rows that come in, and say which values were assumed."""
    known = pending.layer(layer.id)
    defaulted: Counter[str] = Counter()
    marked = "geometry_derived" in layer.by_name
    nothing: dict[str, Value] = {}
    usual_values = [each for each in layer.fields if each.default is not None]
    shapes = None if rows.placed is None else _kept(rows.placed.geometry, rows.entries, known)
    for position, entry in rows.entries.items():
        shape = shapes[position] if shapes is not None else KEEP
        code = str(entry["code"])
        new = code not in known
        if shape is None and not new:
            shape = KEEP  # a file without a shape does not take an existing one away
        if new:
            if position in rows.own_words and entry.get("remark") is None:
                entry["remark"] = rows.own_words[position]
            said = {name: value for name, value in entry.items() if value is not None}
            entry = {"code": code, "source": source, **rows.implied.get(position, nothing), **said}
            for each in usual_values:
                if each.name not in entry:
                    entry[each.name] = each.default
                    defaulted[each.name] += 1
        if shape is not KEEP and shape is not None and marked:
            entry["geometry_derived"] = _still_derived(known.get(code), shape, entry)
        if new:
            pending.put_new(layer.id, code, entry, None if shape is KEEP else shape)
        else:
            pending.put(layer.id, code, entry, shape)
    notes = []
    for name, count in defaulted.items():
        declared = layer.field(name)
        value = declared.choice(declared.default)
        assert value is not None  # the catalogue is checked for it
        notes.append(Text("imports.default-used", field=declared.label, count=count, value=value.label))
    return notes
