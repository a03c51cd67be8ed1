"""A scenario: measures laid over roads and stations, as the changes that they would make.

Measures mean roads by place, never by code, so that a scenario outlives a new import of the roads. What a measure
cannot do is told, never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from geo.lines import running_along
from geo.places import from_lonlat, representative_points, to_lonlat
from layers.model import travel
from layers.model.feature import Change, Feature
from layers.model.roads.ground import ALONG_M, Ground, Left, Stretch
from layers.model.roads.links import ADDED, Links, link_properties
from layers.text import Text

CLOSED_ROADS = ("close_road", "close_gate")
STATION_M = 30.0  # a closure so near to a station means it
SAME_PLACE_M = 1.0

Get = Callable[[str, str], Feature]
Made = tuple[list[Change], dict[str, Feature]]


@dataclass(frozen=True)
class Outcome:
    """What became of a measure: `fault` says why it does nothing, `remark` what it does not do."""

    measure: Feature
    fault: Text | None = None
    remark: Text | None = None

    @property
    def code(self) -> str:
        return str(self.measure.properties["code"])


@dataclass(frozen=True)
class Overlay:
    """The changes that a scenario would make to roads and stations, and what became of every measure.

    New features have ids that begin with ``+``; `made_of` is id → the measure, or the old road that they are part of,
    and for a station that closes the measure that closes it.
    """

    changes: tuple[Change, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    made_of: Mapping[str, Feature] = field(default_factory=dict)

    def of(self, layer: str) -> list[Change]:
        """Return the changes of one layer."""
        return [each for each in self.changes if each.layer == layer]


@dataclass(frozen=True)
class Place:
    """What a scenario is laid over.

    Parameters
    ----------
    roads : GeoDataFrame
        Valid on the day: all, or at least those within `travel.ACCESS_M` of the measures.
    any_roads : bool
        Whether there are roads at all on the day, be it elsewhere.
    stations : GeoDataFrame
        Open on the day: all.
    station_codes : set of str
        Every code that a station has, open or not.
    crs : CRS
        Metric.
    get : callable
        Gives the feature of a layer by id.
    """

    roads: gpd.GeoDataFrame
    any_roads: bool
    stations: gpd.GeoDataFrame
    station_codes: Collection[str]
    crs: CRS
    get: Get


def lay(measures: Sequence[Feature], place: Place) -> Overlay:
    """Lay the measures of one scenario, those in force on the day, over roads and stations.

    Closures come first, so that nothing new is closed; then new lines are joined to what is left, in the order of
    codes.
    """
    measures = sorted(measures, key=lambda each: str(each.properties["code"]))
    by_id = {each.id: each for each in measures}
    shapes = dict(zip(by_id, from_lonlat(_shapes(measures), place.crs), strict=True))
    faults = {id: _misdrawn(each, shapes[id]) for id, each in by_id.items()}
    drawn = {id: each for id, each in by_id.items() if faults[id] is None}
    faults |= {id: _contradiction(each, drawn, shapes) for id, each in drawn.items()}
    sound = {id: each for id, each in drawn.items() if faults[id] is None}
    ground = Ground(place.roads, place.crs)
    for id, each in sound.items():
        if each.properties["action"] in CLOSED_ROADS:
            faults[id] = _closed(ground, each, shapes[id])
    new = {id: each for id, each in sound.items() if each.properties["action"] in ADDED}
    links = Links(ground, new, {id: shapes[id] for id in new})
    stations = _Stations(place.stations, place.crs, place.get)
    for id, each in sound.items():
        if each.properties["action"] == "close_station":
            faults[id] = stations.close(each, shapes[id])
        elif each.properties["action"] == "add_station":
            far = place.any_roads and not ground.usable_within(shapes[id], travel.ACCESS_M)
            off = Text("scenarios.station-far", metres=int(travel.ACCESS_M)) if far else None
            faults[id] = off or stations.add(each, place.station_codes.__contains__)
    faults |= links.faults
    changes, made_of = _road_changes(ground, links, by_id, place.crs, place.get)
    outcomes = tuple(Outcome(each, faults[id], links.remarks.get(id)) for id, each in by_id.items())
    return Overlay((*changes, *stations.changes.values()), outcomes, {**made_of, **stations.made_of})


def _shapes(features: Sequence[Feature]) -> np.ndarray:
    shapes = np.empty(len(features), dtype=object)
    shapes[:] = [each.geometry for each in features]
    return shapes


def _misdrawn(measure: Feature, shape: shapely.Geometry | None) -> Text | None:
    """Say what is wrong with a measure's drawing."""
    action = measure.properties.get("action")
    if action not in (*ADDED, *CLOSED_ROADS, "add_station", "close_station"):
        return Text("scenarios.no-action")
    if shape is None:
        named = action == "close_station" and measure.properties.get("station_code")
        return None if named else Text("scenarios.no-place")
    if action in ADDED and shape.geom_type != "LineString":
        return Text("scenarios.needs-line")
    if action in CLOSED_ROADS and shape.geom_type not in ("LineString", "Point"):
        return Text("scenarios.one-part")
    if action in ("add_station", "close_station") and shape.geom_type != "Point":
        return Text("scenarios.needs-point")
    return None


def _contradiction(
    measure: Feature, measures: Mapping[str, Feature], shapes: Mapping[str, shapely.Geometry]
) -> Text | None:
    """Name the measure that wants the opposite of this one."""
    for id, other in measures.items():
        for new, old in ((measure, other), (other, measure)):
            if id != measure.id and _undone(new, shapes[new.id], old, shapes[old.id]):
                return Text("scenarios.contradicts", other=str(other.properties["code"]))
    return None


