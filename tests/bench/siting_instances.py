"""Published instances of siting: p-median with and without capacities, location with capacities, covering."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
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
            yield line_of(name, asked, seconds or PATIENCE_S[name])

    return solved


def line_of(name: str, asked: Asked, seconds: float) -> Told:
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
    side = 1 if asked.most is not None else -1  # a stated bound is on the other side of the optimum
    if asked.optimum is not None and (bound - asked.optimum) * side < -1e-6 * abs(asked.optimum):
        refuted(asked.instance, bound, asked.optimum)
    status = "optimal" if found.proven else "feasible"
    return Told(name, asked.instance, round(ours, 3), asked.optimum, round(bound, 3), round(gap, 6), status, took)


REFUTED: list[str] = []
"""Instances of which the bound and the published optimum cannot both be true."""


def refuted(instance: str, bound: float, optimum: float) -> None:
    """Tell that a bound and a published optimum contradict each other, and remember it."""
    print(f"{instance}: the bound {bound:g} is beyond the published optimum {optimum:g}", file=sys.stderr)
    REFUTED.append(instance)


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
    return np.array(_words(path), float)


def _words(path: Path) -> list[str]:
    return path.read_text("utf-8-sig").split()


def _by_number(paths: Iterator[Path]) -> list[Path]:
    return sorted(paths, key=lambda each: (len(each.stem), each.stem))


def published(folder: Path) -> dict[str, float]:
    """Read optima of all lists of a folder: a name and a number a line, whatever stands between or behind."""
    found: dict[str, float] = {}
    for path in sorted(each for each in folder.glob("*opt*") if each.suffix in (".txt", ".tsv", ".csv")):
        for line in path.read_text("utf-8-sig").splitlines():
            words = line.replace(",", " ").split()
            if len(words) > 1 and is_number(words[1]):
                found[words[0].removesuffix(".txt").lower()] = float(words[1])
    return found


def is_number(word: str) -> bool:
    """Say whether a word is a finite number."""
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


def _files(folder: Path) -> list[Path]:
    """List the files that begin with a number, whatever they are called; others are lists of optima and words."""
    found = (path for path in folder.glob("*.txt") if is_number((_words(path) or [""])[0]))
    return _by_number(found)


def _each(folder: Path, read: Callable[[Path], Asked | list[Asked]]) -> Iterator[Asked]:
    """Read instances one by one; one that cannot be read is told, and the others go on."""
    for path in _files(folder):
        try:
            asked = read(path)
        except (ValueError, IndexError) as wrong:
            print(f"{path.name} cannot be read ({wrong}), and is left out", file=sys.stderr)
            continue
        yield from asked if isinstance(asked, list) else [asked]


def _pmed(folder: Path) -> Iterator[Asked]:
    optima = published(folder)

    def read(path: Path) -> Asked:
        n, m, p, *rest = _numbers(path).astype(int)
        cost = {}
        for one, other, metres in np.array(rest[: 3 * m]).reshape(m, 3).tolist():  # of duplicates the last line wins
            cost[min(one, other) - 1, max(one, other) - 1] = metres
        row, column = np.array(list(cost) or np.empty((0, 2)), int).T
        edges = csr_array((list(cost.values()), (row, column)), shape=(n, n), dtype=float)
        metres = shortest_path(edges, directed=False)
        site, demand = np.nonzero(np.isfinite(metres))
        ways = ways_of(n, n, site, demand, metres[site, demand])
        problem = Problem(ways, np.ones(n), np.full(n, np.inf), np.zeros(n), int(p), np.zeros(n, dtype=bool))
        return Asked(path.stem, problem, None, optima.get(path.stem.lower()))

    return _each(folder, read)


def _pmedcap(folder: Path) -> Iterator[Asked]:
    optima = published(folder)

    def read(path: Path) -> Asked:
        _, best, n, p, room, *rest = _numbers(path)
        n = int(n)
        rows = np.array(rest[: 4 * n]).reshape(n, 4)
        if (rows[:, 3] <= 0).any():
            raise ValueError("a customer without a demand")
        metres = np.floor(np.hypot(*(rows[:, None, 1:3] - rows[None, :, 1:3]).transpose(2, 0, 1)))
        demand = np.tile(np.arange(n), n)
        ways = ways_of(n, n, np.repeat(np.arange(n), n), demand, metres.ravel() / rows[demand, 3])
        problem = Problem(ways, rows[:, 3], np.full(n, np.inf), np.zeros(n), int(p), np.zeros(n, dtype=bool),
                          np.full(n, room), True)  # fmt: skip
        return Asked(path.stem, problem, None, float(best) if best > 0 else optima.get(path.stem.lower()))

    return _each(folder, read)


def _cap(folder: Path) -> Iterator[Asked]:
    optima = published(folder)

    def located(name: str, words: list[str]) -> Asked:
        values = np.array(words, float)
        m, n = values[:2].astype(int)
        sites, rest = values[2 : 2 + 2 * m].reshape(m, 2), values[2 + 2 * m : 2 + 2 * m + n * (m + 1)].reshape(n, m + 1)
        some = rest[:, 0] > 0  # who needs nothing is served at no cost
        if rest[~some, 1:].any():
            raise ValueError("costs of serving who needs nothing")
        weight = np.where(some, rest[:, 0], 0.0)
        cost = (rest[:, 1:] / np.where(some, rest[:, 0], 1.0)[:, None]).T
        ways = ways_of(m, n, np.repeat(np.arange(m), n), np.tile(np.arange(n), m), cost.ravel())
        problem = Problem(ways, weight, np.full(n, np.inf), sites[:, 1], None, np.zeros(m, dtype=bool), sites[:, 0])
        return Asked(name, problem, None, optima.get(name.lower()))

    def read(path: Path) -> list[Asked]:
        words = _words(path)
        if "capacity" not in words:
            return [located(path.stem, words)]
        # a word where a number is to be put: the list of optima says which, name_NUMBER
        known = [each.rpartition("_") for each in optima]
        rooms = [room for stem, _, room in known if stem == path.stem.lower() and is_number(room)]
        if not rooms:
            raise ValueError("it names no capacities")
        return [located(f"{path.stem}_{room}", [room if word == "capacity" else word for word in words])
                for room in rooms]  # fmt: skip

    return _each(folder, read)


def _mclp(folder: Path) -> Iterator[Asked]:
    listed: dict[str, list[tuple[int, float | None, float | None]]] = {}
    for path in sorted(folder.glob("*opt*.tsv")):
        with path.open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                radius, optimum = row.get("radius") or RADIUS, row.get("optimum") or "-"
                listed.setdefault(row["instance"], []).append(
                    (int(row["p"]), float(radius), float(optimum) if is_number(optimum) else None))  # fmt: skip

    def read(path: Path) -> list[Asked]:
        lines = [line.split()[:3] for line in path.read_text("utf-8-sig").splitlines() if line.strip()][1:]
        rows = np.array(lines, float).reshape(len(lines), 3)
        away = np.hypot(*(rows[:, None, :2] - rows[None, :, :2]).transpose(2, 0, 1))
        usual = [(p, None, None) for p in LARGE.get(path.stem, COUNTS)]
        return [_covering(f"{path.stem} p={p}", away, rows[:, 2], p, (radius, optimum))
                for p, radius, optimum in listed.get(path.stem, usual)]  # fmt: skip

    return _each(folder, read)


def _covering(
    name: str, away: np.ndarray, weight: np.ndarray, p: int, known: tuple[float | None, float | None]
) -> Asked:
    radius, optimum = known
    radius = float(np.quantile(away, 0.02)) if radius is None else radius
    site, demand = np.nonzero(away <= radius)
    n = len(weight)
    ways = ways_of(n, n, site, demand, np.zeros(len(site)))
    problem = Problem(ways, weight, np.ones(n), np.zeros(n), p, np.zeros(n, dtype=bool))
    return Asked(f"{name} r={radius:.0f}", problem, float(weight.sum()), optimum)


def _scp(folder: Path) -> Iterator[Asked]:
    optima = published(folder)

    def read(path: Path) -> Asked:
        values = _numbers(path).astype(int)
        m, n = values[:2]
        site, demand, at = [], [], 2 + n
        for row in range(m):
            count = values[at]
            site.append(values[at + 1 : at + 1 + count] - 1)
            demand.append(np.full(len(site[-1]), row))
            at += 1 + count
        ways = ways_of(n, m, np.concatenate(site), np.concatenate(demand), np.zeros(sum(map(len, site))))
        problem = Problem(ways, np.ones(m), np.full(m, np.inf), values[2 : 2 + n].astype(float), None,
                          np.zeros(n, dtype=bool))  # fmt: skip
        return Asked(path.stem, problem, None, optima.get(path.stem.lower()))

    return _each(folder, read)


READERS: dict[str, Callable[[Path], Iterator[Asked]]] = {
    "pmed": _pmed, "pmedcap": _pmedcap, "cap": _cap, "mclp": _mclp, "scp": _scp,
}  # fmt: skip
