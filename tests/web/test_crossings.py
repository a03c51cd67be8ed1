"""Crossings of two grid systems over HTTP: asked at once, handed in as a job, accepted into a draft of one system."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from flask.testing import FlaskClient

from layers.jobs import worker
from layers.store.protocol import Store
from tests import town
from tests.proposals.test_crossings import EAST, U1, U2, WEST

WISHES = {"as_of": "2025-02-06", "within": f"communities:{town.COMMUNITY}"}
HERE = "/api/processes/crossings/execution"


@pytest.fixture
def store(service: Flask) -> Store:
    """The town with two units that meet two houses west of where the service grids meet."""
    return town.lay_units(service.extensions["gridmap"].store, 3, 7)


def test_it_is_asked_at_once(client: FlaskClient, store: Store) -> None:
    answer = client.post(f"{HERE}?lang=en", json={"inputs": WISHES})
    assert answer.status_code == 200, answer.text
    (row,) = answer.json["rows"]
    assert (row["grid_code"], row["other_code"], row["households"], row["to"]) == (WEST, U2, 20, EAST)
    assert answer.json["crossings"]["features"][0]["geometry"]["type"] == "Polygon"
    refused = client.post(f"{HERE}?lang=en", json={"inputs": {**WISHES, "other_system": "service"}})
    assert refused.status_code == 400 and "named twice" in refused.json["detail"]


@pytest.mark.parametrize(("system", "houses"), [("service", {WEST: 3, EAST: 7}), ("unit", {U1: 5, U2: 5})])
def test_what_agrees_becomes_a_draft_of_its_system(
    client: FlaskClient, store: Store, system: str, houses: dict[str, int]
) -> None:
    other = "unit" if system == "service" else "service"
    inputs = {**WISHES, "grid_system": system, "other_system": other}
    job = client.post(HERE, json={"inputs": inputs}, headers={"Prefer": "respond-async"}).json["jobID"]
    store.jobs().claim("A", town.NOON, town.NOON + dt.timedelta(seconds=60))
    assert worker.run(store, job, "A", lambda: town.NOON) == worker.ENDED
    grids = client.get("/api/collections/grids/items").json["features"]
    answer = client.post("/api/plans", json={"proposal": job})
    assert answer.status_code == 201, answer.text
    plan = answer.json
    assert {each["id"]: each["properties"]["figures"]["buildings"] for each in plan["grids"]["features"]} == houses
    assert (plan["grid_system"], plan["state"], plan["defects"]["features"]) == (system, "draft", [])
    assert client.get("/api/collections/grids/items").json["features"] == grids  # nothing in force was touched


def test_the_grids_map_offers_it_with_both_systems_seen_at_once(client: FlaskClient) -> None:
    form = client.get("/maps/grids?lang=en").text.partition('data-proposal="crossings"')[2].partition("</form>")[0]
    first = form.partition('class="more"')[0]
    assert all(f'name="{each}"' in first for each in ("within", "grid_system", "other_system"))
    assert "Compared with" in first and "Unit grids" in first
