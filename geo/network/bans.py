"""A graph in which some turns are forbidden: where they begin, a number remembers the edges that one came by.

A *ban* is a path of two edges or more that must not be passed in one go. A search knows of each way no more than the
number it has come to, so a node where a ban goes on has further numbers: one for each beginning of a ban that one may
have come by (the longest that the way ends with; Aho and Corasick 1975). From there lead only the edges that complete
no ban. All other nodes keep their one number, so that a search costs more only where something is forbidden
(Villeneuve and Desaulniers 2005, "The shortest path problem with forbidden paths").

An edge in one sense is twice its number, plus 1 against its course.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from geo.network.parts import Graph, Parts, Turned, bucket_bits, rows_of

Path = tuple[int, ...]


def graph_with_bans(parts: Parts, use: tuple[np.ndarray, np.ndarray, np.ndarray], length_m: np.ndarray,
                    bans: Sequence[Path]) -> Graph:
    """Make a graph, as `geo.network.parts.graph_of` does, in which nobody passes a ban.

    Parameters
    ----------
    parts, use, length_m
        As `graph_of` takes them.
    bans : sequence of tuple of int
        Edges in one sense each, in that of the search. One that names an edge that cannot be passed, or edges that do
        not follow each other, forbids nothing.
    """
    return _Turning(parts, use, bans).graph(use, length_m)


class _Turning:
    """The numbers and arcs of a graph with bans."""

    def __init__(self, parts: Parts, use: tuple[np.ndarray, np.ndarray, np.ndarray], bans: Sequence[Path]) -> None:
        cost, on, back = use
        self._parts = parts
        self._tail = np.column_stack([parts.start, parts.end]).ravel().astype(np.int64)
        self._head = np.column_stack([parts.end, parts.start]).ravel().astype(np.int64)
        self._open = np.column_stack([on, back]).ravel()
        self._cost = np.repeat(cost, 2)
        self._twin = np.full(len(parts.node_of), -1)
        self._twin[parts.twins[0]], self._twin[parts.twins[1]] = parts.twins[1], parts.twins[0]
        self._bans = {ban for ban in bans if self._holds(ban)}
        self._begun = {ban[:size] for ban in self._bans for size in range(1, len(ban))}
        self._number()

    def _holds(self, ban: Path) -> bool:
        """Say whether a ban's edges can be passed, one after the other."""
        follow = zip(self._head[list(ban[:-1])], self._tail[list(ban[1:])], strict=True)
        return bool(self._open[list(ban)].all()) and all(
            one == other or self._twin[one] == other for one, other in follow)

    def _number(self) -> None:
        """Give numbers to what one came by, in each part, and to each edge that leaves such a node, for reading."""
        leaving: dict[int, list[int]] = {}
        came: list[tuple[int, Path]] = []  # (number of the node, what one came by)
        for path in sorted(self._begun):
            base = int(self._head[path[-1]])
            came += [(each, path) for each in (base, int(self._twin[base])) if each >= 0]
        passable = np.flatnonzero(self._open)
        passable = passable[np.argsort(self._tail[passable], kind="stable")]
        tails = self._tail[passable]
        for base, _ in came:
            if base not in leaving:
                first, last = np.searchsorted(tails, [base, base + 1])
                leaving[base] = passable[first:last].tolist()
        read = [(base, edge) for base, edges in leaving.items() for edge in edges]
        wanted: list[tuple[int, Path | int]] = [*came, *read]
        outer, size = self._parts.outer, len(self._parts.node_of)
        more = sum(base < outer for base, _ in wanted)
        places = {True: outer, False: size + more}
        self.shift, self.leaving, self.extra = more, leaving, []
        self.number: dict[tuple[int, Path | int], int] = {}
        for base, what in wanted:
            self.number[base, what] = places[base < outer]
            places[base < outer] += 1
            self.extra.append((self.number[base, what], base))
        self.came = came

    def _moved(self, base: np.ndarray) -> np.ndarray:
        """Give the numbers that the numbers of `Parts` have here."""
        return np.where(base >= self._parts.outer, base + self.shift, base)

    def _next(self, path: Path, edge: int) -> Path | None:
        """Say what one came by after one edge more: the longest beginning of a ban; None where that is forbidden."""
        way = (*path, edge)
        if any(way[first:] in self._bans for first in range(len(way) - 1)):
            return None
        return next((way[first:] for first in range(len(way)) if way[first:] in self._begun), ())

    def graph(self, use: tuple[np.ndarray, np.ndarray, np.ndarray], length_m: np.ndarray) -> Graph:
        """Lay the arcs."""
        number = self.number
        head = self._moved(self._head)
        arrive = head.copy()  # where an edge leads to if one came by nothing that matters
        for path in self._begun:
            if len(path) == 1:
                arrive[path[0]] = number[int(self._head[path[0]]), path]
        passable = np.flatnonzero(self._open)
        arcs = [np.column_stack([self._moved(self._tail[passable]), arrive[passable], self._cost[passable]])]
        more = []
        for base, path in self.came:
            here = number[base, path]
            for edge in self.leaving[base]:
                after = self._next(path, edge)
                if after is not None:
                    to = number[int(self._head[edge]), after] if after else int(head[edge])
                    more += [(here, to, int(self._cost[edge])), (here, number[base, edge], 0)]
        for base, edges in self.leaving.items():
            plain = int(self._moved(np.array(base)))
            more += [(plain, number[base, edge], 0) for edge in edges]
        arcs.append(np.array(more, dtype=np.int64).reshape(-1, 3))
        return self._made(np.concatenate(arcs), arrive, use, length_m)

    def _made(self, arcs: np.ndarray, arrive: np.ndarray, use: tuple[np.ndarray, np.ndarray, np.ndarray],
              length_m: np.ndarray) -> Graph:
        parts, size = self._parts, len(self._parts.node_of) + len(self.extra)
        outer = parts.outer + self.shift
        base_of = np.full(size, -1)
        every = np.arange(len(parts.node_of))
        base_of[self._moved(every)] = every
        for number, base in self.extra:
            base_of[number] = base
        read = np.column_stack([self._moved(parts.start), self._moved(parts.end)]).ravel()
        for base, edges in self.leaving.items():
            for edge in edges:
                read[edge] = self.number[base, edge]
        twins = [np.column_stack([self._moved(parts.twins[0]), parts.twins[1]])]
        both = defaultdict(list)
        for base, path in self.came:
            both[path].append(self.number[base, path])
        twins.append(np.array([sorted(each, reverse=True) for each in both.values() if len(each) == 2],
                              dtype=np.int64).reshape(-1, 2))
        twin = np.concatenate(twins).astype(np.int32)
        inside = arcs[:, 0] >= outer
        inner = rows_of(arcs[inside, 0] - outer, arcs[inside, 1:] - [outer, 0], size - outer)
        turned = Turned(self._moved(parts.start), self._moved(parts.end), arrive[1::2].copy(), arrive[::2].copy(),
                        self._moved(base_of))
        cost, on, back = use
        own = (read[::2].astype(np.int32), read[1::2].astype(np.int32), np.array(cost), np.array(on), np.array(back))
        return Graph(*rows_of(arcs[~inside, 0], arcs[~inside, 1:], outer), inner, own, length_m,
                     bucket_bits(cost, on | back), parts.node_of[base_of].astype(np.int32), outer,
                     (twin[:, 0].copy(), twin[:, 1].copy()), turned)
