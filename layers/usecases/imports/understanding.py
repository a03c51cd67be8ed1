"""What a table means to a layer: columns, values, codes, places; every fault is collected, nothing is written."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import chain
from typing import TYPE_CHECKING

import shapely

from layers.catalogue import Label, Layer
from layers.errors import Fault, GridmapError, ImportRejected, InvalidParameter
from layers.formats.table import RawTable
from layers.model.feature import Feature, Value
from layers.model.values import derived_code, fold
from layers.store.protocol import Store
from layers.text import Text, first_few
from layers.usecases.edits.sense import LONGEST_NAME, too_long
from layers.usecases.imports.astray import without_astray
from layers.usecases.imports.closing import with_areas
from layers.usecases.imports.columns import Records, read_records
from layers.usecases.imports.coordinates import SHOWN, Findings, examine
from layers.usecases.imports.doubts import around
from layers.usecases.imports.matching import Matching, headings_key, matching
from layers.usecases.imports.placing import Placed, place
from layers.usecases.imports.road_words import implied, with_plain_words
from layers.usecases.imports.rounded import rounded_codes
from layers.usecases.imports.splitting import split, twice
from layers.usecases.imports.sums import without_sums, without_words, zeros_lost
from layers.usecases.imports.words import Words, remembered_words

if TYPE_CHECKING:
    from layers.usecases.imports.tables import ImportOptions

LONGEST_MAPPING, LISTED_COLUMNS = 20_000, 16
OTHER, LONGEST_WORD = "other", 60


@dataclass
class Rows:
    """A table whose cells have become values.

    Attributes
    ----------
    parsed : Records
        Row position → properties, as far as the cells of each row could be read.
    readable : Records
        The same of the rows without a fault.
    entries : Records
        Those of them that come in; `require` sees to it.
    own_words : mapping
        Row position → the file's own word, where it has no code and came under "other".
    lacking : mapping
        Code → why its row does not come in, though its cells can be read.
    implied : mapping
        Row position → what a new feature is by a word that says more than its value does.
    split : bool
        Whether the table has a row for each part of its features.
    remembered : mapping
        Field → column, as somebody set them for an earlier file with the same headings.
    words : Words
        The words of its cells that nobody knows, and what was answered.
    fatal : GridmapError or None
        Why there are no entries at all.
    """

    table: RawTable
    matching: Matching
    findings: Findings
    notes: list[Text]
    faults: list[Fault]
    remembered: Mapping[str, str] = field(default_factory=dict)
    parsed: Records = field(default_factory=Records)
    readable: Records = field(default_factory=Records)
    entries: Records = field(default_factory=Records)
    lacking: dict[Value, list[Fault]] = field(default_factory=dict)
    own_words: dict[int, str] = field(default_factory=dict)
    implied: dict[int, dict[str, Value]] = field(default_factory=dict)
    split: bool = False
    placed: Placed | None = None
    words: Words | None = None
    fatal: GridmapError | None = None

    def every_fault(self) -> list[Fault]:
        """Return everything that is wrong with the rows."""
        return self.table.located([*self.faults, *chain.from_iterable(self.lacking.values())])

    def codes_lacking(self) -> set[str]:
        """Return the codes of the rows that do not come in, though their cells can be read."""
        return set(map(str, self.lacking))

    def let_go(self) -> None:
        """Forget the cells as they stand in the file: what they mean is known by now, and writing needs the room."""
        told = self.table
        self.table = RawTable(told.name, {}, told.rows, choices=told.choices, sheets=told.sheets)


def understand(
    store: Store, layer: Layer, table: RawTable, options: ImportOptions, known: Mapping[str, Feature]
) -> Rows:
    """Give a table its meaning: columns, values, codes, geometry; collect every fault of its own.

    Parameters
    ----------
    known : mapping
        Code → feature of the layer on record.

    Raises
    ------
    InvalidParameter
        The mapping names what is not there.
    """
    earlier = remembered(store, layer.id, table.columns) if options.remembered is None else options.remembered
    found = matching(layer, table.columns, options.columns, earlier)
    table, sums = without_sums(table)
    table, words = without_words(table, found)
    table, said = with_plain_words(layer, found.matches, table)
    parted: list[Text] = []
    if layer.spatial:
        if options.split_parts:
            table, parted = split(table, found)
        table = without_astray(with_areas(layer, table), around(store)[1])
    findings = examine(store, layer, table, options.crs, known) if layer.spatial else Findings()
    same = twice(table) if layer.spatial else []
    notes = [*table.notes, *sums, *words, *said, *parted, *same]
    asked = Words(layer, options.values, remembered_words(store, layer))
    rows = Rows(table, found, findings, notes, [*table.faults], dict(earlier), split=bool(parted), words=asked)
    try:
        _give_meaning(layer, rows, options, known)
    except GridmapError as error:
        rows.fatal = error
    return rows


def remembered(store: Store, layer_id: str, columns: Iterable[str]) -> dict[str, str]:
    """Return field → column as they were set for the last file with these headings."""
    kept = store.setting(headings_key(layer_id, columns))
    return {} if kept is None else json.loads(kept)


def remembering(layer_id: str, columns: Iterable[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the setting that keeps a mapping of field to column which somebody set."""
    text = json.dumps(mapping, ensure_ascii=False)
    return {headings_key(layer_id, columns): text} if len(text) <= LONGEST_MAPPING else {}


