"""Who reaches a station in time: every building with its own minutes, along the streets or by a formula."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.network import (
    MAX_MINUTES,
    Attached,
    ByEdge,
    Legs,
    Reach,
    Reasons,
    Times,
    Travel,
    dead_stops,
    nearest_areas,
    reach,
    reach_areas,
    reasons,
)
from geo.places import to_lonlat
from geo.shapes import PackedLines
from layers.errors import Conflict
from layers.model import travel
from layers.reach.answers import answers_of
from layers.reach.beelines import detour
from layers.reach.compounds import Compound, compounds
from layers.reach.homes import nearest_station_m, points_xy
from layers.reach.inputs import ReachInputs
from layers.reach.networks import RoadNetwork, road_network
from layers.reach.ways import Way, way_of
from layers.situation.day import Situation
from layers.store.protocol import Query, Store
from layers.text import Text

CIRCLE_SEGMENTS = 32
PICTURE_M = 50.0  # how far the picture reaches beside the streets; it decides nothing
LEGS = ("clear", "through_building", "through_barrier", "other_level", "none")  # as `geo.network.legs` numbers them
DOUBTFUL = LEGS[1:4]
OUTLINE_M = 3.0  # and how far its outline may stray: a tenth of the vertices


@dataclass(frozen=True)
class Reached:
    """The answer for each building, and what it takes to draw it.

    Parameters
    ----------
    buildings : DataFrame
        Indexed like the buildings asked about: ``minutes`` (however long; NaN where there is no way), ``station`` (the
        nearest one's code), ``covered``, ``reason`` (None where covered); and along streets ``access_m`` (how long the
        way to the street is), ``leg`` (what it crosses: `LEGS`) and ``via`` (the gate it goes through). ``near_m`` is
        the straight line to the station that is nearest by it, ``cut_off`` whether that is within the largest limit
        though the building is not covered, and ``detour`` how many times the straight line to ``station`` the way there
        is (on foot along streets).
    limits : list of float
        Minutes, ascending.
    areas : ndarray of MultiPolygon
        One for each limit, longitude and latitude.
    stretches, line_minutes : PackedLines, ndarray
        The stretches of streets within each limit, and which limit that is; none unless along the network.
    roads : RoadNetwork or None
    """

    buildings: pd.DataFrame
    limits: list[float]
    areas: np.ndarray
    stretches: PackedLines
    line_minutes: np.ndarray
    roads: RoadNetwork | None

    def lines(self) -> np.ndarray:
        """Make the stretches, longitude and latitude: object[n]."""
        return self.stretches.geometries()


def reached(
    store: Store, now: Situation, base: pd.DataFrame, stations: gpd.GeoDataFrame, inputs: ReachInputs
) -> Reached:
    """Compute minutes, nearest station and reason for each building of `base`, and draw what is reached.

    Raises
    ------
    Conflict
        The way is along the network and the workspace has no roads.
    """
    return survey(store, now, base, inputs).reached(stations)


def survey(store: Store, now: Situation, base: pd.DataFrame, inputs: ReachInputs) -> Survey:
    """Make ready to ask who of `base` reaches which stations; raises Conflict as `reached`."""
    if inputs.method == "network":
        return _OnRoads(store, now, base, inputs)
    return _Straight(now, base, inputs)


def legs(store: Store, now: Situation, base: pd.DataFrame) -> pd.Series:
    """Return the kind of each building's way to the street on foot, one of `LEGS`, indexed like `base`."""
    network = road_network(store, now.as_of, now.crs)
    joined = network.attach(points_xy(now, base), "walk", travel.ACCESS_M)
    return pd.Series(np.array(LEGS, dtype=object)[joined.leg], index=base.index, dtype=object)


def turns_without_roads(store: Store, now: Situation) -> list[tuple[str, shapely.Geometry | None]]:
    """Return the restrictions of turns that follow no roads: code and line of each."""
    lost = set(road_network(store, now.as_of, now.crs).lost_turns)
    turns = store.read("turns", Query(as_of=now.as_of))
    return [(code, shape) for code, shape in zip(turns["code"], turns.geometry, strict=True) if code in lost]


def roads_without_way_on(store: Store, now: Situation) -> list[str]:
    """Return the codes of roads at whose end restrictions forbid cars every turn, and to turn round."""
    roads = road_network(store, now.as_of, now.crs)
    return sorted(set(roads.codes[roads.network.edge_line[dead_stops(roads.network) >> 1]]))


