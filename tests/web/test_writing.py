"""What every write over HTTP has in common."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from layers.settings import Settings

STATIONS = "/api/collections/stations/items"
STATION = {
    "type": "Feature",
    "properties": {"code": "s1", "name": "新站"},
    "geometry": {"type": "Point", "coordinates": [120.001, 36.0]},
}
ELSEWHERE = {"REMOTE_ADDR": "192.168.1.20"}


def test_another_computer_may_read_and_compute_but_not_write(client: FlaskClient):
    assert client.get(STATIONS, environ_base=ELSEWHERE).status_code == 200
    asked = {"inputs": {"as_of": "2025-02-06"}}
    computed = client.post("/api/processes/coverage/execution", json=asked, environ_base=ELSEWHERE)
    assert computed.status_code == 200
    refused = client.post(STATIONS, json=STATION, environ_base=ELSEWHERE)
    assert refused.status_code == 403
    assert "GRIDMAP_WRITERS" in refused.json["detail"]
    assert client.get(f"{STATIONS}/s1").status_code == 404
    assert client.post(STATIONS, json=STATION).status_code == 201


def test_the_settings_open_it_to_anyone(prepared: Path, tmp_path: Path):
    workspace = shutil.copy(prepared / "town.gpkg", tmp_path / "town.gpkg")
    app = create_app(Settings(workspace=str(workspace), writers="anyone"))
    answer = app.test_client().post(STATIONS, json=STATION, environ_base=ELSEWHERE)
    app.extensions["gridmap"].store.close()
    assert answer.status_code == 201


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://localhost:8080", "null"])
def test_another_sites_page_may_not_write(client: FlaskClient, origin: str):
    assert client.post(STATIONS, json=STATION, headers={"Origin": origin}).status_code == 403


def test_our_own_page_may(client: FlaskClient):
    assert client.post(STATIONS, json=STATION, headers={"Origin": "http://localhost"}).status_code == 201


def test_an_author_is_named_in_the_history(client: FlaskClient):
    client.post(STATIONS, json=STATION, headers={"Gridmap-Author": "%E7%8E%8B%E8%8A%B3"})
    assert client.get("/api/changesets").json["changesets"][0]["author"] == "王芳"


@pytest.mark.parametrize("name", ["%00", "a" * 81, "a%0Ab"])
def test_a_name_that_is_none_is_refused(client: FlaskClient, name: str):
    assert client.post(STATIONS, json=STATION, headers={"Gridmap-Author": name}).status_code == 400


@pytest.mark.parametrize("packed", ["gzip", "br", "GZIP, identity"])
def test_a_body_that_is_packed_is_refused_by_its_header(client: FlaskClient, packed: str):
    refused = client.post(STATIONS, json=STATION, headers={"Content-Encoding": packed})
    assert (refused.status_code, "Content-Encoding" in refused.json["detail"]) == (415, True)
    assert client.post(STATIONS, json=STATION, headers={"Content-Encoding": "identity"}).status_code == 201


def test_parameters_that_are_not_utf_8_are_not_read_as_something_else(client: FlaskClient):
    assert client.get(f"{STATIONS}?filter=name%3D%27%D5%BE%27").status_code == 200  # two bytes that are UTF-8
    refused = client.get(f"{STATIONS}?filter=name%3D%27%D5%BE%B5%E3%27&lang=en")  # 站点 in GBK
    assert refused.status_code == 400 and "UTF-8" in refused.json["detail"]
