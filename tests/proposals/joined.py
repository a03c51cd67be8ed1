"""Which cells a bridge or a named ferry joins, found from the records alone: geopandas and networkx, no code of ours.

A chain of bridges that meet end to end, two at a point, is one. It joins the cell nearest to its one end to the cell
nearest to its other end, if each is within 50 m and the two hang together neither by edges nor by way of others.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import networkx as nx
import shapely

TOUCH_M, LANDING_M = 1.0, 50.0


def touching(cells: gpd.GeoSeries) -> nx.Graph:
    """Join the cells that share a metre of edge."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(cells)))
    for one, other in cells.sindex.query(cells, predicate="intersects").T.tolist():
        if one < other and cells.iloc[one].intersection(cells.iloc[other]).length >= TOUCH_M:
            graph.add_edge(one, other)
    return graph


def linked(roads: gpd.GeoDataFrame, named: Sequence[str], cells: gpd.GeoSeries) -> list[tuple[int, int]]:
    """List the pairs of cells that bridges and named ferries join; roads and cells in metres."""
    island = {}
    for number, members in enumerate(nx.connected_components(touching(cells))):
        island.update(dict.fromkeys(members, number))
    over = roads["bridge"].eq(True) | roads["level"].gt(0) | roads["code"].isin(named)
    found = []
    for ends in chains(roads.geometry[over.fillna(False)]):
        near = []
        for end in ends:
            away = cells.distance(shapely.Point(end))
            near += [int(away.idxmin())] if away.min() <= LANDING_M else []
        if len(near) == 2 and island[near[0]] != island[near[1]]:
            found.append((min(near), max(near)))
    return sorted(set(found))


def chains(lines: gpd.GeoSeries) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return the two ends of every chain of lines that meet two at a point."""
    walk = nx.MultiGraph()
    for line in lines:
        coords = list(shapely.force_2d(line).coords)
        walk.add_edge(coords[0], coords[-1])
    found, met = [], _met(lines)
    while walk.number_of_edges():
        begin, follow = next(iter(walk.edges()))
        walk.remove_edge(begin, follow)
        ends = [begin, follow]
        for side in (0, 1):
            while met[ends[side]] == 2:
                beyond = list(walk.neighbors(ends[side]))
                if not beyond:
                    break
                walk.remove_edge(ends[side], beyond[0])
                ends[side] = beyond[0]
        found.append((ends[0], ends[1]))
    return found


def _met(lines: gpd.GeoSeries) -> dict[tuple[float, float], int]:
    counted: dict[tuple[float, float], int] = {}
    for line in lines:
        coords = list(shapely.force_2d(line).coords)
        for end in (coords[0], coords[-1]):
            counted[end] = counted.get(end, 0) + 1
    return counted
