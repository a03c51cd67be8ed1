"""Whether one kind of work leaves the others their breath: imports, unread exports, slow clients, costly questions.

    python -m tests.load.lanes [--seconds 60] [--buildings 100000] [--workspace CITY.gpkg]

Each goes on for a minute. Meanwhile `/health/live` and a small page of features are asked for. Held: `/health/live`
answers within 0.5 s (p95), the small page within three times what it takes alone (p95), and nothing is answered by a
5xx but 503 with `Retry-After`. A workspace that is named is kept for the next run.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from tests.bench.make_city import build
from tests.load.running import Running, Watch, percentile, running

LIVE, SMALL = "/health/live", "/api/collections/buildings/items?limit=10"
LIVE_SECONDS, TIMES_IDLE = 0.5, 3.0
IMPORTERS, UNREAD, SLOW, ASKERS = 10, 9, 110, 6
KNOWN = "/maps/coverage/rows?rows=all&limit=10"
ROWS = 20_000
WARM_SECONDS = 30
BOUNDARY = "gridmap-load"


class Crowd:
    """Clients that do one thing again and again, and what they were answered."""

    def __init__(self) -> None:
        self.over, self.answers = threading.Event(), Counter()
        self.known_seconds: list[float] = []

    @contextmanager
    def at_work(self, many: int, work: Callable[[int], None]) -> Iterator[None]:
        """Let `many` clients work until the end of the block."""

        def again(number: int) -> None:
            while not self.over.is_set():
                try:
                    work(number)
                except OSError as error:
                    self.answers[type(error).__name__] += 1

        threads = [threading.Thread(target=again, args=(number,), daemon=True) for number in range(many)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join(timeout=30)

    def note(self, status: int, headers: dict[str, str]) -> None:
        """Count an answer; who is told to come again waits as long as was said."""
        wrong = status >= 500 and not (status == 503 and "retry-after" in headers)
        self.answers[f"{status}!" if wrong else status] += 1
        if status in (429, 503):
            self.over.wait(float(headers.get("retry-after", 1)))


def table(rows: int) -> bytes:
    """Return a GeoJSON file of buildings as a form hands it in."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": f"load-{n}", "name": f"楼 {n}", "households": n % 90},
            "geometry": {"type": "Point", "coordinates": [120.2 + n % 200 / 1e4, 36.1 + n // 200 / 1e4]},
        }
        for n in range(rows)
    ]
    file = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()
    parts = {"layer": (b"", b"buildings"), "file": (b'; filename="load.geojson"', file)}
    said = b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (BOUNDARY.encode(), name.encode(), more, value)
        for name, (more, value) in parts.items()
    )
    return said + f"--{BOUNDARY}--\r\n".encode()


def importing(service: Running, crowd: Crowd) -> Callable[[int], None]:
    """Hand a file in, look at it, import it or throw it away, turn about."""
    body = table(ROWS)
    form = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}

    def work(number: int) -> None:
        status, told, headers = service.ask("POST", "/api/imports", body, form, seconds=180)
        crowd.note(status, headers)
        if status == 201:
            upload = json.loads(told)["id"]
            step = ("POST", f"/api/imports/{upload}/commit") if number % 2 else ("DELETE", f"/api/imports/{upload}")
            status, _, headers = service.ask(*step, seconds=180)
            crowd.note(status, headers)

    return work


def unread(service: Running, crowd: Crowd) -> Callable[[int], None]:
    """Ask for a large export, read its first bytes, and no more until the end."""

    def work(_: int) -> None:
        with socket.create_connection(("127.0.0.1", service.port), timeout=60) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.sendall(b"GET /api/collections/buildings/export?f=geojson HTTP/1.1\r\nHost: localhost\r\n\r\n")
            first = line.recv(4096)
            if first.startswith(b"HTTP/1.1 200"):
                crowd.answers[200] += 1
                crowd.over.wait()
            else:
                crowd.note(int(first.split()[1] or 0), {"retry-after": "2"} if b"Retry-After" in first else {})

    return work


def slow(service: Running, crowd: Crowd) -> Callable[[int], None]:
    """Half a request line, half the headers, or half a body; a byte a second, and never the end."""
    beginnings = (
        b"GET /api/coll",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-",
        b"POST /api/imports HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        b"Content-Length: 400000000\r\n\r\n--x",
    )

    def work(number: int) -> None:
        with socket.create_connection(("127.0.0.1", service.port), timeout=60) as line:
            line.sendall(beginnings[number % len(beginnings)])
            while not crowd.over.wait(1.0):
                line.sendall(b"x")
                crowd.answers["byte"] += 1

    return work


