"""Gates and ways that only residents pass: at the ends of a trip, never on the way.

    y 200    D───────────────E          street
             │               ┊
    y 100    │       P───Q   ┊          P-Q inner way, Q-E and P-B for residents
             │       ┊
    y 0      A───────B───────C          street
    x        0      100     200         C-F a street that leads nowhere else, F at x 300

On foot 6 km/h are 100 m a minute.
"""

from __future__ import annotations

import heapq
from typing import ClassVar

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network import (
    ENDS,
    OPEN,
    RESTRICTED,
    SHUT,
    Network,
    Travel,
    attach,
    build_network,
    cut_at,
    reach,
    reasons,
    with_gates,
)  # fmt: skip
from geo.network.search import matrix
from tests.suite import examples

FOOT = Travel("walk", "to", 6.0)
A, B, C, D, E, F, P, Q = (0, 0), (100, 0), (200, 0), (0, 200), (200, 200), (300, 0), (100, 100), (150, 100)
#        course   for residents  a street
TOWN = {
    "AB": ([A, B], False, True),
    "BC": ([B, C], False, True),
    "CF": ([C, F], False, True),
    "AD": ([A, D], False, True),
    "DE": ([D, E], False, True),
    "PB": ([P, B], True, False),
    "PQ": ([P, Q], False, False),
    "QE": ([Q, E], True, False),
}  # fmt: skip
NOWHERE = np.empty((0, 2))


def town(ways: dict = TOWN, gates: dict | None = None) -> Network:
    """Build the network; `gates` is place → (on foot, by car)."""
    course, ends, street = zip(*ways.values(), strict=True)
    lines, use = np.array([shapely.LineString(each) for each in course], dtype=object), np.where(ends, ENDS, 1)
    gates = gates or {}
    lines, places = cut_at(lines, np.array(list(gates), dtype=float).reshape(-1, 2))
    plain = build_network(lines, walkable=use, drivable=use, oneway=np.zeros(len(ways)), level=np.zeros(len(ways)),
                          speed_kmh=np.full(len(ways), 6.0))  # fmt: skip
    who = np.array(list(gates.values()), np.int8).reshape(-1, 2)
    return with_gates(plain, places, who[:, 0], who[:, 1], np.array(street)[plain.edge_line])


def minutes(network: Network, source: tuple, *homes: tuple, travel: Travel = FOOT, confined: bool = False) -> list:
    """Return the minutes from homes to a source, None where there is no way."""
    sources, targets = (attach(network, np.array(each, float), travel.mode, 5.0) for each in ([source], list(homes)))
    found = reach(network, sources, 60.0, travel, np.array([confined])).at(targets).minutes
    return [round(float(each), 2) if np.isfinite(each) else None for each in found]


class TestEndsOfATrip:
    def test_a_compound_is_no_short_cut(self) -> None:
        """From C to E the residents' ways are 100 + 100 + 50 + 112 m; a stranger goes round by A and D: 600 m."""
        assert minutes(town(), C, E) == [6.0]

    def test_who_lives_inside_leaves_on_either_side(self) -> None:
        """From P: 100 m down to B and 100 m on to C; from Q: 112 m up to E."""
        assert minutes(town(), C, P) == [2.0]
        assert minutes(town(), E, Q) == [1.12]

    def test_from_inside_to_inside_by_their_own_ways(self) -> None:
        assert minutes(town(), P, Q) == [0.5]

    def test_a_station_inside_serves_everybody_or_its_own_compound(self) -> None:
        assert minutes(town(), Q, P, C) == [0.5, 2.5]
        assert minutes(town(), Q, P, C, confined=True) == [0.5, None]

    def test_a_station_that_serves_its_compound_but_stands_on_a_street_serves_nobody_elsewhere(self) -> None:
        assert minutes(town(), (50, 0), P, D, confined=True) == [None, None]

    def test_closed_to_all_or_open_to_all(self) -> None:
        shut, free = (Travel("walk", "to", 6.0, restricted=each) for each in ("closed", "open"))
        assert minutes(town(), C, E, travel=free) == [3.62]
        assert minutes(town(), C, E, P, travel=shut) == [6.0, None]

    def test_a_street_behind_private_ways_alone_is_no_inside(self) -> None:
        """G-H is a street that only a private way joins to the rest: who lives there must not say it is near."""
        ways = TOWN | {"FG": ([F, (400, 0)], True, False), "GH": ([(400, 0), (500, 0)], False, True)}
        network = town(ways)
        assert minutes(network, A, (450, 0)) == [None]
        found = reach(network, attach(network, np.array([A]), "walk", 5.0), 60.0, FOOT)
        homes = attach(network, np.array([(450, 0), D, (150, 2)], float), "walk", 5.0)
        assert reasons(found, homes).code.tolist() == ["restricted", None, None]
        everywhere = Travel(speed_kmh=6.0, restricted="open")
        anybody = reach(network, attach(network, np.array([A]), "walk", 5.0), 60.0, everywhere)
        assert reasons(anybody, homes).code.tolist() == [None, None, None]


