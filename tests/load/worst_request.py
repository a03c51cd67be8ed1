"""Searches for the request that costs the service most, and watches what becomes of everybody else meanwhile.

    python -m tests.load.worst_request [--requests N] [--seconds S] [--seed N] [--buildings N] [--only KIND]

Requests of many kinds (`tests.load.hostile`) are asked one after another. The next kind is most likely one that took
little time in all so far; of a kind, every other request is like one of its slowest. Ends with the worst request, and
with how long `/health/live` and a small page of features took beside it, against an idle service: beside each kind, and
beside all of them.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from tests.load import blocks
from tests.load.hostile import KINDS, MAPS, Ask, made
from tests.load.running import Running, Watch, percentile, running

WATCHED = ("/health/live", "/api/collections/communities/items?limit=2")
# what compiles or loads something once for an installation, which is no request's fault
FIRST = (
    "/api/collections/buildings/tiles/WebMercatorQuad/14/6436/13653",
    "/api/collections/buildings/export?f=xlsx",
    *(f"/maps/{each}/{part}" for each in MAPS for part in ("", "rows", "export", "tiles/14/13653/6436")),
)
MOST_SECONDS, MOST_TIMES_IDLE, IDLE_SECONDS = 10, 3, 8
MEANT = {503, 507}
KEPT = 5


@dataclass
class Search:
    """What was asked of each kind so far: the slowest requests, the time in all."""

    chance: random.Random
    names: list[str]
    slowest: dict[str, list[tuple[float, int, float]]] = field(default_factory=dict)
    spent_seconds: Counter[str] = field(default_factory=Counter)
    turns: list[tuple[float, float, str]] = field(default_factory=list)

    def next(self) -> tuple[str, int, float]:
        """Choose kind, seed and size."""
        name = self.chance.choices(self.names, [1 / (0.2 + self.spent_seconds[each]) for each in self.names])[0]
        seed, size = self.chance.randrange(10**6), self.chance.random()
        known = self.slowest.get(name)
        if known and self.chance.random() < 0.5:
            _, alike, before = self.chance.choice(known)
            seed = alike if self.chance.random() < 0.5 else seed
            size = min(1.0, max(0.0, before + self.chance.uniform(-0.1, 0.15)))
        return name, seed, size

    def learn(self, name: str, seed: int, size: float, seconds: float) -> None:
        """Remember how long a request took."""
        self.spent_seconds[name] += seconds
        self.slowest[name] = sorted([*self.slowest.get(name, []), (seconds, seed, size)], reverse=True)[:KEPT]


def asked(service: Running, ask: Ask) -> tuple[object, float]:
    """Ask, and say what was answered and after how many seconds."""
    start = time.perf_counter()
    try:
        status: object = service.ask(ask.method, ask.path, ask.body, ask.headers, seconds=120)[0]
    except (OSError, HTTPException) as error:
        status = type(error).__name__
    return status, time.perf_counter() - start


def main(options: argparse.Namespace) -> int:
    """Search, print what was found, and return 1 if a hold was missed."""
    search = Search(random.Random(options.seed), [options.only] if options.only else list(KINDS))
    statuses: Counter[tuple[str, object]] = Counter()
    with tempfile.TemporaryDirectory(prefix="gridmap-load-") as folder:
        workspace = Path(folder) / "blocks.gpkg"
        blocks.build(workspace, options.buildings)
        with running(workspace, demo=False) as service:
            for path in FIRST:
                asked(service, Ask(path))
            for name in search.names:
                asked(service, made(name, 0, 0.0))
            idle, _ = watched(service, lambda: time.sleep(IDLE_SECONDS))
            beside, small = watched(service, lambda: run(service, search, statuses, options))
    by_kind(search, small, idle)
    return told(search, statuses, idle, beside)


def watched(service: Running, work: object) -> tuple[dict[str, float], Watch]:
    """Do some work, and return what 95 in 100 questions beside it took at most, and all of the small page."""
    with Watch(service, WATCHED[0]) as live, Watch(service, WATCHED[1]) as small:
        work()
    return {each.path: each.percentile(0.95) for each in (live, small)}, small


def by_kind(search: Search, small: Watch, idle: dict[str, float]) -> None:
    """Print how long the small page took beside each kind of request, the worst first."""
    taken: dict[str, list[float]] = {}
    turns = iter(search.turns)
    begun, ended, name = next(turns)
    for at, seconds in zip(small.begun_at, small.taken_seconds):
        while ended < at and (turn := next(turns, None)):
            begun, ended, name = turn
        if begun - seconds <= at <= ended:
            taken.setdefault(name, []).append(seconds)
    ordered = sorted(taken.items(), key=lambda each: percentile(each[1], 0.95), reverse=True)
    for name, found in ordered:
        p95 = percentile(found, 0.95)
        print(f"beside {name:<16} p95 {1000 * p95:5.0f} ms ({p95 / idle[WATCHED[1]]:.1f} × idle) of {len(found)}")


def run(service: Running, search: Search, statuses: Counter, options: argparse.Namespace) -> None:
    """Ask until there were enough requests or the time is over."""
    end = time.monotonic() + options.seconds
    for _ in range(options.requests):
        if time.monotonic() > end:
            break
        name, seed, size = search.next()
        begun = time.perf_counter()
        status, seconds = asked(service, made(name, seed, size))
        search.turns.append((begun, begun + seconds, name))
        search.learn(name, seed, size, seconds)
        statuses[name, status] += 1
        if not meant(status):
            print(f"! {status} after {seconds:.1f} s: made({name!r}, {seed}, {size})", flush=True)


def meant(status: object) -> bool:
    """Say whether a service may answer so, whatever it is asked."""
    return isinstance(status, int) and (status < 500 or status in MEANT)


def told(search: Search, statuses: Counter, idle: dict[str, float], beside: dict[str, float]) -> int:
    """Print the slowest request of each kind and the figures; return the exit code."""
    for name, known in sorted(search.slowest.items(), key=lambda each: each[1][0], reverse=True):
        seconds, seed, size = known[0]
        answers = ", ".join(f"{status} × {count}" for (each, status), count in statuses.items() if each == name)
        print(f"{seconds:7.2f} s  made({name!r}, {seed}, {size:.4f})  {answers}")
    worst = max(known[0][0] for known in search.slowest.values())
    wrong = sum(count for (_, status), count in statuses.items() if not meant(status))
    times = {path: beside[path] / idle[path] for path in WATCHED}
    others = ", ".join(
        f"{path.partition('?')[0]} p95 {1000 * beside[path]:.0f} ms ({times[path]:.1f} × idle)" for path in WATCHED
    )
    print(f"worst of {statuses.total()} requests {worst:.1f} s (hold {MOST_SECONDS} s); beside them {others}"
          f" (hold {MOST_TIMES_IDLE} ×); {wrong} with an answer that is not meant")  # fmt: skip
    return int(worst > MOST_SECONDS or max(times.values()) > MOST_TIMES_IDLE or wrong > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=420)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--buildings", type=int, default=20_000)
    parser.add_argument("--only", choices=sorted(KINDS))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(_options()))
