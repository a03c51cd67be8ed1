"""Simulated annealing of centres: one closes, opens, or changes its place, and all near by are shared out anew.

What a set of centres costs is a transport: places go to the centres that are open, within sizes. After a change only
the groups around it are looked at. They are put right by shifts along negative cycles of the graph of groups, in which
an edge is the place that loses least by going from one to the other (Klein 1967), so that chains and rings of any
length are found. Sizes out of bounds and places in no group are dear and not forbidden.

Importing this module loads numba; import it only where a kernel is called.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.engines import below, share

MOST_GROUPS = 16
_FAR = 1e30

_NEAR = 12

Rules = tuple[int, int, float, float, float, float]
Groups = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""The centre of each place; by centres their sizes (0: none), who is in them, the centres in a row, where each stands
there, and how many there are."""
Local = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@njit(cache=True)
def _size_fee(size: int, rules: Rules) -> float:  # pragma: no cover, compiled
    """Give the price of a group's size."""
    low, high, fee, _, uneven, target = rules
    price = uneven * abs(size - target)
    if size < low:
        price += fee * (low - size)
    return price + fee * (size - high) if size > high else price


@njit(cache=True)
def _edges(
    local: Local, groups: int, changed: np.ndarray, edge: np.ndarray, by: np.ndarray, rules: Rules
) -> None:  # pragma: no cover, compiled
    """Write what the cheapest shift from one group to another costs, and of whom, for the groups that changed.

    The last group are those in none; behind it stands the node at which chains begin and end.
    """
    cost, at, size, fixed = local
    end = groups + 1
    for u in range(groups + 1):
        if not changed[u]:
            continue
        for v in range(groups + 1):
            edge[u, v], by[u, v] = _FAR, -1
        edge[end, u] = edge[u, end] = 0.0
        if u < groups:
            edge[end, u] = _size_fee(size[u] - 1, rules) - _size_fee(size[u], rules)
            edge[u, end] = _size_fee(size[u] + 1, rules) - _size_fee(size[u], rules)
    for i in range(len(at)):
        u = at[i]
        if not changed[u] or fixed[i]:
            continue
        mine = cost[i, u]
        for v in range(groups + 1):
            one = cost[i, v] - mine
            if v != u and one < edge[u, v]:
                edge[u, v], by[u, v] = one, i


@njit(cache=True)
def _cycle(
    edge: np.ndarray, nodes: int, parent: np.ndarray, found: np.ndarray
) -> int:  # pragma: no cover, compiled
    """Find a negative cycle (Bellman and Ford): write its nodes, backwards, and return how many; 0 for none."""
    away = np.zeros(nodes)
    mark = np.empty(nodes, np.int64)
    parent[:nodes] = -1
    for _ in range(nodes + 1):
        moved = False
        for u in range(nodes):
            for v in range(nodes):
                if edge[u, v] < _FAR / 2 and away[u] + edge[u, v] < away[v] - 1e-7:
                    away[v], parent[v], moved = away[u] + edge[u, v], u, True
        if not moved:
            return 0
        mark[:] = -1
        for start in range(nodes):
            v = start
            while v >= 0 and mark[v] < 0:
                mark[v] = start
                v = parent[v]
            if v >= 0 and mark[v] == start:
                count, first = 0, v
                while True:
                    found[count] = v
                    count += 1
                    v = parent[v]
                    if v == first:
                        return count
    return 0


@njit(cache=True)
def _share_out(local: Local, groups: int, rules: Rules) -> float:  # pragma: no cover, compiled
    """Shift places between groups until nothing is cheaper; return what all costs."""
    cost, at, size, _ = local
    end, nodes = groups + 1, groups + 2
    edge, by = np.full((nodes, nodes), _FAR), np.full((nodes, nodes), -1)
    parent, ring = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    changed = np.ones(groups + 1, np.bool_)
    for _ in range(400):
        _edges(local, groups, changed, edge, by, rules)
        count = _cycle(edge, nodes, parent, ring)
        if count == 0:
            break
        changed[:] = False
        for k in range(count):
            v, u = ring[k], ring[(k + 1) % count]
            if v < end:
                changed[v] = True
            if u == end or v == end:
                continue
            i = by[u, v]
            at[i] = v
            size[u] -= 1
            size[v] += 1
    total = 0.0
    for i in range(len(at)):
        total += cost[i, at[i]]
    for g in range(groups):
        total += _size_fee(size[g], rules)
    return total


@njit(cache=True)
def _price(
    cost: np.ndarray, groups: Groups, near: tuple[np.ndarray, np.ndarray], rules: Rules
) -> float:  # pragma: no cover, compiled
    """Give what groups around a change cost now."""
    centre_of, size = groups[0], groups[1]
    total = 0.0
    for i in near[1]:
        total += cost[i, centre_of[i]] if centre_of[i] >= 0 else rules[3]
    for c in near[0]:
        total += _size_fee(size[c], rules)
    return total


