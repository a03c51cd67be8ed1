"""What is near in time over a network: bounded shortest times from or to many points.

Times are whole milliseconds. Rounding an edge errs by half of one, a way of a hundred edges by a twentieth of
a second at most, so a time counts as within the limit up to `SLACK_MS` beyond it: what is exactly at the
limit is inside.

Restricted edges and gates are passed at the ends of a trip only. So one search is up to three: over the restricted
edges around the sources, over the edges of everybody, and over restricted edges again (`geo.network.parts`). Where
nothing is restricted it is the second alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import NamedTuple

import numpy as np

from geo.network.attachment import Attached
from geo.network.chains import Chains
from geo.network.graph import Direction, Mode, Network, Restricted
from geo.network.parts import LONGEST_MS, Graph, Turned
from geo.network.stretches import Stretches

SLACK_MS = 50
ROWS_AHEAD = 64
MAX_MINUTES = (LONGEST_MS - 1 - SLACK_MS) // 60_000
LABEL_BITS = 32
_NOTHING = np.int64(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class Travel:
    """How one gets about.

    Attributes
    ----------
    mode : walk or drive
    direction : to or from
        To the sources (from a home to a station), or from them. Tells only where there are one-ways.
    speed_kmh : float, optional
        One speed on all edges; on foot it must be given, by car each edge has its own without it.
    access_kmh : float, optional
        On the legs between points and the network, which are always walked; by car it must be given, on foot it is
        `speed_kmh` without it.
    restricted : ends, closed or open
        Restricted edges and gates are passed at the ends of a trip, by nobody, or by everybody.
    """

    mode: Mode = "walk"
    direction: Direction = "to"
    speed_kmh: float | None = None
    access_kmh: float | None = None
    restricted: Restricted = "ends"

    def graph(self, network: Network) -> Graph:
        """Give the graph to search."""
        return network.graph(self.mode, self.direction, self.speed_kmh, self.restricted)

    def access_ms(self, attached: Attached) -> np.ndarray:
        """Give the time of each access leg: int64[p], of no meaning without edge."""
        speed = self.speed_kmh if self.mode == "walk" and self.access_kmh is None else self.access_kmh
        if not 0 < (speed or 0) < np.inf:
            raise ValueError(f"access_kmh is {speed}; it must be above 0")
        leg = np.where(attached.edge >= 0, attached.access_m, 0.0)
        return np.minimum(np.rint(leg * 3600 / speed), LONGEST_MS - 1).astype(np.int64)


class Times(NamedTuple):
    """Of each target the minutes, float64[t], inf beyond the limit; and the nearest source, int64[t], or -1."""

    minutes: np.ndarray
    source: np.ndarray


@dataclass(frozen=True)
class Reach:
    """Shortest times over a network up to a limit, and the nearest source.

    Attributes
    ----------
    network, travel
    sources : Attached
    limit_ms : int
    keys : int64[k]
        Of each of the graph's numbers its time in milliseconds times 2**32, plus the source's number; a huge number
        if not reached.
    confined : bool[s]
        Sources that serve only what lies behind restricted edges around them.
    """

    network: Network
    travel: Travel
    sources: Attached
    limit_ms: int
    keys: np.ndarray
    confined: np.ndarray

    @property
    def node_minutes(self) -> np.ndarray:
        """The minutes of each node: float64[n], inf beyond the limit."""
        return _times(self._of_nodes(), self.limit_ms).minutes

    @property
    def node_source(self) -> np.ndarray:
        """The nearest source of each node, of several the lowest: int64[n], -1 beyond the limit."""
        return _times(self._of_nodes(), self.limit_ms).source

    def _of_nodes(self) -> np.ndarray:
        return _folded(self.keys.copy(), self.travel.graph(self.network), len(self.network.node_xy))

    def at(self, targets: Attached) -> Times:
        """Give the minutes between each target and its nearest source, access legs included."""
        from geo.network import search_kernel

        graph, access = self.travel.graph(self.network), self.travel.access_ms(targets)
        places = np.array(targets.edge, np.int32), graph.offset_ms(targets.edge, targets.at_m)
        keys = search_kernel.keys_on_edges(places, graph.edges, self.keys, self.standing(), LABEL_BITS)
        if graph.turned is not None:
            keys = _on_nodes(graph, graph.turned, places, keys, self.keys)
        return _times(np.where(keys >= 0, keys + (access << LABEL_BITS), _NOTHING), self.limit_ms)

    def stretches(self, limit_minutes: float | None = None) -> Stretches:
        """List the stretches of edges within a limit (this reach's own at most): the streets to draw."""
        from geo.network import search_kernel

        limit = self.limit_ms if limit_minutes is None else min(_limit_ms(limit_minutes), self.limit_ms)
        times = np.minimum(self.keys >> LABEL_BITS, LONGEST_MS)
        edge, offset, key = self.standing()
        found = search_kernel.reached_stretches(self.travel.graph(self.network).edges, times, limit,
                                           (edge, offset, key >> LABEL_BITS))
        return Stretches(*found)

    def stretches_by_source(self) -> tuple[Stretches, np.ndarray]:
        """List the stretches within the limit, cut where the nearest source changes; and the source of each."""
        from geo.network import search_kernel

        edge, offset, key = self.standing()
        edges = self.travel.graph(self.network).edges
        every, zero = np.arange(len(edges[2]), dtype=np.int32), np.zeros(len(edges[2]), np.int32)
        # Between two marks (ends of edges, sources) times come from one mark or the other.
        at = np.concatenate([every, every, edge]), np.concatenate([zero, edges[2], offset])
        order = np.lexsort(at[::-1])
        at = at[0][order], at[1][order]
        keys = search_kernel.keys_on_edges(at, edges, self.keys, (edge, offset, key), LABEL_BITS)
        times, source = _times(np.where(keys >= 0, keys, _NOTHING), self.limit_ms)
        left = np.where(np.isfinite(times), self.limit_ms - times * 60_000, -1.0)
        one = np.flatnonzero(at[0][1:] == at[0][:-1])
        where, low, high = at[0][one], at[1][one].astype(float), at[1][one + 1].astype(float)
        ahead = np.where(edges[3][where], np.minimum(low + left[one], high), low)
        behind = np.where(edges[4][where], np.maximum(high - left[one + 1], low), high)
        # Where both come they meet at the place that is equally far from either.
        met = np.clip((low + high + left[one] - left[one + 1]) / 2, low, high)
        met = np.where((ahead >= behind) & edges[3][where] & edges[4][where], met, np.nan)
        ahead, behind = np.fmin(ahead, met), np.fmax(behind, met)
        cost = np.maximum(edges[2][where], 1)
        found = [np.concatenate(each) for each in zip((where, low / cost, ahead / cost, source[one]),
                                                      (where, behind / cost, high / cost, source[one + 1]))]
        order = np.lexsort((found[1], found[0]))
        order = order[(found[2] > found[1])[order] & (found[3] >= 0)[order]]
        return Stretches(*(each[order] for each in found[:3])), found[3][order]

    def standing(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sort the sources by the edge they stand on: edge int32, offset int32 in milliseconds, key int64."""
        graph = self.travel.graph(self.network)
        on = np.flatnonzero(self.sources.edge >= 0)
        on = on[np.argsort(self.sources.edge[on], kind="stable")]
        key = (self.travel.access_ms(self.sources) << LABEL_BITS) + np.arange(len(self.sources))
        return self.sources.edge[on], graph.offset_ms(self.sources.edge[on], self.sources.at_m[on]), key[on]


def reach(network: Network, sources: Attached, limit_minutes: float, travel: Travel,
          confined: np.ndarray | None = None) -> Reach:
    """Find the shortest times between the sources and everything within a limit.

    Parameters
    ----------
    network : Network
    sources : Attached
        Sources without edge reach nothing.
    limit_minutes : float
        Above 0, at most `MAX_MINUTES`. Exactly at the limit is inside.
    travel : Travel
    confined : bool[s], optional
        Sources that serve only what lies behind the restricted edges around them; one on another edge serves what is
        on that edge. None without.

    Raises
    ------
    ValueError
        If the limit or a part of `travel` is out of bounds.
    """
    none = np.zeros(len(sources), dtype=bool)
    return _search(network, sources, _limit_ms(limit_minutes), travel, none if confined is None else confined)


def _search(network: Network, sources: Attached, limit_ms: int, travel: Travel, confined: np.ndarray) -> Reach:
    graph = travel.graph(network)
    nodes, times, source = _seeds(graph, sources, travel)
    keys = np.full(len(graph), _NOTHING)
    limit_key = ((limit_ms + SLACK_MS + 1) << LABEL_BITS) - 1
    _run(graph, nodes, (times << LABEL_BITS) + source, keys, limit_key, confined[source])
    return Reach(network, travel, sources, limit_ms, keys, confined)


class Reasons(NamedTuple):
    """Why targets are not reached.

    Attributes
    ----------
    code : object[t]
        None where reached; else ``no_road`` (no usable edge within the access distance), ``no_source`` (no
        source is on the network), ``beyond_limit``, ``other_component`` (not connected with a source),
        ``restricted`` (connected only over restricted edges or gates that lead on) or ``against_oneway`` (connected
        only when one-ways are ignored).
    minutes : float64[t]
        The time however long, inf where there is none.
    source : int64[t]
        The nearest source, -1 where there is none.
    """

    code: np.ndarray
    minutes: np.ndarray
    source: np.ndarray


def reasons(found: Reach, targets: Attached) -> Reasons:
    """Say of each target why it is not reached, and how far it would be."""
    network, mode, travel = found.network, found.travel.mode, found.travel
    unlimited = _search(network, found.sources, MAX_MINUTES * 60_000, travel, found.confined).at(targets)
    component = network.pieces(mode)
    on = found.sources.edge[found.sources.edge >= 0]
    edge = np.maximum(targets.edge, 0)
    connected = np.isin(component[edge], component[on]) if len(component) else np.zeros(len(edge), dtype=bool)
    within, far = np.isfinite(found.at(targets).minutes), np.isfinite(unlimited.minutes)
    led_on = np.zeros(len(edge), dtype=bool)
    if travel.restricted != "open" and network.restricts(mode) and (connected & ~far).any():
        anybody = _search(network, found.sources, MAX_MINUTES * 60_000, replace(travel, restricted="open"),
                          np.zeros(len(found.sources), dtype=bool))
        led_on = np.isfinite(anybody.at(targets).minutes)
    code = np.select(
        [within, targets.edge < 0, np.full(len(edge), not len(on)), far, connected & led_on, connected],
        np.array([None, "no_road", "no_source", "beyond_limit", "restricted", "against_oneway"], dtype=object)[:, None],
        np.array("other_component", dtype=object))
    return Reasons(code, *unlimited)


@dataclass(frozen=True)
class Matrix:
    """Which nodes each site reaches, and when: sparse, by rows.

    Attributes
    ----------
    starts : int64[s + 1]
        Site i reaches nodes node[starts[i]:starts[i + 1]], ascending.
    node : int32[k]
    seconds : uint16[k], rounded
    """

    starts: np.ndarray
    node: np.ndarray
    seconds: np.ndarray


def matrix(network: Network, sites: Attached, limit_minutes: float, travel: Travel,
           threads: int = 1) -> Matrix:
    """Find for each site by itself the nodes within a limit, its access leg included.

    Six bytes a pair. The searches of several sites run side by side in `threads` threads. Raises ValueError as `reach`
    does, and for limits over 18 hours.
    """
    rows = list(matrix_rows(network, sites, limit_minutes, travel, threads))
    starts = np.concatenate([[0], np.cumsum([len(node) for node, _ in rows])]).astype(np.int64)
    node = np.concatenate([np.empty(0, np.int32), *(row[0] for row in rows)])
    return Matrix(starts, node, np.concatenate([np.empty(0, np.uint16), *(row[1] for row in rows)]))


def matrix_rows(network: Network, sites: Attached, limit_minutes: float, travel: Travel,
                threads: int = 1) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give the rows of `matrix` one after the other, for those who need not keep them."""
    from geo.network import search_kernel

    limit_ms = _limit_ms(limit_minutes)
    if limit_ms >= 65_535_000:
        raise ValueError(f"limit_minutes is {limit_minutes}; a matrix holds 18 hours at most")
    graph = travel.graph(network)
    nodes, times, source = _seeds(graph, sites, travel)
    bounds = np.searchsorted(source, np.arange(len(sites) + 1))
    rooms: SimpleQueue[np.ndarray] = SimpleQueue()  # one for each search that runs; a search leaves it as it was
    for _ in range(threads):
        rooms.put(np.full(len(graph), LONGEST_MS, np.int32))
    count = len(network.node_xy)

    def row(site: int) -> tuple[np.ndarray, np.ndarray]:
        seeds, room = slice(bounds[site], bounds[site + 1]), rooms.get()
        _run(graph, nodes[seeds], times[seeds], room, limit_ms + SLACK_MS)
        taken = search_kernel.take_row(_folded(room, graph, count), LONGEST_MS, limit_ms)
        room[count:] = LONGEST_MS
        rooms.put(room)
        return taken

    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, len(sites), ROWS_AHEAD):
            yield from pool.map(row, range(first, min(first + ROWS_AHEAD, len(sites))))


def _run(graph: Graph, nodes: np.ndarray, seed_keys: np.ndarray, keys: np.ndarray, limit_key: int,
         confined: np.ndarray | None = None) -> None:
    """Search from seeds in phases, with labels if the keys have 64 bits."""
    part, inside_part = graph.searched
    if len(graph) == graph.outer:
        out = np.ones(len(nodes), dtype=bool) if confined is None else ~confined
        _phase(graph, part, (nodes[out], seed_keys[out]), keys, limit_key)
        return
    free = np.ones(len(nodes), dtype=bool) if confined is None else ~confined
    inside, (twin, node) = nodes >= graph.outer, graph.twins
    twin = twin - graph.outer
    outer, inner = keys[:graph.outer], keys[graph.outer:]
    own = inside & free
    begin = nodes[~inside & free], seed_keys[~inside & free]
    if own.any():
        _phase(graph, inside_part, (nodes[own] - graph.outer, seed_keys[own]), inner, limit_key)
        left = np.flatnonzero(inner[twin] <= limit_key)
        begin = np.concatenate([begin[0], node[left]]), np.concatenate([begin[1], inner[twin[left]]])
    _phase(graph, part, begin, outer, limit_key)
    inner[twin] = np.minimum(inner[twin], outer[node])
    stay = inside & ~free
    if stay.any():
        np.minimum.at(inner, nodes[stay] - graph.outer, seed_keys[stay])
    entered = np.flatnonzero(inner <= limit_key)
    if len(entered):
        _kernel(graph, inside_part, (entered, inner[entered]), inner, limit_key)


def _phase(graph: Graph, part: Chains, seeds: tuple[np.ndarray, np.ndarray], keys: np.ndarray, limit_key: int) -> None:
    """Search one part from seeds (numbers, keys), of which a number may stand several times."""
    order = np.lexsort(seeds[::-1])
    least = order[np.unique(seeds[0][order], return_index=True)[1]]
    _kernel(graph, part, (seeds[0][least], seeds[1][least]), keys, limit_key)


def _kernel(graph: Graph, part: Chains, seeds: tuple[np.ndarray, np.ndarray], keys: np.ndarray, limit_key: int) -> None:
    """Search one part from seeds (numbers, each once; keys)."""
    label_bits = LABEL_BITS if keys.dtype == np.int64 else 0
    part.search(seeds, keys, limit_key, (label_bits, graph.width_bits(int(limit_key) >> label_bits)))


def _folded(keys: np.ndarray, graph: Graph, nodes: int) -> np.ndarray:
    """Give the least key of each node, of all its numbers: a view of `keys`, which is changed."""
    if len(keys) > nodes:
        np.minimum.at(keys[:nodes], graph.node_of[nodes:], keys[nodes:])
    return keys[:nodes]


def _seeds(graph: Graph, sources: Attached, travel: Travel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start from the sources to both ends of their edges: node int32, milliseconds int64, source int64, by source."""
    _, _, cost, on, back = graph.edges
    source = np.flatnonzero(sources.edge >= 0)
    edge, offset = sources.edge[source], graph.offset_ms(sources.edge[source], sources.at_m[source])
    access = travel.access_ms(sources)[source]
    # A source at the end of an edge is on the node, whichever way the edge leads.
    back, on = back[edge] | (offset == 0), on[edge] | (offset == cost[edge])
    start, end = graph.ends_from(edge, offset)
    nodes = np.concatenate([start[back], end[on]])
    times = np.concatenate([(access + offset)[back], (access + cost[edge] - offset)[on]])
    source = np.concatenate([source[back], source[on]])
    order = np.argsort(source, kind="stable")
    return nodes[order], times[order], source[order]


def _on_nodes(graph: Graph, by: Turned, places: tuple[np.ndarray, np.ndarray], found: np.ndarray,
              keys: np.ndarray) -> np.ndarray:
    """Let places at the ends of edges be on the node, by whichever edge one comes to it: int64[t], -1 for none."""
    (edge, offset), least = places, np.full(len(keys), _NOTHING)
    np.minimum.at(least, by.base_of, keys)
    start, end = np.where(offset == 0, by.start[edge], -1), np.where(offset == graph.edges[2][edge], by.end[edge], -1)
    best = np.where(found >= 0, found, _NOTHING)
    for at in (start, end):
        best = np.minimum(best, np.where((edge >= 0) & (at >= 0), least[at], _NOTHING))
    return np.where(best < np.int64(LONGEST_MS) << LABEL_BITS, best, np.int64(-1))


def _times(keys: np.ndarray, limit_ms: int) -> Times:
    ms = keys >> LABEL_BITS
    within = ms <= limit_ms + SLACK_MS
    minutes = np.where(within, np.minimum(ms, limit_ms) / 60_000, np.inf)
    return Times(minutes, np.where(within, keys & ((1 << LABEL_BITS) - 1), -1))


def _limit_ms(limit_minutes: float) -> int:
    if not 0 < limit_minutes <= MAX_MINUTES:
        raise ValueError(f"the limit is {limit_minutes} minutes; it must be above 0 and at most {MAX_MINUTES}")
    return round(limit_minutes * 60_000)
