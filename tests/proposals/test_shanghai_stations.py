"""Three canteens for the core of Shanghai by its residents of 60 and older, at 3 km/h, every figure summed up again."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from tests.proposals.typed import typed

pytestmark = pytest.mark.deep  # a whole district

HERE, CRS, KMH = "districts:990101", "EPSG:4549", 3.0


def asked(workspace: Path, id: str, **inputs: object) -> dict[str, Any]:
    """Run an analysis on the command line."""
    return typed(workspace, id, **{"within": HERE, "speed_kmh": KMH, "minutes": 15, **inputs})


@pytest.fixture(scope="module")
def canteens(workspace: Path) -> dict[str, Any]:
    wishes = {"model": "max_cover", "k": 3, "kinds": "elder_canteen", "weight": "elderly_60", "every_m": 150}
    return asked(workspace, "site-stations", seconds=60, **wishes)


def test_three_canteens_are_as_many_as_service_coverage_finds(workspace: Path, canteens: dict[str, Any]) -> None:
    summary, places = canteens["summary"], canteens["proposal"]["features"]
    assert summary["status"] in ("optimal", "feasible") and summary["gap"] <= 0.01
    assert len(places) == summary["sites"] <= 3
    points = ";".join(",".join(f"{each:.9f}" for each in place["geometry"]["coordinates"]) for place in places)
    told = asked(workspace, "service-coverage", points=points, weight="elderly_60", by="districts")
    (row,) = told["rows"]
    assert (row["covered"], row["total"]) == (summary["reached"], summary["total"])
    gains = [each["gain"] for each in canteens["rows"]]
    assert sum(gains) == summary["reached"] and gains[1:] == sorted(gains[1:], reverse=True)
    left = sum(each["properties"]["left_out"] or 0 for each in canteens["residual"]["features"])
    assert left == summary["total"] - summary["reached"]


def test_a_walk_over_the_raw_streets_agrees(shared_data: Path, canteens: dict[str, Any]) -> None:
    """Networkx over the raw streets from each canteen, straight to the nearest street at both ends.

    Our legs go round buildings and through gates, so they are longer here and there; they are never much shorter.
    """
    roads = gpd.read_file(shared_data / "cities" / "shanghai_core_open.gpkg", layer="roads").to_crs(CRS)
    lines = shapely.get_parts(roads.geometry[roads["walk"].astype(bool)].to_numpy())
    graph, nodes = nx.Graph(), []
    for line in lines:
        xy = np.round(shapely.get_coordinates(shapely.segmentize(line, 20.0)), 2)
        for one, other in pairwise(xy):
            graph.add_edge(tuple(one), tuple(other), metres=float(np.hypot(*(other - one))))
        nodes.append(xy)
    tree_xy = np.unique(np.concatenate(nodes), axis=0)
    tree = shapely.STRtree(shapely.points(tree_xy))
    places = gpd.GeoDataFrame.from_features(canteens["proposal"]["features"], crs=4326).to_crs(CRS).geometry
    starts = [tuple(tree_xy[tree.nearest(each)]) for each in places]
    metres = nx.multi_source_dijkstra_path_length(graph, set(starts), weight="metres")
    late = gpd.GeoDataFrame.from_features(canteens["residual"]["features"], crs=4326).to_crs(CRS)
    late = late[late["reason"].isin(["not_chosen", "no_candidate"]) & late["minutes"].notna()]
    ours, theirs = late["minutes"].to_numpy(), []
    for shape in late.geometry:
        point = shape.representative_point()
        node = tuple(tree_xy[tree.nearest(point)])
        theirs.append((metres.get(node, np.inf) + point.distance(shapely.Point(node))) / (KMH * 1000 / 60))
    off = ours - np.array(theirs)
    assert len(ours) and (np.abs(off[np.isfinite(off)]) < 1.5).mean() > 0.8