class Survey(Protocol):
    """The buildings asked about, ready to be asked for any stations."""

    def reached(self, stations: gpd.GeoDataFrame) -> Reached:
        """Answer everything, with a picture."""

    def answers(self, stations: gpd.GeoDataFrame) -> pd.DataFrame:
        """Answer for each building: `Reached.buildings`, without a picture."""

    def covered(self, stations: gpd.GeoDataFrame) -> np.ndarray:
        """Say which buildings are within the largest limit of any of the stations, and no more: bool[n]."""

    def minutes_of_each(self, stations: gpd.GeoDataFrame, limit: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give for each station by itself the buildings that it reaches within a limit, and their minutes."""

    def joined(self, stations: gpd.GeoDataFrame) -> np.ndarray:
        """Say which stations a street is near enough to: bool[s]."""

    def nearest_areas(self, stations: gpd.GeoDataFrame) -> np.ndarray:
        """Share the area of the largest limit out among the stations, each place with the nearest: object[s]."""

    def way(self, stations: gpd.GeoDataFrame, row: int) -> Way | None:
        """Return the way of one building to its nearest station, however far; None where no streets are asked for."""


class _OnRoads:
    """Along the streets, as a scenario leaves them if there is one."""

    def __init__(self, store: Store, now: Situation, base: pd.DataFrame, inputs: ReachInputs) -> None:
        self._roads = road_network(store, inputs.as_of, now.crs, inputs.scenario, inputs.ferries)
        self._network = self._roads.network
        if not self._network.usable(inputs.mode).any():
            raise Conflict(Text("analyses.no-roads", mode=Text(f"analyses.mode-{inputs.mode}")))
        self._now, self._base, self._inputs = now, base, inputs
        self._limits = sorted(set(inputs.minutes))
        self._homes = points_xy(now, base)
        self._targets = self._attach(self._homes)
        self._stood: tuple[np.ndarray, Legs | None] = np.empty((0, 2)), None

    def reached(self, stations: gpd.GeoDataFrame) -> Reached:
        reaching = self._reach(stations)
        bands = [reaching.stretches(limit) for limit in self._limits]
        # A stretch of a street within several limits stands once for each.
        of_limit = [each.lines(self._network) for each in bands]
        lines, minutes = np.concatenate(of_limit), np.repeat(self._limits, list(map(len, of_limit)))
        areas = reach_areas(self._network, bands, PICTURE_M, tolerance_m=OUTLINE_M)
        drawn, areas = PackedLines(to_lonlat(lines, self._now.crs)), to_lonlat(areas, self._now.crs)
        return Reached(self._answers(reaching, stations), self._limits, areas, drawn, minutes, self._roads)

    def answers(self, stations: gpd.GeoDataFrame) -> pd.DataFrame:
        return self._answers(self._reach(stations), stations)

    def covered(self, stations: gpd.GeoDataFrame) -> np.ndarray:
        return np.isfinite(self._minutes(self._reach(stations), stations))

    def minutes_of_each(self, stations: gpd.GeoDataFrame, limit: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        legs, confined = self._sources(stations)
        sources, targets = _joined(legs), _joined(self._targets)
        by_edge = ByEdge(targets, len(self._network.edge_from))
        for at in range(len(stations)):
            one = np.array([at])
            alone = None if confined is None else confined[one]
            reaching = reach(self._network, sources.take(one), limit, self._way, alone)
            if alone is not None and alone.any():
                minutes, rows = self._minutes(reaching, stations.iloc[one]), np.arange(len(self._base))
            else:
                rows = by_edge.met(reaching)
                minutes = reaching.at(targets.take(rows)).minutes
            there = np.isfinite(minutes)
            yield rows[there], minutes[there]

    def joined(self, stations: gpd.GeoDataFrame) -> np.ndarray:
        return self._sources(stations)[0].edge >= 0

    def nearest_areas(self, stations: gpd.GeoDataFrame) -> np.ndarray:
        stretches, source = self._reach(stations).stretches_by_source()
        areas = nearest_areas(self._network, stretches, source, len(stations), PICTURE_M)
        return to_lonlat(_disjoint(areas), self._now.crs)

    def way(self, stations: gpd.GeoDataFrame, row: int) -> Way | None:
        places = self._homes, points_xy(self._now, stations)
        reaching = self._reach(stations, MAX_MINUTES)
        return way_of(reaching, places, self._targets, row, self._now.crs)

    def _attach(self, places: np.ndarray) -> Legs:
        inputs = self._inputs
        return self._roads.attach(places, inputs.mode, inputs.max_access_m, inputs.residents_roads)

    @property
    def _way(self) -> Travel:
        mode, speed_kmh = self._inputs.mode, self._inputs.speed_kmh
        walking = travel.walking_kmh(mode, speed_kmh)
        return Travel(
            mode,
            self._inputs.direction,
            walking if mode == "walk" else speed_kmh,
            access_kmh=walking,
            restricted=self._inputs.residents_roads,
        )

    def _sources(self, stations: gpd.GeoDataFrame) -> tuple[Legs, np.ndarray | None]:
        """Join stations to the streets, and say which serve their own compound only."""
        confined = (stations["serves"] == "compound").to_numpy(dtype=bool) if "serves" in stations else None
        return self._stand(points_xy(self._now, stations)), confined

    def _stand(self, places: np.ndarray) -> Legs:
        """Join stations, or take some of those that were joined last: kinds are asked for after all of them."""
        before, legs = self._stood
        row = {place: n for n, place in enumerate(map(tuple, before.tolist()))}
        at = np.array([row.get(place, -1) for place in map(tuple, places.tolist())], dtype=np.int64)
        if legs is not None and (at >= 0).all():  # a place that is nowhere is never found
            return legs.take(at)
        legs = self._attach(places)
        self._stood = places, legs
        return legs

    def _reach(self, stations: gpd.GeoDataFrame, limit_minutes: float | None = None) -> Reach:
        sources, confined = self._sources(stations)
        return reach(self._network, sources, limit_minutes or self._limits[-1], self._way, confined)

    def _apart(self, reaching: Reach, stations: gpd.GeoDataFrame) -> tuple[Reach, list[Compound]]:
        """Part the stations that serve one courtyard alone from what the others reach."""
        own = list(compounds(stations, reaching.confined, self._base, self._now))
        if not own:
            return reaching, own
        edge = reaching.sources.edge.copy()
        edge[np.concatenate([each.stations for each in own])] = -1
        sources, limit = replace(reaching.sources, edge=edge), reaching.limit_ms / 60_000
        return reach(self._network, sources, limit, self._way, reaching.confined), own

    def _within(self, reaching: Reach, own: list[Compound], limit: float) -> Iterator[Times]:
        """Yield for each courtyard what its stations reach of it, by whatever ways lead there."""
        for each in own:
            sources = reaching.sources.take(each.stations)
            times = reach(self._network, sources, limit, self._way).at(self._targets.take(each.buildings))
            yield Times(times.minutes, np.where(times.source >= 0, each.stations[times.source], -1))

    def _minutes(self, reaching: Reach, stations: gpd.GeoDataFrame) -> np.ndarray:
        """Return the minutes of buildings, inf beyond the limit."""
        others, own = self._apart(reaching, stations)
        minutes = others.at(self._targets).minutes
        for each, times in zip(own, self._within(reaching, own, reaching.limit_ms / 60_000), strict=True):
            minutes[each.buildings] = np.minimum(minutes[each.buildings], times.minutes)
        return minutes

    def _why(self, reaching: Reach, stations: gpd.GeoDataFrame) -> Reasons:
        """Say why buildings are not reached, and how far it is to the nearest station that serves them."""
        others, own = self._apart(reaching, stations)
        why = reasons(others, self._targets)
        if (reaching.sources.edge >= 0).any():
            why.code[why.code == "no_source"] = "restricted"
        times = (self._within(reaching, own, limit) for limit in (MAX_MINUTES, reaching.limit_ms / 60_000))
        for each, far, near in zip(own, *times, strict=True):
            nearer = far.minutes < why.minutes[each.buildings]
            at = each.buildings[nearer]
            why.minutes[at], why.source[at] = far.minutes[nearer], far.source[nearer]
            why.code[at] = "beyond_limit"
            why.code[at[np.isfinite(near.minutes[nearer])]] = None
        return why

    def _answers(self, reaching: Reach, stations: gpd.GeoDataFrame) -> pd.DataFrame:
        why = self._why(reaching, stations)
        buildings = answers_of(self._base, why.minutes, why.source, why.code, stations)
        places = points_xy(self._now, stations)
        if self._inputs.mode == "walk":
            walked = why.minutes * travel.walked_m(travel.walking_kmh("walk", self._inputs.speed_kmh), 1.0)
            buildings["detour"] = detour(walked, why.source, self._homes, places)
        gates = np.append(self._roads.gate_names, np.array([None], dtype=object))
        buildings["access_m"] = np.round(self._targets.access_m, 1)
        buildings["leg"] = np.array(LEGS, dtype=object)[self._targets.leg]
        buildings["via"] = pd.Series(gates[self._targets.via], index=buildings.index, dtype=object)
        if len(stations) == 0:
            buildings["reason"] = "no_open_station"
        placed = np.isfinite(self._homes).all(axis=1)
        buildings["reason"] = buildings["reason"].where(placed, "no_place")
        buildings.loc[(buildings["reason"] == "no_source").to_numpy(dtype=bool), "reason"] = "station_off_network"
        buildings["near_m"] = near_m = np.round(nearest_station_m(self._now, self._base, self._homes, places), 1)
        within_m = travel.walked_m(travel.straight_kmh(self._inputs.mode, self._inputs.speed_kmh), self._limits[-1])
        buildings["cut_off"] = buildings["reason"].notna().to_numpy() & (near_m <= within_m)
        return buildings


def _joined(legs: Legs) -> Attached:
    """Return where legs join the streets, and no more of them: of each of many stations one is taken."""
    return Attached(legs.edge, legs.at_m, legs.access_m)


def _disjoint(areas: np.ndarray) -> np.ndarray:
    """Take from each area what an earlier one has: corners of a raster's cells where three meet."""
    areas = areas.copy()
    for one, other in zip(*shapely.STRtree(areas).query(areas, predicate="intersects"), strict=True):
        if one < other:
            areas[other] = shapely.difference(areas[other], areas[one])
    return areas


class _Straight:
    """By the straight line, or that times the detour factor."""

    def __init__(self, now: Situation, base: pd.DataFrame, inputs: ReachInputs) -> None:
        detour = travel.DETOUR if inputs.method == "detour" else 1.0
        self._metres_a_minute = travel.straight_kmh(inputs.mode, inputs.speed_kmh) * 1000 / 60 / detour
        self._now, self._base = now, base
        self._limits = sorted(set(inputs.minutes))
        self._homes = points_xy(now, base)

    def reached(self, stations: gpd.GeoDataFrame) -> Reached:
        points = shapely.points(self._usable(stations)[1])
        circles = np.array([shapely.union_all(self._circles(points, limit)) for limit in self._limits], dtype=object)
        nothing = PackedLines(np.empty(0, dtype=object))
        areas = to_lonlat(circles, self._now.crs)
        return Reached(self.answers(stations), self._limits, areas, nothing, np.empty(0), None)

    def answers(self, stations: gpd.GeoDataFrame) -> pd.DataFrame:
        minutes, source = self._minutes(stations)
        placed, any_station = np.isfinite(self._homes).all(axis=1), len(self._usable(stations)[0])
        reasons: list[Any] = [None, "no_place", "no_open_station"]  # NumPy's own types know only arrays here
        reason = np.select([self._near(minutes), ~placed, any_station == 0], reasons, "beyond_limit")
        return answers_of(self._base, minutes, source, reason, stations)

    def covered(self, stations: gpd.GeoDataFrame) -> np.ndarray:
        return self._near(self._minutes(stations)[0])

    def minutes_of_each(self, stations: gpd.GeoDataFrame, limit: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for at in range(len(stations)):
            minutes = self._minutes(stations.iloc[at : at + 1])[0]
            there = np.flatnonzero(minutes <= limit + 1e-9)
            yield there, minutes[there]

    def joined(self, stations: gpd.GeoDataFrame) -> np.ndarray:
        return np.isfinite(points_xy(self._now, stations)).all(axis=1)

    def nearest_areas(self, stations: gpd.GeoDataFrame) -> np.ndarray:
        rows, places = self._usable(stations)
        areas = np.full(len(stations), shapely.MultiPolygon(), dtype=object)
        _, first = np.unique(places, axis=0, return_index=True)  # of several at one place the first has the area
        if len(first):
            circles = self._circles(shapely.points(places[first]), self._limits[-1])
            cells = shapely.get_parts(
                shapely.voronoi_polygons(
                    shapely.multipoints(places[first]), extend_to=shapely.union_all(circles), ordered=True
                )
            ) if len(first) > 1 else circles  # fmt: skip
            areas[rows[first]] = shapely.intersection(circles, cells)
        return to_lonlat(areas, self._now.crs)

    def way(self, stations: gpd.GeoDataFrame, row: int) -> Way | None:
        return None

    def _near(self, minutes: np.ndarray) -> np.ndarray:
        return minutes <= self._limits[-1] + 1e-9

    def _circles(self, points: np.ndarray, limit: float) -> np.ndarray:
        return shapely.buffer(points, limit * self._metres_a_minute, quad_segs=CIRCLE_SEGMENTS)

    def _usable(self, stations: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
        places = points_xy(self._now, stations)
        rows = np.flatnonzero(np.isfinite(places).all(axis=1))
        return rows, places[rows]

    def _minutes(self, stations: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
        from scipy.spatial import cKDTree

        rows, places = self._usable(stations)
        placed = np.isfinite(self._homes).all(axis=1)
        minutes, source = np.full(len(self._homes), np.inf), np.full(len(self._homes), -1)
        if len(rows) and placed.any():
            distance, nearest = cKDTree(places).query(self._homes[placed])
            minutes[placed], source[placed] = distance / self._metres_a_minute, rows[nearest]
        return minutes, source

