"""What is told of crossings and of the grids that change: households before and after, shape, what moves where."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.districting import crossing, polsby_popper, reock, shared
from layers.catalogue import Label
from layers.proposals.frame import SENTENCES, SUMMARY_LABELS
from layers.proposals.grids import known_people, replace_parts
from layers.proposals.harmony.twice import Twice
from layers.usecases.plans.sources import lonlat

PART_COLUMNS = {
    "part": Label("方案网格", "Part"),
    "community_code": Label("社区编码", "Community code"),
    "grid_code": Label("网格编码", "Grid code"),
    "name": Label("名称", "Name"),
    "buildings": Label("楼栋数", "Buildings"),
    "buildings_before": Label("现有楼栋数", "Buildings today"),
    "households": Label("户数", "Households"),
    "households_before": Label("现有户数", "Households today"),
    "population": Label("人口", "Population"),
    "elderly_60": Label("60岁以上", "Residents of 60 and older"),
    "elderly_60_before": Label("现有60岁以上", "Residents of 60 and older today"),
    "missing_households": Label("户数缺失楼栋数", "Buildings without households on record"),
    "moved_households": Label("由其他网格调入户数", "Households that come from other grids"),
    "left_households": Label("调出户数", "Households that leave"),
    "in_band": Label("是否在区间", "In band"),
    "contiguous": Label("是否连片", "Contiguous"),
    "polsby_popper": Label("紧凑度（4πA/P²）", "Polsby-Popper"),
    "reock": Label("紧凑度（Reock）", "Reock"),
}

CROSSING_COLUMNS = {
    "crossing": Label("交叉处", "Crossing"),
    "community_code": Label("社区编码", "Community code"),
    "community_name": Label("社区", "Community"),
    "grid_code": Label("网格编码", "Grid code"),
    "grid_name": Label("网格", "Grid"),
    "other_code": Label("另一体系网格编码", "Code of the other system's grid"),
    "other_name": Label("另一体系网格", "The other system's grid"),
    "buildings": Label("共有楼栋数", "Buildings in both"),
    "households": Label("共有户数", "Households in both"),
    "missing_households": Label("其中户数缺失楼栋数", "Buildings of these without households on record"),
    "grid_buildings": Label("网格楼栋数", "Buildings of the grid"),
    "grid_households": Label("网格户数", "Households of the grid"),
    "other_buildings": Label("另一体系网格楼栋数", "Buildings of the other system's grid"),
    "other_households": Label("另一体系网格户数", "Households of the other system's grid"),
    "area_m2": Label("共有面积（㎡）", "Area in both (m²)"),
    "moved_buildings": Label("建议调出楼栋数", "Buildings that leave the grid"),
    "moved_households": Label("建议调出户数", "Households that leave the grid"),
    "to": Label("调往网格", "To the grids"),
}

SUMMARY_COLUMNS = {
    **SUMMARY_LABELS,
    "objective": Label("目标值（调整户数，每栋至少计1）", "Objective (households moved, one a building at least)"),
    "grid_system": Label("可调整边界的网格体系", "Grid system whose borders may move"),
    "other_system": Label("保持不动的网格体系", "Grid system that stays"),
    "communities": Label("各社区", "By community"),
    "grids": Label("网格数", "Grids"),
    "other_grids": Label("另一体系网格数", "Grids of the other system"),
    "pairs": Label("有共有楼栋的网格对", "Pairs of grids with buildings in both"),
    "crossings": Label("交叉数", "Crossings"),
    "cut_grids": Label("被切开的网格数", "Grids that are cut"),
    "cut_other_grids": Label("另一体系被切开的网格数", "Grids of the other system that are cut"),
    "crossing_buildings": Label("交叉处楼栋数", "Buildings where grids cross"),
    "crossing_households": Label("交叉处户数", "Households where grids cross"),
    "changed_grids": Label("调整的网格数", "Grids that change"),
    "remaining_crossings": Label("调整后交叉数", "Crossings afterwards"),
    "moved_buildings": Label("调整楼栋数", "Buildings that change their grid"),
    "moved_households": Label("调整户数", "Households that change their grid"),
    "moved_missing": Label("调整楼栋中户数缺失的", "Buildings of these without households on record"),
    "households": Label("户数合计（已登记）", "Households on record"),
    "buildings": Label("楼栋数", "Buildings"),
    "missing_households": Label("户数缺失楼栋数", "Buildings without households on record"),
    "uncovered_buildings": Label("任一体系未覆盖的楼栋数", "Buildings in no grid of one of the systems"),
    "households_min": Label("每网格户数下限（设置）", "Households a grid, at least (settings)"),
    "households_max": Label("每网格户数上限（设置）", "Households a grid, at most (settings)"),
    "binds": Label("受限原因", "What binds"),
    "nearest": Label("可满足的最接近条件", "The nearest wishes that can be met"),
    "notes": Label("说明", "Notes"),
    **SENTENCES,
}


def crossings_of(twice: Twice, part: np.ndarray | None) -> gpd.GeoDataFrame:
    """Return one row a pair of grids that cross, with the ground that both have, most households first.

    Parameters
    ----------
    part : int64[n] or None
        Our grid of each cell in the proposal; None where there is none.
    """
    ours, theirs = twice.ours, twice.theirs
    now = ours.of if part is None else part
    sums = {name: shared(ours.of, theirs.of, values) for name, values in _values(twice).items()}
    rows, shapes = [], []
    for a, b in zip(*np.nonzero(crossing(sums["buildings"])), strict=True):
        cells = np.flatnonzero((ours.of == a) & (theirs.of == b))
        off = cells[now[cells] != a]
        shape = shapely.coverage_union_all(twice.partition.cells[cells])
        shapes.append(shape)
        of_a, of_b = (ours.of == a), (theirs.of == b)
        goes_to = np.unique(now[off[twice.buildings[off] > 0]])
        rows.append({
            "crossing": f"{ours.codes[a]}×{theirs.codes[b]}", "community_code": twice.code,
            "community_name": twice.name, "grid_code": ours.codes[a], "grid_name": ours.name(a),
            "other_code": theirs.codes[b], "other_name": theirs.name(b),
            "buildings": int(sums["buildings"][a, b]), "households": known_of(twice, cells)[0],
            "missing_households": int(sums["missing"][a, b]),
            "grid_buildings": int(twice.buildings[of_a].sum()), "grid_households": known_of(twice, of_a)[0],
            "other_buildings": int(twice.buildings[of_b].sum()), "other_households": known_of(twice, of_b)[0],
            "area_m2": round(float(shape.area), 1), "moved_buildings": int(twice.buildings[off].sum()),
            "moved_households": known_of(twice, off)[0],
            "to": "、".join(ours.codes[each] for each in goes_to.tolist()) or None,
        })  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(CROSSING_COLUMNS))
    made = gpd.GeoDataFrame(frame, geometry=lonlat(np.array(shapes, dtype=object), twice.ground.crs), crs="EPSG:4326")
    most = frame["households"].to_numpy(dtype=float, na_value=-1) if len(frame) else np.empty(0)
    made = made.iloc[np.lexsort([frame["crossing"].to_numpy(dtype=str), -most])]
    return made.set_index(pd.Index(made["crossing"].to_numpy(dtype=object)))


def parts_of(twice: Twice, part: np.ndarray, band: tuple[int, int]) -> gpd.GeoDataFrame:
    """Return one row a grid whose ground changes, with its shape, indexed by its code."""
    ours = twice.ours
    changed = np.flatnonzero(part != ours.of)
    numbers = np.unique(np.concatenate([part[changed], ours.of[changed]])).tolist()
    label = np.array([*ours.codes, None], dtype=object)[part]
    proposed = replace_parts(twice.partition, label)
    shapes = np.array([proposed.shape(ours.codes[each]) for each in numbers], dtype=object)
    rows = []
    for each in numbers:
        now, then = part == each, ours.of == each
        after, before = known_of(twice, now), known_of(twice, then)
        units = np.flatnonzero(now)
        rows.append({
            "part": ours.codes[each], "community_code": twice.code, "grid_code": ours.codes[each],
            "name": ours.name(each), "buildings": int(twice.buildings[now].sum()),
            "buildings_before": int(twice.buildings[then].sum()), "households": after[0],
            "households_before": before[0], "population": after[1], "elderly_60": after[2],
            "elderly_60_before": before[2], "missing_households": int(twice.missing[now, 0].sum()),
            "moved_households": known_of(twice, now & ~then)[0],
            "left_households": known_of(twice, then & ~now)[0],
            "in_band": None if after[0] is None else bool(band[0] <= after[0] <= band[1]),
            "contiguous": int(twice.graph.among(units).components().max(initial=0)) == 0,
        })  # fmt: skip
    frame = pd.DataFrame(rows, columns=[each for each in PART_COLUMNS if each not in ("polsby_popper", "reock")])
    frame["in_band"] = frame["in_band"].astype("boolean")
    frame["polsby_popper"] = np.round(polsby_popper(shapes), 4) if len(shapes) else []
    frame["reock"] = np.round(reock(shapes), 4) if len(shapes) else []
    made = gpd.GeoDataFrame(frame, geometry=lonlat(shapes, twice.ground.crs), crs="EPSG:4326")
    return made.set_index(pd.Index(frame["part"].to_numpy(dtype=object)))


def known_of(twice: Twice, cells: np.ndarray) -> list[int | None]:
    """Add up households, population and elderly of cells; None where no building that counts says anything."""
    return known_people(twice.ground.buildings, twice.partition, cells)


def _values(twice: Twice) -> dict[str, np.ndarray]:
    return {"buildings": twice.buildings, "missing": twice.missing[:, 0]}
