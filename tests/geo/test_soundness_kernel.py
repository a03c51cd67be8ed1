"""Polygons that are known to be sound at a glance: GEOS says so of every one of them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.shapes.containment import _edges
from geo.shapes.soundness_kernel import surely_sound
from tests.bench.bench_containment import star

SMALL = st.integers(0, 5)
RINGS = st.lists(st.tuples(SMALL, SMALL), min_size=3, max_size=8)
SQUARE = [(0, 0), (9, 0), (9, 9), (0, 9)]
HOLE = [(2, 2), (4, 2), (4, 4), (2, 4)]


def sure(*polygons: shapely.Geometry) -> list[bool]:
    areas = np.array(polygons, dtype=object)
    return surely_sound(*_edges(areas), shapely.get_type_id(areas) == 3).tolist()


@given(RINGS, st.lists(RINGS, max_size=2))
def test_what_is_sure_is_valid(shell: list[tuple], holes: list[list[tuple]]) -> None:
    polygon = shapely.Polygon(shell, holes)
    (said,) = sure(polygon)
    assert not said or polygon.is_valid


def test_usual_areas_are_sure() -> None:
    dice = np.random.default_rng(7)
    areas = [area for area in (star(dice, 0.0, 0.0, 100.0) for _ in range(200)) if area.is_valid]
    assert all(sure(*areas))
    assert sure(shapely.Polygon(SQUARE, [HOLE]), shapely.box(0, 0, 1, 1)) == [True, True]


@pytest.mark.parametrize(
    ("kind", "shell", "holes"),
    [
        ("a bow-tie", [(0, 0), (9, 9), (9, 0), (0, 9)], []),
        ("a spike", [(0, 0), (9, 0), (15, 0), (9, 0), (9, 9)], []),
        ("a hole outside", SQUARE, [[(12, 2), (14, 2), (14, 4)]]),
        ("a hole in a hole", SQUARE, [[(1, 1), (8, 1), (8, 8), (1, 8)], HOLE]),
        ("a hole across the shell", SQUARE, [[(8, 2), (12, 2), (12, 4), (8, 4)]]),
        ("a hole at the shell", SQUARE, [[(0, 2), (4, 2), (4, 4), (0, 4)]]),
        ("a point twice", [(0, 0), (9, 0), (9, 0), (9, 9)], []),
        ("a number without end", [(0, 0), (9, 0), (np.inf, 9)], []),
    ],
)
def test_what_is_not_sound_or_odd_is_left_to_geos(kind: str, shell: list[tuple], holes: list[list[tuple]]) -> None:
    assert sure(shapely.Polygon(shell, holes)) == [False], kind


def test_several_parts_nothing_and_emptiness_are_left_to_geos() -> None:
    parts = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)])
    assert sure(parts, shapely.Polygon(), None, shapely.box(0, 0, 1, 1)) == [False, False, False, True]  # type: ignore[arg-type]


@given(st.lists(st.builds(shapely.Polygon, RINGS, st.lists(RINGS, max_size=2)), max_size=4))
def test_edges_are_those_of_every_ring(polygons: list[shapely.Polygon]) -> None:
    edges, rings, begins = _edges(np.array(polygons, dtype=object))
    expected = [ring.coords[:] for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    found = [edges[begin:end] for begin, end in pairwise(rings)]
    assert [[tuple(each[:2]) for each in ring] for ring in found] == [points[:-1] for points in expected]
    assert [[tuple(each[2:]) for each in ring] for ring in found] == [points[1:] for points in expected]
    assert np.diff(begins).tolist() == [1 + len(polygon.interiors) for polygon in polygons]
