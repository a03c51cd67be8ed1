"""Forbidden turns: small junctions by hand, and random towns beside a search over edges one by one."""

from __future__ import annotations

from dataclasses import replace

import networkx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network import ENDS, Network, Travel, attach, build_network, dead_stops, reach, with_turns
from geo.network.attachment import Attached
from tests.suite import examples

KMH = 3.6  # a metre a second
DRIVE = Travel("drive", "from", KMH, access_kmh=KMH)


def town(lines: list, oneway: list[int] | None = None, ends: set[int] = frozenset()) -> Network:
    """Streets for cars, by their corners."""
    count = len(lines)
    return build_network(
        np.array([shapely.LineString(each) for each in lines], dtype=object),
        walkable=np.ones(count, dtype=bool),
        drivable=np.array([ENDS if each in ends else 1 for each in range(count)], np.int8),
        oneway=np.array(oneway or [0] * count),
        speed_kmh=np.full(count, 30.0),
        level=np.zeros(count, dtype=int),
    )


def lines_of(*courses: list) -> np.ndarray:
    return np.array([shapely.LineString(each) for each in courses], dtype=object)


def seconds(network: Network, source: tuple, target: tuple, way: Travel = DRIVE) -> float:
    """How long from a place to a place, both on a street."""
    one, other = (attach(network, np.array([each], float), "drive", 1.0) for each in (source, target))
    return float(reach(network, one, 600, way).at(other).minutes[0] * 60)


# A ladder, 100 m a rung:    3---4---5
#                            |   |   |
#                            0---1---2
LADDER = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(0, 100), (100, 100)], [(100, 100), (200, 100)],
          [(0, 0), (0, 100)], [(100, 0), (100, 100)], [(200, 0), (200, 100)]]  # fmt: skip
LEFT = [(90, 0), (100, 0), (100, 10)]  # from the west into the middle rung
FROM, TO = (40, 0), (100, 50)


class TestOneJunction:
    def test_without_a_ban(self) -> None:
        assert seconds(town(LADDER), FROM, TO) == pytest.approx(110)

    def test_a_turn_that_nobody_takes_leads_round_the_block(self) -> None:
        """Back west and over the north is nearer than round in the east: 40 + 100 + 100 + 50."""
        network, missed = with_turns(town(LADDER), lines_of(LEFT), np.array([False]))
        assert not missed.any()
        assert seconds(network, FROM, TO) == pytest.approx(290)

    def test_other_turns_stay(self) -> None:
        network, _ = with_turns(town(LADDER), lines_of(LEFT), np.array([False]))
        assert seconds(network, (100, 50), (40, 0)) == pytest.approx(110)
        assert seconds(network, (160, 0), (100, 50)) == pytest.approx(110)
        assert seconds(network, (40, 0), (160, 0)) == pytest.approx(120)

    @pytest.mark.parametrize(
        ("turn", "node", "away"),
        [(LEFT, (100, 0), 60), ([(10, 0), (0, 0), (0, 10)], (0, 0), 40)],
    )
    def test_who_stands_on_the_junction_is_there_by_whichever_street_it_is_named(
        self, turn: list, node: tuple, away: int
    ) -> None:
        network, _ = with_turns(town(LADDER), lines_of(turn), np.array([False]))
        from_ = attach(network, np.array([FROM], float), "drive", 1.0)
        for edge, line in enumerate(network.geometries):
            for at_m, place in ((0.0, line.coords[0]), (line.length, line.coords[-1])):
                if place == node:
                    there = Attached(np.array([edge], np.int32), np.array([at_m]), np.zeros(1))
                    found = reach(network, from_, 600, DRIVE).at(there)
                    assert found.minutes[0] * 60 == pytest.approx(away)
                    back = reach(network, there, 600, DRIVE).at(from_)
                    assert back.minutes[0] * 60 == pytest.approx(away)

    def test_an_only_forbids_all_others(self) -> None:
        """From the west nobody goes straight on; round by the middle and the north it is 60 + 100 + 100 + 100 + 40."""
        network, _ = with_turns(town(LADDER), lines_of(LEFT), np.array([True]))
        assert seconds(network, FROM, TO) == pytest.approx(110)
        assert seconds(network, FROM, (160, 0)) == pytest.approx(400)

    def test_against_the_traffic_it_is_the_same(self) -> None:
        """Times to a station and times from a home are one."""
        network, _ = with_turns(town(LADDER), lines_of(LEFT), np.array([False]))
        assert seconds(network, TO, FROM, replace(DRIVE, direction="to")) == pytest.approx(290)
        assert seconds(network, FROM, TO, replace(DRIVE, direction="to")) == pytest.approx(110)

    def test_walkers_turn_as_they_like(self) -> None:
        network, _ = with_turns(town(LADDER), lines_of(LEFT), np.array([False]))
        assert network.graph("walk", "from", 4.0).turned is None

    def test_a_place_on_the_junction_is_reached_and_left_at_will(self) -> None:
        network, _ = with_turns(town(LADDER), lines_of(LEFT), np.array([False]))
        assert seconds(network, FROM, (100, 0)) == pytest.approx(60)
        assert seconds(network, (100, 0), TO) == pytest.approx(50)


