"""What a proposal of grids claims, recomputed from the records: geopandas and networkx, and nothing of the solver.

`faults` lists every claim that is not true. It is given the answer as it goes out, the records as frames in the metric
reference system, and the cells, which are what the solver was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

TOUCH_M = 1.0
SLACK_M2 = 1.0


@dataclass(frozen=True)
class Records:
    """The records of one community, in metres."""

    boundary: shapely.Geometry
    buildings: gpd.GeoDataFrame  # code, households (NaN where unknown), courtyard_code
    grids: gpd.GeoDataFrame  # code: those in force
    cells: list[shapely.Polygon]
    links: list[tuple[int, int]] = field(default_factory=list)  # cells that a bridge or ferry joins


def faults(answer: Mapping[str, object], records: Records, wishes: Mapping[str, object]) -> list[str]:
    """List what is not as the proposal says, or not as was wished although it does not say so."""
    parts = frame_of(answer, records.buildings.crs)
    summary = answer["summary"]
    found = [*_ground(parts, records), *_contiguity(parts, records), *_households(parts, records, summary)]
    found += [*_courtyards(parts, records, wishes, summary), *_locks(parts, records, wishes)]
    found += [*_shape(parts), *_moved(parts, records), *_figures(summary, parts)]
    rows = [{name: value for name, value in row.items() if name in answer["rows"][0]} for row in answer["rows"]]
    if rows != [dict(each["properties"]) for each in answer["proposal"]["features"]]:
        found.append("the rows are not the features' properties")
    return found


def frame_of(answer: Mapping[str, object], crs: object) -> gpd.GeoDataFrame:
    """Return the proposed grids in metres."""
    return gpd.GeoDataFrame.from_features(answer["proposal"]["features"], crs="EPSG:4326").to_crs(crs)


def _ground(parts: gpd.GeoDataFrame, records: Records) -> list[str]:
    """Grids fill the community, nowhere twice, and stand nowhere else."""
    found = [f"{row.part} is no valid area" for row in parts.itertuples() if not row.geometry.is_valid]
    for one, other in parts.sindex.query(parts.geometry, predicate="intersects").T.tolist():
        if one < other:
            area = parts.geometry.iloc[one].intersection(parts.geometry.iloc[other]).area
            if area > SLACK_M2:
                found.append(f"{parts.part.iloc[one]} and {parts.part.iloc[other]} share {area:.1f} m2")
    whole = shapely.union_all(parts.geometry.to_numpy())
    if whole.difference(records.boundary.buffer(0.05)).area > SLACK_M2:
        found.append("grids reach out of the community")
    bare = records.boundary.difference(whole.buffer(0.05))
    homes = records.buildings.representative_point()
    if homes.within(bare).any():
        found.append("a building is in no grid")
    return found


def _contiguity(parts: gpd.GeoDataFrame, records: Records) -> list[str]:
    """Cells of a grid hang together by edges of a metre at least, or a link; and each cell is of one grid."""
    cells = gpd.GeoSeries(records.cells, crs=parts.crs)
    points = gpd.GeoDataFrame(geometry=cells.representative_point(), crs=parts.crs)
    where = gpd.sjoin(points, parts[["part", "geometry"]], predicate="within")
    if where.index.duplicated().any():
        return ["a cell is in two grids"]
    part = where["part"].to_dict()
    touching = nx.Graph()
    touching.add_nodes_from(part)
    pairs = [pair for pair in cells.sindex.query(cells, predicate="intersects").T.tolist() if pair[0] < pair[1]]
    for one, other in [*pairs, *records.links]:
        if part.get(one) is None or part.get(one) != part.get(other):
            continue
        shared = shapely.intersection(cells.iloc[one], cells.iloc[other]).length
        if shared >= TOUCH_M or (one, other) in records.links:
            touching.add_edge(one, other)
    found = []
    for row in parts.itertuples():
        mine = [cell for cell, name in part.items() if name == row.part]
        whole = bool(mine) and nx.is_connected(touching.subgraph(mine))
        if whole != row.contiguous:
            found.append(f"{row.part} is {'' if whole else 'not '}contiguous")
        if not whole and not row.frozen:
            found.append(f"{row.part} was drawn in several pieces")
    return found


def _households(parts: gpd.GeoDataFrame, records: Records, summary: Mapping[str, object]) -> list[str]:
    """Each building is in one grid, and the sums, what is missing, and "in band" are as told."""
    homes = records.buildings.assign(geometry=records.buildings.representative_point())
    where = gpd.sjoin(homes, parts[["part", "geometry"]], predicate="within")
    found = ["a building is in two grids"] if where.index.duplicated().any() else []
    known = where["households"].fillna(0).groupby(where["part"]).sum()
    silent = where["households"].isna().groupby(where["part"]).sum()
    low, high = summary["households_min"], summary["households_max"]
    for row in parts.itertuples():
        counted = known.get(row.part, 0)
        if (row.households or 0) != counted and not np.isnan(row.households):
            found.append(f"{row.part} has {counted} households, not {row.households}")
        if row.missing_households != silent.get(row.part, 0):
            found.append(f"{row.part}: {silent.get(row.part, 0)} buildings say nothing")
        if not pd.isna(row.in_band) if pd.isna(row.households) else (row.in_band != (low <= counted <= high)):
            found.append(f"{row.part} with {counted} is in band: {row.in_band}")
        if summary["status"] != "infeasible" and not row.frozen and not low <= counted <= high:
            found.append(f"{row.part} with {counted} is out of the band of a {summary['status']} proposal")
        nearest, apart = summary.get("smallest_band"), {each["part"] for each in summary.get("apart", [])}
        if not nearest or row.part in apart or row.frozen:
            continue
        if not nearest["households_min"] <= counted <= nearest["households_max"]:
            found.append(f"{row.part} with {counted} is out of the band that is told to be possible")
    return found


def _courtyards(
    parts: gpd.GeoDataFrame, records: Records, wishes: Mapping[str, object], summary: Mapping[str, object]
) -> list[str]:
    """No courtyard is in two grids, unless the answer says which cannot be in one."""
    if wishes.get("whole", "courtyards") != "courtyards":
        return []
    homes = records.buildings.assign(geometry=records.buildings.representative_point())
    where = gpd.sjoin(homes[homes["courtyard_code"].notna()], parts[~parts.frozen][["part", "geometry"]])
    grids = where.groupby("courtyard_code")["part"].nunique()
    told = " ".join(str(each) for each in summary["notes"])
    return [f"courtyard {code} is cut" for code in grids.index[grids > 1] if str(code) not in told]


def _locks(parts: gpd.GeoDataFrame, records: Records, wishes: Mapping[str, object]) -> list[str]:
    """What was to stay is where it is today."""
    only, stay = wishes.get("only") or [], set(wishes.get("locked") or [])
    if only:
        stay |= set(records.grids["code"]) - set(only)
    found = []
    for row in records.grids[records.grids["code"].isin(stay)].itertuples():
        now = parts[parts["part"] == row.code]
        off = row.geometry.symmetric_difference(now.geometry.iloc[0]).area if len(now) else np.inf
        if off > SLACK_M2 + 0.02 * row.geometry.length:
            found.append(f"{row.code} was to stay and has {off:.1f} m2 otherwise")
    return found


def _shape(parts: gpd.GeoDataFrame) -> list[str]:
    """Compactness is 4πA/P², and the share of the smallest circle around."""
    found = []
    for row in parts.itertuples():
        score = 4 * np.pi * row.geometry.area / row.geometry.length**2
        circle = shapely.minimum_bounding_radius(row.geometry) ** 2 * np.pi
        if abs(score - row.polsby_popper) > 2e-3 or abs(row.geometry.area / circle - row.reock) > 6e-3:
            found.append(f"{row.part} has compactness {score:.4f} and {row.geometry.area / circle:.4f}")
    return found


def _moved(parts: gpd.GeoDataFrame, records: Records) -> list[str]:
    """Households that come from other grids, for those grids that are called after one of today's."""
    if not len(records.grids):
        return []
    homes = records.buildings.assign(geometry=records.buildings.representative_point())
    now = gpd.sjoin(homes, parts[["part", "geometry"]], predicate="within")["part"]
    today = gpd.GeoDataFrame({"then": records.grids["code"]}, geometry=records.grids.geometry)
    then = gpd.sjoin(homes, today, predicate="within")["then"]
    then = then[~then.index.duplicated()].reindex(now.index)
    found = []
    for row in parts[parts["part"].isin(records.grids["code"])].itertuples():
        came = (now == row.part) & then.notna() & (then != row.part)
        households = records.buildings["households"].reindex(now.index)[came].sum()
        if households != row.moved_households:
            found.append(f"{row.part} gets {households} households, not {row.moved_households}")
    return found


