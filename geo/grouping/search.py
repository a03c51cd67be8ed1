"""Groups renewed neighbourhood by neighbourhood, each of them exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from geo.grouping.model import Effort, Model
from geo.grouping.problem import Problem

AROUND = (26, 34)  # places in a neighbourhood, from pass to pass
_NODES = 60
_NEAREST = 8  # centres of a place that a neighbourhood looks at
_MOST_SECONDS = 4.0
WHOLE = 320  # places that are one wide neighbourhood
WIDE = 150
WIDE_SECONDS = 3.0
WORTH = 0.001  # what a round of wide neighbourhoods has to save for another
_USED = 6  # centres of a place, of those that the relaxation uses
_GAP = 0.002


def part_of(problem: Problem, places: np.ndarray) -> Problem:
    """Return the same problem of some places, which hold whole blocks."""
    number = np.full(problem.n, -1)
    number[places] = np.arange(len(places))
    apart = number[problem.apart]
    return replace(
        problem,
        minutes=problem.minutes[np.ix_(places, places)],
        centres=problem.centres[places],
        block=np.unique(problem.block_of[places], return_inverse=True)[1],
        apart=apart[(apart >= 0).all(axis=1)],
        kind=None if problem.kind is None else problem.kind[places],
        load=None if problem.load is None else problem.load[places],
    )


def renewed(
    problem: Problem, centre_of: np.ndarray, seed: int, left: Callable[[], float], enough: float,
    told: Callable[[float], None],
) -> tuple[np.ndarray, bool]:
    """Renew groups as long as that makes them cheaper, in wide neighbourhoods first.

    Parameters
    ----------
    problem : Problem
    centre_of : int64[n]
        What to begin with.
    seed : int
    left : function
        Says how many seconds are left.
    enough : float
        A price at which to stop.
    told : function
        Is told the price now and then.

    Returns
    -------
    centre_of : int64[n]
    stopped : bool
        Whether time was up before nothing more was found.
    """
    random = np.random.default_rng(seed)
    best, done = centre_of.copy(), set()
    for around in (WIDE, *AROUND):
        again, wide = True, around == WIDE
        while again:
            again, before = False, problem.price(best)
            seen = np.zeros(problem.n, dtype=bool)
            for place in _order(problem, best, random):
                if wide and seen[place]:
                    continue
                if left() <= 0:
                    return best, True
                places = neighbourhood(problem, best, place, problem.n if problem.n <= WHOLE and wide else around)
                seen[places] = True
                mine = (around, tuple(places.tolist()), tuple(best[places].tolist()))
                if mine in done:
                    continue
                done.add(mine)
                better = (_widely if wide else _one)(problem, best, places, seed, left)
                if better is not None:
                    best, again = better, True
                    told(problem.price(best))
                    if problem.price(best) <= enough:
                        return best, False
            if problem.n <= around or (wide and before - problem.price(best) < WORTH * before):
                break
    return best, False


def _order(problem: Problem, centre_of: np.ndarray, random: np.random.Generator) -> list[int]:
    """Give the places to look around: those left out first, then the centres."""
    out = np.flatnonzero(centre_of < 0)
    return [*random.permutation(out).tolist(), *random.permutation(np.unique(centre_of[centre_of >= 0])).tolist()]


def neighbourhood(problem: Problem, centre_of: np.ndarray, place: int, around: int) -> np.ndarray:
    """Return the places of the groups that are nearest to a place, and those left out near it: int64[…], ascending."""
    head = np.where(centre_of >= 0, centre_of, np.arange(problem.n))
    away = np.minimum(problem.minutes[place, head], problem.minutes[head, place])
    block = problem.block_of
    order = np.lexsort((np.arange(problem.n), head, away))
    chosen = np.zeros(problem.n, dtype=bool)
    count = 0
    for each in order.tolist():
        if chosen[each]:
            continue
        if count >= around or (not np.isfinite(away[each]) and count):
            break
        group = head == head[each]
        group |= np.isin(block, block[group])
        chosen |= group
        count = int(chosen.sum())
    return np.flatnonzero(chosen)


def taken_out(problem: Problem, best: np.ndarray, places: np.ndarray) -> tuple[Problem, np.ndarray]:
    """Return some places as a problem of their own, and the groups that are known of it."""
    number = np.full(problem.n + 1, -1)
    number[places] = np.arange(len(places))
    return part_of(problem, places), number[best[places]]


def put_back(
    best: np.ndarray, places: np.ndarray, was: tuple[Problem, np.ndarray], centre_of: np.ndarray | None
) -> np.ndarray | None:
    """Return all groups with what was found for some places; None where that is no better."""
    part, known = was
    if centre_of is None or part.price(centre_of) >= part.price(known) - 1e-6:
        return None
    found = best.copy()
    found[places] = np.where(centre_of >= 0, places[centre_of], -1)
    return found


def _one(
    problem: Problem, best: np.ndarray, places: np.ndarray, seed: int, left: Callable[[], float]
) -> np.ndarray | None:
    """Renew one neighbourhood; None where that is no better."""
    part, known = taken_out(problem, best, places)
    keep = None
    if part.n > _NEAREST * 2:
        cost = part.cost / part.size[:, None]
        keep = cost <= np.partition(cost, _NEAREST, axis=1)[:, [_NEAREST]]
        keep[part.block_of[known >= 0], known[known >= 0]] = True
        keep[part.block_of, np.arange(part.n)] = True
    model = Model(part, keep)
    proof = model.run(known, Effort(min(left(), _MOST_SECONDS), _NODES, seed))
    return put_back(best, places, (part, known), proof.centre_of)


def _widely(
    problem: Problem, best: np.ndarray, places: np.ndarray, seed: int, left: Callable[[], float]
) -> np.ndarray | None:
    """Renew one wide neighbourhood around the centres that its linear relaxation uses; None where that is no better."""
    part, known = taken_out(problem, best, places)
    used = Model(part).used(Effort(left(), _NODES, seed))
    if used is None or left() <= 0:
        return None
    used[known[known >= 0]] = True
    cost = np.where(used[None, :], part.cost, np.inf)
    most = min(_USED, part.n) - 1
    keep = cost <= np.partition(cost, most, axis=1)[:, [most]]
    keep[part.block_of[known >= 0], known[known >= 0]] = True
    keep[part.block_of[used], np.flatnonzero(used)] = True
    share = WIDE_SECONDS * max(1.0, part.n / WIDE)
    proof = Model(part, keep).run(known, Effort(min(left(), share), 100, seed), _GAP)
    return put_back(best, places, (part, known), proof.centre_of)
