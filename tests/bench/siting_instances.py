"""Published instances of siting: p-median with and without capacities, location with capacities, covering."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse.csgraph import shortest_path

from geo.siting import Effort, Found, Problem, solve, ways_of

PATIENCE_S = {"pmed": 60.0, "pmedcap": 60.0, "cap": 20.0, "mclp": 20.0, "scp": 30.0}
RADIUS = 800.0
LARGE = {"ZDS1800": (10, 20), "PCB3038": (20, 50)}
COUNTS = (5, 20)
"""Sites asked for where no optimum is published, of some instances and of all others."""


class Asked(NamedTuple):
    """An instance: the problem, what a unit of price is told as, and what is published."""

    instance: str
    problem: Problem
    most: float | None
    optimum: float | None


class Told(NamedTuple):
    """An instance and how it went, as `bench_instances.Line` has it."""

    set: str
    instance: str
    ours: float | None
    optimum: float | None
    bound: float | None
    gap: float | None
    status: str
    seconds: float


def siting(name: str) -> Callable[[Path, float | None], Iterator[Told]]:
    """Return what solves a set."""

    def solved(folder: Path, seconds: float | None) -> Iterator[Told]:
        for capacity, whole in ((None, False), (np.ones(2), False), (np.ones(2), True)):  # kernels are compiled
            warm = Problem(ways_of(2, 2, np.array([0, 0, 1]), np.array([0, 1, 1]), np.zeros(3)), np.ones(2),
                           np.full(2, np.inf), np.ones(2), None, np.zeros(2, dtype=bool), capacity, whole)  # fmt: skip
            solve(warm, Effort(), lambda: 60.0)
        for asked in READERS[name](folder):
            yield _line(name, asked, seconds or PATIENCE_S[name])

    return solved


def _line(name: str, asked: Asked, seconds: float) -> Told:
    began = time.perf_counter()
    found = solve(asked.problem, Effort(), lambda: seconds - (time.perf_counter() - began))
    took = round(time.perf_counter() - began, 3)
    if found.best is None:
        status = "infeasible" if found.proven else "none found"
        return Told(name, asked.instance, None, asked.optimum, None, None, status, took)
    _check(asked.problem, found)
    ours, bound = found.best.price, found.bound
    if asked.most is not None:
        ours, bound = asked.most - ours, asked.most - bound
    gap = abs(bound - ours) / ours if ours else 0.0
    if asked.optimum is not None:  # a stated bound is on the other side of the optimum
        assert (bound - asked.optimum) * (1 if asked.most is not None else -1) >= -1e-6 * abs(asked.optimum), asked
    status = "optimal" if found.proven else "feasible"
    return Told(name, asked.instance, round(ours, 3), asked.optimum, round(bound, 3), round(gap, 6), status, took)


def _check(problem: Problem, found: Found) -> None:
    """Sum up again who is served from where, and what that costs."""
    best = found.best
    assert best is not None
    ways = problem.ways
    site = np.repeat(np.arange(ways.sites), np.diff(ways.starts))[best.way]
    demand = ways.demand[best.way]
    assert set(site) <= set(best.sites) and (problem.count is None or len(best.sites) <= problem.count)
    served = np.bincount(demand, weights=best.amount, minlength=ways.demands)
    assert (served <= problem.weight * (1 + 1e-6)).all()
    hard = np.isinf(problem.outside)
    assert np.allclose(served[hard], problem.weight[hard])
    held = np.bincount(site, weights=best.amount, minlength=ways.sites)
    if problem.capacity is not None:
        assert (held <= problem.capacity * (1 + 1e-6)).all()
        assert not problem.whole or len(np.unique(demand)) == len(demand)
    left = np.where(hard, 0.0, problem.weight - served) @ np.where(hard, 0.0, problem.outside)
    total = problem.opening[best.sites].sum() + best.amount @ ways.cost[best.way] + left
    assert abs(total - best.price) <= 1e-6 * max(1.0, abs(total)), (total, best.price)


def _numbers(path: Path) -> np.ndarray:
    return np.array(path.read_text("utf-8").split(), float)


def _by_number(paths: Iterator[Path]) -> list[Path]:
    return sorted(paths, key=lambda each: (len(each.stem), each.stem))


def published(path: Path) -> dict[str, float]:
    """Read optima, a name and a number a line whatever stands between or behind; none where there is no such file."""
    found: dict[str, float] = {}
    for words in (line.split() for line in (path.read_text("utf-8-sig").splitlines() if path.exists() else [])):
        if len(words) > 1 and _is_number(words[1]):
            found[words[0].removesuffix(".txt").lower()] = float(words[1])
    return found


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _files(folder: Path, name: str, beside: tuple[str, ...] = ()) -> list[Path]:
    return _by_number(path for path in folder.glob(f"{name}*.txt") if path.name not in beside)


def _pmed(folder: Path) -> Iterator[Asked]:
    optima = published(folder / "pmedopt.txt")
    for path in _files(folder, "pmed", ("pmedopt.txt",)):
        n, m, p, *rest = _numbers(path).astype(int)
        metres = np.full((n, n), np.inf)
        for one, other, cost in np.array(rest[: 3 * m]).reshape(-1, 3):  # of duplicate edges the last line wins
            metres[one - 1, other - 1] = metres[other - 1, one - 1] = cost
        np.fill_diagonal(metres, 0)
        metres = shortest_path(metres)
        site, demand = np.nonzero(np.isfinite(metres))
        ways = ways_of(n, n, site, demand, metres[site, demand])
        problem = Problem(ways, np.ones(n), np.full(n, np.inf), np.zeros(n), int(p), np.zeros(n, dtype=bool))
        yield Asked(path.stem, problem, None, optima.get(path.stem.lower()))


def _pmedcap(folder: Path) -> Iterator[Asked]:
    for path in _files(folder, "pmedcap"):
        _, best, n, p, room, *rest = _numbers(path)
        n = int(n)
        rows = np.array(rest[: 4 * n]).reshape(-1, 4)
        metres = np.floor(np.hypot(*(rows[:, None, 1:3] - rows[None, :, 1:3]).transpose(2, 0, 1)))
        demand = np.tile(np.arange(n), n)
        ways = ways_of(n, n, np.repeat(np.arange(n), n), demand, metres.ravel() / np.maximum(rows[demand, 3], 1e-9))
        problem = Problem(ways, rows[:, 3], np.full(n, np.inf), np.zeros(n), int(p), np.zeros(n, dtype=bool),
                          np.full(n, room), True)  # fmt: skip
        yield Asked(path.stem, problem, None, float(best) if best > 0 else None)


def _cap(folder: Path) -> Iterator[Asked]:
    optima = published(folder / "capopt.tsv")
    for path in _files(folder, "cap"):
        words = path.read_text("utf-8").split()
        if "capacity" in words:  # a word where a number is to be put: nobody says which
            print(f"{path.name} names no capacities, and is left out", file=sys.stderr)
            continue
        values = np.array(words, float)
        m, n = values[:2].astype(int)
        sites, rest = values[2 : 2 + 2 * m].reshape(m, 2), values[2 + 2 * m : 2 + 2 * m + n * (m + 1)].reshape(n, m + 1)
        cost = (rest[:, 1:] / rest[:, :1]).T
        ways = ways_of(m, n, np.repeat(np.arange(m), n), np.tile(np.arange(n), m), cost.ravel())
        problem = Problem(ways, rest[:, 0], np.full(n, np.inf), sites[:, 1], None, np.zeros(m, dtype=bool), sites[:, 0])
        yield Asked(path.stem, problem, None, optima.get(path.stem.lower()))


def _mclp(folder: Path) -> Iterator[Asked]:
    known: list[tuple[str, int, float | None, float | None]] = []
    if (folder / "optima_highs.tsv").exists():
        with (folder / "optima_highs.tsv").open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                radius, optimum = row.get("radius") or RADIUS, row.get("optimum") or "-"
                known.append((row["instance"], int(row["p"]), float(radius),
                              float(optimum) if _is_number(optimum) else None))  # fmt: skip
    others = _by_number(path for path in folder.glob("*.txt") if path.stem not in {row[0] for row in known})
    known += [(path.stem, p, None, None) for path in others for p in LARGE.get(path.stem, COUNTS)]
    for name, p, radius, optimum in known:
        path = folder / f"{name}.txt"
        if not path.exists():
            continue
        lines = path.read_text("utf-8").splitlines()[1:]
        rows = np.array([line.split()[:3] for line in lines if line.strip()], float)
        away = np.hypot(*(rows[:, None, :2] - rows[None, :, :2]).transpose(2, 0, 1))
        radius = float(np.quantile(away, 0.02)) if radius is None else radius
        site, demand = np.nonzero(away <= radius)
        n = len(rows)
        ways = ways_of(n, n, site, demand, np.zeros(len(site)))
        problem = Problem(ways, rows[:, 2], np.ones(n), np.zeros(n), p, np.zeros(n, dtype=bool))
        yield Asked(f"{name} p={p} r={radius:.0f}", problem, float(rows[:, 2].sum()), optimum)


def _scp(folder: Path) -> Iterator[Asked]:
    optima = published(folder / "scpopt.tsv")
    for path in _files(folder, "scp"):
        values = _numbers(path).astype(int)
        m, n = values[:2]
        site, demand, at = [], [], 2 + n
        for row in range(m):
            count = values[at]
            site.append(values[at + 1 : at + 1 + count] - 1)
            demand.append(np.full(count, row))
            at += 1 + count
        ways = ways_of(n, m, np.concatenate(site), np.concatenate(demand), np.zeros(sum(map(len, site))))
        problem = Problem(ways, np.ones(m), np.full(m, np.inf), values[2 : 2 + n].astype(float), None,
                          np.zeros(n, dtype=bool))  # fmt: skip
        yield Asked(path.stem, problem, None, optima.get(path.stem.lower()))


READERS: dict[str, Callable[[Path], Iterator[Asked]]] = {
    "pmed": _pmed, "pmedcap": _pmedcap, "cap": _cap, "mclp": _mclp, "scp": _scp,
}  # fmt: skip
