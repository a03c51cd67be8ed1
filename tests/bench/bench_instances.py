"""Published instances with known optima, solved by the same functions that the analyses use.

    python -m tests.bench.bench_instances FOLDER [--seconds N] [--write]

FOLDER has a folder for each set; its README says where they come from. One JSON object a line; sets for which there is
no kind of proposal yet are left out. What is found is checked with networkx before it is told. `--write` puts the table
into docs/reference/proposals.md.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path

import networkx as nx
import numpy as np

from geo.districting import Effort, Found, Problem, graph_of, possible, solve, tighten, widen
from geo.districting.problem import district
from tests.bench.measured_page import put, table
from tests.bench.siting_instances import READERS, REFUTED, Told, is_number, refuted, siting
from tests.proposals.checker import cut_of, partition_faults

STATES = {
    "01": "AL",
    "02": "AK",
    "04": "AZ",
    "05": "AR",
    "06": "CA",
    "08": "CO",
    "09": "CT",
    "10": "DE",
    "12": "FL",
    "13": "GA",
    "15": "HI",
    "16": "ID",
    "17": "IL",
    "18": "IN",
    "19": "IA",
    "20": "KS",
    "21": "KY",
    "22": "LA",
    "23": "ME",
    "24": "MD",
    "25": "MA",
    "26": "MI",
    "27": "MN",
    "28": "MS",
    "29": "MO",
    "30": "MT",
    "31": "NE",
    "32": "NV",
    "33": "NH",
    "34": "NJ",
    "35": "NM",
    "36": "NY",
    "37": "NC",
    "38": "ND",
    "39": "OH",
    "40": "OK",
    "41": "OR",
    "42": "PA",
    "44": "RI",
    "45": "SC",
    "46": "SD",
    "47": "TN",
    "48": "TX",
    "49": "UT",
    "50": "VT",
    "51": "VA",
    "53": "WA",
    "54": "WV",
    "55": "WI",
    "56": "WY",
}
BAND = 0.005
"""How far a district of counties may be off the mean, where nobody says."""

MANY = 10_000
"""Tries, which time ends."""

PATIENCE_S = {"fl25": 20.0, "cut_edges": 1.0}
"""How long an instance may take: the small one is solved exactly, counties are to be good within a second."""


@dataclass(frozen=True)
class Line:
    """One instance and how it went; `bound` and `gap` are ours, `optimum` the published one."""

    set: str
    instance: str
    ours: float | None
    optimum: float | None
    bound: float | None
    gap: float | None
    status: str
    seconds: float


def main(arguments: list[str] | None = None) -> int:
    """Solve every instance of a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, help="for each instance, instead of what is usual")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reference/proposals.md")
    asked = parser.parse_args(arguments)
    lines = []
    for name, solver in SETS.items():
        if (asked.folder / name).is_dir():
            for line in solver(asked.folder / name, asked.seconds):
                told = line._asdict() if isinstance(line, Told) else asdict(line)
                print(json.dumps(told), flush=True)
                lines.append(told)
    if asked.write:
        put("instances", table(lines))
    return 0 if lines and not REFUTED else 1


def districting(folder: Path, seconds: float | None) -> Iterator[Line]:
    """Districtings: all of 25 precincts, and counties of six states with the fewest cut edges."""
    warm = graph_of(4, np.array([0, 1, 2]), np.array([1, 2, 3]), np.ones(3))
    problem, effort = Problem(warm, np.ones(4), 1, 3, 2), Effort(tries=1, least=100)
    tighten(problem, solve(problem, effort, lambda: False), effort, 5.0)
    counties = folder / "cut_edges"
    for path in sorted(folder.glob("*.json")):
        yield from _told(path, lambda path=path: list(_precincts(path, seconds or PATIENCE_S["fl25"])))
    for path in sorted(each for each in counties.glob("*.json") if not each.stem.startswith("plan")):
        yield from _told(path, lambda path=path: [_counties(path, counties, seconds or PATIENCE_S["cut_edges"])])


