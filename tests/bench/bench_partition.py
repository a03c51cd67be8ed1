"""Edits of a plan of 500 parts and 20,000 cells beside the check of the whole plan, side by side in one run.

    python tests/bench/bench_partition.py [cells] [--parts 500]

An edit's time includes the check of all that it touched and the new shapes of its parts. That check and the check
of the whole must agree before anything is timed; only ratios are printed: they hold on other machines.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import shapely
from scipy.spatial import cKDTree

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from geo.partition.cells import Edit, Partition, PartitionError, is_sound
from geo.partition.edits import assign, draw, move_vertex
from tests.bench.stopwatch import race

SIDE_M = 4000.0


def plan(cells: int, parts: int, seed: int = 1) -> Partition:
    """Invent a plan: Voronoi cells with a footprint each, in parts about random centres."""
    rng, frame = np.random.default_rng(seed), shapely.box(0, 0, SIDE_M, SIDE_M)
    seeds = shapely.multipoints(rng.uniform(0, SIDE_M, (cells, 2)))
    walls = shapely.voronoi_polygons(seeds, extend_to=frame, only_edges=True)
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all([walls, shapely.boundary(frame)])]))
    faces = faces[shapely.contains(frame, shapely.point_on_surface(faces))]
    middle = shapely.get_coordinates(shapely.centroid(faces))
    nearest = cKDTree(rng.uniform(0, SIDE_M, (parts, 2))).query(middle)[1]
    homes = shapely.intersection(shapely.buffer(shapely.points(middle), 3, quad_segs=1), faces)
    label = [f"P{each}" for each in nearest]
    return Partition(frame, [f"c{each}" for each in range(len(faces))], faces, label, homes, np.arange(len(faces)))


def movable(p: Partition) -> tuple[tuple[float, float], tuple[float, float]]:
    """Find a vertex that a metre's move does not break."""
    for row in range(len(p.ids) // 2, len(p.ids)):
        x, y = shapely.get_coordinates(p.cells[row])[0]
        try:
            move_vertex(p, (x, y), (x + 1.0, y))
        except PartitionError:
            continue
        return (x, y), (x + 1.0, y)
    raise SystemExit("no vertex can be moved")


def with_shapes(edit: Edit) -> Edit:
    """Have the edited parts' shapes made, as an answer would."""
    for part in edit.delta.parts():
        edit.partition.shape(part)
    return edit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cells", type=int, nargs="?", default=20_000)
    parser.add_argument("--parts", type=int, default=500)
    asked = parser.parse_args()
    p = plan(asked.cells, asked.parts)
    p.neighbours(), p.near(p.cells[0]), [p.shape(part) for part in p.parts()]
    here, there = movable(p)
    ids, part = list(p.ids[100:103]), p.part[200]
    disc, count = shapely.Point(SIDE_M / 2, SIDE_M / 2).buffer(60), iter(range(10**9))
    edits = {
        "assign": lambda: with_shapes(assign(p, ids, part)),
        "move_vertex": lambda: with_shapes(move_vertex(p, here, there)),
        "draw": lambda: with_shapes(draw(p, part, disc, lambda n: [f"n{next(count)}" for _ in range(n)])),
    }
    for name, edit in edits.items():
        made = edit()
        assert is_sound(made.partition, made.delta.changes) and shapely.coverage_is_valid(made.partition.cells), name
    checked = {name: lambda edit=edit: (made := edit()) and is_sound(made.partition, made.delta.changes)
               for name, edit in edits.items()}  # fmt: skip
    shapes = np.array([p.shape(each) for each in p.parts()], dtype=object)
    times = race(10, **checked, whole=lambda: shapely.coverage_is_valid(p.cells),
                 parts=lambda: shapely.coverage_is_valid(shapes), ours=lambda: is_sound(p))  # fmt: skip
    print(f"{len(p.ids)} cells, {len(shapes)} parts; coverage_is_valid of all cells = 1")
    for name in (*edits, "parts", "ours"):
        print(f"  {name:12} {times['whole'] / times[name]:8.1f} times as fast")


if __name__ == "__main__":
    main()
