"""Two ways to divide the same units made to fit each other: no district of the one crosses one of the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.districting.covering import Cover, Stars
from geo.districting.graph import Graph, graph_of
from geo.districting.problem import SAME

MOST_TRIED = 200
"""Covers that are tried where what they ask for hangs together nowhere."""


@dataclass(frozen=True, eq=False)
class Divided:
    """Units that are divided twice.

    Attributes
    ----------
    graph : Graph
        Costs are lengths of borders.
    ours, theirs : int64[n]
        The district of each unit in both divisions; -1 for none, which nothing is asked of and nothing is changed in.
    held : int64[n]
        What a unit holds, such as buildings; where two districts share none, they do not meet.
    cost : float64[n]
        What it costs to give a unit to another of our districts.
    """

    graph: Graph
    ours: np.ndarray
    theirs: np.ndarray
    held: np.ndarray
    cost: np.ndarray


@dataclass(frozen=True, eq=False)
class Nested:
    """Our districts changed so that none crosses.

    Attributes
    ----------
    part : int64[n] or None
        Our district of each unit now; None where nothing was found.
    price : float
        What the change costs.
    bound : float
        No change after which nothing crosses costs less; infinite where there is proof that there is none.
    stopped : bool
        Whether time or patience ended before all was tried.
    """

    part: np.ndarray | None
    price: float
    bound: float
    stopped: bool = False

    @property
    def proven(self) -> bool:
        """Whether nothing costs less, or there is nothing."""
        return self.bound == np.inf if self.part is None else self.price <= self.bound + SAME * max(1.0, self.price)


def shared(ours: np.ndarray, theirs: np.ndarray, values: np.ndarray, rows: int = 0) -> np.ndarray:
    """Add up what the districts of two divisions have in common: float64[a, b], of `rows` of ours at least."""
    both = (ours >= 0) & (theirs >= 0)
    found = np.zeros((max(rows, int(ours.max(initial=-1)) + 1), int(theirs.max(initial=-1)) + 1))
    np.add.at(found, (ours[both], theirs[both]), values[both])
    return found


def crossing(held: np.ndarray) -> np.ndarray:
    """Tell which pairs of districts cross: they share something, and each has something in another one, too.

    Parameters
    ----------
    held : float64[a, b]
        What they share.
    """
    meet = held > 0
    return meet & (meet.sum(axis=1) > 1)[:, None] & (meet.sum(axis=0) > 1)[None, :]


def nest(divided: Divided, stop: Callable[[], bool]) -> Nested:
    """Change our districts as little as possible so that none crosses one of theirs.

    Afterwards each of theirs lies in one of ours, or is made up of several of ours; each of ours keeps something that
    it had, and none is torn that was whole. Only districts change that cross others, or meet some that do.

    Notes
    -----
    Districts that do not cross are stars of the graph of who meets whom. The cheapest stars are found exactly
    (`covering`), which is a bound; units are then given out so that districts hang together, and stars for which that
    cannot be done, or costs more, are followed by the next cheapest until none can be better.
    """
    held = shared(divided.ours, divided.theirs, divided.held)
    price, bound, stopped = 0.0, 0.0, False
    part = divided.ours.copy()
    for rows, columns in _tangles(held):
        found = _untangled(divided, held, rows, columns, stop)
        bound += found.bound
        stopped |= found.stopped
        if found.part is None:
            return Nested(None, np.inf, found.bound, found.stopped)
        changed = found.part != divided.ours
        part[changed] = found.part[changed]
        price += found.price
    return Nested(part, price, min(bound, price), stopped)


def _tangles(held: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Group districts that meet, directly or by way of others, where some of them cross: rows and columns of each."""
    a, b = np.nonzero(held > 0)
    n = held.shape[0]
    group = graph_of(n + held.shape[1], a, n + b, np.zeros(len(a))).components()
    wrong = np.unique(group[np.nonzero(crossing(held))[0]])
    return [(np.flatnonzero(group[:n] == each), np.flatnonzero(group[n:] == each)) for each in wrong.tolist()]


def _untangled(
    divided: Divided, held: np.ndarray, rows: np.ndarray, columns: np.ndarray, stop: Callable[[], bool]
) -> Nested:
    """Find the cheapest change of one tangle."""
    worth = shared(divided.ours, divided.theirs, divided.cost)[np.ix_(rows, columns)]
    covers = Cover(worth, held[np.ix_(rows, columns)] > 0)
    total, best, price = float(worth.sum()), None, np.inf
    least = 0.0
    # What lies in none of theirs may be all that one of ours keeps, and stars know nothing of it.
    beyond = np.isin(divided.ours, rows) & (divided.theirs < 0) & (divided.held > 0)
    loose = 0.0 if beyond.any() else np.inf  # the least that stars of which nothing exact is known may cost
    for _ in range(MOST_TRIED):
        stars = covers.cheapest()
        if stars is None:
            return Nested(best, price, min(price, loose))
        least = total - stars.kept
        if least >= price - SAME:
            return Nested(best, price, min(price, loose, least))
        made = _Sharing(divided, rows, columns, stars)
        torn = made.torn_hosts()
        if torn:
            if made.has_ground:  # which could join what is torn, given to others than those in which it lies
                loose = min(loose, least)
            for host, hosted in torn:
                covers.forbid_hosting(host, hosted)
            if stop():
                return Nested(best, price, min(price, loose, least), True)
            continue
        part = made.part()
        if part is None or (cost := float(divided.cost[part != divided.ours].sum())) > least + SAME:
            loose = min(loose, least)
        if part is not None and cost < price - SAME:
            best, price = part, cost
        if stop():
            return Nested(best, price, min(price, loose, least), True)
        covers.forbid(stars)
    return Nested(best, price, min(price, loose, least), True)