class TestGates:
    OPEN_TOWN: ClassVar = {name: (course, False, street) for name, (course, _, street) in TOWN.items()}

    def test_what_lies_behind_private_gates_is_inside_though_nothing_is_said_of_it(self) -> None:
        """Private gates at (100, 10) and near E; the ways behind carry no mark."""
        gates = {(100, 10): (RESTRICTED, RESTRICTED), (190, 180): (RESTRICTED, RESTRICTED)}
        network = town(self.OPEN_TOWN, gates)
        assert minutes(network, C, E, P) == [6.0, 2.0]

    def test_a_locked_gate_cuts_at_its_place_and_nowhere_else(self) -> None:
        """From (100, 20) behind the gate at (100, 10): up to P, over Q to E, D, A and B."""
        network = town(self.OPEN_TOWN, {(100, 10): (SHUT, SHUT)})
        assert minutes(network, B, (100, 20), (100, 5)) == [round((80 + 50 + 111.8 + 200 + 200 + 100) / 100, 2), 0.05]

    def test_walkers_and_cars_differ(self) -> None:
        network = town(self.OPEN_TOWN, {(100, 10): (OPEN, SHUT)})
        assert minutes(network, B, P) == [1.0]
        assert minutes(network, B, P, travel=Travel("drive", "to", access_kmh=6.0))[0] > 6

    def test_a_private_gate_across_a_street_lets_nobody_through(self) -> None:
        """Between B and C; both sides are streets and hang together round the block."""
        ways = {**self.OPEN_TOWN, "CE": ([C, E], False, True)}
        network = town(ways, {(150, 0): (RESTRICTED, RESTRICTED)})
        assert minutes(network, (140, 0), (160, 0)) == [round((40 + 100 + 50 + 111.8 + 200 + 40) / 100, 2)]

    def test_at_a_junction_a_gate_closes_nothing(self) -> None:
        assert minutes(town(self.OPEN_TOWN, {B: (SHUT, SHUT)}), A, C) == [2.0]

    def test_a_gate_far_from_any_way_does_nothing(self) -> None:
        assert minutes(town(self.OPEN_TOWN, {(500, 500): (SHUT, SHUT)}), A, C) == [2.0]

    def test_who_is_cut_off_by_a_locked_gate_is_not_connected(self) -> None:
        network = town(TOWN, {(250, 0): (SHUT, SHUT)})
        found = reach(network, attach(network, np.array([A]), "walk", 5.0), 60.0, FOOT)
        cut_off = attach(network, np.array([(280.0, 0.0)]), "walk", 5.0)
        assert reasons(found, cut_off).code.tolist() == ["other_component"]


class TestCuts:
    def test_a_line_is_cut_where_gates_stand_beside_it(self) -> None:
        line = np.array([shapely.LineString([(0, 0), (50, 0), (100, 0)])], dtype=object)
        cut, places = cut_at(line, np.array([(30.0, 3.0), (70.0, -2.0), (0.01, 0.0), (50.0, 90.0)]))
        assert [shapely.get_coordinates(each).tolist() for each in shapely.get_parts(cut[0])] == [
            [[0, 0], [30, 0]], [[30, 0], [50, 0], [70, 0]], [[70, 0], [100, 0]],
        ]  # fmt: skip
        assert places[:3].tolist() == [[30, 0], [70, 0], [0, 0]]
        assert np.isnan(places[3]).all()

    def test_lines_without_gates_are_the_same_objects(self) -> None:
        lines = np.array([shapely.LineString([A, B]), None], dtype=object)
        cut, _ = cut_at(lines, np.array([A], dtype=float))
        assert cut is lines


