"""What is told of each bundle, and of each building that is in none."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.bundling import Links
from geo.places import to_lonlat
from layers.catalogue import Label
from layers.proposals.bundles.leftovers import Why
from layers.proposals.bundles.site import Site
from layers.proposals.bundles.wishes import BundleWishes
from layers.proposals.frame import SENTENCES, SUMMARY_LABELS

PART_COLUMNS = {
    "part": Label("打包片区", "Part"),
    "community_code": Label("社区编码", "Community code"),
    "community_name": Label("社区", "Community"),
    "buildings": Label("楼栋数", "Buildings"),
    "building_codes": Label("楼栋编码", "Building codes"),
    "households": Label("户数（已登记）", "Households on record"),
    "missing_households": Label("户数缺失楼栋数", "Buildings without households on record"),
    "elderly_60": Label("60岁以上（已登记）", "Residents of 60 and older on record"),
    "floor_area_m2": Label("建筑面积（㎡）", "Floor area (m²)"),
    "missing_floor_area": Label("建筑面积缺失楼栋数", "Buildings without floor area"),
    "estimated_floor_area": Label("建筑面积为估算的楼栋数", "Buildings with estimated floor area"),
    "links_m": Label("楼间步行连线合计（米）", "Ways between its buildings, all together (m)"),
    "widest_gap_m": Label("最大间距（米）", "Widest gap (m)"),
    "area_m2": Label("片区占地（㎡）", "Ground (m²)"),
    "income_yuan_month": Label("物业费收入（元/月）", "Income (yuan a month)"),
    "cost_yuan_month": Label("管理成本（元/月）", "Cost (yuan a month)"),
    "balance_yuan_month": Label("收支差（元/月）", "Balance (yuan a month)"),
    "break_even_fee_yuan_m2_month": Label("保本物业费（元/㎡·月）", "Fee that breaks even (yuan/m² a month)"),
    "viable": Label("能否自给", "Pays for itself"),
}
LEFT_COLUMNS = {
    "code": Label("楼栋编码", "Building code"),
    "name": Label("楼号", "Name"),
    "status": Label("物管状态", "Status"),
    "reason": Label("原因代码", "Reason code"),
    "reason_text": Label("原因", "Reason"),
    "about": Label("相关对象", "What it is about"),
    "households": Label("户数", "Households"),
    "floor_area_m2": Label("建筑面积（㎡）", "Floor area (m²)"),
    "community_code": Label("社区编码", "Community code"),
    "community_name": Label("社区", "Community"),
}
SUMMARY_COLUMNS = {
    **SUMMARY_LABELS,
    "max_gap_m": Label("楼栋间步行间距上限（米）", "Way between buildings, at most (m)"),
    "max_floor_area_m2": Label("每片区建筑面积上限（㎡）", "Floor area of a bundle, at most (m²)"),
    "households_min": Label("每片区户数下限", "Households of a bundle, at least"),
    "households_max": Label("每片区户数上限", "Households of a bundle, at most"),
    "buildings": Label("无物业、脱管楼栋数", "Buildings nobody manages"),
    "unknown": Label("未摸排楼栋数（不计入）", "Buildings not surveyed (not counted)"),
    "bundles": Label("打包片区数", "Bundles"),
    "bundled": Label("打包楼栋数", "Buildings bundled"),
    "left": Label("未打包楼栋数", "Buildings left"),
    "by_reason": Label("未打包原因", "Why they are left"),
    "households": Label("打包户数（已登记）", "Households bundled, on record"),
    "floor_area_m2": Label("打包建筑面积（㎡）", "Floor area bundled (m²)"),
    "links_m": Label("楼间步行连线合计（米）", "Ways between buildings, all together (m)"),
    "viable": Label("能自给片区数", "Bundles that pay for themselves"),
    "viability_unknown": Label("收支不明片区数", "Bundles of which that is not known"),
    "binds": Label("受限原因", "What binds"),
    "nearest": Label("可满足的最接近条件", "The nearest wishes that can be met"),
    "notes": Label("说明", "Notes"),
    **SENTENCES,
}


@dataclass(frozen=True, eq=False)
class Bundles:
    """What was found: the bundle of each building, -1 for none; the links used, by bundle; and the areas, metric."""

    bundle: np.ndarray
    ways: list[Links]
    areas: np.ndarray


def bundle_table(site: Site, found: Bundles, wishes: BundleWishes) -> gpd.GeoDataFrame:
    """Return one row a bundle, longitude and latitude, indexed by its name."""
    names = dict(zip(site.now.communities["code"], site.now.communities["name"], strict=True))
    order = np.argsort(found.bundle, kind="stable")
    order = order[found.bundle[order] >= 0]
    members = np.split(order, np.flatnonzero(np.diff(found.bundle[order])) + 1) if len(order) else []
    columns = {name: site.buildings[name].to_numpy(dtype=float, na_value=np.nan) for name in
               ("households", "elderly_60", "floor_area_m2")}  # fmt: skip
    estimated = site.buildings["floor_area_estimated"].to_numpy(dtype=bool)
    number: dict[str, int] = {}
    rows = []
    for at, mine in enumerate(members):
        community = str(site.communities[mine[0]])
        number[community] = number.get(community, 0) + 1
        sums = {name: _sum(values[mine]) for name, values in columns.items()}
        ways = found.ways[at]
        rows.append({
            "part": f"{community}.b{number[community]}", "community_code": community,
            "community_name": names.get(community), "buildings": len(mine),
            "building_codes": [str(each) for each in site.codes[mine]], "households": sums["households"],
            "missing_households": int(np.isnan(columns["households"][mine]).sum()), "elderly_60": sums["elderly_60"],
            "floor_area_m2": sums["floor_area_m2"],
            "missing_floor_area": int(np.isnan(columns["floor_area_m2"][mine]).sum()),
            "estimated_floor_area": int(estimated[mine].sum()), "links_m": round(float(ways.length_m.sum()), 1),
            "widest_gap_m": round(float(ways.length_m.max(initial=0.0)), 1),
            "area_m2": round(float(shapely.area(found.areas[at])), 1),
        })  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(PART_COLUMNS)[:14])
    for name in ("households", "elderly_60"):
        frame[name] = pd.array(frame[name].tolist(), dtype="Int64")
    frame["floor_area_m2"] = frame["floor_area_m2"].astype(float).round(2)
    frame = _with_viability(frame, wishes)[list(PART_COLUMNS)]
    shapes = to_lonlat(found.areas, site.now.crs)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326").set_index(pd.Index(frame["part"], dtype=object))


def _sum(values: np.ndarray) -> float | None:
    """Sum up what is on record; None where nothing is."""
    return None if np.isnan(values).all() else round(float(np.nansum(values)), 2)


def _with_viability(frame: pd.DataFrame, wishes: BundleWishes) -> pd.DataFrame:
    """Say what each bundle brings in and costs; nothing of what is not on record for all its buildings."""
    area = frame["floor_area_m2"].where(frame["missing_floor_area"] == 0).astype(float)
    households = frame["households"].astype(float).where(frame["missing_households"] == 0)
    nothing = pd.Series(np.nan, index=frame.index)
    fee, cost = wishes.fee_yuan_m2_month, wishes.cost_yuan_household_month
    income = nothing if fee is None else (area * fee).round(2)
    costs = nothing if cost is None else (households * cost).round(2)
    balance = (income - costs).round(2)
    viable = (balance >= 0).astype("boolean").mask(balance.isna())
    even = (costs / area.where(area > 0)).round(4)
    return frame.assign(income_yuan_month=income, cost_yuan_month=costs, balance_yuan_month=balance, viable=viable,
                        break_even_fee_yuan_m2_month=even)  # fmt: skip


def left_table(site: Site, why: dict[int, Why]) -> gpd.GeoDataFrame:
    """Return one row a building that is in no bundle, in the order of the codes."""
    names = dict(zip(site.now.communities["code"], site.now.communities["name"], strict=True))
    rows = sorted(why)
    mine = site.buildings.iloc[rows]
    told = [why[row] for row in rows]
    communities = site.communities[rows]
    columns = {
        "code": mine["code"], "name": mine["name"], "status": mine["status"], "reason": [each.reason for each in told],
        "reason_text": [each.text for each in told], "about": [each.about for each in told],
        "households": mine["households"], "floor_area_m2": mine["floor_area_m2"].astype(float).round(2),
        "community_code": communities, "community_name": [names.get(each) for each in communities],
    }  # fmt: skip
    frame = pd.DataFrame(columns, columns=list(LEFT_COLUMNS), index=mine.index)
    return gpd.GeoDataFrame(frame, geometry=mine.geometry.to_numpy(), crs="EPSG:4326")
