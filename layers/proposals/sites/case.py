"""What is to be decided: buildings with weights, stations and candidates, and who reaches which in how many minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.siting import Problem, Ways, ways_of
from layers.errors import Conflict, Fault, InvalidParameter
from layers.model import travel
from layers.model.management import indicators
from layers.proposals.frame import Timer, called
from layers.proposals.sites.places import asked_of, candidates_of, todays
from layers.proposals.sites.wishes import SiteWishes
from layers.reach.networks import road_network
from layers.reach.reached import Survey, survey
from layers.reach.scenarios import situation_with
from layers.situation.day import COLUMN_OF_LEVEL, Situation, situation
from layers.situation.within import inside
from layers.store.protocol import Store
from layers.text import Text

LISTED = (*COLUMN_OF_LEVEL.values(), "code", "name", "households", "population", "elderly_60", "geometry")
MOST_PAIRS = 30_000_000
"""Of minutes that are held at once."""

READING_SHARE = 0.5
"""Of the time limit, after which no more candidates are looked at."""

ANYWAY = 50
"""Candidates that are looked at whether there is time or not; each takes some milliseconds in a city."""

Progress = Callable[[float, str], None]


@dataclass(frozen=True, eq=False)
class Case:
    """Arrays are by building or by site; the sites of today come first.

    Attributes
    ----------
    now : Situation
    base : DataFrame
        The buildings asked about.
    sites : GeoDataFrame
    weight : float64[n]
        0 where it is missing.
    missing : bool[n]
    nearest : DataFrame
        Of each building the minutes to the nearest of all sites, however far, and why it is not within the limit.
    every : DataFrame
        The same, with the candidates that nobody looked at among the sites.
    fixed : bool[s]
    capacity : float64[s] or None
    cost : float64[s]
    skipped : int
        Candidates that nobody looked at, because time was up.
    off_street : list of str
        What the candidates are called that no street is near.
    asked : Survey
    """

    now: Situation
    base: pd.DataFrame
    sites: gpd.GeoDataFrame
    weight: np.ndarray
    missing: np.ndarray
    nearest: pd.DataFrame
    every: pd.DataFrame
    fixed: np.ndarray
    capacity: np.ndarray | None
    cost: np.ndarray
    skipped: int
    off_street: list[str]
    asked: Survey

    @property
    def unsaid(self) -> bool:
        """Whether there are buildings and none of them says how much it counts for."""
        return bool(len(self.missing) and self.missing.all())

    @property
    def free(self) -> np.ndarray:
        """The sites that may be chosen: bool[s]."""
        return ~self.fixed

    def problem(self, ways: Ways, count: int | None, outside: float | np.ndarray, opening: np.ndarray,
                whole: bool) -> Problem:  # fmt: skip
        """Put a question about these sites."""
        outside = np.broadcast_to(np.asarray(outside, float), len(self.weight)).copy()
        return Problem(ways, self.weight, outside, opening, count, self.fixed, self.capacity, whole)


def case_of(store: Store, wishes: SiteWishes, timer: Timer, progress: Progress) -> tuple[Case, Callable[[float], Ways]]:
    """Read everything; and return beside it who reaches whom within so many minutes.

    Raises
    ------
    InvalidParameter
        No candidates, fewer than are wished, or none that a street is near.
    Conflict
        There are no streets.
    """
    now = situation_with(store, situation(store, wishes.as_of), wishes.scenario)
    base = inside(now.in_scope(LISTED), now, wishes.within)
    _require_streets(store, now, wishes)
    asked = survey(store, now, base, asked_of(wishes))
    there, could = todays(now, wishes), candidates_of(store, now, base, wishes)
    progress(0.1, "stations")
    joined = asked.joined(could)
    off = could[~joined]
    could = could[joined]
    free = len(could) + (len(there) if wishes.existing == "free" else 0)
    if not len(could):
        text = Text("proposals.sites-candidates-off-street", count=len(off), metres=round(wishes.max_access_m))
        raise InvalidParameter(Fault(text, {"parameter": "candidates", "value": wishes.candidates}))
    if wishes.k > free and wishes.model != "set_cover":
        text = Text("proposals.sites-too-few-candidates", k=wishes.k, count=free, off=len(off))
        raise InvalidParameter(Fault(text, {"parameter": "k", "value": str(wishes.k)}))
    order = np.random.default_rng(wishes.seed).permutation(
        len(could)
    )  # should time run out, what is left out is spread
    sites = pd.concat([there, could.iloc[order]]) if len(there) else could.iloc[order]
    reader = _Reader(asked, sites, len(there), len(base), timer, progress)
    reader.read(wishes.minutes)
    offered, sites = sites, sites.iloc[: reader.count]
    raw = indicators.weights(base, wishes.weight)
    fixed = np.zeros(len(sites), dtype=bool)
    fixed[: len(there)] = wishes.existing == "fixed"
    usual, others = wishes.costs()
    known = set(sites["code"])
    if reader.count == len(could) + len(there):
        strange = [code for code in others if code not in known and code not in set(off["code"])]
        if strange:
            text = Text("proposals.sites-cost-of-nobody", codes=strange[:20])
            raise InvalidParameter(Fault(text, {"parameter": "cost", "value": ", ".join(strange)[:80]}))
    cost = np.array([others.get(str(code), usual) for code in sites["code"]])
    nearest = asked.answers(sites)
    # One search from all of them at once is cheap, and only that bounds what those could do that were not looked at.
    every = nearest if len(sites) == len(offered) else asked.answers(offered)
    skipped = len(could) + len(there) - reader.count
    found = Case(now, base, sites, np.nan_to_num(raw), np.isnan(raw), nearest, every, fixed, _capacity(sites, wishes),
                 cost, skipped, called_all(off), asked)  # fmt: skip
    return found, reader.within


def _require_streets(store: Store, now: Situation, wishes: SiteWishes) -> None:
    """Refuse where nobody can go anywhere; there is no other way to ask, as there is of stations that are there."""
    roads = road_network(store, wishes.as_of, now.crs, wishes.scenario, wishes.ferries)
    if not roads.network.usable(wishes.mode).any():
        raise Conflict(Text("analyses.no-streets", mode=Text(f"analyses.mode-{wishes.mode}")))


def called_all(sites: gpd.GeoDataFrame) -> list[str]:
    """Return what sites are called: by their names where they have some."""
    names = sites["name"] if "name" in sites else [None] * len(sites)
    return [called(code, name) for code, name in zip(sites["code"], names, strict=True)]


def _capacity(sites: gpd.GeoDataFrame, wishes: SiteWishes) -> np.ndarray | None:
    """Return how many each site serves: as it says, else as is wished of new ones, else without limit."""
    if not wishes.capacity:
        return None
    new = np.inf if wishes.new_capacity is None else float(wishes.new_capacity)
    given, today = sites["capacity"].to_numpy(dtype=float), sites["today"].to_numpy(dtype=bool)
    return np.where(np.isfinite(given), given, np.where(today, np.inf, new))


class _Reader:
    """Minutes between sites and buildings, read up to some limit and again where that does not suffice."""

    def __init__(self, asked: Survey, sites: gpd.GeoDataFrame, least: int, buildings: int, timer: Timer,
                 progress: Progress) -> None:  # fmt: skip
        self.asked, self.sites, self.buildings, self.timer, self.progress = asked, sites, buildings, timer, progress
        self.least = least + ANYWAY  # today's, and some candidates
        self.until = timer.left() * (1 - READING_SHARE)
        self.count, self.limit = len(sites), 0.0
        self.ways = ways_of(0, buildings, np.empty(0, int), np.empty(0, int), np.empty(0))

    def read(self, limit: float) -> None:
        """Read within a limit; sites for which there is no time are given up for good."""
        demand, minutes, starts = [], [], [0]
        pairs = 0
        for at, (there, took) in enumerate(self.asked.minutes_of_each(self.sites.iloc[: self.count], limit)):
            demand.append(there)
            minutes.append(took)
            pairs += len(there)
            starts.append(pairs)
            if at % 50 == 0:
                self.progress(0.1 + 0.4 * at / self.count, f"reach|at={at + 1}|of={self.count}")
            if at + 1 >= self.least and (self.timer.left() < self.until or pairs > MOST_PAIRS):
                self.count = at + 1
                break
        whole = [np.concatenate([np.empty(0), *each]) for each in (demand, minutes)]
        self.ways = Ways(np.array(starts, np.int64), whole[0].astype(np.int64), whole[1], self.buildings)
        self.limit = limit

    def within(self, limit: float) -> Ways:
        """Return the ways within a limit."""
        limit = min(limit, travel.MOST_MINUTES)
        if limit > self.limit:
            count = self.count
            self.until = -np.inf
            self.read(limit)
            if self.count < count:
                raise InvalidParameter(
                    Fault(Text("proposals.sites-too-many-pairs", count=count), {"parameter": "candidates"})
                )
        return self.ways if limit == self.limit else self.ways.within(limit)