def asking(service: Running, crowd: Crowd) -> Callable[[int], None]:
    """Ask what nobody asked before: analyses and maps of other days, long filters and orders; the first a known map."""
    asked = itertools.count()
    long = " OR ".join(f"name LIKE '%{n}%花%'" for n in range(200))

    def work(number: int) -> None:
        n = next(asked)
        day = dt.date(2000, 1, 1) + dt.timedelta(days=n)
        inputs = {"as_of": day.isoformat()}
        questions = (
            ("POST", "/api/processes/service-coverage/execution", {"inputs": inputs | {"method": "straight"}}),
            ("POST", "/api/processes/data-quality/execution", {"inputs": inputs}),
            ("GET", f"/maps/coverage?as_of={day}", None),
            ("GET", f"/maps/service-area/rows?as_of={day}&method=straight", None),
            ("GET", f"/api/collections/buildings/items?{urlencode({'filter': long, 'limit': 1000 + n})}", None),
            ("GET", f"/api/collections/buildings/items?sortby=-name,households&limit={1000 + n}", None),
        )
        method, path, body = questions[n % len(questions)] if number else ("GET", KNOWN, None)
        written, begun = json.dumps(body).encode() if body else None, time.perf_counter()
        form = {"Content-Type": "application/json"} if body else {}
        status, _, headers = service.ask(method, path, written, form, seconds=180)
        if number == 0:
            crowd.known_seconds.append(time.perf_counter() - begun)
            crowd.over.wait(0.1)
        crowd.note(status, headers)

    return work


def measured(service: Running, seconds: float, work: Callable | None, many: int) -> tuple[Watch, Watch, Counter]:
    """Watch the two addresses for some seconds while `many` clients do something."""
    crowd = Crowd()
    with Watch(service, LIVE) as live, Watch(service, SMALL) as small:
        if work is None:
            time.sleep(seconds)
        else:
            with crowd.at_work(many, work(service, crowd)):
                time.sleep(seconds)
    if crowd.known_seconds:
        print(f"a map that is known, beside them: p95 {1000 * percentile(crowd.known_seconds, 0.95):.0f} ms of "
              f"{len(crowd.known_seconds)}")  # fmt: skip
    return live, small, crowd.answers


def held(name: str, idle_seconds: float, live: Watch, small: Watch, answers: Counter) -> bool:
    """Print a scenario's figures and say whether it held."""
    alive, ratio = live.percentile(0.95), small.percentile(0.95) / idle_seconds
    wrong = [each for each in answers if str(each).endswith("!")]
    asked = {*live.statuses, *small.statuses}
    print(
        f"{name}: /health/live p95 {alive * 1000:.0f} ms, small page p95 {small.percentile(0.95) * 1000:.0f} ms "
        f"({ratio:.1f} times idle), the crowd was answered {dict(sorted(answers.items(), key=str))}, "
        f"the watchers {sorted(map(str, asked))}",
        flush=True,
    )
    return alive <= LIVE_SECONDS and ratio <= TIMES_IDLE and not wrong and asked == {200}


def main() -> int:
    """Run the scenarios after a quiet one."""
    reader = argparse.ArgumentParser()
    reader.add_argument("--seconds", type=float, default=60)
    reader.add_argument("--buildings", type=int, default=100_000)
    reader.add_argument("--workspace", type=Path)
    reader.add_argument("--only", choices=("imports", "exports", "clients", "questions"))
    asked = reader.parse_args()
    with tempfile.TemporaryDirectory() as room:
        city = asked.workspace or Path(room) / "city.gpkg"
        if not city.exists():
            build(city, asked.buildings)
        with running(city, demo=False) as service:
            time.sleep(WARM_SECONDS)  # until the first pages are made: beside them nothing is idle
            idle_live, idle, _ = measured(service, asked.seconds / 3, None, 0)
            print(
                f"idle: /health/live p95 {idle_live.percentile(0.95) * 1000:.0f} ms, "
                f"small page p50 {idle.percentile(0.5) * 1000:.0f} ms, p95 {idle.percentile(0.95) * 1000:.0f} ms"
            )
            scenarios = {
                f"{IMPORTERS} imports": (importing, IMPORTERS),
                f"{UNREAD} unread exports": (unread, UNREAD),
                f"{SLOW} slow clients": (slow, SLOW),
                f"{ASKERS} who ask costly questions": (asking, ASKERS),
            }
            if asked.only:
                scenarios = {name: each for name, each in scenarios.items() if name.endswith(asked.only)}
            kept = [
                held(name, idle.percentile(0.95), *measured(service, asked.seconds, *scenario))
                for name, scenario in scenarios.items()
            ]
    print(f"lanes: {sum(kept)} of {len(kept)} held")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