def _told(path: Path, solved: Callable[[], list[Line]]) -> list[Line]:
    """Solve what a file has; one that cannot be read is told."""
    try:
        return solved()
    except (KeyError, ValueError, TypeError) as wrong:
        print(f"{path.name} cannot be read ({wrong}), and is left out", file=sys.stderr)
        return []


def _precincts(path: Path, seconds: float) -> Iterator[Line]:
    told = json.loads(path.read_text("utf-8"))
    graph = nx.Graph(tuple(each) for each in told["edges"])
    nx.set_node_attributes(graph, dict(enumerate(told["pop"])), "weight")
    nx.set_edge_attributes(graph, 1.0, "cost")
    mean = sum(told["pop"]) / told["k"]
    for tolerance, known in told.get("by_tolerance", {}).items():
        band = mean * (1 - float(tolerance)), mean * (1 + float(tolerance))
        band = max(0.0, band[0]), band[1]
        name = f"{path.stem} within {float(tolerance):g}"
        yield _fewest_cuts("districting", name, graph, told["k"], band, known.get("min_cut"), seconds)
    began = time.perf_counter()
    problem = _problem(graph, 1, (mean, mean))
    k = told["k"]
    effort = replace(Effort.usual(len(graph), 1), nodes=1_000_000)
    found = widen(problem, range(k, k + 1), effort, lambda: seconds - (time.perf_counter() - began))
    share, bound = found.by / mean, found.bound / mean
    part = dict(enumerate(found.best.part.tolist()))
    faults = partition_faults(graph, part, k, (mean - found.by - 1e-6, mean + found.by + 1e-6))
    assert not faults, faults
    known = told.get("min_max_dev")
    yield Line("districting", f"{path.stem} smallest band", round(share, 9), known and round(known, 9), round(bound, 9),
               round((share - bound) / share, 6) if share else 0.0, "optimal" if found.proven else "feasible",
               round(time.perf_counter() - began, 3))  # fmt: skip


def _counties(path: Path, folder: Path, seconds: float) -> Line:
    told = json.loads(path.read_text("utf-8-sig"))
    level, code = re.fullmatch(r"(\D*)(.*)", path.stem).groups()  # type: ignore[union-attr]
    state = STATES.get(code, code)
    graph = nx.Graph()
    for at, node in enumerate(told["nodes"]):
        graph.add_node(at, weight=float(node["TOTPOP"]))
    place = {node["id"]: at for at, node in enumerate(told["nodes"])}
    for at, beside in enumerate(told["adjacency"]):
        graph.add_edges_from((at, place[each["id"]], {"cost": 1.0}) for each in beside if place[each["id"]] != at)
    known = _known(folder, state, level, (len(graph), graph.number_of_edges()))
    name = state if level == "county" else path.stem
    if known:
        optimum = float(known["MIP_obj"]) if is_number(known["MIP_obj"]) else None
        band = float(known["L"]), float(known["U"])
        return _fewest_cuts("districting", name, graph, int(known["k"]), band, optimum, seconds)
    plans = (folder / f"plan_{each}.json" for each in (state, path.stem))
    plan = next((each for each in plans if each.exists()), None)
    if plan is None:
        raise ValueError("nobody says how many districts")
    count = len({node["district"] for node in json.loads(plan.read_text("utf-8-sig"))["nodes"]})
    mean = sum(weight for _, weight in graph.nodes(data="weight")) / count
    band = float(np.ceil(mean * (1 - BAND))), float(np.floor(mean * (1 + BAND)))
    return _fewest_cuts("districting", name, graph, count, band, None, seconds)


def _known(folder: Path, state: str, level: str, size: tuple[int, int]) -> dict[str, str] | None:
    """Find what is published of a graph of so many units and borders, what is proven first."""
    rows = [row for path in sorted(folder.glob("*opt*.csv"))
            for row in csv.DictReader(path.read_text("utf-8-sig").splitlines())]  # fmt: skip
    mine = [row for row in rows if row["state"] == state and row.get("level", "county") == level]
    same = [row for row in mine if (int(row["n"]), int(row["m"])) == size]
    if mine and not same:
        print(f"{state}: what is published is of another graph than {size}", file=sys.stderr)
    return next((row for row in same if row.get("MIP_status", "2") == "2"), same[0] if same else None)


