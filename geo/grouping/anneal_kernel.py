"""Simulated annealing of groups: one place moves to a group near by, or two change places; numba.

A group is as dear as its best centre makes it. What may not be is dear and not forbidden, sizes more so from epoch to
epoch: a member that may not belong to the centre, a size out of bounds, a place in no group, two that are to be apart.
The generator is our own, so that a seed gives the same groups on every machine.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.engines import below, seeded, share

Groups = tuple[np.ndarray, np.ndarray, np.ndarray]
Data = tuple[np.ndarray, ...]
Band = tuple[int, int, float, float, float]

@njit(cache=True)
def _cost(
    members: np.ndarray, count: int, data: Data, band: Band, fee: float
) -> tuple[float, int]:  # pragma: no cover, compiled
    """Give the price of a group, and its best centre (-1: none)."""
    cost, sizes, starts, place, load, apart_starts, apart = data
    low, high, target, uneven, out = band
    if count == 0:
        return 0.0, -1
    size, carried = 0, 0.0
    for at in range(count):
        size += sizes[members[at]]
        carried += load[members[at]]
    least, centre = out * size, -1
    for at in range(count):
        for each in range(starts[members[at]], starts[members[at] + 1]):
            c = place[each]
            total = 0.0
            for other in range(count):
                b = members[other]
                one = cost[b, c]
                total += one if one < 1e30 else out * sizes[b]
                if total >= least:
                    break
            if total < least:
                least, centre = total, c
    if size < low:
        least += fee * (low - size)
    elif size > high:
        least += fee * (size - high)
    least += uneven * abs(carried - target)
    if len(apart):
        for at in range(count):
            b = members[at]
            for each in range(apart_starts[b], apart_starts[b + 1]):
                for other in range(count):
                    if members[other] == apart[each]:
                        least += out / 2
    return least, centre


@njit(cache=True)
def _without(
    room: np.ndarray, count: np.ndarray, g: int, gone: int, joins: int, into: np.ndarray
) -> int:  # pragma: no cover, compiled
    """Write the members of a group without one, and with another (-1: without, or with nobody): how many there are."""
    k = 0
    for at in range(count[g]):
        if room[g, at] != gone:
            into[k] = room[g, at]
            k += 1
    if joins >= 0:
        into[k] = joins
        k += 1
    return k


@njit(cache=True)
def _move(groups: Groups, near: np.ndarray, state: np.ndarray) -> tuple[int, int, int]:  # pragma: no cover, compiled
    """Draw a move: a block, the group it goes to (-1: none), and who goes to its group instead (-1: nobody)."""
    group, room, count = groups
    b = below(state, len(group))
    other = near[b, below(state, near.shape[1])]
    if other < 0:
        return -1, -1, -1
    g, h, kind, partner = group[b], group[other], below(state, 64), -1
    if kind == 0:  # out of all groups
        h = -1
    if g == h:
        return -1, -1, -1
    if kind > 30 and h >= 0 and g >= 0 and count[h] > 0:
        partner = room[h, below(state, count[h])]
    elif (h >= 0 and count[h] >= room.shape[1]) or (g >= 0 and count[g] == 1):  # a group keeps somebody
        return -1, -1, -1
    return b, h, partner


@njit(cache=True)
def anneal(
    groups: Groups, near: np.ndarray, data: Data, band: Band, course: tuple[np.ndarray, np.ndarray, int], seed: int
) -> None:  # pragma: no cover, compiled
    """Change groups in place.

    Parameters
    ----------
    groups : (int64[b], int64[g, k], int64[g])
        The group of each block, -1 for none; room for the members of each group, k blocks at most; how many it has.
    near : int64[b, m]
        The blocks that are near to each, -1 where there are fewer.
    data : (cost float32[b, n], sizes, starts, place, load, apart_starts, apart)
        Minutes of a block to a centre (a huge number: may not be); places of a block that may be centres, by block; its
        load; and those that are to be apart from it.
    band : (low, high, target, uneven, out)
        What is asked of a group, and what a place costs that is in none, or may not belong to its centre.
    course : (float64[e], float64[e], int)
        From epoch to epoch, what a place too few or too many costs, and how readily something dearer is taken; and how
        many moves are tried in each.
    seed : int
    """
    group, room, count = groups
    fees, heats, steps = course
    price = np.zeros(len(count))
    one, two = np.empty(room.shape[1] + 1, np.int64), np.empty(room.shape[1] + 1, np.int64)
    state = seeded(seed)
    for epoch in range(len(fees)):
        fee, heat = fees[epoch], heats[epoch]
        for g in range(len(count)):
            price[g], _ = _cost(room[g], count[g], data, band, fee)
        for _ in range(steps):
            b, h, partner = _move(groups, near, state)
            if b < 0:
                continue
            g, k, m = group[b], 0, 0
            alone = band[4] * data[1][b]
            price_g, price_h, before = 0.0, alone, alone
            if g >= 0:
                before = price[g]
                k = _without(room, count, g, b, partner, one)
                price_g, _ = _cost(one, k, data, band, fee)
            if h >= 0:
                before += price[h]
                m = _without(room, count, h, partner, b, two)
                price_h, _ = _cost(two, m, data, band, fee)
            worse = price_g + price_h - before
            if worse > 0 and share(state) >= np.exp(-worse / heat):
                continue
            if g >= 0:
                room[g, :k], count[g], price[g] = one[:k], k, price_g
            if h >= 0:
                room[h, :m], count[h], price[h] = two[:m], m, price_h
            group[b] = h
            if partner >= 0:
                group[partner] = g


@njit(cache=True)
def centres(groups: Groups, data: Data, band: Band, fee: float) -> np.ndarray:  # pragma: no cover, compiled
    """Find the best centre of each group: int64[g], -1 where there is none."""
    _, room, count = groups
    found = np.empty(len(count), np.int64)
    for g in range(len(count)):
        _, found[g] = _cost(room[g], count[g], data, band, fee)
    return found
