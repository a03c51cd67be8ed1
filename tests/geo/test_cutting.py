"""Many small shapes cut by one large one, as each of them cut by all of it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.shapes import common, cutting
from tests.suite import examples

places = st.tuples(st.integers(-20, 120), st.integers(-20, 120), st.integers(1, 60))


def lake(seed: int) -> shapely.Geometry:
    """An area of many corners with islands in it, and one beside it."""
    rng, turn = np.random.default_rng(seed), np.linspace(0, 2 * np.pi, 400, endpoint=False)
    shore = 50 + (40 + rng.uniform(0, 8, (400, 1))) * np.column_stack([np.cos(turn), np.sin(turn)])
    islands = shapely.buffer(shapely.points(rng.uniform(20, 80, (6, 2))), 4.0)
    water = shapely.Polygon(shore).difference(shapely.union_all(islands))
    return shapely.union_all([water, shapely.box(110, 0, 118, 90)])


@settings(max_examples=examples(60))
@given(st.integers(0, 2**32), st.lists(places, min_size=1, max_size=20))
def test_it_is_what_each_has_in_common_with_all_of_it(seed, corners):
    shapes = np.array([*(shapely.box(x, y, x + side, y + side / 2) for x, y, side in corners), shapely.Polygon(), None])
    area = lake(seed)
    expected = shapely.intersection(shapes, area)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "_DIRECTLY", 0)
        patch.setattr(cutting, "_TOGETHER", 1)
        found = common(shapes, area)
    assert found[-1] is None
    assert shapely.is_valid(found[:-1]).all()
    assert shapely.area(shapely.symmetric_difference(found[:-1], expected[:-1])).max() < 1e-9


def test_few_are_cut_at_once():
    shapes = np.array([shapely.box(0, 0, 60, 60), shapely.Polygon(), None], dtype=object)
    assert shapely.equals_identical(common(shapes, lake(1))[:2], shapely.intersection(shapes, lake(1))[:2]).all()


def test_most_are_not_cut_by_all_of_it(monkeypatch):
    monkeypatch.setattr(cutting, "_DIRECTLY", 0)
    asked, intersection = [], shapely.intersection

    def seen(one: object, other: shapely.Geometry) -> object:
        asked.append(np.size(one) * shapely.get_num_coordinates(other))
        return intersection(one, other)

    area = lake(2)
    steps = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    middle = 50 + 43 * np.column_stack([np.cos(steps), np.sin(steps)])  # along the shore
    shapes = shapely.box(*(middle - 1).T, *(middle + 1).T)
    expected = shapely.area(intersection(shapes, area))
    monkeypatch.setattr(shapely, "intersection", seen)
    assert np.allclose(shapely.area(common(shapes, area)), expected)
    assert sum(asked) < len(shapes) * shapely.get_num_coordinates(area) / 3