def _undone(new: Feature, added: shapely.Geometry, old: Feature, closed: shapely.Geometry | None) -> bool:
    """Say whether one measure closes what the other adds."""
    actions = new.properties["action"], old.properties["action"]
    if actions == ("add_station", "close_station"):
        named = old.properties.get("station_code")
        if named:
            return named == new.properties["code"]
        assert closed is not None  # `_misdrawn` lets only what names its station be without a place
        return closed.distance(added) <= SAME_PLACE_M
    return actions[0] in ADDED and actions[1] in CLOSED_ROADS and _closes(closed, added, old)


def _closes(closure: shapely.Geometry, line: shapely.LineString, measure: Feature) -> bool:
    """Say whether a closure is drawn upon a new line: along most of it, or across it."""
    if closure.geom_type == "Point":
        return closure.distance(line) <= SAME_PLACE_M
    if measure.properties["action"] == "close_gate":
        return bool(shapely.crosses(closure, line))
    return sum(b - a for a, b in running_along(line, closure, ALONG_M)) >= 0.5 * line.length


def _closed(ground: Ground, measure: Feature, shape: shapely.Geometry) -> Text | None:
    given = measure.properties
    level = given.get("level")
    assert level is None or isinstance(level, int)  # the catalogue's field is of whole numbers
    left = Left(bool(given.get("walkable")), bool(given.get("drivable")), level)
    if shape.geom_type == "Point":
        why = ground.cut_at(shape, left)
    elif given["action"] == "close_gate":
        why = ground.cut_across(shape, left)
    else:
        why = ground.close_along(shape, left)
    return None if why is None else Text(f"scenarios.{'closed-already' if why == 'closed' else 'nothing-to-close'}")


def _road_changes(ground: Ground, links: Links, measures: dict[str, Feature], crs: CRS, get: Get) -> Made:
    """Return the roads that end, what is left of them, and those that are new."""
    changes, made_of = [], {}
    for id in sorted(ground.changed):
        old = get("roads", id)
        changes.append(Change("roads", id, old, None))
        left = ground.of_road(id)
        for number, (stretch, shape) in enumerate(zip(left, _lonlat(left, crs), strict=True), start=1):
            who = {"walkable": stretch.walk, "drivable": stretch.drive} if stretch.narrowed else {}
            code = f"{old.properties['code']}~{number}"
            made_of[f"+{id}~{number}"] = old
            new = Feature(f"+{id}~{number}", shape, {**old.properties, **who, "code": code})
            changes.append(Change("roads", new.id, None, new))
    for id, pieces in links.pieces.items():
        measure = measures[id]
        shapes = to_lonlat(np.array([line for line, _ in pieces], dtype=object), crs)
        for number, (shape, (_, level)) in enumerate(zip(shapes, pieces, strict=True), start=1):
            tail = "" if len(pieces) == 1 else f"~{number}"
            code = f"{measure.properties['code']}{tail}"
            new = Feature(f"+{id}{tail}", shape, {"code": code, **link_properties(measure, level)})
            made_of[new.id] = measure
            changes.append(Change("roads", new.id, None, new))
    return changes, made_of


def _lonlat(stretches: Sequence[Stretch], crs: CRS) -> np.ndarray:
    lines = np.empty(len(stretches), dtype=object)
    lines[:] = [each.line for each in stretches]
    return to_lonlat(lines, crs)


class _Stations:
    """Stations that a scenario closes and adds."""

    def __init__(self, stations: gpd.GeoDataFrame, crs: CRS, get: Get) -> None:
        self._codes = {code: id for id, code in stations["code"].items()}
        self._ids = stations.index.to_numpy(dtype=object)
        self._places = from_lonlat(representative_points(stations.geometry.to_numpy()), crs)
        self._get = get
        self.changes: dict[str, Change] = {}
        self.made_of: dict[str, Feature] = {}

    def close(self, measure: Feature, place: shapely.Point | None) -> Text | None:
        """Close the station that a measure means; return why there is none."""
        code = measure.properties.get("station_code")
        if code is not None and code not in self._codes:
            return Text("scenarios.no-such-station", station=code)
        id = self._codes[code] if code is not None else self._nearest(place)
        if id is None:
            return Text("scenarios.no-station-near", metres=int(STATION_M))
        if id in self.changes:
            return Text("scenarios.closed-already")
        self.changes[id] = Change("stations", id, self._get("stations", id), None)
        self.made_of[id] = measure
        return None

    def add(self, measure: Feature, taken: Callable[[str], bool]) -> Text | None:
        """Add a station; its code is the measure's. Return why that cannot be."""
        code = str(measure.properties["code"])
        if taken(code):
            return Text("scenarios.station-code-taken", code=code)
        given = {name: measure.properties.get(name) for name in ("name", "kind")}
        new = Feature(f"+{measure.id}", measure.geometry, {"code": code, "status": "open", **given})
        self.changes[new.id] = Change("stations", new.id, None, new)
        self.made_of[new.id] = measure
        return None

    def _nearest(self, place: shapely.Point) -> str | None:
        if not len(self._ids):
            return None
        away = np.nan_to_num(shapely.distance(self._places, place), nan=np.inf)
        best = int(np.argmin(away))
        return self._ids[best] if away[best] <= STATION_M else None
