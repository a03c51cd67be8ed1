"""Units moved between districts, one at a time, hotter moves first: simulated annealing that never tears a district."""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.engines import below, share


@njit(cache=True)
def stays_whole(unit: int, part: np.ndarray, starts: np.ndarray, ends: np.ndarray, mark: np.ndarray,
                queue: np.ndarray, turn: int) -> bool:
    """Tell whether a district hangs together without one of its units, and is not empty then.

    `mark` and `queue` are room to work in; `turn` a number that `mark` has not seen.
    """
    mine = part[unit]
    wanted, first = 0, -1
    for at in range(starts[unit], starts[unit + 1]):
        if part[ends[at]] == mine:
            wanted += 1
            if first < 0:
                first = ends[at]
    if wanted == 0:
        return False
    if wanted == 1:
        return True
    for at in range(starts[unit], starts[unit + 1]):
        if part[ends[at]] == mine:
            mark[ends[at]] = -turn
    mark[unit] = turn
    mark[first] = turn
    queue[0] = first
    head, tail, met = 0, 1, 1
    while head < tail:
        here = queue[head]
        head += 1
        for at in range(starts[here], starts[here + 1]):
            there = ends[at]
            if part[there] == mine and mark[there] != turn:
                if mark[there] == -turn:
                    met += 1
                    if met == wanted:
                        return True
                mark[there] = turn
                queue[tail] = there
                tail += 1
    return False


@njit(cache=True)
def _out(total: float, lowest: float, highest: float) -> float:
    if total < lowest:
        return lowest - total
    return total - highest if total > highest else 0.0


@njit(cache=True)
def _change(unit: int, old: int, new: int, part: np.ndarray, starts: np.ndarray, ends: np.ndarray,
            costs: np.ndarray) -> float:
    """Tell what the borders cost more when a unit changes its district."""
    found = 0.0
    for at in range(starts[unit], starts[unit + 1]):
        if part[ends[at]] == old:
            found += costs[at]
        elif part[ends[at]] == new:
            found -= costs[at]
    return found


@njit(cache=True)
def _home(unit: int, old: int, new: int, home: np.ndarray, leaving: np.ndarray) -> float:
    if home[unit] == old:
        return leaving[unit]
    return -leaving[unit] if home[unit] == new else 0.0