@njit(cache=True)
def _around(
    groups: Groups, around: np.ndarray, begin: int, room: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> tuple[int, int]:  # pragma: no cover, compiled
    """Write the groups around a place, and who is in them or in none: how many of both."""
    centre_of, size, member = groups[0], groups[1], groups[2]
    heads, places, mark = room
    found, count = 0, 0
    for at in range(-1, around.shape[1]):
        i = begin if at < 0 else around[begin, at]
        if i < 0:
            break
        c = centre_of[i]
        if c < 0 and not mark[i]:
            mark[i], places[count] = True, i
            count += 1
        if c < 0 or mark[c] or found == MOST_GROUPS:
            continue
        heads[found] = c
        found += 1
        for k in range(size[c]):
            mark[member[c, k]], places[count] = True, member[c, k]
            count += 1
    for k in range(count):
        mark[places[k]] = False
    return found, count


@njit(cache=True)
def _draw(
    groups: Groups, around: np.ndarray, may: tuple[np.ndarray, int, int], state: np.ndarray
) -> tuple[int, int]:  # pragma: no cover, compiled
    """Draw a change: the centre that closes and the place that opens, -1 for none."""
    size, listed, count = groups[1], groups[3], groups[5][0]
    closes = listed[below(state, count)]
    opens = around[closes, below(state, min(_NEAR, around.shape[1]))]
    kind = below(state, 16)
    if opens < 0 or size[opens] > 0 or not may[0][opens]:
        return -1, -1
    if kind == 0 and count > may[1]:
        return closes, -1
    if kind == 1 and count < may[2]:
        return -1, opens
    return closes, opens


@njit(cache=True)
def _local(
    cost: np.ndarray, centre_of: np.ndarray, near: tuple[np.ndarray, np.ndarray], closes: int, out: float
) -> Local:  # pragma: no cover, compiled
    """Give prices, groups and sizes of places as the change leaves them, each who lost its centre at the nearest."""
    heads, places = near
    groups, k = len(heads), len(places)
    prices, at = np.full((k, groups + 1), out), np.full(k, groups)
    size, held = np.zeros(groups, np.int64), np.zeros(k, np.bool_)
    for q in range(k):
        i, least = places[q], _FAR
        for g in range(groups):
            prices[q, g] = cost[i, heads[g]]
            if heads[g] == i:
                held[q], at[q] = True, g
        for g in range(groups):
            if held[q]:
                break
            if heads[g] == centre_of[i]:
                at[q] = g
                break
            if centre_of[i] == closes and prices[q, g] < least:
                at[q], least = g, prices[q, g]
        if at[q] < groups:
            size[at[q]] += 1
    return prices, at, size, held


@njit(cache=True)
def _take(
    groups: Groups, near: tuple[np.ndarray, np.ndarray], at: np.ndarray, change: tuple[int, int]
) -> None:  # pragma: no cover, compiled
    """Make a change: who closes, who opens, and where everybody around goes."""
    centre_of, size, member, listed, where, count = groups
    heads, places = near
    closes, opens = change
    if closes >= 0:
        count[0] -= 1
        last = listed[count[0]]
        listed[where[closes]], where[last] = last, where[closes]
        where[closes], size[closes] = -1, 0
    if opens >= 0:
        listed[count[0]], where[opens] = opens, count[0]
        count[0] += 1
    for c in heads:
        size[c] = 0
    for q in range(len(places)):
        i = places[q]
        centre_of[i] = -1
        if at[q] < len(heads):
            c = heads[at[q]]
            centre_of[i] = c
            member[c, size[c]] = i
            size[c] += 1


@njit(cache=True)
def _laid(centre_of: np.ndarray, most: int) -> Groups:  # pragma: no cover, compiled
    """Give groups as the search has them."""
    n = len(centre_of)
    size, member, count = np.zeros(n, np.int64), np.zeros((n, most), np.int64), np.zeros(1, np.int64)
    listed, where = np.empty(n, np.int64), np.full(n, -1)
    for i in range(n):
        c = centre_of[i]
        if c >= 0:
            member[c, size[c]] = i
            size[c] += 1
            if where[c] < 0:
                listed[count[0]], where[c] = c, count[0]
                count[0] += 1
    return centre_of, size, member, listed, where, count


@njit(cache=True)
def anneal_centres(
    centre_of: np.ndarray, cost: np.ndarray, around: np.ndarray, may: tuple[np.ndarray, int, int], rules: Rules,
    course: tuple[float, int], state: np.ndarray,
) -> None:  # pragma: no cover, compiled
    """Change the centre of each place, in place.

    Parameters
    ----------
    centre_of : int64[n]
        -1 for none. No group has more places than may be in one.
    cost : float64[n, n]
        Of a place (row) at a centre; 1e30 where it may not be.
    around : int64[n, m]
        The places near to each, the nearest first, -1 where there are fewer.
    may : (bool[n], fewest, most)
        Which places may be centres, and how many groups there may be.
    rules : (low, high, fee, out, uneven, target)
        Sizes, what a place too few or too many costs, what one in no group costs, what each by which a size is off a
        target costs, and that target.
    course : (heat, steps)
        How readily something dearer is taken, and how many changes are tried.
    state : uint64[1]
        Of the generator.
    """
    n, room = len(centre_of), 4 * rules[1] + 8
    groups = _laid(centre_of, room)
    heads, places, mark = np.empty(MOST_GROUPS + 1, np.int64), np.empty(n + 1, np.int64), np.zeros(n, np.bool_)
    for _ in range(course[1] if groups[5][0] else 0):
        closes, opens = _draw(groups, around, may, state)
        if closes < 0 and opens < 0:
            continue
        found, k = _around(groups, around, closes if closes >= 0 else opens, (heads, places, mark))
        before = _price(cost, groups, (heads[:found], places[:k]), rules)
        kept, inside = 0, opens < 0  # the groups that stay, and the one that opens
        for g in range(found):
            if heads[g] != closes:
                heads[kept] = heads[g]
                kept += 1
        for i in places[:k]:
            inside = inside or i == opens
        if not inside:
            continue
        if opens >= 0:
            heads[kept] = opens
            kept += 1
        near = heads[:kept], places[:k]
        local = _local(cost, centre_of, near, closes, rules[3])
        worse = _share_out(local, kept, rules) - before
        if worse > 0 and share(state) >= np.exp(-worse / course[0]):
            continue
        if kept and local[2].max() > room:
            continue
        _take(groups, near, local[1], (closes, opens))
