"""Twenty planners on one plan: nobody's edit is lost, and the plan is sound after every one of them."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Sequence

import pytest
import shapely
from flask import Flask

from geo.partition.cells import is_sound
from layers.usecases.plans.state import CELLS, key_of, load
from tests import town
from tests.web.plan_session import ONE, TWO, Planner, geojson

PLANNERS, EDITS_EACH, EVERY = 20, 5, 5


def one_edit(dice: random.Random, cells: list[str]) -> dict:
    """Return an edit that may cut cells, or give some to a grid."""
    if dice.random() < 0.1:
        return {
            "op": "draw",
            "grid": ONE,
            "polygon": geojson(town.box(dice.uniform(0, 900), dice.uniform(0, 60), 90, 30)),
        }
    return {"op": "assign", "units": dice.sample(cells, 2), "grid": dice.choice((ONE, TWO))}


def plan_on(app: Flask, path: str, number: int, edits: int, acknowledged: list[dict], losers: list[int]) -> None:
    """Be one planner until some edits are through; after a 412 look again and try another one."""
    dice, client, done = random.Random(number), app.test_client(), 0
    revision = 1
    while done < edits:
        body = one_edit(dice, [f"c1-{n}" for n in range(1, 11)])
        headers = {"If-Match": f'"{revision}"', "Gridmap-Author": f"planner-{number}"}
        answer = client.post(f"{path}/edits", json=body, headers=headers)
        said = json.loads(answer.data)
        if answer.status_code == 200:
            revision, done = said["revision"], done + 1
            acknowledged.append({**body, "changeset": said["changeset"], "revision": revision, "author": number})
        elif answer.status_code == 412:
            losers.append(number)
            time.sleep(dice.uniform(0, 0.05))
            revision = max(each["revision"] for each in said["changes"])
        else:
            assert answer.status_code in (409, 422), said  # the box is the grid's already, or no cell of it would be


@pytest.mark.deep
def test_no_edit_is_lost(service: Flask) -> None:
    assert work_together([service], EDITS_EACH, EVERY) > 0, "they never met"


def work_together(apps: Sequence[Flask], edits_each: int, every: int) -> int:
    """Let the planners edit one plan, each through one of the services over its workspace; return how many came late.

    Every edit that was acknowledged is in the history, nothing else is, and every so many states are sound.
    """
    opened = Planner(apps[0].test_client())
    acknowledged: list[dict] = []
    losers: list[int] = []
    threads = [
        threading.Thread(
            target=plan_on,
            args=(apps[number % len(apps)], opened.path, number, edits_each, acknowledged, losers),
        )
        for number in range(PLANNERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(acknowledged) == PLANNERS * edits_each
    steps = whole_history(opened)
    told = {each["changeset"]: (each["revision"], each["author"], each["op"]) for each in steps if each["op"] != "open"}
    assert told == {
        each["changeset"]: (each["revision"], f"planner-{each['author']}", each["op"]) for each in acknowledged
    }
    assert sorted(each["revision"] for each in acknowledged) == list(range(2, len(acknowledged) + 2))
    states_are_sound(apps[0], opened, steps[::every])
    edits_are_in_the_states(apps[0], opened, acknowledged)
    return len(losers)


def whole_history(opened: Planner) -> list[dict]:
    """Return every step of the plan, newest first, page by page."""
    steps, page = [], opened.get("/history?limit=1000")
    while True:
        steps += page["history"]
        if not page["more"]:
            return steps
        page = opened.get(f"/history?limit=1000&before={steps[-1]['revision']}")


def states_are_sound(service: Flask, opened: Planner, steps: list[dict]) -> None:
    """See that every building is in exactly one cell, and every cell fits, after each of these commits."""
    store = service.extensions["gridmap"].store
    for step in steps:
        state = load(store, opened.opened["id"], step["changeset"])
        assert state.revision == step["revision"]
        assert is_sound(state.partition)
        homes = [code for cell in state.cells.values() for code in cell.properties.get("buildings", ())]
        assert sorted(homes) == [f"b{n:02}" for n in range(1, 11)]
        for key, grid in state.grids.items():
            if grid.geometry is not None:
                mine = [cell.geometry for cell in state.cells.values() if cell.properties.get("grid") == key]
                assert grid.geometry.equals(shapely.coverage_union_all(mine))


def edits_are_in_the_states(service: Flask, opened: Planner, acknowledged: list[dict]) -> None:
    """See that every assignment is in what was written, and that nobody wrote over it unseen.

    Each edit rests on the state before it, so the history is one chain: a cell has the grid of the last edit of it.
    """
    store = service.extensions["gridmap"].store
    grid_of: dict[str, str | None] = {}
    for each in sorted(acknowledged, key=lambda each: each["revision"]):
        written = [change for change in store.changes(each["changeset"]) if change.layer == CELLS]
        for change in written:
            key = key_of(change.id)
            if change.before is not None and key in grid_of:
                assert change.before.properties.get("grid") == grid_of[key]
            grid_of[key] = None if change.after is None else change.after.properties.get("grid")
        if each["op"] == "assign":
            kept = {key for key in each["units"] if key in grid_of}
            assert all(grid_of[key] == each["grid"] for key in kept)
    now = load(store, opened.opened["id"])
    assert {key: grid for key, grid in grid_of.items() if grid is not None} == {
        key: cell.properties.get("grid") for key, cell in now.cells.items() if key in grid_of
    }
