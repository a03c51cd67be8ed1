"""What stations reach in time: buildings with their own minutes, streets, and areas as a picture of it."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.shapes import common
from layers.analyses.registry import Analysis, Output, Progress
from layers.catalogue import Label
from layers.model.values import as_counts, known_sum, known_sums
from layers.reach.homes import middles_within, middles_xy
from layers.reach.inputs import REACH_LABELS, ReachInputs, stations_of
from layers.reach.reached import Reached, survey
from layers.reach.scenarios import situation_with, told
from layers.situation.day import COLUMN_OF_LEVEL, Situation, situation
from layers.store.protocol import Store
from layers.text import Text

MANY = 5_000  # of fewer buildings each is asked for before a kernel is loaded
# What the answer needs of a building.
LISTED = (*COLUMN_OF_LEVEL.values(), "code", "name", "households", "population", "elderly_60", "geometry")


class Inputs(ReachInputs, forbid_unknown_fields=True):
    """From which stations, how far, by which way (see `ReachInputs`), and what is drawn.

    Parameters
    ----------
    nearest_areas : bool
        Also share the area of the largest limit out among the stations: each place goes with the nearest.
    """

    nearest_areas: bool = False


def run(store: Store, inputs: Inputs, progress: Progress) -> dict[str, object]:
    """Compute the service area of the chosen stations together."""
    now = situation_with(store, situation(store, inputs.as_of), inputs.scenario)
    progress(0.2, "buildings")
    stations = stations_of(now, inputs)
    base = now.in_scope(LISTED)
    asked = survey(store, now, base, inputs)
    found = asked.reached(stations)
    progress(0.8, "areas")
    shares = asked.nearest_areas(stations) if inputs.nearest_areas else None
    figures = summary(base, found, stations, inputs, now)
    return {
        "buildings": table(base, found, stations, now),
        "areas": _areas(found, base, now),
        "streets": gpd.GeoDataFrame({"minutes": found.line_minutes}, geometry=found.lines(), crs=4326),
        "nearest_areas": _nearest_areas(shares, base, found, stations),
        "summary": figures if inputs.scenario is None else {**figures, "scenario": told(store, now, inputs.scenario)},
    }


def table(
    base: pd.DataFrame, found: Reached, stations: pd.DataFrame, now: Situation, told: bool = True
) -> gpd.GeoDataFrame:
    """Return every building asked about with its minutes, nearest station and, where not covered, the reason.

    The reason and the way to the street are `told` in a sentence too, or left out.
    """
    names = dict(zip(stations["code"], stations["name"].fillna(stations["code"]), strict=True))
    communities = dict(zip(now.communities["code"], now.communities["name"], strict=True))
    answer = found.buildings
    columns = {
        "code": base["code"],
        "name": base["name"],
        "minutes": answer["minutes"],
        "station": answer["station"],
        "station_name": answer["station"].map(names),
        "covered": answer["covered"],
        "reason": answer["reason"],
        "reason_text": reason_texts(answer, names) if told else None,
        "access_m": answer["access_m"],
        "leg": answer["leg"],
        "leg_text": leg_texts(answer) if told else None,
        "via": answer["via"],
        "near_m": answer["near_m"],
        "cut_off": answer["cut_off"],
        "detour": answer["detour"],
        "households": base["households"],
        "population": base["population"],
        "elderly_60": base["elderly_60"],
        "courtyard_code": base["courtyard"],
        "community_code": base["community"],
        "community_name": base["community"].map(communities),
    }
    frame = gpd.GeoDataFrame(columns, geometry=base["geometry"].array, crs=4326, index=base.index)
    return frame.sort_values("code", kind="stable")


def reason_texts(answer: pd.DataFrame, names: dict[str, str]) -> list[Text]:
    """Put each building's reason into a message."""
    texts = []
    columns = (answer[name].to_numpy(dtype=object) for name in ("reason", "minutes", "station"))
    for reason, minutes, station in zip(*columns, strict=True):
        key = f"analyses.uncovered-{reason.replace('_', '-')}" if isinstance(reason, str) else "analyses.covered"
        minutes = f"{minutes:.2f}" if minutes == minutes else "—"
        texts.append(Text(key, minutes=minutes, station=names.get(station, "—")))
    return texts


def leg_texts(answer: pd.DataFrame) -> list[Text | None]:
    """Put into a message what is to be known of the way to the street; None where there is nothing."""
    texts: list[Text | None] = []
    for leg, via in zip(*(answer[name].to_numpy(dtype=object) for name in ("leg", "via")), strict=True):
        if via is not None:
            texts.append(Text("analyses.leg-via", gate=via))
        else:
            texts.append(None if leg in (None, "clear", "none") else Text(f"analyses.leg-{leg.replace('_', '-')}"))
    return texts


