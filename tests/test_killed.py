"""A killed import leaves everything that was acknowledged and nothing of the rest."""

from __future__ import annotations

import csv
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from layers.store import open_store

ROOT = Path(__file__).parent.parent
ROWS = 3_000
ROUNDS = (2, 5)  # few, and deep


def write_table(path: Path, households: int) -> None:
    """Write a table whose every row says which round it is of."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("code", "households", "lng", "lat"))
        rows.writerows((f"b{number:05}", households, 120 + number / 1e5, 36) for number in range(ROWS))


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
def test_an_import_that_is_killed_at_any_moment_is_whole_or_absent(
    tmp_path: Path, at_depth: Callable[[int, int], int]
) -> None:
    workspace, table = tmp_path / "w.gpkg", tmp_path / "t.csv"
    command = [
        sys.executable,
        "app.py",
        "--workspace",
        str(workspace),
        "--lang",
        "en",
        "import",
        "buildings",
        str(table),
    ]
    write_table(table, 0)
    started = time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    length = time.monotonic() - started
    moments = random.Random(7)
    acknowledged = 0
    for households in range(1, at_depth(*ROUNDS) + 1):
        write_table(table, households)
        running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        time.sleep(length * moments.uniform(0.55, 1.0))  # reading takes the first half, writing the second
        running.send_signal(signal.SIGKILL)
        output, _ = running.communicate()
        if "Written as changeset" in output:
            acknowledged = households
        store = open_store(workspace)
        found = set(store.read("buildings")["households"])
        revision, changesets = store.revision(), store.changesets()
        store.close()
        assert len(found) == 1, "rows of two rounds: half an import"
        assert found.pop() >= acknowledged, "an acknowledged import is gone"
        assert len(changesets) == revision
    with closing(sqlite3.connect(workspace)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