class TestTurningRound:
    T = ([(0, 0), (100, 0)], [(100, 0), (200, 0)], [(100, 0), (100, 50)])

    def test_nobody_turns_round_in_the_next_junction_but_at_a_dead_end(self) -> None:
        """East of the junction the street ends after 100 m: there one turns, 60 + 100 + 100 + 25."""
        network, _ = with_turns(town(self.T), lines_of(LEFT), np.array([False]))
        assert seconds(network, FROM, (100, 25)) == pytest.approx(285)

    def test_not_even_two_junctions_on(self) -> None:
        """A street to the north at x 150, of 20 m, ends too: one turns there."""
        network, _ = with_turns(town([*self.T, [(150, 0), (150, 20)]]), lines_of(LEFT), np.array([False]))
        assert seconds(network, FROM, (100, 25)) == pytest.approx(60 + 50 + 40 + 50 + 25)

    def test_a_sign_forbids_it_at_a_dead_end_too(self) -> None:
        back = [(190, 0), (200, 0), (190, 0)]
        network, missed = with_turns(town(self.T), lines_of(LEFT, back), np.array([False, False]))
        assert not missed.any()
        assert seconds(network, FROM, (100, 25)) == np.inf


class TestDeadStop:
    # Streets to the east and to the north of a junction, from which both lead on.
    ROADS = ([(0, 0), (100, 0)], [(100, 0), (200, 0)], [(100, 0), (100, 50)])
    AHEAD = ((90, 0), (100, 0), (110, 0))  # from the west straight on

    def test_where_every_way_on_is_forbidden_and_so_is_turning_round(self) -> None:
        network, _ = with_turns(town(self.ROADS), lines_of(LEFT, self.AHEAD), np.array([False, False]))
        stops = dead_stops(network)
        assert network.geometries[stops >> 1].tolist() == [shapely.LineString(self.ROADS[0])]
        assert seconds(network, FROM, (100, 25)) == np.inf

    def test_where_one_may_go_on_by_some_road_there_is_none(self) -> None:
        for only in (False, True):
            network, _ = with_turns(town(self.ROADS), lines_of(LEFT), np.array([only]))
            assert not len(dead_stops(network))

    def test_without_turns_there_is_none(self) -> None:
        assert not len(dead_stops(town(LADDER)))


class TestSeveralRoads:
    """Two carriageways, west to east at y 0 and east to west at y 20, and a link between them at x 100."""

    ROADS = ([(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 20), (100, 20)], [(100, 20), (0, 20)],
             [(100, 0), (100, 20)], [(200, 0), (200, 20)], [(100, 20), (100, 400)])  # fmt: skip
    ONEWAY = (1, 1, 1, 1, 0, 0, 0)
    ROUND = ((95, 0), (100, 0), (100, 20), (95, 20))

    def test_a_turn_round_over_the_link(self) -> None:
        network, missed = with_turns(town(self.ROADS, self.ONEWAY), lines_of(self.ROUND), np.array([False]))
        assert not missed.any()
        free = town(self.ROADS, self.ONEWAY)
        assert seconds(free, (50, 0), (50, 20)) == pytest.approx(120)
        assert seconds(network, (50, 0), (50, 20)) == pytest.approx(50 + 100 + 20 + 100 + 50)
        for each in (free, network):  # across the link and on it goes, and from the link to the west
            assert seconds(each, (50, 0), (100, 80)) == pytest.approx(130)
            assert seconds(each, (100, 10), (50, 20)) == pytest.approx(60)

    def test_bans_that_share_an_edge(self) -> None:
        """Who comes by the link must not go north either: what was begun is remembered for both."""
        north = [(100, 10), (100, 20), (100, 30)]
        network, _ = with_turns(town(self.ROADS, self.ONEWAY), lines_of(self.ROUND, north), np.array([False, False]))
        assert seconds(network, (50, 0), (100, 80)) == pytest.approx(50 + 100 + 20 + 100 + 60)
        assert seconds(network, (100, 10), (50, 20)) == pytest.approx(60)

    def test_an_only_over_a_link_binds_who_came_over_it(self) -> None:
        network, _ = with_turns(town(self.ROADS, self.ONEWAY), lines_of(self.ROUND), np.array([True]))
        assert seconds(network, (50, 0), (50, 20)) == pytest.approx(120)
        assert seconds(network, (50, 0), (150, 0)) == pytest.approx(100)
        assert seconds(network, (50, 0), (100, 80)) > 200


@pytest.mark.parametrize("course", [[(90, 0), (100, 10)], [(90, 40), (100, 40), (100, 50)], [(0, 0), (50, 0), (60, 0)]])
def test_a_line_that_follows_no_edges_is_told(course: list) -> None:
    _, missed = with_turns(town(LADDER), lines_of(course), np.array([False]))
    assert missed.tolist() == [True]


def test_a_network_without_turns_is_searched_as_before() -> None:
    network, missed = with_turns(town(LADDER), np.empty(0, dtype=object), np.empty(0, dtype=bool))
    assert len(missed) == 0
    assert network.graph("drive", "from", KMH).turned is None


