"""Points in areas: `PointIndex` and `Membership` beside geopandas' spatial join, side by side in one run.

    python tests/bench/bench_containment.py [points] [areas]

Every answer is compared before anything is timed, and only ratios are printed: they hold on other machines,
times do not. Each contestant gets its index ready beforehand ("warm") and the best of several runs counts.
"""

from __future__ import annotations

import resource
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from geo.shapes.containment import Membership, PointIndex, locate
from tests.bench.stopwatch import race

SIDE_M = 50_000.0


def town(points: int, areas: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Invent points, half of them crowded around centres, and star-like areas of 8-60 vertices, 60-2500 m in radius."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, SIDE_M, (200, 2))
    crowd = centres[rng.integers(0, len(centres), points // 2)] + rng.normal(0, 1500, (points // 2, 2))
    xy = np.vstack([rng.uniform(0, SIDE_M, (points - len(crowd), 2)), crowd])
    shapes: list[shapely.Polygon] = []
    while len(shapes) < areas:
        shape = star(rng, *rng.uniform(0, SIDE_M, 2), np.exp(rng.uniform(np.log(60), np.log(2500))))
        if shape.is_valid:
            shapes.append(shape)
    return xy, np.array(shapes, dtype=object)


def star(rng: np.random.Generator, x: float, y: float, size: float) -> shapely.Polygon:
    """Draw one star-like polygon around a place; every third has a hole."""
    turn = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(8, 61)))
    ray = size * rng.uniform(0.5, 1, len(turn))
    centre, around = np.array([x, y]), np.column_stack([np.cos(turn) * ray, np.sin(turn) * ray])
    holes = [centre + around * 0.2] if rng.random() < 1 / 3 else None
    return shapely.Polygon(centre + around, holes)


def tree_of(xy: np.ndarray) -> shapely.STRtree:
    """Build the tree that `PointIndex` stands beside; a first query makes it real."""
    tree = shapely.STRtree(shapely.points(xy))
    tree.query(shapely.Point(0, 0))
    return tree


def peak_mb(function: Callable[[], object]) -> float:
    """Measure what a call holds at most beyond what was there, in MB (numpy's and Python's memory, not GEOS's)."""
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def same(pairs: tuple[np.ndarray, np.ndarray], area: np.ndarray, point: np.ndarray) -> None:
    """Stop unless two sets of pairs are equal."""
    by = np.lexsort((point, area))
    assert np.array_equal(pairs[0], area[by]), "the areas differ"
    assert np.array_equal(pairs[1], point[by]), "the points differ"


def report(title: str, times: dict[str, float], units: int = 1) -> None:
    """Print how many times as long as the first contestant the others take; the first did `units` times the work."""
    ours, *others = times
    print(title)
    for name in others:
        print(f"  {name.replace('_', ' '):<50} {times[name] / times[ours] * units:8.1f} x")


def main(points: int = 1_000_000, areas: int = 2_000) -> None:
    """Check, time and print."""
    xy, shapes = town(points, areas)
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]))
    zones = gpd.GeoDataFrame(geometry=shapes)
    tree, _ = frame.sindex, zones.sindex
    index = PointIndex(xy)

    pairs = index.inside(shapes)
    same(pairs, *tree.query(shapes, predicate="covers"))
    joined = zones.sjoin(frame, predicate="covers")
    same(pairs, joined.index.to_numpy(), joined["index_right"].to_numpy())
    print(f"{points:,} points, {areas:,} areas, {len(pairs[0]):,} pairs, all equal\n")

    report("PointIndex.inside = 1; how much longer:", race(
        ours=lambda: index.inside(shapes),
        sjoin_of_areas_with_points_covers=lambda: zones.sjoin(frame, predicate="covers"),
        sjoin_of_points_with_areas_within=lambda: frame.sjoin(zones, predicate="within"),
        sjoin_of_points_with_areas_intersects=lambda: frame.sjoin(zones, predicate="intersects"),
        STRtree_of_points_query_areas_covers=lambda: tree.query(shapes, predicate="covers")))
    report("building PointIndex = 1; how much longer:", race(
        3, ours=lambda: PointIndex(xy), points_and_their_STRtree=lambda: tree_of(xy)))

    membership = Membership.of(index, shapes)
    edited = shapes.copy()
    order = np.random.default_rng(2).permutation(areas)[:200]
    for number in order:
        edited[number] = shapely.affinity.translate(shapes[number], 40.0, 25.0)
        membership.replace(number, edited[number])
    assert np.array_equal(membership.counts, Membership.of(index, edited).counts), "the counts differ"

    def there_and_back() -> None:
        for number in order:
            membership.replace(number, shapes[number])
            membership.replace(number, edited[number])
    report("Membership.replace, mean of 400 edits = 1; how much longer:", race(
        3, ours=there_and_back,
        Membership_from_scratch=lambda: Membership.of(index, edited),
        sjoin_and_counting=lambda: np.bincount(zones.sjoin(frame, predicate="covers")["index_right"], minlength=points),
    ), units=2 * len(order))

    # Where areas are a partition, a join by the first area is one more line.
    assert np.array_equal(locate(index, shapes) >= 0, np.isin(np.arange(points), pairs[1]))
    print(f"\nmost memory beside the data: inside {peak_mb(lambda: index.inside(shapes)):.0f} MB, "
          f"sjoin {peak_mb(lambda: zones.sjoin(frame, predicate='covers')):.0f} MB; "
          f"whole process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