def by_states(network: Network, source: tuple[int, float], target: tuple[int, float]) -> float:
    """Return metres between places (edge, metres from its start) by a search over (edge, end, phase): the slow double.

    0 in restricted edges around the source, 1 over the edges of everybody, 2 in restricted edges again.
    """
    ends, gate = network.walk_ends, network.walk_gate
    (edge, at), best = source, np.inf
    if edge == target[0]:
        best = abs(at - target[1])
    queue = [(at, edge, 0, 0 if ends[edge] else 1), (network.length_m[edge] - at, edge, 1, 0 if ends[edge] else 1)]
    seen = set()
    while queue:
        far, edge, end, phase = heapq.heappop(queue)
        if (edge, end, phase) in seen:
            continue
        seen.add((edge, end, phase))
        node = (network.edge_from, network.edge_to)[end][edge]
        for other in np.flatnonzero(network.walkable & ((network.edge_from == node) | (network.edge_to == node))):
            leads = {(True, True): phase, (True, False): 1 if phase == 0 else None, (False, True): 2, (False, False): 1}
            then = leads[bool(ends[edge]), bool(ends[other])]
            strangers = not ends[edge] and not ends[other]
            if then is None or gate[node] == SHUT or (gate[node] == RESTRICTED and strangers):
                continue
            for first in (0, 1):
                if (network.edge_from, network.edge_to)[first][other] == node:
                    length = network.length_m[other]
                    if other == target[0]:
                        best = min(best, far + (target[1] if first == 0 else length - target[1]))
                    heapq.heappush(queue, (far + length, other, 1 - first, then))
    return best


@settings(max_examples=examples(500, 30))
@given(st.integers(0, 2**32 - 1))
def test_phases_are_a_search_over_states(seed: int) -> None:
    """Random lattices of streets, residents' ways and gates."""
    rng = np.random.default_rng(seed)
    side = 4
    ways = [((x, y), (x + dx, y + dy)) for x in range(side) for y in range(side) for dx, dy in ((1, 0), (0, 1))
            if x + dx < side and y + dy < side and rng.random() < 0.75]  # fmt: skip
    if not ways:
        return
    stretched = np.cumsum(rng.integers(20, 60, side))
    lines = np.array([shapely.LineString([(stretched[a], stretched[b]), (stretched[c], stretched[d])])
                      for (a, b), (c, d) in ways], dtype=object)  # fmt: skip
    every = np.ones(len(ways), dtype=bool)
    plain = build_network(lines, walkable=rng.choice([1, 1, 1, ENDS, ENDS], len(ways)), drivable=every,
                          oneway=0 * every, level=0 * every, speed_kmh=np.full(len(ways), 30.0))  # fmt: skip
    many = rng.random(len(plain.node_xy)) < 0.4
    who = rng.integers(0, 3, many.sum()).astype(np.int8)
    network = with_gates(plain, plain.node_xy[many], who, who, rng.random(len(plain.edge_line)) < 0.5)
    edge = rng.integers(0, len(plain.edge_line), 8)
    at = rng.random(8) * network.length_m[edge]
    places = attach(network, shapely.get_coordinates(shapely.line_interpolate_point(network.geometries[edge], at)),
                    "walk", 1.0)  # fmt: skip
    for one in range(4):
        found = reach(network, places.take([one]), 600.0, FOOT).at(places).minutes
        expected = [by_states(network, (places.edge[one], places.at_m[one]), (places.edge[each], places.at_m[each]))
                    for each in range(8)]  # fmt: skip
        assert np.allclose(found, np.array(expected) / 100, atol=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_a_matrix_knows_phases_too(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ways = {name: (course, bool(rng.random() < 0.5), street) for name, (course, _, street) in TOWN.items()}
    network = town(ways)
    sites = attach(network, rng.uniform(0, 200, (6, 2)), "walk", 500.0)
    table = matrix(network, sites, 10.0, FOOT)
    for site in range(6):
        rows = slice(table.starts[site], table.starts[site + 1])
        alone = reach(network, sites.take([site]), 10.0, FOOT).node_minutes
        assert table.node[rows].tolist() == np.flatnonzero(np.isfinite(alone)).tolist()
        assert np.allclose(table.seconds[rows] / 60, alone[table.node[rows]], atol=0.01)


def test_stations_within_and_without_serve_at_once_each_from_its_side() -> None:
    """One at P, behind the ways of residents, and one at F: B is 1.0 from P and 2.0 from F, C 2.0 and 1.0."""
    network = town()
    sources, targets = (attach(network, np.array(each, float), "walk", 5.0) for each in ([P, F], [B, C, Q, D]))
    found = reach(network, sources, 60.0, FOOT).at(targets)
    assert found.minutes.round(2).tolist() == [1.0, 1.0, 0.5, 3.62]
    assert found.source.tolist() == [0, 1, 0, 0]
    free = matrix(network, sources, 60.0, FOOT)
    for site, own in enumerate(([1.0, 2.0, 0.5, 3.62], [2.0, 1.0, 3.5, 5.0])):
        alone = reach(network, sources.take([site]), 60.0, FOOT)
        assert alone.at(targets).minutes.round(2).tolist() == own
        row = slice(free.starts[site], free.starts[site + 1])
        assert free.node[row].tolist() == np.flatnonzero(np.isfinite(alone.node_minutes)).tolist()
        assert free.seconds[row].tolist() == np.rint(alone.node_minutes[free.node[row]] * 60).tolist()
