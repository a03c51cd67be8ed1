"""Places on edges have the same bits as those that GEOS gives."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network import on_edges_kernel
from tests.suite import examples

NUMBER = st.one_of(st.integers(-4, 4).map(float), st.floats(-1e6, 1e6).map(lambda each: round(each, 7)))
PLACE = st.tuples(NUMBER, NUMBER)
COURSE = st.lists(PLACE, min_size=2, max_size=6)


def laid(courses: list[list[tuple[float, float]]]) -> SimpleNamespace:
    """Return courses as a network holds them."""
    xy = np.array([place for course in courses for place in course])
    return SimpleNamespace(xy=xy, offsets=np.concatenate([[0], np.cumsum([len(each) for each in courses])]))


@settings(max_examples=examples(300), deadline=None)
@given(courses=st.lists(COURSE, min_size=1, max_size=4), points=st.lists(PLACE, min_size=1, max_size=8),
       share=st.floats(0, 1))  # fmt: skip
def test_the_nearest_place_and_the_place_so_far_along_are_those_of_geos(
    courses: list[list[tuple[float, float]]], points: list[tuple[float, float]], share: float
) -> None:
    net, xy = laid(courses), np.array(points)
    lines = np.array([shapely.LineString(each) for each in courses])
    edge, row = (each.ravel() for each in np.meshgrid(np.arange(len(lines)), np.arange(len(xy))))
    at_m, away_m = on_edges_kernel.nearest(xy[row], edge, net.xy, net.offsets)
    whole = shapely.points(xy)
    assert at_m.tolist() == shapely.line_locate_point(lines[edge], whole[row]).tolist()
    assert away_m.tolist() == shapely.distance(lines[edge], whole[row]).tolist()
    for along_m in (at_m, shapely.length(lines[edge]) * share):
        there = shapely.get_coordinates(shapely.line_interpolate_point(lines[edge], along_m))
        assert on_edges_kernel.places(edge, along_m, net.xy, net.offsets).tolist() == there.tolist()
