"""Legs of many points beside walls and houses, and beside nothing: what respecting them costs.

    python tests/bench/bench_legs.py [points] [--walls 20000]

The city is that of bench_reach, every point with a house around it. Ratios are of the processor's time, so that a busy
machine tells the same; what is looked up in walls and houses is made anew every time.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from geo.network import CLEAR, Around, Network, attach_clear
from tests.bench.bench_reach import lattice

ACCESS_M = 200.0
RUNS = 2


def surroundings(network: Network, points: int, walls: int, seed: int = 5) -> tuple[np.ndarray, dict[str, Around]]:
    """Invent points, and what stands around: walls of 10 to 60 m, houses of 15 by 11 m."""
    rng = np.random.default_rng(seed)
    low, high = network.node_xy.min(axis=0), network.node_xy.max(axis=0)
    xy, begin = rng.uniform(low, high, (points, 2)), rng.uniform(low, high, (walls, 2))
    turn, length = rng.uniform(0, 2 * np.pi, walls), rng.uniform(10, 60, walls)
    ends = begin + length[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    lines = shapely.linestrings(np.stack([begin, ends], axis=1))
    houses, none = shapely.box(*(xy - 6).T, *(xy + np.array([9, 5])).T), np.empty(0, dtype=object)
    around = {"nothing": (none, none), "walls": (lines, none), "houses": (none, houses), "both": (lines, houses)}
    return xy, {name: Around(*each, np.empty((0, 2))) for name, each in around.items()}


def main() -> None:
    """Time and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("points", nargs="?", type=int, default=100_000)
    parser.add_argument("--walls", type=int, default=20_000)
    wanted = parser.parse_args()
    network = lattice(55_000)
    every = np.ones(len(network.edge_line), dtype=bool)
    few, warm = surroundings(network, 100, 100)
    attach_clear(network, few, "walk", ACCESS_M, warm["both"], every)  # loads what is compiled
    times: dict[str, float] = {}
    for _ in range(RUNS):
        points, around = surroundings(network, wanted.points, wanted.walls)
        for name, what in around.items():
            begin = time.process_time()
            found = attach_clear(network, points, "walk", ACCESS_M, what, every)
            times[name] = min(times.get(name, np.inf), time.process_time() - begin)
            print(f"{name}: {(found.leg == CLEAR).mean():.2%} clear", flush=True)
    for name, seconds in times.items():
        print(f"{name}: {seconds / times['nothing']:.2f} x")


if __name__ == "__main__":
    main()
