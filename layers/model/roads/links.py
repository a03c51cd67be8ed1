"""What a scenario adds to the streets: gates, stairs, alleys, bridges and roads, joined to what is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import shapely
from shapely.ops import substring

from geo.lines import with_vertices
from layers.model.feature import Feature, Value
from layers.model.osm.roads import HIGHWAYS
from layers.model.roads.ground import JOIN_M, Ground, Joint, Stretch
from layers.text import Text


class Added(NamedTuple):
    """What is added where its record does not say."""

    walk: bool
    drive: bool
    level: int
    road_class: str


ADDED = {
    "add_gate": Added(True, False, 0, "path"),
    "add_stair": Added(True, False, 0, "path"),
    "add_alley": Added(True, False, 0, "path"),
    "add_bridge": Added(True, True, 1, "residential"),
    "add_road": Added(True, True, 0, "residential"),
}
BETWEEN = ("add_gate", "add_stair", "add_bridge")  # is there to connect two roads, so both ends must meet one
APPROACH_M = 2.0  # of a bridge, on the level of the road that it comes down to

Line: TypeAlias = shapely.LineString
Piece = tuple[Line, int]


def use_of_link(measure: Feature) -> Added:
    """Return who may use what a measure adds: as it says, else as is usual."""
    given = measure.properties
    usual = ADDED[str(given["action"])]
    said: dict[str, Any] = {"walk": given.get("walkable"), "drive": given.get("drivable"), "level": given.get("level")}
    return usual._replace(**{name: value for name, value in said.items() if value is not None})


def link_properties(measure: Feature, level: int) -> dict[str, Value]:
    """Return the record of the road that a measure adds, but for its code."""
    given, use = measure.properties, use_of_link(measure)
    usual = float(HIGHWAYS[use.road_class].speed_kmh) if use.drive else None
    bridge = measure.properties["action"] == "add_bridge" and level == use.level
    return {
        "name": given.get("name"),
        "class": use.road_class,
        "walkable": use.walk,
        "drivable": use.drive,
        "oneway": given.get("oneway") or "no",
        "speed_kmh": given.get("speed_kmh") or usual,
        "level": level,
        "bridge": True if bridge else None,
    }


class Links:
    """New lines, joined to roads and to each other, in pieces that each lie on one level.

    Parameters
    ----------
    ground : Ground
        With the closures made.
    measures : mapping
        Id → measure, in the order of their codes.
    lines : mapping
        Id → its line, metric.

    Attributes
    ----------
    faults, remarks : dict
        Id → why the measure does nothing, or what it leaves undone.
    pieces : dict
        Id → the lines to be laid, with their levels.
    """

    def __init__(self, ground: Ground, measures: Mapping[str, Feature], lines: Mapping[str, Line]) -> None:
        self._ground, self._measures = ground, measures
        self.faults: dict[str, Text] = {}
        self.pieces: dict[str, list[Piece]] = {}
        self._lines = dict(lines)
        while True:  # what joins nothing is taken away, and with it what only joined that
            self.remarks: dict[str, Text] = {}
            joints = {id: self._joints(id) for id in self._lines}
            faults = {id: fault for id, ends in joints.items() if (fault := self._fault(id, ends)) is not None}
            if not faults:
                break
            self.faults |= faults
            self._lines = {id: line for id, line in self._lines.items() if id not in faults}
        for id, ends in joints.items():
            met = [each.place for others in joints.values() for each in others if each and each.stretch.road == id]
            whole = with_vertices(_led(self._lines[id], ends), met)
            self.pieces[id] = _approached(whole, use_of_link(measures[id]).level, self._levels(ends))

    def _joints(self, id: str) -> tuple[Joint | None, Joint | None]:
        """Find what the two ends of a line are to be joined to: the nearest road, or another new line."""
        use, line = use_of_link(self._measures[id]), self._lines[id]
        stair = self._measures[id].properties["action"] == "add_stair"
        levels = None if stair else {0, use.level}
        first, last = (shapely.Point(xy) for xy in (line.coords[0], line.coords[-1]))
        return self._joint(id, first, use, levels), self._joint(id, last, use, levels)

    def _joint(self, id: str, end: shapely.Point, use: Added, levels: set[int] | None) -> Joint | None:
        best = self._ground.join(end, use.walk, use.drive, levels)
        for other, line in self._lines.items():
            away = float(shapely.distance(line, end))
            if other != id and away <= JOIN_M and (best is None or away < best.away_m):
                on = Stretch(other, line, *use_of_link(self._measures[other])[:3])
                best = Joint(on, shapely.line_interpolate_point(line, shapely.line_locate_point(line, end)), away)
        return best

    def _fault(self, id: str, ends: tuple[Joint | None, Joint | None]) -> Text | None:
        between = self._measures[id].properties["action"] in BETWEEN
        one, other = ends
        if one is not None and other is not None:
            return Text("scenarios.same-road") if _goes_nowhere((one, other), self._lines[id]) else None
        joined = one is not None or other is not None
        if joined and between:
            return Text("scenarios.one-end", metres=int(JOIN_M))
        if not joined and (between or not self._ground.crossed(self._lines[id], use_of_link(self._measures[id]).level)):
            return Text("scenarios.nothing-near", metres=int(JOIN_M))
        self.remarks[id] = Text("scenarios.dead-end", metres=int(JOIN_M))
        return None

    def _levels(self, ends: tuple[Joint | None, Joint | None]) -> list[tuple[int, float] | None]:
        """Return the level of the road at each end and how far the drawing fell short of it.

        None for another new line: that one has a vertex at the place, where roads of any level meet.
        """
        return [
            None if each is None or each.stretch.road in self._lines else (each.stretch.level, each.away_m)
            for each in ends
        ]


def _led(line: Line, ends: tuple[Joint | None, Joint | None]) -> Line:
    """Lead a line on to where its ends are joined."""
    first, last = ([] if each is None else [each.place.coords[0]] for each in ends)
    xy = np.array([*first, *line.coords, *last])
    return shapely.LineString(xy[np.concatenate([[True], np.hypot(*np.diff(xy, axis=0).T) > 1e-6])])


def _goes_nowhere(ends: tuple[Joint, Joint], line: Line) -> bool:
    """Say whether a link is no shorter than the road that both its ends are on."""
    one, other = ends
    if one.stretch.road != other.stretch.road or not one.stretch.line.equals_exact(other.stretch.line, 0.0):
        return False
    at = [float(shapely.line_locate_point(one.stretch.line, each.place)) for each in ends]
    return abs(at[0] - at[1]) <= line.length + one.away_m + other.away_m


def _approached(line: Line, level: int, ends: list[tuple[int, float] | None]) -> list[Piece]:
    """Cut a line so that each end lies on the level of the road it comes to: lines meet within a level."""
    bounds, levels = [0.0, line.length], [level]
    for place, end in enumerate(ends):
        if end is None or end[0] == level:
            continue
        approach = min(max(end[1], APPROACH_M), 0.4 * line.length)
        at, cut = (1, approach) if place == 0 else (-1, line.length - approach)
        bounds.insert(at, cut)
        levels.insert(0 if place == 0 else len(levels), end[0])
    if len(levels) == 1:
        return [(line, level)]
    return [(substring(line, a, b), each) for a, b, each in zip(bounds, bounds[1:], levels, strict=False)]
