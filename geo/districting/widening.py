"""The smallest band that is possible, where the one that was asked for is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from geo.districting.exact import Model, fits
from geo.districting.listing import ALL_STEPS, STEPS_A_SECOND, can_be_listed, listed
from geo.districting.problem import SAME, District, Problem, district
from geo.districting.solving import Effort, annealed, begun, better

_HALVINGS = 8
_CLOSER = 4


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
    best: Widened | None = None
    left: list[float] = []
    middle = (problem.lowest + problem.highest) / 2

    def likely(count: int) -> tuple[float, float, int]:
        away = abs(problem.total / count - middle) if wanted is None else abs(count - wanted)
        return floor[count], away, count

    for count in sorted(counts, key=likely):
        if best is not None and floor[count] >= best.by - SAME:
            left.append(floor[count])
            break  # those after it need no less
        if best is not None and seconds() <= 0:
            left.append(floor[count])
            break
        found = _of_count(of(count), floor[count], effort, seconds)
        left.append(found.bound)
        if best is None or found.by < best.by - SAME:
            best = found
    assert best is not None  # there is a count at least
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


def _of_count(problem: Problem, floor: float, effort: Effort, seconds: Callable[[], float]) -> Widened:
    if problem.home is not None and problem.home.max(initial=-1) >= problem.count:
        problem = replace(problem, home=None, leaving=None)
    best = district(problem, begun(problem))
    for attempt in range(_HALVINGS):
        if best.widest <= floor + SAME or problem.count == 1 or (attempt and seconds() <= 0):
            break
        allowed = floor + (best.widest - floor) * (0.0 if attempt == 0 else 0.5)
        wider = replace(problem, lowest=problem.lowest - allowed, highest=problem.highest + allowed)
        found = annealed(wider, effort, attempt, tight=attempt % 2 == 0)
        best = better(best, District(found, 0.0, problem.widest(found)))
    bound = floor
    if best.widest > floor + SAME and problem.count > 1 and effort.nodes and can_be_listed(problem, True):
        steps = int(min(ALL_STEPS, STEPS_A_SECOND * max(seconds(), 0.0) / 3))
        part, seen = listed(problem, best.widest, steps, widen=True)
        if part is not None:
            best = better(best, District(part, 0.0, problem.widest(part)))
        bound = best.widest if seen else floor
    if best.widest > bound + SAME and problem.count > 1 and fits(problem) and seconds() > 0 and effort.nodes:
        model = Model(problem)
        model.widen(problem.lowest, problem.highest, best.widest)
        proof = model.run(best.part, seconds(), effort.nodes, effort.seed)
        if proof.part is not None:
            best = better(best, District(proof.part, 0.0, problem.widest(proof.part)))
        bound = best.widest if proof.infeasible else max(floor, min(proof.bound, best.widest))
        if _whole(problem):
            bound = max(floor, float(np.ceil(bound - 1e-5)))
    return Widened(best.widest, min(bound, best.widest), problem.count, replace(best, price=problem.price(best.part)))


def _whole(problem: Problem) -> bool:
    values = np.append(problem.weight, [problem.lowest, problem.highest])
    return bool((np.round(values) == values).all())
