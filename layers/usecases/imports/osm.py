"""Import OpenStreetMap data: roads, buildings, stations, gates, barriers and turns in one changeset or none."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from geo.places import representative_points
from layers import clock
from layers.catalogue import Layer, catalogue
from layers.errors import Fault, ImportRejected, InvalidParameter
from layers.formats import read_osm
from layers.formats.table import RawTable
from layers.store.protocol import Store
from layers.text import Text, first_few
from layers.usecases.edits.holding import Effective
from layers.usecases.edits.pending import Pending
from layers.usecases.edits.sense import too_long
from layers.usecases.imports.committing import Coming, ImportReport, Report, Terms, commit
from layers.usecases.imports.kinds import Prepared
from layers.usecases.imports.osm_cutting import Cut, cut_again
from layers.usecases.imports.osm_joining import Joins, apart, joined
from layers.usecases.imports.osm_renewal import Inside, by_hand, gone, merged, removed_by_hand, told_already
from layers.usecases.imports.placing import place
from layers.usecases.imports.statements import of_file

LAYERS = ("roads", "buildings", "stations", "gates", "barriers", "turns")
SOURCE = "OpenStreetMap (ODbL)"
WAY = re.compile(r"w-?\d+")
EDGE = re.compile(r"osm-(.+)-(p?\d+)")
BESIDE = {"roads": ("pieces", "from_node", "to_node")}  # columns that are no fields
LISTED_VALUES = 8
Box = tuple[float, float, float, float]
# What `counts` of the reader says of objects that did come in; everything else was left out.
REMARKS = (
    "ferry", "ferry-untimed", "incomplete", "apart", "crossed", "uncrossed", "deleted", "speed-unread", "reversible",
    "residents", "barrier-closes",
    "barrier-residents", "barrier-passed", "barrier-at-junction",
)  # fmt: skip


@dataclass(frozen=True)
class OsmOptions:
    """What the user wants of a file: only what touches `bbox`; `dry_run`, `keep_demo`, `seen` and `effective`
    as in `ImportOptions`. Its roads are joined where they share a node, or (`joins` = lines) wherever they meet."""

    bbox: Box | None = None
    dry_run: bool = False
    keep_demo: bool = False
    seen: int | None = None
    effective: Effective | None = None
    joins: Joins = "nodes"


def parse_bbox(text: str) -> Box:
    """Return west, south, east, north from ``W,S,E,N`` in degrees; InvalidParameter unless it is a box on earth."""
    try:
        return box_of([float(part) for part in text.split(",")])
    except ValueError:
        raise _no_box(text) from None


def box_of(numbers: Sequence[float]) -> Box:
    """Return west, south, east, north; InvalidParameter unless that is a box on earth."""
    if len(numbers) == 4:
        west, south, east, north = numbers
        if -180 <= west < east <= 180 and -90 <= south < north <= 90:
            return west, south, east, north
    raise _no_box(",".join(map(str, numbers)))


def _no_box(given: str) -> InvalidParameter:
    return InvalidParameter(Fault(Text("osm.bbox"), {"parameter": "bbox", "value": given[:80]}))


@dataclass
class PreparedOsm(Prepared):
    """OpenStreetMap data laid beside what is on record; nothing is written yet.

    `around` is where the records of the workspace lie: what to take of a map.
    """

    tables: Mapping[str, RawTable]
    shapes: Mapping[str, np.ndarray]
    pending: Pending
    counts: Counts
    file: str
    store: Store
    day: dt.date | None = None
    dropped: int = 0
    told: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    around: Box | None = None

    def lay(self) -> None:
        """Lay the data beside what is on record; on a day, end what they no longer have."""
        self.told = {layer: {} for layer in LAYERS}
        found = cut_again(self.tables["roads"], self.shapes["roads"], self.pending.layer("roads"), self._ending,
                          self.counts.asked is None)  # fmt: skip
        self.tables, self.shapes = {**self.tables, "roads": found.roads}, {**self.shapes, "roads": found.shapes}
        there = found.skipped | told_already(self.pending, self.tables["roads"], self.shapes["roads"])
        for layer in LAYERS:
            self._put(catalogue().layer(layer), there if layer == "roads" else set())
        self.dropped = _drop_old_edges(self.pending, self.tables["roads"], found)
        if self.day is not None and len(self.shapes["roads"]):
            self._end(self.day)

    def _put(self, layer: Layer, skipped: set[str]) -> None:
        table, told, used = self.tables[layer.id], self.told[layer.id], None
        known = self.pending.layer(layer.id)
        for row, shape in zip(_rows(layer, table), self.shapes[layer.id], strict=True):
            code = row.pop("code")
            if shape is None or code in skipped:
                continue
            old = known.get(code)
            if too_long(row.get("name"), None if old is None else old.properties.get("name")) is not None:
                row["name"] = None
                told.setdefault("unnamed", []).append(code)
            if old is not None:
                row, shape, kept = merged(self.store, layer.id, old, row, shape)
                if kept:
                    told.setdefault("kept", []).append(f"{code} ({', '.join(sorted(kept))})")
                if old.properties.get("valid_to") and "valid_to" not in by_hand(self.store, layer.id, old):
                    row["valid_to"] = None  # ended by an earlier file, and there again
                    told.setdefault("again", []).append(code)
            else:
                used = self.store.known_ids(layer.id) if used is None else used
                if code in used and removed_by_hand(self.store, layer.id, code):
                    told.setdefault("away", []).append(code)
                    continue
                defaults = {each.name: each.default for each in layer.fields if each.default is not None}
                row = {**defaults, "source": SOURCE, **row}
            self.pending.put(layer.id, code, row, shape)

    def broken(self) -> dict[str, set[str]]:
        """Return layer → codes of what the file has with a shape that cannot be read."""
        return {
            layer: {code for code, shape in zip(self.tables[layer].columns["code"], self.shapes[layer], strict=True)
                    if shape is None}
            for layer in LAYERS
            if len(self.shapes[layer])
        }  # fmt: skip

    def end_on(self, day: dt.date) -> None:
        """Say on which day the file comes in: what it no longer has inside its area ends on the day before."""
        if self.day != day:
            self.day = day
            if len(self.shapes["roads"]):
                self._end(day)

    def _end(self, day: dt.date) -> None:
        """End on the day before what the file no longer has inside its area."""
        for layer in LAYERS:
            codes = self.tables[layer].columns.get("code", ())
            seen = bool(len(codes)) or self.counts.of(layer, "seen") > 0
            found = gone(self.pending, layer, codes, self._inside, day, seen)
            for code in found.ended:
                self.pending.amend(layer, code, {"valid_to": day - dt.timedelta(days=1)})
            self.told[layer] |= ({"gone": found.ended} if found.ended else {}) | found.kept

    @cached_property
    def _inside(self) -> Inside:
        """Where the file speaks."""
        sound = [shape for layer in ("roads", "buildings") for shape in self.shapes[layer] if shape is not None]
        return Inside(np.array(sound, dtype=object), self.counts.asked, self.counts.extents)

    def _ending(self, codes: set[str]) -> set[str]:
        """Return the codes of roads that hold and that a file with these codes ends."""
        return set(gone(self.pending, "roads", codes, self._inside, dt.date.max, seen=True).ended)

    def notes(self) -> list[Text]:
        """Say what was found."""
        removed = [Text("osm.edges-removed", count=self.dropped)] if self.dropped else []
        network = _network_notes(self.tables["roads"], self.counts)
        return [*network, *_left_out_notes(self.counts), Text("osm.licence"), *removed, *self._merge_notes()]

    def _merge_notes(self) -> list[Text]:
        """Say what stayed as it was entered, what came back, and what ended."""
        notes = []
        for layer, found in self.told.items():
            for what, codes in found.items():
                which = first_few(codes, LISTED_VALUES)
                label = catalogue().layer(layer).label
                notes.append(Text(f"osm.merge-{what}", layer=label, count=len(codes), which=which))
        return notes


def import_osm(store: Store, path: Path, options: OsmOptions, author: str, now: dt.datetime) -> ImportReport:
    """Import roads, buildings, stations, gates, barriers and turns from OpenStreetMap data.

    Features are matched by code: ``osm-n7``, ``osm-w12``, ``osm-r3``, and ``osm-w12-1`` for the first edge of a road. A
    road takes over everything from the file; a building or station what the file says, so that what an office has
    entered where OpenStreetMap is silent stays; and so does every field that somebody changed by hand, and what
    somebody took away stays away. Edges that a road no longer has, because it is cut differently now, are removed: they
    would lie on top of the new ones. What the file no longer has inside its own area ends the day before.

    Raises
    ------
    ImportRejected
        There is nothing to import in the file, or in the box.
    UnsupportedMedia, TooLarge
        As `read_osm` says.
    """
    tables = joined(read_osm(path, options.bbox), options.joins)
    prepared = prepare_osm(store, tables, path.name)
    return finish_osm(store, prepared, options, author, now)


def prepare_osm(store: Store, tables: Mapping[str, RawTable], file: str) -> PreparedOsm:
    """Lay what `read_osm` read beside what is on record; ImportRejected where that is nothing."""
    counts = Counts(tables["counts"])
    if not any(len(tables[layer]) for layer in LAYERS):
        text = Text("osm.nothing-in-box", bounds=counts.bounds) if counts.bounds else Text("osm.nothing")
        raise ImportRejected(Fault(text, {"file": file}))
    shapes = {layer: _shapes(catalogue().layer(layer), tables[layer], counts) for layer in LAYERS}
    crossing = apart(tables["roads"], shapes["roads"])
    if crossing:
        counts.by_reason["roads", "apart"] = crossing
    prepared = PreparedOsm(tables, shapes, Pending(store), counts, file, store)
    prepared.lay()
    return prepared


def finish_osm(store: Store, prepared: PreparedOsm, options: Terms, author: str, now: dt.datetime) -> ImportReport:
    """Write what was prepared as one changeset, or say what it would be; errors as `import_osm`."""
    message = Text("osm.message", file=prepared.file).in_both()
    prepared.end_on(clock.day_of(now))
    said = of_file(options.effective)

    def report() -> Report:
        return Report([*prepared.notes(), *said.notes], [], message, author, now, holding=said.holding)

    coming = Coming(prepared.pending, list(LAYERS), prepared.lay, report, held=prepared.broken)
    return commit(store, coming, options)


@dataclass(frozen=True)
class Passed:
    """Why some objects did not come in, or what there is to know of those that did (`is_remark`).

    `which` are values of the tag, each with its count, the most frequent first.
    """

    layer: str
    reason: str
    count: int
    which: list[str]

    @property
    def is_remark(self) -> bool:
        """Say whether the objects did come in."""
        return self.reason in REMARKS

    def text(self) -> Text:
        """Say it in words."""
        return Text(f"osm.reason-{self.reason}")


class Counts:
    """What the reader saw: (layer, reason) → value of the tag → how many."""

    def __init__(self, table: RawTable) -> None:
        self.by_reason: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.bounds = ""
        self.asked: Box | None = None
        self.extents: list[Box] = []  # of each the file says that it holds all of it
        columns = (table.columns[name] for name in ("layer", "reason", "value", "count"))
        for layer, reason, value, count in zip(*columns, strict=True):
            if reason == "bounds":
                self.bounds = value
            elif reason == "box":
                self.asked = parse_bbox(value)
            elif reason == "extent":
                self.extents.append(parse_bbox(value))
            else:
                self.by_reason[layer, reason][value] += count

    @property
    def box(self) -> Box | None:
        """West, south, east, north of everything in the file, whatever the box that was asked for."""
        return parse_bbox(self.bounds) if self.bounds else None

    def of(self, layer: str, reason: str) -> int:
        """Return how many, whatever the value."""
        return self.by_reason[layer, reason].total() if (layer, reason) in self.by_reason else 0


def _shapes(layer: Layer, table: RawTable, counts: Counts) -> np.ndarray:
    """Return the shapes of a table in place, None for a broken one, which is counted."""
    if not len(table):
        return np.array([], dtype=object)
    placed = place(layer, table, None)
    shapes = representative_points(placed.geometry) if layer.geometry == "point" else placed.geometry
    broken = sum(shape is None for shape in shapes)
    if broken:
        counts.by_reason[layer.id, "broken"][""] += broken
    return shapes


def _rows(layer: Layer, table: RawTable) -> Iterator[dict[str, Any]]:
    names = [name for name in table.columns if name not in BESIDE.get(layer.id, ())]
    silent_erases = layer.id == "roads"
    for values in zip(*(table.columns[name] for name in names), strict=True):
        yield {name: value for name, value in zip(names, values, strict=True) if silent_erases or value is not None}


def _drop_old_edges(pending: Pending, roads: RawTable, cut: Cut) -> int:
    """Remove stored edges beyond the pieces that their way has now, and parts of a way that is whole now: how many.

    What `cut` leaves as it is on record stays, and what goes by it goes too.
    """
    told = zip(roads.columns.get("code", ()), roads.columns.get("pieces", ()), strict=True)
    pieces = {EDGE.sub(r"\1", code): count for code, count in told if code not in cut.skipped}
    old = list(cut.absent)
    for code in pending.layer("roads"):
        edge = EDGE.fullmatch(code)
        if edge is None:
            continue
        most = pieces.get(edge[1])  # None where not all of the way is in the file
        if most is not None and (edge[2].startswith("p") or int(edge[2]) > most):
            old.append(code)
    for code in old:
        pending.remove("roads", code)
    return len(old)


def _network_notes(roads: RawTable, counts: Counts) -> list[Text]:
    """Say how many edges the ways became, and how far they hang together on foot and by car."""
    keys = {EDGE.sub(r"\1", code) for code in roads.columns["code"]} if len(roads) else set()
    ways = sum(WAY.fullmatch(key) is not None for key in keys)  # others cross an area or go round it
    notes = [Text("osm.ways", seen=counts.of("roads", "seen"), ways=ways, edges=len(roads))]
    for usable, key in (("walkable", "osm.on-foot"), ("drivable", "osm.by-car")):
        sizes = components(roads.columns, usable) if len(roads) else []
        if sizes:
            share = f"{100 * sizes[0] / sum(sizes):.1f}"
            notes.append(Text(key, edges=sum(sizes), components=len(sizes), largest=sizes[:3], share=share))
    return notes


def components(columns: Mapping[str, list[Any]], usable: str) -> list[int]:
    """Return how many usable edges each connected part has, largest first; one-way streets count as both ways.

    Parameters
    ----------
    columns : mapping
        `from_node`, `to_node`, `class`, and the boolean column that `usable` names. Ferries are not looked at.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    mask = np.array(columns[usable], dtype=bool)
    mask &= np.array(columns.get("class", [None] * len(mask)), dtype=object) != "ferry"  # used only where asked for
    ends = np.array([columns["from_node"], columns["to_node"]], dtype=np.int64)[:, mask]
    if not ends.size:
        return []
    nodes, places = np.unique(ends, return_inverse=True)
    start, end = places.reshape(ends.shape)
    graph = coo_array((np.ones(len(start), dtype=bool), (start, end)), shape=(len(nodes), len(nodes)))
    _, part = connected_components(graph, directed=False)
    sizes = np.bincount(part[start])
    return sorted(sizes.tolist(), reverse=True)


def passed(counts: Counts) -> list[Passed]:
    """List what was left out and why, then what else there is to know; by layer."""
    found = []
    order = {layer: place for place, layer in enumerate(LAYERS)}
    for (layer, reason), values in sorted(counts.by_reason.items(), key=lambda each: order.get(each[0][0], -1)):
        if reason == "seen":
            continue
        which = [f"{value} {count}" for value, count in values.most_common(LISTED_VALUES) if value]
        found.append(Passed(layer, reason, values.total(), which + ["…"] * (len(values) > LISTED_VALUES)))
    return sorted(found, key=lambda each: each.is_remark)


def _left_out_notes(counts: Counts) -> list[Text]:
    notes = []
    for each in passed(counts):
        label = catalogue().layer(each.layer).label if each.layer in LAYERS else Text("osm.whole-file")
        key = "osm.counted-which" if each.which else "osm.counted"
        more = {"which": each.which} if each.which else {}
        notes.append(Text(key, layer=label, reason=each.text(), count=each.count, **more))
    return notes
