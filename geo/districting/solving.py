"""Districtings found and proven: many tries by annealing, an exact model where it fits, a bound always."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from geo.districting.bounds import cheapest, rounded_up
from geo.districting.exact import Proof, exact, fits
from geo.districting.listing import ALL_STEPS, STEPS_A_SECOND, can_be_listed, divided_anew, listed
from geo.districting.problem import SAME, District, Problem, district
from geo.districting.starting import begun, mended

Stop = Callable[[], bool]
"""Says that time is up."""

# Heat at the beginning and the end, in mean costs; a mean weight outside of the band at both, in mean costs. Cool ends
# make cheap borders, hot ones find the few districtings that keep to a narrow band.
_FROM_NOTHING = (
    ((1.0, 0.02), (1.0, 30.0)),
    ((3.0, 0.5), (1.0, 30.0)),
    ((1.0, 0.3), (0.3, 10.0)),
    ((1.0, 1.0), (3.0, 100.0)),
    ((3.0, 0.5), (0.3, 10.0)),
    ((1.0, 1.0), (1.0, 30.0)),
    ((3.0, 0.5), (3.0, 100.0)),
)
_TIGHT = (
    ((1.0, 1.0), (3.0, 100.0)),
    ((3.0, 0.5), (1.0, 30.0)),
    ((3.0, 0.5), (3.0, 100.0)),
)
_DEAR = 5.0  # mean costs
_SETTLING = ((0.3, 0.02), (30.0, 300.0))
_MANY = 1000  # units, of which some districts are nearly within the band after one try
_BEFORE_TIGHT = 3  # tries without a districting within the band, after which such are looked for
_BRIEF_STEPS = 300_000  # in which few units are gone through after the first try
_FROM_HOME = (
    ((0.3, 0.02), (1.0, 30.0)),
    ((1.0, 0.02), (1.0, 30.0)),
    ((0.1, 0.02), (3.0, 30.0)),
    ((1.0, 0.3), (0.3, 10.0)),
    ((3.0, 0.5), (1.0, 30.0)),
)


@dataclass(frozen=True)
class Effort:
    """How much is tried; the same effort and seed give the same districting, unless time is up before.

    Attributes
    ----------
    seed : int
    tries : int
        Annealings.
    steps : int
        Moves tried in each, times the number of units, and at least `least` in all.
    least : int
    nodes : int
        Of the exact model's tree, at most; 0 for no exact model.
    swaps : float
        The share of moves in which two units change places.
    tries_for_any : int
        Annealings at most while none keeps to the band.
    pairs : int
        Steps in which a pair of districts is divided anew, at most; 0 for not at all.
    """

    seed: int = 1
    tries: int = 4
    steps: int = 400
    least: int = 30_000
    nodes: int = 20_000
    swaps: float = 0.3
    pairs: int = 20_000
    tries_for_any: int = 12

    @staticmethod
    def usual(units: int, seed: int, places: int = 1) -> Effort:
        """Give what takes a second or two for so many units; a share of it, where there are many problems."""
        tries = 40 if units <= 40 else 20 if units <= 120 else 8 if units <= 600 else 3 if units <= 1500 else 1
        pairs = 20_000 if units <= 600 else 0
        most = 200_000 if units <= 120 else 60_000
        for_any = 60 if units <= 600 and places == 1 else 12
        return Effort(seed, max(min(tries, 3), tries // places), 300, most, pairs=pairs, tries_for_any=for_any)


@dataclass(frozen=True, eq=False)
class Found:
    """The answer to a problem.

    Attributes
    ----------
    best : District or None
        None where the units are fewer than the districts.
    bound : float
        No districting within the band costs less; infinite where there is proof that there is none.
    proven : bool
        Whether `best` is proven to be cheapest, or that there is none within the band.
    stopped : bool
        Whether time was up before all was tried.
    """

    best: District | None
    bound: float
    proven: bool
    stopped: bool = False

    @property
    def feasible(self) -> bool:
        """Whether there is a districting within the band."""
        return self.best is not None and self.best.widest == 0

    @property
    def gap(self) -> float | None:
        """How much cheaper it could be at most, as a share of what it costs; None where there is none."""
        if not self.feasible or self.best is None:
            return None
        return max(0.0, (self.best.price - self.bound) / self.best.price) if self.best.price > SAME else 0.0


def solve(problem: Problem, effort: Effort, stop: Stop) -> Found:
    """Find a districting by annealing, with a bound beside; at least one try is made, whatever `stop` says."""
    if problem.count > problem.graph.n or problem.count < 1:
        return Found(None, np.inf, True)
    if arithmetic(problem) is not None:
        part = begun(problem)
        return Found(district(problem, part), np.inf, True)
    start = begun(problem)
    best, stopped = district(problem, start), False
    if problem.count == 1:
        return Found(best, best.price, True)
    bound = rounded_up(problem, cheapest(problem))
    for attempt in range(max(effort.tries, effort.tries_for_any)):
        done = attempt >= effort.tries or best.price <= bound + SAME
        if attempt and best.widest == 0 and done:
            break
        if attempt and stop():
            stopped = True
            break
        tight = best.widest > 0 and (attempt >= _BEFORE_TIGHT or (attempt > 0 and _narrow(problem)))
        part = annealed(problem, effort, attempt, tight, start)
        if problem.graph.n >= _MANY and not problem.within(part):
            part = _cooled(problem, effort, attempt, _SETTLING, part)
        if effort.pairs and problem.within(part):
            part = divided_anew(problem, part, effort.pairs, stop)
        best = better(best, district(problem, part))
        if attempt == 0 and effort.nodes:
            found, seen = _listed(problem, Found(best, bound, False), _BRIEF_STEPS)
            best = found.best or best
            if seen:
                return found
    return closed(problem, Found(best, bound, False, stopped))


def _narrow(problem: Problem) -> bool:
    """Tell whether few units are light enough to be fitted into what the band leaves open."""
    return problem.highest - problem.lowest < 0.3 * problem.total / problem.graph.n


def arithmetic(problem: Problem) -> str | None:
    """Say why no districting can be within the band, whatever touches what: too-light, too-heavy, unit."""
    close = SAME * max(1.0, problem.highest)
    if problem.total < problem.lowest * problem.count - close:
        return "too-light"
    if problem.total > problem.highest * problem.count + close:
        return "too-heavy"
    return "unit" if problem.weight.max(initial=0.0) > problem.highest + close else None


def better(one: District, other: District) -> District:
    """Take the one that keeps to the band better, then the cheaper one."""
    return other if (other.widest, other.price + SAME) < (one.widest, one.price) else one


def closed(problem: Problem, found: Found) -> Found:
    """Call a districting proven that costs no more than the bound."""
    bound = rounded_up(problem, found.bound)
    best = found.best
    done = found.proven or (best is not None and best.widest == 0 and best.price <= bound + SAME * max(1.0, best.price))
    return replace(found, bound=min(bound, best.price) if best is not None and best.widest == 0 else bound, proven=done)


def annealed(
    problem: Problem, effort: Effort, attempt: int, tight: bool = False, start: np.ndarray | None = None
) -> np.ndarray:
    """Give the districting of one annealing, from `begun` on; each attempt cools otherwise, in `tight` bands slowly."""
    at_home = problem.home is not None and bool((problem.home >= 0).any())
    schedules = _TIGHT if tight else _FROM_HOME if at_home else _FROM_NOTHING
    part = begun(problem) if start is None else start
    return _cooled(problem, effort, attempt, schedules[attempt % len(schedules)], part)


def _cooled(
    problem: Problem, effort: Effort, attempt: int, schedule: tuple[tuple[float, float], tuple[float, float]],
    start: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Give the districting that one annealing makes of another."""
    from geo.districting.anneal_kernel import anneal

    graph, n, part = problem.graph, problem.graph.n, start.copy()
    mean_cost = float(graph.cost[graph.cost > 0].mean()) if (graph.cost > 0).any() else 1.0
    heavy = problem.weight[problem.weight > 0]
    mean_weight = float(heavy.mean()) if len(heavy) else 1.0
    at_home = problem.home is not None and bool((problem.home >= 0).any())
    (hot, cold), (soft, hard) = schedule
    home = problem.home if problem.home is not None else np.full(n, -1, np.int64)
    leaving = problem.leaving if problem.leaving is not None else np.zeros(n)
    balanced = problem.balanced if problem.balanced is not None else np.zeros(n)
    state = np.array([(effort.seed * 1_000_003 + attempt * 7_919 + 0x9E3779B97F4A7C15) % 2**64], np.uint64)
    steps = max(effort.least, effort.steps * n)
    press = mean_cost + float(leaving[home >= 0].mean()) if at_home else mean_cost
    # Where it is dear to leave home, every other attempt is as hot as that.
    heat = press if press > _DEAR * mean_cost and attempt % 2 else mean_cost
    found = anneal(
        (graph.starts, graph.ends, graph.costs), (problem.weight, home, leaving, balanced),
        (float(problem.lowest), float(problem.highest), float(problem.uneven)), part, problem.count,
        (hot * heat, cold * heat, soft * press / mean_weight, hard * press / mean_weight,
         effort.swaps), (steps, state),
    )  # fmt: skip
    return mended(problem, found)


