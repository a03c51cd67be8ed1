"""Small districtings beside the truth: every way to put the units together, tried one by one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.districting import Effort, Found, Problem, allotments, graph_of, solve, tighten, widen
from geo.districting.bounds import least_widening
from tests.proposals.checker import cut_of, partition_faults
from tests.suite import examples

ROOT = Path(__file__).parents[2]

EFFORT = Effort(seed=1, tries=3, steps=50, least=3_000, nodes=100_000)


@dataclass(frozen=True)
class Town:
    """A small graph with weights, and what is asked."""

    graph: nx.Graph
    low: int
    high: int

    def problem(self, count: int, **more: object) -> Problem:
        edges = list(self.graph.edges(data="cost"))
        one, other, cost = zip(*edges, strict=True) if edges else ((), (), ())
        made = graph_of(len(self.graph), np.array(one, int), np.array(other, int), np.array(cost, float))
        weight = np.array([self.graph.nodes[each]["weight"] for each in sorted(self.graph)], float)
        return Problem(made, weight, self.low, self.high, count, **more)

    @property
    def total(self) -> int:
        return sum(self.graph.nodes[each]["weight"] for each in self.graph)


@st.composite
def towns(draw: st.DrawFn, most: int = 9) -> Town:
    """Part of a lattice with some diagonals, connected, 2 to `most` units."""
    columns = draw(st.integers(2, 4))
    units = draw(st.integers(2, most))
    graph = nx.Graph()
    for unit in range(units):
        graph.add_node(unit, weight=draw(st.integers(0, 9)))
        x = unit % columns
        near = [unit - 1] * (x > 0) + [unit - columns] * (unit >= columns)
        near += [unit - columns - 1] * (x > 0 and unit > columns and draw(st.booleans()))
        for other in near:
            graph.add_edge(other, unit, cost=draw(st.integers(1, 5)))
    total = sum(graph.nodes[each]["weight"] for each in graph)
    low = draw(st.integers(0, max(1, total // 2)))
    return Town(graph, low, low + draw(st.integers(0, max(1, total // 3))))


def partitions(graph: nx.Graph) -> Iterator[list[frozenset[int]]]:
    """Yield every way to divide units into connected sets."""
    left = frozenset(graph)
    if not left:
        yield []
        return
    first = min(left)
    for block in connected_with(graph, first):
        rest = graph.subgraph(left - block)
        for others in partitions(rest):
            yield [block, *others]


def connected_with(graph: nx.Graph, first: int) -> Iterator[frozenset[int]]:
    """Yield every connected set of units with a given one."""
    seen = {frozenset([first])}
    waiting = list(seen)
    while waiting:
        block = waiting.pop()
        yield block
        around = {other for unit in block for other in graph[unit]} - block
        for other in around:
            larger = block | {other}
            if larger not in seen:
                seen.add(larger)
                waiting.append(larger)


def truth(town: Town) -> tuple[dict[int, float], dict[int, float]]:
    """Return by number of districts the least that one in band costs, and the least widening that any needs."""
    weight = nx.get_node_attributes(town.graph, "weight")
    price: dict[int, float] = {}
    wide: dict[int, float] = {}
    for blocks in partitions(town.graph):
        sums = [sum(weight[each] for each in block) for block in blocks]
        needed = max(max(town.low - each, each - town.high, 0) for each in sums)
        count = len(blocks)
        wide[count] = min(wide.get(count, np.inf), needed)
        if needed == 0:
            part = {unit: at for at, block in enumerate(blocks) for unit in block}
            price[count] = min(price.get(count, np.inf), cut_of(town.graph, part))
    return price, wide


def asked(town: Town) -> tuple[int | None, Found | None]:
    """Ask as an analysis does: the likeliest number of districts first, until one works."""
    for choice in allotments([town.total], [len(town.graph)], town.low, town.high):
        problem = town.problem(choice.total)
        found = tighten(problem, solve(problem, EFFORT, lambda: False), EFFORT, 60.0)
        assert found.proven
        if found.feasible:
            return choice.total, found
    return None, None


@settings(max_examples=examples(60, 5))
@given(towns())
def test_feasible_where_it_is_and_as_cheap_as_can_be(town: Town) -> None:
    price, _ = truth(town)
    count, found = asked(town)
    assert (count is None) == (not price)
    if found is not None and found.best is not None:
        part = dict(enumerate(found.best.part.tolist()))
        assert partition_faults(town.graph, part, count, (town.low, town.high)) == []
        assert found.best.price == cut_of(town.graph, part) == price[count]
        assert found.bound <= price[count] + 1e-6
        assert abs(town.total / count - (town.low + town.high) / 2) == min(
            abs(town.total / each - (town.low + town.high) / 2) for each in price
        )


@settings(max_examples=examples(40))
@given(towns())
def test_the_smallest_band_is_the_smallest(town: Town) -> None:
    _, wide = truth(town)
    found = widen(town.problem(1), range(1, len(town.graph) + 1), EFFORT, lambda: 60.0)
    assert found.proven
    assert found.by == pytest.approx(min(wide.values()))
    part = dict(enumerate(found.best.part.tolist()))
    band = (town.low - found.by, town.high + found.by)
    assert partition_faults(town.graph, part, found.count, band) == []
    weight = town.problem(1).weight
    for count, needed in wide.items():
        assert least_widening(weight, town.low, town.high, count) <= needed


@settings(max_examples=examples(30))
@given(towns(8), st.randoms(use_true_random=False))
def test_moving_and_unevenness_are_part_of_the_price(town: Town, random: object) -> None:
    price, _ = truth(town)
    count = min(price, default=None)
    if count is None:
        return
    home = np.array([random.randrange(count) for _ in town.graph])
    weight = town.problem(count).weight
    problem = town.problem(count, home=home, leaving=weight + 1, balanced=weight, uneven=0.5)
    found = tighten(problem, solve(problem, EFFORT, lambda: False), EFFORT, 60.0)
    assert found.proven and found.feasible
    best = np.inf
    for blocks in partitions(town.graph):
        sums = np.array([weight[list(block)].sum() for block in blocks])
        if len(blocks) == count and ((sums >= town.low) & (sums <= town.high)).all():
            best = min(best, cheapest_labels(problem, blocks))
    assert found.best.price == pytest.approx(best)


def cheapest_labels(problem: Problem, blocks: list[frozenset[int]]) -> float:
    """Return the least that a division costs whichever district is called which."""
    from itertools import permutations

    found = np.inf
    for labels in permutations(range(len(blocks))):
        part = np.empty(problem.graph.n, np.int64)
        for label, block in zip(labels, blocks, strict=True):
            part[list(block)] = label
        found = min(found, problem.price(part))
    return found


def test_twelve_units_in_three_rows() -> None:
    """Twelve equal units in a lattice of 3 × 4: three squares of four cannot be cheaper than two straight cuts."""
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(4, 3), ordering="sorted")
    nx.set_node_attributes(graph, 10, "weight")
    nx.set_edge_attributes(graph, 1, "cost")
    town = Town(graph, 30, 30)
    price, wide = truth(town)
    count, found = asked(town)
    assert (count, found.best.price, price[4]) == (4, 9.0, 9.0)
    assert asked(Town(graph, 31, 39)) == (None, None)
    smallest = widen(Town(graph, 31, 39).problem(1), range(1, 13), EFFORT, lambda: 60.0)
    assert (smallest.by, smallest.proven) == (1.0, True)
    assert wide[4] == 0


def test_the_same_seed_gives_the_same_districting() -> None:
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(12, 12), ordering="sorted")
    nx.set_node_attributes(graph, 7, "weight")
    nx.set_edge_attributes(graph, 1, "cost")
    town = Town(graph, 90, 120)
    once, again = (solve(town.problem(9), EFFORT, lambda: False) for _ in range(2))
    assert once.best.part.tolist() == again.best.part.tolist()
    assert once.feasible and 0 < once.bound <= once.best.price
    assert partition_faults(graph, dict(enumerate(once.best.part.tolist())), 9, (90, 120)) == []


PROVE_TWICE = """
import numpy as np
from geo.districting import Effort, Problem, graph_of, solve, tighten
row = graph_of(4, np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([1.0, 2.0, 1.0]))
problem, effort = Problem(row, np.ones(4), 1, 3, 2), Effort(tries=1, least=100)
for seed in (1, 2):
    found = tighten(problem, solve(problem, effort, lambda: False), effort, 60.0)
    assert found.proven and found.best.price == 1
