"""What a question about reach may name, and the stations that it means."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import geopandas as gpd
import msgspec
import numpy as np
import pandas as pd
import shapely

from geo.places import representative_points
from layers.catalogue import Label, catalogue
from layers.errors import Fault, InvalidParameter
from layers.model import travel
from layers.model.roads import open_on
from layers.situation.day import Situation
from layers.text import Text

Minutes = Annotated[float, msgspec.Meta(gt=0, le=travel.MOST_MINUTES)]
Speed = Annotated[float, msgspec.Meta(ge=travel.SLOWEST_KMH, le=travel.FASTEST_KMH)]
Access = Annotated[float, msgspec.Meta(ge=0, le=travel.MOST_ACCESS_M)]


class ReachInputs(msgspec.Struct, forbid_unknown_fields=True):
    """From which stations, how far, by which way.

    Parameters
    ----------
    as_of : date
        The day; only stations open on it count. Today when not given.
    stations : list of str
        Codes of stations.
    kinds : list of str
        Kinds of stations, such as ``elder_canteen``; with `stations` and `points` too, all of them together.
        Without any of the three, every open station.
    points : list of [lon, lat]
        Places that are no stations yet.
    minutes : list of float
        The limits, such as 5, 10, 15; the largest decides what is covered. Exactly at the limit counts as inside.
    mode : {"walk", "drive"}
    speed_kmh : float, optional
        Walking: 4.0 by default (1000 m in 15 minutes), 3.2 for 800 m, 3.0 for the elderly. Driving: each road's own.
    method : {"network", "detour", "straight"}
        Along the streets; or for comparison 1.3 times the straight line, or the straight line.
    direction : {"to", "from"}
        To the station or from it; differs only where there are one-way streets.
    max_access_m : float
        How far a building or a station may lie from the nearest street.
    residents_roads : {"ends", "closed", "open"}
        Who uses residents' ways and gates: who begins or ends behind them, nobody, or everybody.
    ferries : bool
        Whether ferries are taken, without waiting; they are not, unless this says so.
    scenario : str, optional
        What if the measures of this scenario (gates, bridges, closures, stations) were in force?
    """

    as_of: dt.date
    stations: list[str] = []
    kinds: list[str] = []
    points: list[tuple[float, float]] = []
    minutes: list[Minutes] = msgspec.field(default_factory=lambda: [travel.LIMIT_MINUTES])
    mode: travel.Mode = travel.MODES[0]
    speed_kmh: Speed | None = None
    method: travel.Method = travel.METHODS[0]
    direction: travel.Direction = travel.DIRECTIONS[0]
    max_access_m: Access = travel.ACCESS_M
    residents_roads: travel.Residents = travel.RESIDENTS[0]
    ferries: bool = False
    scenario: str | None = None


def stations_of(now: Situation, inputs: ReachInputs) -> gpd.GeoDataFrame:
    """Return the stations that are meant and open on the day: ``code, name, kind``, points in longitude and latitude.

    Raises
    ------
    InvalidParameter
        A code or kind that does not exist, a point that is no place on earth, no minutes: all faults at once.
    """
    known = now.stations
    faults = [_fault("stations", code, "no-such-station") for code in set(inputs.stations) - set(known["code"])]
    kinds = {choice.code for choice in catalogue().layer("stations").field("kind").values}
    faults += [_fault("kinds", kind, "no-such-kind", kinds=sorted(kinds)) for kind in set(inputs.kinds) - kinds]
    places = np.array(inputs.points, dtype=float).reshape(-1, 2)
    outside = ~(np.isfinite(places).all(axis=1) & (np.abs(places) <= (180, 90)).all(axis=1))
    faults += [_fault("points", f"{place[0]:g},{place[1]:g}", "no-place") for place in places[outside]]
    if len(places) > travel.MOST_POINTS:
        faults.append(_fault("points", str(len(places)), "too-many-points", most=travel.MOST_POINTS))
    if not inputs.minutes or len(inputs.minutes) > travel.MOST_LIMITS:
        faults.append(_fault("minutes", str(inputs.minutes), "minutes-count", most=travel.MOST_LIMITS))
    if faults:
        raise InvalidParameter(*faults)
    every = not inputs.stations and not inputs.kinds and not inputs.points
    meant = known["code"].isin(inputs.stations) | known["kind"].isin(inputs.kinds) | every
    chosen = known[(meant & open_on(known, inputs.as_of)).to_numpy(dtype=bool)]
    named = gpd.GeoDataFrame(
        {name: chosen[name] for name in ("code", "name", "kind", "serves")},
        geometry=representative_points(chosen.geometry.to_numpy()),
        crs=4326,
    )
    codes = [f"point-{number}" for number in range(1, len(places) + 1)]
    clicked = gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=shapely.points(places), crs=4326, index=codes)
    return named if clicked.empty else clicked if named.empty else pd.concat([named, clicked])


def _fault(parameter: str, value: str, slug: str, **params: object) -> Fault:
    return Fault(Text(f"analyses.{slug}", **params), {"parameter": parameter, "value": value[:80]})


REACH_LABELS = {
    "as_of": Label("截至日期", "As of"),
    "stations": Label("站点", "Stations"),
    "kinds": Label("站点类别", "Kinds of station"),
    "points": Label("点位（经度,纬度）", "Points (lon,lat)"),
    "minutes": Label("分钟", "Minutes"),
    "mode": Label("出行方式", "Mode"),
    "speed_kmh": Label("速度（km/h）", "Speed (km/h)"),
    "method": Label("计算方法", "Method"),
    "direction": Label("方向", "Direction"),
    "max_access_m": Label("最大接入距离（米）", "Access distance (m)"),
    "residents_roads": Label("住户道路", "Residents' ways"),
    "ferries": Label("乘坐轮渡", "Ferries"),
    "scenario": Label("情景", "Scenario"),
    "by": Label("统计层级", "By"),
    "weight": Label("统计口径", "Counted by"),
    "within": Label("范围", "Within"),
}
