"""The assignment of targets to posts against every way there is, on small cases."""

from __future__ import annotations

import itertools
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.proposals.posts import matching
from layers.proposals.posts.matching import Problem, assigned, most_served, price, smallest_most, smallest_reach
from tests.suite import examples

MOST_TARGETS, MOST_POSTS = 5, 4


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    n, p = draw(st.integers(1, MOST_TARGETS)), draw(st.integers(1, MOST_POSTS))
    cost = draw(st.lists(st.integers(0, 9), min_size=n * p, max_size=n * p))
    allowed = draw(st.lists(st.sampled_from([True, True, False]), min_size=n * p, max_size=n * p))
    held = draw(st.lists(st.integers(0, 3), min_size=p, max_size=p))
    shape = (n, p)
    return Problem(np.reshape(cost, shape), np.reshape(allowed, shape), np.array(held), draw(st.integers(0, 3)))


def ways(problem: Problem, room: np.ndarray) -> list[np.ndarray]:
    """Return every way to assign targets, or to leave them."""
    n, p = problem.cost.shape
    found = []
    for way in itertools.product(range(-1, p), repeat=n):
        post = np.array(way)
        there = np.flatnonzero(post >= 0)
        if problem.allowed[there, post[there]].all() and (np.bincount(post[there], minlength=p) <= room).all():
            found.append(post)
    return found


@pytest.mark.parametrize("pairs", [pytest.param(matching.MOST_PAIRS, id="by places"),
                                   pytest.param(0, id="by posts", marks=pytest.mark.deep)])  # fmt: skip
@given(problem=problems(), most=st.integers(1, 5))
@settings(max_examples=examples(300), deadline=None)
def test_as_many_as_can_be_and_of_those_the_cheapest(pairs: int, problem: Problem, most: int) -> None:
    room = problem.room(most)
    every = ways(problem, room)
    best = min(every, key=lambda post: (int((post < 0).sum()), price(problem, post)))
    with mock.patch.object(matching, "MOST_PAIRS", pairs):
        found = assigned(problem, room)
    assert any((found == each).all() for each in every)
    assert (found >= 0).sum() == (best >= 0).sum() == most_served(problem.allowed, room)
    assert price(problem, found) == price(problem, best)


@given(problems())
@settings(max_examples=examples(200), deadline=None)
def test_the_smallest_limit_suffices_and_one_less_does_not(problem: Problem) -> None:
    def suffices(most: int) -> bool:
        return any((each >= 0).all() for each in ways(problem, problem.room(most)))

    found = smallest_most(problem)
    assert found == next((most for most in range(1, 9) if suffices(most)), None)


@given(problems(), st.integers(1, 5))
@settings(max_examples=examples(200), deadline=None)
def test_the_smallest_reach_suffices_and_one_less_does_not(problem: Problem, most: int) -> None:
    room = problem.room(most)

    def suffices(reach: int) -> bool:
        near = Problem(problem.cost, problem.allowed & (problem.cost <= reach), problem.held, 0)
        return any((each >= 0).all() for each in ways(near, room))

    found = smallest_reach(problem.cost, problem.allowed, room)
    assert found == next((reach for reach in range(10) if suffices(reach)), None)


@given(st.integers(0, 2**31), st.integers(1, 60), st.integers(1, 7), st.integers(0, 300))
@settings(max_examples=examples(60), deadline=None)
def test_both_ways_of_assigning_serve_as_many_at_the_same_price(seed: int, n: int, p: int, even: int) -> None:
    chance = np.random.default_rng(seed)
    problem = Problem(chance.integers(0, 900, (n, p)), chance.random((n, p)) < 0.7, chance.integers(0, 9, p), even)
    room = chance.integers(0, 2 * n // p + 2, p)
    by_places = assigned(problem, room)
    with mock.patch.object(matching, "MOST_PAIRS", 0):
        by_posts = assigned(problem, room)
    assert (np.bincount(by_posts[by_posts >= 0], minlength=p) <= room).all()
    assert problem.allowed[np.flatnonzero(by_posts >= 0), by_posts[by_posts >= 0]].all()
    assert (by_posts >= 0).sum() == (by_places >= 0).sum() == most_served(problem.allowed, room)
    assert price(problem, by_posts) == price(problem, by_places)
