"""A mode's nodes as a search numbers them, so that gates hold and restricted edges stand apart.

An edge that only those may pass who begin or end on it or behind it is *restricted*. A trip passes restricted edges,
then others, then restricted ones again, and never any others after that. So the search keeps two parts of the network
that share no number: *outer* for the edges of everybody, *inner* for the restricted ones. Where both meet, the same
node has a number in each; `Graph.twins` pairs them, and the search steps from one to the other between its phases.

At a shut gate each edge ends at a number of its own, which no other edge has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geo.network.chains import Chains, chains_of

LONGEST_MS = 1 << 30
"""No edge takes longer, and no limit is larger: twelve days."""
OPEN, RESTRICTED, SHUT = 0, 1, 2
"""Who passes a gate: everybody, who begins or ends behind it, nobody."""
ENDS = 2
"""Who walks or drives on an edge, where it is not nobody (0) or everybody (1): who begins or ends behind it."""
JUNCTION = 3
"""Where so many edges meet nobody can say which of them a gate closes: it closes none."""
_ALIKE = 4  # arcs are much alike where a long one takes no more than so many times as long as a short one
_MOST_BUCKETS_BITS = 19


@dataclass(frozen=True)
class Parts:
    """The numbers of a mode's nodes.

    Attributes
    ----------
    start, end : int32[e]
        The numbers of the edges' ends.
    node_of : int32[k]
        The node that each number is; numbers below `n` are nodes themselves.
    outer : int
        Numbers from here on belong to restricted edges.
    twins : (inner int32[t], outer int32[t])
        Numbers of one node where the search may step from one part into the other.
    """

    start: np.ndarray
    end: np.ndarray
    node_of: np.ndarray
    outer: int
    twins: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, nodes: int, ends: tuple[np.ndarray, np.ndarray], usable: np.ndarray, restricted: np.ndarray,
           gate: np.ndarray, shut: bool = False) -> Parts:
        """Number the ends of edges.

        Parameters
        ----------
        nodes : int
        ends : (from int32[e], to int32[e])
        usable, restricted : bool[e]
        gate : int8[nodes]
        shut : bool
            Gates for some are shut for all.
        """
        node = np.concatenate(ends)
        inner = np.tile(restricted & usable, 2)
        if not inner.any() and not gate.any():
            every = np.arange(nodes, dtype=np.int32)
            return cls(np.array(ends[0]), np.array(ends[1]), every, nodes, (every[:0], every[:0]))
        of_end = gate[node] * np.tile(usable, 2)
        # A gate for some between two edges of everybody leads nobody anywhere: who passed it would be inside.
        apart = (of_end == SHUT) | ((of_end == RESTRICTED) & (shut | _between_outer(nodes, node, inner, usable)))
        number, node_of = node.astype(np.int64), [np.arange(nodes)]
        for mine in (apart & ~inner, None, apart & inner):
            if mine is None:
                outer = sum(map(len, node_of))
                of_twin, rank = np.unique(node[inner & ~apart], return_inverse=True)
                number[inner & ~apart] = outer + rank
                node_of.append(of_twin)
            else:
                number[mine] = sum(map(len, node_of)) + np.arange(np.count_nonzero(mine))
                node_of.append(node[mine])
        number = number.astype(np.int32)
        twin = (outer + np.arange(len(of_twin))).astype(np.int32)
        half = len(node) // 2
        return cls(number[:half].copy(), number[half:].copy(), np.concatenate(node_of).astype(np.int32), outer,
                   (twin, of_twin.astype(np.int32)))

    def pieces(self, usable: np.ndarray, both: bool = True) -> np.ndarray:
        """Number what hangs together over usable edges: int32[k], one for each number; `both` parts at their twins."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        one, other = self.start[usable], self.end[usable]
        if both:
            one, other = np.concatenate([one, self.twins[0]]), np.concatenate([other, self.twins[1]])
        size = len(self.node_of)
        links = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(size, size))
        return connected_components(links, directed=False)[1] if size else np.empty(0, np.int32)


