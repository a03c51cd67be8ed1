"""Which legs cross a building, beside what GEOS says of every pair."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.network import Around


def footprints(rng: np.random.Generator, corners: np.ndarray) -> np.ndarray:
    """Return boxes, turned ones, notched ones, some in two parts, with a yard, or that cross themselves."""
    shapes = []
    for number, (x, y) in enumerate(corners):
        made = (
            shapely.box(x, y, x + rng.integers(5, 40), y + rng.integers(5, 30)),
            shapely.affinity.rotate(shapely.box(x, y, x + 30, y + 12), rng.uniform(0, 90)),
            shapely.Polygon([(x, y), (x + 20, y), (x + 20, y + 20), (x + 10, y + 5), (x, y + 20)]),
            shapely.MultiPolygon([shapely.box(x, y, x + 8, y + 8), shapely.box(x + 12, y, x + 30, y + 30)]),
            shapely.box(x, y, x + 30, y + 30).difference(shapely.box(x + 5, y + 5, x + 25, y + 25)),
            shapely.Polygon([(x, y), (x + 10, y + 10), (x + 10, y), (x, y + 10)]),
            None,
        )
        shapes.append(made[number % len(made)])
    return np.array(shapes, dtype=object)


@pytest.mark.parametrize("step", [None, 5.0], ids=["anywhere", "corner to corner"])
@pytest.mark.parametrize("with_own", [False, True])
def test_crossing_is_what_geos_says(step: float | None, with_own: bool) -> None:
    """On a lattice legs touch corners, run along walls, begin on walls and have no length."""
    rng = np.random.default_rng(5)
    corners, start = rng.uniform(0, 400, (140, 2)), rng.uniform(0, 400, (700, 2))
    end = start + rng.normal(0, 50, start.shape)
    if step:
        corners, start, end = (np.round(each / step) * step for each in (corners, start, end))
    around = Around(np.empty(0, object), footprints(rng, corners), np.empty((0, 2)))
    legs = shapely.linestrings(np.stack([start, end], axis=1))
    own = rng.integers(0, len(around.buildings), len(legs)) if with_own else None
    said = [
        any(
            not shapely.intersects_xy(shape, *start[row])
            and shapely.intersects(leg, shape)
            and shapely.crosses(leg, shape)
            for number, shape in enumerate(around.buildings)
            if own is None or number != own[row]
        )
        for row, leg in enumerate(legs)
    ]
    found = around.crosses_building(shapely.get_coordinates(legs).reshape(-1, 4), own)
    assert found.tolist() == said
    assert 100 < found.sum() < 600


@pytest.mark.parametrize("step", [None, 5.0], ids=["anywhere", "corner to corner"])
def test_meeting_a_wall_is_what_geos_says(step: float | None) -> None:
    """On a lattice legs end at walls, run along them and have no length; walls are long, short, and of no length."""
    rng = np.random.default_rng(7)
    walls = [np.cumsum(rng.normal(0, 15, (rng.integers(2, 90), 2)), axis=0) + rng.uniform(0, 400, 2) for _ in range(60)]
    start = rng.uniform(0, 400, (700, 2))
    end = start + rng.normal(0, 50, start.shape)
    if step:
        walls = [np.round(each / step) * step for each in walls]
        start, end = (np.round(each / step) * step for each in (start, end))
    lines = np.array([shapely.LineString(each) for each in walls], dtype=object)
    around = Around(lines, np.empty(0, object), np.empty((0, 2)))
    legs = shapely.linestrings(np.stack([start, end], axis=1))
    found = around.crosses_obstacle(np.hstack([start, end]))
    assert found.tolist() == shapely.intersects(legs[:, None], lines[None]).any(axis=1).tolist()
    assert 100 < found.sum() < 690


def test_a_wall_with_openings_is_open_there() -> None:
    """Walls that gates have cut into several lines, round their corners too, are met as GEOS says."""
    rng = np.random.default_rng(11)
    walls = [np.cumsum(rng.normal(0, 30, (rng.integers(3, 30), 2)), axis=0) + rng.uniform(0, 300, 2) for _ in range(40)]
    lines = np.array([shapely.LineString(each) for each in walls], dtype=object)
    gates = shapely.buffer(shapely.points(np.concatenate([each[1:-1:3] for each in walls])), 6.0)
    lines = shapely.difference(lines, shapely.union_all(gates))
    around = Around(lines, np.empty(0, object), np.empty((0, 2)))
    start = rng.uniform(0, 300, (600, 2))
    ends = np.hstack([start, start + rng.normal(0, 25, start.shape)])
    met = shapely.intersects(shapely.linestrings(ends.reshape(-1, 2, 2))[:, None], lines[None]).any(axis=1)
    assert around.crosses_obstacle(ends).tolist() == met.tolist()
    assert 50 < met.sum() < 550


def test_where_nothing_stands_nothing_is_met() -> None:
    nothing = Around(np.empty(0, object), np.empty(0, object), np.empty((0, 2)))
    legs = np.array([[0.0, 0.0, 10.0, 10.0], [3.0, 3.0, 3.0, 3.0]])
    assert not nothing.crosses_obstacle(legs).any() and not nothing.crosses_building(legs).any()


def test_a_land_of_long_walls_is_looked_through_without_cells() -> None:
    """Walls from end to end lie in every cell of a grid, so that none is laid out; the answers are the same."""
    walls = np.array([shapely.LineString([(0, n), (4_000, 4_000 - n)]) for n in range(0, 4_000, 10)], dtype=object)
    around = Around(walls, np.empty(0, object), np.empty((0, 2)))
    legs = np.random.default_rng(3).uniform(0, 4_000, (300, 2))
    ends = np.hstack([legs, legs + 3.0])
    lines = shapely.linestrings(ends.reshape(-1, 2, 2))
    assert around._walls is None
    met = shapely.intersects(lines[:, None], walls[None]).any(axis=1)
    assert around.crosses_obstacle(ends).tolist() == met.tolist()
