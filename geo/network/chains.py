"""Chains of a graph: what lies between two junctions, so that a search need look at junctions alone.

A number with two neighbours lies inside a *chain*, one with a single neighbour ends one; every other is a *junction*.
Whatever way passes a chain passes the whole of it, so one arc stands for it in each sense that it can be passed in.
Times are whole milliseconds: a sum along a chain is what a search would have found step by step, to the last bit.
Inside a chain times follow from those of its ends and of seeds within it, in one sweep on and one back.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

WORTH = 0.5
"""The share of numbers in chains from which on a search gains by drawing them together.

Where lines are cut where they meet alone it is 0.05 to 0.4, and nothing is gained; 0.75 where a file brings roads in
short pieces.
"""


class Chains(NamedTuple):
    """Arcs between junctions, and the chains between them.

    Attributes
    ----------
    arc_starts, arcs : uint32[j + 1], uint32[m, 2]
        The arcs out of junction i are rows arc_starts[i] to arc_starts[i + 1]: the junction they lead to, milliseconds.
    junctions, place : uint32[j], uint32[n]
        The number of each junction, ascending; and which of the junctions a number is.
    starts, items : int64[c + 1], uint32[k, 3]
        Chain i, from one end to the other, is items[starts[i]:starts[i + 1]]: number, milliseconds from the number
        before and back to it.
    chain_of : int32[n]
        The chain that a number lies inside of or ends; -1 for a junction.
    """

    arc_starts: np.ndarray
    arcs: np.ndarray
    junctions: np.ndarray
    place: np.ndarray
    starts: np.ndarray
    items: np.ndarray
    chain_of: np.ndarray

    def search(self, seeds: tuple[np.ndarray, np.ndarray], keys: np.ndarray, limit_key: int, bits: tuple[int, int],
               ) -> None:
        """Lower keys to the least over all ways from seeds (numbers, each once; keys) that stay within a limit.

        `keys` are int64 with labels, int32 without, and `bits` how many bits are label, and the width of buckets: see
        `geo.network.search_kernel.search`.
        """
        from geo.network import chains_kernel, search_kernel

        labelled = keys.dtype == np.int64
        own = keys.view(np.uint64 if labelled else np.uint32)
        begin = seeds[0].astype(np.uint32), seeds[1].astype(np.uint64)
        limit, (label, bucket) = np.uint64(limit_key), map(np.uint64, bits)
        if not len(self.items):
            search_kernel.search(self.arc_starts, self.arcs, begin, own, limit, (label, bucket))
            return
        chains = self.starts, self.items, self.chain_of
        begun, place, key = chains_kernel.begin(chains, self.place, begin, own, (limit, label))
        mine = np.full(len(self.junctions), np.iinfo(np.uint64 if labelled else np.uint32).max, own.dtype)
        search_kernel.search(self.arc_starts, self.arcs, (place, key), mine, limit, (label, bucket))
        chains_kernel.fill(chains, (self.junctions, mine), begun, own, (limit, label))


def chains_of(starts: np.ndarray, arcs: np.ndarray, never_ms: int) -> Chains:
    """Find the chains of a graph, where they hold so many of its numbers that it is worth it; else none.

    Parameters
    ----------
    starts, arcs : int64[n + 1], int32[m, 2]
        As `geo.network.parts.Graph` has them.
    never_ms : int
        What takes so long or longer is never passed.
    """
    from geo.network import chains_kernel

    size = len(starts) - 1
    every = np.arange(size, dtype=np.uint32)
    count, beside, cost = chains_kernel.neighbours(starts, arcs, never_ms)
    if np.count_nonzero((count == 1) | (count == 2)) < max(1, WORTH * size):
        nothing = np.zeros(1, np.int64), np.empty((0, 3), np.uint32), np.full(size, -1, np.int32)
        return Chains(starts.astype(np.uint32), arcs.view(np.uint32), every, every, *nothing)
    first, items, chain_of = chains_kernel.chains(count, beside, cost)
    tail, head, ms = chains_kernel.between(starts, arcs, (first, items, chain_of), never_ms)
    place = (np.cumsum(chain_of < 0) - 1).astype(np.uint32)
    order = np.argsort(tail, kind="stable")
    at = np.concatenate([[0], np.cumsum(np.bincount(place[tail], minlength=np.count_nonzero(chain_of < 0)))])
    laid = np.column_stack([place[head], ms.view(np.uint32)])[order]
    return Chains(at.astype(np.uint32), laid, every[chain_of < 0], place, first, items.view(np.uint32), chain_of)