def _between_outer(nodes: int, node: np.ndarray, inner: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Mark the ends of unrestricted edges at nodes where another unrestricted edge ends."""
    outer = np.tile(usable, 2) & ~inner
    return outer & (np.bincount(node[outer], minlength=nodes)[node] > 1)


@dataclass(frozen=True)
class Turned:
    """Where turns are forbidden: which numbers stand for the ends of edges (see `geo.network.bans`).

    Attributes
    ----------
    start, end : int32[e]
        Those of who stands on the node.
    came_start, came_end : int32[e]
        Those of who came along the edge, against it and along it.
    base_of : int32[k]
        The number of who stands on the node, for each number.
    """

    start: np.ndarray
    end: np.ndarray
    came_start: np.ndarray
    came_end: np.ndarray
    base_of: np.ndarray


@dataclass(frozen=True)
class Graph:
    """One mode's network in the sense in which times are searched from the sources.

    Attributes
    ----------
    starts, arcs : int64[outer + 1], int32[m, 2]
        The arcs out of number i are rows starts[i] to starts[i + 1]: the number they lead to, and milliseconds.
    inner : (starts, arcs)
        The same of the inner part, whose numbers begin at 0 here.
    edges : (from int32[e], to int32[e], cost_ms int32[e], leads_on bool[e], leads_back bool[e])
        Of every edge whether the search may pass it from its start to its end and back. When times *to* the
        sources are wanted the search runs against the traffic, and the two change places.
    length_m : float64[e]
    bucket_bits : int
        2**bucket_bits milliseconds is a good width of bucket.
    node_of, outer, twins
        As `Parts` has them.
    turned : Turned or None
        Where turns are forbidden; `edges` then name the numbers from which one may set out on an edge.
    """

    starts: np.ndarray
    arcs: np.ndarray
    inner: tuple[np.ndarray, np.ndarray]
    edges: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    length_m: np.ndarray
    bucket_bits: int
    node_of: np.ndarray
    outer: int
    twins: tuple[np.ndarray, np.ndarray]
    turned: Turned | None = None

    def __len__(self) -> int:
        return len(self.node_of)

    def width_bits(self, limit_ms: int) -> int:
        """Give the width of buckets for a search up to a limit: of a far one there are not too many to look through."""
        return max(self.bucket_bits, limit_ms.bit_length() - _MOST_BUCKETS_BITS)

    @cached_property
    def searched(self) -> tuple[Chains, Chains]:
        """The arcs of both parts as a search wants them: their chains drawn together."""
        return chains_of(self.starts, self.arcs, LONGEST_MS), chains_of(*self.inner, LONGEST_MS)

    @cached_property
    def into(self) -> tuple[np.ndarray, np.ndarray]:
        """The numbers from which a step leads to number i: steps[starts[i]:starts[i + 1]], steps between parts too."""
        parts = [(self.starts, self.arcs, 0), (*self.inner, self.outer)]
        tails = [np.repeat(np.arange(len(starts) - 1), np.diff(starts)) + shift for starts, _, shift in parts]
        heads = [arcs[:, 0] + shift for _, arcs, shift in parts]
        tail = np.concatenate([*tails, self.twins[0], self.twins[1]])
        head = np.concatenate([*heads, self.twins[1], self.twins[0]])
        order = np.argsort(head, kind="stable")
        return np.concatenate([[0], np.cumsum(np.bincount(head, minlength=len(self)))]), tail[order]

    def on_node(self, edge: int, at_end: bool) -> np.ndarray:
        """Give the numbers of everybody at one end of an edge, by whichever edge they came: int64[k]."""
        if self.turned is None:
            return self.edges[1 if at_end else 0][[edge]]
        base = (self.turned.end if at_end else self.turned.start)[edge]
        return np.flatnonzero(self.turned.base_of == base)

    def ends_from(self, edge: np.ndarray, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give the numbers that one comes to from places on edges, at their starts and at their ends: int32[k] each.

        Whoever stands on the node itself has come by no edge.
        """
        if self.turned is None:
            return self.edges[0][edge], self.edges[1][edge]
        by = self.turned
        start = np.where(offset == 0, by.start[edge], by.came_start[edge])
        return start, np.where(offset == self.edges[2][edge], by.end[edge], by.came_end[edge])

    def offset_ms(self, edge: np.ndarray, at_m: np.ndarray) -> np.ndarray:
        """Turn metres from the start of edges into milliseconds: int32[k], 0 for edge -1."""
        offset, on = np.zeros(len(edge), np.int32), np.flatnonzero(edge >= 0)
        share = np.clip(at_m[on] / self.length_m[edge[on]], 0.0, 1.0)
        offset[on] = np.rint(share * self.edges[2][edge[on]])
        return offset


def graph_of(parts: Parts, use: tuple[np.ndarray, np.ndarray, np.ndarray], length_m: np.ndarray) -> Graph:
    """Make a graph of numbered ends and (cost_ms int32[e], leads_on bool[e], leads_back bool[e])."""
    cost, on, back = use
    start, end = parts.start, parts.end
    # Own copies, for numba compiles once more for read-only arrays.
    own = (np.array(start), np.array(end), np.array(cost), np.array(on), np.array(back))
    on, back = on & (start != end), back & (start != end)  # nothing is gained by going round a loop
    bits = bucket_bits(cost, on | back)
    tail = np.concatenate([start[on], end[back]])
    arcs = np.column_stack([np.concatenate([end[on], start[back]]), np.concatenate([cost[on], cost[back]])])
    if parts.outer == len(parts.node_of):
        none = np.zeros(1, np.int64), np.empty((0, 2), np.int32)
        return Graph(*rows_of(tail, arcs, parts.outer), none, own, length_m, bits, parts.node_of, parts.outer,
                     parts.twins)
    outer, shift = tail < parts.outer, np.array([parts.outer, 0])
    inner = rows_of(tail[~outer] - parts.outer, arcs[~outer] - shift, len(parts.node_of) - parts.outer)
    return Graph(*rows_of(tail[outer], arcs[outer], parts.outer), inner, own, length_m, bits, parts.node_of,
                 parts.outer, parts.twins)


def bucket_bits(cost: np.ndarray, passed: np.ndarray) -> int:
    """Choose the width of buckets, given the milliseconds of edges and which are passed.

    Buckets of one to two median arcs where arcs are much alike, as on a lattice: measured there, narrower and wider
    ones are slower. In a real city some are twenty times as long as others, and within a wide bucket a short way round
    is found too late: with a quarter to half a median arc the search is up to a fifth quicker.
    """
    short, median, long = np.percentile(cost[passed], (10, 50, 90)) if passed.any() else (1, 1, 1)
    width = np.clip(median, 64, 1 << 20)
    return int(np.log2(width)) + (1 if long <= _ALIKE * short else -1)


def rows_of(tail: np.ndarray, arcs: np.ndarray, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort arcs (number they lead to, milliseconds) by the number they leave: starts int64[nodes + 1], arcs."""
    order = np.argsort(tail, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=nodes))]).astype(np.int64)
    return starts, np.ascontiguousarray(arcs[order].astype(np.int32))
