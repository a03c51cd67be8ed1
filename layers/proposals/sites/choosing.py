"""The choice of sites by each model, what proves it, and what stands in the way where there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np

from geo.siting import Chosen, Effort, Found, Problem, Ways, allotted, centre, chosen, solve
from layers.model import travel
from layers.proposals.frame import Status, Timer, Verdict, called
from layers.proposals.sites.case import Case
from layers.proposals.sites.wishes import SiteWishes
from layers.text import Text

Within = Callable[[float], Ways]
FAR = 1e5
"""Minutes that nobody walks: as much as it counts to leave somebody out where places are given out."""

MOST_TRIED = 200_000
"""Ways, with which it is worked out how large new stations would have to be."""


@dataclass(frozen=True, eq=False)
class Choice:
    """What was chosen.

    Attributes
    ----------
    opened : bool[s]
        All false where nothing keeps to the wishes.
    ways : Ways
        Minutes, as far as they matter.
    serving : Chosen
        Who goes where.
    verdict : Verdict
    out : bool[n]
        Buildings that no site can serve, so that they are not part of the question.
    rest : Verdict or None
        That of the question without those, where there are such.
    binds, nearest : sequence of Text
        What stands in the way, and the nearest wish that can be met.
    """

    opened: np.ndarray
    ways: Ways
    serving: Chosen
    verdict: Verdict
    out: np.ndarray
    rest: Verdict | None = None
    binds: Sequence[Text] = ()
    nearest: Sequence[Text] = ()


def choose(case: Case, wishes: SiteWishes, within: Within, timer: Timer) -> Choice:
    """Choose sites by the model that is wished."""
    effort = Effort(wishes.seed)
    if wishes.model == "max_cover":
        return _most_covered(case, wishes, within, timer, effort)
    if wishes.model == "set_cover":
        return _all_covered(case, wishes, within, timer, effort)
    return _nearest(case, wishes, within, timer, effort)


def free_of_charge(ways: Ways) -> Ways:
    """Return the ways without what they cost: only whether they lead there matters."""
    return Ways(ways.starts, ways.demand, np.zeros(len(ways.demand)), ways.demands)


def serving(case: Case, ways: Ways, opened: np.ndarray, whole: bool, found: Chosen | None = None) -> Chosen:
    """Say who goes where if some sites are open: to the nearest, or where there is room for the most, and near."""
    near = case.problem(ways, None, FAR, np.zeros(len(case.sites)), whole)
    if not near.limited:
        return chosen(near, opened)
    if whole and found is not None:
        return found
    given = allotted(near, opened)
    assert given is not None  # who has no room stays out
    return given


def _asked(case: Case, out: np.ndarray, problem: Problem) -> Problem:
    """Return a question without the buildings that nothing can serve."""
    return replace(problem, weight=np.where(out, 0.0, case.weight))


def _most_covered(case: Case, wishes: SiteWishes, within: Within, timer: Timer, effort: Effort) -> Choice:
    ways = within(wishes.minutes)
    nothing = np.zeros(len(case.sites))
    found = solve(case.problem(free_of_charge(ways), wishes.k, 1.0, nothing, wishes.whole), effort, timer.left)
    total = float(case.weight.sum())
    opened = case.fixed.copy()
    if found.best is not None:
        opened[found.best.sites] = True
    served = serving(case, ways, opened, wishes.whole, found.best)
    objective = float(served.served.sum())
    bound = total - found.bound
    reachable = float(case.weight[case.every["covered"].to_numpy(dtype=bool)].sum())
    if case.skipped:
        bound = reachable
    bound = max(objective, min(bound, reachable))
    proven = not case.skipped and (found.proven or bound - objective <= 1e-6)
    stopped = (found.stopped or case.skipped > 0) and not proven
    verdict = Verdict("optimal" if proven else "feasible", objective, bound, proven, stopped, most=True)
    return Choice(opened, ways, served, verdict, np.zeros(len(case.weight), dtype=bool))


def _all_covered(case: Case, wishes: SiteWishes, within: Within, timer: Timer, effort: Effort) -> Choice:
    ways = within(wishes.minutes)
    out = (case.weight > 0) & (np.bincount(ways.demand, minlength=len(case.weight)) == 0)
    problem = _asked(case, out, case.problem(free_of_charge(ways), None, np.inf, case.cost, wishes.whole))
    found = solve(problem, effort, timer.left)
    bound = 0.0 if case.skipped else found.bound
    verdict = _verdict(_price(found), bound, found.proven and not case.skipped,
                       found.stopped or case.skipped > 0)  # fmt: skip
    return _told(case, wishes, ways, found.best, verdict, out, timer)


def _price(found: Found) -> float | None:
    return None if found.best is None else found.best.price


def _verdict(objective: float | None, bound: float, proven: bool, stopped: bool) -> Verdict:
    """Return what was found of costs, with what proves it."""
    if objective is None:
        return Verdict("infeasible", None, None, proven, stopped and not proven)
    status: Status = "optimal" if proven else "feasible"
    return Verdict(status, objective, min(bound, objective), proven, stopped and not proven)


def _nearest(case: Case, wishes: SiteWishes, within: Within, timer: Timer, effort: Effort) -> Choice:
    """Choose for the fewest minutes of all, or of the farthest; ways are read farther where they do not suffice."""
    minutes = case.nearest["minutes"].to_numpy(dtype=float)
    out = (case.weight > 0) & ~(minutes <= travel.MOST_MINUTES)
    counts = (case.weight > 0) & ~out
    limit = min(travel.MOST_MINUTES, max(30.0, wishes.minutes, float(minutes[counts].max(initial=0.0)) + 1.0))
    while True:
        last = limit >= travel.MOST_MINUTES
        ways = within(limit)
        best, verdict, whole = _nearest_within(case, wishes, ways, out, (limit, last), timer, effort)
        if whole or last:
            break
        limit = min(travel.MOST_MINUTES, 2 * limit)
    if case.skipped:  # nobody is nearer than to the nearest of all
        least_of = case.every["minutes"].to_numpy(dtype=float)[counts]
        least = least_of.max(initial=0.0) if wishes.model == "p_center" else case.weight[counts] @ least_of
        rounded = 0.005 if wishes.model == "p_center" else 0.005 * float(case.weight[counts].sum())
        bound = max(0.0, float(least) - rounded)
        verdict = _verdict(verdict.objective, bound, False, True)
    return _told(case, wishes, ways, best, verdict, out, timer)


def _nearest_within(
    case: Case, wishes: SiteWishes, ways: Ways, out: np.ndarray, limit: tuple[float, bool], timer: Timer, effort: Effort
) -> tuple[Chosen | None, Verdict, bool]:  # fmt: skip
    """Choose with the ways within a limit; the last value says whether everybody is served over these."""
    nothing = np.zeros(len(case.sites))
    if wishes.model == "p_center":
        asked = _asked(case, out, case.problem(ways, wishes.k, np.inf, nothing, wishes.whole))
        answer = centre(asked, effort, timer.left)
        objective = None if answer.best is None else answer.farthest
        verdict = _verdict(objective, answer.bound, answer.proven, answer.stopped)
        return answer.best, verdict, answer.best is not None
    # Who has no way within the limit has one that is longer: to count it as long as that is no bound too high.
    outside = np.inf if limit[1] else limit[0]
    asked = _asked(case, out, case.problem(ways, wishes.k, outside, nothing, wishes.whole))
    found = solve(asked, effort, timer.left)
    verdict = _verdict(_price(found), found.bound, found.proven, found.stopped)
    everybody = found.best is not None and bool((found.best.served >= asked.weight * (1 - 1e-6) - 1e-6).all())
    return found.best, verdict, everybody


def _told(
    case: Case, wishes: SiteWishes, ways: Ways, best: Chosen | None, verdict: Verdict, out: np.ndarray,
    timer: Timer,
) -> Choice:  # fmt: skip
    """Put a choice together; say what binds where it is none, or not of everybody."""
    binds: list[Text] = []
    near: list[Text] = []
    opened = case.fixed.copy()
    if best is not None:
        opened[best.sites] = True
    rest = None
    if verdict.status == "infeasible":
        binds, near = _why_none(case, wishes, ways, out, verdict, timer)
    elif out.any():
        rest = verdict
        verdict = Verdict("infeasible", None, None, case.skipped == 0, verdict.stopped)
    if out.any():
        one, other = _why_out(case, wishes, out)
        binds, near = [one, *binds], [*other, *near]
    return Choice(opened, ways, serving(case, ways, opened, wishes.whole, best), verdict, out, rest, binds, near)


def _why_out(case: Case, wishes: SiteWishes, out: np.ndarray) -> tuple[Text, list[Text]]:
    """Say which buildings no site can serve, and within how many minutes some could."""
    people, codes = round(float(case.weight[out].sum())), case.base["code"].to_numpy(dtype=object)[out]
    names = case.base["name"].to_numpy(dtype=object)[out]
    named = [called(*each) for each in sorted(zip(map(str, codes), names, strict=True), key=itemgetter(0))[:5]]
    limit = wishes.minutes if wishes.model == "set_cover" else travel.MOST_MINUTES
    minutes = case.nearest["minutes"].to_numpy(dtype=float)[out]
    text = Text(
        "proposals.sites-binds-out-of-reach", buildings=int(out.sum()), people=people, minutes=f"{limit:g}", codes=named
    )
    reached = minutes[np.isfinite(minutes)]
    near = []
    if wishes.model == "set_cover" and len(reached):
        most = float(np.ceil(reached.max() * 100 + 1) / 100)
        # To be reached is not yet to find a place.
        key = "sites-nearest-minutes" if case.capacity is None else "sites-nearest-minutes-room"
        near.append(Text(f"proposals.{key}", minutes=f"{most:g}", never=int((~np.isfinite(minutes)).sum())))
    if not len(reached):
        near.append(Text("proposals.sites-nearest-without"))
    return text, near


def _why_none(
    case: Case, wishes: SiteWishes, ways: Ways, out: np.ndarray, verdict: Verdict, timer: Timer
) -> tuple[list[Text], list[Text]]:  # fmt: skip
    """Say why no sites serve everybody who can be served, and what would be needed."""
    if not verdict.proven:
        return [Text("proposals.sites-binds-no-sites-in-time", seconds=f"{wishes.seconds:g}")], [
            Text("proposals.sites-nearest-more-time")
        ]
    asked = _asked(case, out, case.problem(free_of_charge(ways), None, np.inf, np.ones(len(case.sites)), wishes.whole))
    demand, binds = float(asked.weight.sum()), []
    if case.capacity is not None:
        room = float(case.capacity[case.fixed].sum())
        largest = np.sort(case.capacity[case.free])[::-1][: None if wishes.model == "set_cover" else wishes.k]
        room += float(largest.sum())
        if room < demand:
            binds.append(Text("proposals.sites-binds-capacity", room=round(room), people=round(demand)))
    fewest = solve(asked, Effort(wishes.seed), Timer(max(2.0, timer.left())).left)
    if fewest.best is not None:
        count = len(fewest.best.sites) - int(case.fixed.sum())
        binds = binds or [Text("proposals.sites-binds-count-of-stations", k=wishes.k)]
        key = "proposals.sites-nearest-count" if fewest.proven else "proposals.sites-nearest-count-shown"
        return binds, [Text(key, k=count)]
    binds = binds or [Text("proposals.sites-binds-capacity-near")]
    size = _size_needed(case, wishes, asked)
    return binds, [size if size is not None else Text("proposals.sites-nearest-larger")]


def _size_needed(case: Case, wishes: SiteWishes, asked: Problem) -> Text | None:
    """Return the smallest capacity of new stations with which all candidates together serve everybody."""
    if case.capacity is None or wishes.new_capacity is None or wishes.whole or len(asked.ways.demand) > MOST_TRIED:
        return None
    new = case.free & (case.capacity == wishes.new_capacity)
    low, high = wishes.new_capacity, int(np.ceil(asked.weight.sum()))

    now = case.capacity

    def enough(size: int) -> bool:
        room = np.where(new, float(size), now)
        return allotted(replace(asked, capacity=room), np.ones(len(room), dtype=bool)) is not None

    if high <= low or not enough(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    key = "sites-nearest-capacity" if wishes.model == "set_cover" else "sites-nearest-capacity-k"
    return Text(f"proposals.{key}", size=high, count=int(new.sum()))
