"""What share of people reaches a station in time, where the gaps are, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import geopandas as gpd
import msgspec
import numpy as np
import pandas as pd

from layers.analyses.registry import Analysis, Output, Progress
from layers.analyses.service_area import BUILDING_COLUMNS, LISTED, REACH_SUMMARY, summary, table
from layers.analyses.service_gaps import GAP_COLUMNS, gaps
from layers.catalogue import Label
from layers.model.management import indicators
from layers.model.values import as_counts, known_sum
from layers.reach.capacities import Placed, placed_at
from layers.reach.inputs import REACH_LABELS, ReachInputs, stations_of
from layers.reach.reached import Reached, Survey, survey
from layers.reach.scenarios import situation_with, told
from layers.situation.day import COLUMN_OF_LEVEL, Level, Situation, situation
from layers.situation.within import inside
from layers.store.protocol import Store

Weight = Literal["buildings", "households", "population", "elderly_60"]


class Inputs(ReachInputs, forbid_unknown_fields=True):
    """From which stations, how far, by which way (see `ReachInputs`), and how it is counted.

    Parameters
    ----------
    by : layer id
        One row an area of this level.
    weight : {"buildings", "households", "population", "elderly_60"}
        What a building counts for; one whose weight is missing is in no sum and is counted beside.
    within : str, optional
        ``LAYER:CODE``; stations outside count when they reach in.
    capacity : bool
        Also say who finds a place, nearest first within the stations' capacities, and how many places there are a head.
    """

    by: Level = "communities"
    weight: Weight = "buildings"
    within: str | None = None
    capacity: bool = False


def run(store: Store, inputs: Inputs, progress: Progress) -> dict[str, object]:
    """Compute coverage by area and by kind of station, the gaps and the buildings in them, and what a scenario does."""
    today = situation(store, inputs.as_of)
    now = situation_with(store, today, inputs.scenario)
    progress(0.2, "buildings")
    stations = stations_of(now, inputs)
    base = inside(now.in_scope(LISTED), now, inputs.within)
    asked = survey(store, now, base, inputs)
    found = asked.reached(stations)
    progress(0.7, "gaps")
    missing = ~found.buildings["covered"].to_numpy(dtype=bool)
    if inputs.scenario is None:  # nothing is told of the others
        listed = table(base[missing], replace(found, buildings=found.buildings[missing]), stations, now)
    else:
        listed = table(base, found, stations, now)
    figures: dict[str, object] = {**summary(base, found, stations, inputs, now), "weight": inputs.weight}
    changed = pd.DataFrame(listed.iloc[:0]).assign(change=[], minutes_before=[])
    if inputs.scenario is not None:
        progress(0.8, "without the scenario")
        before = _before(store, today, base, inputs)
        changed = _changed(listed, before)
        figures |= {"scenario": told(store, now, inputs.scenario), **_compared(base, before, found, inputs.weight)}
        listed["covered_before"] = before["covered"].reindex(listed.index)
        listed["minutes_before"] = before["minutes"].reindex(listed.index)
    uncovered = listed[~listed["covered"].to_numpy(dtype=bool)]
    areas = rows(base, found.buildings["covered"], now, inputs.by, inputs.weight)
    places: dict[str, object] = {}
    if inputs.capacity:
        progress(0.9, "places")
        places, areas, more = with_places(asked, base, stations, now, inputs, areas)
        figures |= more
    return {
        "rows": areas,
        "gaps": gaps(uncovered, now),
        "uncovered": uncovered,
        "kinds": _kinds(asked, base, stations, inputs),
        "changed": changed,
        "opened": _opened(store, now, base, inputs, (stations, found)),
        "summary": figures,
        **places,
    }


def with_places(
    asked: Survey, base: pd.DataFrame, stations: gpd.GeoDataFrame, now: Situation, inputs: Inputs, areas: pd.DataFrame
) -> tuple[dict[str, object], pd.DataFrame, dict[str, object]]:  # fmt: skip
    """Return the outputs about places, the rows by area with what is known of places, and figures for the summary."""
    size = now.stations.set_index("code")["capacity"]
    found = placed_at(asked, stations, size, indicators.weights(base, inputs.weight), max(inputs.minutes))
    by_area = base[COLUMN_OF_LEVEL[inputs.by]].to_numpy(dtype=object)
    sums = pd.DataFrame({"placed": found.placed, "ratio": found.ratio * found.weight, "all": found.weight})
    grouped = sums.groupby(pd.Series(by_area), dropna=False, sort=True).sum()
    said = areas["total"].notna().to_numpy()
    areas = areas.assign(
        placed=as_counts(grouped["placed"].where(said).to_numpy()),
        placed_share=indicators.share(grouped["placed"], grouped["all"]).to_numpy(),
        ratio=indicators.share(grouped["ratio"], grouped["all"]).round(4).to_numpy(),
    )
    total = found.weight.sum()
    figures: dict[str, object] = {
        "placed": known_sum(found.placed_where_known),
        "unplaced": known_sum(found.asked_where_known - found.placed),
        "ratio": round(float(found.ratio @ found.weight / total), 4) if total else None,
        "missing_capacity": int(found.unknown.sum()),
    }
    return {"places": places_of(base, stations, found), "stations": by_station(stations, found)}, areas, figures


def places_of(base: pd.DataFrame, stations: gpd.GeoDataFrame, found: Placed) -> gpd.GeoDataFrame:
    """Return every building with how many of it find a place, where, and its places a head."""
    codes = np.append(stations["code"].to_numpy(dtype=object), np.array([None], dtype=object))
    columns = {
        "code": base["code"],
        "name": base["name"],
        "asking": found.asked_where_known,
        "placed": found.placed_where_known,
        "unplaced": found.asked_where_known - found.placed,
        "station": pd.Series(codes[found.to], index=base.index, dtype=object),
        "ratio": found.ratio.round(4),
        "community_code": base["community"],
    }
    frame = gpd.GeoDataFrame(columns, geometry=base["geometry"].array, crs=4326, index=base.index)
    return frame.sort_values("code", kind="stable")


def by_station(stations: gpd.GeoDataFrame, found: Placed) -> pd.DataFrame:
    """Return every station with how many reach it in time, and how many of its places are taken."""
    kinds = stations.get("kind")
    columns = {
        "station": stations["code"].to_numpy(dtype=object),
        "name": stations["name"].to_numpy(dtype=object),
        "kind": None if kinds is None else kinds.to_numpy(dtype=object),
        "capacity": np.where(found.unknown, np.nan, found.capacity),
        "asking": found.asking,
        "taken": found.taken,
        "left": np.where(found.unknown, np.nan, found.capacity - found.taken),
        "ratio": found.by_station.round(4),
    }
    return pd.DataFrame(columns)


def _before(store: Store, today: Situation, base: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Answer for each building without the scenario; a station that only the scenario has is asked for in vain."""
    added = set(inputs.stations) - set(today.stations["code"])
    kept = [code for code in inputs.stations if code not in added]
    plain = msgspec.structs.replace(inputs, scenario=None, stations=kept)
    stations = stations_of(today, plain)
    if added and not kept and not inputs.kinds and not inputs.points:
        stations = stations.iloc[:0]  # none left, which is not the same as all
    return survey(store, today, base, plain).answers(stations)


