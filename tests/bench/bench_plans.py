"""Editing a plan of 500 grids and 20,000 cells over HTTP, beside validating the whole plan.

    python tests/bench/bench_plans.py [edits]
    python tests/bench/bench_plans.py --together [edits]     20 planners on one plan, 2,000 edits by default
    python tests/bench/bench_plans.py --killed [rounds]      the server killed while editing, 50 times by default

A call is everything the server does: reading the body, the edit, validating the touched neighbourhood, the durable
write, the figures, the suggestions, the answer. The peer is `shapely.coverage_is_valid` of the plan's cells.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.stopwatch import race

COLUMNS, ROWS, BLOCK = 200, 100, (10, 4)  # 20,000 cells; a grid is 10 × 4 cells, so there are 500
STEP, PER_EDGE = 2e-4, 5  # some 20 m; each edge has four vertices between its corners
COMMUNITY, PLAN = "990301001001", "990301001001-service-1"
NOON = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)


def corners() -> np.ndarray:
    """Return the vertices of all cells: a fine lattice, each place shaken the same for all who share it."""
    across, up = np.meshgrid(np.arange(COLUMNS * PER_EDGE + 1), np.arange(ROWS * PER_EDGE + 1))
    shaken = np.random.default_rng(1).uniform(-0.15, 0.15, (2, *across.shape))
    shaken[:, [0, -1], :] = shaken[:, :, [0, -1]] = 0
    fine = STEP / PER_EDGE
    return np.round(np.stack([120 + (across + shaken[0]) * fine, 36 + (up + shaken[1]) * fine], axis=-1), 10)


def cells() -> Iterator[tuple[int, int, shapely.Polygon]]:
    """Yield column, row and outline of every cell."""
    at = corners()
    for row in range(ROWS):
        for column in range(COLUMNS):
            west, south = column * PER_EDGE, row * PER_EDGE
            east, north = west + PER_EDGE, south + PER_EDGE
            ring = [at[south, west:east], at[south:north, east], at[north, east:west:-1], at[north:south:-1, west]]
            yield column, row, shapely.Polygon(np.concatenate(ring))


def build(path: Path) -> None:
    """Write the community, its buildings and a draft of 500 grids."""
    from layers.model.feature import Change, Feature
    from layers.store import open_store
    from layers.store.protocol import Draft

    def features() -> Iterator[tuple[str, Feature]]:
        def made(layer: str, code: str, shape: shapely.Geometry | None, **given: object) -> tuple[str, Feature]:
            return layer, Feature(code, shape, {"code": code, **given})

        whole = list(cells())
        yield made("communities", COMMUNITY, shapely.box(*shapely.total_bounds([cell for *_, cell in whole])))
        yield made(
            "plans", PLAN, None, community_code=COMMUNITY, grid_system="service", state="draft", op="open",
            base_revision=0, base_date=NOON.date(),
        )  # fmt: skip
        grids: dict[str, list[shapely.Polygon]] = {}
        for number, (column, row, cell) in enumerate(whole, start=1):
            key = f"g1-{column // BLOCK[0] + row // BLOCK[1] * (COLUMNS // BLOCK[0]) + 1}"
            grids.setdefault(key, []).append(cell)
            yield made(
                "buildings",
                f"b{number:05}",
                cell.centroid.buffer(STEP / 5, quad_segs=1),
                households=10,
                use="residential",
            )
            yield made(
                "plan-cells", f"{PLAN}.c1-{number}", cell, plan_code=PLAN, grid=key, buildings=(f"b{number:05}",)
            )
        for key, mine in grids.items():
            shape = shapely.coverage_union_all(mine)
            yield made("plan-grids", f"{PLAN}.{key}", shape, plan_code=PLAN, kind="basic", name=key)

    store = open_store(path)
    changes = (Change(layer, each.id, None, each) for layer, each in features())
    store.commit(Draft("bench", NOON, "plan", "edit", changes, settings={"metric_crs": "EPSG:4549"}))
    store.close()


def speed(edits: int) -> None:
    """Time edits over HTTP, and the validation of the whole plan."""
    from app import create_app
    from layers.settings import Settings
    from layers.usecases.plans.state import plans_of

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.gpkg"
        build(path)
        app = create_app(Settings(workspace=str(path), language="en"))
        client, store = app.test_client(), app.extensions["gridmap"].store
        started = time.perf_counter()
        revision = json.loads(client.get(f"/api/plans/{PLAN}?cells=false").data)["revision"]
        print(f"first look at the plan         {time.perf_counter() - started:8.2f} s")

        def timed(body: dict) -> float:
            nonlocal revision
            started = time.perf_counter()
            answer = client.post(f"/api/plans/{PLAN}/edits", json=body, headers={"If-Match": f'"{revision}"'})
            passed = time.perf_counter() - started
            assert answer.status_code == 200, answer.get_data(as_text=True)[:400]
            revision = json.loads(answer.data)["revision"]
            return passed

        dice = random.Random(3)
        whole = plans_of(store).current(PLAN).partition.cells
        assert shapely.coverage_is_valid(whole)
        for name, made in {"assign": assignment, "move_vertex": move}.items():
            calls, peers = [], []
            for number in range(edits):
                calls.append(timed(made(dice)))
                if number % 10 == 0:  # in turns, so that a busy moment hits both
                    peers += race(1, coverage=lambda: shapely.coverage_is_valid(whole)).values()
            (middle, late), peer = np.percentile(calls, [50, 95]), np.median(peers)
            print(f"coverage_is_valid of {len(whole)} cells {peer * 1000:8.1f} ms")
            ratio = f"whole plan : p50 {peer / middle:6.1f} : 1"
            print(f"{name:<12} p50 {middle * 1000:7.2f} ms  p95 {late * 1000:7.2f} ms  {ratio}")
        store.close()


def assignment(dice: random.Random) -> dict:
    """Return an edit that gives one cell to the grid beside it."""
    column, row = dice.randrange(COLUMNS - BLOCK[0]), dice.randrange(ROWS)
    right = (column // BLOCK[0] + 1) + row // BLOCK[1] * (COLUMNS // BLOCK[0]) + 1
    return {"op": "assign", "units": [f"c1-{row * COLUMNS + column + 1}"], "grid": f"g1-{right}"}


def move(dice: random.Random) -> dict:
    """Return an edit that moves one vertex between two cells a little."""
    lattice = corners()
    column = dice.randrange(1, COLUMNS) * PER_EDGE
    row = dice.randrange(1, ROWS) * PER_EDGE + 2
    lon, lat = lattice[row, column].tolist()
    return {"op": "move_vertex", "from": [lon, lat], "to": [lon + STEP / 40, lat]}


def together(edits: int) -> None:
    """Let 20 planners edit one plan until that many edits are through; see `tests/web/test_plans_together.py`.

    Half of them ask another service over the same workspace, so that no lock of one process settles who is first.
    """
    from app import create_app
    from layers.settings import Settings
    from layers.store import open_store
    from tests import town
    from tests.web.test_plans_together import PLANNERS, work_together

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "town.gpkg"
        town.build(open_store(path)).close()
        apps = [create_app(Settings(workspace=str(path), language="en")) for _ in range(2)]
        started = time.perf_counter()
        late = work_together(apps, edits // PLANNERS, every=1)
        passed = time.perf_counter() - started
        print(f"{edits} edits of {PLANNERS} planners through two services: none lost, {late} came late (412),")
        print(f"sound after every one; {passed:.0f} s")
        for app in apps:
            app.extensions["gridmap"].store.close()


def killed(rounds: int) -> None:
    """Kill the server while it is edited; see `tests/test_killed_plans.py`."""
    from layers.store import open_store
    from tests import town
    from tests.test_killed_plans import killed_while_editing

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "town.gpkg"
        town.build(open_store(path)).close()
        print(f"killed {rounds} times: all of {killed_while_editing(path, rounds)} acknowledged edits are there")


if __name__ == "__main__":
    modes = {"--together": (together, 2_000), "--killed": (killed, 50)}
    chosen, usual = modes.get(sys.argv[1] if len(sys.argv) > 1 else "", (speed, 100))
    numbers = [int(each) for each in sys.argv[1:] if each.isdigit()]
    chosen(numbers[0] if numbers else usual)
