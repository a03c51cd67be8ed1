"""The demo district's shapes: exact partitions, houses in their places, a network that joins up."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SQUARE_METRE = 1.0


@pytest.mark.parametrize(
    ("parent", "child", "prefix"),
    [("districts", "streets", 6), ("streets", "communities", 9), ("communities", "grids", 12)],
)
def test_each_level_is_an_exact_partition_of_the_one_above(district, parent, child, prefix):
    parts = district[child]
    for code, whole in district[parent].geometry.items():
        inside = list(parts.geometry[parts["code"].str[:prefix] == code])
        united = shapely.union_all(inside)
        assert whole.difference(united).area < SQUARE_METRE, f"gap in {code}"
        assert united.difference(whole).area < SQUARE_METRE, f"spill of {code}"
        assert sum(each.area for each in inside) - united.area < SQUARE_METRE, f"overlap in {code}"
        assert all(each.geom_type == "Polygon" and each.is_valid for each in inside)


def test_neighbours_share_every_vertex(district):
    for layer in ("communities", "grids"):
        assert shapely.coverage_is_valid(district[layer].to_crs("EPSG:4326").geometry.to_numpy())


def test_every_building_lies_wholly_in_one_grid_of_its_own_community(district):
    buildings, grids = district["buildings"].geometry.to_numpy(), district["grids"]
    building, grid = shapely.STRtree(grids.geometry.to_numpy()).query(buildings, "covered_by")
    assert np.array_equal(building, np.arange(len(buildings)))
    assert [each[:12] for each in district["buildings"]["code"]] == [
        each[:12] for each in grids["code"].iloc[grid]
    ]


def test_no_building_overlaps_another_or_stands_in_a_street(district):
    buildings, roads = district["buildings"].geometry.to_numpy(), district["roads"].geometry.to_numpy()
    tree = shapely.STRtree(buildings)
    one, _ = tree.query(buildings, "intersects")
    assert len(one) == len(buildings), "each meets itself only"
    assert len(tree.query(roads, "intersects")[0]) == 0


def test_buildings_stand_inside_the_courtyard_they_name(district):
    listed = district["buildings"].dropna(subset=["courtyard_code"])
    yards = district["courtyards"].geometry.loc[listed["courtyard_code"]].to_numpy()
    assert shapely.covers(yards, listed.geometry.to_numpy()).all()


def test_courtyards_do_not_overlap(district):
    yards = district["courtyards"].geometry.to_numpy()
    one, _ = shapely.STRtree(yards).query(yards, "overlaps")
    assert len(one) == 0


def test_roads_join_up_and_bridges_are_not_joined_to_the_path_beneath(district):
    roads = district["roads"]
    ends = np.array([(line.coords[0], line.coords[-1]) for line in roads.geometry])
    nodes, place = np.unique(ends.round(3).reshape(-1, 2), axis=0, return_inverse=True)
    start, end = place.reshape(-1, 2).T
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(len(nodes), len(nodes)))
    assert connected_components(graph, directed=False)[0] == 1, "one network, no island"
    bridges = roads[roads["bridge"] == True]  # noqa: E712
    assert 3 <= len(bridges) <= 5
    beneath = roads[roads["class"] == "path"]
    for line in bridges.geometry:
        crossing = beneath.geometry[beneath.crosses(line)]
        assert len(crossing) >= 1 and all(line.boundary.distance(each) > 5.0 for each in crossing)


def test_there_is_a_cut_wherever_two_roads_on_the_ground_meet(district):
    roads = district["roads"]
    ground = roads.geometry[roads["level"] == 0].to_numpy()
    one, _ = shapely.STRtree(ground).query(ground, "crosses")
    assert len(one) == 0