def _opened(
    store: Store, now: Situation, base: pd.DataFrame, inputs: Inputs, answer: tuple[gpd.GeoDataFrame, Reached]
) -> pd.DataFrame:
    """Return by courtyard who gains minutes where everybody may use residents' ways, the most minutes first."""
    if inputs.residents_roads != "open":
        return pd.DataFrame(columns=list(GAIN_COLUMNS))
    stations, found = answer
    usual = msgspec.structs.replace(inputs, residents_roads="ends")
    return gains(base, survey(store, now, base, usual).answers(stations), found, now)


def gains(asked_about: pd.DataFrame, before: pd.DataFrame, found: Reached, now: Situation) -> pd.DataFrame:
    """Return by courtyard who gains minutes, the most minutes first.

    Parameters
    ----------
    asked_about : DataFrame
        Buildings, with `courtyard` and `households`.
    before : DataFrame
        Their `minutes` and `covered` without what they gain by.
    found : Reached
        What is found with it.
    now : Situation
    """
    was, is_ = before["minutes"], found.buildings["minutes"]
    fewer = (was - is_).where(was.notna() & is_.notna(), 0.0).round(2)
    covered = found.buildings["covered"] & ~before["covered"]
    gained = (fewer > 0) | covered
    each = pd.DataFrame(
        {
            "courtyard_code": asked_about["courtyard"].astype(object),
            "buildings": 1,
            "gained": gained.astype("int64"),
            "households_gained": asked_about["households"].astype("Float64").where(gained),
            "silent": gained & asked_about["households"].isna(),
            "newly_covered": covered.astype("int64"),
            "minutes_saved": fewer,
        }
    )
    by = each.groupby("courtyard_code", dropna=False, sort=True)
    rows = by[["buildings", "gained", "households_gained", "newly_covered", "silent"]].sum()
    rows["households_gained"] = rows["households_gained"].mask(rows["silent"] == rows["gained"]).astype("Int64")
    rows = rows.rename(columns={"silent": "households_missing"})
    rows["minutes_saved"] = by["minutes_saved"].sum().round(2)
    rows = rows[rows["gained"] > 0].reset_index()
    rows["courtyard_code"] = [code if isinstance(code, str) else None for code in rows["courtyard_code"]]
    names = dict(zip(now.courtyards["code"], now.courtyards["name"], strict=True))
    rows.insert(1, "name", [names.get(code) for code in rows["courtyard_code"]])
    return rows.sort_values("minutes_saved", ascending=False, kind="stable", ignore_index=True)