def tighten(problem: Problem, found: Found, effort: Effort, seconds: float) -> Found:
    """Improve on what was found, or prove that nothing is cheaper or within the band, by an exact model.

    Parameters
    ----------
    seconds : float
        The model is given up after so long, and after `effort.nodes`.
    """
    if found.proven or found.best is None or effort.nodes < 1 or seconds <= 0:
        return found
    found, seen = _listed(problem, found, int(min(ALL_STEPS, STEPS_A_SECOND * seconds / 3)))
    if seen or found.proven or not fits(problem):
        return found
    assert found.best is not None
    left = seconds * 2 / 3 if can_be_listed(problem) else seconds
    proof: Proof = exact(problem, found.best, left, effort.nodes, effort.seed)
    best = found.best
    if proof.part is not None:
        best = better(best, district(problem, proof.part))
    if proof.infeasible and best.widest > 0:
        return Found(best, np.inf, True, found.stopped)
    bound = max(found.bound, proof.bound)
    return closed(problem, Found(best, bound, False, found.stopped or proof.stopped))


def _listed(problem: Problem, found: Found, steps: int) -> tuple[Found, bool]:
    """Go through all districtings, where they are few; say whether that decides it."""
    best = found.best
    if best is None or not can_be_listed(problem):
        return found, False
    known = best.price if best.widest == 0 else np.inf
    part, seen = listed(problem, known, steps)
    if part is not None:
        best = better(best, district(problem, part))
    if not seen:
        return closed(problem, replace(found, best=best)), False
    bound = best.price if best.widest == 0 else np.inf
    return Found(best, bound, True, found.stopped), True
