"""A draft after buildings, streets or the boundary have changed: what it says, and what a refresh makes of it."""

from __future__ import annotations

import json

import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

import app
from geo.partition.cells import is_sound
from layers.model.feature import Change, Feature
from layers.settings import Settings
from layers.store.protocol import Draft, Store
from layers.usecases.plans.state import load
from tests import town
from tests.web.plan_session import ONE, TWO, Planner, geojson

UNCHANGED = {"added": 0, "moved": 0, "removed": 0}


@pytest.fixture
def store(service: Flask) -> Store:
    return service.extensions["gridmap"].store


@pytest.fixture
def planner(client: FlaskClient) -> Planner:
    """A draft from the two active grids of the town: b01-b05 and b06-b10."""
    return Planner(client)


def put(store: Store, layer: str, id: str, shape: shapely.Geometry | None, **more: object) -> None:
    """Give a feature another outline, or with None take it away."""
    before = store.get(layer, id)
    after = None if shape is None else Feature(id, shape, {**before.properties, **more}, before.version)
    store.commit(Draft("tests", town.NOON, "put", "edit", [Change(layer, id, before, after)]))


def build(store: Store, code: str, x_m: float, y_m: float) -> None:
    town.add(store, "buildings", code, town.box(x_m, y_m, 10, 10), households=7, use="residential")


def cells(planner: Planner) -> dict[str, dict]:
    return {each["id"]: each for each in planner.look()["cells"]["features"]}


def assert_sound(store: Store, planner: Planner, *buildings: str) -> None:
    """Check that the cells fit, and that each building is in exactly one."""
    state = load(store, planner.opened["id"])
    assert is_sound(state.partition)
    homes = [code for cell in state.cells.values() for code in cell.properties.get("buildings", ())]
    assert sorted(homes) == sorted(buildings)
    assert state.partition.cell_of.min() >= 0
    for key, grid in state.grids.items():
        mine = [cell.geometry for cell in state.cells.values() if cell.properties.get("grid") == key]
        assert grid.geometry.equals(shapely.coverage_union_all(mine))


OLD = [f"b{n:02}" for n in range(1, 11)]


class TestWhatHasChanged:
    def test_nothing(self, planner: Planner) -> None:
        said = planner.opened["sources"]
        assert (said["changed"], said["buildings"], said["barriers"], said["boundary"]) == (False, UNCHANGED, 0, False)
        assert said["revision"] == planner.opened["base_revision"]
        planner.refused(409, "refresh")

    def test_a_house_more_one_less_one_elsewhere_and_a_street(self, planner: Planner, store: Store) -> None:
        build(store, "b11", 130, 40)
        put(store, "buildings", "b10", None)
        put(store, "buildings", "b09", town.box(860, 20, 10, 10))
        town.lay_street(store)
        said = planner.look()["sources"]
        assert (said["changed"], said["barriers"], said["boundary"]) == (True, 1, False)
        assert said["buildings"] == {"added": 1, "moved": 1, "removed": 1}
        assert "1 building added, 1 moved, 1 gone; 1 street" in said["text"]

    def test_not_what_happens_elsewhere_or_to_other_properties(self, planner: Planner, store: Store) -> None:
        build(store, "b99", 5000, 5000)
        town.add(store, "roads", "S9", town.line((0, 900), (1000, 900)), **{"class": "residential"})
        town.add(store, "roads", "S8", town.line((0, 40), (1000, 40)), **{"class": "service"})
        town.amend(store, "buildings", "b01", households=99)
        assert planner.look()["sources"]["changed"] is False

    def test_it_is_said_of_drafts_as_they_are(self, planner: Planner) -> None:
        planner.edit("assign", units=[planner.cell("b06")], grid=ONE)
        assert planner.look("?revision=1")["sources"] is None
        assert planner.done("/submit", {})["sources"]["changed"] is False
        assert planner.done("/approve", {})["sources"] is None


