"""The generator gives what the repository holds, every time, and scales."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.demo.city import QUARTER, city, community_codes
from data.demo.generate import generate
from data.demo.managers import with_check
from data.demo.write import geojson
from layers.catalogue import catalogue
from tests.demo.test_demo_rules import LAYERS


def test_regenerating_gives_exactly_the_committed_files(folder):
    collections = generate()
    assert set(collections) == set(LAYERS)
    assert sorted(path.stem for path in folder.glob("*.geojson")) == sorted(collections)
    for layer, features in collections.items():
        assert geojson(features) == (folder / f"{layer}.geojson").read_text("utf-8"), layer


def test_the_files_are_small(folder):
    assert sum(path.stat().st_size for path in folder.glob("*.geojson")) <= 2_500_000


def test_another_size_is_a_district_too():
    collections = generate(buildings=600, seed=1)
    assert 450 <= len(collections["buildings"]) <= 800
    grids = np.array([each.geometry for each in collections["grids"]])
    assert shapely.coverage_is_valid(grids)


@pytest.fixture(scope="module")
def large() -> dict[str, gpd.GeoDataFrame]:
    return city(20_000, seed=7)


@pytest.mark.deep  # two cities are made
def test_a_city_is_the_same_every_time(large):
    again = city(20_000, seed=7)
    for layer, frame in large.items():
        assert frame.drop(columns="geometry").equals(again[layer].drop(columns="geometry")), layer
        assert np.array_equal(frame.geometry.to_wkb(), again[layer].geometry.to_wkb()), layer
    assert not city(500, seed=8)["buildings"].geometry.equals(city(500, seed=9)["buildings"].geometry)


def test_a_city_has_the_buildings_asked_for_and_an_area_for_every_500(large):
    assert len(large["buildings"]) == 20_000
    assert len(large["managed-areas"]) == 20_000 // QUARTER
    for layer, frame in large.items():
        assert frame.index.is_unique and frame.index.name == "id"
        assert set(frame.columns) == {*catalogue().layer(layer).by_name, "version", "geometry"}


def test_a_citys_buildings_stand_apart_each_in_its_courtyard(large):
    shapes = large["buildings"].geometry.to_numpy()
    one, _ = shapely.STRtree(shapes).query(shapes, "intersects")
    assert len(one) == len(shapes)
    yards = large["courtyards"].geometry.loc[large["buildings"]["courtyard_code"]].to_numpy()
    assert shapely.covers(yards, shapes).mean() > 0.999


def test_a_citys_communities_and_grids_are_exact_partitions(large):
    for layer in ("communities", "grids"):
        assert shapely.coverage_is_valid(large[layer].geometry.to_numpy())
    grids = large["grids"].dissolve("community_code").to_crs("EPSG:4549").geometry
    whole = large["communities"].to_crs("EPSG:4549").geometry
    assert whole.symmetric_difference(grids, align=True).area.max() < 1.0


def test_community_codes_run_on_into_the_next_street():
    assert list(community_codes(41)[[0, 39, 40]]) == ["990201001001", "990201001040", "990201002001"]


def test_the_check_character_is_the_standards():
    assert with_check("91350100M000100Y4") == "91350100M000100Y43"