def _give_meaning(layer: Layer, rows: Rows, options: ImportOptions, known: Mapping[str, Feature]) -> None:
    table, matches = rows.table, rows.matching.matches
    if not len(table):
        raise ImportRejected(Fault(Text("imports.no-rows"), {"file": table.name}))
    if not matches and len({fault.where.get("row") for fault in table.faults}) >= len(table):
        raise ImportRejected(*table.located(table.faults))  # what could not be read had the columns
    blocking = list(rows.matching.rivals)
    if not matches and not _codes_by_place(layer, table):
        listed = first_few(table.columns, LISTED_COLUMNS)
        text = Text("imports.nothing-matched", layer=layer.label, columns=listed)
        text = text if table.columns else Text("imports.no-columns", layer=layer.label)
        blocking.append(Fault(text, {"file": table.name}))
    try:
        rows.placed = _placed(layer, rows, options)
    except InvalidParameter as error:
        blocking += error.faults
    if blocking:
        raise InvalidParameter(*blocking)
    rows.notes += _columns_told(rows.matching)
    assert rows.words is not None
    rows.parsed, assumed, faults = read_records(table, matches, rows.words)
    faults = [*rows.words.faults(table), *faults]
    rows.notes += rows.words.notes()
    rounded = rounded_codes(rows.parsed.columns["code"], table.rows) if "code" in rows.parsed.columns else None
    rows.notes += assumed + _own_words(layer, rows) + ([rounded] if rounded else [])
    rows.implied = implied(layer, matches, table.columns)
    if rows.implied:
        rows.notes.append(Text("imports.road-words", count=len(rows.implied)))
    rows.faults += faults
    if rows.placed is not None:
        rows.faults += rows.placed.faults
        rows.notes += rows.placed.notes
    _codes(layer, rows)
    rows.faults += zeros_lost(rows.table, rows.parsed.columns["code"], known)
    rows.faults += _long_names(rows, known)
    bad = {fault.where.get("row") for fault in rows.faults} | rows.words.rows
    rows.readable = rows.parsed.without({place for place, row in enumerate(table.rows) if row in bad} if bad else set())


def _columns_told(found: Matching) -> Iterator[Text]:
    """Say which columns mean what, which of them somebody said so or only begin so, and which mean nothing."""
    pairs = [(match.source, f"{match.column} → {match.field.name}") for match in found.matches]
    yield Text("imports.columns-matched", pairs=[pair for _, pair in pairs])
    for source, key in (("remembered", "imports.columns-remembered"), ("beginning", "imports.columns-cut")):
        those = [pair for each, pair in pairs if each == source]
        if those:
            yield Text(key, pairs=those)
    if found.unused:
        yield Text("imports.columns-unused", columns=found.unused)


def _own_words(layer: Layer, rows: Rows) -> list[Text]:
    """Find words that came under "other", such as hospital or school, and tell them once each with their count."""
    notes = []
    for match in rows.matching.matches:
        other = next((each for each in match.field.values if each.code == OTHER), None)
        if other is None:
            continue
        plain = {fold(each) for each in (other.code, other.label.zh, other.label.en, "其它")}
        counts: Counter[str] = Counter()
        parsed = rows.parsed.columns[match.field.name]
        for position, raw in enumerate(rows.table.columns[match.column]):
            if parsed[position] == OTHER and isinstance(raw, str) and fold(raw) not in plain:
                rows.own_words[position] = word = raw.strip()[:LONGEST_WORD]
                counts[word] += 1
        if counts:
            words = [f"{word} {count}" for word, count in counts.most_common(LISTED_COLUMNS)]
            remark = layer.field("remark").label
            said = {"field": match.field.label, "words": words, "other": other.label, "kept": remark}
            notes.append(Text("imports.own-words", **said))
    return notes