def _fewest_cuts(
    name: str,
    instance: str,
    graph: nx.Graph,
    count: int,
    band: tuple[float, float],
    optimum: float | None,
    seconds: float,
) -> Line:
    problem = _problem(graph, count, band)
    began = time.perf_counter()

    def left() -> float:
        return seconds - (time.perf_counter() - began)

    found = _by_pieces(problem, left)
    took = round(time.perf_counter() - began, 3)
    if not found.feasible or found.best is None:
        return Line(name, instance, None, optimum, None, None, "infeasible" if found.proven else "none found", took)
    part = dict(enumerate(found.best.part.tolist()))
    faults = partition_faults(graph, part, count, (band[0] - 1e-6, band[1] + 1e-6))
    assert not faults, faults
    assert found.best.price == cut_of(graph, part)
    if optimum is not None and found.bound > optimum * (1 + 1e-6):
        refuted(instance, found.bound, optimum)
    status = "optimal" if found.proven else "feasible"
    return Line(name, instance, found.best.price, optimum, found.bound, round(found.gap or 0.0, 4), status, took)


def _by_pieces(problem: Problem, left: Callable[[], float]) -> Found:
    """Solve what hangs together by itself, for each number of districts that the pieces may have."""
    piece = problem.graph.components()
    rows = [np.flatnonzero(piece == each) for each in range(int(piece.max(initial=0)) + 1)]
    numbers = [possible(float(problem.weight[each].sum()), problem.lowest, problem.highest, len(each)) for each in rows]
    shares = [each for each in product(*numbers) if sum(each) == problem.count] if len(rows) > 1 else [(problem.count,)]
    whole = Found(None, np.inf, True)
    for at, counts in enumerate(shares):
        mine = left() / (len(shares) - at)
        until = left() - mine
        found = [
            _solved(replace(problem, graph=problem.graph.among(each), weight=problem.weight[each], count=count),
                    lambda until=until: left() - until)
            for each, count in zip(rows, counts, strict=True)
        ]  # fmt: skip
        part, before = np.zeros(problem.graph.n, np.int64), 0
        for each, one, count in zip(rows, found, counts, strict=True):
            part[each] = before + (one.best.part if one.best is not None else 0)
            before += count
        made = district(problem, part) if all(each.feasible for each in found) else None
        best = min([each for each in (whole.best, made) if each is not None], key=lambda each: each.price, default=None)
        whole = Found(best, min(whole.bound, sum(each.bound for each in found)), False)
    return replace(whole, proven=whole.bound >= (np.inf if whole.best is None else whole.best.price - 1e-6))


def _solved(problem: Problem, left: Callable[[], float]) -> Found:
    usual = Effort.usual(problem.graph.n, 1)  # what is usual, again and again while there is time
    effort = replace(usual, nodes=1_000_000, least=max(usual.least, 300_000), tries=MANY, tries_for_any=MANY)
    reserve = max(0.15, (left() - 1.0) / 4)
    found = solve(problem, effort, lambda: left() < reserve)
    if left() > 0.3:  # less than it takes to make the model
        found = tighten(problem, found, effort, left() - 0.1)
    return found


def _problem(graph: nx.Graph, count: int, band: tuple[float, float]) -> Problem:
    one, other, cost = zip(*graph.edges(data="cost"), strict=True)
    made = graph_of(len(graph), np.array(one), np.array(other), np.array(cost))
    weight = np.array([graph.nodes[each]["weight"] for each in range(len(graph))], float)
    return Problem(made, weight, *band, count)


SETS: dict[str, Callable[[Path, float | None], Iterator[Line | Told]]] = {
    "districting": districting,
    **{name: siting(name) for name in READERS},
}


if __name__ == "__main__":
    sys.exit(main())
