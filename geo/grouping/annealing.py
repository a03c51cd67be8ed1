"""Groups made by simulated annealing, and put right where it left something that may not be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from geo.grouping.problem import Problem

_NEAR = 18
_EPOCHS = 60
_FAR = np.float32(1e30)
_OUT = 7.0  # what a place in no group costs, in what one costs usually
_HOT, _COLD = 1.0, 0.05
MOVES = 4_000  # by block, all together


def annealed(
    problem: Problem, number: int, seed: int, left: Callable[[], float], moves: int = MOVES
) -> np.ndarray:
    """Make so many groups by annealing; what it leaves wrong is left out: the centre of each place.

    Parameters
    ----------
    problem : Problem
    number : int
        How many groups.
    seed : int
    left : function
        Says how many seconds are left; no epoch begins when there are none.
    moves : int
        How many moves are tried for each block.
    """
    from geo.grouping.anneal_kernel import anneal, centres

    away = between(problem)
    groups = _groups(problem, number, away)
    scale = scale_of(problem)
    data, band, near = _data(problem), _band(problem, _OUT * scale), _nearest(problem, away)
    half = np.geomspace(0.1, _OUT, _EPOCHS // 3)
    fees = np.concatenate([half, np.full(_EPOCHS - len(half), _OUT)]) * scale
    heats = np.geomspace(_HOT, _COLD, _EPOCHS) * scale
    steps = max(1, moves * problem.blocks // _EPOCHS)
    for epoch in range(_EPOCHS):
        if left() <= 0:
            break
        one = slice(epoch, epoch + 1)
        anneal(groups, near, data, band, (fees[one], heats[one], steps), (seed * 1_000 + epoch) % 2**31)
    centre = centres(groups, data, band, 1e6)
    return sound(problem, np.where(groups[0] >= 0, centre[groups[0]], -1)[problem.block_of])


def sound(problem: Problem, centre_of: np.ndarray) -> np.ndarray:
    """Leave out what may not be: members too far, groups without their centre, too small or too large, quarrels."""
    found = centre_of.copy()
    on = np.flatnonzero(found >= 0)
    far = ~problem.allowed[problem.block_of[on], found[on]]
    found[on[far]] = -1
    for one, other in problem.apart.tolist():
        if found[one] >= 0 and found[one] == found[other]:
            last = other if found[other] != other else one
            found[problem.block_of == problem.block_of[last]] = -1
    for centre in np.unique(found[found >= 0]).tolist():
        mine = np.flatnonzero(found == centre)
        blocks = problem.block_of[mine]
        if len(mine) > problem.high:
            order = np.argsort(problem.cost[blocks, centre] / problem.size[blocks], kind="stable")[::-1]
            for at in order.tolist():
                whole = found == centre
                if int(whole.sum()) <= problem.high:
                    break
                if blocks[at] != problem.block_of[centre]:
                    found[(problem.block_of == blocks[at]) & whole] = -1
        mine = np.flatnonzero(found == centre)
        if found[centre] != centre or not problem.low <= len(mine) <= problem.high:
            found[mine] = -1
    return found


def _groups(problem: Problem, number: int, away: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Begin with so many groups: those who are farthest from all before them, and with each whom it is nearest to."""
    heads = [int(np.argmin(np.where(np.isfinite(away), away, 0.0).sum(axis=1)))]
    nearest = away[heads[0]].copy()
    while len(heads) < min(number, problem.blocks):
        nearest[heads[-1]] = -1.0
        heads.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, away[heads[-1]])
    order = np.argsort(away[heads], axis=0, kind="stable")
    room = np.full((len(heads), 2 * problem.high + 2), -1)
    count, group = np.zeros(len(heads), np.int64), np.full(problem.blocks, -1)
    for block in [*heads, *np.setdiff1d(np.arange(problem.blocks), heads).tolist()]:
        for head in order[:, block].tolist():
            if count[head] < problem.high and np.isfinite(away[heads[head], block]):
                group[block] = head
                room[head, count[head]] = block
                count[head] += 1
                break
    return group, room, count


def _data(problem: Problem) -> tuple[np.ndarray, ...]:
    cost = np.where(problem.allowed, problem.cost, _FAR).astype(np.float32)
    may = problem.allowed[problem.block_of, np.arange(problem.n)]
    place = np.flatnonzero(may)
    place = place[np.argsort(problem.block_of[place], kind="stable")]
    starts = np.searchsorted(problem.block_of[place], np.arange(problem.blocks + 1))
    load: np.ndarray = np.zeros(problem.blocks)
    if problem.load is not None:
        load = np.bincount(problem.block_of, problem.load, minlength=problem.blocks)
    pairs = problem.apart_blocks
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    apart_starts = np.searchsorted(both[:, 0], np.arange(problem.blocks + 1))
    return cost, problem.size, starts, place, load, apart_starts, np.ascontiguousarray(both[:, 1])


def _band(problem: Problem, out: float) -> tuple[int, int, float, float, float]:
    uneven = problem.uneven if problem.load is not None else 0.0
    return problem.low, problem.high, float(problem.target), float(uneven), out


def between(problem: Problem) -> np.ndarray:
    """Give the minutes between blocks, of their nearest places, to or fro: float64[b, b], 0 to itself."""
    away = np.minimum(problem.minutes, problem.minutes.T)
    if problem.blocks == problem.n:
        return away
    by = np.full((problem.blocks, problem.n), np.inf)
    np.minimum.at(by, problem.block_of, away)
    both = np.full((problem.blocks, problem.blocks), np.inf)
    np.minimum.at(both, problem.block_of, by.T)
    return both


def _nearest(problem: Problem, away: np.ndarray) -> np.ndarray:
    """Give the blocks that are nearest to each: int64[b, m], -1 for none."""
    away = away.copy()
    np.fill_diagonal(away, np.inf)
    order = np.argsort(away, axis=1, kind="stable")[:, : min(_NEAR, problem.blocks)]
    return np.where(np.isfinite(np.take_along_axis(away, order, axis=1)), order, -1)


def scale_of(problem: Problem) -> float:
    """Give the minutes that a place in a good group has to its centre, roughly."""
    cost = np.where(np.isfinite(problem.minutes), problem.minutes, np.inf)
    at = min(max(problem.low // 2, 1), problem.n - 1)
    near = np.partition(cost, at, axis=1)[:, at]
    near = near[np.isfinite(near)]
    return max(float(np.median(near)) if len(near) else 1.0, 0.01)
