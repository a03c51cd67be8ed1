"""Where the buildings that no station reaches in time stand together, and who lives there."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.places import to_lonlat, xy_nearly
from geo.shapes import clusters, kept_as, missing, outlines
from layers.catalogue import Label
from layers.model.values import as_counts, known_sums
from layers.reach.homes import places_in
from layers.situation.day import Situation

GAP_M = 150.0
MARGIN_M = 5.0
SUMMED = ("households", "population", "elderly_60")


def gaps(
    uncovered: gpd.GeoDataFrame, now: Situation, most: int | None = None, points_xy: np.ndarray | None = None
) -> gpd.GeoDataFrame:
    """Gather uncovered buildings that stand within 150 m of each other; the most elderly first, then households.

    What no building of a gap says is missing, and stands last; how many do not say stands beside each sum.
    Only the first `most` are drawn and returned, where that is said. `points_xy` are `inner_xy` of the buildings, where
    they are known.
    """
    kept = kept_as(uncovered["geometry"].array)
    there = ~missing(kept)
    placed, shapes = (uncovered, kept) if there.all() else (uncovered[there], kept[there])
    label = clusters(places_in(shapes, now) if points_xy is None else points_xy[there], GAP_M)
    frame = pd.DataFrame(_figures(placed, label), columns=[*GAP_COLUMNS])
    order = frame.sort_values(["elderly_60", "households", "buildings"], ascending=False, kind="stable").index[:most]
    wanted = np.isin(np.arange(len(frame)), order)
    frame["geometry"] = outlines(
        shapes, label, reach_m=GAP_M / 2, margin_m=MARGIN_M, project=lambda xy: xy_nearly(xy, now.crs), wanted=wanted
    )
    frame = frame.loc[order].reset_index(drop=True)
    frame["gap"] = np.arange(1, len(frame) + 1)
    drawn = to_lonlat(frame.pop("geometry").to_numpy(dtype=object), now.crs)
    return gpd.GeoDataFrame(frame, geometry=drawn, crs=4326)


def left_out(
    base: pd.DataFrame, answer: pd.DataFrame, stations: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, np.ndarray]:
    """Return what `gaps` asks of the buildings that are not covered, by their codes, and their rows in `base`.

    Parameters
    ----------
    base, answer : DataFrame
        The buildings asked about, and `Reached.buildings`.
    stations : DataFrame
    """
    rows = np.flatnonzero(~answer["covered"].to_numpy(dtype=bool))
    code = base["code"].iloc[rows].reset_index(drop=True)
    if not code.is_monotonic_increasing:
        rows = rows[code.sort_values(kind="stable").index]
    names = dict(zip(stations["code"], stations["name"].fillna(stations["code"]), strict=True))
    columns = {
        "minutes": answer["minutes"].array[rows],
        "station_name": answer["station"].iloc[rows].map(names).array,
        "reason": answer["reason"].array[rows],
        **{name: base[name].array[rows] for name in SUMMED},
        "community_code": base["community"].array[rows],
    }
    shapes = base["geometry"].array[rows]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326, index=base.index[rows]), rows


def _figures(members: gpd.GeoDataFrame, label: np.ndarray) -> dict[str, object]:
    """Return the figures of each gap; `label` is that of each member, counted from 0."""
    count = int(label.max(initial=-1)) + 1
    minutes = members["minutes"].to_numpy(dtype=float)
    order = np.lexsort((minutes, label))  # what has no minutes stands last
    first = order[np.searchsorted(label[order], np.arange(count))]
    farthest = np.full(count, np.nan)
    np.fmax.at(farthest, label, minutes)
    given = {name: members[name].to_numpy(dtype=float, na_value=np.nan) for name in SUMMED}
    return {
        "gap": np.zeros(count, dtype=np.int64),
        "buildings": np.bincount(label, minlength=count),
        **{name: as_counts(known_sums(values, label, count)) for name, values in given.items()},
        **{f"{name}_missing": np.bincount(label[np.isnan(values)], minlength=count) for name, values in given.items()},
        "reason": _most(members["reason"], label, count),
        "nearest_station": members["station_name"].to_numpy(dtype=object)[first],
        "nearest_minutes": minutes[first],
        "farthest_minutes": farthest,
        "community_code": _most(members["community_code"], label, count, by_value=True),
    }


def _most(values: pd.Series, label: np.ndarray, count: int, by_value: bool = False) -> np.ndarray:
    """Return the value that most members of each gap have; of several the first to come, or the least `by_value`."""
    number, different = pd.factorize(values.to_numpy(dtype=object), sort=by_value)
    given = number >= 0
    pair = label[given] * len(different) + number[given]
    pairs, come, times = np.unique(pair, return_index=True, return_counts=True)
    gap, which = np.divmod(pairs, max(len(different), 1))
    order = np.lexsort((which if by_value else come, -times, gap))
    one = order[np.concatenate([[True], np.diff(gap[order]) > 0])] if len(order) else order
    found = np.full(count, None, dtype=object)
    found[gap[one]] = np.asarray(different, dtype=object)[which[one]]
    return found


GAP_COLUMNS = {
    "gap": Label("盲区序号", "Gap"),
    "buildings": Label("楼栋数", "Buildings"),
    "households": Label("户数", "Households"),
    "population": Label("人口", "Population"),
    "elderly_60": Label("60岁以上老人", "Aged 60 and over"),
    "households_missing": Label("缺户数的楼栋", "Buildings without households"),
    "population_missing": Label("缺人口的楼栋", "Buildings without population"),
    "elderly_60_missing": Label("缺60岁以上老人数的楼栋", "Buildings without residents of 60 and over"),
    "reason": Label("主要原因代码", "Main reason"),
    "nearest_station": Label("最近站点", "Nearest station"),
    "nearest_minutes": Label("最近楼栋分钟", "Minutes of the nearest"),
    "farthest_minutes": Label("最远楼栋分钟", "Minutes of the farthest"),
    "community_code": Label("社区编码", "Community code"),
}
