"""Who reaches a station in time: every building with its own minutes, along the streets or by a formula."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.attach import attach
from geo.crs import from_lonlat, to_lonlat
from geo.measure import representative_points
from geo.reach import Reach, Travel, reach, reasons
from geo.reach_area import reach_areas
from layers.analyses.reach_inputs import DETOUR, DRIVING_KMH, WALKING_KMH, ReachInputs
from layers.analyses.situation import Situation
from layers.analyses.streets import Streets, streets
from layers.errors import Conflict
from layers.store.protocol import Store
from layers.text import Text

CIRCLE_SEGMENTS = 32
PICTURE_M = 50.0  # how far the picture reaches beside the streets; it decides nothing
OUTLINE_M = 3.0  # and how far its outline may stray: a tenth of the vertices


@dataclass(frozen=True)
class Reached:
    """The answer for each building, and what it takes to draw it.

    Parameters
    ----------
    buildings : DataFrame
        Indexed like the buildings asked about: ``minutes`` (however long; NaN where there is no way), ``station`` (the
        nearest one's code), ``covered``, ``reason`` (None where covered).
    limits : list of float
        Minutes, ascending.
    areas : ndarray of MultiPolygon
        One for each limit, longitude and latitude.
    lines, line_minutes : ndarray
        The stretches of streets within each limit, and which limit that is; none unless along the network.
    streets : Streets or None
    """

    buildings: pd.DataFrame
    limits: list[float]
    areas: np.ndarray
    lines: np.ndarray
    line_minutes: np.ndarray
    streets: Streets | None


def reached(
    store: Store, now: Situation, base: pd.DataFrame, stations: gpd.GeoDataFrame, inputs: ReachInputs
) -> Reached:
    """Compute minutes, nearest station and reason for each building of `base`.

    Raises
    ------
    Conflict
        The way is along the network and the workspace has no roads.
    """
    limits = sorted(set(inputs.minutes))
    homes = _places(base, now)
    sites = _places(stations, now)
    if inputs.method == "network":
        return _by_network(store, now, (base, homes), (stations, sites), limits, inputs)
    return _by_distance(now, (base, homes), (stations, sites), limits, inputs)


def _by_network(store: Store, now: Situation, homes: tuple, sites: tuple, limits: list, inputs: ReachInputs) -> Reached:
    found = streets(store, inputs.as_of, now.crs)
    network = found.network
    if not network.usable(inputs.mode).any():
        raise Conflict(Text("analyses.no-roads", mode=Text(f"analyses.mode-{inputs.mode}")))
    travel = Travel(inputs.mode, inputs.direction, inputs.speed_kmh)
    sources = attach(network, sites[1], inputs.mode, inputs.max_access_m)
    targets = attach(network, homes[1], inputs.mode, inputs.max_access_m)
    reaching = reach(network, sources, limits[-1], travel)
    why = reasons(reaching, targets)
    buildings = _answers(homes[0], why.minutes, why.source, why.code, sites[0])
    if len(sites[0]) == 0:
        buildings["reason"] = "no_open_station"
    placed = np.isfinite(homes[1]).all(axis=1)
    buildings["reason"] = buildings["reason"].where(placed, "no_place")
    buildings.loc[(buildings["reason"] == "no_source").to_numpy(dtype=bool), "reason"] = "station_off_network"
    lines, minutes = _stretches(reaching, limits)
    areas = reach_areas(network, [reaching.stretches(limit) for limit in limits], PICTURE_M)
    areas = shapely.simplify(areas, OUTLINE_M)
    return Reached(buildings, limits, to_lonlat(areas, now.crs), to_lonlat(lines, now.crs), minutes, found)


def _stretches(reaching: Reach, limits: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the reached stretches of streets; a stretch within several limits stands once for each."""
    lines = [reaching.stretches(limit).lines(reaching.network) for limit in limits]
    return np.concatenate(lines), np.repeat(limits, [len(each) for each in lines])


def _by_distance(now: Situation, homes: tuple, sites: tuple, limits: list, inputs: ReachInputs) -> Reached:
    from scipy.spatial import cKDTree

    usual = WALKING_KMH if inputs.mode == "walk" else DRIVING_KMH
    metres_a_minute = (inputs.speed_kmh or usual) * 1000 / 60 / (DETOUR if inputs.method == "detour" else 1.0)
    placed = np.isfinite(homes[1]).all(axis=1)
    minutes, source = np.full(len(homes[1]), np.inf), np.full(len(homes[1]), -1)
    usable = np.flatnonzero(np.isfinite(sites[1]).all(axis=1))
    if len(usable) and placed.any():
        distance, nearest = cKDTree(sites[1][usable]).query(homes[1][placed])
        minutes[placed], source[placed] = distance / metres_a_minute, usable[nearest]
    near = minutes <= limits[-1] + 1e-9
    reason = np.select([near, ~placed, len(usable) == 0], [None, "no_place", "no_open_station"], "beyond_limit")
    shapes = shapely.points(sites[1][usable])
    circles = [
        shapely.union_all(shapely.buffer(shapes, limit * metres_a_minute, quad_segs=CIRCLE_SEGMENTS))
        for limit in limits
    ]
    nothing = np.empty(0, dtype=object)
    buildings = _answers(homes[0], minutes, source, reason, sites[0])
    return Reached(buildings, limits, to_lonlat(np.array(circles, dtype=object), now.crs), nothing, np.empty(0), None)


def _answers(
    base: pd.DataFrame, minutes: np.ndarray, source: np.ndarray, reason: np.ndarray, stations: pd.DataFrame
) -> pd.DataFrame:
    codes = np.append(stations["code"].to_numpy(dtype=object), None)
    reason = np.array([each if isinstance(each, str) else None for each in reason], dtype=object)
    return pd.DataFrame(
        {
            "minutes": np.where(np.isfinite(minutes), np.round(minutes, 2), np.nan),
            "station": codes[source],
            "covered": np.array([each is None for each in reason], dtype=bool),
            "reason": pd.Series(reason, index=base.index, dtype=object),
        },
        index=base.index,
    )


def _places(frame: pd.DataFrame, now: Situation) -> np.ndarray:
    """Return a point in each feature, metric: float64[n, 2], nan without geometry."""
    points = representative_points(np.asarray(frame["geometry"], dtype=object))
    moved = from_lonlat(points, now.crs)
    return np.column_stack([shapely.get_x(moved), shapely.get_y(moved)])
