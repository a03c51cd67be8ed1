"""Two divisions of a few units beside the truth: every way to give away units of districts that cross, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.districting import Divided, crossing, graph_of, nest, shared
from tests.suite import examples


@dataclass(frozen=True)
class Case:
    """Units with two labels each, what they hold, and what it costs to move them."""

    graph: nx.Graph
    ours: list[int]
    theirs: list[int]
    held: list[int]

    @property
    def cost(self) -> list[int]:
        return [3 * each for each in self.held]

    def divided(self) -> Divided:
        one, other = (np.array(side, np.int64) for side in zip(*self.graph.edges, strict=True))
        graph = graph_of(len(self.ours), one, other, np.ones(len(one)))
        labels = np.array(self.ours), np.array(self.theirs)
        return Divided(graph, *labels, np.array(self.held), np.array(self.cost, float))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A lattice of 2 × 3 or 2 × 4 units, up to three districts of ours and of theirs; some units hold nothing."""
    wide = draw(st.integers(3, 4))
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(2, wide), ordering="sorted")
    n = len(graph)
    ours = draw(st.lists(st.sampled_from([0, 0, 1, 1, 2, -1]), min_size=n, max_size=n))
    theirs = draw(st.lists(st.sampled_from([0, 0, 1, 1, 2, -1]), min_size=n, max_size=n))
    held = draw(st.lists(st.sampled_from([1, 1, 2, 5, 0]), min_size=n, max_size=n))
    return Case(graph, ours, theirs, held)


def meets(case: Case, ours: list[int]) -> nx.Graph:
    """Say which of ours shares something with which of theirs."""
    met = nx.Graph()
    for a, b, held in zip(ours, case.theirs, case.held, strict=True):
        if held and a >= 0 and b >= 0:
            met.add_edge(("ours", a), ("theirs", b))
    return met


def crosses(met: nx.Graph) -> list[tuple[object, object]]:
    return [pair for pair in met.edges if all(met.degree(each) > 1 for each in pair)]


def pieces(case: Case, ours: list[int], label: int) -> int:
    mine = [unit for unit, each in enumerate(ours) if each == label]
    found = nx.connected_components(case.graph.subgraph(mine))
    return sum(any(case.held[unit] for unit in piece) for piece in found)


def allowed(case: Case, ours: list[int]) -> bool:
    """Nothing crosses, each of ours keeps something it had, and none is torn that was whole."""
    if crosses(meets(case, ours)):
        return False
    for label in {each for each, held in zip(case.ours, case.held, strict=True) if each >= 0 and held}:
        pairs = zip(ours, case.ours, case.held, strict=True)
        if not any(now == then == label and held for now, then, held in pairs):
            return False
        if pieces(case, ours, label) > max(1, pieces(case, case.ours, label)):
            return False
    return True


def others(case: Case) -> Iterator[list[int]]:
    """Yield every way to give the units of tangled districts to those of ours in the same tangle."""
    met = meets(case, case.ours)
    tangles = [each for each in nx.connected_components(met) if crosses(met.subgraph(each))]
    choices = []
    for a, b in zip(case.ours, case.theirs, strict=True):
        mine = next((each for each in tangles if ("ours", a) in each and ("theirs", b) in each), set())
        choices.append([label for side, label in sorted(mine) if side == "ours"] or [a])
    yield from (list(each) for each in product(*choices))


def price(case: Case, ours: list[int]) -> int:
    return sum(cost for now, then, cost in zip(ours, case.ours, case.cost, strict=True) if now != then)


@settings(max_examples=examples(150), deadline=None)
@given(cases())
def test_nothing_is_claimed_that_is_not_true(case: Case) -> None:
    found = nest(case.divided(), lambda: False)
    least = min((price(case, each) for each in others(case) if allowed(case, each)), default=np.inf)
    if found.part is None:
        assert not found.proven or least == np.inf
    else:
        part = found.part.tolist()
        assert allowed(case, part) and price(case, part) == found.price
        assert not found.proven or found.price == least
    assert found.bound <= least + 1e-6


@settings(max_examples=examples(100), deadline=None)
@given(cases())
def test_crossings_are_those_of_the_graph_of_who_meets_whom(case: Case) -> None:
    divided = case.divided()
    wrong = crossing(shared(divided.ours, divided.theirs, divided.held))
    told = {(int(a), int(b)) for a, b in zip(*np.nonzero(wrong), strict=True)}
    pairs = [dict([one, other]) for one, other in crosses(meets(case, case.ours))]
    assert told == {(each["ours"], each["theirs"]) for each in pairs}


def test_a_row_of_two_by_two_is_untangled_by_the_cheaper_side() -> None:
    """Four units in a row: ours 0 0 1 1, theirs 0 1 1 1; the second is the only one on the wrong side."""
    case = Case(nx.path_graph(4), [0, 0, 1, 1], [0, 1, 1, 1], [5, 2, 5, 5])
    found = nest(case.divided(), lambda: False)
    assert (found.part.tolist(), found.price, found.bound, found.proven) == ([0, 1, 1, 1], 6, 6, True)


def test_what_cannot_hang_together_is_not_proposed() -> None:
    """Ours 0 at both ends of a row is in two pieces today; with theirs 0 0 1 1 the last unit would have to go."""
    case = Case(nx.path_graph(4), [0, 1, 1, 0], [0, 0, 1, 1], [1, 1, 1, 1])
    found = nest(case.divided(), lambda: False)
    assert found.part.tolist() in ([0, 0, 1, 1], [1, 1, 0, 0]) and found.proven
