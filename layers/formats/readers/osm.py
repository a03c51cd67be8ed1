"""OpenStreetMap data (PBF, XML, or Overpass JSON): roads cut where they meet, and places, by libosmium.

An OSM file has no tables, so what its tags mean (`layers.model.osm`) has to be asked while reading: only ways that are
roads cut each other. Sent are the tables `roads`, `buildings`, `stations`, `gates`, `barriers`, `turns`, and `counts`:
what was seen and left out.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from layers.errors import Fault, UnsupportedMedia
from layers.formats import wkb
from layers.formats.readers import osm_edges, osm_ferries, osm_json, osm_plazas, osm_standing, osm_text, osm_turns
from layers.formats.sink import Batch, Job, Sink
from layers.model.osm import LeftOut, barriers, turns
from layers.model.osm.ferries import is_ferry
from layers.model.osm.places import building, station
from layers.model.osm.roads import doubts, gate, passes, reversible, road, speed_kmh
from layers.text import Text

CRS84 = "OGC:CRS84"
FORMATS = {"osm-pbf": "pbf", "osm-xml": "osm", "osm-json": "osm"}
PLACE_KEYS = ("building", "amenity", "healthcare", "office")
NODE_KEYS = (*PLACE_KEYS, "highway", "barrier")
UNSORTED = re.compile(r"twice in input|out of order")
WALKED = (("railway", "platform"), ("public_transport", "platform"), ("man_made", "pier"))
"""What one may walk on and is no road here: it is counted."""
KEYS = (*NODE_KEYS, *barriers.KEYS, "route", "public_transport", "man_made")
AREA_KEYS = (*PLACE_KEYS, *barriers.KEYS, "highway")
COLUMNS = {
    "roads": ["code", "name", "class", "walkable", "drivable", "access", "drive_access", "oneway", "walk_oneway",
              "speed_kmh", "barrier", "level", "bridge", "tunnel", "link", "joins", "indoor", "covered",
              "pieces", "from_node", "to_node"],
    "buildings": ["code", "name", "use", "floors"],
    "stations": ["code", "name", "kind"],
    "gates": ["code", "name", "kind", "access", "drive_access", "locked"],
    "barriers": ["code", "name", "kind"],
    "turns": ["code", "name", "kind", "turn"],
}  # fmt: skip


def read(job: Job, sink: Sink) -> None:
    """Read the file into the tables of `COLUMNS` and `counts`."""
    try:
        import osmium
    except ImportError as error:
        raise UnsupportedMedia(Fault(Text("formats.osm-missing"), {"file": job.file})) from error
    path = osm_json.as_xml(job.path, job.file) if job.kind == "osm-json" else job.path
    try:
        source = osmium.FileProcessor(osmium.io.File(str(path), FORMATS[job.kind]))
        if source.header.has_multiple_object_versions:
            raise UnsupportedMedia(Fault(Text("formats.osm-history"), {"file": job.file}))
        if job.kind == "osm-pbf":
            found = _look_packed(osmium, path)
        else:  # what an editor or a server wrote, in any order
            path = osm_text.plain(path)
            gone = osm_text.deleted(path, job.file)
            sorted_path, twice = osm_text.sort(path)
            found = _look(osmium, sorted_path, gone)
            found.counts.update(("file", "extent", ",".join(map(str, box))) for box in osm_text.extents(path))
            if twice:
                found.counts["file", "twice", ""] += twice
    # libosmium says what is wrong with a file by these; a text that is no UTF-8 shows when it is looked at.
    except (osmium.InvalidLocationError, RuntimeError, ValueError, OSError, OverflowError) as error:
        reason = " ".join(str(error).replace(job.path.name, job.file).split())[:120]
        text = Text("formats.osm-broken", reason=reason)
        raise UnsupportedMedia(Fault(text, {"file": job.file})) from error
    found.finish()
    _send(job, sink, found)


def _look_packed(osmium: Any, path: Path) -> _Found:
    """Go through a PBF; one that is not in order, or has objects in several versions, is put in order first."""
    try:
        return _look(osmium, path, {})
    except (osmium.InvalidLocationError, RuntimeError) as error:  # a broken one is refused when it is read again
        if isinstance(error, RuntimeError) and not UNSORTED.search(str(error)):
            raise
    target = osm_text.newest(osm_text.united(path))
    found = _look(osmium, target, {})
    every, once = (sum(1 for _ in osmium.FileProcessor(str(each))) for each in (path, target))
    if every > once:
        found.counts["file", "twice", ""] = every - once
    return found


def _look(osmium: Any, path: Path, gone: dict[str, int]) -> _Found:
    """Go through a file in which nodes come before ways before relations."""
    found = _Found(osmium.geom.WKBFactory(), gone)
    source = osmium.FileProcessor(osmium.io.File(str(path), FORMATS["osm-pbf"]))
    nodes, others = osmium.filter.KeyFilter(*NODE_KEYS), osmium.filter.KeyFilter(*KEYS)
    relations = osmium.filter.KeyFilter(*KEYS, "type")
    nodes.enable_for(osmium.osm.NODE)
    others.enable_for(osmium.osm.WAY | osmium.osm.AREA)
    relations.enable_for(osmium.osm.RELATION)
    source.with_areas(osmium.filter.KeyFilter(*AREA_KEYS))
    source.with_filter(nodes).with_filter(others).with_filter(relations)
    for thing in source:
        found.see(thing)
    if unseen := found.unseen():
        _see_again(osmium, path, unseen, found)
    return found


def _see_again(osmium: Any, path: Path, ways: set[int], found: _Found) -> None:
    """Read ways that were passed over, for they bear no tag."""
    file = osmium.io.File(str(path), FORMATS["osm-pbf"])  # as others are sorted into
    source = osmium.FileProcessor(file, osmium.osm.NODE | osmium.osm.WAY).with_locations()
    source.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY)).with_filter(osmium.filter.IdFilter(ways))
    for way in source:
        found.see_ferry(way)


class _Found:
    """What the file holds, in the order in which it comes: nodes, ways, areas."""

    def __init__(self, factory: Any, gone: dict[str, int]) -> None:
        self.factory, self.gone = factory, gone
        self.roads = osm_edges.Ways()
        self.rows: dict[str, list[osm_edges.Row]] = defaultdict(list)
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self._seen: set[str] = set()
        self._announced: set[tuple[str, str]] = set()
        self._made: set[tuple[str, str]] = set()
        self._plazas: list[osm_plazas.Plaza] = []
        self._standing = osm_standing.Standing()
        self._turns: list[osm_turns.Turn] = []
        self.ferries = osm_ferries.Ferries()

    def see(self, thing: Any) -> None:
        """Take one object as libosmium hands it over; it is valid only during this call."""
        if thing.is_area():
            self._area(thing)
            return
        code = f"{thing.type_str()}{osm_text.number(thing.id)}"
        if self._is_gone(code, thing.version):
            self.counts["file", "deleted", ""] += 1
            return
        if code in self._seen:
            self.counts["file", "twice", ""] += 1
            return
        self._seen.add(code)
        tags = dict(thing.tags)
        if thing.is_node():
            self._node(thing, tags)
        elif thing.is_way():
            self._expect(code, tags)
            if "highway" in tags:
                self._way(thing, tags)
            elif is_ferry(tags):
                self.ferries.add_way(code, tags, thing)
            elif not barriers.of_area(tags):
                self._barrier(thing, tags)
            self._pass_over(tags)
        elif tags.get("type") == "multipolygon":
            self._expect(code, tags)
            self._pass_over(tags)
        elif tags.get("type") == "restriction":
            self._turn(thing, code, tags)
        elif tags.get("type") == "route" and is_ferry(tags):
            self.ferries.add_line(tags, [(each.ref, each.role) for each in thing.members if each.type == "w"])

    def unseen(self) -> set[int]:
        """Return the ways that ferry lines name and that say nothing of themselves."""
        known = self._seen | self.gone.keys()
        return {id for id in self.ferries.named() if f"w{osm_text.number(id)}" not in known}

    def _is_gone(self, code: str, version: int) -> bool:
        """Say whether an object was deleted, and did not come back in a newer version."""
        return code in self.gone and version <= self.gone[code]

    def see_ferry(self, way: Any) -> None:
        """Take a way that a ferry line names."""
        self.ferries.add_way(f"w{osm_text.number(way.id)}", dict(way.tags), way)

    def finish(self) -> None:
        """Count what was announced but made no area, and lay ways across areas for walking."""
        # Only now: the area of a relation comes before the relation itself.
        for code, ferry, course in self.ferries.rows(self.counts):
            self.roads.add(code, ferry, *course)
        for layer, code in sorted(self._announced - self._made):
            self.counts[layer, "unclosed", code] += 1
        crossed, uncrossed = osm_plazas.add(self.roads, self._plazas, self._standing)
        if crossed:
            self.counts["roads", "crossed", ""] += crossed
        self.counts.update(("roads", "uncrossed", key) for key in uncrossed)
        self.rows["turns"], absent, broken = osm_turns.rows(self._turns, self.roads)
        self.counts.update(("turns", "turn-absent", code) for code in absent)
        self.counts.update(("turns", "turn-broken", code) for code in broken)

    def _turn(self, relation: Any, code: str, tags: dict[str, str]) -> None:
        """Take a restriction of turns; its roads are all known only at the end."""
        found = turns.turn(tags)
        self.counts["turns", "seen", ""] += 1
        if isinstance(found, LeftOut):
            self.counts["turns", found.reason, found.value] += 1
        elif found is not None:
            members: dict[str, list[str]] = defaultdict(list)
            for each in relation.members:
                # A junction is named as its roads name it, a road by its code.
                id = each.ref if each.type == "n" else osm_text.number(each.ref)
                members[each.role].append(f"{each.type}{id}")
            self._turns.append(osm_turns.Turn(code, found, members["from"], members["via"], members["to"]))

    def _pass_over(self, tags: dict[str, str]) -> None:
        """Count platforms and piers that are no roads."""
        if "highway" not in tags:
            value = next((f"{key}={value}" for key, value in WALKED if tags.get(key) == value), None)
            if value is not None:
                self.counts["roads", "unlisted", value] += 1

    def _doubt(self, layer: str, tags: dict[str, str]) -> None:
        self.counts.update((layer, *each) for each in doubts(tags))

    def _node(self, node: Any, tags: dict[str, str]) -> None:
        lift = {"barrier": "elevator", **tags} if tags.get("highway") == "elevator" else tags
        if lift is not tags and passes(lift) != ("public", "public"):  # whom it does not take is stopped there
            tags = lift
        if "barrier" in tags:
            self.roads.barriers[node.id] = (tags["barrier"], *passes(tags))
        if node.location.valid():
            position = wkb.Builder().point(np.array([node.location.lon, node.location.lat]))
            self._place("stations", f"n{osm_text.number(node.id)}", station(tags), position)
            if "barrier" in tags:
                self._doubt("gates", tags)
                opening = gate(tags)
                self._place("gates", f"n{osm_text.number(node.id)}", opening, position)
                if position is not None and opening is not None and opening["access"] == "public":
                    self._standing.gates.append(position)

    def _barrier(self, way: Any, tags: dict[str, str]) -> None:
        """Take a wall, a railway, a river: what of it is in the file, in one piece for each run of its nodes."""
        found = barriers.barrier(tags)
        if found is None:
            return
        course = np.array([[node.x, node.y] for node in way.nodes], dtype=np.int64).reshape(-1, 2)
        present = np.all(np.abs(course) <= osm_edges.BOUNDS, axis=1)
        runs = np.split(np.arange(len(course)), np.flatnonzero(np.diff(present.astype(int))) + 1)
        number = 0
        for run in runs:
            if len(run) and present[run[0]]:
                line = osm_edges.without_repeats(course[run] / osm_edges.UNITS_A_DEGREE)
                if len(line) > 1:
                    number += 1
                    code = f"w{osm_text.number(way.id)}" if number == 1 else f"w{osm_text.number(way.id)}-{number}"
                    shape = wkb.Builder().line(line)
                    self._place("barriers", code, found, shape)
                    if shape is not None and found["kind"] != "railway":  # tracks are let into squares
                        self._standing.walls.append(shape)

    def _way(self, way: Any, tags: dict[str, str]) -> None:
        self.counts["roads", "seen", ""] += 1
        found = road(tags)
        if isinstance(found, LeftOut):
            self.counts["roads", found.reason, found.value] += 1
            return
        if "residents" in (found["access"], found["drive_access"]):
            self.counts["roads", "residents", tags.get("access", "")] += 1
        self._doubt("roads", tags)
        if reversible(tags):
            self.counts["roads", "reversible", ""] += 1
        if "maxspeed" in tags and found["drivable"] and speed_kmh(tags) is None:
            self.counts["roads", "speed-unread", tags["maxspeed"]] += 1
        self.roads.add(f"w{osm_text.number(way.id)}", found, *osm_edges.course_of(way))

    def _expect(self, code: str, tags: dict[str, str]) -> None:
        """Remember that an area should come of this; an open way, or one that crosses itself, makes none."""
        water = barriers.barrier(tags) if barriers.of_area(tags, code[0] == "r") else None
        plaza = road(tags) if osm_plazas.is_plaza(tags, code[0] == "r") else None
        for layer, found in (("buildings", building(tags)), ("stations", station(tags)), ("barriers", water),
                             ("roads", plaza)):  # fmt: skip
            if isinstance(found, dict):
                self._announced.add((layer, code))

    def _area(self, area: Any) -> None:
        code = f"{'w' if area.from_way() else 'r'}{osm_text.number(area.orig_id())}"
        tags = dict(area.tags)
        if self._is_gone(code, area.version) or not area.num_rings()[0]:  # an outline that crosses itself makes no ring
            return
        if osm_plazas.is_plaza(tags, not area.from_way()):
            self._plaza(area, code, tags)
        shape = bytes.fromhex(self.factory.create_multipolygon(area))
        water = barriers.barrier(tags) if barriers.of_area(tags, not area.from_way()) else None
        house = building(tags)
        if water is not None or (house is not None and osm_standing.on_the_ground(tags)):
            self._standing.areas.append(shape)
        for layer, found in (("buildings", house), ("stations", station(tags)), ("barriers", water)):
            if (layer, code) not in self._made:
                self._made.add((layer, code))
                self._place(layer, code, found, shape)

    def _plaza(self, area: Any, code: str, tags: dict[str, str]) -> None:
        self._made.add(("roads", code))
        found = road(tags)
        if isinstance(found, LeftOut):
            return
        rings = [[outer, *area.inner_rings(outer)] for outer in area.outer_rings()]
        polygons = [[osm_plazas.Ring(*(array("q", each) for each in zip(*((node.ref, node.x, node.y) for node in ring),
                                                                       strict=True))) for ring in polygon]
                    for polygon in rings]  # fmt: skip
        self._plazas.append(osm_plazas.Plaza(code, found, polygons, whole=not area.from_way()))

    def _place(self, layer: str, code: str, found: Mapping[str, Any] | LeftOut | None, shape: bytes | None) -> None:
        if found is None:
            return
        self.counts[layer, "seen", ""] += 1
        if isinstance(found, LeftOut):
            self.counts[layer, found.reason, found.value] += 1
        else:
            self.rows[layer].append(({"code": f"osm-{code}", **found}, shape))


def _send(job: Job, sink: Sink, found: _Found) -> None:
    found.rows["roads"] = osm_edges.cut(found.roads, found.counts)
    bounds = _Bounds(job.options.bbox)
    for layer, names in COLUMNS.items():
        rows = found.rows[layer]
        inside = bounds.inside([shape for _, shape in rows])
        if not all(inside):
            found.counts[layer, "outside", ""] = len(rows) - sum(inside)
        sink.table(layer)
        batch = Batch(sink, names, shaped=True)
        for number, ((row, shape), kept) in enumerate(zip(rows, inside, strict=True), start=1):
            if kept:
                batch.add(number, [row.get(name) for name in names], sink.shape(number, shape))
        batch.flush()
        sink.end(CRS84)
    found.counts["file", "bounds", bounds.text] = 1
    if bounds.box is not None:
        found.counts["file", "box", ",".join(map(str, bounds.box))] = 1
    sink.table("counts")
    layers, reasons, values = zip(*found.counts, strict=True)
    columns = {"layer": list(layers), "reason": list(reasons), "value": list(values)}
    counts = list(found.counts.values())
    sink.rows(list(range(1, len(counts) + 1)), columns | {"count": counts}, None)
    sink.end()


class _Bounds:
    """The box that was asked for, and the box of everything that was found."""

    def __init__(self, box: tuple[float, float, float, float] | None) -> None:
        self.box = box
        self._all: list[np.ndarray] = []

    def inside(self, shapes: list[bytes | None]) -> list[bool]:
        """Say which shapes touch the box."""
        import shapely

        geometries = shapely.from_wkb(np.array(shapes, dtype=object))
        if len(geometries):
            self._all.append(shapely.total_bounds(geometries))
        if self.box is None:
            return [True] * len(shapes)
        box = shapely.box(*self.box)
        shapely.prepare(box)
        return shapely.intersects(box, geometries).tolist()

    @property
    def text(self) -> str:
        """``W,S,E,N`` of everything, empty where there is nothing."""
        if not self._all:
            return ""
        every = np.array(self._all)
        return ",".join(f"{each:.4f}" for each in (*every[:, :2].min(axis=0), *every[:, 2:].max(axis=0)))
