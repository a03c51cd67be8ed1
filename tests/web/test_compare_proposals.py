"""Two proposals beside each other: wishes, verdicts, parts and who goes elsewhere; counted again by plain loops."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from layers.jobs import worker
from layers.model.job import Answer, Order, Request
from layers.store.protocol import Store
from tests import town
from tests.conftest import Command
from tests.proposals.test_joint_units import code, every, lay

HERE = {"as_of": "2025-02-06", "within": f"communities:{town.COMMUNITY}"}
GRIDS = {**HERE, "whole": "none", "households_min": 20, "households_max": 60, "even_weight": 0, "start": "none"}
SITES = {**HERE, "candidates": "buildings", "minutes": 2, "kinds": ["elder_canteen"], "seconds": 20}
Propose = Callable[..., str]


@pytest.fixture
def store(service: Flask) -> Store:
    return service.extensions["gridmap"].store


@pytest.fixture
def propose(client: FlaskClient, store: Store) -> Propose:
    """Hand a proposal in and run its job here."""

    def run(process: str, **inputs: object) -> str:
        address = f"/api/processes/{process}/execution"
        job = client.post(address, json={"inputs": inputs}, headers={"Prefer": "respond-async"}).json["jobID"]
        store.jobs().claim("A", town.NOON, town.NOON + dt.timedelta(seconds=60))
        assert worker.run(store, job, "A", lambda: town.NOON) == worker.ENDED
        return str(job)

    return run


def compared(client: FlaskClient, first: str, second: str, status: int = 200) -> dict[str, Any]:
    body = {"inputs": {"first": first, "second": second}}
    answer = client.post("/api/processes/compare-proposals/execution?lang=en", json=body)
    assert answer.status_code == status, answer.text
    return answer.json


def answer_of(client: FlaskClient, job: str) -> dict[str, Any]:
    return client.get(f"/api/jobs/{job}/results").json


def homes(answer: dict[str, Any]) -> dict[str, str]:
    """Return house → the grid that its middle lies in."""
    shapes = {each["id"]: shapely.from_geojson(json.dumps(each["geometry"])) for each in answer["proposal"]["features"]}
    middles = {f"b{number:02}": town.house(number).centroid for number in range(1, 11)}
    return {house: part for house, at in middles.items() for part, shape in shapes.items() if shape.contains(at)}


def test_grids_say_which_houses_are_elsewhere(client: FlaskClient, propose: Propose) -> None:
    """Two grids of five houses, or four: whoever is not in the best match of its grid is elsewhere."""
    first, second = propose("propose-grids", **GRIDS, count=2), propose("propose-grids", **GRIDS, count=4)
    told = compared(client, first, second)
    one, two = homes(answer_of(client, first)), homes(answer_of(client, second))
    assert len(set(one.values())) == 2 and len(set(two.values())) == 4
    # The two largest shares of old grids in new ones stay, the other houses are elsewhere.
    shared = {(a, b): sum(one[h] == a and two[h] == b for h in one) for a in set(one.values()) for b in two.values()}
    a, b = sorted(set(one.values()))
    stay = max(shared[a, x] + shared[b, y] for x in two.values() for y in two.values() if x != y)
    moved = told["units"]["features"]
    assert len(moved) == told["summary"]["moved"] == 10 - stay > 0
    assert told["summary"]["households"] == 10 * len(moved) and told["summary"]["elderly_60"] == 3 * len(moved)
    assert sum(row["shared"] for row in told["rows"]) == stay
    assert sum(row["only_second"] for row in told["rows"]) == len(moved)
    sizes = sorted(10 * list(one.values()).count(each) for each in (a, b))
    assert sorted(row["households_first"] for row in told["rows"] if row["first"]) == sizes
    assert sum(row["households_second"] for row in told["rows"] if row["second"]) == 100
    assert len(told["rows"]) == 4 and len(told["proposals"]["features"]) == 6
    assert told["wishes"] == [{"input": "count", "label": "How many grids (of one community)", "first": 2, "second": 4}]
    figures = {row["figure"]: row for row in told["figures"]}
    assert (figures["grids"]["first"], figures["grids"]["second"], figures["grids"]["difference"]) == (2, 4, 2)
    assert figures["status"]["first"] == "optimal" and figures["gap"]["difference"] == 0
    assert f"Of 10 (Buildings) {len(moved)} are elsewhere" in told["summary"]["sentences"][1]


def test_the_same_wishes_differ_in_nothing(client: FlaskClient, propose: Propose) -> None:
    told = compared(client, *(propose("propose-grids", **GRIDS) for _ in range(2)))
    assert (told["units"]["features"], told["wishes"], told["summary"]["notes"]) == ([], [], [])
    assert all(row["first"] and row["second"] for row in told["rows"])


def test_each_is_told_by_the_records_it_was_made_of(client: FlaskClient, store: Store, propose: Propose) -> None:
    first = propose("propose-grids", **GRIDS)
    town.amend(store, "buildings", "b01", households=12)
    second = propose("propose-grids", **GRIDS)
    town.amend(store, "buildings", "b02", households=99)  # after both
    told = compared(client, first, second)
    assert sum(row["households_first"] for row in told["rows"]) == 100
    assert sum(row["households_second"] for row in told["rows"]) == 102
    assert any("Buildings" in note for note in told["summary"]["notes"])


def test_sites_say_who_is_served_by_one_alone(client: FlaskClient, store: Store, propose: Propose) -> None:
    town.lay_street(store)
    first, second = propose("site-stations", **SITES, k=1), propose("site-stations", **SITES, k=2)
    told = compared(client, first, second)
    left = [{each["properties"]["code"] for each in answer_of(client, job)["residual"]["features"]}
            for job in (first, second)]  # fmt: skip
    assert {each["properties"]["code"] for each in told["units"]["features"]} == left[0] ^ left[1] != set()
    assert told["summary"]["only_second"] == len(left[0] - left[1])
    assert all(each["properties"]["second"] == "served in time" for each in told["units"]["features"]
               if each["properties"]["code"] in left[0] - left[1])  # fmt: skip
    places = [[each["geometry"] for each in answer_of(client, job)["proposal"]["features"]] for job in (first, second)]
    both = sum(place in places[1] for place in places[0])
    assert sum(bool(row["first"] and row["second"]) for row in told["rows"]) == both
    assert len(told["rows"]) == len(places[0]) + len(places[1]) - both


def test_bundles_say_which_buildings_are_bundled_otherwise(client: FlaskClient, propose: Propose) -> None:
    """b08 and b09 lie 90 m apart: one bundle with a gap of 100 m allowed, none with 50."""
    first, second = (propose("bundle-buildings", **HERE, max_gap_m=gap) for gap in (100, 50))
    told = compared(client, first, second)
    moved = {each["properties"]["code"]: each["properties"]["second"] for each in told["units"]["features"]}
    assert moved["b08"] == moved["b09"] == "in none"
    (row,) = told["rows"]
    assert row["second"] is None and row["buildings_first"] == row["only_first"] == told["summary"]["moved"]
    assert {each["input"]: (each["first"], each["second"]) for each in told["wishes"]} == {"max_gap_m": (100, 50)}


def test_posts_say_which_targets_have_another(client: FlaskClient, store: Store, propose: Propose) -> None:
    given = {"level": "community", "type": "lead", "target_layer": "courtyards"}
    town.add(store, "assignments", "z1", None, post="西区干部", target="CA", **given)
    wishes = {**HERE, "targets": "courtyards"}
    first, second = propose("assign-posts", **wishes), propose("assign-posts", **wishes, posts=["东区干部"])
    told = compared(client, first, second)
    one, two = ({row["part"]: row["post"] for row in answer_of(client, job)["rows"]} for job in (first, second))
    assert (
        {each["properties"]["code"] for each in told["units"]["features"]}
        == {target for target in one | two if one.get(target) != two.get(target)}
        != set()
    )
    assert {(row["first"] or row["second"]).split(" · ")[0]: (row["targets_first"], row["targets_second"])
            for row in told["rows"]} == {
        "西区干部": (len(one), sum(post == "西区干部" for post in two.values())),
        "东区干部": (None, sum(post == "东区干部" for post in two.values())),
    }  # fmt: skip


def test_joint_units_say_which_villages_are_in_another(client: FlaskClient, store: Store, propose: Propose) -> None:
    """Fourteen villages in a row: two units of seven, or the first and the seventh apart."""
    lay(store, every(14))
    wishes = {"as_of": "2025-02-06", "within": "districts:990301", "seconds": 5}
    first = propose("joint-units", **wishes)
    second = propose("joint-units", **wishes, size_min=2, apart=[[code(1), code(7)]])
    told = compared(client, first, second)
    one, two = ({row["member"] for row in answer_of(client, job)["rows"]} for job in (first, second))
    named = {each["properties"]["code"] for each in told["units"]["features"]}
    assert one | two >= named != set()
    assert told["summary"]["moved"] == len(named)


def test_harmonised_borders_say_which_houses_are_elsewhere(client: FlaskClient, store: Store, propose: Propose) -> None:
    town.lay_units(store, 3, 7)
    wishes = {"within": HERE["within"], "as_of": HERE["as_of"]}
    first = propose("crossings", **wishes, grid_system="service", other_system="unit")
    second = propose("crossings", **wishes, grid_system="unit", other_system="service")
    told = compared(client, first, second)
    assert {each["input"] for each in told["wishes"]} == {"grid_system", "other_system"}
    assert told["units"]["features"]


def test_what_cannot_be_compared_is_refused(client: FlaskClient, propose: Propose) -> None:
    grids = propose("propose-grids", **GRIDS)
    bundles = propose("bundle-buildings", **HERE)
    assert "another one" in compared(client, grids, grids, 400)["detail"]
    assert "two of one kind" in compared(client, grids, bundles, 400)["detail"]
    assert "no such job" in compared(client, grids, "nobody", 404)["detail"]


def test_on_the_command_line(store: Store, cli: Command, propose: Propose, tmp_path) -> None:
    first, second = propose("propose-grids", **GRIDS, count=2), propose("propose-grids", **GRIDS, count=4)
    url = str(store.url).rpartition("///")[2] if "///" in str(store.url) else str(store.url)
    for name in ("two.json", "two.xlsx"):
        code, out, err = cli("run", "compare-proposals", "--first", first, "--second", second, "-w", url,
                             "-o", str(tmp_path / name))  # fmt: skip
        assert code == 0, out + err
    told = json.loads((tmp_path / "two.json").read_text("utf-8"))
    assert told["summary"]["first"]["job"] == first and len(told["rows"]) == 4


def test_a_kept_proposal_is_offered_however_many_other_jobs_came_after(
    client: FlaskClient, store: Store, propose: Propose
) -> None:
    kept = propose("propose-grids", **GRIDS)
    order, answer = Order("coverage", HERE, ("summary",), "document", "en"), Answer("application/json", b"{}")
    for number in range(120):
        store.jobs().add(f"other-{number}", Request(order, None, ""), town.NOON)
        store.jobs().claim("A", town.NOON, town.NOON + dt.timedelta(seconds=60))
        assert store.jobs().succeed(f"other-{number}", "A", town.NOON, answer)
    page = client.get("/maps/grids?date=2025-02-06").text
    assert kept in page and "other-1" not in page
