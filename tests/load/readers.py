"""Whether many readers of a city get their pages while one edits it and one asks something heavy.

    python -m tests.load.readers [--seconds 30] [--clients 8 32] [--buildings 100000] [--workspace CITY.gpkg]

Clients ask for features, tiles and the page of coverage, turn about; another process changes a building every few
seconds; a question about service areas that nobody asked before is always under way. Held: nothing is answered by a 5xx
but 503 with `Retry-After`, and a small page comes within three times what it takes alone (p95). Before that the page of
coverage, once known, is asked for by four at a time: 20 a second. A workspace that is named is written to.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.bench_pages import DAY, edit, tile_of
from tests.bench.make_city import build
from tests.load.lanes import SMALL, TIMES_IDLE, WARM_SECONDS, Crowd, measured
from tests.load.running import Running, running

EDIT_SECONDS = 5.0
PAGE = f"/maps/coverage?as_of={DAY}"
HEAVY = "/api/processes/service-coverage/execution"
EACH_SECOND, AT_ONCE = 20, 4


def working(clients: int, tile: str) -> Callable[[Running, Crowd], Callable[[int], None]]:
    """Return what the crowd does: the first edits, the second asks what is heavy, all others read."""

    def work(service: Running, crowd: Crowd) -> Callable[[int], None]:
        paths = (SMALL, f"/maps/coverage/{tile}?as_of={DAY}", PAGE)

        def read(number: int) -> None:
            for turn in itertools.count(number):
                status, _, headers = service.ask("GET", paths[turn % len(paths)])
                crowd.note(status, headers)
                if crowd.over.is_set():
                    return

        def write(number: int) -> None:
            while not crowd.over.wait(EDIT_SECONDS):
                edit(service.workspace)

        def compute(number: int) -> None:
            for turn in itertools.count():
                minutes = [3 + turn % 20 + time.time() % 1]
                body = json.dumps({"inputs": {"as_of": DAY, "minutes": minutes}}).encode()
                status, _, headers = service.ask("POST", HEAVY, body, {"Content-Type": "application/json"})
                crowd.note(status, headers)
                if crowd.over.is_set():
                    return

        return lambda number: (write, compute)[number](number) if number < 2 else read(number)

    return work


def only_the_page(service: Running, crowd: Crowd) -> Callable[[int], None]:
    """Ask for the page of coverage alone."""

    def read(number: int) -> None:
        while not crowd.over.is_set():
            status, _, headers = service.ask("GET", PAGE)
            crowd.note(status, headers)

    return read


def main() -> int:
    """Measure the page alone, then every number of clients."""
    reader = argparse.ArgumentParser()
    reader.add_argument("--seconds", type=float, default=30)
    reader.add_argument("--clients", type=int, nargs="*", default=[8, 32])
    reader.add_argument("--buildings", type=int, default=100_000)
    reader.add_argument("--workspace", type=Path)
    asked, kept = reader.parse_args(), []
    with tempfile.TemporaryDirectory() as room:
        city = asked.workspace or Path(room) / "city.gpkg"
        if not city.exists():
            build(city, asked.buildings)
        tile = tile_of(city, 14)
        with running(city, demo=False) as service:
            for path in (PAGE, f"/maps/coverage/{tile}?as_of={DAY}"):
                service.ask("GET", path)
            time.sleep(WARM_SECONDS)
            _, idle, _ = measured(service, asked.seconds / 3, None, 0)
            begin = time.perf_counter()
            _, _, answers = measured(service, asked.seconds / 3, only_the_page, AT_ONCE)
            each_second = answers[200] / (time.perf_counter() - begin)
            kept.append(each_second >= EACH_SECOND and set(answers) == {200})
            print(f"the page, known: {each_second:.1f} a second, answered {dict(answers)}", flush=True)
            for clients in asked.clients:
                _, small, answers = measured(service, asked.seconds, working(clients, tile), clients + 2)
                ratio = small.percentile(0.95) / idle.percentile(0.95)
                wrong = [each for each in answers if str(each).endswith("!") or isinstance(each, str)]
                kept.append(ratio <= TIMES_IDLE and not wrong and set(small.statuses) == {200})
                print(f"{clients} clients: a small page p50 {1000 * small.percentile(0.5):.0f} ms, p95 "
                      f"{1000 * small.percentile(0.95):.0f} ms ({ratio:.1f} times idle), answered "
                      f"{dict(sorted(answers.items(), key=str))}", flush=True)  # fmt: skip
    print(f"readers: {sum(kept)} of {len(kept)} held")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
