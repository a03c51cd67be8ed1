"""What a table means to a layer: columns, values, codes, places; every fault is collected, nothing is written."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import shapely

from layers.catalogue import Layer
from layers.errors import Fault, GridmapError, ImportRejected, InvalidParameter
from layers.formats.table import RawTable
from layers.model.codes import derived_code
from layers.model.feature import Feature, Value
from layers.model.values import parse
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.doctor import SHOWN, Findings, examine
from layers.usecases.matching import Match, Matching, headings_key, matching
from layers.usecases.placing import Placed, place

if TYPE_CHECKING:
    from layers.usecases.importing import ImportOptions

LONGEST_MAPPING = 20_000


@dataclass
class Rows:
    """A table whose cells have become values.

    Attributes
    ----------
    entries : dict
        Row position → properties of the sound rows.
    parsed : dict
        The same of every row, as far as its cells could be read.
    fatal : GridmapError or None
        Why there are no entries at all.
    """

    table: RawTable
    matching: Matching
    findings: Findings
    notes: list[Text]
    faults: list[Fault]
    entries: dict[int, dict[str, Value]] = field(default_factory=dict)
    parsed: dict[int, dict[str, Value]] = field(default_factory=dict)
    placed: Placed | None = None
    fatal: GridmapError | None = None


def understand(
    store: Store, layer: Layer, table: RawTable, options: ImportOptions, known: Mapping[str, Feature]
) -> Rows:
    """Give a table its meaning: columns, values, codes, geometry; collect every fault.

    Parameters
    ----------
    known : mapping
        Code → feature of the layer on record.

    Raises
    ------
    InvalidParameter
        The mapping names what is not there.
    """
    found = matching(layer, table.columns, options.columns, remembered(store, layer, table.columns))
    findings = examine(store, layer, table, options.crs, known) if layer.spatial else Findings()
    rows = Rows(table, found, findings, [*table.notes], [*table.faults])
    try:
        _give_meaning(layer, rows, options, known)
    except GridmapError as error:
        rows.fatal = error
        rows.entries = {}
    return rows


def remembered(store: Store, layer: Layer, columns: Iterable[str]) -> dict[str, str]:
    """Return field → column as they were set for the last file with these headings."""
    kept = store.setting(headings_key(layer, columns))
    return {} if kept is None else json.loads(kept)


def remembering(layer: Layer, columns: Iterable[str], found: Matching) -> dict[str, str]:
    """Return the setting that keeps a mapping which somebody set."""
    columns = list(columns)
    mapping = {match.field.name: match.column for match in found.matches}
    for name in found.left_out:
        mapping[name] = ""
    text = json.dumps(mapping, ensure_ascii=False)
    return {headings_key(layer, columns): text} if len(text) <= LONGEST_MAPPING else {}


def _give_meaning(layer: Layer, rows: Rows, options: ImportOptions, known: Mapping[str, Feature]) -> None:
    table, matches = rows.table, rows.matching.matches
    if not len(table):
        raise ImportRejected(Fault(Text("imports.no-rows"), {"file": table.name}))
    if rows.matching.rivals:
        raise InvalidParameter(*rows.matching.rivals)
    if not matches and table.faults:
        raise ImportRejected(*table.faults)  # what could not be read had the columns
    if not matches:
        text = Text("imports.nothing-matched", layer=layer.label, columns=list(table.columns))
        raise InvalidParameter(Fault(text, {"file": table.name}))
    pairs = [f"{match.column} → {match.field.name}" for match in matches]
    rows.notes.append(Text("imports.columns-matched", pairs=pairs))
    again = [f"{match.column} → {match.field.name}" for match in matches if match.source == "remembered"]
    if again:
        rows.notes.append(Text("imports.columns-remembered", pairs=again))
    if rows.matching.unused:
        rows.notes.append(Text("imports.columns-unused", columns=rows.matching.unused))
    entries = rows.parsed = _values(table, matches, rows.notes, rows.faults)
    rows.placed = _placed(layer, rows, options)
    if rows.placed is not None:
        rows.faults += rows.placed.faults
        rows.notes += rows.placed.notes
    _codes(layer, table, entries, rows.placed, rows.notes, rows.faults)
    bad = {fault.where.get("row") for fault in rows.faults}
    rows.entries = {position: entry for position, entry in entries.items() if table.rows[position] not in bad}
    _require(layer, rows, known)


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


def _placed(layer: Layer, rows: Rows, options: ImportOptions) -> Placed | None:
    table = rows.table
    if table.geometry is None:
        return None
    if not layer.spatial:
        if any(shape is not None for shape in table.geometry):
            rows.notes.append(Text("imports.geometry-unused", layer=layer.label))
        return None
    return place(layer, table, options.crs, [each.text() for each in rows.findings.candidates[:SHOWN]])


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
