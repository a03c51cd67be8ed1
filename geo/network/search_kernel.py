"""Numba kernels of `geo.network.search`: shortest times over a network, and what follows from them along its edges.

Importing this module loads numba; import it only where a kernel is called.

Times are whole milliseconds, so that a tie is a tie and a time at the limit is at the limit. A *key* is a
time, and below it (`label_bits` bits) the number of the source it comes from: the least key is the least
time and, among equals, the lowest source. The queue is that of Dial (1969), "Algorithm 360: shortest-path
forest with topological ordering", with buckets wider than one step: a node that improves within the bucket
at work is simply taken up again, which leaves the result exact whatever the width.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def search(starts: np.ndarray, arcs: np.ndarray, seeds: tuple[np.ndarray, np.ndarray], keys: np.ndarray,
           limit_key: np.uint64, bits: tuple[np.uint64, np.uint64]) -> None:
    """Lower `keys` to the least key over all ways from the seeds that stay within the limit.

    Each bucket is a doubly linked ring of nodes, so that a node that improves moves, from wherever it is, by the same
    steps: one that was taken out is a ring of its own. Rings are handled in place and numbers are unsigned, for calls
    and tests for negative indices cost two fifths of the time.

    Parameters
    ----------
    starts, arcs : uint32[n + 1], uint32[m, 2]
        The arcs of node i are rows starts[i] to starts[i + 1]: node they lead to, milliseconds.
    seeds : (nodes uint32[s], each once; keys uint64[s])
    keys : uint32[n] without labels, else uint64[n]
        In: above the limit. Out: the least keys.
    limit_key : uint64
        Keys beyond it are not written.
    bits : (label_bits uint64, bucket_bits uint64)
        A bucket holds times of 2**bucket_bits milliseconds.
    """
    label, bucket = bits[0], bits[0] + bits[1]
    size, buckets = np.uint32(len(keys)), np.uint32((limit_key >> bucket) + np.uint64(1))
    links = np.empty((size + buckets, 2), np.uint32)  # before, after; the buckets come behind the nodes
    for b in range(size, size + buckets):
        links[b, 0] = links[b, 1] = b
    for s in range(len(seeds[0])):
        node, new = seeds[0][s], seeds[1][s]
        if new <= limit_key:
            keys[node] = new
            head = size + np.uint32(new >> bucket)
            first = links[head, 1]
            links[node, 0], links[node, 1], links[head, 1], links[first, 0] = head, first, node, node
    for b in range(buckets):
        head = size + np.uint32(b)
        node = links[head, 1]
        while node != head:
            second = links[node, 1]
            links[head, 1], links[second, 0] = second, head
            links[node, 0] = links[node, 1] = node
            key = np.uint64(keys[node])
            for i in range(starts[node], starts[node + np.uint32(1)]):
                arc = np.uint64(i)
                other, new = arcs[arc, 0], key + (np.uint64(arcs[arc, 1]) << label)
                old = np.uint64(keys[other])
                if new < old and new <= limit_key:
                    keys[other] = new
                    if old <= limit_key:
                        before, after = links[other, 0], links[other, 1]
                        links[before, 1], links[after, 0] = after, before
                    entered = size + np.uint32(new >> bucket)
                    first = links[entered, 1]
                    links[other, 0], links[other, 1], links[entered, 1], links[first, 0] = entered, first, other, other
            node = links[head, 1]


@njit(cache=True, nogil=True)
def key_on_edge(ends: tuple[int, int, int, int, bool, bool], keys: np.ndarray, offset: int,
                sources: tuple[np.ndarray, np.ndarray, np.ndarray], label_bits: int) -> np.int64:
    """Give the least key at one place on an edge, -1 if no way leads there.

    Parameters
    ----------
    ends : (edge, from, to, cost, leads_on, leads_back)
        The edge, its nodes, its milliseconds, and whether it leads from its start to its end and back.
    keys : int[n], beyond the limit 2**30 milliseconds or more
    offset : int
        Milliseconds from the start of the edge.
    sources : (edges int32[s], ascending; offsets int32[s]; keys int64[s])
        Sources by the edge they stand on, with the key they start with.
    label_bits : int
    """
    edge, start, end, cost, leads_on, leads_back = ends
    nothing = np.int64(1 << 30) << label_bits
    best = nothing
    # A place at the end of an edge is on the node, whichever way the edge leads.
    if (leads_on or offset == 0) and keys[start] < nothing:
        best = min(best, keys[start] + (np.int64(offset) << label_bits))
    if (leads_back or offset == cost) and keys[end] < nothing:
        best = min(best, keys[end] + (np.int64(cost - offset) << label_bits))
    at = np.searchsorted(sources[0], edge)
    while at < len(sources[0]) and sources[0][at] == edge:
        ahead = np.int64(offset - sources[1][at])
        if (ahead >= 0 and leads_on) or (ahead <= 0 and leads_back):
            best = min(best, sources[2][at] + (abs(ahead) << label_bits))
        at += 1
    return best if best < nothing else np.int64(-1)


@njit(cache=True, nogil=True)
def keys_on_edges(places: tuple[np.ndarray, np.ndarray], edges: tuple[np.ndarray, ...], keys: np.ndarray,
                  sources: tuple[np.ndarray, np.ndarray, np.ndarray], label_bits: int) -> np.ndarray:
    """Give `key_on_edge` for many places: (edge int32[t], -1 for none; offset int32[t]).

    `edges` is (from, to, cost, leads_on, leads_back), arrays over all edges. Returns int64[t].
    """
    found = np.full(len(places[0]), -1, np.int64)
    for t in range(len(found)):
        e = places[0][t]
        if e >= 0:
            ends = (e, edges[0][e], edges[1][e], edges[2][e], edges[3][e], edges[4][e])
            found[t] = key_on_edge(ends, keys, places[1][t], sources, label_bits)
    return found


@njit(cache=True, nogil=True)
def _joined(low: np.ndarray, high: np.ndarray, count: int) -> int:
    """Sort intervals by their start and join those that meet, in place; return how many are left."""
    for i in range(1, count):
        a, b, k = low[i], high[i], i
        while k > 0 and low[k - 1] > a:
            low[k], high[k] = low[k - 1], high[k - 1]
            k -= 1
        low[k], high[k] = a, b
    left = 0
    for i in range(1, count):
        if low[i] <= high[left]:
            high[left] = max(high[left], high[i])
        else:
            left += 1
            low[left], high[left] = low[i], high[i]
    return min(count, left + 1)


@njit(cache=True, nogil=True)
def reached_stretches(edges: tuple[np.ndarray, ...], times: np.ndarray, limit: int,
                      sources: tuple[np.ndarray, np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List the stretches of edges within `limit` milliseconds.

    Parameters
    ----------
    edges : as in `keys_on_edges`
    times : int[n], milliseconds at the nodes, 2**30 or more where not reached
    limit : int
    sources : (edges int32[s], ascending; offsets int32[s]; milliseconds int64[s])

    Returns
    -------
    (edge int32[k], start, end float64[k]) : as fractions of the edge's length, ascending, apart from each
    other.
    """
    starts, ends, costs, on, back = edges
    room = 2 * len(starts) + len(sources[0])
    edge, first, last = np.empty(room, np.int32), np.empty(room), np.empty(room)
    low, high = np.empty(2 + len(sources[0]), np.int64), np.empty(2 + len(sources[0]), np.int64)
    made, at = 0, 0
    for e in range(len(starts)):
        cost, count = costs[e], 0
        if on[e] and times[starts[e]] <= limit:
            low[count], high[count] = 0, min(cost, limit - times[starts[e]])
            count += 1
        if back[e] and times[ends[e]] <= limit:
            low[count], high[count] = max(0, cost - (limit - times[ends[e]])), cost
            count += 1
        while at < len(sources[0]) and sources[0][at] == e:
            left = limit - sources[2][at]
            if left >= 0:
                low[count] = max(0, sources[1][at] - (left if back[e] else 0))
                high[count] = min(cost, sources[1][at] + (left if on[e] else 0))
                count += 1
            at += 1
        for k in range(_joined(low, high, count)):
            if high[k] > low[k] or cost == 0:
                edge[made] = e
                first[made], last[made] = (low[k] / cost, high[k] / cost) if cost else (0.0, 1.0)
                made += 1
    return edge[:made].copy(), first[:made].copy(), last[:made].copy()


@njit(cache=True, nogil=True)
def take_row(times: np.ndarray, unreached: int, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Take the reached nodes out of `times` and make it blank again.

    Returns (node int32[k] ascending, seconds uint16[k] rounded to the nearest, at most the limit's).
    """
    count = 0
    for i in range(len(times)):
        count += times[i] < unreached
    node, seconds, at = np.empty(count, np.int32), np.empty(count, np.uint16), 0
    for i in range(len(times)):
        if times[i] < unreached:
            node[at], seconds[at] = i, (min(times[i], limit) + 500) // 1000
            at += 1
            times[i] = unreached
    return node, seconds
