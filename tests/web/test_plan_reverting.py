"""Undo of a changeset from the workspace's history, where it was a step of a plan."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

import app
from geo.partition.cells import is_sound
from layers.usecases.plans.state import load
from tests import town
from tests.web.plan_session import ONE, TWO, Planner, geojson
from tests.web.test_records import page_data


@pytest.fixture
def planner(client: FlaskClient) -> Planner:
    return Planner(client)


def sound(service: Flask, planner: Planner) -> bool:
    return is_sound(load(service.extensions["gridmap"].store, planner.opened["id"]).partition)


def test_an_edit_is_a_step_of_the_plan_like_its_own_undo(planner: Planner, client: FlaskClient, service: Flask) -> None:
    first = planner.edit("assign", units=[planner.cell("b06")], grid=ONE)
    planner.edit("assign", units=[planner.cell("b10")], grid=ONE)  # of other cells, so the first can be taken back
    answer = client.post(f"/api/changesets/{first['changeset']}/revert")
    assert (answer.status_code, answer.json["reverts"]) == (201, first["changeset"])
    assert (planner.homes()["b06"], planner.homes()["b10"]) == (TWO, ONE)
    newest = planner.get("/history")["history"][0]
    assert (newest["op"], newest["reverts"], newest["revision"]) == ("revert", first["changeset"], 4)
    assert sound(service, planner)


def test_not_when_later_edits_depend_on_it(planner: Planner, client: FlaskClient) -> None:
    cut = planner.edit("split", grid=ONE, line=geojson(town.line((250, -20), (250, 120))))
    later = planner.edit("assign", units=[planner.cell("b07")], grid="g2")
    refused = client.post(f"/api/changesets/{cut['changeset']}/revert")
    assert refused.status_code == 409 and str(later["changeset"]) in refused.json["detail"]
    assert planner.look()["revision"] == 3


def test_nor_while_it_is_handed_in(planner: Planner, client: FlaskClient) -> None:
    done = planner.edit("assign", units=[planner.cell("b06")], grid=ONE)
    handed_in = planner.done("/submit", {})
    for changeset, word in ((done["changeset"], "withdraw"), (handed_in["changeset"], "withdraw")):
        refused = client.post(f"/api/changesets/{changeset}/revert")
        assert refused.status_code == 409 and word in refused.json["detail"]


def test_the_history_offers_to_undo_a_session_only_where_that_is_not_refused(
    planner: Planner, client: FlaskClient
) -> None:
    """Handing a plan in is no stroke: it is taken back by withdrawing it, and no stroke of it is undone before."""
    done = planner.edit("assign", units=[planner.cell("b06")], grid=ONE)["changeset"]
    planner.done("/submit", {})
    line = page_data(client, "/history")["lines"][0]
    assert line["undoes"] == [] and [each["undoes"] for each in line["strokes"]] == [False, False, True]
    planner.done("/withdraw", {})
    line = page_data(client, "/history")["lines"][0]
    assert line["undoes"][0] == done and [each["undoes"] for each in line["strokes"]] == [False, False, True, True]
    assert client.post(f"/api/changesets/{done}/revert").status_code == 201


def test_an_approval_as_a_whole(planner: Planner, client: FlaskClient, service: Flask) -> None:
    planner.edit("merge", grids=[ONE, TWO])
    planner.done("/submit", {})
    done = planner.done("/approve", {"valid_from": "2030-01-01"})
    assert client.post(f"/api/changesets/{done['changeset']}/revert").status_code == 201
    features = json.loads(client.get("/api/collections/grids/items?datetime=2030-06-01").data)["features"]
    assert [each["id"] for each in features] == [ONE, TWO]
    plan = planner.look()
    assert plan["state"] == "submitted" and planner.get("/history")["undo"] is None
    planner.revision = plan["revision"]
    planner.done("/withdraw", {})
    assert sound(service, planner)


def test_an_opening_that_nothing_came_after(planner: Planner, client: FlaskClient) -> None:
    (opened,) = planner.get("/history")["history"]
    gone = client.post(f"/api/changesets/{opened['changeset']}/revert")
    assert gone.status_code == 201
    assert client.get(planner.path).status_code == 404
    assert client.post(f"/api/changesets/{gone.json['id']}/revert").status_code == 201
    assert planner.look()["cells"]["features"]


def test_on_the_command_line(planner: Planner, service: Flask) -> None:
    done = planner.edit("assign", units=[planner.cell("b06")], grid=ONE)
    url = service.extensions["gridmap"].store.url
    assert app.main(["--workspace", url, "revert", str(done["changeset"])]) == 0
    assert planner.homes()["b06"] == TWO
    assert planner.get("/history")["history"][0]["op"] == "revert"
