"""The cheapest way to share rows out among columns with room for several each: numba."""

from __future__ import annotations

import numpy as np
from numba import njit

NEVER = 2**62
"""The cost of a pair that may not be."""


@njit(cache=True, nogil=True)
def shared_out(
    cost: np.ndarray, first: np.ndarray, step: np.ndarray, room: np.ndarray
) -> np.ndarray:  # pragma: no cover, compiled
    """Give each row a column at the least cost of all together, exact in whole numbers.

    Rows come in one after the other by the shortest way on which others make place (Jewell 1958); columns have prices,
    so that no way costs less than nothing (Edmonds and Karp 1972).

    Parameters
    ----------
    cost : int64[n, p]
        At least 0, NEVER where the pair may not be. Each row has a column with room for all.
    first : int64[p]
        What the first row of a column costs beside.
    step : int64[p]
        How much more each further one costs, at least 0.
    room : int64[p]
        How many rows a column takes at most.

    Returns
    -------
    int64[n]
    """
    n, p = cost.shape
    of = np.full(n, -1, dtype=np.int64)
    held = np.zeros(p, dtype=np.int64)
    head = np.full(p, -1, dtype=np.int64)
    links = np.full((2, n), -1, dtype=np.int64)  # of the rows of a column, the next and the one before
    price = first.copy()
    away, through = np.empty(p, dtype=np.int64), np.empty(p, dtype=np.int64)
    done = np.empty(p, dtype=np.bool_)
    for row in range(n):
        _nearest(cost[row], price, away)
        through[:], done[:] = row, False
        best, end = NEVER, -1
        while True:
            at = -1
            for k in range(p):
                if not done[k] and away[k] < best and (at < 0 or away[k] < away[at]):
                    at = k
            if at < 0:
                break
            done[at] = True
            if held[at] < room[at]:
                whole = away[at] + first[at] + step[at] * held[at] - price[at]
                if whole < best:
                    best, end = whole, at
            if best > away[at]:
                _moved_on(cost, price, (head[at], links[0]), at, done, (away, through))
        for k in range(p):
            if done[k] and away[k] < best:
                price[k] += best - away[k]
        _let_in(row, end, through, of, (head, links, held))
    return of


@njit(cache=True, nogil=True)
def _nearest(cost: np.ndarray, price: np.ndarray, away: np.ndarray) -> None:  # pragma: no cover, compiled
    """Fill in how much dearer each column is for a row than its cheapest one."""
    low = NEVER
    for k in range(len(cost)):
        away[k] = cost[k] + price[k] if cost[k] < NEVER else NEVER
        low = min(low, away[k])
    for k in range(len(cost)):
        if away[k] < NEVER:
            away[k] -= low


@njit(cache=True, nogil=True)
def _moved_on(
    cost: np.ndarray, price: np.ndarray, rows: tuple[int, np.ndarray], at: int, done: np.ndarray,
    ways: tuple[np.ndarray, np.ndarray],
) -> None:  # pragma: no cover, compiled
    """Shorten the ways to other columns by those on which a row of column `at` moves on."""
    away, through = ways
    row, after = rows
    while row >= 0:
        base = away[at] - cost[row, at] - price[at]
        for k in range(len(price)):
            if not done[k] and cost[row, k] < NEVER and base + cost[row, k] + price[k] < away[k]:
                away[k], through[k] = base + cost[row, k] + price[k], row
        row = after[row]


@njit(cache=True, nogil=True)
def _let_in(
    row: int, end: int, through: np.ndarray, of: np.ndarray, lists: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:  # pragma: no cover, compiled
    """Let each row on the way that ends at a column move one on, and the new row in."""
    head, links, held = lists
    to = end
    while True:
        mover = through[to]
        come = of[mover]
        if come >= 0:
            after, before = links[0, mover], links[1, mover]
            if before >= 0:
                links[0, before] = after
            else:
                head[come] = after
            if after >= 0:
                links[1, after] = before
            held[come] -= 1
        links[0, mover], links[1, mover] = head[to], -1
        if head[to] >= 0:
            links[1, head[to]] = mover
        head[to], of[mover] = mover, to
        held[to] += 1
        if mover == row:
            return
        to = come
