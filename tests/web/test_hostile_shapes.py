"""Shapes made to keep GEOS busy, through every door that takes one: refused before GEOS computes anything with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import numpy as np
import pytest
import shapely
from flask.testing import FlaskClient

from tests import town
from tests.geo.hostile_shapes import HOSTILE, coast, islands, near, nested_rings, spikes, star
from tests.web.plan_session import Planner, geojson
from tests.web.test_api import refused
from tests.web.test_imports import looked_at

URL = "/api/collections/buildings/items"
WATCHED = ("is_valid", "is_valid_reason", "make_valid", "is_simple", "node", "union_all", "buffer", "intersection")
MOST = 1_000
"""Vertices: the town's own shapes have fewer together."""


def here(shape: shapely.Geometry) -> shapely.Geometry:
    west, south, _, _ = town.box(545, 60, 10, 10).bounds
    return near(shape, west, south)


def building(shape: shapely.Geometry, code: str = "b11") -> dict:
    return {
        "type": "Feature",
        "geometry": geojson(shape),
        "properties": {"code": code, "name": "11号楼", "courtyard_code": "CC"},
    }


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, int]]]:
    """What GEOS was asked that costs more than its size: function and vertices; nothing large."""
    calls: list[tuple[str, int]] = []

    def watched(name: str, function):
        def call(shapes, *given, **named):
            calls.append((name, int(np.sum(shapely.get_num_coordinates(shapes)))))
            return function(shapes, *given, **named)

        return call

    for name in WATCHED:
        monkeypatch.setattr(shapely, name, watched(name, getattr(shapely, name)))
    yield calls
    assert [each for each in calls if each[1] > MOST] == []


@pytest.fixture
def revision(client: FlaskClient) -> Iterator[None]:
    """Nothing is written."""
    yield
    assert client.get(f"{URL}/b11").status_code == 404


@pytest.mark.usefixtures("seen", "revision")
class TestOneItem:
    @pytest.mark.parametrize("name", [name for name in HOSTILE if name != "holes in a long shell"])
    def test_post(self, client: FlaskClient, name: str) -> None:
        body = refused(client.post(f"{URL}?lang=en", json=building(here(HOSTILE[name]))), 400, "invalid-parameter")
        assert body["errors"][0]["pointer"] == "/geometry"
        assert "at most 0.2 s are taken" in body["errors"][0]["detail"] or "vertices" in body["errors"][0]["detail"]

    def test_put_and_patch(self, client: FlaskClient) -> None:
        etag = client.get(f"{URL}/b01").headers["ETag"]
        code = {"properties": {"code": "b01"}}
        dear = {**building(here(nested_rings(1_000))), **code}
        refused(client.put(f"{URL}/b01", json=dear, headers={"If-Match": etag}), 400, "invalid-parameter")
        patch = {"geometry": dear["geometry"]}
        kind = "application/merge-patch+json"
        answer = client.patch(f"{URL}/b01", data=json.dumps(patch), content_type=kind, headers={"If-Match": etag})
        refused(answer, 400, "invalid-parameter")
        assert client.get(f"{URL}/b01").headers["ETag"] == etag

    def test_what_a_file_may_bring_is_told_so(self, client: FlaskClient) -> None:
        body = refused(client.post(f"{URL}?lang=en", json=building(here(coast(60_000)))), 400, "invalid-parameter")
        assert "hand it in as a file" in body["errors"][0]["detail"]

    @pytest.mark.deep
    def test_many_that_are_dear_together(self, client: FlaskClient) -> None:
        features = [building(here(islands(250)), f"b{at + 11}") for at in range(60)]
        answer = client.post(f"{URL}?lang=en", json={"type": "FeatureCollection", "features": features})
        body = refused(answer, 413, "too-large")
        assert body["errors"][0]["pointer"] == "/features" and "100000" in body["errors"][0]["detail"].replace(",", "")

    def test_a_measure_of_a_scenario(self, client: FlaskClient) -> None:
        line = shapely.LineString(here(star(2_001)).exterior.coords)
        properties = {"code": "M1", "scenario": "甲", "action": "add_link"}
        measure = {"type": "Feature", "geometry": geojson(line), "properties": properties}
        answer = client.post("/api/collections/scenario-measures/items", json=measure)
        assert refused(answer, 400, "invalid-parameter")["errors"][0]["pointer"] == "/geometry"


