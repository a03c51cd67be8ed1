"""Numba kernels of `geo.network.chains`: finding chains in a graph, and filling them with times.

Importing this module loads numba; import it only where a kernel is called.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def neighbours(starts: np.ndarray, arcs: np.ndarray, never: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the neighbours of each number that has one or two, whichever way arcs lead.

    Returns
    -------
    (count uint8[n], 3 for more than two; neighbour int32[n, 2], -1 for none; milliseconds int32[n, 2, 2] to each
    neighbour and from it, `never` where no arc leads)
    """
    size = len(starts) - 1
    count, beside = np.zeros(size, np.uint8), np.full((size, 2), -1, np.int32)
    cost = np.full((size, 2, 2), never, np.int32)
    for tail in range(size):
        for i in range(starts[tail], starts[tail + 1]):
            head, ms = arcs[i, 0], arcs[i, 1]
            if head == tail:
                continue
            for way in range(2):
                here, there = (tail, head) if way == 0 else (head, tail)
                at = 0
                while at < count[here] and at < 2 and beside[here, at] != there:
                    at += 1
                if at == 2:
                    count[here] = 3
                elif count[here] < 3:
                    if at == count[here]:
                        count[here], beside[here, at] = at + 1, there
                    cost[here, at, way] = min(cost[here, at, way], ms)
    return count, beside, cost


