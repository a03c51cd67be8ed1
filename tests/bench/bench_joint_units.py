"""Joint units of 300 and 2,000 villages: how far from a proven bound, and in how many seconds.

    python -m tests.bench.bench_joint_units [--seconds 10 60] [--write]

Villages are thrown at a plain (`even`), stand around towns (`towns`) or nearly in rows (`rows`); minutes are those of a
road that is 1.3 times as long as the straight line, at a kilometre a minute. Units have 6 to 8 villages, within 15
minutes. What is found is added up again from places alone before it is told, and no bound of any seed may be above what
any seed found. `--write` puts the table into docs/reference/proposals.md.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from dataclasses import asdict, dataclass

import numpy as np

from geo.grouping import Found, Problem, solve
from tests.bench.measured_page import put, table

LOW, HIGH, LIMIT, DETOUR = 6, 8, 15.0, 1.3
KM_OF_300 = 60.0
KINDS = ("even", "towns", "rows")


@dataclass(frozen=True)
class Line:
    """One country and how it went; minutes are of all ways together, `computing` are seconds of a processor."""

    villages: int
    kind: str
    seed: int
    minutes: float
    bound: float
    gap_percent: float
    seconds: float
    computing: float
    MB: int


def country(villages: int, kind: str, seed: int) -> np.ndarray:
    """Return places of villages, in kilometres: float64[n, 2]."""
    random = np.random.default_rng(seed)
    side = KM_OF_300 * np.sqrt(villages / 300)
    if kind == "towns":
        towns = random.random((max(2, villages // 25), 2)) * side
        return towns[random.integers(0, len(towns), villages)] + random.normal(0, 4, (villages, 2))
    if kind == "rows":
        wide = int(np.ceil(np.sqrt(villages)))
        return np.stack(np.divmod(np.arange(villages), wide), axis=1) * 3.5 + random.normal(0, 0.6, (villages, 2))
    return random.random((villages, 2)) * side


def problem_of(place: np.ndarray) -> Problem:
    """Return what is asked of villages, as `geo` has it."""
    minutes = DETOUR * np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    return Problem(np.where(minutes <= LIMIT, minutes, np.inf), np.ones(len(place), dtype=bool), LOW, HIGH, LIMIT)


def checked(place: np.ndarray, found: Found) -> None:
    """Add up again, from places alone, what was found."""
    minutes = 0.0
    assert (found.centre_of >= 0).all(), f"{(found.centre_of < 0).sum()} villages are in no unit"
    for centre in set(found.centre_of.tolist()):
        members = np.flatnonzero(found.centre_of == centre)
        ways = DETOUR * np.linalg.norm(place[members] - place[centre], axis=1)
        assert centre in members and LOW <= len(members) <= HIGH and ways.max() <= LIMIT + 1e-3
        minutes += float(ways.sum())
    assert abs(minutes - found.price) < 1e-6 * minutes and found.bound <= found.price + 1e-9


def main(arguments: list[str] | None = None) -> int:
    """Put villages into units."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--villages", type=int, nargs="+", default=[300, 2_000])
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0, 60.0], help="for each number of villages")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the table into docs/reference/proposals.md")
    asked = parser.parse_args(arguments)
    solve(problem_of(country(70, "even", 1)), 2.0, 1)  # kernels are compiled
    lines = []
    for villages, seconds in zip(asked.villages, asked.seconds, strict=True):
        for kind in KINDS:
            place = country(villages, kind, 1)
            mine = []
            for seed in range(1, asked.seeds + 1):
                began, computed = time.perf_counter(), time.process_time()
                found = solve(problem_of(place), seconds, seed)
                took, computing = time.perf_counter() - began, time.process_time() - computed
                checked(place, found)
                memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                gap = 100 * (found.price - found.bound) / found.price
                mine.append(Line(villages, kind, seed, round(found.price, 1), round(found.bound, 1), round(gap, 2),
                                 round(took, 1), round(computing, 1), memory))  # fmt: skip
                print(json.dumps(asdict(mine[-1])), flush=True)
            assert max(line.bound for line in mine) <= min(line.minutes for line in mine)
            lines += mine
    if asked.write:
        put("joint-units", table([asdict(each) for each in lines]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
