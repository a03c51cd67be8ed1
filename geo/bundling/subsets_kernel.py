"""Which things hang together within limits: every such set once, and the shortest tree through it."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def tree_length(members: np.ndarray, starts: np.ndarray, ends: np.ndarray, lengths: np.ndarray) -> float:
    """Measure the shortest tree of links through some things; infinite where they do not hang together."""
    count = len(members)
    away = np.full(count, np.inf)
    done = np.zeros(count, np.bool_)
    away[0] = 0.0
    total = 0.0
    for _ in range(count):
        best = -1
        for at in range(count):
            if not done[at] and (best < 0 or away[at] < away[best]):
                best = at
        if not away[best] < np.inf:
            return np.inf
        done[best] = True
        total += away[best]
        here = members[best]
        for link in range(starts[here], starts[here + 1]):
            for at in range(count):
                if not done[at] and members[at] == ends[link] and lengths[link] < away[at]:
                    away[at] = lengths[link]
    return total


@njit(cache=True)
def _sums_up(sums: np.ndarray, depth: int, more: np.ndarray, highest: np.ndarray) -> bool:
    """Weigh a set with one thing more, and tell whether it is not too heavy."""
    fits = True
    for kind in range(len(more)):
        sums[depth + 1, kind] = sums[depth, kind] + more[kind]
        fits &= sums[depth + 1, kind] <= highest[kind] * (1 + 1e-9)
    return fits


@njit(cache=True)
def _heavy_enough(sums: np.ndarray, lowest: np.ndarray) -> bool:
    enough = True
    for kind in range(len(lowest)):
        enough &= sums[kind] >= lowest[kind] - 1e-9 * max(1.0, lowest[kind])
    return enough


@njit(cache=True)
def _came_into_sight(here: int, root: int, depth: int, seen: np.ndarray,
                     links: tuple[np.ndarray, np.ndarray, np.ndarray], waiting: np.ndarray, end: int) -> int:
    """Let what is beside a thing and was not seen before wait; tell where the waiting end."""
    for link in range(links[0][here], links[0][here + 1]):
        other = links[1][link]
        if other > root and seen[other] < 0:
            waiting[end] = other
            seen[other] = depth
            end += 1
    return end


@njit(cache=True)
def connected_sets(links: tuple[np.ndarray, np.ndarray, np.ndarray], weight: np.ndarray,
                   limits: tuple[np.ndarray, np.ndarray], most: tuple[int, int],
                   ) -> tuple[np.ndarray, np.ndarray, np.ndarray, bool]:
    """List every set of two things or more that hangs together and keeps to the limits (ESU, Wernicke 2006).

    Parameters
    ----------
    links : (starts, ends, lengths)
    weight : float64[n, k]
    limits : (lowest, highest)
    most : (sets, members)

    Returns
    -------
    tuple of (int64[c], int64[s + 1], float64[s], bool)
        The members of set i, ``members[offsets[i]:offsets[i + 1]]``, ascending; the length of its shortest tree; and
        whether these are all of them: the search ends at so many sets or members, and looks at no more than 20 times as
        many sets that are too light.
    """
    n, kinds = weight.shape
    members, offsets, trees = np.empty(most[1], np.int64), np.zeros(most[0] + 1, np.int64), np.empty(most[0])
    found, looked = 0, 0
    seen = np.full(n, -1, np.int64)  # the depth at which a thing came into sight
    chosen, sums = np.empty(n + 1, np.int64), np.zeros((n + 2, kinds))
    waiting = np.empty(min((n + 1) * (n + 2), 8_000_000), np.int64)
    first, last = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)  # of each depth: its part of `waiting`
    for root in range(n):
        if not _sums_up(sums, -1, weight[root], limits[1]):  # the last row, of no things at all, stays 0
            continue
        seen[:] = -1
        chosen[0], seen[root] = root, 0
        first[0], depth = 0, 0
        last[0] = _came_into_sight(root, root, 0, seen, links, waiting, 0)
        while depth >= 0:
            if last[depth] == first[depth]:
                if depth > 0:
                    for at in range(n):
                        if seen[at] == depth:
                            seen[at] = -1
                depth -= 1
                continue
            last[depth] -= 1
            here = waiting[last[depth]]
            if not _sums_up(sums, depth, weight[here], limits[1]):
                continue
            begin, count = last[depth], last[depth] - first[depth]
            if begin + count + n + 1 > len(waiting):
                return members[:offsets[found]], offsets[:found + 1], trees[:found], False
            waiting[begin:begin + count] = waiting[first[depth]:first[depth] + count].copy()
            depth += 1
            chosen[depth], first[depth] = here, begin
            last[depth] = _came_into_sight(here, root, depth, seen, links, waiting, begin + count)
            looked += 1
            if _heavy_enough(sums[depth], limits[0]):
                if found >= most[0] or offsets[found] + depth + 1 > most[1]:
                    return members[:offsets[found]], offsets[:found + 1], trees[:found], False
                mine = np.sort(chosen[:depth + 1])
                offsets[found + 1] = offsets[found] + depth + 1
                members[offsets[found]:offsets[found + 1]] = mine
                trees[found] = tree_length(mine, links[0], links[1], links[2])
                found += 1
            if looked > 20 * most[0]:
                return members[:offsets[found]], offsets[:found + 1], trees[:found], False
    return members[:offsets[found]], offsets[:found + 1], trees[:found], True


@njit(cache=True)
def cheapest_cover(n: int, mask: np.ndarray, cost: np.ndarray, left_cost: float) -> tuple[float, np.ndarray]:
    """Choose sets that share nothing, and leave the rest: the cheapest of all ways, for few things.

    Parameters
    ----------
    n : int
        How many things, at most 16.
    mask : int64[s]
        The members of each set as bits.
    cost : float64[s]

    Returns
    -------
    tuple of (float, int64[n])
        What it costs, and the set of each thing, -1 for none.
    """
    whole = 1 << n
    best = np.full(whole, np.inf)
    chosen = np.full(whole, -1, np.int64)
    best[0] = 0.0
    lowest_of = np.empty(len(mask), np.int64)
    for at in range(len(mask)):
        bit = 0
        while not (mask[at] >> bit) & 1:
            bit += 1
        lowest_of[at] = bit
    order = np.argsort(lowest_of, kind="mergesort")
    begin = np.searchsorted(lowest_of[order], np.arange(n + 1))
    for rest in range(1, whole):
        bit = 0
        while not (rest >> bit) & 1:
            bit += 1
        best[rest] = best[rest & ~(1 << bit)] + left_cost
        for place in range(begin[bit], begin[bit + 1]):
            at = order[place]
            if mask[at] & ~rest == 0:
                price = best[rest & ~mask[at]] + cost[at]
                if price < best[rest] - 1e-9:
                    best[rest], chosen[rest] = price, at
    taken = np.full(n, -1, np.int64)
    rest = whole - 1
    while rest:
        at = chosen[rest]
        if at < 0:
            rest &= rest - 1  # the lowest is left
            continue
        for bit in range(n):
            if (mask[at] >> bit) & 1:
                taken[bit] = at
        rest &= ~mask[at]
    return best[whole - 1], taken
