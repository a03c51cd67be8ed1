"""Scenarios over HTTP: listed, asked with, adopted; and what is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from flask.testing import FlaskClient

from layers.store.protocol import Query, Store
from tests import town
from tests.town import line, point

ASK = "/api/processes/service-coverage/execution"


@pytest.fixture
def store(service: Flask) -> Store:
    """The town with two streets that a bridge would join."""
    store = service.extensions["gridmap"].store
    town.add(store, "roads", "W", line((0, 40), (490, 40)), **{"class": "residential"})
    town.add(store, "roads", "E", line((510, 40), (1000, 40)), **{"class": "residential"})
    town.add(store, "stations", "T1", point(50, 50), name="长者食堂", kind="elder_canteen", status="open")
    bridge = {"scenario": "桥/甲", "action": "add_bridge", "name": "人行桥"}
    town.add(store, "scenario-measures", "B1", line((490, 40), (510, 40)), **bridge)
    return store


def covered(client: FlaskClient, **inputs: object) -> int:
    answer = client.post(ASK, json={"inputs": {"as_of": "2099-01-01", **inputs}})
    assert answer.status_code == 200, answer.json
    return answer.json["summary"]["covered"]


def test_what_if_and_then_for_real(client: FlaskClient, store: Store) -> None:
    listed = client.get("/api/scenarios").json["scenarios"]
    assert [(each["name"], each["measures"], each["actions"]) for each in listed] == [("桥/甲", 1, {"add_bridge": 1})]
    assert (covered(client), covered(client, scenario="桥/甲")) == (5, 10)
    done = client.post(listed[0]["links"][0]["href"], headers={"Gridmap-Author": "%E5%BC%A0%E4%B8%89"})
    assert done.status_code == 201
    assert done.json["counts"]["roads"]["create"] == 3
    since = done.json["valid_from"]
    roads = store.read("roads", Query(as_of=dt.date(2099, 1, 1)))
    assert since in {str(day)[:10] for day in roads["valid_from"]}  # on a map of an earlier day they are not seen
    assert client.get(done.headers["Location"]).json["author"] == "张三"
    assert covered(client) == 10
    assert client.get("/api/scenarios").json["scenarios"] == []


def test_a_measure_without_effect_is_named(client: FlaskClient, store: Store) -> None:
    where = {"scenario": "桥/甲", "action": "add_bridge"}
    town.add(store, "scenario-measures", "B2", line((490, -900), (510, -900)), **where)
    refused = client.post("/api/scenarios/桥%2F甲/adopt", json={})
    assert (refused.status_code, refused.mimetype) == (409, "application/problem+json")
    assert [each["feature"] for each in refused.json["errors"]] == ["B2"]
    assert refused.json["type"] == "/problems/conflict"


def test_refusals(client: FlaskClient, store: Store) -> None:
    assert client.post("/api/scenarios/nowhere/adopt").status_code == 404
    unknown = client.post(ASK, json={"inputs": {"scenario": "nowhere"}})
    assert unknown.status_code == 400
    assert "桥/甲" in unknown.json["detail"]
    assert client.post("/api/scenarios/桥%2F甲/adopt", json={"day": "2020-01-01"}).status_code == 400
    other_site = {"Origin": "https://elsewhere.example"}
    assert client.post("/api/scenarios/桥%2F甲/adopt", headers=other_site).status_code == 403
    assert client.get("/api/scenarios?x=1").status_code == 400
    assert len(client.get("/api/scenarios").json["scenarios"]) == 1
