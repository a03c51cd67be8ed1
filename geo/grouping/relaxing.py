"""The smallest change of a wish that makes it possible: more minutes or other sizes, and what is proven of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo.grouping.possible import needed_minutes
from geo.grouping.problem import SLACK_MINUTES, Problem
from geo.grouping.solving import feasible


@dataclass(frozen=True)
class Minutes:
    """The limit that suffices for the sizes asked.

    Attributes
    ----------
    limit : float or None
        The least that is known to suffice; None where none does, or none was found.
    more_than : float
        Nothing up to this suffices, which is proven.
    proven : bool
        Whether nothing less suffices; where `limit` is None, whether none does.
    """

    limit: float | None
    more_than: float
    proven: bool


@dataclass(frozen=True)
class Sizes:
    """Sizes that suffice for the limit asked, as near as can be to those asked.

    Attributes
    ----------
    low, high : int or None
        None where none suffice, or none were found.
    by : int or None
        How much both ends were moved, all together.
    proven : bool
        Whether nothing less suffices; where `low` is None, whether none do.
    """

    low: int | None
    high: int | None
    by: int | None
    proven: bool


def more_minutes(
    problem: Problem, seconds: float, seed: int, longest: float = np.inf, refuted: bool = True
) -> Minutes:
    """Find the least limit at which all places can be in groups of the sizes asked.

    Parameters
    ----------
    longest : float
        No limit above this is looked at.
    refuted : bool
        Whether it is proven that the limit asked does not suffice; else nothing is proven of what lies just above it.
    """
    end = time.monotonic() + seconds
    values = np.unique(problem.minutes[np.isfinite(problem.minutes) & (problem.minutes <= longest)])
    floor = float(needed_minutes(problem).max(initial=0.0))
    refuted = refuted or floor > problem.limit + SLACK_MINUTES  # nothing below what each place needs suffices
    below = _before(problem, floor)
    known = max(below, problem.limit) if refuted else min(below, problem.limit)
    values = values[(values > problem.limit) & (values >= floor - 1e-9)]
    answers: dict[int, bool | None] = {}

    def ask(at: int) -> bool | None:
        if at not in answers:
            share = max(0.05, (end - time.monotonic()) / 3)
            answers[at] = feasible(replace(problem, limit=float(values[at])), share, seed)
        return answers[at]

    if not len(values):
        return Minutes(None, longest if refuted else known, refuted)
    if ask(0):
        return Minutes(float(values[0]), max(known, _before(problem, values[0])) if refuted else known, refuted)
    top = len(values) - 1
    if not ask(top):
        return Minutes(None, _refuted(values, answers, known), answers[top] is False)
    no, yes = 0, top
    while yes - no > 1:
        middle = (no + yes) // 2
        if ask(middle):
            yes = middle
        else:
            no = middle
    return Minutes(float(values[yes]), _refuted(values, answers, known), answers.get(yes - 1) is False)


def _refuted(values: np.ndarray, answers: dict[int, bool | None], known: float) -> float:
    """Return the greatest limit of which it is proven that it does not suffice."""
    return max([known, *(float(values[at]) for at, answer in answers.items() if answer is False)])


def _before(problem: Problem, value: float) -> float:
    """Return the greatest of the minutes below a value."""
    below = problem.minutes[problem.minutes < value]
    return float(below[np.isfinite(below)].max(initial=0.0))


def other_sizes(problem: Problem, seconds: float, seed: int, refuted: bool = True) -> Sizes:
    """Find the sizes nearest to those asked at which all places can be in groups within the limit.

    The ends are moved as little as can be, all together; of several the one whose lower end is moved less.

    Parameters
    ----------
    refuted : bool
        Whether it is proven that the sizes asked do not suffice; else nothing nearer is proven not to.
    """
    end = time.monotonic() + seconds
    proven = refuted
    for low, high in _ladder(problem):
        if time.monotonic() > end:
            return Sizes(None, None, None, False)
        share = max(0.05, (end - time.monotonic()) / 4)
        answer = feasible(replace(problem, low=low, high=high), share, seed)
        if answer:
            return Sizes(low, high, problem.low - low + high - problem.high, proven)
        proven = proven and answer is False
    return Sizes(None, None, None, proven)


def _ladder(problem: Problem) -> Iterator[tuple[int, int]]:
    """Give the sizes from the nearest on, as long as they can be of any use."""
    most = max(problem.n, problem.high)
    for by in range(1, problem.low - 1 + most - problem.high + 1):
        for less in range(min(by, problem.low - 1) + 1):
            if problem.high + by - less <= most:
                yield problem.low - less, problem.high + by - less


def without(problem: Problem, ways: Sequence[tuple[str, Problem]], seconds: float, seed: int,
            clock: Callable[[], float] = time.monotonic) -> dict[str, bool | None]:
    """Say for each of some other wishes whether all places can be in groups then."""
    end = clock() + seconds
    return {name: feasible(each, max(0.05, (end - clock()) / max(1, len(ways))), seed) for name, each in ways}
