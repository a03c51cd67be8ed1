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
            never: int) -> tuple[np.ndarray, np.ndarray]:
    """List the arcs that lead to junctions: tail int32[m]; head and milliseconds int32[m, 2]."""
    first, items, chain_of = chains
    room = len(arcs) + 2 * len(items)
    tails, laid, made = np.empty(room, np.int32), np.empty((room, 2), np.int32), 0
    for tail in range(len(starts) - 1):
        for i in range(starts[tail], starts[tail + 1]):
            if chain_of[tail] < 0 and chain_of[arcs[i, 0]] < 0:
                tails[made], laid[made, 0], laid[made, 1] = tail, arcs[i, 0], arcs[i, 1]
                made += 1
    for c in range(len(first) - 1):
        low, high = first[c], first[c + 1] - 1
        for way in range(2):  # to the last of the chain, from the one before on; to the first, from the second on
            end, total = items[low if way else high, 0], np.int64(0)
            for step in range(1, high - low + 1):
                i = low + step if way else high - step + 1
                total += items[i, 1 + way]
                if chain_of[end] >= 0 or total >= never:
                    break
                tail = items[i if way else i - 1, 0]
                if tail != end:
                    tails[made], laid[made, 0], laid[made, 1] = tail, end, total
                    made += 1
    return tails[:made].copy(), laid[:made].copy()


@njit(cache=True, nogil=True)
def fill(chains: tuple[np.ndarray, np.ndarray, np.ndarray], seeds: np.ndarray, keys: np.ndarray,
         limit_key: np.uint64, label_bits: np.uint64) -> None:
    """Lower `keys` along the chains that a search has come to, given those of junctions and of seeds.

    Parameters
    ----------
    chains : (starts, items, chain_of)
        As `geo.network.chains.Chains` has them.
    seeds : uint32[s], numbers
    keys, limit_key, label_bits
        As `geo.network.search_kernel.search` takes them.
    """
    starts, items, chain_of = chains
    begun = np.zeros(len(starts) - 1, np.bool_)
    for s in range(len(seeds)):
        if chain_of[seeds[s]] >= 0:
            begun[chain_of[seeds[s]]] = True
    for c in range(len(begun)):
        first, last = np.uint64(starts[c]), np.uint64(starts[c + 1] - 1)
        if not begun[c] and keys[items[first, 0]] > limit_key and keys[items[last, 0]] > limit_key:
            continue
        key = np.uint64(keys[items[first, 0]])
        for i in range(first + np.uint64(1), last + np.uint64(1)):
            node, new = items[i, 0], key + (np.uint64(items[i, 1]) << label_bits)
            key = np.uint64(keys[node])
            if new < key and new <= limit_key:
                keys[node], key = new, new
        for i in range(last, first, -1):
            before = items[i - 1, 0]
            new = key + (np.uint64(items[i, 2]) << label_bits)
            key = np.uint64(keys[before])
            if new < key and new <= limit_key:
                keys[before], key = new, new
