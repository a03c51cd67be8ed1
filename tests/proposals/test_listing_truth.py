"""Few units gone through by bits, beside the truth: every way to put them together, tried one by one."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.districting import Effort, Problem, solve, tighten, widen
from geo.districting.listing import can_be_listed, divided_anew, listed
from tests.proposals.checker import partition_faults
from tests.proposals.test_districting_truth import Town, partitions, towns, truth
from tests.suite import examples

STEPS = 10_000_000


@settings(max_examples=examples(60), deadline=None)
@given(towns())
def test_the_cheapest_and_the_least_widening_of_all(town: Town) -> None:
    price, wide = truth(town)
    for count in range(2, len(town.graph) + 1):
        problem = town.problem(count)
        part, seen = listed(problem, np.inf, STEPS)
        assert seen and (part is not None) == (count in price)
        if part is not None:
            assert problem.within(part) and problem.price(part) == pytest.approx(price[count])
        part, seen = listed(problem, np.inf, STEPS, widen=True)
        assert seen and part is not None and problem.widest(part) == pytest.approx(wide[count], abs=1e-6)


@settings(max_examples=examples(60), deadline=None)
@given(towns(), st.randoms(use_true_random=False))
def test_evenness_counts_and_pairs_are_divided_as_well_as_can_be(town: Town, random: object) -> None:
    """What is divided anew stays whole and within the band, and no pair alone could be divided better."""
    every = [each for each in partitions(town.graph) if len(each) >= 2]
    within = [each for each in every if all(town.low <= weight_of(town, block) <= town.high for block in each)]
    if not within:
        return
    blocks = random.choice(within)  # type: ignore[attr-defined]  # Hypothesis' own
    load = np.array([random.randint(0, 5) for _ in town.graph], float)  # type: ignore[attr-defined]
    problem = town.problem(len(blocks), balanced=load, uneven=0.5)
    start = labels(blocks)
    made = divided_anew(problem, start, STEPS, lambda: False)
    assert partition_faults(town.graph, dict(enumerate(made.tolist())), problem.count, (town.low, town.high)) == []
    assert problem.price(made) <= problem.price(start) + 1e-9
    same = [each for each in within if len(each) == len(blocks)]
    for other in (labels(each) for each in same):
        if changed(made, other) <= 2:
            assert problem.price(other) >= problem.price(made) - 1e-6
    part, seen = listed(problem, np.inf, STEPS)
    assert seen and part is not None
    assert problem.price(part) == pytest.approx(min(problem.price(labels(each)) for each in same))


def labels(blocks: list[frozenset[int]]) -> np.ndarray:
    part = np.empty(sum(map(len, blocks)), np.int64)
    for at, block in enumerate(blocks):
        part[sorted(block)] = at
    return part


def changed(one: np.ndarray, other: np.ndarray) -> int:
    """Count the districts of the one that are no districts of the other."""
    sets = {frozenset(np.flatnonzero(other == each).tolist()) for each in np.unique(other)}
    return sum(frozenset(np.flatnonzero(one == each).tolist()) not in sets for each in np.unique(one))


def weight_of(town: Town, block: frozenset[int]) -> int:
    return sum(town.graph.nodes[unit]["weight"] for unit in block)


def lattice(side: int) -> Problem:
    """A square of units with weights of which no three districts are alike."""
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(side, side))
    for unit in graph:
        graph.nodes[unit]["weight"] = 10 + (unit * unit * 7) % 31
    nx.set_edge_attributes(graph, 1, "cost")
    return Town(graph, 0, 0).problem(3)


def test_a_band_that_nothing_keeps_to_is_widened_by_a_proven_least_without_an_exact_model() -> None:
    problem = lattice(5)
    mean = problem.total / 3
    asked = Problem(problem.graph, problem.weight, mean, mean, 3)
    found = widen(asked, range(3, 4), Effort(tries=1, steps=10, least=500, nodes=1), lambda: 60.0)
    assert found.proven and found.by == pytest.approx(asked.widest(found.best.part))
    part, seen = listed(asked, found.by, STEPS, widen=True)
    assert seen and part is None


def test_few_units_are_proven_without_an_exact_model() -> None:
    problem = lattice(5)
    mean = problem.total / 3
    asked = Problem(problem.graph, problem.weight, 0.9 * mean, 1.1 * mean, 3)
    effort = Effort(tries=1, steps=10, least=500, nodes=1)
    found = tighten(asked, solve(asked, effort, lambda: False), effort, 60.0)
    assert found.proven and found.feasible


def test_many_units_and_homes_are_not_gone_through() -> None:
    assert not can_be_listed(lattice(8))
    problem = lattice(4)
    home = Problem(problem.graph, problem.weight, 0, 1e6, 3, home=np.zeros(16, np.int64), leaving=np.ones(16))
    assert not can_be_listed(home) and can_be_listed(home, widen=True)