@njit(cache=True)
def _touches(unit: int, district: int, part: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> bool:
    at, end = starts[unit], starts[unit + 1]
    while at < end and part[ends[at]] != district:
        at += 1
    return at < end


@njit(cache=True)
def _partner(unit: int, there: int, part: np.ndarray, starts: np.ndarray, ends: np.ndarray,
             state: np.ndarray) -> int:
    """Find a unit of the other district to change places with; -1 where chance finds none that touches."""
    n, old, new = len(part), part[unit], part[there]
    other = there
    if n <= 300:
        for _ in range(12):
            other = below(state, n)
            if part[other] == new and _touches(other, old, part, starts, ends):
                return other
        return -1
    for _ in range(1 + below(state, 6)):
        degree = starts[other + 1] - starts[other]
        step = ends[starts[other] + below(state, degree)]
        if part[step] == new:
            other = step
    return other if _touches(other, old, part, starts, ends) else -1


@njit(cache=True)
def _tally(part: np.ndarray, weight: np.ndarray, balanced: np.ndarray,
           count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Add up weight, balance and number of units of each district."""
    sums, even, size = np.zeros(count), np.zeros(count), np.zeros(count, np.int64)
    for unit in range(len(part)):
        sums[part[unit]] += weight[unit]
        even[part[unit]] += balanced[unit]
        size[part[unit]] += 1
    return sums, even, size


@njit(cache=True)
def _offer(unit: int, back: int, new: int, part: np.ndarray, graph: tuple[np.ndarray, np.ndarray, np.ndarray],
           units: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]) -> tuple[float, float, float]:
    """Tell what borders and homes cost more after a move, or a change of places, and what weight and balance move."""
    starts, ends, costs = graph
    weight, home, leaving, balanced = units
    old = part[unit]
    change = _change(unit, old, new, part, starts, ends, costs) + _home(unit, old, new, home, leaving)
    if back < 0:
        return change, weight[unit], balanced[unit]
    part[unit] = new
    change += _change(back, new, old, part, starts, ends, costs) + _home(back, new, old, home, leaving)
    part[unit] = old
    return change, weight[unit] - weight[back], balanced[unit] - balanced[back]


@njit(cache=True)
def _worse(sums: np.ndarray, old: int, new: int, by: float, lowest: float, highest: float) -> float:
    """Tell how much farther outside of the band two districts are after a weight moved."""
    return (_out(sums[old] - by, lowest, highest) + _out(sums[new] + by, lowest, highest)
            - _out(sums[old], lowest, highest) - _out(sums[new], lowest, highest))


@njit(cache=True)
def _done(unit: int, back: int, new: int, part: np.ndarray, graph: tuple[np.ndarray, np.ndarray, np.ndarray],
          room: tuple[np.ndarray, np.ndarray, np.ndarray]) -> bool:
    """Make a move, or a change of places, if it tears no district."""
    starts, ends, _ = graph
    mark, queue, turn = room
    old = part[unit]
    turn[0] += 1
    if not stays_whole(unit, part, starts, ends, mark, queue, turn[0]):
        return False
    part[unit] = new
    if back < 0:
        return True
    turn[0] += 1
    if _touches(back, old, part, starts, ends) and stays_whole(back, part, starts, ends, mark, queue, turn[0]):
        part[back] = old
        return True
    part[unit] = old
    return False


@njit(cache=True)
def anneal(graph: tuple[np.ndarray, np.ndarray, np.ndarray],
           units: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], wish: tuple[float, float, float],
           part: np.ndarray, count: int, schedule: tuple[float, float, float, float, float],
           run: tuple[int, np.ndarray]) -> np.ndarray:
    """Improve a districting in place.

    Parameters
    ----------
    graph : starts, ends, costs
    units : weight, home, leaving, balanced
    wish : lowest, highest, uneven
    part : int64[n]
        Every district connected; changed.
    schedule : hot, cold, soft, hard, swaps
        The temperature at the beginning and at the end, in costs; what a unit of weight outside of the band costs at
        both; the share of tries in which two units change places.
    run : steps, state
        Moves tried; the generator's uint64[1], changed.

    Returns
    -------
    int64[n], the cheapest districting met that keeps to the band; where none does, the one nearest to it.
    """
    starts, ends, _ = graph
    lowest, highest, uneven = wish
    temperature, cold, fine, hard, swaps = schedule
    steps, state = run
    n = len(part)
    sums, even, size = _tally(part, units[0], units[3], count)
    mean, close, outside = even.sum() / count, 1e-7 * max(1.0, highest), 0.0
    for each in range(count):
        outside += _out(sums[each], lowest, highest)
    best, price, least = part.copy(), 0.0, outside
    best_price = 0.0 if outside <= close else np.inf
    room = (np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(1, np.int64))
    cooling = (cold / temperature) ** (1.0 / max(1, steps // 64))
    pressing = (hard / fine) ** (1.0 / max(1, steps // 64))
    watch = 0 if n <= 3000 else int(steps * 0.75)
    for step in range(steps):
        if step % 64 == 63:
            temperature, fine = temperature * cooling, fine * pressing
        unit = below(state, n)
        degree = starts[unit + 1] - starts[unit]
        if degree == 0:
            continue
        there = ends[starts[unit] + below(state, degree)]
        old, new, back = part[unit], part[there], -1
        if old == new:
            continue
        if share(state) < swaps:
            back = _partner(unit, there, part, starts, ends, state)
        if back < 0 and size[old] == 1:
            continue
        change, by, level = _offer(unit, back, new, part, graph, units)
        if uneven > 0.0:
            change += uneven * (abs(even[old] - level - mean) + abs(even[new] + level - mean)
                                - abs(even[old] - mean) - abs(even[new] - mean))
        out = _worse(sums, old, new, by, lowest, highest)
        worse = change + fine * out
        if worse > 0.0 and (worse > 30.0 * temperature or share(state) >= np.exp(-worse / temperature)):
            continue
        if not _done(unit, back, new, part, graph, room):
            continue
        if back < 0:
            size[old], size[new] = size[old] - 1, size[new] + 1
        sums[old], sums[new] = sums[old] - by, sums[new] + by
        even[old], even[new] = even[old] - level, even[new] + level
        price, outside = price + change, outside + out
        if outside <= close and step >= watch and price < best_price - 1e-9:
            best_price, least = price, 0.0
            best[:] = part
        elif best_price == np.inf and outside < least - close and step >= watch:
            least = outside
            best[:] = part
    if watch > 0 and best_price == np.inf and outside <= least:
        best[:] = part
    return best


@njit(cache=True)
def attached(part: np.ndarray, weight: np.ndarray, starts: np.ndarray, ends: np.ndarray, count: int) -> None:
    """Give every unit without a district (-1) to the lightest district that it touches, until none can be given."""
    sums = np.zeros(count)
    n = len(part)
    for unit in range(n):
        if part[unit] >= 0:
            sums[part[unit]] += weight[unit]
    while True:
        best, to = -1, -1
        for unit in range(n):
            if part[unit] >= 0:
                continue
            for at in range(starts[unit], starts[unit + 1]):
                there = part[ends[at]]
                if there >= 0 and (to < 0 or sums[there] < sums[to]):
                    best, to = unit, there
        if best < 0:
            return
        part[best] = to
        sums[to] += weight[best]


@njit(cache=True)
def pieces_of(part: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Number the connected pieces of districts: int64[n], -1 for units without a district."""
    n = len(part)
    piece = np.full(n, -1, np.int64)
    queue, made = np.zeros(n, np.int64), 0
    for seed in range(n):
        if part[seed] < 0 or piece[seed] >= 0:
            continue
        piece[seed] = made
        queue[0] = seed
        head, tail = 0, 1
        while head < tail:
            here = queue[head]
            head += 1
            for at in range(starts[here], starts[here + 1]):
                there = ends[at]
                if part[there] == part[seed] and piece[there] < 0:
                    piece[there] = made
                    queue[tail] = there
                    tail += 1
        made += 1
    return piece
