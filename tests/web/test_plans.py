"""Grid plans over HTTP: open, edit, undo, history, and what is refused. The town and its answers: tests/town.py."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from geo.places.crs import from_lonlat, metric_crs
from layers.settings import Settings
from layers.store.protocol import Store
from tests import town
from tests.web.plan_session import ONE, TWO, Planner, geojson, shapes_of

ACROSS = geojson(town.line((250, -20), (250, 120)))
"""Between the squares of b02 and b04, through b03."""


@pytest.fixture
def planner(client: FlaskClient) -> Planner:
    """A draft from the two active grids of the town: b01-b05 and b06-b10."""
    return Planner(client)


class TestOpening:
    def test_a_draft_begins_with_the_active_grids(self, planner: Planner) -> None:
        plan = planner.opened
        assert (plan["state"], plan["revision"], plan["community"]) == ("draft", 1, town.COMMUNITY)
        assert [each["id"] for each in plan["grids"]["features"]] == [ONE, TWO]
        assert planner.homes() == {f"b{n:02}": ONE if n <= 5 else TWO for n in range(1, 11)}
        assert plan["defects"]["features"] == []
        assert plan["unassigned"] == {"cells": 0, "buildings": 0, "households": 0, "households_missing": 0}
        figures = plan["grids"]["features"][0]["properties"]["figures"]
        assert (figures["households"], figures["elderly_60"], figures["buildings"]) == (50, 15, 5)
        assert (figures["band"], figures["in_band"], plan["band"]) == ("below", False, [300, 500])

    def test_cells_tile_the_community(self, planner: Planner) -> None:
        cells = shapes_of(planner.opened["cells"])
        assert shapely.coverage_is_valid(cells)
        # A straight line on the plane of the metric CRS is not quite one between degrees.
        whole, *cells = from_lonlat(
            np.array([town.box(0, 0, 1000, 100), *cells], dtype=object), metric_crs(120.0, 36.0)
        )
        assert shapely.symmetric_difference(shapely.union_all(cells), whole).area < 10  # answers round to a centimetre

    def test_or_with_none(self, client: FlaskClient) -> None:
        plan = Planner(client, **{"from": "none"}).opened
        assert plan["grids"]["features"] == []
        assert plan["unassigned"]["buildings"] == 10

    def test_what_nobody_has_on_record_is_unknown_in_every_sum(self, client: FlaskClient, small_town: Store) -> None:
        for number in range(1, 11):
            town.amend(small_town, "buildings", f"b{number:02}", households=None if number < 10 else 30)
        plan = Planner(client).opened
        assert [plan["summary"][name] for name in ("households", "households_missing", "elderly_60")] == [30, 9, 30]
        told = [each["properties"]["figures"] for each in plan["grids"]["features"]]
        assert [(each["households"], each["households_missing"], each["in_band"]) for each in told] == [
            (None, 5, None), (30, 4, False),
        ]  # fmt: skip
        town.amend(small_town, "buildings", "b10", households=None)
        bare = Planner(client, grid_system="unit", name="乙案", **{"from": "none"}).opened
        assert (bare["unassigned"]["households"], bare["unassigned"]["households_missing"]) == (None, 10)
        assert (bare["summary"]["households"], bare["summary"]["population"]) == (None, None)

    def test_plans_are_listed(self, planner: Planner, client: FlaskClient) -> None:
        Planner(client, grid_system="unit", name="乙案")
        found = client.get(f"/api/plans?community={town.COMMUNITY}").json["plans"]
        assert [(each["grid_system"], each["name"]) for each in found] == [("service", None), ("unit", "乙案")]
        assert client.get("/api/plans?state=approved").json["plans"] == []

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"community": "990301001009", "grid_system": "service"}, 404),
            ({"community": town.COMMUNITY, "grid_system": "both"}, 400),
            ({"community": town.COMMUNITY}, 400),
            ({"community": town.COMMUNITY, "grid_system": "unit", "colour": "red"}, 400),
        ],
    )
    def test_what_cannot_be_opened(self, client: FlaskClient, body: dict, status: int) -> None:
        assert client.post("/api/plans", json=body).status_code == status


class TestEdits:
    def test_assign_moves_whole_buildings(self, planner: Planner) -> None:
        done = planner.edit("assign", units=[planner.cell("b06")], grid=ONE)
        assert done["moved"] == [{"building": "b06", "from": TWO, "to": ONE}]
        households = {each["id"]: each["properties"]["figures"]["households"] for each in done["grids"]["features"]}
        assert households == {ONE: 60, TWO: 40}
        assert (done["revision"], planner.look()["revision"]) == (2, 2)

    def test_an_eraser_takes_cells_out_of_every_grid(self, planner: Planner) -> None:
        done = planner.edit("assign", units=[planner.cell("b06")], grid=None)
        assert done["unassigned"] == {"cells": 1, "buildings": 1, "households": 10, "households_missing": 0}
        (gap,) = planner.look()["defects"]["features"]
        assert (gap["properties"]["kind"], gap["properties"]["severity"]) == ("gap", "error")
        assert gap["properties"]["cells"] == [planner.cell("b06")]

    def test_create_of_cells_and_of_a_polygon(self, planner: Planner) -> None:
        first = planner.edit("create", name="东头", units=[planner.cell("b10")])
        assert first["moved"] == [{"building": "b10", "from": TWO, "to": "g2"}]
        second = planner.edit("create", name="西头", polygon=geojson(town.box(-5, -5, 105, 110)))
        assert planner.homes() == {
            "b01": "g3",
            **{f"b{n:02}": ONE if n <= 5 else TWO for n in range(2, 10)},
            "b10": "g2",
        }
        assert second["grids"]["features"][-1]["properties"]["name"] == "西头"
        assert planner.look()["defects"]["features"] == []

    def test_split_keeps_the_building_on_the_line_whole(self, planner: Planner) -> None:
        done = planner.edit("split", grid=ONE, line=ACROSS, name="北")
        new = next(each for each in done["grids"]["features"] if each["id"] != ONE)
        assert (new["id"], new["properties"]["new"], new["properties"]["code"]) == ("g2", True, None)
        homes = planner.homes()
        assert homes["b01"] == homes["b02"] and homes["b04"] == homes["b05"] and homes["b01"] != homes["b05"]
        assert {"whole"} <= {each["kind"] for each in done["notes"]}
        assert shapely.coverage_is_valid(shapes_of(planner.look()["cells"]))

    def test_what_a_line_does_to_many_buildings_is_one_note(self, planner: Planner) -> None:
        done = planner.edit("split", grid=ONE, line=geojson(town.line((-20, 47), (520, 53))), name="北")
        (note,) = (each for each in done["notes"] if each["kind"] == "whole")
        assert (note["count"], note["measure"]) == (5, pytest.approx(500, rel=2e-3)) and "5 buildings" in note["text"]

    def test_merge_retire_draw_reshape_and_set(self, planner: Planner) -> None:
        planner.edit("draw", grid=ONE, polygon=geojson(town.box(-1, -1, 601, 102)))
        assert planner.homes()["b06"] == ONE
        planner.edit("reshape", grid=ONE, line=geojson(town.line((400, -5), (350, 50), (400, 105))))
        assert planner.look()["defects"]["features"] == []
        planner.edit("set", grid=TWO, properties={"name": "新名", "workers_full": 2})
        row = planner.look()["grids"]["features"][1]["properties"]
        assert (row["name"], row["figures"]["workers_full"]) == ("新名", 2)
        done = planner.edit("merge", grids=[TWO, ONE])
        assert done["removed_grids"] == [ONE] and done["notes"] == []
        assert set(planner.homes().values()) == {TWO}
        planner.edit("create", name="一", units=[planner.cell("b01")])
        gone = planner.edit("retire", grid=TWO, into=planner.homes()["b01"])
        assert gone["removed_grids"] == [TWO]

    def test_a_grid_that_has_no_cells_any_more_is_named(self, planner: Planner) -> None:
        planner.edit("set", grid=ONE, properties={"name": "西头"})
        cells = planner.look()["cells"]["features"]
        all_of_it = [each["id"] for each in cells if each["properties"]["grid"] == ONE]
        done = planner.edit("assign", units=all_of_it, grid=TWO)
        (note,) = done["notes"]
        assert note["kind"] == "emptied" and note["grid"] == "西头" and "西头" in note["text"]

    def test_move_vertex_in_every_cell_that_has_it(self, planner: Planner) -> None:
        border = shapely.intersection(*shapes_of(planner.look()["grids"])[:2])
        inner = [each for each in shapely.get_coordinates(border) if 5e-5 < each[1] - town.SOUTH < 8.5e-4]
        if not inner:  # a straight border: split off a corner first, so that it has a vertex inside
            planner.edit("draw", grid=ONE, polygon=geojson(town.box(450, -1, 60, 40)))
            border = shapely.intersection(*shapes_of(planner.look()["grids"])[:2])
            inner = [each for each in shapely.get_coordinates(border) if 5e-5 < each[1] - town.SOUTH < 8.5e-4]
        lon, lat = max(inner, key=lambda each: each[0])
        done = planner.edit("move_vertex", **{"from": [lon, lat], "to": [lon + 3e-5, lat]})
        assert len(done["cells"]["features"]) >= 2
        assert shapely.coverage_is_valid(shapes_of(planner.look()["cells"]))
        assert done["moved"] == []

    def test_the_same_key_is_the_same_edit_once(self, planner: Planner) -> None:
        body = {"op": "assign", "units": [planner.cell("b06")], "grid": ONE}
        first = planner.send("/edits", body, **{"Idempotency-Key": "k1"})
        again = planner.send("/edits", body, **{"Idempotency-Key": "k1"})
        assert (first.status_code, again.status_code) == (200, 200)
        one, two = json.loads(first.data), json.loads(again.data)
        assert (one.pop("replayed"), two.pop("replayed")) == (False, True)
        assert one == two
        other = planner.send("/edits", {**body, "grid": None}, **{"Idempotency-Key": "k1"})
        assert other.status_code == 409
        assert planner.look()["revision"] == 2

    def test_a_late_retry_is_answered_as_it_was_then(self, planner: Planner) -> None:
        body = {"op": "assign", "units": [planner.cell("b06")], "grid": ONE}
        first = json.loads(planner.send("/edits", body, **{"Idempotency-Key": "k1"}).data)
        planner.revision = 2
        planner.edit("assign", units=[planner.cell("b07")], grid=ONE)
        late = json.loads(planner.send("/edits", body, 1, **{"Idempotency-Key": "k1"}).data)
        assert (late["revision"], late["grids"], late["moved"]) == (2, first["grids"], first["moved"])


class TestRevisions:
    def test_a_write_says_what_it_rests_on(self, planner: Planner, client: FlaskClient) -> None:
        answer = client.post(f"{planner.path}/edits", json={"op": "repair"})
        assert answer.status_code == 428

    def test_a_stale_one_is_told_what_changed(self, planner: Planner) -> None:
        sixth, seventh = planner.cell("b06"), planner.cell("b07")
        planner.edit("assign", units=[sixth], grid=ONE)
        for units, same in (([sixth], True), ([seventh], False)):
            answer = planner.send("/edits", {"op": "assign", "units": units, "grid": TWO}, revision=1)
            assert answer.status_code == 412
            (change,) = answer.json["changes"]
            assert (change["op"], change["author"], change["grids"]) == ("assign", "planner", [ONE, TWO])
            assert change["same_cells"] is same

    def test_as_it_stood(self, planner: Planner) -> None:
        cell = planner.cell("b06")
        planner.edit("assign", units=[cell], grid=ONE)
        then = planner.look("?revision=1")
        assert (then["revision"], then["grids"]) == (1, planner.opened["grids"])
        assert planner.look("?as_of=2999-01-01")["revision"] == 2
        assert planner.client.get(f"{planner.path}?as_of=2001-01-01").status_code == 404
        assert planner.client.get(f"{planner.path}?revision=3").status_code == 404
        assert planner.client.get(f"{planner.path}?revision=1&as_of=2030-01-01").status_code == 400

    def test_another_process_is_caught_up_with(self, planner: Planner, service: Flask) -> None:
        from app import create_app

        url = service.extensions["gridmap"].store.url
        other = create_app(Settings(workspace=url, language="en"))
        second = other.test_client()
        units = [planner.cell("b06")]
        given = {"If-Match": '"1"'}
        assert (
            second.post(
                f"{planner.path}/edits", json={"op": "split", "grid": ONE, "line": ACROSS}, headers=given
            ).status_code
            == 200
        )
        assert planner.send("/edits", {"op": "assign", "units": units, "grid": ONE}).status_code == 412
        assert planner.look() == json.loads(second.get(planner.path).data)
        other.extensions["gridmap"].store.close()


class TestUndo:
    def test_undo_and_redo_in_turn(self, planner: Planner) -> None:
        states = [planner.look()]
        planner.edit("assign", units=[planner.cell("b06")], grid=ONE)
        states.append(planner.look())
        planner.edit("split", grid=ONE, line=ACROSS)
        states.append(planner.look())

        def same(one: dict, other: dict) -> bool:
            return all(_sorted(one[name]) == _sorted(other[name]) for name in ("grids", "cells"))

        planner.undo()
        assert same(planner.look(), states[1])
        planner.undo()
        assert same(planner.look(), states[0])
        assert planner.get("/history")["undo"] is None
        planner.redo()
        assert same(planner.look(), states[1])
        planner.redo()
        assert same(planner.look(), states[2])
        assert planner.get("/history")["redo"] is None

    def test_two_edits_of_one_cell_are_undone_in_turn(self, planner: Planner) -> None:
        cell = planner.cell("b06")
        planner.edit("assign", units=[cell], grid=ONE)
        planner.edit("assign", units=[cell], grid=None)
        for home in (ONE, TWO):
            planner.undo()
            assert planner.homes()["b06"] == home
        for home in (ONE, None):
            planner.redo()
            assert planner.homes()["b06"] == home

    def test_an_earlier_one_that_nothing_depends_on(self, planner: Planner) -> None:
        first = planner.edit("assign", units=[planner.cell("b06")], grid=ONE)
        planner.edit("assign", units=[planner.cell("b10")], grid=ONE)
        planner.done("/revert", {"changeset": first["changeset"]})
        assert (planner.homes()["b06"], planner.homes()["b10"]) == (TWO, ONE)

    def test_not_one_that_later_edits_depend_on(self, planner: Planner) -> None:
        first = planner.edit("split", grid=ONE, line=ACROSS)
        second = planner.edit("assign", units=[planner.cell("b07")], grid="g2")
        refused = planner.refused(409, "revert", changeset=first["changeset"])
        assert str(second["changeset"]) in refused["detail"]
        third = planner.edit("merge", grids=[ONE, "g2"])
        refused = planner.refused(409, "revert", changeset=second["changeset"])
        assert str(third["changeset"]) in refused["detail"]

    def test_what_was_set_comes_back_beside_what_was_set_since(self, planner: Planner) -> None:
        first = planner.edit("set", grid=ONE, properties={"name": "甲"})
        planner.edit("set", grid=ONE, properties={"workers_full": 3})
        planner.edit("revert", changeset=first["changeset"])
        row = planner.look()["grids"]["features"][0]["properties"]
        assert (row["name"], row["workers_full"]) == ("第1网格", 3)

    def test_no_step_twice_and_none_of_another_plan(self, planner: Planner) -> None:
        done = planner.edit("assign", units=[planner.cell("b06")], grid=ONE)
        planner.undo()
        planner.refused(409, "revert", changeset=done["changeset"])
        planner.refused(404, "revert", changeset=1)
        planner.refused(409, "revert", changeset=2)  # the opening

    def test_history_tells_every_step(self, planner: Planner) -> None:
        done = planner.edit("assign", units=[planner.cell("b06")], grid=ONE)
        planner.undo()
        newest, edit, opening = planner.get("/history")["history"]
        assert [each["op"] for each in (newest, edit, opening)] == ["revert", "assign", "open"]
        assert (edit["moved"], edit["author"]) == (done["moved"], "planner")
        assert (newest["reverts"], edit["reverted_by"]) == (edit["changeset"], newest["changeset"])


def _sorted(collection: dict) -> list[dict]:
    return sorted(collection["features"], key=lambda each: each["id"])


BAD = {
    "a line that does not cross": (422, "split", {"grid": ONE, "line": geojson(town.line((10, 10), (20, 20)))}),
    "a line elsewhere": (422, "split", {"grid": ONE, "line": geojson(town.line((5000, 0), (5000, 200)))}),
    "a line without length": (422, "split", {"grid": ONE, "line": geojson(town.line((10, 10), (10, 10)))}),
    "a bow-tie": (422, "draw", {"grid": ONE, "polygon": geojson(shapely.Polygon([
        town.point(0, 0), town.point(50, 50), town.point(0, 50), town.point(50, 0)]))}),
    "a polygon outside": (422, "draw", {"grid": ONE, "polygon": geojson(town.box(9000, 9000, 10, 10))}),
    "a tiny sliver": (422, "draw", {"grid": ONE, "polygon": geojson(town.box(700, 10, 0.01, 80))}),
    "half the globe": (400, "draw", {"grid": ONE, "polygon": geojson(shapely.box(0, 0, 100, 80))}),
    "off the globe": (400, "draw", {"grid": ONE, "polygon": geojson(shapely.box(200, 0, 300, 80))}),
    "six thousand vertices": (400, "draw", {"grid": ONE, "polygon": geojson(
        town.point(250, 50).buffer(1e-4, quad_segs=1500))}),
    "an open ring": (400, "draw", {"grid": ONE, "polygon": {
        "type": "Polygon", "coordinates": [[[120, 36], [120.1, 36], [120.1, 36.1], [120, 36.1]]]}}),
    "a vertex of the border": (422, "move_vertex", {
        "from": [town.WEST, town.SOUTH], "to": [town.WEST + 1e-4, town.SOUTH]}),
    "no vertex": (422, "move_vertex", {"from": [town.WEST + 5e-4, town.SOUTH + 4.7e-4], "to": [town.WEST, town.SOUTH]}),
    "a retired grid's buildings": (422, "retire", {"grid": ONE}),
    "an unknown grid": (404, "retire", {"grid": "990301001001999"}),
    "a grid of another community": (404, "merge", {"grids": [ONE, "990301001002001"]}),
    "a grid with itself": (400, "merge", {"grids": [ONE, ONE]}),
    "an unknown cell": (404, "assign", {"units": ["c9-9"], "grid": ONE}),
    "nothing to create": (400, "create", {"name": "空"}),
    "an unknown kind": (400, "set", {"grid": ONE, "properties": {"kind": "round"}}),
    "nothing to set": (400, "set", {"grid": ONE, "properties": {}}),
    "what is no property": (400, "set", {"grid": ONE, "properties": {"code": "1"}}),
    "an unknown edit": (400, "explode", {}),
    "an unknown member": (400, "retire", {"grid": ONE, "force": True}),
    "nothing to repair": (409, "repair", {}),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_with_what_and_where(planner: Planner, case: str) -> None:
    status, op, given = BAD[case]
    refused = planner.refused(status, op, **given)
    assert refused["detail"]
    if status == 422:
        assert refused["type"] == "/problems/topology-defects"
        (defect,) = refused["defects"]["features"]
        assert defect["geometry"] is not None and defect["properties"]["text"]


def test_a_bad_outline_is_named_in_the_readers_words(planner: Planner) -> None:
    bow_tie = shapely.Polygon([town.point(0, 0), town.point(50, 50), town.point(0, 50), town.point(50, 0)])
    body = {"op": "draw", "grid": ONE, "polygon": geojson(bow_tie)}
    for language, words in (("zh", "边界自相交，位于"), ("en", "the outline crosses itself at")):
        refused = planner.send(f"/edits?lang={language}", body)
        assert words in refused.json["detail"]
        (defect,) = refused.json["defects"]["features"]
        assert words in defect["properties"]["text"]


def test_what_is_no_number_is_refused(planner: Planner, client: FlaskClient) -> None:
    body = '{"op": "move_vertex", "from": [NaN, 36], "to": [120, 36]}'
    given = {"If-Match": '"1"', "Content-Type": "application/json"}
    assert client.post(f"{planner.path}/edits", data=body, headers=given).status_code == 400
