"""What each station adds to those before it: who is reached in time, and how far the others have it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.siting import Ways
from layers.proposals.sites.case import Case
from layers.proposals.sites.choosing import Choice, serving
from layers.proposals.sites.wishes import SiteWishes

MOST_FILLED = 60
"""Stations with capacities whose gains are worked out one by one; of more those behind have none."""


@dataclass(frozen=True)
class Step:
    """What is reached with one station more.

    Attributes
    ----------
    site : int or None
        None for today's stations together.
    reached : float
        How many find a station in time, and a place there.
    gain : float
        How many more than before.
    mean_minutes, farthest_minutes : float or None
        To the nearest station, of all who have a way to one.
    """

    site: int | None
    reached: float
    gain: float
    mean_minutes: float | None
    farthest_minutes: float | None


def steps_of(case: Case, choice: Choice, wishes: SiteWishes) -> list[Step]:
    """Return today's stations, then the chosen ones, each time the one that adds most."""
    ways = choice.ways
    nearest = np.full(len(case.weight), np.inf)
    opened = case.fixed.copy()
    for site in np.flatnonzero(case.fixed):
        _open(ways, int(site), nearest)
    filled = case.problem(ways, None, 1.0, np.zeros(len(case.sites)), wishes.whole).limited
    steps = [_step(case, wishes, choice, nearest, opened, None, 0.0, filled)]
    left = [int(site) for site in choice.serving.sites if not case.fixed[site]]
    amount = np.bincount(ways.site[choice.serving.way], weights=choice.serving.amount, minlength=len(case.sites))
    limit = wishes.minutes if wishes.model in ("max_cover", "set_cover") else None
    while left:
        worth = [(amount[site] if filled else _adds(case, ways, site, nearest, limit), -site) for site in left]
        site = left.pop(max(range(len(left)), key=lambda at: worth[at]))
        opened[site] = True
        _open(ways, site, nearest)
        steps.append(_step(case, wishes, choice, nearest, opened, site, steps[-1].reached, filled))
    return steps


def _rows(ways: Ways, site: int) -> tuple[np.ndarray, np.ndarray]:
    rows = slice(ways.starts[site], ways.starts[site + 1])
    return ways.demand[rows], ways.cost[rows]


def _open(ways: Ways, site: int, nearest: np.ndarray) -> None:
    there, minutes = _rows(ways, site)
    nearest[there] = np.minimum(nearest[there], minutes)


def _adds(case: Case, ways: Ways, site: int, nearest: np.ndarray, limit: float | None) -> float:
    """Return how many more are reached within a limit; how many minutes are saved, without one."""
    there, minutes = _rows(ways, site)
    if limit is not None:
        return float(case.weight[there[(minutes <= limit + 1e-9) & ~(nearest[there] <= limit + 1e-9)]].sum())
    before = np.minimum(nearest[there], 1e4)
    return float((case.weight[there] * np.maximum(0.0, before - minutes)).sum())


def _step(case: Case, wishes: SiteWishes, choice: Choice, nearest: np.ndarray, opened: np.ndarray, site: int | None,
          before: float, filled: bool) -> Step:  # fmt: skip
    there = np.isfinite(nearest) & (case.weight > 0)
    if filled and opened.any() and int(opened.sum()) <= MOST_FILLED:
        whole = (opened == choice.opened).all()
        given = choice.serving if whole else serving(case, choice.ways.within(wishes.minutes), opened, False)
        late = choice.ways.cost[given.way] > wishes.minutes + 1e-9
        reached = float(given.amount[~late].sum())
    else:
        reached = float(case.weight[nearest <= wishes.minutes + 1e-9].sum()) if not filled else before
    mean = farthest = None
    if there.any():
        mean = float(np.average(nearest[there], weights=case.weight[there]))
        farthest = float(nearest[there].max())
    return Step(site, reached, reached - before, mean, farthest)
