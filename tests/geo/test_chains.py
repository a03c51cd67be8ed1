"""Chains: a search that sees junctions alone answers to the last bit as one that goes from node to node.

         a1   a2                   J1, J2, J3 are junctions; the road J1-J2 over a1 and a2 is a chain,
    J1───●────●────J2──●──●─b3     and so is the dead end from J2 over b1 and b2 to b3.
     │              │  b1 b2
     └──────J3──────┘
             │
"""

from __future__ import annotations

import heapq
import math
from dataclasses import replace
from itertools import pairwise
from unittest.mock import patch

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network import chains
from geo.network.attachment import Attached, attach
from geo.network.chains import chains_of
from geo.network.edit import edit_network
from geo.network.graph import Network, build_network
from geo.network.parts import LONGEST_MS, rows_of
from geo.network.search import SLACK_MS, Travel, reach
from tests.suite import examples

FOOT = Travel("walk", "from", speed_kmh=3.6)  # a metre a second
CAR = Travel("drive", "from", access_kmh=3.6)
MINUTES = st.sampled_from([0.5, 2, 10, 2000])


def graph(*arcs: tuple[int, int, int], both: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Give arcs (from, to, milliseconds) as a graph has them."""
    every = np.array([*arcs, *((b, a, ms) for a, b, ms in arcs if both)], dtype=np.int64)
    return rows_of(every[:, 0], every[:, 1:], int(every[:, :2].max()) + 1)


def arcs_of(found: chains.Chains) -> set[tuple[int, int, int]]:
    """Give the arcs between junctions, by number."""
    tails = np.repeat(found.junctions, np.diff(found.arc_starts.astype(int)))
    heads, ms = found.junctions[found.arcs[:, 0]], found.arcs[:, 1]
    return set(zip(tails.tolist(), heads.tolist(), ms.tolist(), strict=True))


def chains_in(found: chains.Chains) -> list[list[int]]:
    """Give the numbers along each chain."""
    return [each[:, 0].tolist() for each in np.split(found.items, found.starts[1:-1])]


J1, A1, A2, J2, B1, B2, B3, J3, C1, C2 = range(10)
TOWN = [(J1, A1, 10), (A1, A2, 20), (A2, J2, 30), (J2, B1, 1), (B1, B2, 1), (B2, B3, 1), (J1, J3, 50), (J3, J2, 60),
        (J3, C1, 5), (J1, C2, 7)]  # fmt: skip


def test_a_chain_is_one_arc_and_a_dead_end_none() -> None:
    found = chains_of(*graph(*TOWN), LONGEST_MS)
    assert found.junctions.tolist() == [J1, J2, J3]
    assert arcs_of(found) == {(J1, J2, 60), (J2, J1, 60), (J1, J3, 50), (J3, J1, 50), (J3, J2, 60), (J2, J3, 60)}
    assert {frozenset(each) for each in chains_in(found)} == {
        frozenset({J1, A1, A2, J2}), frozenset({J2, B1, B2, B3}), frozenset({J3, C1}), frozenset({J1, C2})}  # fmt: skip


def test_a_chain_is_passed_only_in_the_sense_in_which_all_of_it_is() -> None:
    starts, arcs = graph(*TOWN)
    against = np.flatnonzero((np.repeat(np.arange(10), np.diff(starts)) == A2) & (arcs[:, 0] == A1))
    arcs[against, 1] = LONGEST_MS
    found = arcs_of(chains_of(starts, arcs, LONGEST_MS))
    assert (J1, J2, 60) in found
    assert not {each for each in found if each[:2] == (J2, J1)}


def test_a_ring_without_a_junction_has_one_made() -> None:
    found = chains_of(*graph((0, 1, 5), (1, 2, 5), (2, 3, 5), (3, 0, 5)), LONGEST_MS)
    assert found.junctions.tolist() == [0]
    assert chains_in(found)[0] in ([0, 1, 2, 3, 0], [0, 3, 2, 1, 0])
    assert not len(found.arcs)


def test_a_lattice_is_searched_as_it_is() -> None:
    """Where few nodes lie in chains nothing is gained by drawing them together."""
    at = np.arange(100).reshape(10, 10)
    pairs = [*zip(at[:-1].ravel(), at[1:].ravel()), *zip(at[:, :-1].ravel(), at[:, 1:].ravel())]
    found = chains_of(*graph(*((int(a), int(b), 7) for a, b in pairs)), LONGEST_MS)
    assert found.junctions.tolist() == list(range(100))
    assert not len(found.items)


@st.composite
def towns(draw: st.DrawFn) -> tuple[Network, np.ndarray]:
    """Draw a few places, roads between them that bend at nodes of their own, and sources anywhere on them."""
    places = draw(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=7, unique=True))
    number = st.integers(0, len(places) - 1)
    roads = draw(st.lists(st.tuples(number, number), min_size=1, max_size=9, unique=True))
    lines, marks = [], []
    for row, (one, other) in enumerate(roads):
        if one == other:
            continue
        steps = range(draw(st.integers(0, 4)))
        bends = [(places[one][0] * 60 + row + step * 7, 1000 + row * 40 + step * 9) for step in steps]
        xy = [np.multiply(places[one], 60), *bends, np.multiply(places[other], 60)]
        lines += [shapely.LineString(each) for each in pairwise(xy)]
        marks += [draw(st.sampled_from([0, 0, 0, 1, -1]))] * (len(xy) - 1) if draw(st.booleans()) else draw(
            st.lists(st.sampled_from([0, 0, 0, 1, -1]), min_size=len(xy) - 1, max_size=len(xy) - 1))
    sense, ends = np.array(marks, dtype=int), np.array([draw(st.sampled_from([1, 1, 1, 2])) for _ in lines], dtype=int)
    network = build_network(np.array(lines, dtype=object), walkable=ends, drivable=ends, oneway=sense,
                            speed_kmh=np.full(len(lines), 36.0), level=np.arange(len(lines)), walk_sense=sense)
    gate = np.array([draw(st.sampled_from([0] * 12 + [1, 2])) for _ in network.node_xy], dtype=np.int8)
    edges = st.integers(0, max(2 * len(network.edge_from) - 1, 0))
    bans = draw(st.lists(st.tuples(edges, edges), max_size=4)) if len(network.edge_from) else []
    network = replace(network, walk_gate=gate, drive_gate=gate, ban_edges=np.array(bans, dtype=np.int64).ravel(),
                      ban_starts=np.arange(len(bans) + 1, dtype=np.int64) * 2, _graphs={})
    xy = draw(st.lists(st.tuples(st.integers(-20, 400), st.sampled_from([*range(0, 400, 20), 1040, 1100])), min_size=1,
                       max_size=5))  # fmt: skip
    return network, np.array(xy, dtype=float)


def step_by_step(network: Network, sources: Attached, minutes: float, travel: Travel, confined: np.ndarray,
                 ) -> np.ndarray:
    """Search without chains."""
    with patch.object(chains, "WORTH", math.inf):
        return reach(replace(network, _graphs={}), sources, minutes, travel, confined).keys


@settings(max_examples=examples(400), deadline=None)
@given(towns(), MINUTES, st.sampled_from([FOOT, CAR]), st.sampled_from(["ends", "closed", "open"]),
       st.sampled_from(["to", "from"]), st.integers(0, 3))  # fmt: skip
def test_keys_are_those_of_a_search_from_node_to_node(town: tuple[Network, np.ndarray], minutes: float, travel: Travel,
                                                      restricted: str, direction: str, confined: int) -> None:
    network, xy = town
    travel = replace(travel, restricted=restricted, direction=direction)
    sources = attach(network, xy, travel.mode, 500.0)
    own = np.arange(len(xy)) < confined
    with patch.object(chains, "WORTH", 0.0):
        found = reach(network, sources, minutes, travel, own).keys
    assert found.tolist() == step_by_step(network, sources, minutes, travel, own).tolist()


@settings(max_examples=examples(200), deadline=None)
@given(towns(), MINUTES)
def test_keys_are_those_of_the_book(town: tuple[Network, np.ndarray], minutes: float) -> None:
    """Dijkstra by heap, over pairs of time and source."""
    network, xy = town
    travel = replace(CAR, restricted="open")
    network = replace(network, drive_gate=np.zeros_like(network.drive_gate), ban_edges=np.empty(0, np.int64),
                      ban_starts=np.zeros(1, np.int64), _graphs={})  # fmt: skip
    sources = attach(network, xy, "drive", 500.0)
    whole, access = travel.graph(network), travel.access_ms(sources)
    start, end, cost, on, back = whole.edges
    offset, heap = whole.offset_ms(sources.edge, sources.at_m), []
    for row, edge in enumerate(sources.edge.tolist()):
        if edge >= 0 and (back[edge] or offset[row] == 0):
            heap.append((int(access[row] + offset[row]), row, int(start[edge])))
        if edge >= 0 and (on[edge] or offset[row] == cost[edge]):
            heap.append((int(access[row] + cost[edge] - offset[row]), row, int(end[edge])))
    heapq.heapify(heap)
    book: dict[int, int] = {}
    while heap:
        ms, row, node = heapq.heappop(heap)
        if node not in book and ms <= round(minutes * 60_000) + SLACK_MS:
            book[node] = (ms << 32) + row
            for other, more in whole.arcs[whole.starts[node]:whole.starts[node + 1]].tolist():
                heapq.heappush(heap, (ms + more, row, other))
    with patch.object(chains, "WORTH", 0.0):
        keys = reach(network, sources, minutes, travel).keys
    assert {node: key for node, key in enumerate(keys.tolist()) if key >> 32 < LONGEST_MS} == book


def test_after_a_road_is_drawn_into_a_chain_its_node_is_a_junction() -> None:
    lines = [shapely.LineString([(x, 0), (x + 100, 0)]) for x in range(0, 500, 100)]
    more = [*lines, shapely.LineString([(200, 0), (200, 90)])]
    use = {"walkable": 1, "drivable": 1, "oneway": 0, "speed_kmh": 36.0, "level": 0}
    before, after = (np.array(each, dtype=object) for each in (lines, more))
    network = build_network(before, **{name: np.full(5, value) for name, value in use.items()})
    source = attach(network, np.array([[0.0, 0.0]]), "walk", 1.0)
    assert reach(network, source, 30, FOOT).node_minutes.max() == pytest.approx(500 / 60)
    edited = edit_network(network, before, after, np.array([0, 1, 2, 3, 4, -1]),
                          {name: np.full(6, value) for name, value in use.items()}, few=1.0).network  # fmt: skip
    found = reach(edited, attach(edited, np.array([[0.0, 0.0]]), "walk", 1.0), 30, FOOT)
    end = np.flatnonzero((edited.node_xy == (200, 90)).all(axis=1))
    assert found.node_minutes[end] == pytest.approx(290 / 60)
