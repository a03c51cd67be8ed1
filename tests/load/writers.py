"""Twenty writers change the same few buildings over HTTP, each change based on the version that its writer saw.

    python -m tests.load.writers [--edits 500] [--writers 20]
    python -m tests.load.writers --kills 100        the server is killed while they write, and started again

Held: every change that was acknowledged is in the history of its building, in an order without gaps, and the workspace
is sound (`PRAGMA integrity_check`, `quick_check`).
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from layers.store import open_store
from tests import town
from tests.load.running import Running, running

PATH = "/api/collections/buildings/items"
BUILDINGS = [f"b{number:02}" for number in range(1, 11)]
ANSWER_SECONDS, MOST_SECONDS = 60, 1_800
EDITS_A_LIFE, LIFE_SECONDS, MOMENT_SECONDS = 40, 60, 0.1  # at most, of a server that is to be killed


@dataclass
class Writers:
    """Everybody who writes, and what was acknowledged."""

    edits: int
    acknowledged: list[tuple[str, str, str]] = field(default_factory=list)  # building, name, author
    statuses: Counter = field(default_factory=Counter)
    done: Counter = field(default_factory=Counter)

    def write(self, service: Running, number: int) -> None:
        """Be one writer until her edits are through, or nobody answers any more."""
        dice, author = random.Random(f"{number} {self.done[number]}"), f"writer-{number}"
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=ANSWER_SECONDS)
        try:
            while self.done[number] < self.edits:
                self._edit(connection, dice.choice(BUILDINGS), number, author)
        except (OSError, http.client.HTTPException) as gone:
            self.statuses[type(gone).__name__] += 1
        finally:
            connection.close()

    def _edit(self, connection: http.client.HTTPConnection, id: str, number: int, author: str) -> None:
        status, _, tag = self._ask(connection, "GET", id, None, {})
        if status != 200:
            return
        name = f"{author}-{self.done[number]}"
        headers = {"If-Match": tag, "Gridmap-Author": author, "Content-Type": "application/json"}
        body = json.dumps({"properties": {"name": name}}).encode()
        while status != 412:
            status, said, _ = self._ask(connection, "PATCH", id, body, headers)
            if status == 200:
                self.acknowledged.append((id, name, author))
                self.done[number] += 1
                return
            if status not in (412, 429, 503):
                raise RuntimeError(f"{status} {said[:300]!r}")

    def _ask(
        self, connection: http.client.HTTPConnection, method: str, id: str, body: bytes | None, headers: dict
    ) -> tuple[int, bytes, str | None]:
        connection.request(method, f"{PATH}/{id}", body, headers)
        answer = connection.getresponse()
        said = answer.read()
        self.statuses[answer.status] += 1
        if answer.status in (429, 503):
            time.sleep(float(answer.getheader("Retry-After", "1")))
        return answer.status, said, answer.getheader("ETag")


def work(service: Running, writers: Writers, count: int, dice: random.Random | None = None) -> None:
    """Let everybody write; with dice, kill the server at some moment after some edits."""
    threads = [threading.Thread(target=writers.write, args=(service, number)) for number in range(count)]
    for each in threads:
        each.start()
    if dice is not None:
        enough, end = len(writers.acknowledged) + dice.randrange(EDITS_A_LIFE), time.monotonic() + LIFE_SECONDS
        while len(writers.acknowledged) <= enough and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(dice.uniform(0, MOMENT_SECONDS))
        os.kill(service.pid, signal.SIGKILL)
    for each in threads:
        each.join(MOST_SECONDS)


def faults(workspace: Path, writers: Writers) -> tuple[int, list[str]]:
    """Return how many acknowledged changes are lost, and what is wrong with the workspace."""
    with sqlite3.connect(workspace) as file:
        checks = ("integrity_check", "quick_check")
        wrong = [said for check in checks for (said,) in file.execute(f"PRAGMA {check}") if said != "ok"]
    file.close()
    store = open_store(workspace)
    written = set()
    for id in BUILDINGS:
        history = store.feature_history("buildings", id)
        versions = [change.after.version for _, change in history]
        if versions != list(range(len(versions), 0, -1)) or store.get("buildings", id).version != len(versions):
            wrong.append(f"{id}: versions {versions[:5]} …")
        written |= {(id, change.after.properties["name"], changeset.author) for changeset, change in history}
    store.close()
    return len(set(writers.acknowledged) - written), wrong


def main() -> int:
    """Run it, and say how it went."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--edits", type=int, help="of each writer; by default 500, without end where it is killed")
    asked.add_argument("--writers", type=int, default=20)
    asked.add_argument("--kills", type=int, default=0)
    given = asked.parse_args()
    writers = Writers(given.edits or (10**9 if given.kills else 500))
    began, dice, killed = time.monotonic(), random.Random(9), 0
    with tempfile.TemporaryDirectory(prefix="gridmap-writers-") as room:
        workspace = Path(room) / "town.gpkg"
        town.build(open_store(workspace)).close()
        while killed < given.kills and time.monotonic() - began < MOST_SECONDS:
            with running(workspace, demo=False, ready="/health/live") as service:
                work(service, writers, given.writers, dice)
            killed += 1
        if not given.kills:
            with running(workspace, demo=False, ready="/health/live") as service:
                work(service, writers, given.writers)
        lost, wrong = faults(workspace, writers)
    whole = bool(given.kills) or sum(writers.done.values()) == given.writers * writers.edits
    print(
        f"{given.writers} writers, {killed} kills, {time.monotonic() - began:.0f} s: {len(writers.acknowledged)}"
        f" edits acknowledged, {lost} lost; workspace {wrong or 'sound'};"
        f" answers {dict(sorted(writers.statuses.items(), key=str))}"
    )
    return int(lost > 0 or bool(wrong) or not whole or killed < given.kills)


if __name__ == "__main__":
    sys.exit(main())
