"""A proposal over HTTP: handed in as a job, accepted whole or in part into a draft, and what is said when it is old."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from layers.jobs import worker
from layers.store.protocol import Store
from tests import town

WISHES = {
    "as_of": "2025-02-06", "within": f"communities:{town.COMMUNITY}", "whole": "none", "households_min": 20,
    "households_max": 40, "even_weight": 0,
}  # fmt: skip
WEST, EAST = f"{town.COMMUNITY}001", f"{town.COMMUNITY}002"


@pytest.fixture
def store(service: Flask) -> Store:
    return service.extensions["gridmap"].store


def proposed(client: FlaskClient, store: Store, process: str = "propose-grids", **more: object) -> str:
    """Hand a proposal in and run its job here."""
    given = {**WISHES, **more} if process == "propose-grids" else more.get("wishes", {"as_of": "2025-02-06"})
    headers = {"Prefer": "respond-async"}
    job = client.post(f"/api/processes/{process}/execution", json={"inputs": given}, headers=headers).json
    store.jobs().claim("A", town.NOON, town.NOON + dt.timedelta(seconds=60))
    assert worker.run(store, job["jobID"], "A", lambda: town.NOON) == worker.ENDED
    return job["jobID"]


def homes(plan: dict[str, Any]) -> dict[str, int]:
    """Return how many houses each grid of a plan has."""
    return {each["id"]: each["properties"]["figures"]["buildings"] for each in plan["grids"]["features"]}


def test_a_proposal_becomes_a_draft_as_one_changeset(client: FlaskClient, store: Store) -> None:
    job = proposed(client, store)
    grids = client.get("/api/collections/grids/items").json["features"]
    parts = [each["id"] for each in client.get(f"/api/jobs/{job}/results").json["proposal"]["features"]]
    before = store.revision()
    answer = client.post("/api/plans", json={"proposal": job}, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 201, answer.text
    plan = answer.json
    assert (plan["state"], plan["changeset"], store.revision()) == ("draft", before + 1, before + 1)
    assert answer.headers["Location"].endswith(plan["id"])
    assert len(parts) == 3 and sorted(homes(plan).values()) == [2, 4, 4]
    assert homes(plan)[WEST] == homes(plan)[EAST] == 4
    assert plan["defects"]["features"] == []
    assert client.get("/api/collections/grids/items").json["features"] == grids  # nothing in force was touched
    again = client.post("/api/plans", json={"proposal": job}, headers={"Idempotency-Key": "k"}).json
    assert (again["id"], again["replayed"], store.revision()) == (plan["id"], True, before + 1)


def test_a_picked_part_leaves_what_nobody_took_without_a_grid(client: FlaskClient, store: Store) -> None:
    """West keeps four of its five houses; the fifth is of the part that was not picked."""
    job = proposed(client, store)
    plan = client.post("/api/plans", json={"proposal": job, "parts": [WEST]}).json
    assert homes(plan) == {WEST: 4, EAST: 5}
    loose = [each for each in plan["cells"]["features"] if each["properties"]["grid"] is None]
    assert len(loose) == 1


def test_an_accepted_draft_is_reverted_and_may_be_accepted_again(client: FlaskClient, store: Store) -> None:
    job = proposed(client, store)
    grids = client.get("/api/collections/grids/items").json["features"]
    plan = client.post("/api/plans", json={"proposal": job}).json
    undone = client.post(f"/api/changesets/{plan['changeset']}/revert", headers={"Gridmap-Author": "tester"})
    assert undone.status_code == 201, undone.text
    assert client.get(f"/api/plans/{plan['id']}").status_code in (404, 410)
    for layer in ("plans", "plan-grids", "plan-cells"):
        assert store.count(layer) == 0
    assert client.get("/api/collections/grids/items").json["features"] == grids
    again = client.post("/api/plans", json={"proposal": job})
    assert again.status_code == 201 and homes(again.json) == homes(plan)


def test_an_old_proposal_says_what_changed_and_how_to_ask_again(client: FlaskClient, store: Store) -> None:
    job = proposed(client, store)
    town.amend(store, "buildings", "b03", households=11)
    refused = client.post("/api/plans?lang=en", json={"proposal": job})
    assert refused.status_code == 409
    assert refused.json["changes"] == [{"layer": "buildings", "count": 1, "features": ["b03"]}]
    again = refused.json["again"]
    assert again["href"].endswith("/api/processes/propose-grids/execution")
    assert again["inputs"]["households_max"] == 40
    assert client.post("/api/plans", json={"proposal": job, "anyway": True}).status_code == 201


def test_what_changed_elsewhere_makes_no_proposal_old(client: FlaskClient, store: Store) -> None:
    job = proposed(client, store)
    town.add(store, "buildings", "far", town.box(5000, 5000, 10, 10), households=10)
    assert client.post("/api/plans", json={"proposal": job}).status_code == 201


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"proposal": "nobody"}, 404, "no such job"),
        ({"parts": ["g"]}, 400, "parts and anyway belong to a proposal"),
        ({"grid_system": "service"}, 400, "needs a community and a grid system, or a proposal"),
        ({"proposal": "JOB", "parts": ["strange"]}, 400, "no parts strange"),
        ({"proposal": "JOB", "community": town.COMMUNITY}, 400, "a proposal knows its community"),
        ({"proposal": "OTHER"}, 409, "made no proposal"),
    ],
)
def test_what_cannot_be_accepted_is_refused(
    body: dict[str, object], status: int, said: str, client: FlaskClient, store: Store
) -> None:
    before = store.revision()
    if "proposal" in body and body["proposal"] != "nobody":
        process = "propose-grids" if body["proposal"] == "JOB" else "data-quality"
        body = {**body, "proposal": proposed(client, store, process)}
    answer = client.post("/api/plans?lang=en", json=body)
    assert (answer.status_code, store.revision()) == (status, before)
    assert said.lower() in answer.json["detail"].lower()
