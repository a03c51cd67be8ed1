"""Every way to make connected districts of a few units, by bits: 63 units at most, what cannot be better is left out.

Importing this module loads numba; import it only where it is called.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_ONE, _NONE, _SHIFT = np.uint64(1), np.uint64(0), np.uint64(58)
_SAME = 1e-7  # of prices: less is rounding
_PATTERN = np.uint64(0x03F79D71B4CB0A89)  # de Bruijn: shifted left by 0 … 63, its upper six bits are all different


def _places() -> np.ndarray:
    found = np.zeros(64, np.int64)
    for at in range(64):
        found[((0x03F79D71B4CB0A89 << at) & (2**64 - 1)) >> 58] = at
    return found


_PLACE = _places()


@njit(cache=True)
def _first(mask: np.uint64) -> int:
    """Give the number of the lowest bit that is set."""
    return int(_PLACE[((mask & (~mask + _ONE)) * _PATTERN) >> _SHIFT])


@njit(cache=True)
def _flood(seed: np.uint64, among: np.uint64, near: np.ndarray) -> np.uint64:
    """Give what hangs together with some units, among others."""
    reached, front = seed, seed
    while front != _NONE:
        at = _first(front)
        front ^= _ONE << np.uint64(at)
        new = near[at] & among & ~reached
        reached |= new
        front |= new
    return reached


@njit(cache=True)
def _sum(mask: np.uint64, values: np.ndarray) -> float:
    total = 0.0
    while mask != _NONE:
        at = _first(mask)
        mask ^= _ONE << np.uint64(at)
        total += values[at]
    return total


@njit(cache=True)
def _can_be_rest(rest: np.uint64, said: np.uint64, count: int, near: np.ndarray) -> bool:
    """Tell whether units that are in no district yet lie in no more pieces than districts are left.

    `said` are those of the rest of which it is said already that no district so far has them.
    """
    pieces = 0
    while said != _NONE:
        pieces += 1
        if pieces > count:
            return False
        said &= ~_flood(said & (~said + _ONE), rest, near)
    return True


@njit(cache=True)
def _valued(chosen: np.ndarray, weight: np.ndarray, even: np.ndarray, wish: tuple[float, float, float, float],
            widen: bool) -> float:
    """Give what districts cost beside their borders, or how far the worst of them lies outside of the band."""
    low, high, uneven, mean = wish
    found = 0.0
    for each in range(len(chosen)):
        if widen:
            total = _sum(chosen[each], weight)
            found = max(found, low - total, total - high)
        elif uneven > 0.0:
            found += uneven * abs(_sum(chosen[each], even) - mean)
    return found


@njit(cache=True)
def _beside(mine: np.uint64, near: np.ndarray) -> np.uint64:
    found = _NONE
    while mine != _NONE:
        at = _first(mine)
        mine ^= _ONE << np.uint64(at)
        found |= near[at]
    return found


@njit(cache=True)
def _links(unit: int, mine: np.uint64, others: np.uint64, near: np.ndarray, cost: np.ndarray) -> tuple[float, float]:
    """Give what the borders of a unit with its district and with those that are not of it cost."""
    with_mine, with_others = 0.0, 0.0
    walk = near[unit] & (mine | others)
    while walk != _NONE:
        there = _first(walk)
        walk ^= _ONE << np.uint64(there)
        if mine >> np.uint64(there) & _ONE:
            with_mine += cost[unit, there]
        else:
            with_others += cost[unit, there]
    return with_mine, with_others


@njit(cache=True)
def _told(chosen: np.ndarray, part: np.ndarray) -> None:
    for each in range(len(chosen)):
        for unit in range(len(part)):
            if chosen[each] >> np.uint64(unit) & _ONE:
                part[unit] = each


@njit(cache=True)
def listed(near: np.ndarray, cost: np.ndarray, units: tuple[np.ndarray, np.ndarray],
           wish: tuple[float, float, float, float], how: tuple[int, bool, int], known: float,
           part: np.ndarray) -> tuple[float, bool]:
    """Go through all ways to make districts, but for those that cannot be better than the best so far.

    A district has the first unit that none before it has; each unit beside it is added to it, or is not of it.

    Parameters
    ----------
    near : uint64[n]
        The neighbours of each unit, as bits.
    cost : float64[n, n]
        Of borders; 0 where two do not touch.
    units : (weight, even), float64[n] each
    wish : lowest, highest, uneven, mean
    how : count, widen, nodes
        How many districts, at least 2; whether the band is to be widened as little as possible, whatever borders
        cost; after how many steps to give up.
    known : float
        Only what is better than this is looked for.
    part : int64[n]
        Out: the best; unchanged where nothing is better than what is known.

    Returns
    -------
    The price or widening of the best, and whether all ways were gone through.
    """
    weight, even = units
    low, high, _, _ = wish
    count, widen, nodes = how
    best, close = known, 1e-7 * max(1.0, high)
    size = len(weight) * count + 2
    bits, at_level, sums = np.zeros((size, 2), np.uint64), np.zeros(size, np.int64), np.zeros((size, 2))
    free, total, chosen = np.zeros(count, np.uint64), np.zeros(count), np.zeros(count, np.uint64)
    for unit in range(len(weight)):
        free[0] |= _ONE << np.uint64(unit)
    total[0] = weight.sum()
    bits[0, 0], sums[0, 0], top = _ONE, weight[0], 1
    for _ in range(nodes):
        if top == 0:
            return best, True
        top -= 1
        mine, others, at, has, price = bits[top, 0], bits[top, 1], at_level[top], sums[top, 0], sums[top, 1]
        left, wider = count - 1 - at, best - close if widen else 0.0
        least = max(low - wider, total[at] - left * (high + wider)) - close
        most = min(high + wider, total[at] - left * (low - wider)) + close
        if has > most or (not widen and price >= best - _SAME):
            continue
        rest = free[at] & ~mine
        beside = _beside(mine, near) & rest & ~others
        if beside == _NONE:
            chosen[at] = mine
            if has < least or rest == _NONE or not _can_be_rest(rest, rest, left, near):
                continue
            if left == 1:
                chosen[at + 1] = rest
                value = _valued(chosen, weight, even, wish, widen) + (0.0 if widen else price)
                if value < best - (close if widen else _SAME):
                    best = value
                    _told(chosen, part)
                continue
            free[at + 1], total[at + 1], unit = rest, total[at] - has, _first(rest)
            bits[top, 0], bits[top, 1], at_level[top] = _ONE << np.uint64(unit), _NONE, at + 1
            sums[top, 0], sums[top, 1], top = weight[unit], price, top + 1
            continue
        unit = _first(beside)
        bit = _ONE << np.uint64(unit)
        with_mine, with_others = _links(unit, mine, others, near, cost)
        if (_sum(_flood(mine, free[at] & ~others & ~bit, near), weight) >= least
                and _can_be_rest(rest, others | bit, left, near)):
            bits[top, 1], at_level[top] = others | bit, at
            sums[top, 1], top = price + with_mine, top + 1
        if has + weight[unit] <= most and _can_be_rest(rest & ~bit, others, left, near):
            bits[top, 0], bits[top, 1], at_level[top] = mine | bit, others, at
            sums[top, 0], sums[top, 1], top = has + weight[unit], price + with_others, top + 1
    return best, top == 0
