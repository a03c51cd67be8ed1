"""Proposed stations through the doors: handed in as a job, taken over as planned stations or as a scenario, undone."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from layers.jobs import worker
from layers.store.protocol import Query, Store
from tests import town
from tests.conftest import Command

INPUTS = {
    "within": f"communities:{town.COMMUNITY}", "as_of": "2025-02-06", "seconds": 20, "candidates": "buildings",
    "minutes": 2, "k": 2, "kinds": ["elder_canteen"], "capacity": True, "new_capacity": 25,
}  # fmt: skip


@pytest.fixture
def store(service: Flask) -> Store:
    return town.lay_street(service.extensions["gridmap"].store)


def proposed(client: FlaskClient, store: Store) -> tuple[str, dict]:
    asked = client.post(
        "/api/processes/site-stations/execution", json={"inputs": INPUTS}, headers={"Prefer": "respond-async"}
    )
    job = asked.json["jobID"]
    store.jobs().claim("A", town.NOON, town.NOON + dt.timedelta(seconds=60))
    assert worker.run(store, job, "A", lambda: town.NOON) == worker.ENDED
    return job, client.get(f"/api/jobs/{job}/results").json


def test_sites_become_planned_stations_and_are_taken_back(client: FlaskClient, store: Store) -> None:
    job, told = proposed(client, store)
    assert told["summary"]["status"] == "optimal" and len(told["proposal"]["features"]) == 2
    before = store.revision()
    done = client.post("/api/plans?lang=en", json={"proposal": job}).json
    assert (done["layer"], len(done["ids"]), store.revision()) == ("stations", 2, before + 1)
    for id in done["ids"]:
        made = store.get("stations", id)
        assert (made.properties["status"], made.properties["kind"], made.properties["capacity"]) == (
            "planned", "elder_canteen", 25,
        )  # fmt: skip
    reverted = client.post(f"/api/changesets/{done['changeset']}/revert")
    assert reverted.status_code in (200, 201), reverted.text
    assert len(store.read("stations", Query(columns=("code",), geometry=False))) == 1


def test_one_site_becomes_a_measure_of_a_scenario(client: FlaskClient, store: Store) -> None:
    job, told = proposed(client, store)
    (part, _) = (each["id"] for each in told["proposal"]["features"])
    wanted = {"proposal": job, "parts": [part], "into": "scenario-measures", "name": "新食堂"}
    done = client.post("/api/plans?lang=en", json=wanted).json
    (id,) = done["ids"]
    made = store.get("scenario-measures", id).properties
    assert (made["scenario"], made["action"], made["kind"]) == ("新食堂", "add_station", "elder_canteen")
    inputs = {"as_of": "2025-02-06", "kinds": ["elder_canteen"], "minutes": [2], "scenario": "新食堂"}
    answer = client.post("/api/processes/service-coverage/execution", json={"inputs": inputs}).json["summary"]
    assert answer["covered"] == 5  # b01 and b02 as today, and three more
    assert answer["scenario"]["applied"] == 1


def test_what_is_optional_is_null_where_only_it_is_asked_for(client: FlaskClient, store: Store) -> None:
    asked = {"inputs": {"as_of": "2025-02-06"}, "outputs": {"stations": {}, "summary": {}}}
    told = client.post("/api/processes/service-coverage/execution", json=asked).json
    assert told["stations"] is None and told["summary"]["total"] == 10


def test_on_the_command_line(store: Store, cli: Command, tmp_path) -> None:
    url = str(store.url).rpartition("///")[2] if "///" in str(store.url) else str(store.url)
    options = ["--within", INPUTS["within"], "--candidates", "buildings", "--minutes", "2", "--k", "1",
               "--cost", "30,b02=10",
               "--as-of", "2025-02-06", "-w", url, "-o", str(tmp_path / "sites.json")]  # fmt: skip
    code, out, err = cli("run", "site-stations", *options)
    assert code == 0, out + err
    told = json.loads((tmp_path / "sites.json").read_text("utf-8"))
    assert (told["summary"]["objective"], told["summary"]["sites"]) == (30, 1)
    code, out, err = cli("run", "site-stations", *options[:-2], "--k", "12")
    assert code != 0 and "10" in out + err
