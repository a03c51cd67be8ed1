"""The smallest band that is possible, where the one that was asked for is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from geo.districting.bounds import least_widening
from geo.districting.exact import Model, fits
from geo.districting.listing import ALL_STEPS, STEPS_A_SECOND, can_be_listed, listed
from geo.districting.problem import SAME, District, Problem, district
from geo.districting.solving import Effort, annealed, begun, better

_HALVINGS = 8
_CLOSER = 4
_BRIEF_STEPS = 300_000
"""In which it may be seen that a number of districts does no better."""


@dataclass(frozen=True, eq=False)
class Widened:
    """How far a band must be widened on both sides until some districting keeps to it.

    Attributes
    ----------
    by : float
        What suffices.
    bound : float
        What does not suffice if it is less.
    count : int
        Of the districting.
    best : District
        One that keeps to it.
    """

    by: float
    bound: float
    count: int
    best: District

    @property
    def proven(self) -> bool:
        """Whether less does not suffice."""
        return self.by <= self.bound + SAME * max(1.0, self.by)


def widen(
    problem: Problem, counts: range, effort: Effort, seconds: Callable[[], float],
    of: Callable[[int], Problem] | None = None, wanted: int | None = None,
) -> Widened:  # fmt: skip
    """Find the smallest widening over several numbers of districts.

    Parameters
    ----------
    counts : range
        Numbers of districts, from 1 to the number of units at most.
    seconds : function
        How much time is left.
    of : function, optional
        Gives the problem of a number of districts, where homes depend on it.
    wanted : int, optional
        How many districts there should be, where several numbers may do with as little.
    """
    of = of or (lambda count: replace(problem, count=count))
    floor = {count: _floor(problem, count) for count in counts}
    need = {count: max(floor[count], least_widening(problem.weight, problem.lowest, problem.highest, count))
            for count in counts}  # fmt: skip
    middle = (problem.lowest + problem.highest) / 2

    def likely(count: int) -> tuple[float, float, int]:
        away = abs(problem.total / count - middle) if wanted is None else abs(count - wanted)
        return floor[count], away, count

    order = sorted(counts, key=lambda count: (need[count], likely(count)))
    best = _of_count(of(order[0]), (floor[order[0]], need[order[0]]), effort, seconds)
    left, close = [best.bound], SAME * max(1.0, problem.highest)
    for count in order[1:]:
        # Of numbers that do with as little the likelier one is taken.
        as_good = best.by + (2 if likely(count) < likely(best.count) else -1) * close
        if need[count] > best.by + 2 * close or seconds() <= 0:
            left.append(need[count])
            break  # those after it need no less
        if need[count] >= as_good or _no_better(of(count), as_good, effort):
            left.append(max(need[count], best.by))
            continue
        found = _of_count(of(count), (floor[count], need[count]), effort, seconds)
        left.append(found.bound)
        if found.by < as_good:
            best = found
    closer = _closer(of(best.count), best, effort, seconds)
    return replace(best, bound=min(best.by, *left), best=closer)


def _closer(problem: Problem, found: Widened, effort: Effort, seconds: Callable[[], float]) -> District:
    """Look for a districting that keeps to the smallest band, too, and has less outside of the one that was wished."""
    best = found.best
    if problem.count == 1 or found.by <= SAME:
        return best
    if problem.home is not None and problem.home.max(initial=-1) >= problem.count:
        problem = replace(problem, home=None, leaving=None)
    for attempt in range(_CLOSER):
        if attempt and seconds() <= 0:
            break
        part = annealed(problem, effort, attempt, tight=attempt % 2 == 1)
        if problem.widest(part) > found.by + SAME * max(1.0, problem.highest):
            continue
        outside, before = problem.outside(part), problem.outside(best.part)
        if outside < before - SAME or (outside <= before + SAME and problem.price(part) < problem.price(best.part)):
            best = District(part, problem.price(part), problem.widest(part))
    return best


def _floor(problem: Problem, count: int) -> float:
    """Give a widening that is needed in any case: by the mean, and by the heaviest unit."""
    mean = problem.total / count
    heaviest = float(problem.weight.max(initial=0.0))
    return max(0.0, problem.lowest - mean, mean - problem.highest, heaviest - problem.highest)


def _no_better(problem: Problem, by: float, effort: Effort) -> bool:
    """Say whether it is quickly seen that no districting does with less."""
    if not effort.nodes or not can_be_listed(problem, True):
        return False
    part, seen = listed(problem, by, _BRIEF_STEPS, widen=True)
    return seen and part is None


def _of_count(
    problem: Problem, floors: tuple[float, float], effort: Effort, seconds: Callable[[], float]
) -> Widened:
    """Find the smallest widening for a number of districts; `floors` are where to aim at, and what is needed."""
    floor, need = floors
    if problem.home is not None and problem.home.max(initial=-1) >= problem.count:
        problem = replace(problem, home=None, leaving=None)
    best = district(problem, begun(problem))
    for attempt in range(_HALVINGS):
        if best.widest <= need + SAME or problem.count == 1 or (attempt and seconds() <= 0):
            break
        allowed = floor + (best.widest - floor) * (0.0 if attempt == 0 else 0.5)
        wider = replace(problem, lowest=problem.lowest - allowed, highest=problem.highest + allowed)
        found = annealed(wider, effort, attempt, tight=attempt % 2 == 0)
        best = better(best, District(found, 0.0, problem.widest(found)))
    bound = need
    if best.widest > need + SAME and problem.count > 1 and effort.nodes and can_be_listed(problem, True):
        steps = int(min(ALL_STEPS, STEPS_A_SECOND * max(seconds(), 0.0) / 3))
        part, seen = listed(problem, best.widest, steps, widen=True)
        if part is not None:
            best = better(best, District(part, 0.0, problem.widest(part)))
        bound = best.widest if seen else need
    if best.widest > bound + SAME and problem.count > 1 and fits(problem) and seconds() > 0 and effort.nodes:
        model = Model(problem)
        model.widen(problem.lowest, problem.highest, best.widest)
        proof = model.run(best.part, seconds(), effort.nodes, effort.seed)
        if proof.part is not None:
            best = better(best, District(proof.part, 0.0, problem.widest(proof.part)))
        bound = best.widest if proof.infeasible else max(need, min(proof.bound, best.widest))
        if _whole(problem):
            bound = max(need, float(np.ceil(bound - 1e-5)))
    return Widened(best.widest, min(bound, best.widest), problem.count, replace(best, price=problem.price(best.part)))


def _whole(problem: Problem) -> bool:
    values = np.append(problem.weight, [problem.lowest, problem.highest])
    return bool((np.round(values) == values).all())
