"""The same `Idempotency-Key` twice is the same write once: opening, handing in, withdrawing, bringing into force."""

from __future__ import annotations

import json
import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from layers.settings import Settings
from tests import town
from tests.web.plan_session import ONE, Planner, geojson

KEY = {"Idempotency-Key": "k1"}
OPENING = {"community": town.COMMUNITY, "grid_system": "service"}
ACROSS = geojson(town.line((250, -20), (250, 120)))


@pytest.fixture
def planner(client: FlaskClient) -> Planner:
    planner = Planner(client)
    planner.edit("split", grid=ONE, line=ACROSS)
    return planner


def same(first: TestResponse, again: TestResponse) -> dict:
    """Check that a write was answered again as it was answered first."""
    assert first.status_code == again.status_code < 300, again.get_data(as_text=True)
    assert first.headers["ETag"] == again.headers["ETag"]
    one, two = json.loads(first.data), json.loads(again.data)
    assert (one.pop("replayed"), two.pop("replayed")) == (False, True)
    # what changed under a plan is said of it as it is, not as it was
    assert {**two, "sources": one["sources"]} == one
    return one


class TestOpening:
    def test_once(self, client: FlaskClient) -> None:
        first, again = (client.post("/api/plans", json=OPENING, headers=KEY) for _ in range(2))
        same(first, again)
        assert first.headers["Location"] == again.headers["Location"]
        assert len(client.get("/api/plans").json["plans"]) == 1

    def test_as_it_was_though_it_went_on(self, client: FlaskClient) -> None:
        first = client.post("/api/plans", json=OPENING, headers=KEY)
        path = first.headers["Location"]
        edit = {"op": "split", "grid": ONE, "line": ACROSS}
        assert client.post(f"{path}/edits", json=edit, headers={"If-Match": '"1"'}).status_code == 200
        same(first, client.post("/api/plans", json=OPENING, headers=KEY))

    def test_not_another_plan_with_the_same_key(self, client: FlaskClient) -> None:
        client.post("/api/plans", json=OPENING, headers=KEY)
        refused = client.post("/api/plans", json={**OPENING, "name": "乙"}, headers=KEY)
        assert refused.status_code == 409
        assert len(client.get("/api/plans").json["plans"]) == 1
        assert client.post("/api/plans", json=OPENING, headers={"Idempotency-Key": "k2"}).status_code == 201

    def test_with_polygons(self, client: FlaskClient) -> None:
        def drawn(east: float) -> dict:
            each = {"type": "Feature", "geometry": geojson(town.box(0, 0, east, 100)), "properties": {"code": ONE}}
            return {**OPENING, "grids": {"type": "FeatureCollection", "features": [each]}}

        one = same(*(client.post("/api/plans", json=drawn(1000), headers=KEY) for _ in range(2)))
        assert one["compared"]["changed"] == [ONE]
        assert client.post("/api/plans", json=drawn(900), headers=KEY).status_code == 409

    def test_two_services_at_the_same_moment(self, service: Flask) -> None:
        url = service.extensions["gridmap"].store.url
        other = create_app(Settings(workspace=url, language="en"))
        answers = []

        def post(app: Flask) -> None:
            answers.append(app.test_client().post("/api/plans", json=OPENING, headers=KEY))

        threads = [threading.Thread(target=post, args=(app,)) for app in (service, other, service, other)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert [each.status_code for each in answers] == [201] * 4
        assert len({each.headers["Location"] for each in answers}) == 1
        assert sorted(json.loads(each.data)["replayed"] for each in answers) == [False, True, True, True]
        other.extensions["gridmap"].store.close()


class TestSteps:
    def test_submit_withdraw_and_approve_once(self, planner: Planner) -> None:
        for step, key in (("/submit", "a"), ("/withdraw", "b"), ("/submit", "c"), ("/approve", "d")):
            first, again = (planner.send(step, {}, **{"Idempotency-Key": key}) for _ in range(2))
            one = same(first, again)
            planner.revision = one["revision"]
        assert one["codes"]["kept"] and one["codes"]["new"] and one["codes"]["retired"] == [ONE]
        ops = [each["op"] for each in planner.get("/history")["history"]]
        assert ops == ["approve", "submit", "withdraw", "submit", "split", "open"]

    def test_a_late_retry_is_answered_as_it_was_then(self, planner: Planner) -> None:
        first = planner.send("/submit", {}, **KEY)
        planner.revision += 1
        planner.done("/withdraw", {})
        one = same(first, planner.send("/submit", {}, 2, **KEY))
        assert one["state"] == "submitted" and planner.look()["state"] == "draft"

    def test_a_key_stands_for_one_thing(self, planner: Planner) -> None:
        planner.done("/submit", {}, **KEY)
        for path, body in (("/withdraw", {}), ("/approve", {}), ("/edits", {"op": "refresh"})):
            assert planner.send(path, body, **KEY).status_code == 409
        planner.done("/approve", {"valid_from": "2030-01-01"}, **{"Idempotency-Key": "k2"})
        other_day = planner.send("/approve", {"valid_from": "2030-01-02"}, **{"Idempotency-Key": "k2"})
        assert other_day.status_code == 409 and "k2" in other_day.json["detail"]