@st.composite
def towns(draw: st.DrawFn) -> tuple[Network, list[tuple[int, ...]]]:
    """A grid of up to 4 x 4 junctions with some one-ways and residents' streets, and bans of two to four edges."""
    size = draw(st.integers(2, 4))
    streets = [((x, y), (x + dx, y + dy)) for x in range(size) for y in range(size) for dx, dy in ((1, 0), (0, 1))
               if x + dx < size and y + dy < size]  # fmt: skip
    kept = draw(st.lists(st.sampled_from(streets), min_size=3, unique=True))
    lengths = {place: place * 100.0 + place * place * 7 for place in range(size)}
    lines = [[(lengths[x], lengths[y]) for x, y in each] for each in kept]
    oneway = draw(st.lists(st.sampled_from([0, 0, 0, 1, -1]), min_size=len(kept), max_size=len(kept)))
    ends = draw(st.sets(st.integers(0, len(kept) - 1), max_size=2)) if draw(st.booleans()) else set()
    network = town(lines, oneway, ends)
    bans = []
    for _ in range(draw(st.integers(1, 6))):
        path = [draw(st.integers(0, 2 * len(network.edge_line) - 1))]
        for _ in range(draw(st.integers(1, 3))):
            after = [
                each for each in range(2 * len(network.edge_line)) if tail(network, each) == head(network, path[-1])
            ]
            if after:
                path.append(draw(st.sampled_from(after)))
        if len(path) > 1:
            bans.append(tuple(path))
    edges = np.array([each for ban in bans for each in ban], dtype=np.int64)
    return replace(network, ban_edges=edges, ban_starts=np.cumsum([0, *map(len, bans)]), _graphs={}), bans


def head(network: Network, edge: int) -> int:
    return int((network.edge_from if edge & 1 else network.edge_to)[edge >> 1])


def tail(network: Network, edge: int) -> int:
    return head(network, edge ^ 1)


def by_edges(
    network: Network, bans: list[tuple[int, ...]], source: tuple[int, float], target: tuple[int, float]
) -> float:
    """The slow double: every way of edges is a node of its last three edges and its phase; metres."""
    may = np.column_stack([network.forward, network.backward]).ravel()
    ends = network.drive_ends
    longest = max(map(len, bans), default=1)
    graph = networkx.DiGraph()
    (at, along), (to, place) = source, target
    length = network.length_m

    def phases(edge: int, phase: int) -> list[int]:
        """Phase 0 inside the station's compound, 1 on streets, 2 inside the home's."""
        return [next_ for next_ in range(phase, 3) if (next_ != 1) == bool(ends[edge >> 1])]

    begin: list = []
    if at == to and ((may[2 * at] and place >= along) or (may[2 * at + 1] and place <= along)):
        graph.add_edge("source", "target", weight=abs(place - along))
    for edge, left in ((2 * at, length[at] - along), (2 * at + 1, along)):
        if may[edge]:
            begin += [((edge,), phase, left) for phase in phases(edge, 0)]
    waiting = []
    for path, phase, left in begin:
        graph.add_edge("source", (path, phase), weight=left)
        waiting.append((path, phase))
    seen = set(waiting)
    while waiting:
        path, phase = waiting.pop()
        for edge in range(len(may)):
            if not may[edge] or tail(network, edge) != head(network, path[-1]):
                continue
            way = (*path, edge)
            if any(way[-len(ban) :] == ban for ban in bans):
                continue
            on = place if edge & 1 == 0 else length[to] - place
            for later in phases(edge, phase):
                if edge >> 1 == to:
                    graph.add_edge((path, phase), "target", weight=on)
                state = way[-longest:], later
                graph.add_edge((path, phase), state, weight=length[edge >> 1])
                if state not in seen:
                    seen.add(state)
                    waiting.append(state)
    try:
        return networkx.dijkstra_path_length(graph, "source", "target")
    except (networkx.NetworkXNoPath, networkx.NodeNotFound):
        return np.inf


@settings(max_examples=examples(500), deadline=None)
@given(towns(), st.data())
def test_as_a_search_over_ways_of_edges(drawn: tuple[Network, list], data: st.DataObject) -> None:
    network, bans = drawn
    edges = st.integers(0, len(network.edge_line) - 1)
    shares = st.sampled_from([0.2, 0.5, 0.8])
    source, target = (
        (edge, float(network.length_m[edge] * data.draw(shares))) for edge in (data.draw(edges), data.draw(edges))
    )
    expected = by_edges(network, bans, source, target)

    def on(place: tuple[int, float]) -> Attached:
        return Attached(np.array([place[0]], np.int32), np.array([place[1]]), np.zeros(1))

    found = reach(network, on(source), 600, DRIVE).at(on(target)).minutes[0] * 60
    assert found == pytest.approx(expected, abs=0.05)
    back = reach(network, on(target), 600, replace(DRIVE, direction="to")).at(on(source)).minutes[0] * 60
    assert back == pytest.approx(found, abs=0.05)
