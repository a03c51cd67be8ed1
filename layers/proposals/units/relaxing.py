"""Why not all villages can be in units, and the smallest changes of the wish that would allow it, each by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from geo.grouping import SLACK_MINUTES as SLACK
from geo.grouping import (
    Minutes,
    Problem,
    Sizes,
    clusters,
    fits,
    more_minutes,
    nearest_minutes,
    needed_minutes,
    other_sizes,
    without,
)
from layers.model import travel
from layers.proposals.frame import called
from layers.proposals.units.villages import Village
from layers.proposals.units.wishes import UnitWishes
from layers.text import Text

MOST_NAMED = 12


@dataclass(frozen=True)
class Relaxed:
    """What cannot be met and what can.

    Attributes
    ----------
    causes : list of dict
        Villages that cause it: ``code, name, minutes, reason, says``.
    binds : list of Text
    ways : list of dict
        The smallest changes: ``way, says, inputs, proven`` and what else belongs to the way.
    why : dict
        Code → why a village can be in no unit as wished.
    """

    causes: list[dict[str, object]]
    binds: list[Text]
    ways: list[dict[str, object]]
    why: dict[str, Text] = field(default_factory=dict)


def relaxed(
    villages: Sequence[Village], problem: Problem, wishes: UnitWishes, whole: bool | None, seconds: float,
    off: Sequence[tuple[Village, float]],
) -> Relaxed:
    """Say what causes it, what binds, and what could be met instead.

    Parameters
    ----------
    villages : sequence of Village
        Those near a street, as `problem` has them, whose minutes go beyond the limit.
    whole : bool or None
        Whether all of them can be in units as wished; None where that is not known.
    off : sequence of (Village, metres)
        Those that no street is near, and how far the nearest is (nan: beyond what may be asked).
    """
    causes = [_off(each, metres, wishes) for each, metres in off]
    if whole:
        says = Text("proposals.units-relax-others", n=len(villages), out=len(off))
        rest: list[dict[str, object]] = [{"way": "others", "proven": True, "says": says, "inputs": None}]
        return Relaxed(causes, [], rest if villages else [], {str(each["code"]): each["says"] for each in causes})  # type: ignore[misc]
    causes += _far(villages, problem, wishes)
    binds = _binds(villages, problem, wishes, whole, bool(causes))
    refuted = whole is False
    limit = more_minutes(problem, seconds * 0.4, wishes.seed, travel.MOST_MINUTES, refuted)
    ways: list[dict[str, object]] = [_minutes(limit, wishes),
            _sizes(other_sizes(problem, seconds * 0.4, wishes.seed, refuted), wishes),
            *_others(problem, wishes, seconds * 0.2)]  # fmt: skip
    return Relaxed(causes, binds, ways, {str(each["code"]): each["says"] for each in causes})  # type: ignore[misc]


def up(minutes: float, decimals: int = 2) -> float:
    """Round minutes up, so that what is told suffices."""
    return math.ceil(round(minutes * 10**decimals, 6)) / 10**decimals


def _off(village: Village, metres: float, wishes: UnitWishes) -> dict[str, object]:
    given = {"code": village.code, "most": wishes.max_access_m}
    if village.place is None:
        says = Text("proposals.units-cause-nowhere", code=village.code)
    elif math.isnan(metres):
        says = Text("proposals.units-cause-no-road", **{**given, "most": travel.MOST_ACCESS_M})
    else:
        says = Text("proposals.units-cause-off", metres=math.ceil(metres), **given)
    return {"code": village.code, "name": village.name, "minutes": None, "reason": "no_road", "says": says}


def _far(villages: Sequence[Village], problem: Problem, wishes: UnitWishes) -> list[dict[str, object]]:
    """Tell of the villages that no unit of the least size can take, were all others as they like."""
    nearest, needed, limit = nearest_minutes(problem), needed_minutes(problem), wishes.limit_minutes + SLACK
    # What it would be if only the ways counted, and not who may be with whom.
    anybody = needed_minutes(replace(problem, apart=np.empty((0, 2), np.int64), kind=None, fixed=False))
    found: list[dict[str, object]] = []
    for at in np.flatnonzero((needed > limit) & (problem.n >= problem.low)).tolist():
        one = villages[at]
        given: dict[str, object] = {"code": one.code, "low": wishes.size_min}
        minutes = float(nearest[at]) if nearest[at] > limit and not problem.centres[at] else float(needed[at])
        if nearest[at] > limit and np.isfinite(nearest[at]):
            minutes = float(nearest[at])
            key, reason = "units-cause-far", "far"
        elif np.isfinite(needed[at]):
            key, reason = "units-cause-few", "few_near"
        elif np.isfinite(anybody[at]):
            key, reason = "units-cause-wishes", "wishes"
        else:
            key, reason = "units-cause-cut-off", "no_way"
        told = up(minutes) if np.isfinite(minutes) else None
        says = Text(f"proposals.{key}", minutes=told, limit=wishes.limit_minutes, **given)
        found.append({"code": one.code, "name": one.name, "minutes": told, "reason": reason, "says": says})
    return found


def _called(one: Village) -> str:
    return called(one.code, one.name)


def _binds(
    villages: Sequence[Village], problem: Problem, wishes: UnitWishes, whole: bool | None, told: bool
) -> list[Text]:
    low, high, found = wishes.size_min, wishes.size_max, []
    sizes = {"low": low, "high": high, "limit": wishes.limit_minutes}
    for block in np.flatnonzero(problem.size > high).tolist():
        codes = [_called(villages[at]) for at in np.flatnonzero(problem.block_of == block).tolist()]
        found.append(Text("proposals.units-binds-together", codes=codes[:MOST_NAMED], n=len(codes), **sizes))
    if not fits(problem.n, low, high):
        found.append(Text("proposals.units-binds-count", n=problem.n, **sizes))
    else:
        for mine in clusters(problem):
            if not fits(len(mine), low, high):
                codes = [_called(villages[at]) for at in mine.tolist()]
                key = "units-binds-cluster" if len(mine) > 1 else "units-binds-alone"
                found.append(Text(f"proposals.{key}", codes=codes[:MOST_NAMED], n=len(mine), **sizes))
    if problem.fixed and not fits_count(problem):
        found.append(Text("proposals.units-binds-centres", centres=int(problem.centres.sum()), n=problem.n, **sizes))
    if not found and not told:
        found.append(Text("proposals.units-binds-time" if whole is None else "proposals.units-binds-shape",
                          seconds=wishes.seconds, **sizes))  # fmt: skip
    return found


def fits_count(problem: Problem) -> bool:
    """Say whether so many fixed centres can have all places."""
    count = int(problem.centres.sum())
    return count * problem.low <= problem.n <= count * problem.high


def _minutes(found: Minutes, wishes: UnitWishes) -> dict[str, object]:
    low, high = wishes.size_min, wishes.size_max
    if found.limit is None:
        key = "units-relax-no-minutes" if found.proven else "units-relax-minutes-unknown"
        says = Text(f"proposals.{key}", low=low, high=high, most=travel.MOST_MINUTES, more=up(_told(found.more_than)))
        return {"way": "minutes", "limit_minutes": None, "proven": found.proven, "says": says, "inputs": None}
    limit = up(found.limit)
    key = "units-relax-minutes" if found.proven else "units-relax-minutes-shown"
    says = Text(f"proposals.{key}", minutes=limit, low=low, high=high, more=round(found.more_than, 2))
    return {"way": "minutes", "limit_minutes": limit, "more_than": round(found.more_than, 2), "proven": found.proven,
            "says": says, "inputs": {"limit_minutes": limit}}  # fmt: skip


def _told(minutes: float) -> float:
    return minutes if math.isfinite(minutes) else float(travel.MOST_MINUTES)


def _sizes(found: Sizes, wishes: UnitWishes) -> dict[str, object]:
    if found.low is None:
        key = "units-relax-no-sizes" if found.proven else "units-relax-sizes-unknown"
        says = Text(f"proposals.{key}", limit=wishes.limit_minutes)
        return {"way": "sizes", "size_min": None, "size_max": None, "proven": found.proven, "says": says,
                "inputs": None}  # fmt: skip
    key = "units-relax-sizes" if found.proven else "units-relax-sizes-shown"
    says = Text(f"proposals.{key}", low=found.low, high=found.high, limit=wishes.limit_minutes)
    return {"way": "sizes", "size_min": found.low, "size_max": found.high, "widened_by": found.by,
            "proven": found.proven, "says": says,
            "inputs": {"size_min": found.low, "size_max": found.high}}  # fmt: skip


def _others(problem: Problem, wishes: UnitWishes, seconds: float) -> list[dict[str, object]]:
    """Try without the wishes that are more than sizes and minutes, one at a time."""
    tried: dict[str, tuple[Problem, dict[str, object]]] = {}
    if wishes.same_street:
        tried["same_street"] = replace(problem, kind=None), {"same_street": False}
    if wishes.together:
        tried["together"] = replace(problem, block=np.arange(problem.n)), {"together": []}
    if wishes.apart:
        tried["apart"] = replace(problem, apart=np.empty((0, 2), np.int64)), {"apart": []}
    found: list[dict[str, object]] = []
    answers = without(problem, [(name, each) for name, (each, _) in tried.items()], seconds, wishes.seed)
    for name, possible in answers.items():
        key = {True: "yes", False: "no", None: "unknown"}[possible]
        says = Text(f"proposals.units-relax-without-{key}", wish=Text(f"proposals.units-wish-{name.replace('_', '-')}"))
        found.append({"way": name, "possible": possible, "proven": possible is not None, "says": says,
                      "inputs": tried[name][1] if possible else None})  # fmt: skip
    if wishes.fixed:
        says = Text("proposals.units-relax-centres")
        found.append({"way": "centres", "possible": None, "proven": False, "says": says, "inputs": {"centres": []}})
    return found