class TestRefreshing:
    def test_a_new_house_gets_a_cell_of_the_grid_around_it(self, planner: Planner, store: Store) -> None:
        build(store, "b11", 130, 40)
        before = cells(planner)
        done = planner.edit("refresh")
        assert done["moved"] == [{"building": "b11", "from": None, "to": ONE}]
        assert "1 block made anew" in done["report"][1] and done["unclear"] == []
        after = cells(planner)
        for each in before.keys() & after.keys():
            assert after[each]["properties"]["grid"] == before[each]["properties"]["grid"]
        assert len(before.keys() & after.keys()) >= 7  # only the cells around b01 and b02 are others
        assert planner.look()["sources"]["changed"] is False
        assert_sound(store, planner, *OLD, "b11")

    def test_a_street_divides_blocks(self, planner: Planner, store: Store) -> None:
        town.lay_street(store)  # 10 m south of the middle of the houses, from end to end
        planner.edit("refresh")
        blocks = {each["properties"]["block"] for each in cells(planner).values()}
        assert len(blocks) == 2
        assert planner.homes() == {code: ONE if code < "b06" else TWO for code in OLD}
        assert_sound(store, planner, *OLD)

    def test_untouched_blocks_keep_their_cells(self, planner: Planner, store: Store) -> None:
        town.add(store, "roads", "S5", town.line((300, -20), (300, 120)), **{"class": "residential"})
        planner.edit("refresh")
        west = {each["id"] for each in cells(planner).values() if each["properties"]["buildings"] == ["b01"]}
        before = cells(planner)
        build(store, "b11", 830, 40)
        planner.edit("refresh")
        after = cells(planner)
        for code in ("b01", "b02", "b03"):
            (id,) = [each for each, cell in before.items() if code in cell["properties"]["buildings"]]
            assert after[id] == before[id]
        assert west <= after.keys()
        assert_sound(store, planner, *OLD, "b11")

    def test_one_that_moved_goes_with_its_ground(self, planner: Planner, store: Store) -> None:
        put(store, "buildings", "b05", town.box(560, 20, 10, 10))  # beside b06
        done = planner.edit("refresh")
        assert {"building": "b05", "from": ONE, "to": TWO} in done["moved"]
        assert_sound(store, planner, *OLD)

    def test_ground_of_two_grids_is_named(self, planner: Planner, store: Store) -> None:
        put(store, "buildings", "b05", town.box(490, 45, 20, 10))  # across the border of the two
        done = planner.edit("refresh")
        (cell,) = [each["cell"] for each in done["unclear"] if each["cell"] == planner.cell("b05")]
        assert any(cell in each for each in done["report"])
        assert_sound(store, planner, *OLD)

    def test_the_boundary(self, planner: Planner, store: Store) -> None:
        put(store, "communities", town.COMMUNITY, town.box(0, 0, 1100, 120))
        build(store, "b11", 1050, 50)
        assert planner.look()["sources"]["boundary"] is True
        planner.edit("refresh")
        assert planner.look()["sources"]["changed"] is False
        assert_sound(store, planner, *OLD, "b11")
        planner.undo()
        assert_sound(store, planner, *OLD)
        planner.redo()
        assert_sound(store, planner, *OLD, "b11")
        for each in planner.look()["defects"]["features"]:
            assert each["properties"]["kind"] == "gap"  # ground that no grid had
        free = [id for id, cell in cells(planner).items() if cell["properties"]["grid"] is None]
        if free:
            planner.edit("assign", units=free, grid=TWO)
        planner.done("/submit", {})

    def test_a_community_that_is_gone(self, planner: Planner, store: Store) -> None:
        put(store, "communities", town.COMMUNITY, None)
        assert planner.look()["sources"]["boundary"] is True
        planner.refused(404, "refresh")

    def test_what_was_drawn_by_hand_elsewhere_stays(self, planner: Planner, store: Store) -> None:
        town.add(store, "roads", "S5", town.line((300, -20), (300, 120)), **{"class": "residential"})
        planner.edit("refresh")
        drawn = planner.edit("draw", grid=TWO, polygon=geojson(town.box(-1, -1, 60, 30)))
        pieces = [each["id"] for each in drawn["cells"]["features"]]
        build(store, "b11", 830, 40)
        planner.edit("refresh")
        assert set(pieces) <= cells(planner).keys()
        assert_sound(store, planner, *OLD, "b11")


