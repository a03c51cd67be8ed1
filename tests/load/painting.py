"""Forty planners paint one plan and two clerks write into buildings, while somebody imports 60,000 buildings.

    python -m tests.load.painting [--rows 60000] [--planners 40] [--clerks 2]

Held: the import lands within two tries, and of what was acknowledged to planners and clerks nothing is lost. A try is a
commit that was sent; after a refusal the importer looks again, as the page asks.
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from layers.store import open_store
from layers.store.protocol import Store
from tests.bench import bench_plans
from tests.load.running import Running, running

COLUMNS, ROWS = 120, 50  # 6,000 cells
MOST_SECONDS, ANSWER_SECONDS, MOST_TRIES = 400, 300, 2
BUILDINGS = "/api/collections/buildings/items"


@dataclass
class Office:
    """Everybody who works, and what was acknowledged to them."""

    service: Running
    over: threading.Event = field(default_factory=threading.Event)
    painted: list[tuple[int, str]] = field(default_factory=list)  # changeset, author
    named: dict[str, str] = field(default_factory=dict)  # building → name
    statuses: dict[object, int] = field(default_factory=dict)

    def ask(self, method: str, path: str, author: str, body: dict | None = None, **headers: str) -> tuple:
        """Ask as somebody; the answer is counted, and one who is told to come again waits before going on."""
        given = {"Gridmap-Author": author, "Content-Type": "application/json", **headers}
        sent = None if body is None else json.dumps(body).encode()
        status, said, more = self.service.ask(method, path, sent, given, ANSWER_SECONDS)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status in (429, 503):
            self.over.wait(float(more.get("retry-after", 1)))
        return status, json.loads(said) if said else {}, more

    def paint(self, number: int) -> None:
        """Be a planner: give cells to grids until the import is through."""
        dice, revision, author = random.Random(number), 1, f"planner-{number}"
        edits = f"/api/plans/{bench_plans.PLAN}/edits"
        while not self.over.is_set():
            body = bench_plans.assignment(dice)
            status, said, _ = self.ask("POST", edits, author, body, **{"If-Match": f'"{revision}"'})
            if status == 200:
                revision = said["revision"]
                self.painted.append((said["changeset"], author))
            elif status == 412:
                revision = max(each["revision"] for each in said["changes"])
                self.over.wait(dice.uniform(0, 0.05))

    def write(self, number: int, clerks: int) -> None:
        """Be a clerk: name buildings, of which the import knows other things; every clerk has buildings of her own."""
        dice, author = random.Random(number), f"clerk-{number}"
        while not self.over.is_set():
            id = f"b{dice.randrange(COLUMNS * ROWS // clerks) * clerks + number + 1:05}"
            status, _, more = self.ask("GET", f"{BUILDINGS}/{id}", author)
            if status != 200:
                continue
            name = secrets.token_hex(4)
            body = {"properties": {"name": name}}
            if self.ask("PATCH", f"{BUILDINGS}/{id}", author, body, **{"If-Match": more["etag"]})[0] == 200:
                self.named[id] = name


def file_of(rows: int) -> bytes:
    """Return a CSV of buildings: those of the plan with other households, and new ones beside them."""
    lines = ["楼栋编码,户数,wkt"]
    for number in range(1, rows + 1):
        row, column = divmod(number - 1, COLUMNS)
        west, south = 120 + column * 2e-4, 36 + row * 2e-4
        east, north = west + 1e-4, south + 1e-4
        ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
        lines.append(f'b{number:05},{11 + number % 7},"POLYGON(({ring}))"')
    return "\n".join(lines).encode()


def imported(service: Running, content: bytes) -> tuple[int, float, float, dict]:
    """Import a file as the page does: tries, seconds until it was seen, seconds until it landed, last answer."""
    edge = secrets.token_hex(8)
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="b.csv"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    began = time.monotonic()
    kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    status, said, _ = service.ask("POST", "/api/imports?lang=en", body, kind, ANSWER_SECONDS)
    if status != 201:
        raise RuntimeError(f"the file was refused: {status} {said[:500]!r}")
    path, seen = f"/api/imports/{json.loads(said)['id']}", time.monotonic() - began
    tries = 0
    while time.monotonic() - began < MOST_SECONDS:
        tries += 1
        yes = b'{"allow": ["overwritten"]}'  # it writes every building anew, and is asked whether that is meant
        kind = {"Content-Type": "application/json"}
        status, said, more = service.ask("POST", f"{path}/commit?lang=en", yes, kind, ANSWER_SECONDS)
        if status == 201:
            return tries, seen, time.monotonic() - began - seen, json.loads(said)
        print(f"try {tries}: {status} {json.loads(said).get('detail', '')[:300]}", flush=True)
        if status == 412:
            service.ask("GET", path, seconds=ANSWER_SECONDS)
        else:
            time.sleep(float(more.get("retry-after", 1)))
    return MOST_TRIES + 1, seen, time.monotonic() - began - seen, {}


def lost(store: Store, office: Office, changeset: int) -> int:
    """Count what was acknowledged and is not on record, or was overwritten."""
    gone = 0
    for revision, author in office.painted:
        written = store.changeset(revision)
        gone += written is None or written.author != author or "plans" not in written.counts
    gone += sum(store.get("buildings", id).properties.get("name") != name for id, name in office.named.items())
    return gone + (store.changeset(changeset) is None)


def main() -> int:
    """Run it, and say how it went."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=60_000)
    asked.add_argument("--planners", type=int, default=40)
    asked.add_argument("--clerks", type=int, default=2)
    given = asked.parse_args()
    bench_plans.COLUMNS, bench_plans.ROWS = COLUMNS, ROWS
    with tempfile.TemporaryDirectory(prefix="gridmap-painting-") as room:
        workspace = Path(room) / "plan.gpkg"
        bench_plans.build(workspace)
        with running(workspace, demo=False) as service:
            office = Office(service)
            office.ask("GET", f"/api/plans/{bench_plans.PLAN}?cells=false", "first")
            work = [threading.Thread(target=office.paint, args=(n,)) for n in range(given.planners)]
            work += [threading.Thread(target=office.write, args=(n, given.clerks)) for n in range(given.clerks)]
            for each in work:
                each.start()
            try:
                time.sleep(3)
                tries, seen_seconds, landed_seconds, done = imported(service, file_of(given.rows))
            finally:
                office.over.set()
                for each in work:
                    each.join(ANSWER_SECONDS)
        store = open_store(workspace)
        gone = lost(store, office, done["changeset"]["id"] if done else 0)
        store.close()
    counts = done.get("counts", {}).get("buildings")
    print(
        f"{given.rows} rows, {given.planners} planners, {given.clerks} clerks:"
        f" {'landed' if done else 'NOT landed'} at try {tries},"
        f" seen after {seen_seconds:.1f} s, landed {landed_seconds:.1f} s later, {counts};"
        f" {len(office.painted)} paintings and {len(office.named)} names acknowledged, {gone} lost;"
        f" answers {dict(sorted(office.statuses.items(), key=str))}"
    )
    return int(not done or tries > MOST_TRIES or gone > 0)


if __name__ == "__main__":
    sys.exit(main())
