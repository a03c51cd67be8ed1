"""Tiles of a workspace: an edit makes anew only the tiles that it touches."""

from __future__ import annotations

import datetime as dt

import mapbox_vector_tile
import numpy as np
import shapely

from geo.tiles.layout import mercator
from layers.model.feature import Change
from layers.store.protocol import Draft, Query, Store
from layers.usecases.exports.tiling import Tile, layer_tile
from tests import town


def address(x_m: float, y_m: float, z: int) -> tuple[int, int, int]:
    x, y = (mercator(shapely.get_coordinates(town.point(x_m, y_m)))[0] * 2**z).astype(int)
    return z, int(x), int(y)


def told(tile: Tile, layer: str = "buildings") -> dict[str, dict]:
    features = mapbox_vector_tile.decode(tile.data).get(layer, {"features": []})["features"] if tile.data else []
    return {feature["properties"]["code"]: feature["properties"] for feature in features}


def test_a_tile_tells_what_the_layer_tells(small_town: Store):
    found = told(layer_tile(small_town, "buildings", address(500, 50, 14)))
    stored = {feature.id: feature for feature in small_town.page("buildings", Query(), 100).features}
    assert found.keys() == stored.keys()
    assert found["b01"]["households"] == 10
    assert found["b01"]["id"] == "b01"
    areas = told(layer_tile(small_town, "arrangements", address(500, 50, 14)), "arrangements")
    assert areas == {}  # no geometry, nothing drawn


def test_an_edit_leaves_the_other_tiles_as_they_were(small_town: Store):
    near, far = address(50, 50, 20), address(950, 50, 20)
    before = {where: layer_tile(small_town, "buildings", where) for where in (near, far)}
    assert told(before[near]).keys() == {"b01"}
    assert told(before[far]).keys() == {"b10"}
    town.amend(small_town, "buildings", "b01", households=11)
    assert told(layer_tile(small_town, "buildings", near))["b01"]["households"] == 11
    assert layer_tile(small_town, "buildings", far) is before[far]


def test_a_building_that_comes_and_one_that_goes(small_town: Store):
    where = address(50, 50, 18)
    layer_tile(small_town, "buildings", where)
    town.add(small_town, "buildings", "b11", town.box(50, 70, 10, 10), households=3)
    assert told(layer_tile(small_town, "buildings", where)).keys() >= {"b01", "b11"}
    gone = small_town.get("buildings", "b11")
    small_town.commit(Draft("t", town.NOON, "gone", "edit", [Change("buildings", "b11", gone, None)]))
    assert "b11" not in told(layer_tile(small_town, "buildings", where))


def test_a_tile_as_of_a_day_holds_what_was_valid_then(small_town: Store):
    town.amend(small_town, "buildings", "b02", valid_to=dt.date(2025, 1, 1))
    where = address(500, 50, 14)
    assert "b02" in told(layer_tile(small_town, "buildings", where))
    assert "b02" in told(layer_tile(small_town, "buildings", where, dt.date(2025, 1, 1)))
    assert "b02" not in told(layer_tile(small_town, "buildings", where, dt.date(2025, 1, 2)))


def test_many_edits_give_what_a_new_copy_gives(small_town: Store):
    where = address(500, 50, 14)
    rng = np.random.default_rng(7)
    for number in range(12):
        town.amend(small_town, "buildings", f"b{rng.integers(1, 11):02d}", households=int(number))
        layer_tile(small_town, "buildings", where)
    stored = small_town.read("buildings")["households"].to_dict()
    found = told(layer_tile(small_town, "buildings", where))
    assert {code: each["households"] for code, each in found.items()} == stored
