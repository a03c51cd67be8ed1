"""Where no bundle at all is possible: which wish keeps it from being, and the nearest one that can be met."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations

import msgspec
import numpy as np

from geo.bundling import Problem, heaviest, lightest, near_pairs
from layers.proposals.bundles.linking import links_between, problem_of
from layers.proposals.bundles.site import Site
from layers.proposals.bundles.wishes import BundleWishes
from layers.text import Text

WIDEST_M = 500.0


@dataclass(frozen=True)
class Binds:
    """What keeps bundles from being, and what could be wished instead."""

    binds: list[Text]
    nearest: list[Text]


def relaxed(site: Site, wishes: BundleWishes, problem: Problem, rows: np.ndarray) -> Binds:
    """Say why there is no bundle at all.

    Parameters
    ----------
    problem : Problem
        That had none.
    rows : int64[n]
        The buildings that it is of.
    """
    if len(rows) < 2:
        return Binds([Text(f"bundles.binds-{'one' if len(rows) else 'none'}")], [])
    free = msgspec.structs.replace(wishes, max_floor_area_m2=1e8, households_min=None, households_max=None)
    linked = _problem(site, free, rows)
    low, high = wishes.limits
    if not len(linked.length):
        wider, text = _nearer(site, free, rows)
        asked = replace(wider, lowest=low, highest=high)
        others = _nearest(asked) if len(wider.length) else []
        nearest = [Text("bundles.nearest-two", one=text, other=others[0])] if others else [text]
        binds = _binding(asked) if others else []
        return Binds([Text("bundles.binds-gap", gap=_plain(wishes.max_gap_m)), *binds], nearest)
    asked = replace(linked, lowest=low, highest=high)
    return Binds(_binding(asked), _nearest(asked))


def _limits(problem: Problem) -> list[str]:
    """List the limits that are wished."""
    ends = {"area": problem.highest[0] < np.inf, "households": problem.highest[1] < np.inf,
            "minimum": problem.lowest[1] > 0}  # fmt: skip
    return [name for name, there in ends.items() if there]


def _without(problem: Problem, *names: str) -> Problem:
    """Take limits away."""
    low, high = problem.lowest.copy(), problem.highest.copy()
    for name in names:
        if name == "minimum":
            low[1] = 0.0
        else:
            high[int(name == "households")] = np.inf
    return replace(problem, lowest=low, highest=high)


def _met(problem: Problem, name: str) -> tuple[float, bool] | None:
    """Return how near to a limit something comes that keeps to the others, and whether nothing comes nearer."""
    return heaviest(problem, 1) if name == "minimum" else lightest(problem, int(name == "households"))


def _breaks(problem: Problem, name: str, value: float) -> bool:
    """Say whether a limit would have to be moved to be so much."""
    if name == "minimum":
        return value < problem.lowest[1] * (1 - 1e-9)
    return value > problem.highest[int(name == "households")] * (1 + 1e-9)


def _binding(problem: Problem) -> list[Text]:
    """Name the limits that nothing keeps to even were they alone; where there are none, all of them together."""
    names, found = _limits(problem), []
    for name in names:
        alone = _met(_without(problem, *(each for each in names if each != name)), name)
        if alone is not None and alone[1] and _breaks(problem, name, alone[0]):
            told = problem.lowest[1] if name == "minimum" else problem.highest[int(name == "households")]
            found.append(Text(f"bundles.binds-{name}", **{"low" if name == "minimum" else "most": _plain(told)}))
    return found or [Text("bundles.binds-together")]


def _nearest(problem: Problem) -> list[Text]:
    """Say what one limit would have to be; where no single one suffices, two of them together."""
    names, found = _limits(problem), []
    for name in names:
        met = _met(problem, name)
        if met is not None and _breaks(problem, name, met[0]):
            found.append(_said(name, *met))
    if found:
        return found
    for one, other in combinations(names, 2):
        first = _met(_without(problem, other), one)
        if first is None:
            continue
        second = _met(_with(problem, one, _whole(one, first[0])), other)
        if second is not None:
            return [Text("bundles.nearest-two", one=_said(one, *first), other=_said(other, *second))]
    return []


def _with(problem: Problem, name: str, value: float) -> Problem:
    """Set a limit."""
    low, high = problem.lowest.copy(), problem.highest.copy()
    if name == "minimum":
        low[1] = value
    else:
        high[int(name == "households")] = value
    return replace(problem, lowest=low, highest=high)


def _whole(name: str, value: float) -> int:
    return math.floor(value + 1e-6) if name == "minimum" else math.ceil(value - 1e-6)


def _said(name: str, value: float, proven: bool) -> Text:
    key = "nearest" if proven else "nearest-shown"
    return Text(f"bundles.{key}-{name}", **{"low" if name == "minimum" else "most": _whole(name, value)})


def _problem(site: Site, wishes: BundleWishes, rows: np.ndarray) -> Problem:
    return problem_of(site, wishes, rows, links_between(site, wishes, rows))


def _nearer(site: Site, wishes: BundleWishes, rows: np.ndarray) -> tuple[Problem, Text]:
    """Look for the smallest gap that joins any two, doubling it; return what is joined then, and say how wide it is."""
    gap = wishes.max_gap_m
    found = _problem(site, wishes, rows)
    while gap < WIDEST_M:
        gap = min(2 * gap, WIDEST_M)
        if not len(near_pairs(site.ground.footprints, rows, gap)[0]):
            continue
        found = _problem(site, msgspec.structs.replace(wishes, max_gap_m=gap), rows)
        if len(found.length):
            least = math.ceil(float(found.length.min()) * 10 + 0.1) / 10
            found = _problem(site, msgspec.structs.replace(wishes, max_gap_m=min(least, WIDEST_M)), rows)
            return found, Text("bundles.nearest-gap", gap=least)
    return found, Text("bundles.nearest-gap-none", widest=round(WIDEST_M))


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else float(value)
