"""Points that were joined to a network, after a few of its edges are gone, new or renumbered."""

from __future__ import annotations

import numpy as np

from geo.network.attachment import Attached, attach
from geo.network.legs import Around, attach_clear, reattach_clear
from tests.geo.street_plan import plan

#   south y 0, north y 10, each 100 m long from x 0; both for everybody
SOUTH = ([(0, 0), (100, 0)], True, True, 0, 0)
NORTH = ([(0, 10), (100, 10)], True, True, 0, 0)
FAR = ([(0, 90), (100, 90)], True, True, 0, 0)


def after(before: list, now: list, old_edge: list[int], points: list, most: float = 50.0) -> list[tuple]:
    """Join points to one plan, then to the next; what is found at once is found step by step. Nothing stands around."""
    points = np.array(points, float)
    network = plan(now)
    nothing = Around(np.empty(0, dtype=object), np.empty(0, dtype=object), np.empty((0, 2)))
    every = [np.ones(len(each), dtype=bool) for each in (before, now)]
    was = attach_clear(plan(before), points, "walk", most, nothing, every[0])
    found = reattach_clear((network, points, "walk", most, nothing, every[1]), was, np.array(old_edge, dtype=np.int64))
    at_once = attach_clear(network, points, "walk", most, nothing, every[1])
    for name in ("edge", "at_m", "access_m"):
        np.testing.assert_array_equal(getattr(found, name), getattr(at_once, name), err_msg=name)
    assert found.edge.dtype == np.int32
    return list(zip(found.edge.tolist(), found.at_m.tolist(), found.access_m.tolist(), strict=True))


def test_a_point_in_the_middle_between_an_old_edge_and_a_new_one_goes_to_the_lower_number():
    middle = [[30, 5]]
    assert after([SOUTH], [SOUTH, NORTH], [0, -1], middle) == [(0, 30, 5)]  # the old one is the lower
    assert after([NORTH], [SOUTH, NORTH], [-1, 0], middle) == [(0, 30, 5)]  # the new one is


def test_a_new_edge_takes_only_what_is_nearer_to_it():
    points = [[30, 4], [30, 6], [30, 5.5]]
    assert after([SOUTH], [SOUTH, NORTH], [0, -1], points) == [(0, 30, 4), (1, 30, 4), (1, 30, 4.5)]


def test_an_edge_whose_number_moves_keeps_its_points():
    assert after([SOUTH, NORTH], [NORTH], [1], [[30, 9]]) == [(0, 30, 1)]
    assert after([NORTH, FAR], [SOUTH, NORTH, FAR], [-1, 0, 1], [[30, 9], [30, 89]]) == [(1, 30, 1), (2, 30, 1)]


def test_a_point_whose_edge_is_gone_is_sought_anew_among_old_and_new_edges():
    assert after([SOUTH, NORTH], [SOUTH], [0], [[30, 9]]) == [(0, 30, 9)]
    assert after([SOUTH, FAR], [SOUTH, NORTH], [0, -1], [[30, 60]]) == [(1, 30, 50)]
    assert after([SOUTH, FAR], [SOUTH], [0], [[30, 89]]) == [(-1, *both_nan())]  # 89 m off: too far


def test_of_many_points_only_those_whose_edge_is_gone_are_sought_anew():
    points = [[30, 1], [30, 9], [30, 89], [30, 500]]
    assert after([SOUTH, NORTH, FAR], [SOUTH, FAR], [0, 2], points) == [
        (0, 30, 1), (0, 30, 9), (1, 30, 1), (-1, *both_nan()),
    ]  # fmt: skip


def test_a_point_that_was_too_far_is_joined_when_an_edge_comes_near():
    assert after([SOUTH], [SOUTH, FAR], [0, -1], [[30, 80], [30, 60]]) == [(1, 30, 10), (1, 30, 30)]
    assert after([SOUTH], [FAR, SOUTH], [-1, 0], [[30, 80]]) == [(0, 30, 10)]


def test_what_is_near_nothing_stays_so():
    assert after([SOUTH], [SOUTH, NORTH], [0, -1], [[30, 500], [np.nan, 0]]) == [(-1, *both_nan())] * 2


def test_a_point_leaves_an_edge_that_hangs_together_with_nothing_any_more():
    long, link = ([(0, 0), (3000, 0)], True, True, 0, 0), ([(0, 0), (0, 10)], True, True, 0, 0)
    assert after([long, NORTH, link], [long, NORTH], [0, 1], [[30, 9], [30, 1]]) == [(0, 30, 9), (0, 30, 1)]


def test_all_edges_are_new_and_none_is():
    assert after([SOUTH], [NORTH], [-1], [[30, 4]]) == [(0, 30, 6)]
    assert after([SOUTH], [FAR], [-1], [[30, 4]]) == [(-1, *both_nan())]
    assert after([SOUTH], [SOUTH], [0], [[30, 4], [30, 3]]) == [(0, 30, 4), (0, 30, 3)]


def test_a_point_is_joined_over_the_distance_that_is_given_and_no_more():
    found = attach(plan([SOUTH]), np.array([[50, 200.0], [50, 200.01]]), "walk", 200.0)
    assert found.edge.tolist() == [0, -1]


def test_points_on_the_first_edge_have_places():
    found = attach(plan([SOUTH, NORTH]), np.array([[30, 1], [30, 9]], float), "walk", 200.0)
    assert found.places(plan([SOUTH, NORTH])).tolist() == [[30, 0], [30, 10]]
    assert len(found) == 2 and isinstance(found.take(np.array([0])), Attached)


def test_infinite_in_one_coordinate_is_nowhere():
    found = attach(plan([SOUTH]), np.array([[30, np.inf], [np.nan, 0], [30, 0]]), "walk", np.inf)
    assert found.edge.tolist() == [-1, -1, 0]


def test_a_network_that_nobody_may_use_joins_nothing():
    found = attach(plan([SOUTH]), np.array([[30, 1.0]]), "walk", 200.0, usable=np.array([False]))
    assert found.edge.tolist() == [-1]
    drive_only = [([(0, 0), (100, 0)], False, True, 0, 0)]
    assert attach(plan(drive_only), np.array([[30, 1.0]]), "walk", 200.0, usable=np.array([True])).edge.tolist() == [-1]


class _SameNan(float):
    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and other != other

    __hash__ = float.__hash__


def both_nan() -> tuple[float, float]:
    """Of a point that is joined to nothing: no place, no way; equal to any nan."""
    return _SameNan("nan"), _SameNan("nan")
