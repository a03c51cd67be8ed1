"""Where no bundle at all is possible: which wish keeps it from being, and the nearest one that can be met."""

from __future__ import annotations

import math
from dataclasses import dataclass

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
    if not len(linked.length):
        return Binds([Text("bundles.binds-gap", gap=_plain(wishes.max_gap_m))], _nearer(site, wishes, rows))
    low, high = wishes.limits
    within = Problem(linked.first, linked.second, linked.length, linked.weight, low, high, linked.left_cost,
                     linked.bundle_cost)  # fmt: skip
    binds, nearest = [], []
    for kind, name in ((0, "area"), (1, "households")):
        found = lightest(within, kind) if np.isfinite(high[kind]) else None
        if found is not None and found[0] > high[kind]:
            binds.append(Text(f"bundles.binds-{name}", most=_plain(high[kind])))
            key = "nearest" if found[1] else "nearest-shown"
            nearest.append(Text(f"bundles.{key}-{name}", most=math.ceil(found[0] - 1e-6)))
    fewest = heaviest(within, 1) if low[1] > 0 else None
    if fewest is not None and fewest[0] < low[1]:
        binds.append(Text("bundles.binds-minimum", low=_plain(low[1])))
        key = "nearest" if fewest[1] else "nearest-shown"
        nearest.append(Text(f"bundles.{key}-minimum", low=math.floor(fewest[0] + 1e-6)))
    if not binds:
        binds.append(Text("bundles.binds-together"))
    return Binds(binds, nearest)


def _problem(site: Site, wishes: BundleWishes, rows: np.ndarray) -> Problem:
    return problem_of(site, wishes, rows, links_between(site, wishes, rows))


def _nearer(site: Site, wishes: BundleWishes, rows: np.ndarray) -> list[Text]:
    """Look for the smallest gap that joins any two, doubling it; nothing where that would be too wide."""
    gap, low = wishes.max_gap_m, None if wishes.households_min is None else 0
    while gap < WIDEST_M:
        gap = min(2 * gap, WIDEST_M)
        if not len(near_pairs(site.ground.footprints, rows, gap)[0]):
            continue
        found = _problem(site, msgspec.structs.replace(wishes, max_gap_m=gap, households_min=low), rows)
        if len(found.length):
            return [Text("bundles.nearest-gap", gap=math.ceil(float(found.length.min()) * 10 + 0.1) / 10)]
    return [Text("bundles.nearest-gap-none", widest=round(WIDEST_M))]


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else float(value)
