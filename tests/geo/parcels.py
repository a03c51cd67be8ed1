"""Partitions to test with: cells of odd shapes in boundaries of odd shapes, with footprints."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import shapely
import shapely.affinity

from geo.partition.cells import Partition

ISLAND = shapely.box(420, 50, 600, 200)
FRAMES = {
    "square": shapely.box(0, 0, 400, 400),
    "hole": shapely.box(0, 0, 400, 400) - shapely.box(150, 120, 260, 240),
    "islands": shapely.MultiPolygon([shapely.box(0, 0, 400, 400), ISLAND]),
    "far": shapely.affinity.translate(shapely.box(0, 0, 400, 400) - shapely.Point(200, 150).buffer(60), 4.05e7, 3.99e6),
    "odd": shapely.Point(200, 200).buffer(200, quad_segs=5) - shapely.Polygon([(200, 0), (240, 0), (210, 190)]),
}


def names(prefix: str = "n") -> Callable[[int], list[str]]:
    """Give a source of ids that never repeats."""
    count = itertools.count(1)
    return lambda n: [f"{prefix}{next(count)}" for _ in range(n)]


def lattice(rows: int, columns: int, side_m: float = 100.0, parts: str = "AB") -> Partition:
    """Make square cells r0c0, r0c1, …: the left columns A, the right ones B; a footprint in the middle of each."""
    at = [(row, column) for row in range(rows) for column in range(columns)]
    cells = [shapely.box(c * side_m, r * side_m, (c + 1) * side_m, (r + 1) * side_m) for r, c in at]
    homes = [shapely.box((c + 0.3) * side_m, (r + 0.3) * side_m, (c + 0.6) * side_m, (r + 0.6) * side_m) for r, c in at]
    part = [parts[min(c * len(parts) // columns, len(parts) - 1)] for _, c in at]
    frame = shapely.box(0, 0, columns * side_m, rows * side_m)
    return Partition(frame, [f"r{r}c{c}" for r, c in at], cells, part, homes, np.arange(len(at)))


def crazy(seed: int, frame: str = "square", cells: int = 60, parts: int = 6, blank: float = 0.1) -> Partition:
    """Make a partition of Voronoi cells cut to a frame, with footprints that may touch borders or overlap."""
    rng, boundary = np.random.default_rng(seed), FRAMES[frame]
    low, high = np.reshape(shapely.bounds(boundary), (2, 2))
    seeds = shapely.multipoints(rng.uniform(low, high, (cells, 2)))
    walls = shapely.voronoi_polygons(seeds, extend_to=boundary, only_edges=True)
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all([walls, shapely.boundary(boundary)])]))
    faces = faces[shapely.contains(boundary, shapely.point_on_surface(faces))]
    corners = rng.uniform(low, high, (parts, 2))
    middle = shapely.get_coordinates(shapely.centroid(faces))
    nearest = np.argmin(((middle[:, None] - corners[None]) ** 2).sum(axis=2), axis=1)
    part = np.array([f"P{each}" for each in nearest], dtype=object)
    part[rng.random(len(part)) < blank] = None
    footprints, home = [], []
    for row in np.flatnonzero(rng.random(len(faces)) < 0.8):
        for _ in range(1 + (rng.random() < 0.3)):
            x, y = shapely.get_coordinates(shapely.point_on_surface(faces[row]))[0]
            wide, deep = rng.uniform(4, 18, 2)
            drawn = shapely.box(x - wide, y - deep, x + wide, y + deep)
            moved = shapely.affinity.translate(drawn, *rng.uniform(-4, 4, 2))
            inside = shapely.intersection(shapely.affinity.rotate(moved, rng.uniform(0, 90)), faces[row])
            if inside.geom_type == "Polygon" and inside.area > 5:
                footprints.append(inside)
                home.append(row)
    ids = np.array([f"c{each:03}" for each in range(len(faces))], dtype=object)
    return Partition(shapely.coverage_union_all(faces), ids, faces, part, np.array(footprints, dtype=object), home)
