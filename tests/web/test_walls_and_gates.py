"""Walls and gates lie on the maps of service areas and of courtyards, with the page or in tiles."""

from __future__ import annotations

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from flask.testing import FlaskClient

from geo.tiles.layout import mercator
from layers.store.protocol import Store
from tests import town
from tests.web.test_theme_tiles import page_data, service


@pytest.fixture
def walled(small_town: Store) -> Store:
    """The town with its street, behind a wall with three gates; north of it a pond."""
    town.lay_street(small_town)
    town.add(small_town, "barriers", "W1", town.line((0, 20), (1000, 20)), kind="wall")
    town.add(small_town, "barriers", "P1", town.box(100, 80, 50, 10), kind="water")
    town.add(small_town, "barriers", "X1", town.line((0, 90), (50, 90)))
    town.add(small_town, "gates", "G1", town.point(100, 20), name="南门", access="residents", locked=False)
    town.add(small_town, "gates", "G2", town.point(300, 20), access="public", locked=True)
    town.add(small_town, "gates", "G3", town.point(500, 20))
    return small_town


def places(shapes: list[list[int]]) -> list[list[float]]:
    return [(np.array(each) / 1e6).round(4).tolist() for each in shapes]


def test_lines_by_kind_and_gates_by_who_walks_through_come_with_the_page(walled: Store) -> None:
    client = service(walled, town.DAY)
    under = page_data(client, "/maps/service-area?minutes=5")["backdrop"]
    assert {kind: len(lines) for kind, lines in under["barriers"].items()} == {"wall": 1, "water": 1, "unknown": 1}
    assert len(under["barriers"]["water"][0]) == 10  # the pond's bank: five corners, the first again
    there = {who: places(gates["shapes"]) for who, gates in under["gates"].items()}
    at = {name: shapely.get_coordinates(town.point(x_m, 20)).round(4).tolist()
          for name, x_m in (("G1", 100), ("G2", 300), ("G3", 500))}  # fmt: skip
    assert there == {"residents": at["G1"], "closed": at["G2"], "public": at["G3"]}
    page = client.get("/maps/service-area?minutes=5").get_data(as_text=True)
    assert 'data-layer="barriers"' in page and 'data-layer="gates"' in page


@pytest.mark.parametrize("asked", ["", "?colour=enclosure"])
def test_they_lie_on_the_map_of_courtyards_with_name_and_access(walled: Store, asked: str) -> None:
    client = service(walled, town.DAY)
    page = client.get(f"/maps/courtyards{asked}")
    assert 'data-layer="gates"' in page.get_data(as_text=True)
    under = page_data(client, f"/maps/courtyards{asked}")["backdrop"]
    assert set(under["barriers"]) == {"wall", "water", "unknown"}
    assert all(gates["label"].startswith("gate; on foot: ") for gates in under["gates"].values())
    said = {who: (gates["label"].rpartition(": ")[2], gates["names"]) for who, gates in under["gates"].items()}
    assert said == {"residents": ("residents", ["南门"]), "closed": ("nobody", [""]), "public": ("everybody", [""])}


def test_a_gate_that_is_new_is_on_the_map_of_courtyards(walled: Store) -> None:
    client = service(walled, town.DAY)
    page_data(client, "/maps/courtyards")
    town.add(walled, "gates", "G4", town.point(700, 20), name="新门")
    assert "新门" in page_data(client, "/maps/courtyards")["backdrop"]["gates"]["public"]["names"]


def test_a_road_of_no_class_is_drawn_too(walled: Store) -> None:
    town.add(walled, "roads", "S2", town.line((0, 70), (1000, 70)))
    under = page_data(service(walled, town.DAY), "/maps/service-area?minutes=5")["backdrop"]
    assert len(under["roads"]["unknown"]) == 1


def test_a_town_without_them_is_offered_none(small_town: Store) -> None:
    town.lay_street(small_town)
    page = service(small_town, town.DAY).get("/maps/service-area").get_data(as_text=True)
    assert "data-layer" in page and 'data-layer="barriers"' not in page and 'data-layer="gates"' not in page


def told(client: FlaskClient, layer: str, x_m: float, y_m: float) -> list[dict]:
    x, y = (mercator(shapely.get_coordinates(town.point(x_m, y_m)))[0] * 2**17).astype(int)
    answer = client.get(f"/maps/service-area/under/{layer}/17/{x}/{y}")
    assert answer.status_code == 200
    return [each["properties"] for each in mapbox_vector_tile.decode(answer.data)[layer]["features"]]


def test_of_a_large_town_they_come_in_tiles(walled: Store) -> None:
    client = service(walled, town.DAY, map_buildings=5)
    assert {"barriers", "gates"} <= set(page_data(client, "/maps/service-area?minutes=5")["tiled"])
    assert {each.get("kind") for each in told(client, "barriers", 100, 20)} >= {"wall"}
    gates = told(client, "gates", 100, 20)
    assert any(each.get("access") == "residents" for each in gates)


def test_bundles_of_a_large_town_come_with_what_it_fetches_once(small_town: Store) -> None:
    hull = town.house(3).union(town.house(4)).envelope
    town.add(small_town, "managed-areas", "P1", hull, name="片区1", kind="bundle", building_codes=["b03", "b04"])
    client = service(small_town, town.DAY, map_buildings=5)
    assert "bundles" not in page_data(client, "/maps/coverage")["tiled"]
    assert client.get("/maps/coverage/rest").json["backdrop"]["bundles"]["codes"] == ["P1"]