print("proven")
"""


def test_the_solver_prints_nothing_among_what_is_printed() -> None:
    """The command line's answer goes to the same place, and other programs read it."""
    done = subprocess.run([sys.executable, "-c", PROVE_TWICE], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "proven\n", "")


def test_one_unit_that_is_too_heavy_takes_nobody_else_out_of_the_band() -> None:
    """A row of eleven units of 10 and one of 45: the band must reach 45 for it alone, the others keep to 20 to 30."""
    graph = nx.path_graph(12)
    nx.set_node_attributes(graph, {at: 45 if at == 11 else 10 for at in graph}, "weight")
    nx.set_edge_attributes(graph, 1, "cost")
    problem = Town(graph, 20, 30).problem(1)
    found = widen(problem, range(1, 13), EFFORT, lambda: 60.0)
    sums = sorted(np.bincount(found.best.part, weights=problem.weight).tolist())
    assert (found.by, found.proven, sums[-1]) == (15.0, True, 45.0)
    assert all(20 <= each <= 30 for each in sums[:-1])


def test_what_only_weights_say_proves_the_smallest_band_without_a_search() -> None:
    """Twenty courtyards of 1,000 in a row, a yard without anybody beside each: of 17 districts one has two of them."""
    graph = nx.path_graph(20)
    graph.add_edges_from((at, 20 + at + again * 20) for at in range(20) for again in range(3))
    nx.set_node_attributes(graph, {at: 1000 if at < 20 else 0 for at in graph}, "weight")
    nx.set_edge_attributes(graph, 1, "cost")
    problem = Town(graph, 300, 500).problem(17)
    found = widen(problem, range(17, 18), EFFORT, lambda: 0.0)
    assert (found.by, found.bound, found.count, found.proven) == (1500.0, pytest.approx(1500.0), 17, True)
    found = widen(problem, range(1, 23), EFFORT, lambda: 0.0, wanted=17)
    assert (found.by, found.count, found.proven) == (500.0, 20, True)


def test_many_districts_of_which_few_are_out_of_the_band_are_settled_in_it() -> None:
    """After one try one of a hundred districts has a household too many; another, cooler one puts that right."""
    side, count = 36, 100
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(side, side))
    one, other = np.array(graph.edges).T
    weight = np.array([10 + (unit * unit * 7) % 31 for unit in graph], float)
    mean = weight.sum() / count
    xy = np.stack(np.divmod(np.arange(side * side), side), axis=1).astype(float)
    made = graph_of(side * side, one, other, np.ones(len(one)))
    problem = Problem(made, weight, np.ceil(0.95 * mean), np.floor(1.05 * mean), count, xy)
    found = solve(problem, Effort(1, 1, 100, 1000), lambda: True)
    assert found.feasible and found.best is not None
    for unit in graph:
        graph.nodes[unit]["weight"] = weight[unit]
    band = problem.lowest, problem.highest
    assert partition_faults(graph, dict(enumerate(found.best.part.tolist())), count, band) == []
