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
