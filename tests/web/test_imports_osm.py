"""OpenStreetMap data through `POST /api/imports`: what is inside, a box of it, one changeset, undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.formats import osm_town
from tests.formats.osm_town import at
from tests.web.test_imports import BUILDINGS, looked_at, send


@pytest.fixture
def town_map(tmp_path: Path) -> bytes:
    """The small map: 7 edges of roads, 2 buildings, 3 stations."""
    return osm_town.write(tmp_path / "town.osm.pbf").read_bytes()


def test_what_is_inside_and_what_not_and_why(client: FlaskClient, town_map: bytes) -> None:
    seen = looked_at(client, town_map, "town.osm.pbf")
    assert [each["id"] for each in seen["layers"]] == ["osm"] == [seen["layer"]]
    assert {part["layer"]: part["row_count"] for part in seen["parts"]} == {
        "roads": 8, "buildings": 2, "stations": 3, "gates": 1, "barriers": 0, "turns": 0,
    }  # fmt: skip
    for part in seen["parts"]:
        assert len(part["rows"]) == part["row_count"]
        assert all(len(row["cells"]) == len(part["columns"]) for row in part["rows"])
    roads = seen["parts"][0]
    assert roads["seen"] > 0 and all(each["count"] and each["text"] for each in roads["left_out"])
    assert {layer: counts["new"] for layer, counts in seen["counts"].items()} == {
        "roads": 8, "buildings": 2, "stations": 3, "gates": 1, "barriers": 0, "turns": 0}  # fmt: skip
    assert seen["shapes"]["states"] == {"new": 14} and seen["can_commit"]
    assert any("OpenStreetMap contributors" in note for note in seen["notes"])


def test_a_box_of_it(client: FlaskClient, town_map: bytes) -> None:
    seen = looked_at(client, town_map, "town.osm.pbf")
    west, south = at(5.5, -2.5)
    east, north = at(7.5, -0.5)
    some = client.patch(f"/api/imports/{seen['id']}", json={"bbox": [west, south, east, north]}).json
    assert some["counts"]["stations"]["new"] < 3 and some["box"]["file"] == seen["box"]["file"]
    left = [each for part in some["parts"] for each in part["left_out"] if "outside" in each["text"]]
    assert left
    all_again = client.patch(f"/api/imports/{seen['id']}", json={"bbox": None}).json
    assert all_again["counts"] == seen["counts"]
    nowhere = client.patch(f"/api/imports/{seen['id']}", json={"bbox": [1, 1, 2, 2]}).json
    assert "nothing in the file touches the box" in nowhere["blocking"][0]["detail"] and not nowhere["can_commit"]
    assert client.post(f"/api/imports/{seen['id']}/commit").status_code == 422


def test_around_the_workspace(client: FlaskClient, town_map: bytes) -> None:
    west, south, east, north = looked_at(client, town_map, "town.osm.pbf")["box"]["around"]
    # The town reaches over 1 km from 120 E 36 N; 2 km about it are 0.018 degrees of latitude, 0.022 of longitude.
    assert (west, south) == pytest.approx((120 - 0.0222, 36 - 0.018), abs=0.0005)
    assert (east, north) == pytest.approx((120.0111 + 0.0222, 36.0009 + 0.018), abs=0.0005)


@pytest.mark.parametrize("box", [[2, 1, 1, 2], [1, 1, 2], [0, 0, 0, 400], ["a", 1, 2, 3], [1, 2, 3, None]])
def test_no_box(client: FlaskClient, town_map: bytes, box: list) -> None:
    seen = looked_at(client, town_map, "town.osm.pbf")
    assert client.patch(f"/api/imports/{seen['id']}", json={"bbox": box}).status_code == 400


def test_a_table_has_no_box(client: FlaskClient) -> None:
    assert send(client, BUILDINGS, bbox="1,1,2,2").status_code == 400


def test_imported_and_undone(client: FlaskClient, service: Flask, town_map: bytes) -> None:
    seen = looked_at(client, town_map, "town.osm.pbf")
    done = client.post(f"/api/imports/{seen['id']}/commit", json={})
    assert done.status_code == 201 and done.json["counts"]["roads"]["new"] == 8
    assert "town.osm.pbf" in done.json["changeset"]["message"]
    store = service.extensions["gridmap"].store
    assert store.get("stations", "osm-n20") is not None
    assert client.post(f"/api/changesets/{done.json['changeset']['id']}/revert").status_code == 201
    assert store.get("stations", "osm-n20") is None


def test_a_file_that_only_calls_itself_so(client: FlaskClient) -> None:
    refused = send(client, b"no map", "town.osm.pbf")
    assert refused.status_code == 415


def test_where_roads_are_joined_is_a_choice(client: FlaskClient, town_map: bytes) -> None:
    """Where two roads cross without a node the file says that one passes over the other; some offices know better."""
    seen = looked_at(client, town_map, "town.osm.pbf")

    def chosen(joins: str | None) -> set[str]:
        after = client.patch(f"/api/imports/{seen['id']}", json={"joins": joins}).json
        assert after["choices"].get("joins") == joins
        roads = next(part for part in after["parts"] if part["layer"] == "roads")
        place = roads["columns"].index("Joined")
        return {str(row["cells"][place]) for row in roads["rows"]}

    by_line, by_node = chosen("lines"), chosen(None)
    assert len(by_line) == 1 and by_line != by_node
    assert chosen("lines") == by_line
    done = client.post(f"/api/imports/{seen['id']}/commit")
    assert done.status_code == 201
    found = client.get("/api/collections/roads/items?limit=100").json["features"]
    assert {each["properties"]["joins"] for each in found if each["properties"]["code"].startswith("osm")} == {"lines"}


@pytest.mark.parametrize(("body", "what"), [({"joins": "anywhere"}, "joins"), ({"joins": 1}, "joins")])
def test_a_strange_choice_of_joints_is_refused(client: FlaskClient, town_map: bytes, body: dict, what: str) -> None:
    seen = looked_at(client, town_map, "town.osm.pbf")
    answer = client.patch(f"/api/imports/{seen['id']}", json=body)
    assert answer.status_code == 400 and what in answer.text


def test_joints_of_a_table_are_refused(client: FlaskClient) -> None:
    seen = looked_at(client, BUILDINGS)
    answer = client.patch(f"/api/imports/{seen['id']}", json={"joins": "lines"})
    assert answer.status_code == 400 and "OpenStreetMap" in answer.text
