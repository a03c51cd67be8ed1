"""Districts of 2,000 and 20,000 cells beside GerryChain, spopt and METIS on the same graph, checked before timed.

    python -m venv peers && peers/bin/pip install gerrychain spopt pymetis
    python -m tests.bench.bench_districting [--peers peers/bin/python] [--cells 2000 20000] [--write]

Cells are those of points thrown at a square and moved apart once, with 0 to 60 households each; a district is to have
400 households, give or take a fifth. Costs are metres of shared border. The peers run in a process with libraries of
their own and are timed there, without reading the graph. Seconds are those of a processor, for all of them. networkx
checks what everybody found before it is told.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import shapely

from geo.districting import Effort, Problem, graph_of, polsby_popper, solve
from tests.bench.measured_page import put, table
from tests.proposals.checker import cut_of, partition_faults

MEAN, TOLERANCE, SIDE_M = 400.0, 0.2, 30.0
PEERS = Path(__file__).parent / "peers_districting.py"
MOST_CELLS = {"gerrychain": 20_000, "metis": 20_000, "maxp_2": 2_000, "maxp": 2_000}
"""Beyond this a peer takes hours."""


@dataclass(frozen=True)
class City:
    """Cells, who touches whom by how many metres, and households."""

    cells: np.ndarray
    graph: nx.Graph
    households: np.ndarray
    count: int

    @property
    def band(self) -> tuple[float, float]:
        """The band of a district."""
        mean = self.households.sum() / self.count
        return np.ceil(mean * (1 - TOLERANCE)), np.floor(mean * (1 + TOLERANCE))


@dataclass(frozen=True)
class Line:
    """One contestant; `worst` is how far the worst district is off the mean, `faults` those that networkx found."""

    cells: int
    who: str
    seconds: float
    districts: int
    worst: float
    cut_km: float
    polsby_popper: float
    faults: int


def city(n: int, seed: int = 1) -> City:
    """Make cells of points in a square."""
    draw = np.random.default_rng(seed)
    side = np.sqrt(n) * SIDE_M
    square = shapely.box(0, 0, side, side)
    points = draw.random((n, 2)) * side
    for _ in range(2):  # once moved to the middle of their cells, points make cells like those of buildings
        cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=square))
        cells = shapely.intersection(cells, square)
        points = shapely.get_coordinates(shapely.centroid(cells))
    households = draw.integers(0, 61, n)
    graph = nx.Graph()
    for unit in range(n):
        graph.add_node(unit, weight=int(households[unit]))
    one, other = shapely.STRtree(cells).query(cells, predicate="touches")
    one, other = one[one < other], other[one < other]
    metres = shapely.length(shapely.intersection(cells[one], cells[other]))
    for first, second, cost in zip(one.tolist(), other.tolist(), metres.tolist(), strict=True):
        if cost >= 1.0:
            graph.add_edge(first, second, cost=cost)
    assert nx.is_connected(graph)
    return City(cells, graph, households, round(households.sum() / MEAN))


def problem_of(made: City) -> Problem:
    """Return what is asked, as `geo` has it."""
    one, other, cost = (np.array(each) for each in zip(*made.graph.edges(data="cost"), strict=True))
    graph = graph_of(len(made.cells), one, other, cost)
    xy = shapely.get_coordinates(shapely.centroid(made.cells))
    return Problem(graph, made.households.astype(float), *made.band, made.count, xy)


def ours(made: City, effort: Effort | None = None) -> Line:
    """Time the functions that the analyses use, with the effort that they make, the bound included."""
    problem = problem_of(made)
    effort = effort or Effort.usual(len(made.cells), 1)
    began = time.process_time()
    found = solve(problem, effort, lambda: False)
    took = time.process_time() - began
    assert found.best is not None
    return told(made, "gridmap", took, found.best.part)


def told(made: City, who: str, seconds: float, part: np.ndarray) -> Line:
    """Check a districting and measure it."""
    count = int(part.max()) + 1
    labels = dict(enumerate(part.tolist()))
    wrong = partition_faults(made.graph, labels, count, made.band)
    sums = np.bincount(part, weights=made.households)
    mean = made.households.sum() / count
    shapes = np.array([shapely.coverage_union_all(made.cells[part == each]) for each in range(count)], dtype=object)
    return Line(
        len(made.cells), who, round(seconds, 3), count, round(float(np.abs(sums / mean - 1).max()), 3),
        round(cut_of(made.graph, labels) / 1000, 2), round(float(np.median(polsby_popper(shapes))), 3), len(wrong),
    )  # fmt: skip


def peer(made: City, who: str, python: Path, patience_s: float) -> Line | None:
    """Run a peer in its own process; None where it did not end in time."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answer = Path(folder) / "graph.json", Path(folder) / "part.json"
        edges = [[one, other, cost] for one, other, cost in made.graph.edges(data="cost")]
        asked.write_text(json.dumps({
            "households": made.households.tolist(), "edges": edges, "count": made.count, "tolerance": TOLERANCE,
            "low": made.band[0],
        }))  # fmt: skip
        command = [str(python), str(PEERS), who, str(asked), str(answer)]
        try:
            subprocess.run(command, check=True, timeout=patience_s, stdout=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            print(json.dumps({"cells": len(made.cells), "who": who, "gave_up_after_s": patience_s}), flush=True)
            return None
        found = json.loads(answer.read_text())
    return told(made, who, found["seconds"], np.unique(found["part"], return_inverse=True)[1])


def main(arguments: list[str] | None = None) -> int:
    """Run everybody."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, help="a Python that has gerrychain, spopt and pymetis")
    parser.add_argument("--cells", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--patience", type=float, default=600.0, help="seconds after which a peer is given up")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reference/proposals.md")
    asked = parser.parse_args(arguments)
    ours(city(300))  # kernels are compiled apart
    lines = []
    for n in asked.cells:
        made = city(n)
        best = min((ours(made) for _ in range(3)), key=lambda line: line.seconds)
        found: list[Line | None] = [best]
        if asked.peers:
            found += [peer(made, who, asked.peers, asked.patience) for who, most in MOST_CELLS.items() if n <= most]
        for line in found:
            if line is not None:
                print(json.dumps(asdict(line)), flush=True)
                lines.append(line)
    if asked.write:
        put("districting", table([asdict(each) for each in lines]))
    return 1 if any(line.faults for line in lines if line.who == "gridmap") else 0


if __name__ == "__main__":
    sys.exit(main())