def _changed(listed: gpd.GeoDataFrame, before: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the buildings that a scenario covers or uncovers."""
    was = before["covered"].reindex(listed.index).to_numpy(dtype=bool)
    now = listed["covered"].to_numpy(dtype=bool)
    change = np.where(now, "newly_covered", "newly_uncovered")
    minutes = before["minutes"].reindex(listed.index)
    return listed.assign(change=change, minutes_before=minutes)[was != now]


def _compared(base: pd.DataFrame, before: pd.DataFrame, found: Reached, weight: str) -> dict[str, object]:
    """Return what is covered with and without a scenario."""
    given = indicators.weights(base, weight)
    was, now = (each["covered"].to_numpy(dtype=bool) for each in (before, found.buildings))
    return {
        "covered_before": known_sum(given[was]),
        "covered_after": known_sum(given[now]),
        "newly_covered": int((now & ~was).sum()),
        "newly_uncovered": int((was & ~now).sum()),
    }


def _kinds(asked: Survey, base: pd.DataFrame, stations: gpd.GeoDataFrame, inputs: Inputs) -> pd.DataFrame:
    """Return what each kind of station covers by itself, when several kinds are in question."""
    of_station = stations["kind"] if "kind" in stations else pd.Series(dtype=object)
    kinds = sorted({*inputs.kinds, *of_station.dropna()})
    given = indicators.weights(base, inputs.weight)
    found = []
    for kind in kinds if len(kinds) > 1 else []:
        chosen = stations[(of_station == kind).to_numpy(dtype=bool)]
        covered = asked.covered(chosen) if len(chosen) else np.zeros(len(base), dtype=bool)
        found.append((kind, len(chosen), known_sum(given[covered]), known_sum(given)))
    frame = pd.DataFrame(found, columns=["kind", "stations", "covered", "total"])
    frame = frame.astype({"covered": float, "total": float})
    return frame.assign(share=indicators.share(frame["covered"], frame["total"]))


def rows(base: pd.DataFrame, covered: pd.Series, now: Situation, by: str, weight: str) -> pd.DataFrame:
    """Return covered, total and share by area, in the order of codes; buildings in no area come last.

    Where no building says how much it counts for, covered, total and share are missing.
    """
    w = indicators.weights(base, weight)
    reached, missing = covered.to_numpy(dtype=bool), np.isnan(w)
    given = np.nan_to_num(w)
    sums = pd.DataFrame(
        {
            "covered": given * reached,
            "total": given,
            "missing_weight": missing.astype(int),
            "buildings": 1,
            "reached": reached.astype(int),
            "reached_missing": (reached & missing).astype(int),
        }
    )
    grouped = sums.groupby(pd.Series(base[COLUMN_OF_LEVEL[by]].to_numpy(dtype=object)), dropna=False, sort=True).sum()
    for name, silent, of in (("covered", "reached_missing", "reached"), ("total", "missing_weight", "buildings")):
        unsaid = (grouped[of] > 0) & (grouped[silent] == grouped[of])
        grouped[name] = grouped[name].astype("int64").astype("Int64").mask(unsaid)
    names = dict(zip(now.frames[by]["code"], now.frames[by]["name"], strict=True))
    code = [each if isinstance(each, str) else None for each in grouped.index]
    grouped["share"] = indicators.share(grouped["covered"], grouped["total"])
    columns = {name: grouped[name].to_numpy() for name in ("covered", "total", "share", "missing_weight", "buildings")}
    return pd.DataFrame({"code": code, "name": [names.get(each) for each in code], **columns})


ROW_COLUMNS = {
    "code": Label("编码", "Code"),
    "name": Label("名称", "Name"),
    "covered": Label("已覆盖", "Covered"),
    "total": Label("合计", "Total"),
    "share": Label("覆盖率（已覆盖/合计）", "Share (covered/total)"),
    "missing_weight": Label("缺该项数据的楼栋", "Buildings missing this figure"),
    "buildings": Label("楼栋数", "Buildings"),
}
ROW_PLACES = {
    "placed": Label("有位置（就近先得）", "Find a place, nearest first"),
    "placed_share": Label("有位置占比（有位置/合计）", "Share that finds one (found/total)"),
    "ratio": Label("人均位置（两步移动搜索法）", "Places a head (two-step floating catchment)"),
}
PLACE_COLUMNS = {
    "code": Label("楼栋编码", "Building"),
    "name": Label("名称", "Name"),
    "asking": Label("需求（按统计口径）", "Asking for a place"),
    "placed": ROW_PLACES["placed"],
    "unplaced": Label("无位置", "Find none"),
    "station": Label("主要去往站点", "Station where most do"),
    "ratio": ROW_PLACES["ratio"],
    "community_code": Label("社区编码", "Community code"),
}
STATION_COLUMNS = {
    "station": Label("站点编码", "Station code"),
    "name": Label("名称", "Name"),
    "kind": Label("站点类别", "Kind of station"),
    "capacity": Label("服务能力（空为未填）", "Capacity (empty: not on record)"),
    "asking": Label("时限内可达量", "Reach it in time"),
    "taken": Label("已占位置", "Places taken"),
    "left": Label("剩余位置", "Places left"),
    "ratio": Label("每名可达者位置数", "Places a head of who reaches it"),
}
PLACES_SUMMARY = {
    "placed": ROW_PLACES["placed"],
    "unplaced": PLACE_COLUMNS["unplaced"],
    "ratio": ROW_PLACES["ratio"],
    "missing_capacity": Label("未填服务能力的站点（就近先得时按不受限，人均位置时不计）",
                              "Stations without capacity (no limit for who finds a place; none a head)"),
}  # fmt: skip
KIND_COLUMNS = {
    "kind": Label("站点类别", "Kind of station"),
    "stations": Label("开放站点数", "Open stations"),
    "covered": Label("已覆盖（仅此类站点）", "Covered, by this kind alone"),
    "total": Label("合计", "Total"),
    "share": Label("覆盖率（已覆盖/合计）", "Share (covered/total)"),
}
GAIN_COLUMNS = {
    "courtyard_code": Label("楼院编码", "Courtyard code"),
    "name": Label("楼院", "Courtyard"),
    "buildings": Label("楼栋数", "Buildings"),
    "gained": Label("受益楼栋", "Buildings that gain"),
    "households_gained": Label("受益户数", "Households that gain"),
    "households_missing": Label("缺户数的受益楼栋", "Buildings that gain without households on record"),
    "newly_covered": Label("新覆盖楼栋", "Buildings newly covered"),
    "minutes_saved": Label("各楼栋共省分钟", "Minutes saved, all buildings together"),
}
BEFORE_COLUMNS = {
    "minutes_before": Label("情景前分钟", "Minutes without the scenario"),
    "covered_before": Label("情景前已覆盖", "Covered without the scenario"),
}
CHANGED_COLUMNS = {
    **BUILDING_COLUMNS,
    "change": Label("变化", "Change"),
    "minutes_before": BEFORE_COLUMNS["minutes_before"],
}
COVERAGE_SUMMARY = {
    **REACH_SUMMARY,
    "weight": Label("统计口径", "Counted by"),
    "covered_before": Label("情景前已覆盖（按统计口径）", "Covered without the scenario"),
    "covered_after": Label("情景后已覆盖（按统计口径）", "Covered with the scenario"),
    "newly_covered": Label("新覆盖楼栋", "Buildings newly covered"),
    "newly_uncovered": Label("新失去覆盖楼栋", "Buildings no longer covered"),
}

ANALYSIS = Analysis(
    id="service-coverage",
    label=Label("15分钟服务圈覆盖", "15-minute coverage"),
    description=Label(
        "各级区域在限定时间内可到达站点的比例、盲区与每栋未覆盖楼的原因",
        "The share that reaches a station in time at every level, the gaps, and a reason for each building left out.",
    ),
    Inputs=Inputs,
    labels={**REACH_LABELS, "capacity": Label("是否计算服务能力", "With capacities")},
    outputs=(
        Output("rows", "rows", Label("各区域", "By area"), ROW_COLUMNS | ROW_PLACES),
        Output("gaps", "features", Label("盲区", "Gaps"), GAP_COLUMNS),
        Output("uncovered", "features", Label("未覆盖楼栋", "Buildings left out"), BUILDING_COLUMNS | BEFORE_COLUMNS),
        Output("kinds", "rows", Label("按站点类别", "By kind of station"), KIND_COLUMNS),
        Output("changed", "features", Label("情景变化楼栋", "Buildings that the scenario changes"), CHANGED_COLUMNS),
        Output("opened", "rows", Label("小区开放后的受益", "Who gains where compounds are open"), GAIN_COLUMNS),
        Output("places", "features", Label("各楼栋位置", "Places by building"), PLACE_COLUMNS, optional=True),
        Output("stations", "rows", Label("各站点位置", "Places by station"), STATION_COLUMNS, optional=True),
        Output("summary", "object", Label("汇总", "Summary"), COVERAGE_SUMMARY | PLACES_SUMMARY),
    ),
    run=run,
)
