"""From draft to force: submit, withdraw, approve; codes, dates, what grids come from, and what a plan changes."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import town
from tests.web.plan_session import ONE, TWO, Planner, geojson

THREE, FOUR = f"{town.COMMUNITY}003", f"{town.COMMUNITY}004"
ACROSS = geojson(town.line((250, -20), (250, 120)))
NEW_YEAR = "2030-01-01"


@pytest.fixture
def planner(client: FlaskClient) -> Planner:
    """A draft in which grid 1 (b01-b05) is split in two beside b03; grid 2 stays."""
    planner = Planner(client)
    planner.edit("split", grid=ONE, line=ACROSS)
    return planner


def grids_on(client: FlaskClient, day: str) -> dict[str, dict]:
    features = json.loads(client.get(f"/api/collections/grids/items?datetime={day}").data)["features"]
    return {each["id"]: each["properties"] for each in features}


class TestSubmitting:
    def test_new_grids_get_codes_from_west_to_east(self, planner: Planner) -> None:
        plan = planner.done("/submit", {})
        codes = {each["id"]: each["properties"]["code"] for each in plan["grids"]["features"]}
        west, east = planner.homes()["b01"], planner.homes()["b05"]
        # what is left of grid 1 is another grid than grid 1 was; grid 2 is the same
        assert codes == {west: THREE, east: FOUR, TWO: TWO}
        assert plan["state"] == "submitted"

    def test_a_submitted_plan_is_not_edited_until_it_is_withdrawn(self, planner: Planner) -> None:
        planner.done("/submit", {})
        planner.refused(409, "retire", grid=TWO, into=ONE)
        plan = planner.done("/withdraw", {})
        assert {each["id"]: each["properties"]["code"] for each in plan["grids"]["features"]} == {
            ONE: ONE, TWO: TWO, "g2": None,
        }  # fmt: skip
        planner.edit("retire", grid=TWO, into=ONE)

    def test_not_with_buildings_that_no_grid_has(self, planner: Planner) -> None:
        cell = planner.cell("b10")
        planner.edit("assign", units=[cell], grid=None)
        refused = planner.send("/submit", {})
        assert refused.status_code == 422
        (gap,) = refused.json["defects"]["features"]
        assert (gap["properties"]["kind"], gap["properties"]["cells"]) == ("gap", [cell])
        assert gap["geometry"]["type"] == "Polygon"

    def test_nor_without_grids(self, client: FlaskClient) -> None:
        assert Planner(client, **{"from": "none"}).send("/submit", {}).status_code == 422

    def test_a_grid_in_two_pieces_is_allowed(self, planner: Planner) -> None:
        planner.edit("assign", units=[planner.cell("b10")], grid=ONE)
        kinds = [each["properties"]["kind"] for each in planner.look()["defects"]["features"]]
        assert kinds == ["multipart"]
        planner.done("/submit", {})


class TestApproval:
    def test_both_days_have_their_grids(self, planner: Planner, client: FlaskClient) -> None:
        planner.done("/submit", {})
        plan = planner.done("/approve", {"valid_from": NEW_YEAR})
        assert plan["codes"] == {"new": [THREE, FOUR], "kept": [TWO], "retired": [ONE]}
        assert plan["state"] == "approved"  # active from New Year on
        assert set(grids_on(client, "2029-12-31")) == {ONE, TWO}
        after = grids_on(client, NEW_YEAR)
        assert set(after) == {TWO, THREE, FOUR}
        assert (after[THREE]["predecessors"], after[THREE]["state"]) == ([ONE], "active")
        old = grids_on(client, "2029-12-31")[ONE]
        assert (old["state"], old["valid_to"]) == ("retired", "2029-12-31")

    def test_the_situation_of_a_day_knows_them(self, planner: Planner, service: Flask) -> None:
        import datetime as dt

        from layers.situation.day import situation

        planner.done("/submit", {})
        planner.done("/approve", {"valid_from": NEW_YEAR})
        store = service.extensions["gridmap"].store
        before = situation(store, dt.date(2029, 12, 31)).buildings["grid"].to_dict()
        after = situation(store, dt.date(2030, 1, 1)).buildings["grid"].to_dict()
        assert (before["b01"], before["b05"], before["b10"]) == (ONE, ONE, TWO)
        assert (after["b01"], after["b05"], after["b10"]) == (THREE, FOUR, TWO)

    def test_today_by_default_and_then_it_is_active(self, planner: Planner) -> None:
        planner.done("/submit", {})
        assert planner.done("/approve", {})["state"] == "active"
        planner.refused(409, "retire", grid=TWO, into=ONE)

    def test_only_what_was_submitted(self, planner: Planner) -> None:
        assert planner.send("/approve", {}).status_code == 409
        assert planner.send("/withdraw", {}).status_code == 409

    def test_not_on_grids_that_changed_since(self, planner: Planner, client: FlaskClient) -> None:
        other = Planner(client)
        other.edit("merge", grids=[ONE, TWO])
        other.done("/submit", {})
        other.done("/approve", {"valid_from": NEW_YEAR})
        planner.done("/submit", {})
        refused = planner.send("/approve", {"valid_from": NEW_YEAR})
        assert refused.status_code == 409
        assert ONE in refused.json["detail"] and TWO in refused.json["detail"]

    def test_codes_are_never_used_twice(self, planner: Planner, client: FlaskClient) -> None:
        planner.done("/submit", {})
        planner.done("/approve", {})
        again = Planner(client)
        assert [each["id"] for each in again.opened["grids"]["features"]] == [TWO, THREE, FOUR]
        again.edit("merge", grids=[THREE, FOUR])
        codes = {each["properties"]["code"] for each in again.done("/submit", {})["grids"]["features"]}
        assert codes == {TWO, f"{town.COMMUNITY}005"}  # not 001, though its ground is the same
        again.done("/approve", {})
        found = json.loads(client.get(f"/api/collections/grids/items/{town.COMMUNITY}005").data)
        assert found["properties"]["predecessors"] == [THREE, FOUR]

    def test_what_is_set_on_a_grid_that_stays_reaches_it(self, planner: Planner, client: FlaskClient) -> None:
        planner.edit("set", grid=TWO, properties={"workers_full": 4})
        planner.done("/submit", {})
        planner.done("/approve", {})
        kept = json.loads(client.get(f"/api/collections/grids/items/{TWO}").data)["properties"]
        assert (kept["workers_full"], kept["name"], kept["valid_to"]) == (4, "第2网格", None)


class TestDiff:
    def test_against_what_it_was_opened_from(self, planner: Planner) -> None:
        planner.edit("assign", units=[planner.cell("b06")], grid=planner.homes()["b05"])
        found = planner.get("/diff")
        taker = planner.homes()["b05"]
        moved = {each["building"]: (each["from"], each["to"], each["households"]) for each in found["moved"]}
        assert moved["b06"] == (TWO, taker, 10)
        assert found["summary"]["moved"] == len(moved) == len(found["buildings"]["features"])
        rows = {each["grid"]: each for each in found["rows"]}
        assert (rows[TWO]["before"]["households"], rows[TWO]["after"]["households"]) == (50, 40)
        assert (rows["g2"]["change"], rows["g2"]["before"]) == ("new", None)

    def test_against_another_plan(self, planner: Planner, client: FlaskClient) -> None:
        other = Planner(client)
        found = other.get(f"/diff?against={planner.path.rpartition('/')[2]}")
        assert {each["to"] for each in found["moved"]} == {ONE}
        assert client.get(f"{other.path}/diff?against=nothing").status_code == 404


class TestImport:
    def given(self, east: float, west: float) -> dict:
        one = {
            "type": "Feature",
            "geometry": geojson(town.box(0, 0, east, 100)),
            "properties": {"code": ONE, "name": "甲"},
        }
        two = {"type": "Feature", "geometry": geojson(town.box(west, 0, 1000 - west, 100)), "properties": {"code": TWO}}
        return {"type": "FeatureCollection", "features": [one, two]}

    def test_sound_polygons_become_a_draft(self, client: FlaskClient) -> None:
        planner = Planner(client, grids=self.given(600, 600))
        assert (planner.opened["needs_repair"], planner.opened["defects"]["features"]) == (False, [])
        assert planner.opened["compared"] == {"new": [], "changed": [ONE, TWO], "same": [], "missing": []}
        assert planner.homes()["b06"] == ONE
        assert planner.opened["grids"]["features"][0]["properties"]["name"] == "甲"

    def test_broken_ones_are_shown_and_repaired(self, client: FlaskClient) -> None:
        planner = Planner(client, grids=self.given(560, 520))  # overlap by 40 m
        kinds = {each["properties"]["kind"] for each in planner.opened["defects"]["features"]}
        assert planner.opened["needs_repair"] and "overlap" in kinds
        planner.refused(409, "assign", units=[planner.cell("b01")], grid=ONE)
        assert planner.send("/submit", {}).status_code == 422
        done = planner.edit("repair")
        assert any("overlap" in each for each in done["report"])
        assert planner.look()["defects"]["features"] == []
        assert set(planner.homes().values()) == {ONE, TWO}
        planner.undo()
        assert planner.look()["defects"] == planner.opened["defects"]
        planner.redo()
        planner.done("/submit", {})

    def test_what_is_no_polygon_is_refused(self, client: FlaskClient) -> None:
        point = {"type": "Feature", "geometry": geojson(town.point(1, 1)), "properties": {}}
        body = {"community": town.COMMUNITY, "grid_system": "service"}
        for grids in (
            {"type": "FeatureCollection", "features": [point]},
            {"type": "FeatureCollection", "features": []},
        ):
            assert client.post("/api/plans", json={**body, "grids": grids}).status_code == 400


class TestCoach:
    def test_a_piece_that_is_cut_off(self, planner: Planner) -> None:
        cell = planner.cell("b09")
        done = planner.edit("assign", units=[cell], grid=ONE)
        (advice,) = [each for each in done["suggestions"] if each["kind"] == "cut-off" and cell in each["cells"]]
        assert advice["edit"] == {"op": "assign", "units": [cell], "grid": TWO}
        after = planner.done("/edits", advice["edit"])
        assert {each["id"]: each["properties"]["figures"]["pieces"] for each in after["grids"]["features"]} == {
            ONE: 1,
            TWO: 1,
        }

    def test_a_cell_without_a_grid(self, planner: Planner) -> None:
        cell = planner.cell("b10")
        done = planner.edit("assign", units=[cell], grid=None)
        advice = done["suggestions"][0]
        assert (advice["kind"], advice["edit"]) == ("unassigned", {"op": "assign", "units": [cell], "grid": TWO})
        assert len(done["suggestions"]) <= 5
