"""Stretches that run along a course, lines cut at intervals, vertices put in; answers by eye."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.lines.linework import divided, running_along, with_vertices

STREET = shapely.LineString([(0, 0), (1000, 0)])


def along(*course: tuple[float, float], line: shapely.LineString = STREET) -> list[tuple[float, float]]:
    return [(round(a), round(b)) for a, b in running_along(line, shapely.LineString(course), 8.0)]


@pytest.mark.parametrize(
    ("course", "found"),
    [
        ([(200, 3), (500, 3)], [(200, 500)]),  # beside it
        ([(500, -3), (200, -3)], [(200, 500)]),  # drawn the other way
        ([(-50, 0), (2000, 0)], [(0, 1000)]),  # beyond both ends
        ([(200, 9), (500, 9)], []),  # too far off
        ([(500, -50), (500, 50)], []),  # across it
        ([(500, -20), (540, 20)], []),  # across it at 45 degrees
        ([(200, 0), (203, 0)], []),  # too short to mean it
        ([(0.4, 0), (999.8, 0)], [(0, 1000)]),  # as good as all of it
    ],
)
def test_what_runs_along(course: list, found: list) -> None:
    assert along(*course) == found


def test_a_side_road_that_ends_on_the_closed_one_stays() -> None:
    side = shapely.LineString([(500, 0), (500, 200)])
    assert along((0, 0), (1000, 0), line=side) == []


def test_a_ring_is_closed_along_half_of_it() -> None:
    ring = shapely.LineString([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)])
    assert along((0, 0), (100, 0), (100, 100), line=ring) == [(0, 200)]


def test_a_short_road_is_closed_whole() -> None:
    assert along((0, 0), (1000, 0), line=shapely.LineString([(10, 0), (13, 0)])) == [(0, 3)]


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=12, unique=True))
def test_pieces_make_up_the_line(cuts: list[int]) -> None:
    line = shapely.LineString([(0, 0), (300, 400), (300, 900)])
    cuts = sorted(cuts)
    intervals = list(zip(cuts[0::2], cuts[1::2], strict=False))
    pieces = divided(line, intervals)
    assert sum(piece.length for piece, _ in pieces) == pytest.approx(1000)
    inside = sum(piece.length for piece, is_inside in pieces if is_inside)
    assert inside == pytest.approx(sum(b - a for a, b in intervals))
    ends = np.array([[piece.coords[0], piece.coords[-1]] for piece, _ in pieces])
    assert np.allclose(ends[1:, 0], ends[:-1, 1])


@given(st.lists(st.integers(0, 700), max_size=8))
def test_vertices_change_no_course(places: list[int]) -> None:
    line = shapely.LineString([(0, 0), (300, 400), (300, 600)])
    points = [line.interpolate(each) for each in places]
    found = with_vertices(line, points)
    assert found.length == pytest.approx(700)
    assert found.hausdorff_distance(line) < 1e-6
    vertices = shapely.multipoints(shapely.get_coordinates(found))
    assert all(point.distance(vertices) < 1e-9 for point in points)
