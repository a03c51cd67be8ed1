"""Bundles found are the best there are: against every way to bundle a few things; and no bound is above them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.bundling import Ground, Members, Problem, apart, bundled, heaviest, hulls, lightest, near_pairs, solving
from geo.bundling.bounds import cheapest
from geo.bundling.links import Links
from tests.suite import examples

INF = np.inf


@st.composite
def problems(draw: st.DrawFn, most: int = 12) -> Problem:
    """Draw things in a row or a tangle, with floor areas and households, and limits that bind or contradict."""
    n = draw(st.integers(1, most))
    pairs = list(combinations(range(n), 2))
    near = [pair for pair in pairs if pair[1] - pair[0] <= 3]
    links = sorted(draw(st.sets(st.sampled_from(near), max_size=2 * n))) if near else []
    length = draw(st.lists(st.integers(0, 5000), min_size=len(links), max_size=len(links)))
    area = draw(st.lists(st.integers(100, 6000), min_size=n, max_size=n))
    homes = draw(st.lists(st.integers(0, 60), min_size=n, max_size=n))
    most_area = draw(st.sampled_from([3000.0, 10_000.0, INF]))
    low, high = draw(st.sampled_from([(0, INF), (0, 90), (40, INF), (60, 100), (300, INF)]))
    first, second = np.array(links, np.int64).reshape(-1, 2).T
    return Problem(first, second, np.array(length) / 100.0, np.column_stack([area, homes]).astype(float),
                   np.array([0.0, low]), np.array([most_area, high]), 1000.0, 100.0)  # fmt: skip


def possible(problem: Problem) -> dict[frozenset[int], float]:
    """Return every set that may be a bundle with what it costs."""
    graph = nx.Graph()
    graph.add_nodes_from(range(problem.n))
    graph.add_weighted_edges_from(zip(problem.first, problem.second, problem.length, strict=True))
    found = {}
    for size in range(2, problem.n + 1):
        for mine in combinations(range(problem.n), size):
            sums = problem.weight[list(mine)].sum(axis=0)
            if (sums > problem.highest).any() or (sums < problem.lowest).any():
                continue
            part = graph.subgraph(mine)
            if nx.is_connected(part):
                tree = nx.minimum_spanning_tree(part)
                found[frozenset(mine)] = 100.0 + sum(each["weight"] for _, _, each in tree.edges(data=True))
    return found


def least(problem: Problem) -> float:
    """Return what the best bundling costs, by trying all."""
    sets = possible(problem)

    @cache
    def best(rest: frozenset[int]) -> float:
        if not rest:
            return 0.0
        first = min(rest)
        ways = [1000.0 + best(rest - {first})]
        ways += [cost + best(rest - mine) for mine, cost in sets.items() if first in mine and mine <= rest]
        return min(ways)

    return best(frozenset(range(problem.n)))


def solved(problem: Problem, seed: int = 1) -> solving.Bundled:
    # So long that a busy machine ends nothing: time that runs out is a result of its own, and tried below.
    return bundled(problem, seed, lambda: 900.0, lambda share: None)


@settings(max_examples=examples(150, 8), deadline=None)
@given(problems(most=9))
def test_few_things_are_bundled_as_well_as_can_be(problem: Problem) -> None:
    found, best = solved(problem), least(problem)
    assert found.cost == pytest.approx(best, abs=1e-6) and found.proven
    assert problem.cost(found.bundle) == pytest.approx(found.cost)
    assert bool((found.bundle >= 0).any()) == bool(possible(problem))
    assert cheapest(problem) <= best + 1e-6


@settings(max_examples=examples(60, 6), deadline=None)
@given(problems(most=9))
def test_the_model_of_larger_problems_gives_the_same(problem: Problem) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solving, "SMALL", 1)
        found = solved(problem)
    best = least(problem)
    assert found.cost == pytest.approx(best, abs=1e-6)
    assert found.bound <= best + 1e-5


@settings(max_examples=examples(60), deadline=None)
@given(problems(most=9))
def test_the_smallest_relaxation_is_the_smallest(problem: Problem) -> None:
    for kind in (0, 1):
        open_ = replace(problem, highest=np.where(np.arange(2) == kind, INF, problem.highest))
        sums = [problem.weight[list(mine), kind].sum() for mine in possible(open_)]
        assert lightest(problem, kind) == ((min(sums), True) if sums else None)
    free = replace(problem, lowest=np.zeros(2))
    sums = [problem.weight[list(mine), 1].sum() for mine in possible(free)]
    assert heaviest(problem, 1) == ((max(sums), True) if sums else None)


def city(n: int, seed: int) -> Problem:
    """Return things on a bent lattice, each linked to those beside it."""
    rng = np.random.default_rng(seed)
    rows = np.arange(n * n).reshape(n, n)
    first = np.concatenate([rows[:, :-1].ravel(), rows[:-1].ravel()])
    second = np.concatenate([rows[:, 1:].ravel(), rows[1:].ravel()])
    order = np.lexsort((second, first))
    weight = np.column_stack([rng.uniform(800, 5000, n * n), rng.integers(5, 60, n * n)])
    length = np.round(rng.uniform(2, 48, len(first)), 2)
    return Problem(first[order], second[order], length, weight, np.zeros(2), np.array([10_000.0, INF]), 1000.0, 100.0)


def test_a_time_limit_that_is_up_leaves_sound_bundles_and_a_bound() -> None:
    problem = city(9, 1)
    hurried, whole = bundled(problem, 1, lambda: 0.0, lambda share: None), solved(problem)
    assert hurried.stopped and not hurried.proven and problem.cost(hurried.bundle) == pytest.approx(hurried.cost)
    assert hurried.bound <= whole.cost <= hurried.cost
    assert whole.bound >= hurried.bound


def test_the_same_seed_gives_the_same_bundles() -> None:
    problem = city(8, 2)
    assert (solved(problem, 3).bundle == solved(problem, 3).bundle).all()


def test_who_is_told_may_end_it() -> None:
    class Enough(Exception):
        pass

    def told(share: float) -> None:
        raise Enough

    with pytest.raises(Enough):
        bundled(city(3, 1), 1, lambda: 30.0, told)


def squares(*corners: tuple[float, float]) -> np.ndarray:
    return np.array([shapely.box(x, y, x + 10, y + 10) for x, y in corners], dtype=object)


def test_pairs_are_near_up_to_the_gap_itself() -> None:
    shapes = squares((0, 0), (60, 0), (130.1, 0))
    one, other = near_pairs(shapes, np.arange(3), 50.0)
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == [(0, 1)]


def test_of_two_ways_that_cross_the_shorter_stays() -> None:
    ways = np.array([shapely.LineString([(0, 0), (10, 10)]), shapely.LineString([(0, 9), (9, 0)]),
                     shapely.LineString([(10, 10), (20, 10)])], dtype=object)  # fmt: skip
    links = Links(np.array([0, 1, 2]), np.array([2, 3, 4]), shapely.length(ways), ways)
    assert apart(links).first.tolist() == [1, 2]


def test_an_area_goes_round_a_house_that_is_not_its_own() -> None:
    """Two houses north and south of each other, a third between them to the west."""
    shapes = squares((0, 0), (0, 40), (-12, 20), (300, 0))
    shapes[2] = shapely.box(-12, 20, 3, 30)
    ground = Ground(shapes, np.empty(0, dtype=object), np.array([shapely.box(8, 15, 30, 25)], dtype=object))
    way = np.array([shapely.LineString([(6, 10), (6, 40)])], dtype=object)
    (area,) = hulls(ground, Members([np.array([0, 1])], [way]), np.array([None], dtype=object))
    assert area.geom_type == "Polygon" and area.is_valid
    assert shapely.union(shapes[0], shapes[1]).difference(area).area < 1e-6
    assert area.intersection(shapes[2]).area == 0 and area.intersection(ground.areas[0]).area == 0