@njit(cache=True, nogil=True)
def chains(count: np.ndarray, beside: np.ndarray, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List the chains, given `neighbours`; of a ring without a junction one number becomes one.

    Returns
    -------
    (starts int64[c + 1], items int32[k, 3], chain_of int32[n])
        As `geo.network.chains.Chains` has them.
    """
    size, inside = len(count), np.count_nonzero(count < 3)
    chain_of = np.full(size, -1, np.int32)
    starts, items = np.zeros(inside + 1, np.int64), np.empty((3 * inside + 2, 3), np.int32)
    made, at = 0, 0
    for seen in range(size):
        if count[seen] == 0 or count[seen] > 2 or chain_of[seen] >= 0:
            continue
        # To one end first: that is where the chain begins.
        here, before = seen, beside[seen, 1] if count[seen] == 2 else beside[seen, 0]
        if count[seen] == 2:
            here, before = beside[seen, 0], seen
            while count[here] == 2 and here != seen:
                here, before = (beside[here, 1] if beside[here, 0] == before else beside[here, 0]), here
            if here == seen:
                count[seen] = 3
            here, before = before, here
        else:
            here, before = before, seen
        # Now from that end, over `here`, to the other.
        items[at, 0], items[at, 1], items[at, 2] = before, 0, 0
        if count[before] < 3:
            chain_of[before] = made
        at += 1
        while True:
            items[at, 0] = here
            if count[here] < 3:
                side = 0 if beside[here, 0] == before else 1
                items[at, 1], items[at, 2] = cost[here, side, 1], cost[here, side, 0]
                chain_of[here] = made
            else:
                side = 0 if beside[before, 0] == here else 1
                items[at, 1], items[at, 2] = cost[before, side, 0], cost[before, side, 1]
            at += 1
            if count[here] != 2:
                break
            here, before = (beside[here, 1] if beside[here, 0] == before else beside[here, 0]), here
        made += 1
        starts[made] = at
    return starts[:made + 1].copy(), items[:at].copy(), chain_of


@njit(cache=True, nogil=True)
def between(starts: np.ndarray, arcs: np.ndarray, chains: tuple[np.ndarray, np.ndarray, np.ndarray],
            never: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List the arcs between junctions, chains drawn together: tail, head, milliseconds int32[m]."""
    first, items, chain_of = chains
    room = len(arcs) + 2 * len(first)
    tails, heads, costs = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    made = 0
    for tail in range(len(starts) - 1):
        for i in range(starts[tail], starts[tail + 1]):
            if chain_of[tail] < 0 and chain_of[arcs[i, 0]] < 0:
                tails[made], heads[made], costs[made] = tail, arcs[i, 0], arcs[i, 1]
                made += 1
    for c in range(len(first) - 1):
        low, high = items[first[c], 0], items[first[c + 1] - 1, 0]
        if chain_of[low] >= 0 or chain_of[high] >= 0 or low == high:
            continue
        for way in range(2):
            total = np.int64(0)
            for i in range(first[c] + 1, first[c + 1]):
                total += items[i, 1 + way]
            if total < never:
                tails[made], heads[made], costs[made] = low if way == 0 else high, high if way == 0 else low, total
                made += 1
    return tails[:made].copy(), heads[:made].copy(), costs[:made].copy()


@njit(cache=True, nogil=True)
def _sweep(first: np.uint64, last: np.uint64, items: np.ndarray, keys: np.ndarray, limit_key: np.uint64,
           label_bits: np.uint64) -> None:
    """Lower the keys of one chain to the least over its own arcs, on and back."""
    one, i = np.uint64(1), first
    key = np.uint64(keys[items[i, 0]])
    while i < last:
        i += one
        node, new = items[i, 0], key + (np.uint64(items[i, 1]) << label_bits)
        key = np.uint64(keys[node])
        if new < key and new <= limit_key:
            keys[node], key = new, new
    while i > first:
        new = key + (np.uint64(items[i, 2]) << label_bits)
        i -= one
        node = items[i, 0]
        key = np.uint64(keys[node])
        if new < key and new <= limit_key:
            keys[node], key = new, new


@njit(cache=True, nogil=True)
def begin(chains: tuple[np.ndarray, np.ndarray, np.ndarray], place: np.ndarray,
          seeds: tuple[np.ndarray, np.ndarray], keys: np.ndarray, limit: tuple[np.uint64, np.uint64],
          ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lower `keys` to those of seeds, and along the chains that these lie in.

    Parameters
    ----------
    chains : (starts, items, chain_of)
    place : uint32[n]
        As `geo.network.chains.Chains` has them.
    seeds : (numbers uint32[s], each once; keys uint64[s])
    keys : as `geo.network.search_kernel.search` takes them
    limit : (limit_key uint64, label_bits uint64)

    Returns
    -------
    (bool[c], uint32[k], uint64[k]) : the chains begun in; the junctions come to, by place and each once; their keys.
    """
    starts, items, chain_of = chains
    begun = np.zeros(len(starts) - 1, np.bool_)
    ends, count = np.empty(len(seeds[0]), np.uint32), 0
    for s in range(len(seeds[0])):
        node = seeds[0][s]
        if seeds[1][s] <= limit[0]:
            keys[node] = seeds[1][s]
            if chain_of[node] >= 0:
                begun[chain_of[node]] = True
            else:
                ends[count] = node
                count += 1
    found, made = np.empty(count + 2 * np.count_nonzero(begun), np.uint32), count
    found[:count] = ends[:count]
    for c in range(len(begun)):
        if begun[c]:
            low, high = np.uint64(starts[c]), np.uint64(starts[c + 1] - 1)
            _sweep(low, high, items, keys, limit[0], limit[1])
            for i in (low, high):
                if chain_of[items[i, 0]] < 0 and keys[items[i, 0]] <= limit[0]:
                    found[made] = items[i, 0]
                    made += 1
    once = np.unique(found[:made])
    value = np.empty(len(once), np.uint64)
    for k in range(len(once)):
        value[k] = keys[once[k]]
        once[k] = place[once[k]]
    return begun, once, value


@njit(cache=True, nogil=True)
def fill(chains: tuple[np.ndarray, np.ndarray, np.ndarray], junctions: tuple[np.ndarray, np.ndarray],
         begun: np.ndarray, keys: np.ndarray, limit: tuple[np.uint64, np.uint64]) -> None:
    """Lower `keys` to those of (junctions, their keys), and along every chain begun in or come to."""
    starts, items, _ = chains
    for j in range(len(junctions[0])):
        if junctions[1][j] <= limit[0]:
            keys[junctions[0][j]] = junctions[1][j]
    for c in range(len(begun)):
        low, high = np.uint64(starts[c]), np.uint64(starts[c + 1] - 1)
        if begun[c] or keys[items[low, 0]] <= limit[0] or keys[items[high, 0]] <= limit[0]:
            _sweep(low, high, items, keys, limit[0], limit[1])
