"""Siting at the size of a city, beside spopt with HiGHS on the same ways.

    python -m tests.bench.bench_siting [--peer PYTHON] [--write]

Buildings stand in clusters; candidates are spread; who lives within 1,000 m is reached. What is found is summed up
again before it is told. `--peer` is a Python with spopt and highspy in an environment of its own, and solves the
smaller city, too: it is given the gap that we reached, and a quarter of an hour. `seconds` are those of a processor, of
the peer with making its model, which it does in Python. `--write` puts the table into docs/reference/proposals.md.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from geo.siting import Effort, Problem, solve, ways_of
from tests.bench.measured_page import put, table

REACH_M = 1000.0
CITIES = {"500 x 10,000": (500, 10_000, 10), "2,000 x 50,000": (2_000, 50_000, 20)}
PEER = """
import json, sys, time
import numpy as np, pulp
from spopt.locate import MCLP
told = np.load(sys.argv[1])
cost = told["cost"]
began = time.process_time()
model = MCLP.from_cost_matrix(cost, told["weight"], float(told["reach"]), p_facilities=int(told["k"]))
model = model.solve(pulp.HiGHS(msg=False, gapRel=float(told["gap"]), timeLimit=900))
chosen = [j for j, variable in enumerate(model.fac_vars) if variable.varValue > 0.5]
covered = float(told["weight"][(cost[:, chosen] <= float(told["reach"])).any(axis=1)].sum())
done = pulp.LpStatus[model.problem.status] if model.problem.sol_status == 1 else "stopped by the clock"
print(json.dumps({"seconds": round(time.process_time() - began, 2), "covered": covered, "status": done}))
"""


def city(sites: int, buildings: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return places of candidates and buildings in metres, and how many people live in each building."""
    random = np.random.default_rng(seed)
    side = 15_000.0 * np.sqrt(buildings / 50_000)
    centres = random.random((buildings // 200, 2)) * side
    homes = centres[random.integers(0, len(centres), buildings)] + random.normal(0, 400, (buildings, 2))
    return random.random((sites, 2)) * side, homes, random.integers(5, 120, buildings).astype(float)


def main(arguments: list[str] | None = None) -> int:
    """Solve both cities."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=Path, help="a Python with spopt and highspy")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reference/proposals.md")
    asked = parser.parse_args(arguments)
    _solved(*CITIES["500 x 10,000"], seconds=60.0)  # kernels are compiled
    lines = []
    for name, (sites, buildings, k) in CITIES.items():
        line = {"city": name, "who": "gridmap", **_solved(sites, buildings, k, seconds=10.0)}
        lines.append(line)
        print(json.dumps(line), flush=True)
        if asked.peer is not None and sites <= 500:
            peer = _peer(asked.peer, sites, buildings, k, max(1e-4, float(line["gap"])))
            lines.append({"city": name, "who": "spopt, HiGHS", **peer})
            print(json.dumps(lines[-1]), flush=True)
    if asked.write:
        put("siting", table(lines))
    return 0


def _solved(sites: int, buildings: int, k: int, seconds: float) -> dict[str, object]:
    place, home, weight = city(sites, buildings)
    near = cKDTree(place).query_ball_tree(cKDTree(home), REACH_M)
    site, demand = np.repeat(np.arange(sites), [len(each) for each in near]), np.concatenate([*map(np.array, near)])
    ways = ways_of(sites, buildings, site, demand.astype(np.int64), np.zeros(len(demand)))
    problem = Problem(ways, weight, np.ones(buildings), np.zeros(sites), k, np.zeros(sites, dtype=bool))
    began = time.process_time()
    found = solve(problem, Effort(enough=0.01), lambda: seconds - (time.process_time() - began))
    took = time.process_time() - began
    assert found.best is not None
    away = cKDTree(place[found.best.sites]).query(home)[0]
    covered = float(weight[away <= REACH_M].sum())
    assert abs(weight.sum() - found.best.price - covered) < 1e-6 and len(found.best.sites) <= k
    bound = float(weight.sum() - found.bound)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"ways": len(demand), "k": k, "covered": covered, "bound": round(bound, 1),
            "gap": round((bound - covered) / covered, 5), "seconds": round(took, 2), "MB": round(memory),
            "status": "gap reached" if bound - covered <= 0.01 * covered else "stopped"}  # fmt: skip


def _peer(python: Path, sites: int, buildings: int, k: int, gap: float) -> dict[str, object]:
    place, home, weight = city(sites, buildings)
    away = np.hypot(*(home[:, None] - place[None]).transpose(2, 0, 1))
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "city.npz"
        np.savez(given, cost=away, weight=weight, reach=REACH_M, k=k, gap=gap)
        done = subprocess.run([python, "-c", PEER, given], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return {"ways": int((away <= REACH_M).sum()), "k": k, "covered": told["covered"], "bound": None, "gap": gap,
            "seconds": told["seconds"], "MB": None, "status": told["status"]}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