def require(layer: Layer, rows: Rows, known: Mapping[str, Feature]) -> None:
    """See that new features have what is required, also where the file has no such column at all.

    Parameters
    ----------
    known : mapping
        Code → feature of the layer on record.
    """
    required = [each for each in layer.own_fields() if each.required and each.name != "code"]
    columns, lacking = rows.readable.columns, set()
    nothing = [None] * len(rows.table)
    rows.lacking = {}
    for position in rows.readable:
        missing = [each for each in required if columns.get(each.name, nothing)[position] is None]
        code = columns["code"][position]
        if missing and code not in known:
            where = {"row": rows.table.rows[position]}
            rows.lacking[code] = [Fault(Text("imports.required", field=each.label), where) for each in missing]
            lacking.add(position)
    rows.entries = rows.readable.without(lacking)


def _placed(layer: Layer, rows: Rows, options: ImportOptions) -> Placed | None:
    table = rows.table
    if table.geometry is None:
        return None
    if not layer.spatial:
        if any(shape is not None for shape in table.geometry):
            rows.notes.append(Text("imports.geometry-unused", layer=layer.label))
        return None
    return place(layer, table, options.crs, [each.text() for each in rows.findings.candidates[:SHOWN]])


def _codes(layer: Layer, rows: Rows) -> None:
    """See that every row has a code of its own; make one where the catalogue says from what."""
    numbers, placed = rows.table.rows, rows.placed
    codes = rows.parsed.columns.setdefault("code", [None] * len(rows.table))
    seen: dict[Value, int] = {}
    made = 0
    # Footprints from outside have no codes at all; where an office gives codes, one that is blank was forgotten.
    forgotten = layer.geometry == "polygon" and any(codes)
    for position, code in enumerate(codes):
        if not code and not forgotten:
            shape = placed.geometry[position] if placed is not None else None
            code = codes[position] = _made_code(layer, rows.parsed[position], shape)
            made += code is not None
        row = numbers[position]
        if code is None:
            able = layer.code_from and not forgotten
            key = "imports.code-missing" if able else "imports.code-required"
            parts = {"parts": _recipes(layer)} if able else {}
            text = Text(key, field=layer.field("code").label, **parts)
            rows.faults.append(Fault(text, {"row": row}))
        elif code in seen:
            text = Text("imports.code-twice", code=code, other=rows.table.shown(seen[code]))
            rows.faults.append(Fault(text, {"row": row}))
        else:
            seen[code] = row
    if made:
        rows.notes.append(Text("imports.code-made", count=made, parts=_recipes(layer)))


def _long_names(rows: Rows, known: Mapping[str, Feature]) -> list[Fault]:
    """Find names that nobody calls anything by, a pasted paragraph say; what is on record so may stay so."""
    column = next((each.column for each in rows.matching.matches if each.field.name == "name"), None)
    if column is None:
        return []
    codes, faults = rows.parsed.columns["code"], []
    for position, name in enumerate(rows.parsed.columns["name"]):
        if isinstance(name, str) and len(name) > LONGEST_NAME:
            old = known.get(str(codes[position]))
            text = too_long(name, None if old is None else old.properties.get("name"))
            if text is not None:
                faults.append(Fault(text, {"row": rows.table.rows[position], "column": column, "value": name[:60]}))
    return faults


def _recipes(layer: Layer) -> list[Text | Label]:
    """Say what codes can be made from, each recipe by the labels of its fields."""
    named = (
        [Text("imports.shape") if name == "geometry" else layer.field(name).label for name in recipe.split("+")]
        for recipe in layer.code_from
    )
    return [reduce(lambda one, more: Text("imports.code-and", one=one, more=more), labels) for labels in named]


def _codes_by_place(layer: Layer, table: RawTable) -> bool:
    """Say whether a shape alone, without any column, is enough of a feature."""
    lacking = [each.name for each in layer.own_fields() if each.required and each.name != "code"]
    by_place = any(recipe.split("+")[-1] == "geometry" for recipe in layer.code_from)
    return table.geometry is not None and by_place and not lacking


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
