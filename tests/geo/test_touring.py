"""A short walk past all places: held against every walk that there is."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.districting import tour_m
from tests.suite import examples

PLACES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=6)


def apart(places: list[tuple[int, int]]) -> np.ndarray:
    xy = np.array(places, float)
    return np.abs(xy[:, None] - xy[None]).sum(axis=2)


def length(distance_m: np.ndarray, order: tuple[int, ...]) -> float:
    return float(sum(distance_m[one, other] for one, other in pairwise(order)))


@given(PLACES)
@settings(max_examples=examples(200), deadline=None)
def test_a_walk_is_one_that_there_is_and_no_bound_is_above_the_shortest(places: list[tuple[int, int]]) -> None:
    distance_m = apart(places)
    every = [length(distance_m, order) for order in permutations(range(len(places)))]
    walk, bound = tour_m(distance_m)
    assert any(walk == pytest.approx(each) for each in every)
    assert bound <= min(every) + 1e-6 <= walk + 2e-6


def test_stretches_are_turned_round_until_that_shortens_nothing() -> None:
    """Ten places in a row, of which the nearest to each leads astray: the walk goes from end to end."""
    at = [0, 100, 9, 90, 19, 80, 31, 70, 44, 58]
    assert tour_m(apart([(x, 0) for x in at]))[0] == 100
