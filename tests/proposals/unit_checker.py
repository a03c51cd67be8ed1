"""What a proposal of joint units claims, recomputed with networkx over the raw roads, and nothing of ours.

`faults` lists every claim that is not true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

WITHIN_M, MINUTE_SLACK = 0.5, 0.03


@dataclass(frozen=True)
class Records:
    """The villages (code, geometry) and the roads (speed_kmh, oneway), in metres; they meet at shared vertices."""

    villages: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame


def graph_of(roads: gpd.GeoDataFrame) -> nx.DiGraph:
    """Return the raw network: a node a vertex, minutes and metres on the pieces between."""
    graph = nx.DiGraph()
    for line, speed, oneway in zip(roads.geometry, roads["speed_kmh"], roads["oneway"], strict=True):
        ends = [tuple(each) for each in np.round(shapely.get_coordinates(line), 3).tolist()]
        for one, other in pairwise(ends):
            metres = float(np.hypot(one[0] - other[0], one[1] - other[1]))
            step = {"metres": metres, "minutes": metres / 1000 / float(speed) * 60}
            if oneway != "backward":
                graph.add_edge(one, other, **step)
            if oneway != "forward":
                graph.add_edge(other, one, **step)
    return graph


def faults(answer: Mapping[str, Any], records: Records, wishes: Mapping[str, Any]) -> list[str]:
    """List what is not as the proposal says, or not as was wished although it does not say so."""
    summary, rows = answer["summary"], answer["rows"]
    found = [*_members(answer, records, summary, wishes), *_ways(rows, records, summary)]
    sums = round(sum(row["minutes"] for row in rows), 2)
    if abs(sums - (summary["minutes_sum"] or 0)) > 0.02 * max(1, len(rows)):
        found.append(f"all ways together are {sums} minutes, not {summary['minutes_sum']}")
    full = summary["assigned"] == summary["villages"]
    if (summary["status"] == "infeasible") == full:
        found.append(f"{summary['assigned']} of {summary['villages']} villages are called {summary['status']}")
    objective, bound = summary["objective"], summary["bound"]
    if objective is not None and bound > objective + 1e-3:
        found.append("the bound is above the objective")
    if summary["status"] == "optimal" and summary["gap"] > 1e-5:
        found.append("called optimal with a gap")
    return found


def _members(
    answer: Mapping[str, Any], records: Records, summary: Mapping[str, Any], wishes: Mapping[str, Any]
) -> list[str]:
    units = {each["properties"]["part"]: each["properties"] for each in answer["proposal"]["features"]}
    rows = answer["rows"]
    members = [row["member"] for row in rows]
    out = [each["code"] for each in summary["unassigned"]]
    found = ["a village is in two units"] if len(set(members)) < len(members) else []
    if sorted([*members, *out]) != sorted(records.villages["code"]):
        found.append("villages in units and those in none are not all villages")
    for part, unit in units.items():
        mine = [row["member"] for row in rows if row["part"] == part]
        if sorted(mine) != sorted(unit["members"]) or unit["centre"] not in mine:
            found.append(f"{part} has other members")
        if not summary["size_min"] <= len(mine) <= summary["size_max"]:
            found.append(f"{part} has {len(mine)} villages")
        if wishes.get("same_street") and len({code[:9] for code in mine}) > 1:
            found.append(f"{part} lies in several streets")
        for group in wishes.get("apart", []):
            if len(set(group) & set(mine)) > 1:
                found.append(f"{part} has villages that were to be apart")
        for group in wishes.get("together", []):
            if 0 < len(set(group) & set(mine)) < len(group):
                found.append(f"{part} cuts villages that were to be together")
    fixed = set(wishes.get("centres", [])) - {"free"}
    if fixed and not {unit["centre"] for unit in units.values()} <= fixed:
        found.append("a centre was not among those asked for")
    return found


def _ways(rows: list[Mapping[str, Any]], records: Records, summary: Mapping[str, Any]) -> list[str]:
    """Each way runs along roads from its village to the centre, is a shortest one, and is within the limit."""
    graph = graph_of(records.roads)
    nodes = np.array(list(graph.nodes))
    streets = shapely.union_all(records.roads.geometry.to_numpy())
    place = dict(zip(records.villages["code"], records.villages.geometry.representative_point(), strict=True))
    found = []
    for row in rows:
        if row["minutes"] > summary["limit_minutes"] + MINUTE_SLACK:
            found.append(f"{row['member']} takes {row['minutes']} minutes")
        line = shapely.geometry.shape(row["route"])
        (line,) = gpd.GeoSeries([line], crs=4326).to_crs(records.roads.crs)
        ends = [shapely.Point(each) for each in (line.coords[0], line.coords[-1])]
        if row["is_centre"]:
            if row["minutes"] or row["metres"]:
                found.append(f"the centre {row['member']} has a way to itself")
            continue
        if line.difference(streets.buffer(WITHIN_M)).length > 2 * WITHIN_M:
            found.append(f"the way of {row['member']} leaves the roads")
        for end, code in zip(ends, (row["member"], row["centre"]), strict=True):
            if end.distance(place[code]) > place[code].distance(streets) + 2 * WITHIN_M:
                found.append(f"the way of {row['member']} does not end at {code}")
        at = [tuple(nodes[np.argmin(np.hypot(*(nodes - each.coords[0]).T))].tolist()) for each in ends]
        minutes = nx.shortest_path_length(graph, at[0], at[1], "minutes")
        if abs(minutes - row["minutes"]) > MINUTE_SLACK:
            found.append(f"{row['member']} needs {minutes:.2f} minutes, not {row['minutes']}")
        if abs(line.length - row["metres"]) > 1 + 0.002 * line.length:
            found.append(f"the way of {row['member']} is {line.length:.0f} m long, not {row['metres']}")
    return found
