"""Twenty planners on one plan: nobody's edit is lost, and the plan is sound after every one of them."""

from __future__ import annotations

import json
import random
import threading
import time

import shapely
from flask import Flask

from geo.partition import is_sound
from layers.usecases.plans.state import load
from tests import town
from tests.web.plan_session import ONE, TWO, Planner, geojson

PLANNERS, EDITS_EACH = 20, 5


def one_edit(dice: random.Random, cells: list[str]) -> dict:
    """Return an edit that may cut cells, or give some to a grid."""
    if dice.random() < 0.1:
        return {
            "op": "draw",
            "grid": ONE,
            "polygon": geojson(town.box(dice.uniform(0, 900), dice.uniform(0, 60), 90, 30)),
        }
    return {"op": "assign", "units": dice.sample(cells, 2), "grid": dice.choice((ONE, TWO))}


def plan_on(service: Flask, opened: Planner, number: int, acknowledged: list[dict], losers: list[int]) -> None:
    """Be one planner until a few edits are through; after a 412 look again and try another one."""
    dice, client, done = random.Random(number), service.test_client(), 0
    revision = 1
    while done < EDITS_EACH:
        body = one_edit(dice, [f"c1-{n}" for n in range(1, 11)])
        headers = {"If-Match": f'"{revision}"', "Gridmap-Author": f"planner-{number}"}
        answer = client.post(f"{opened.path}/edits", json=body, headers=headers)
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


def test_no_edit_is_lost(service: Flask) -> None:
    opened = Planner(service.test_client())
    acknowledged: list[dict] = []
    losers: list[int] = []
    threads = [
        threading.Thread(target=plan_on, args=(service, opened, number, acknowledged, losers))
        for number in range(PLANNERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(acknowledged) == PLANNERS * EDITS_EACH
    assert losers, "they never met"
    history = opened.get("/history?limit=1000")["history"]
    told = {
        each["changeset"]: (each["revision"], each["author"], each["op"]) for each in history if each["op"] != "open"
    }
    assert told == {
        each["changeset"]: (each["revision"], f"planner-{each['author']}", each["op"]) for each in acknowledged
    }
    assert sorted(each["revision"] for each in acknowledged) == list(range(2, len(acknowledged) + 2))
    every_state_is_sound(service, opened, history)


def every_state_is_sound(service: Flask, opened: Planner, history: list[dict]) -> None:
    """See that every building is in exactly one cell, and every cell fits, after each commit."""
    store = service.extensions["gridmap"].store
    for step in history[::5]:
        state = load(store, opened.opened["id"], step["changeset"])
        assert state.revision == step["revision"]
        assert is_sound(state.partition)
        homes = [code for cell in state.cells.values() for code in cell.properties.get("buildings", ())]
        assert sorted(homes) == [f"b{n:02}" for n in range(1, 11)]
        for key, grid in state.grids.items():
            if grid.geometry is not None:
                mine = [cell.geometry for cell in state.cells.values() if cell.properties.get("grid") == key]
                assert grid.geometry.equals(shapely.coverage_union_all(mine))