def test_an_honest_large_shape_is_written(client: FlaskClient) -> None:
    answer = client.post("/api/collections/managed-areas/items", json={
        "type": "Feature", "geometry": geojson(here(coast(20_000))),
        "properties": {"code": "WY-9", "name": "滨海片区", "kind": "street_office"},
    })  # fmt: skip
    assert answer.status_code in (201, 400), answer.text
    assert "vertices" not in answer.text and "seconds" not in answer.text


def test_a_comb_of_a_building_is_written_and_its_outline_is_drawn(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Growing its 800 vertices took 40 s; the outline goes around its hull."""
    grown: list[int] = []
    buffer = shapely.buffer
    monkeypatch.setattr(
        shapely, "buffer", lambda shapes, *a, **k: grown.append(int(np.max(shapely.get_num_coordinates(shapes)))) or
        buffer(shapes, *a, **k)
    )  # fmt: skip
    x = np.repeat(np.arange(400) / 400, 2)
    comb = shapely.Polygon(np.column_stack([np.append(x, [1.1, 0]), np.append(np.tile([0.1, 1], 400), [0, 0])]))
    answer = client.post(URL, json=building(near(comb, *town.box(545, 60, 10, 10).bounds[:2], size=0.0002)))
    assert answer.status_code == 201, answer.text
    assert grown and max(grown) < 400


@pytest.mark.usefixtures("seen")
class TestFilters:
    def test_a_literal(self, reader: FlaskClient) -> None:
        node = {"op": "s_intersects", "args": [{"property": "geometry"}, geojson(here(nested_rings(1_000)))]}
        answer = reader.get(f"{URL}?filter-lang=cql2-json&filter={quote(json.dumps(node))}")
        assert answer.status_code in (400, 413, 414)


class TestPlans:
    @pytest.mark.parametrize("shape", [nested_rings(450), star(1_501), spikes(2_001)])
    def test_a_polygon(self, client: FlaskClient, shape: shapely.Polygon, seen: list) -> None:
        planner = Planner(client)
        seen.clear()
        told = planner.refused(400, "create", name="新", polygon=geojson(here(shape)))
        assert told["type"] == "/problems/invalid-parameter"
        assert [each for each in seen if each[1] > 400] == []

    def test_a_line(self, client: FlaskClient) -> None:
        planner = Planner(client)
        grid = planner.look()["grids"]["features"][0]["id"]
        line = shapely.LineString(here(star(1_501)).exterior.coords)
        told = planner.refused(400, "split", grid=grid, line=geojson(line), name="新")
        assert told["type"] == "/problems/invalid-parameter"

    def test_grids_that_lie_on_one_another(self, client: FlaskClient) -> None:
        part = geojson(town.box(0, 0, 100, 100))
        features = [{"type": "Feature", "geometry": part, "properties": {}} for _ in range(900)]
        grids = {"type": "FeatureCollection", "features": features}
        body = {"community": town.COMMUNITY, "grid_system": "service", "grids": grids}
        answer = client.post("/api/plans", json=body)
        assert answer.status_code in (400, 413), answer.text
        refused(answer, answer.status_code, "too-large" if answer.status_code == 413 else "invalid-parameter")


@pytest.mark.usefixtures("seen")
def test_the_preview_of_a_file_names_the_row(client: FlaskClient) -> None:
    features = [building(here(nested_rings(8_000))), building(town.box(545, 60, 10, 10), "b12")]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    assert len(content) < 2_000_000
    told = looked_at(client, content, "楼栋.geojson", layer="buildings")
    assert told["row_count"] == 2 and told["counts"]["buildings"]["new"] == 1
    assert any("row" in json.dumps(fault) and "8000" in json.dumps(fault).replace(",", "") for fault in told["faults"])