def _figures(summary: Mapping[str, object], parts: gpd.GeoDataFrame) -> list[str]:
    """The summary adds up, and never claims more than it proves."""
    found = []
    if summary["grids"] != len(parts) or summary["in_band"] != int(parts["in_band"].sum()):
        found.append("the summary counts other grids")
    objective, bound, gap = (summary[name] for name in ("objective", "bound", "gap"))
    if summary["status"] == "infeasible":
        return found + (["an infeasible proposal has an objective"] if objective is not None else [])
    if bound > objective + 1e-6 or (objective and abs(gap - (objective - bound) / objective) > 1e-4):
        found.append(f"gap {gap} of {objective} and {bound}")
    if summary["status"] == "optimal" and gap > 1e-6:
        found.append("called optimal with a gap")
    return found


def partition_faults(graph: nx.Graph, part: Mapping[int, int], count: int, band: tuple[float, float]) -> list[str]:
    """List what is wrong with units labelled with districts: unlabelled, torn, empty, out of band (node weights)."""
    found = [] if set(part) == set(graph) else ["a unit has no district"]
    for each in range(count):
        mine = [unit for unit, label in part.items() if label == each]
        if not mine or not nx.is_connected(graph.subgraph(mine)):
            found.append(f"district {each} is empty or torn")
        total = sum(graph.nodes[unit]["weight"] for unit in mine)
        if not band[0] <= total <= band[1]:
            found.append(f"district {each} has {total}")
    return found


def cut_of(graph: nx.Graph, part: Mapping[int, int]) -> float:
    """Add up the costs of the edges between districts."""
    return sum(cost for one, other, cost in graph.edges(data="cost") if part[one] != part[other])
