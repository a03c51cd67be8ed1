"""Proposals whose parts become records and no plan: written once, as one changeset, and told part by part."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from flask.testing import FlaskClient

from layers.proposals.grids import READ, proposing
from layers.proposals.kinds import Accepted, Kind, Taken, kinds
from layers.proposals.recording import Record, record
from layers.store.protocol import Store
from layers.usecases.plans.writing import Writer
from tests import town
from tests.web.test_proposals import EAST, WEST, proposed

AREAS, STATIONS = "managed-areas", "stations"


def as_records(store: Store, taken: Taken, writer: Writer, today: dt.date) -> Accepted:
    """Make a managed area of each part, or a planned station in its middle."""
    if taken.into == STATIONS:
        kind = taken.inputs.get("grid_system", "service")
        given = {"kind": "other", "status": "planned" if kind == "service" else "no such status"}
        sites = [Record(each.id, {"name": taken.name, **given}, each.geometry.centroid) for each in taken.parts]
        return record(store, taken, sites, writer)
    named = [(each, f"片区 {each.id}") for each in taken.parts]
    areas = [Record(each.id, {"name": name, "kind": "bundle", "valid_from": today}, each.geometry)
             for each, name in named]  # fmt: skip
    return record(store, taken, areas, writer)


@pytest.fixture
def store(service: Flask, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The town's workspace; its proposals of grids rest on managed areas, too, and are taken over as records."""
    monkeypatch.setattr(proposing, "READ", (*READ, AREAS))
    beside = kinds()["propose-grids"].beside
    kind = Kind("propose-grids", ("buildings", AREAS), as_records, beside, into=(AREAS, STATIONS), named=(STATIONS,))
    monkeypatch.setitem(kinds(), "propose-grids", kind)
    return service.extensions["gridmap"].store


def taken_over(client: FlaskClient, job: str, key: str = "", status: int = 201, **more: object) -> dict:
    headers = {"Gridmap-Author": "Li", **({"Idempotency-Key": key} if key else {})}
    answer = client.post("/api/plans?lang=en", json={"proposal": job, **more}, headers=headers)
    assert answer.status_code == status, answer.text
    return {**answer.json, "location": answer.headers.get("Location")}


def test_parts_become_records_as_one_changeset(client: FlaskClient, store: Store) -> None:
    job, before = proposed(client, store), store.revision()
    done = taken_over(client, job)
    assert (done["layer"], done["changeset"], done["replayed"]) == (AREAS, before + 1, False)
    assert store.revision() == before + 1 and len(done["ids"]) == 3
    assert done["planned"] is False
    assert {str(store.get(AREAS, id).properties["valid_from"]) for id in done["ids"]} == {done["valid_from"]}
    assert done["location"] == f"/api/changesets/{before + 1}"
    written = client.get(done["location"]).json
    assert written["author"] == "Li" and job in written["message"]
    assert {(each["layer"], each["id"], each["op"]) for each in written["changes"]} == {
        (AREAS, id, "create") for id in done["ids"]
    }
    parts = {each["id"]: each for each in client.get(f"/api/jobs/{job}/results").json["proposal"]["features"]}
    for id in done["ids"]:
        made = store.get(AREAS, id)
        part = parts[made.properties["name"].removeprefix("片区 ")]
        assert made.properties["kind"] == "bundle" and job in made.properties["source"]
        assert made.geometry.symmetric_difference(town.shapely.geometry.shape(part["geometry"])).area < 1e-12


def test_the_same_key_writes_once_and_another_write_needs_another_key(client: FlaskClient, store: Store) -> None:
    job = proposed(client, store)
    done = taken_over(client, job, key="k", parts=[WEST])
    revision = store.revision()
    again = taken_over(client, job, key="k", parts=[WEST])
    assert (again["ids"], again["changeset"], again["replayed"]) == (done["ids"], done["changeset"], True)
    assert store.revision() == revision
    assert "another key" in taken_over(client, job, key="k", parts=[EAST], status=409)["detail"]


def test_parts_are_taken_one_after_the_other_and_none_twice(client: FlaskClient, store: Store) -> None:
    """The areas rest on areas, too: those that came of the same proposal do not make it old."""
    job = proposed(client, store)
    first = taken_over(client, job, parts=[WEST])
    assert first["location"] == f"/api/collections/{AREAS}/items/{first['ids'][0]}"
    assert taken_over(client, job, parts=[EAST])["ids"] != first["ids"]
    refused = taken_over(client, job, status=409)
    assert [each["value"] for each in refused["errors"]] == [WEST, EAST]
    assert first["ids"][0] in refused["errors"][0]["detail"]


