"""What is told of each proposed grid: households and deviation, shape, who moves, the walk past its buildings."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.districting import polsby_popper, reock
from geo.partition import Partition
from layers.catalogue import Label
from layers.model.values import reading_order
from layers.proposals.frame import SENTENCES, SUMMARY_LABELS
from layers.proposals.grids.cells import known_people
from layers.proposals.grids.community import Community
from layers.proposals.grids.drawing import Drawn
from layers.proposals.grids.patrol import Patrols
from layers.proposals.wishes import GridWishes
from layers.usecases.plans.sources import lonlat

PART_COLUMNS = {
    "part": Label("方案网格", "Part"),
    "community_code": Label("社区编码", "Community code"),
    "grid_code": Label("现网格编码", "Today's grid code"),
    "name": Label("名称", "Name"),
    "frozen": Label("是否不动", "Frozen"),
    "cells": Label("单元数", "Cells"),
    "buildings": Label("楼栋数", "Buildings"),
    "households": Label("户数", "Households"),
    "population": Label("人口", "Population"),
    "elderly_60": Label("60岁以上", "Residents of 60 and older"),
    "missing_households": Label("户数缺失楼栋数", "Buildings without households on record"),
    "load": Label("均衡量", "What is spread evenly"),
    "deviation": Label("与社区均值之差", "Off the community's mean"),
    "in_band": Label("是否在区间", "In band"),
    "contiguous": Label("是否连片", "Contiguous"),
    "polsby_popper": Label("紧凑度（4πA/P²）", "Polsby-Popper"),
    "reock": Label("紧凑度（Reock）", "Reock"),
    "moved_households": Label("由其他网格调入户数", "Households that come from other grids"),
    "patrol_m": Label("巡查步行路程（米）", "Patrol on foot (m)"),
}

SUMMARY_COLUMNS = {
    **SUMMARY_LABELS,
    "grid_system": Label("网格体系", "Grid system"),
    "households_min": Label("每网格户数下限", "Households a grid, at least"),
    "households_max": Label("每网格户数上限", "Households a grid, at most"),
    "communities": Label("各社区", "By community"),
    "grids": Label("网格数", "Grids"),
    "in_band": Label("在区间网格数", "Grids in band"),
    "contiguous": Label("连片网格数", "Contiguous grids"),
    "households": Label("户数合计（已登记）", "Households on record"),
    "buildings": Label("楼栋数", "Buildings"),
    "missing_households": Label("户数缺失楼栋数", "Buildings without households on record"),
    "zero_households": Label("户数为零的楼栋数", "Buildings with 0 households"),
    "moved_households": Label("调整户数", "Households that change their grid"),
    "patrol_m": Label("巡查步行路程合计（米）", "Patrol on foot, all together (m)"),
    "left_out_cells": Label("未划入网格的单元", "Cells in no grid"),
    "binds": Label("受限原因", "What binds"),
    "nearest": Label("可满足的最接近条件", "The nearest wishes that can be met"),
    "apart": Label("无从连接、自成网格的地块", "Places that nothing joins, grids of their own"),
    "smallest_band": Label("可行的最小区间（上述地块除外）", "The smallest band that is possible (those excepted)"),
    "notes": Label("说明", "Notes"),
    **SENTENCES,
}


@dataclass(frozen=True, eq=False)
class Told:
    """A community's table, and whether there are streets to walk along."""

    rows: pd.DataFrame
    shapes: np.ndarray


def renamed(community: Community, drawn: Drawn) -> Drawn:
    """Number the new grids of a community in reading order."""
    prefix = f"{community.code}.g"
    mine = sorted({str(each) for each in drawn.part if each is not None and str(each).startswith(prefix)})
    if not mine:
        return drawn
    p = community.partition
    shapes = np.array([shapely.coverage_union_all(p.cells[drawn.part == each]) for each in mine], dtype=object)
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    order = reading_order([tuple(each) for each in shapely.bounds(shapes)], [tuple(each) for each in middles])
    taken = set(drawn.part.tolist()) - set(mine)
    free = (f"{prefix}{number}" for number in range(1, 100_000))
    free = (each for each in free if each not in taken)
    names = {mine[at]: name for at, name in zip(order, free, strict=False)}
    return replace(drawn, part=np.array([names.get(each, each) for each in drawn.part.tolist()], dtype=object))