@dataclass(frozen=True)
class Sum:
    """A sum over the buildings covered and over all, None where nothing is known, and of how many nothing is."""

    covered: float | None
    total: float | None
    missing: int


@dataclass(frozen=True)
class Counts:
    """How many buildings are covered of how many, where the picture says otherwise, and the sums of who lives there."""

    covered: int
    total: int
    drawn_not_covered: int
    covered_not_drawn: int
    sums: dict[str, Sum]


def counts(base: pd.DataFrame, found: Reached, now: Situation) -> Counts:
    """Count what the largest limit covers."""
    covered = found.buildings["covered"].to_numpy(dtype=bool)
    drawn = _inside(now, base, found.areas[-1])
    sums = {}
    for weight in ("households", "population", "elderly_60"):
        given = base[weight].to_numpy(dtype=float, na_value=np.nan)
        sums[weight] = Sum(known_sum(given[covered]), known_sum(given), int(np.isnan(given).sum()))
    return Counts(int(covered.sum()), len(base), int((drawn & ~covered).sum()), int((covered & ~drawn).sum()), sums)


def summary(
    base: pd.DataFrame, found: Reached, stations: pd.DataFrame, inputs: ReachInputs, now: Situation
) -> dict[str, object]:
    """Return the figures of the largest limit, with their base, and what the picture would have said."""
    counted = counts(base, found, now)
    result: dict[str, object] = {
        "as_of": inputs.as_of,
        "mode": inputs.mode,
        "method": inputs.method,
        "minutes": found.limits[-1],
        "stations": len(stations),
        "covered": counted.covered,
        "total": counted.total,
        "share": counted.covered / counted.total if counted.total else None,
        "drawn_not_covered": counted.drawn_not_covered,
        "covered_not_drawn": counted.covered_not_drawn,
        "by_reason": found.buildings["reason"].value_counts().to_dict(),
    }
    for weight, each in counted.sums.items():
        result |= {f"{weight}_covered": each.covered, f"{weight}_total": each.total, f"{weight}_missing": each.missing}
    if found.roads is not None:
        result["legs"] = found.buildings["leg"].value_counts().to_dict()
        result["cut_off"] = int(found.buildings["cut_off"].sum())
        result["via_gate"] = int(found.buildings["via"].notna().sum())
        report = found.roads.network.report
        parts = report.walk_components if inputs.mode == "walk" else report.drive_components
        result["streets"] = {
            "roads": report.lines,
            "edges": report.edges,
            "components": len(parts),
            "largest_component_nodes": parts[0] if parts else 0,
            "assumed_by_class": found.roads.assumed,
            "left_out": sum(map(len, report.left_out.values())),
        }
    return result


def _areas(found: Reached, base: pd.DataFrame, now: Situation) -> gpd.GeoDataFrame:
    """Return one area for each limit; membership is decided by each building's own minutes, not by these."""
    minutes = found.buildings["minutes"].to_numpy()
    covered = found.buildings["covered"].to_numpy(dtype=bool)
    rows = {
        "minutes": found.limits,
        "buildings": [int((covered & (minutes <= limit + 1e-3)).sum()) for limit in found.limits],
        "drawn": [int(_inside(now, base, area).sum()) for area in found.areas],
    }
    return gpd.GeoDataFrame(rows, geometry=found.areas, crs=4326)


