"""Bundles through their doors: a job over HTTP, parts accepted as managed areas and undone, and the command line."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import app
from layers.jobs import worker
from layers.store.protocol import Store
from tests import town

WISHES = {"as_of": "2025-02-06", "within": f"communities:{town.COMMUNITY}", "max_gap_m": 95}
AREAS = "managed-areas"


@pytest.fixture
def store(service: Flask) -> Store:
    """The town, and two houses more, that nobody manages, across a river from it."""
    store = service.extensions["gridmap"].store
    for number, x in enumerate((300, 320), start=1):
        town.add(store, "buildings", f"h{number}", town.box(x, 80, 10, 10), use="residential", floors=2, households=4,
                 survey_status="surveyed")  # fmt: skip
    return store


def proposed(client: FlaskClient, store: Store, **more: object) -> str:
    """Hand the wish in and run its job here."""
    order = {"inputs": {**WISHES, **more}}
    headers = {"Prefer": "respond-async"}
    job = client.post("/api/processes/bundle-buildings/execution", json=order, headers=headers).json
    store.jobs().claim("A", town.NOON, town.NOON + dt.timedelta(seconds=60))
    assert worker.run(store, job["jobID"], "A", lambda: town.NOON) == worker.ENDED
    return job["jobID"]


def accepted(client: FlaskClient, job: str, **more: object) -> dict:
    answer = client.post("/api/plans?lang=en", json={"proposal": job, **more}, headers={"Gridmap-Author": "Li"})
    assert answer.status_code == 201, answer.text
    return answer.json


def test_bundles_become_managed_areas_as_one_changeset_and_are_undone(client: FlaskClient, store: Store) -> None:
    job, before, count = proposed(client, store), store.revision(), store.count(AREAS)
    told = client.get(f"/api/jobs/{job}/results").json
    parts = {each["id"]: each["properties"] for each in told["proposal"]["features"]}
    assert told["summary"]["status"] == "optimal" and len(parts) == 2
    done = accepted(client, job)
    assert (done["layer"], done["changeset"], store.revision()) == (AREAS, before + 1, before + 1)
    made = [store.get(AREAS, id) for id in done["ids"]]
    assert {each.properties["kind"] for each in made} == {"bundle"}
    assert sorted(list(each.properties["building_codes"]) for each in made) == sorted(
        each["building_codes"] for each in parts.values()
    )
    assert all(each.properties["name"].startswith("和平社区打包片区") for each in made)
    undone = client.post(f"/api/changesets/{done['changeset']}/revert", headers={"Gridmap-Author": "Li"})
    assert undone.status_code == 201 and store.count(AREAS) == count


def test_one_part_alone_and_its_buildings_are_not_bundled_again(client: FlaskClient, store: Store) -> None:
    job = proposed(client, store)
    rows = client.get(f"/api/jobs/{job}/results").json["rows"]
    part = next(each["part"] for each in rows if each["building_codes"] == ["h1", "h2"])
    (area,) = accepted(client, job, parts=[part])["ids"]
    day = store.get(AREAS, area).properties["valid_from"].isoformat()
    again = client.get(f"/api/jobs/{proposed(client, store, as_of=day)}/results").json
    left = {each["properties"]["code"]: each["properties"] for each in again["leftovers"]["features"]}
    assert left["h1"]["reason"] == left["h2"]["reason"] == "already_bundled" and left["h1"]["about"] == area
    assert [each["building_codes"] for each in again["rows"]] == [["b07", "b08", "b09"]]


def test_what_changed_since_is_told(client: FlaskClient, store: Store) -> None:
    job = proposed(client, store)
    town.amend(store, "buildings", "b08", floors=3)
    answer = client.post("/api/plans", json={"proposal": job})
    assert answer.status_code == 409 and answer.json["changes"][0]["layer"] == "buildings"


def test_a_wish_that_contradicts_itself_is_refused_at_the_door(client: FlaskClient, store: Store) -> None:
    order = {"inputs": {**WISHES, "households_min": 9, "households_max": 3}}
    answer = client.post("/api/processes/bundle-buildings/execution?lang=en", json=order)
    assert answer.status_code == 400 and "upside down" in answer.json["errors"][0]["detail"]


def test_the_command_line_writes_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from layers.store import open_store

    path, target = tmp_path / "town.gpkg", tmp_path / "bundles.json"
    town.build(open_store(path, create=True)).close()
    words = ["--within", WISHES["within"], "--as-of", "2025-02-06", "--max-gap-m", "95", "--seconds", "1"]
    assert app.main(["-w", str(path), "--lang", "en", "run", "bundle-buildings", *words, "-o", str(target)]) == 0
    told = json.loads(target.read_text("utf-8"))
    assert [each["building_codes"] for each in told["rows"]] == [["b07", "b08", "b09"]]
    assert app.main(["-w", str(path), "run", "bundle-buildings", *words, "-o", str(tmp_path / "bundles.xlsx")]) == 0
    capsys.readouterr()
