"""What a proposal of bundles claims, recomputed from the records: geopandas and networkx, and nothing of the solver.

`faults` lists every claim that is not true. It is given the answer as it goes out, and the records as frames in
the metric reference system.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

SLACK_M2, SLACK_M = 0.5, 0.02
MAIN = ["motorway", "trunk", "primary", "secondary"]


@dataclass(frozen=True)
class Records:
    """The records of a place, in metres."""

    buildings: gpd.GeoDataFrame  # code, community, households, floor_area_m2 (NaN where unknown)
    barriers: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame  # class
    managed: gpd.GeoDataFrame  # areas in force


def faults(answer: Mapping[str, object], records: Records, wishes: Mapping[str, object]) -> list[str]:
    """List what is not as the proposal says, or not as was wished."""
    parts = frame_of(answer["proposal"], records.buildings.crs)
    found = [*_members(answer, parts, records), *_limits(parts, records, wishes), *_areas(parts, records)]
    found += [*_ways(parts, records, float(wishes.get("max_gap_m", 50.0))), *_money(parts, wishes)]
    found += _left(answer, records, float(wishes.get("max_gap_m", 50.0)))
    rows = [dict(each["properties"]) for each in answer["proposal"]["features"]]
    if rows != answer["rows"]:
        found.append("the rows are not the features' properties")
    return [*found, *_verdict(answer, parts)]


def frame_of(collection: Mapping[str, object], crs: object) -> gpd.GeoDataFrame:
    """Return features in metres."""
    if not collection["features"]:
        return gpd.GeoDataFrame({"geometry": []}, crs=crs)
    return gpd.GeoDataFrame.from_features(collection["features"], crs="EPSG:4326").to_crs(crs)


def _members(answer: Mapping[str, object], parts: gpd.GeoDataFrame, records: Records) -> list[str]:
    """Each building that was asked about is in one bundle or among those left, with a reason."""
    inside = [code for row in parts.itertuples() for code in row.building_codes]
    left = [each["properties"]["code"] for each in answer["leftovers"]["features"]]
    found = [f"{code} is told twice" for code in {each for each in inside + left if (inside + left).count(each) > 1}]
    if len(inside) + len(left) != answer["summary"]["buildings"]:
        found.append("some buildings are told of nowhere")
    found += [f"{each['properties']['code']} has no reason" for each in answer["leftovers"]["features"]
              if not each["properties"]["reason"] or not each["properties"]["reason_text"]]  # fmt: skip
    community = records.buildings.set_index("code")["community"]
    for row in parts.itertuples():
        if len(row.building_codes) < 2 or set(community[row.building_codes]) != {row.community_code}:
            found.append(f"{row.part} is of {set(community[row.building_codes])}")
    return found


def _limits(parts: gpd.GeoDataFrame, records: Records, wishes: Mapping[str, object]) -> list[str]:
    held = records.buildings.set_index("code")
    low, high = wishes.get("households_min"), wishes.get("households_max")
    area = wishes.get("max_floor_area_m2", 10_000 if low is None and high is None else None)
    found = []
    for row in parts.itertuples():
        mine = held.loc[row.building_codes]
        for name, most in (("floor_area_m2", area), ("households", high)):
            total = mine[name].sum()
            if most is not None and (total > most * (1 + 1e-4) or mine[name].isna().any()):
                found.append(f"{row.part} has {total} of {name}, more than {most}")
            told = getattr(row, name)
            if not np.isclose(0.0 if told is None else np.nan_to_num(told), total, rtol=1e-4, atol=0.02):
                found.append(f"{row.part} has {total} of {name}, not {told}")
        if low is not None and mine["households"].sum() < low:
            found.append(f"{row.part} has fewer than {low} households")
        if row.missing_households != mine["households"].isna().sum():
            found.append(f"{row.part} does not tell how many say nothing")
    return found


def _areas(parts: gpd.GeoDataFrame, records: Records) -> list[str]:
    """Areas are whole, hold their buildings, and share nothing with each other, managed areas or other buildings."""
    found = [f"{row.part} is no valid area" for row in parts.itertuples() if not row.geometry.is_valid]
    found += [f"{row.part} is in pieces" for row in parts.itertuples() if row.geometry.geom_type != "Polygon"]
    for one, other in parts.sindex.query(parts.geometry, predicate="intersects").T.tolist():
        if one < other and parts.geometry.iloc[one].intersection(parts.geometry.iloc[other]).area > SLACK_M2:
            found.append(f"{parts.part.iloc[one]} and {parts.part.iloc[other]} overlap")
    for row in parts.itertuples():
        mine = records.buildings["code"].isin(row.building_codes)
        own = shapely.union_all(records.buildings.geometry[mine].to_numpy())
        near = records.buildings.intersects(shapely.union(own, row.geometry))
        others = shapely.union_all(records.buildings.geometry[~mine & near])
        if others.difference(own).intersection(row.geometry).area > SLACK_M2:
            found.append(f"{row.part} covers another's building")
        managed = shapely.union_all(records.managed.geometry[records.managed.intersects(row.geometry)].to_numpy())
        if managed.intersection(row.geometry).area > SLACK_M2:
            found.append(f"{row.part} covers a managed area")
        if own.difference(managed).difference(others).difference(row.geometry.buffer(0.1)).area > SLACK_M2:
            found.append(f"{row.part} does not hold its buildings")
    return found


def _bars(records: Records) -> shapely.Geometry:
    """Return walls, rails, water and main roads as one."""
    lines = [each.boundary if each.geom_type.endswith("Polygon") else each for each in records.barriers.geometry]
    return shapely.union_all([*lines, *records.roads.geometry[records.roads["class"].isin(MAIN)]])


def _ways(parts: gpd.GeoDataFrame, records: Records, gap: float) -> list[str]:
    """Within a bundle every building is joined to the others by ways on foot no longer than the gap, across nothing."""
    bars, streets = _bars(records), _Streets(records)
    shapes = records.buildings.set_index("code").geometry
    found = []
    for row in parts.itertuples():
        joined = nx.Graph()
        joined.add_nodes_from(row.building_codes)
        barred = []
        for one, other in combinations(row.building_codes, 2):
            if shapes[one].distance(shapes[other]) > gap + SLACK_M:
                continue
            way = shapely.shortest_line(shapes[one], shapes[other])
            third = records.buildings[~records.buildings["code"].isin([one, other])]
            third = third[third.intersects(way)]
            through = way.intersection(shapely.union_all(third.geometry.to_numpy())).length > SLACK_M
            if way.intersects(bars) or through:
                barred.append((one, other))
            else:
                joined.add_edge(one, other)
        for one, other in barred:
            if not nx.has_path(joined, one, other) and streets.metres(shapes[one], shapes[other], bars) <= gap + 0.5:
                joined.add_edge(one, other)
        if not nx.is_connected(joined):
            found.append(f"{row.part} does not hang together")
        own = shapely.union_all(list(shapes[row.building_codes]))
        if row.geometry.difference(own).buffer(-0.1).intersection(bars).length > SLACK_M:
            found.append(f"{row.part} reaches across a barrier")
    return found


class _Streets:
    """The raw streets as a graph: cut wherever they cross, main roads and what barriers cut left out."""

    def __init__(self, records: Records) -> None:
        small = records.roads.geometry[~records.roads["class"].isin(MAIN)]
        self.lines = shapely.union_all(small.to_numpy()) if len(small) else None

    def metres(self, one: shapely.Geometry, other: shapely.Geometry, bars: shapely.Geometry) -> float:
        """Measure the way from one building straight to the streets, along them, and straight in."""
        if self.lines is None:
            return np.inf
        near = shapely.union_all([one, other]).buffer(200)
        pieces = shapely.get_parts(self.lines.intersection(near).difference(bars.buffer(1e-3)))
        graph = nx.Graph()
        stops = {}
        for at, piece in enumerate(pieces):
            marks = {0.0, piece.length}
            for name, shape in (("one", one), ("other", other)):
                starts = [shape, *shapely.points(shapely.get_coordinates(shape))]
                for leg in (shapely.shortest_line(start, piece) for start in starts):
                    if not leg.intersects(bars) and not (leg.crosses(one) or leg.crosses(other)):
                        place = piece.project(shapely.get_point(leg, -1))
                        marks.add(place)
                        stops[name, at, place] = leg.length
            for first, last in zip(sorted(marks), sorted(marks)[1:], strict=False):
                graph.add_edge(_spot(piece, first), _spot(piece, last), weight=last - first)
        for (name, at, place), length in stops.items():
            spot = _spot(pieces[at], place)
            before = graph.get_edge_data(name, spot, {"weight": np.inf})["weight"]
            graph.add_edge(name, spot, weight=min(length, before))
        try:
            return float(nx.shortest_path_length(graph, "one", "other", weight="weight"))
        except (nx.NodeNotFound, nx.NetworkXNoPath):
            return np.inf


def _spot(piece: shapely.LineString, along: float) -> tuple[float, float]:
    place = piece.interpolate(along)
    return round(place.x, 2), round(place.y, 2)


def _money(parts: gpd.GeoDataFrame, wishes: Mapping[str, object]) -> list[str]:
    fee, cost = wishes.get("fee_yuan_m2_month"), wishes.get("cost_yuan_household_month")
    found = []
    for row in parts.itertuples():
        known = fee is not None and cost is not None and not row.missing_households and not row.missing_floor_area
        balance = row.floor_area_m2 * fee - row.households * cost if known else None
        pays = None if balance is None else round(balance, 2) >= 0
        if row.viable != pays:
            found.append(f"{row.part} pays for itself: {row.viable}, balance {balance}")
    return found


def _left(answer: Mapping[str, object], records: Records, gap: float) -> list[str]:
    """A building left as alone is alone: no straight way to another that was asked about and can be weighed."""
    left = answer["leftovers"]["features"]
    barred = {each["properties"]["code"] for each in left if each["properties"]["reason"] not in
              ("alone", "would_exceed_limit", "below_minimum", "barrier", "other_community")}  # fmt: skip
    asked = {each["properties"]["code"] for each in left} - barred
    asked |= {code for each in answer["rows"] for code in each["building_codes"]}
    shapes = records.buildings.set_index("code").geometry
    places = shapes[sorted(asked)]
    found = []
    for each in left:
        code, reason = each["properties"]["code"], each["properties"]["reason"]
        if reason == "alone" and (places.drop(code).distance(shapes[code]) <= gap - SLACK_M).any():
            found.append(f"{code} is not alone")
    return found


def _verdict(answer: Mapping[str, object], parts: gpd.GeoDataFrame) -> Iterator[str]:
    summary = answer["summary"]
    if summary["bundles"] != len(parts) or summary["left"] != len(answer["leftovers"]["features"]):
        yield "the summary counts otherwise"
    if summary["status"] == "infeasible":
        if len(parts):
            yield "infeasible with bundles"
        return
    gap = summary["max_gap_m"]
    cost = 20 * gap * summary["left"] + 2 * gap * len(parts) + (parts["links_m"].sum() if len(parts) else 0.0)
    barred = sum(count for reason, count in summary["by_reason"].items() if reason in
                 ("missing_floor_area", "missing_households", "no_location", "no_community",
                  "already_bundled"))  # fmt: skip
    if abs(cost - 20 * gap * barred - summary["objective"]) > 0.06 * len(parts) + 0.01:
        yield f"it costs {cost - 20 * gap * barred}, not {summary['objective']}"
    if summary["bound"] > summary["objective"] + 1e-3:
        yield "the bound is above the objective"