def _nearest_areas(
    shares: np.ndarray | None, base: pd.DataFrame, found: Reached, stations: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return each station's share of the area of the largest limit, and who of the covered is nearest to it."""
    if shares is None:
        none: dict[str, list[object]] = {name: [] for name in NEAREST_COLUMNS}
        return gpd.GeoDataFrame(none, geometry=[], crs=4326)
    shares = common(shares, found.areas[-1])
    answer = found.buildings[found.buildings["covered"].to_numpy(dtype=bool)]
    near = answer["station"]
    households = base["households"].reindex(answer.index).to_numpy(dtype=float, na_value=np.nan)
    of_station = pd.Index(stations["code"]).get_indexer(near.to_numpy(dtype=object))
    here = of_station >= 0
    sums = known_sums(households[here], of_station[here], len(stations))
    columns = {
        "station": stations["code"],
        "name": stations["name"],
        "kind": stations.get("kind"),
        "buildings": stations["code"].map(near.value_counts()).fillna(0).astype("int64"),
        "households": pd.Series(as_counts(sums), index=stations.index),
    }
    return gpd.GeoDataFrame(columns, geometry=_polygons(shares), crs=4326, index=stations.index)


def _polygons(shapes: np.ndarray) -> np.ndarray:
    """Return what is left of polygons after a cut: polygons; None for nothing."""
    kept = np.full(len(shapes), None, dtype=object)
    for place, shape in enumerate(shapes):
        areas = [each for each in shapely.get_parts(shape) if each.area > 0]
        if areas:
            kept[place] = shapely.union_all(areas) if len(areas) > 1 else areas[0]
    return kept


def _inside(now: Situation, base: pd.DataFrame, area: shapely.Geometry) -> np.ndarray:
    if len(base) >= MANY:
        return middles_within(now, base, shapely.get_parts(area))
    shapely.prepare(area)
    return shapely.intersects_xy(area, *middles_xy(now, base).T)


BUILDING_COLUMNS = {
    "code": Label("楼栋编码", "Building code"),
    "name": Label("楼号", "Name"),
    "minutes": Label("分钟", "Minutes"),
    "station": Label("最近站点编码", "Nearest station"),
    "station_name": Label("最近站点", "Name of station"),
    "covered": Label("已覆盖", "Covered"),
    "reason": Label("未覆盖原因代码", "Reason code"),
    "reason_text": Label("说明", "Reason"),
    "access_m": Label("接入距离（米）", "Way to the street (m)"),
    "leg": Label("接入情况", "Kind of way to the street"),
    "leg_text": Label("接入说明", "Way to the street"),
    "via": Label("经由出入口", "Through gate"),
    "near_m": Label("最近站点直线距离（米）", "Straight line to the nearest station (m)"),
    "cut_off": Label("近而不达", "Near but cut off"),
    "detour": Label("绕行系数（沿路/直线）", "Detour (streets/straight line)"),
    "households": Label("户数", "Households"),
    "population": Label("人口", "Population"),
    "elderly_60": Label("60岁以上老人", "Aged 60 and over"),
    "courtyard_code": Label("楼院编码", "Courtyard code"),
    "community_code": Label("社区编码", "Community code"),
    "community_name": Label("社区", "Community"),
}
AREA_COLUMNS = {
    "minutes": Label("分钟", "Minutes"),
    "buildings": Label("覆盖楼栋（按各楼实际时间）", "Buildings covered, by their own minutes"),
    "drawn": Label("图面范围内楼栋", "Buildings inside the picture"),
}
NEAREST_COLUMNS = {
    "station": Label("站点编码", "Station"),
    "name": Label("站点", "Name"),
    "kind": Label("类别", "Kind"),
    "buildings": Label("以其为最近站点的已覆盖楼栋", "Covered buildings that are nearest to it"),
    "households": Label("户数", "Households"),
}
REACH_SUMMARY = {
    "as_of": Label("截至日期", "As of"),
    "mode": Label("出行方式", "Mode"),
    "method": Label("计算方法", "Method"),
    "minutes": Label("分钟限值", "Limit in minutes"),
    "stations": Label("开放站点数", "Open stations"),
    "covered": Label("已覆盖楼栋", "Buildings covered"),
    "total": Label("楼栋合计（纳入统计）", "Buildings in scope"),
    "share": Label("覆盖率", "Share covered"),
    "drawn_not_covered": Label("图面内但实际未覆盖", "Inside the picture but not covered"),
    "covered_not_drawn": Label("实际覆盖但不在图面内", "Covered but outside the picture"),
    "by_reason": Label("未覆盖原因", "Why not covered"),
    "legs": Label("接入情况", "Ways to the street"),
    "cut_off": Label("近而不达的楼栋", "Buildings near but cut off"),
    "via_gate": Label("经由出入口接入的楼栋", "Buildings joined through a gate"),
    "streets": Label("道路网络", "Street network"),
    "scenario": Label("情景", "Scenario"),
    **{
        f"{weight}_{what}": Label(f"{zh}（{zh_what}）", f"{en} ({what})")
        for weight, zh, en in (
            ("households", "户数", "Households"),
            ("population", "人口", "Population"),
            ("elderly_60", "60岁以上老人", "Aged 60 and over"),
        )
        for what, zh_what in (("covered", "已覆盖"), ("total", "合计"), ("missing", "缺数楼栋"))
    },
}

ANALYSIS = Analysis(
    id="service-area",
    label=Label("服务范围", "Service area"),
    description=Label(
        "站点在限定时间内沿道路能到达的楼栋、道路与范围；每栋楼按自身时间判定",
        "What stations reach in time along the streets: every building by its own minutes, streets, and areas.",
    ),
    Inputs=Inputs,
    labels=REACH_LABELS | {"nearest_areas": Label("最近站点分区", "Nearest-station areas")},
    outputs=(
        Output("buildings", "features", Label("楼栋", "Buildings"), BUILDING_COLUMNS),
        Output("areas", "features", Label("范围", "Areas"), AREA_COLUMNS),
        Output("streets", "features", Label("道路", "Streets"), {"minutes": Label("分钟", "Minutes")}),
        Output("nearest_areas", "features", Label("最近站点分区", "Nearest-station areas"), NEAREST_COLUMNS),
        Output("summary", "object", Label("汇总", "Summary"), REACH_SUMMARY),
    ),
    run=run,
)
