"""The proposal of joint units: villages read, minutes measured, units found, what cannot be met told with what can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from geo.grouping import Found, Problem, impossible, solve
from layers.errors import Fault, InvalidParameter
from layers.model import travel
from layers.proposals.frame import Proposal, Timer, Verdict, revisions_of
from layers.proposals.units.posing import problem_of, require
from layers.proposals.units.relaxing import Relaxed, relaxed
from layers.proposals.units.tables import Table, table_of
from layers.proposals.units.telling import sentences, summary_of
from layers.proposals.units.villages import Village, villages_within
from layers.proposals.units.wishes import UnitWishes
from layers.reach.between import Between
from layers.reach.networks import road_network
from layers.store.protocol import Store
from layers.text import Text

READ = ("communities", "buildings", "roads", "turns", "gates")
"""The layers that a proposal of joint units is made of."""

Progress = Callable[[float, str], None]


@dataclass(frozen=True, eq=False)
class Answer:
    """What was found.

    Attributes
    ----------
    villages : list of Village
    on : int64[k]
        Those that are near a street: rows of `problem`.
    between : Between
    problem : Problem
    found : Found
    relaxed : Relaxed or None
        What could be met instead, where not all villages are in units.
    """

    villages: list[Village]
    on: np.ndarray
    between: Between
    problem: Problem
    found: Found
    relaxed: Relaxed | None

    @property
    def centre_of(self) -> np.ndarray:
        """The centre of each village, -1 for none: int64[n]."""
        centre = np.full(len(self.villages), -1)
        inside = self.found.centre_of
        centre[self.on[inside >= 0]] = self.on[inside[inside >= 0]]
        return centre

    @property
    def verdict(self) -> Verdict:
        """How good it is, and what says so."""
        found = self.found
        if len(self.on) < len(self.villages) or not found.whole:
            proven = len(self.on) < len(self.villages) or found.whole is False
            return Verdict("infeasible", None, None, proven, found.stopped)
        optimal = found.optimal
        return Verdict("optimal" if optimal else "feasible", found.price, found.bound, optimal, found.stopped)


def propose(store: Store, wishes: UnitWishes, progress: Progress) -> dict[str, object]:
    """Propose joint units.

    Raises
    ------
    InvalidParameter
        Wishes that contradict each other, an area without villages, codes that are no villages.
    Conflict
        There are no streets.
    """
    timer = Timer(wishes.seconds)
    wishes.checked()
    revisions = revisions_of(store, READ)
    villages, others, now = villages_within(store, wishes.within, wishes.as_of)
    if not villages:
        key = "units-no-villages" if others else "units-nothing-here"
        raise InvalidParameter(Fault(Text(f"proposals.{key}", within=wishes.within), {"parameter": "within"}))
    require(wishes, villages, others)
    progress(0.05, "roads")
    places = np.array([each.place for each in villages], dtype=object)
    roads = road_network(store, wishes.as_of, now.crs, ferries=wishes.ferries)
    between = Between(roads, now.crs, places, wishes.mode, wishes.max_access_m)
    on = np.flatnonzero(~np.isnan(between.access_m))
    minutes = _minutes(between, on, villages, wishes, progress)
    problem = problem_of([villages[at] for at in on.tolist()], minutes, wishes)

    def tell(price: float, bound: float) -> None:
        spent = 1 - max(timer.left(), 0.0) / wishes.seconds
        progress(0.2 + 0.5 * spent, f"units|minutes={round(price)}|bound={round(bound)}")

    search = max(timer.left(), 0.5 * wishes.seconds)  # reading is no reason to search for nothing
    share = 0.4 if impossible(problem) else 0.9  # what cannot be met is told with what can, which takes its time, too
    found = solve(problem, share * search, wishes.seed, tell)
    relaxations = None
    if not found.whole or len(on) < len(villages):
        progress(0.75, "relaxing")
        relaxations = _relaxed(Answer(villages, on, between, problem, found, None), wishes, timer, store, now.crs)
    progress(0.9, "table")
    answer = Answer(villages, on, between, problem, found, relaxations)
    table = table_of(answer.villages, answer.centre_of, between, wishes.limit_minutes)
    return _told(answer, table, wishes).outputs(wishes, revisions)


def _minutes(
    between: Between, on: np.ndarray, villages: Sequence[Village], wishes: UnitWishes, progress: Progress
) -> np.ndarray:
    """Return the minutes from each village to each possible centre, as far as the limit: float64[k, k]."""
    def tell(share: float) -> None:
        progress(0.05 + 0.15 * share, "roads")

    return measured(between, on, villages, wishes, wishes.limit_minutes, tell)


def measured(
    between: Between, on: np.ndarray, villages: Sequence[Village], wishes: UnitWishes, limit: float,
    tell: Callable[[float], None],
) -> np.ndarray:
    """Return the minutes from each village to each possible centre, inf beyond a limit: float64[k, k]."""
    fixed = set(wishes.fixed)
    centres = np.array([at for at, row in enumerate(on.tolist()) if not fixed or villages[row].code in fixed], np.int64)
    minutes = np.full((len(on), len(on)), np.inf)
    if len(centres):
        minutes[:, centres] = between.minutes(on, on[centres], limit, tell)
    np.fill_diagonal(minutes, 0.0)
    return minutes


def _relaxed(answer: Answer, wishes: UnitWishes, timer: Timer, store: Store, crs: object) -> Relaxed:
    most = float(travel.MOST_MINUTES)
    minutes = measured(answer.between, answer.on, answer.villages, wishes, most, lambda share: None)
    off = np.setdiff1d(np.arange(len(answer.villages)), answer.on)
    away = np.full(len(answer.villages), np.nan)
    if len(off):
        places = np.array([answer.villages[at].place for at in off.tolist()], dtype=object)
        roads = road_network(store, wishes.as_of, crs, ferries=wishes.ferries)  # type: ignore[arg-type]
        wide = Between(roads, crs, places, wishes.mode, travel.MOST_ACCESS_M)  # type: ignore[arg-type]
        away[off] = wide.access_m
    inside = [answer.villages[at] for at in answer.on.tolist()]
    whole = problem_of(inside, minutes, wishes)
    return relaxed(inside, whole, wishes, answer.found.whole, max(timer.left(), 0.3 * wishes.seconds),
                   [(answer.villages[at], float(away[at])) for at in off.tolist()])  # fmt: skip


def _told(answer: Answer, table: Table, wishes: UnitWishes) -> Proposal:
    verdict = answer.verdict
    more = summary_of(answer.villages, answer.centre_of, table, wishes, answer.relaxed)
    said = sentences(more, verdict, wishes, answer.relaxed)
    return Proposal(table.parts, table.rows, verdict, more, said)

