"""A server that is killed while a plan is edited: what was acknowledged is there, and nothing half-done."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import shapely

from geo.partition.cells import is_sound
from layers.store import open_store
from layers.usecases.plans.state import CELLS, key_of, load
from tests import town

ROOT = Path(__file__).parent.parent
ROUNDS = (1, 3)  # few, and deep
GRIDS = (f"{town.COMMUNITY}001", f"{town.COMMUNITY}002")
START_SECONDS = 60


class Server:
    """The service over a workspace, in a process of its own."""

    def __init__(self, workspace: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        port = self.url.rpartition(":")[2]
        command = [sys.executable, "app.py", "--workspace", str(workspace), "serve", "--no-demo", "--port", port]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.call("/health/live")
                return
            except OSError:
                assert time.monotonic() < deadline and self.process.poll() is None, "the server did not start"
                time.sleep(0.05)

    def call(self, path: str, body: dict | None = None, **headers: str) -> dict:
        """Ask, and return the JSON that is answered."""
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.url}{path}", data, {"Content-Type": "application/json", **headers})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.loads(answer.read())

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def edit_until_killed(server: Server, plan: str, revision: int, acknowledged: list[dict], dice: random.Random) -> None:
    """Give cells to grids, one edit after the other, until nobody answers any more."""
    while True:
        body = {"op": "assign", "units": [f"c1-{dice.randint(1, 10)}"], "grid": dice.choice(GRIDS)}
        try:
            done = server.call(f"{plan}/edits", body, **{"If-Match": f'"{revision}"'})
        except urllib.error.HTTPError as refusal:
            assert refusal.code == 409, refusal.code  # the cell is the grid's already
            continue
        except (OSError, ValueError, http.client.HTTPException):  # killed while it answered, too
            return
        revision = done["revision"]
        acknowledged.append({**body, "revision": revision, "changeset": done["changeset"]})


def killed_while_editing(workspace: Path, rounds: int) -> int:
    """Kill the server that often while a plan is edited, check after each, and return how many edits were through."""
    dice = random.Random(5)
    acknowledged: list[dict] = []
    server = Server(workspace)
    opened = server.call("/api/plans", {"community": town.COMMUNITY, "grid_system": "service"})
    plan, revision = opened["href"], opened["revision"]
    for _ in range(rounds):
        thread = threading.Thread(target=edit_until_killed, args=(server, plan, revision, acknowledged, dice))
        thread.start()
        enough = len(acknowledged) + dice.randint(2, 6)
        while len(acknowledged) < enough and thread.is_alive():
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.1))
        server.kill()
        thread.join()
        revision = checked(workspace, opened["id"], acknowledged)
        server = Server(workspace)
        assert server.call(f"{plan}?cells=false")["revision"] == revision
    server.kill()
    return len(acknowledged)


def checked(workspace: Path, plan: str, acknowledged: list[dict]) -> int:
    """See that every acknowledged edit is there and the plan whole; return its revision."""
    store = open_store(workspace)
    state = load(store, plan)
    steps = {step.revision: step.changeset for step in state.journal}
    assert all(steps.get(each["revision"]) == each["changeset"] for each in acknowledged), (
        "an acknowledged edit is gone"
    )
    assert sorted(steps) == list(range(1, state.revision + 1))
    assert is_sound(state.partition)
    assert state.revision - max(each["revision"] for each in acknowledged) <= 1, "more than the one edit under way"
    # Nothing half-done: after each step its cells have the grid that was asked, and in the end every cell that of the
    # last step that wrote it, and every grid the shape of its cells.
    grid_of: dict[str, str | None] = {}
    asked = {each["changeset"]: dict.fromkeys(each["units"], each["grid"]) for each in acknowledged}
    for step in state.journal:
        changes = [each for each in store.changes(step.changeset) if each.layer == CELLS]
        grid_of |= {key_of(each.id): each.after.properties["grid"] for each in changes}
        assert asked.get(step.changeset, {}).items() <= grid_of.items()
    assert {key: cell.properties["grid"] for key, cell in state.cells.items()} == grid_of
    for key, grid in state.grids.items():
        mine = [cell.geometry for cell in state.cells.values() if cell.properties.get("grid") == key]
        assert grid.geometry.equals(shapely.coverage_union_all(mine)) if mine else grid.geometry is None
    assert len(store.changesets(limit=10_000)) == store.revision()
    store.close()
    with closing(sqlite3.connect(workspace)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return state.revision


@pytest.mark.deep  # a service is killed again and again
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_a_killed_server_keeps_every_acknowledged_edit(
    prepared: Path, tmp_path: Path, at_depth: Callable[[int, int], int]
) -> None:
    rounds = at_depth(*ROUNDS)
    workspace = tmp_path / "town.gpkg"
    workspace.write_bytes((prepared / "town.gpkg").read_bytes())
    assert killed_while_editing(workspace, rounds) > rounds
