"""Groups of places around centres: exactly where that fits, else searched for, with a bound in any case."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.grouping.annealing import MOVES, annealed
from geo.grouping.bound import Ascent
from geo.grouping.covering import covered
from geo.grouping.model import Effort, Model
from geo.grouping.possible import impossible
from geo.grouping.problem import Problem
from geo.grouping.recentring import made_ready, plain, recentred
from geo.grouping.search import renewed

MOST_EXACT = 60  # places up to which the exact model decides
MOST_TRIED = 400  # and up to which it is tried in the time that is left
_NODES = 1_000_000
_STEPS = 500
_ROUNDS = 3  # of other centres
_BRIEF = 500  # moves by block, where other centres are tried after it
_SPARE = 0.02  # of the time, in which a model ends that was told to
_FEWER = 3  # numbers of groups that are tried, from the most that there may be


@dataclass(frozen=True, eq=False)
class Found:
    """Groups, and what proves them.

    Attributes
    ----------
    centre_of : int64[n]
        The centre of each place, -1 for those left out.
    price : float
        Minutes, with what groups are uneven and `left_out_minutes` for each place that is left out.
    bound : float
        What nothing undercuts.
    whole : bool or None
        Whether all places can be in groups; None where that is not known.
    stopped : bool
        Whether time was up.
    """

    centre_of: np.ndarray
    price: float
    bound: float
    whole: bool | None
    stopped: bool

    @property
    def left_out(self) -> int:
        """How many places are in no group."""
        return int((self.centre_of < 0).sum())

    @property
    def optimal(self) -> bool:
        """Whether nothing is cheaper, which is proven."""
        return self.bound >= self.price - 1e-6 * max(1.0, abs(self.price))


def solve(
    problem: Problem, seconds: float, seed: int, told: Callable[[float, float], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Found:
    """Put places into groups: as few as can be left out, and then at the least price.

    Parameters
    ----------
    problem : Problem
    seconds : float
        The best so far is the answer when they are over.
    seed : int
        The same problem and seed give the same groups, unless time was up.
    told : function, optional
        Is told the price and the bound now and then.
    """
    simple = problem.n > MOST_EXACT and plain(problem)
    if simple:
        made_ready()
    end = clock() + seconds

    def left() -> float:
        return end - clock()

    def tell(price: float, bound: float) -> None:
        if told is not None:
            told(price, bound)

    nobody = np.full(problem.n, -1)
    none = problem.left_out_minutes * problem.n
    if problem.n == 0 or not problem.allowed.any():
        return Found(nobody, none, none, problem.n == 0, False)
    known = first(problem, seed, lambda: left() - 0.6 * seconds, _BRIEF if simple else MOVES)
    never = impossible(problem)
    tell(problem.price(known), 0.0)
    stopped = False
    if simple:
        for again in range(_ROUNDS):
            known, cut = recentred(problem, known, seed + again, lambda: left() - 0.35 * seconds,
                                   lambda price: tell(price, 0.0))  # fmt: skip
            stopped = stopped or cut
    if problem.n > MOST_EXACT and not never and (known < 0).any():
        known = covered(problem, known, lambda part, was, turn: _again(part, was, seed + turn),
                        lambda: left() - 0.35 * seconds)  # fmt: skip
    bound, keep = 0.0, None
    if (known >= 0).all():
        ascent = Ascent(problem, True)
        raised = ascent.run(problem.price(known), _STEPS, lambda: left() <= 0.2 * seconds)
        bound, keep = raised.value, ascent.could_save(raised, problem.price(known))[None, :]
        tell(problem.price(known), bound)
    if problem.n > MOST_EXACT and bound < problem.price(known) - 1e-6 and not (simple and (known >= 0).all()):
        known, stopped = renewed(problem, known, seed, lambda: left() - 0.4 * seconds, bound + 1e-6,
                                 lambda price: tell(price, bound))  # fmt: skip
    if problem.n <= MOST_TRIED and left() > 0.05 and bound < problem.price(known) - 1e-6:
        model = Model(problem, keep)
        proof = model.run(known, Effort(left() - _SPARE * seconds, _NODES, seed))
        bound, stopped = max(bound, min(proof.bound, problem.price(known))), proof.stopped
        if proof.centre_of is not None and problem.price(proof.centre_of) < problem.price(known):
            known = proof.centre_of
    elif problem.n <= MOST_TRIED and bound < problem.price(known) - 1e-6:
        stopped = True
    price = problem.price(known)
    if (known >= 0).all():
        whole: bool | None = True
    else:  # who is left out costs more than all groups can
        whole = False if never or bound >= problem.left_out_minutes else None
        stopped = stopped or whole is None
    return Found(known, price, min(bound, price), whole, stopped)


def first(problem: Problem, seed: int, left: Callable[[], float], moves: int = MOVES) -> np.ndarray:
    """Return groups that annealing finds, of the numbers that there may be."""
    fewest, most = problem.counts
    numbers = range(max(most, 1), max(most - _FEWER, min(fewest, most) - 1, 0), -1)
    tried = [np.full(problem.n, -1)]
    share = max(left(), 0.0) / max(len(numbers), 1)
    for number in numbers:
        until = left() - share
        tried.append(annealed(problem, number, seed, lambda until=until: left() - until, moves))  # type: ignore[misc]  # bound now
    return min(tried, key=problem.price)


def _again(part: Problem, known: np.ndarray, seed: int) -> np.ndarray:
    """Share out a neighbourhood anew, all of its counted steps."""
    simple = plain(part)
    found = min(first(part, seed, _always, _BRIEF if simple else MOVES), known, key=part.price)
    return recentred(part, found, seed, _always, lambda price: None)[0] if simple else found


def _always() -> float:
    """Say that there is time."""
    return 1.0


def feasible(problem: Problem, seconds: float, seed: int) -> bool | None:
    """Say whether all places can be in groups; None where time was up before that was known."""
    if problem.n == 0:
        return True
    if impossible(problem):
        return False
    simple = problem.n > MOST_EXACT and plain(problem)
    if simple:
        made_ready()
    end = time.monotonic() + seconds
    known = first(problem, seed, lambda: end - time.monotonic() - 0.6 * seconds, _BRIEF if simple else MOVES)
    if simple and (known < 0).any():
        known, _ = recentred(problem, known, seed, lambda: end - time.monotonic() - 0.3 * seconds, lambda price: None)
    if (known >= 0).all():
        return True
    proof = Model(problem, whole=True).run(None, Effort(max(end - time.monotonic(), 0.05), _NODES, seed))
    if proof.centre_of is not None and (proof.centre_of >= 0).all() and not problem.faults(proof.centre_of):
        return True
    return False if proof.bound == np.inf and not proof.stopped else None