def test_what_was_undone_is_taken_over_again(client: FlaskClient, store: Store) -> None:
    job = proposed(client, store)
    count = store.count(AREAS)
    done = taken_over(client, job, key="k")
    undone = client.post(f"/api/changesets/{done['changeset']}/revert", headers={"Gridmap-Author": "Li"})
    assert undone.status_code == 201 and store.count(AREAS) == count
    again = taken_over(client, job, key="k")
    assert again["replayed"] is False and store.count(AREAS) == count + 3
    assert not set(again["ids"]) & set(done["ids"])


def test_what_is_only_planned_is_told_so(client: FlaskClient, store: Store) -> None:
    done = taken_over(client, proposed(client, store), parts=[WEST], into=STATIONS, name="站")
    assert (done["planned"], done["valid_from"]) == (True, None)


def test_the_list_of_proposals_leads_to_each_on_its_map(client: FlaskClient, store: Store) -> None:
    job = proposed(client, store)
    page = client.get("/proposals?lang=zh").text
    asked = client.get(f"/api/jobs/{job}").json["inputs"]
    assert f"/maps/grids?as_of={asked['as_of']}&amp;lang=zh#tool=proposals&amp;proposed={job}" in page


def test_somebody_elses_area_makes_the_proposal_old(client: FlaskClient, store: Store) -> None:
    job = proposed(client, store)
    town.add(store, AREAS, "other", town.box(0, 0, 50, 50), name="他区")
    assert taken_over(client, job, status=409)["changes"] == [{"layer": AREAS, "count": 1, "features": ["other"]}]
    assert len(taken_over(client, job, anyway=True)["ids"]) == 3


def test_another_layer_may_be_meant_and_named(client: FlaskClient, store: Store) -> None:
    job = proposed(client, store)
    done = taken_over(client, job, into=STATIONS, name="食堂", parts=[WEST])
    (made,) = done["ids"]
    assert store.get(STATIONS, made).properties["name"] == "食堂"
    assert taken_over(client, job, parts=[WEST])["layer"] == AREAS  # a part may become both


def test_what_the_layer_cannot_hold_is_told_of_each_part(client: FlaskClient, store: Store) -> None:
    town.add(store, "grids", f"{town.COMMUNITY}901", town.box(0, 0, 1000, 100), community_code=town.COMMUNITY,
             grid_system="unit", state="active")  # fmt: skip
    job = proposed(client, store, grid_system="unit")
    parts = [each["id"] for each in client.get(f"/api/jobs/{job}/results").json["proposal"]["features"]]
    before = store.revision()
    refused = taken_over(client, job, into=STATIONS, status=400)
    assert [each["value"] for each in refused["errors"]] == parts
    assert all("one of open, planned, closed" in each["detail"] for each in refused["errors"])
    assert store.revision() == before


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"into": "roads"}, "features of managed-areas, stations"),
        ({"name": "x"}, "take this member out"),
        ({"parts": ["strange"]}, "no parts strange"),
    ],
)
def test_what_no_kind_makes_is_refused(body: dict, said: str, client: FlaskClient, store: Store) -> None:
    before = store.revision()
    assert said in taken_over(client, proposed(client, store), status=400, **body)["detail"]
    assert store.revision() == before


def test_posts_become_assignments_which_only_their_own_changes_make_old(client: FlaskClient, store: Store) -> None:
    given = {"level": "community", "type": "lead", "target_layer": "courtyards"}
    town.add(store, "assignments", "z1", None, post="干部", target="CA", **given)
    wishes = {"as_of": "2025-02-06", "within": f"communities:{town.COMMUNITY}", "targets": "courtyards"}
    job = proposed(client, store, "assign-posts", wishes=wishes)
    town.amend(store, "courtyards", "CA", name="改名")  # nothing that is picked
    done = taken_over(client, job, parts=["CB", "CC"])
    made = [store.get("assignments", id).properties for id in done["ids"]]
    assert [(each["post"], each["target"], each["level"], each["type"]) for each in made] == [
        ("干部", "CB", "community", "lead"),
        ("干部", "CC", "community", "lead"),
    ]
    town.add(store, "assignments", "other", None, post="别人", target="CD", **given)
    refused = taken_over(client, job, parts=["CD"], status=409)
    assert refused["changes"] == [{"layer": "assignments", "count": 1, "features": ["other"]}]
    assert len(taken_over(client, job, parts=["CE"])["ids"]) == 1