class TestUndo:
    def test_back_and_again(self, planner: Planner, store: Store) -> None:
        def shown() -> tuple[dict, list]:
            return planner.homes(), [each["geometry"] for each in planner.look()["grids"]["features"]]

        planner.edit("assign", units=[planner.cell("b06")], grid=ONE)
        states = [shown()]
        build(store, "b11", 130, 40)
        put(store, "buildings", "b01", None)
        planner.edit("refresh")
        states.append(shown())
        planner.undo()
        assert shown() == states[0]
        assert planner.look()["sources"]["buildings"] == {"added": 1, "moved": 0, "removed": 1}
        planner.redo()
        assert shown() == states[1]
        assert planner.look()["sources"]["changed"] is False
        planner.undo()
        planner.undo()
        assert planner.homes()["b06"] == TWO

    def test_not_under_an_edit_of_the_new_cells(self, planner: Planner, store: Store) -> None:
        build(store, "b11", 130, 40)
        done = planner.edit("refresh")
        planner.edit("assign", units=[planner.cell("b11")], grid=TWO)
        planner.refused(409, "revert", changeset=done["changeset"])


def test_the_same_key_refreshes_once(planner: Planner, store: Store) -> None:
    build(store, "b11", 130, 40)
    first, again = (planner.send("/edits", {"op": "refresh"}, **{"Idempotency-Key": "k1"}) for _ in range(2))
    one, two = json.loads(first.data), json.loads(again.data)
    assert (one.pop("replayed"), two.pop("replayed")) == (False, True)
    assert {name for name in one if one[name] != two[name]} <= {"report", "unclear"}  # told once


def test_another_process_is_caught_up_with(planner: Planner, service: Flask, store: Store) -> None:
    other = app.create_app(Settings(workspace=store.url, language="en"))
    second = other.test_client()
    assert second.get(planner.path).status_code == 200
    build(store, "b11", 130, 40)
    planner.edit("refresh")
    assert planner.look() == json.loads(second.get(planner.path).data)
    planner.undo()
    assert planner.look() == json.loads(second.get(planner.path).data)
    other.extensions["gridmap"].store.close()


def test_an_imported_draft_is_repaired_first(client: FlaskClient, store: Store) -> None:
    shapes = [town.box(0, 0, 560, 100), town.box(520, 0, 480, 100)]
    features = [{"type": "Feature", "geometry": geojson(each), "properties": {}} for each in shapes]
    planner = Planner(client, grids={"type": "FeatureCollection", "features": features})
    build(store, "b11", 130, 40)
    planner.refused(409, "refresh")
    planner.edit("repair")
    planner.edit("refresh")
    assert_sound(store, planner, *OLD, "b11")


def test_on_the_command_line(planner: Planner, store: Store, capsys: pytest.CaptureFixture) -> None:
    plan = planner.opened["id"]
    command = ["--workspace", store.url, "--lang", "en", "plan-refresh", plan]
    assert app.main(command) == 0
    assert "stand on the present" in capsys.readouterr().out
    build(store, "b11", 130, 40)
    assert app.main([*command, "--dry-run"]) == 0
    assert "1 building added" in capsys.readouterr().out
    assert planner.look()["revision"] == 1
    assert app.main(command) == 0
    assert f"building b11: — → {ONE}" in capsys.readouterr().out
    assert planner.look()["revision"] == 2
    assert_sound(store, planner, *OLD, "b11")