class _Sharing:
    """The units of a tangle given out as stars say: theirs that lie in one of ours, and theirs shared by several."""

    def __init__(self, divided: Divided, rows: np.ndarray, columns: np.ndarray, stars: Stars) -> None:
        self.divided, self.rows, self.columns, self.stars = divided, rows, columns, stars
        at = np.full(int(divided.theirs.max(initial=-1)) + 2, -1, np.int64)
        at[columns] = np.arange(len(columns))
        column = at[divided.theirs]
        self.column = np.where(np.isin(divided.ours, rows), column, -1)  # of others there is nothing here but ground
        host = np.append(stars.host, -1)  # of each of theirs, -1 where several of ours lie in it
        self.hosted = (self.column >= 0) & (host[self.column] >= 0)
        self.open = (self.column >= 0) & ~self.hosted
        self.label = divided.ours.copy()
        self.label[self.hosted] = rows[host[self.column[self.hosted]]]

    @property
    def has_ground(self) -> bool:
        """Whether there are units that hold nothing."""
        return bool((self.divided.held[np.isin(self.divided.ours, self.rows)] == 0).any())

    def torn_hosts(self) -> list[tuple[int, np.ndarray]]:
        """List those of ours that hold several of theirs, or one, and would be torn; with which of theirs they hold."""
        found = []
        for host in np.unique(self.stars.host[self.stars.host >= 0]).tolist():
            mine = self.label == self.rows[host]
            mine &= ~self.open
            if self._pieces(mine) > max(1, self._pieces(self.divided.ours == self.rows[host])):
                found.append((host, np.flatnonzero(self.stars.host == host)))
        return found

    def part(self) -> np.ndarray | None:
        """Give our district of each unit; None where it cannot be shared out so that districts hang together."""
        for column in np.unique(self.column[self.open]).tolist():
            self._share(column)
        if (self.label[self.open] < 0).any():
            return None
        self._tidy()
        held = shared(self.label, self.divided.theirs, self.divided.held, int(self.rows.max()) + 1)
        if crossing(held)[self.rows].any():
            return None
        for row in self.rows.tolist():
            pieces = self._pieces(self.label == row)
            if not pieces or pieces > max(1, self._pieces(self.divided.ours == row)):
                return None
        return self.label

    def _pieces(self, mine: np.ndarray) -> int:
        """Count the pieces of some units that hold something."""
        units = np.flatnonzero(mine)
        if not len(units):
            return 0
        piece = self.divided.graph.among(units).components()
        return len(np.unique(piece[self.divided.held[units] > 0]))

    def _share(self, column: int) -> None:
        """Share one of theirs out among those of ours that lie in it: what they have there stays, the rest is added."""
        inside = np.flatnonzero(self.open & (self.column == column))
        mine = self.rows[self.stars.inside == column]
        for row in mine.tolist():
            ground = np.flatnonzero((self.label == row) & ~(self.open & (self.column != column)))
            piece = self.divided.graph.among(ground).components()
            weight = np.bincount(piece, weights=self.divided.cost[ground] + 1e-6 * self.divided.held[ground])
            off = ground[piece != int(weight.argmax())] if len(weight) else ground
            self.label[off[np.isin(off, inside)]] = -1
        away = inside[~np.isin(self.label[inside], mine)]
        self.label[away] = -1
        self._grow(inside, mine)

    def _grow(self, among: np.ndarray, into: np.ndarray) -> None:
        """Give units without a district to that of some of ours with which they share most border, one at a time."""
        graph, label = self.divided.graph, self.label
        waiting = set(among[label[among] < 0].tolist())
        allowed = set(into.tolist())
        while waiting:
            best: tuple[float, int, int] | None = None
            for unit in sorted(waiting):
                beside: dict[int, float] = {}
                span = slice(graph.starts[unit], graph.starts[unit + 1])
                for there, metres in zip(graph.ends[span].tolist(), graph.costs[span].tolist(), strict=True):
                    if int(label[there]) in allowed:
                        beside[int(label[there])] = beside.get(int(label[there]), 0.0) + metres
                for row, metres in beside.items():
                    home = row == self.divided.ours[unit]
                    if best is None or (home, metres) > (best[1] == self.divided.ours[best[2]], best[0]):
                        best = metres, row, unit
            if best is None:
                return
            label[best[2]] = best[1]
            waiting.discard(best[2])

    def _tidy(self) -> None:
        """Give ground that holds nothing, and was cut off its district, to a district that it touches."""
        graph, label, held = self.divided.graph, self.label, self.divided.held
        loose = []
        for row in self.rows.tolist():
            mine = np.flatnonzero(label == row)
            piece = graph.among(mine).components()
            full = np.bincount(piece, weights=held[mine])
            if (full > 0).any():
                loose.append(mine[full[piece] == 0])
        off = np.concatenate([np.empty(0, np.int64), *loose])
        off = off[~(self.open | self.hosted)[off]]
        before = label[off].copy()
        label[off] = -1
        self._grow(off, np.unique(label[label >= 0]))
        label[off] = np.where(label[off] < 0, before, label[off])