def table(community: Community, drawn: Drawn, wishes: GridWishes, patrols: Patrols | None) -> gpd.GeoDataFrame:
    """Return one row a grid with its shape, in longitude and latitude, indexed by the grid's name in the proposal."""
    names = sorted({str(each) for each in drawn.part if each is not None})
    proposed = replace_parts(community.partition, drawn.part)
    shapes = np.array([proposed.shape(each) for each in names], dtype=object)
    load = np.array([community.balanced[proposed.rows_of(each)].sum() for each in names])
    rows = []
    for at, name in enumerate(names):
        mine = proposed.rows_of(name)
        silent = community.missing[mine].sum(axis=0)
        counted = community.buildings[mine].sum()
        known = known_people(community.ground.buildings, proposed, mine)
        today = community.today.get(name)
        rows.append({
            "part": name, "community_code": community.code, "grid_code": name if today is not None else None,
            "name": today.properties.get("name") if today is not None else None, "frozen": name in drawn.frozen,
            "cells": len(mine), "buildings": int(counted), "households": known[0], "population": known[1],
            "elderly_60": known[2], "missing_households": int(silent[0]), "load": round(float(load[at]), 1),
            "deviation": round(float(load[at] - load.mean()), 1), "in_band": in_band(known[0], wishes.band),
            "contiguous": _hangs_together(community, mine), "moved_households": None,
            "patrol_m": patrols.metres(_homes(community, proposed, mine)) if patrols is not None else None,
        })  # fmt: skip
    frame = pd.DataFrame(rows, columns=[each for each in PART_COLUMNS if each not in ("polsby_popper", "reock")])
    frame["in_band"] = frame["in_band"].astype("boolean")
    frame["polsby_popper"], frame["reock"] = np.round(polsby_popper(shapes), 4), np.round(reock(shapes), 4)
    frame["moved_households"] = _moved(community, drawn, names)
    frame = frame[list(PART_COLUMNS)]
    whole = gpd.GeoDataFrame(frame, geometry=lonlat(shapes, community.ground.crs), crs="EPSG:4326")
    return whole.set_index(pd.Index(names, dtype=object))


def in_band(households: int | None, band: tuple[float, float]) -> bool | None:
    """Say whether households are within a band; None where they are not known."""
    return None if households is None else bool(band[0] <= households <= band[1])


def replace_parts(p: Partition, part: np.ndarray) -> Partition:
    """Return the same cells with other parts."""
    return Partition(p.boundary, p.ids, p.cells, part, p.footprints, p.cell_of, _index=p._index)


def _hangs_together(community: Community, cells: np.ndarray) -> bool:
    return int(community.graph.among(cells).components().max(initial=0)) == 0


def _homes(community: Community, proposed: Partition, cells: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero(np.isin(proposed.cell_of, cells))
    return shapely.get_coordinates(shapely.centroid(proposed.footprints[rows]))


def _moved(community: Community, drawn: Drawn, names: list[str]) -> list[int | None]:
    """Count the households of each grid that belong to another one today; None where there are none, or nobody says."""
    today = community.partition.part
    if not community.today:
        return [None] * len(names)
    called = same_as_today(community, drawn, names)
    found: list[int | None] = []
    for name in names:
        mine = drawn.part == name
        came = mine & np.array([each is not None and each != called[name] for each in today], dtype=bool)
        found.append(known_people(community.ground.buildings, community.partition, came)[0])
    return found


def same_as_today(community: Community, drawn: Drawn, names: list[str]) -> dict[str, str | None]:
    """Say which of today's grids each grid goes on from: its namesake, else the best match by households."""
    from scipy.optimize import linear_sum_assignment

    today = community.partition.part
    codes = sorted({str(each) for each in today if each is not None})
    called: dict[str, str | None] = {name: name if name in codes else None for name in names}
    new = [name for name in names if called[name] is None]
    left = [code for code in codes if code not in names]
    if new and left:
        shared = np.array([[community.households[(drawn.part == name) & (today == code)].sum() for code in left]
                           for name in new])  # fmt: skip
        for at, to in zip(*linear_sum_assignment(-shared), strict=True):
            called[new[at]] = left[to]
    return called
