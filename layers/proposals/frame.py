"""What every proposal has: where and how long, a verdict with bound and gap, and the revisions that it was made of."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import numpy as np

from layers.catalogue import Label
from layers.errors import Fault
from layers.situation.day import Situation
from layers.situation.within import name_of, parse
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases import workspace

if TYPE_CHECKING:
    from layers.model.feature import Raw

Status = Literal["optimal", "feasible", "infeasible"]
LONGEST_SECONDS = 3600.0
LEVELS = ("communities", "streets", "districts")
"""What proposals are made for."""


def called(code: Raw, name: Raw) -> str:
    """Return what a record is called in a sentence: its name, and its code, which tells two of one name apart."""
    return f"{name} {code}" if isinstance(name, str) and name and name != code else str(code)


class ProposalInputs(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where, and how hard to try.

    Parameters
    ----------
    as_of : date
        The day; today when not given.
    within : str
        ``LAYER:CODE``.
    seconds : float
        A time limit: the best that was found by then is the answer.
    seed : int
        The same seed, data and wishes give the same proposal, unless the time limit cut it short.
    """

    as_of: dt.date
    within: str
    seconds: Annotated[float, msgspec.Meta(ge=0.1, le=LONGEST_SECONDS)] = 30.0
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 1

    def area(self) -> tuple[str, str, list[Fault]]:
        """Return level and code of where, and the fault that nothing is proposed for such an area."""
        level, code = parse(self.within)
        where = {"parameter": "within", "value": self.within[:80]}
        wrong = Fault(Text("proposals.no-such-level", levels=list(LEVELS)), where)
        return level, code, [] if level in LEVELS else [wrong]


PROPOSAL_LABELS = {
    "as_of": Label("截至日期", "As of"),
    "within": Label("范围", "Within"),
    "seconds": Label("计算时限（秒）", "Time limit (seconds)"),
    "seed": Label("随机种子", "Seed"),
}


@dataclass(frozen=True)
class Verdict:
    """How good a proposal is, and what says so.

    Attributes
    ----------
    status : {"optimal", "feasible", "infeasible"}
        Optimal only where it is proven that nothing costs less.
    objective, bound : float or None
        What it costs, and what nothing that keeps to the wishes can undercut; None where nothing keeps to them.
    proven : bool
        Of infeasible: whether it is proven that nothing keeps to the wishes, or nothing was found in time. Of several
        places: whether that is so of each of those that have nothing.
    stopped : bool
        Whether the time limit cut the search short.
    most : bool
        Whether the objective is not a cost, but what there is to be as much of as can be: nothing exceeds the bound.
    """

    status: Status
    objective: float | None
    bound: float | None
    proven: bool
    stopped: bool = False
    most: bool = False

    @property
    def gap(self) -> float | None:
        """How much better it could be at most, as a share of what it is; of much that is nothing, of the bound."""
        if self.objective is None or self.bound is None:
            return None
        if self.most:
            return max(0.0, (self.bound - self.objective) / (self.objective or self.bound)) if self.bound > 0 else 0.0
        return max(0.0, (self.objective - self.bound) / self.objective) if self.objective > 0 else 0.0


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """Put the verdicts of places that have nothing to do with each other into one: the worst status, sums of costs."""
    statuses = [each.status for each in verdicts]
    worst: Status = "infeasible" if "infeasible" in statuses else "feasible" if "feasible" in statuses else "optimal"
    known = [each for each in verdicts if each.objective is not None and each.bound is not None]
    whole = len(known) == len(verdicts) and bool(verdicts)
    objective = sum(each.objective or 0.0 for each in known) if whole else None
    bound = sum(each.bound or 0.0 for each in known) if whole else None
    failed = [each for each in verdicts if each.status == "infeasible"]
    proven = all(each.proven for each in failed or verdicts)
    return Verdict(worst, objective, bound, proven, any(each.stopped for each in verdicts))


class Timer:
    """A time limit that is shared out among several tasks."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Return the seconds that are left, 0 or less when time is up."""
        return self._end - self._clock()

    def up(self) -> bool:
        """Say that time is up."""
        return self.left() <= 0


@dataclass
class Proposal:
    """What a kind of proposal gives its analysis.

    Attributes
    ----------
    features : GeoDataFrame
        One a part, longitude and latitude, indexed by the part's name, which acceptance asks for.
    rows : DataFrame
        The same, as a table.
    verdict : Verdict
    more : dict
        What else stands in the summary.
    sentences : list of Text
        What a planner may paste into a report.
    """

    features: object
    rows: object
    verdict: Verdict
    more: Mapping[str, object] = field(default_factory=dict)
    sentences: Sequence[Text] = ()

    def outputs(self, inputs: ProposalInputs, revisions: Mapping[str, int]) -> dict[str, object]:
        """Return it as the outputs of an analysis."""
        verdict = self.verdict
        summary = {
            "as_of": inputs.as_of,
            "within": inputs.within,
            "status": verdict.status,
            "objective": rounded(verdict.objective),
            "bound": rounded(verdict.bound),
            "gap": rounded(verdict.gap, 6),
            "proven": verdict.proven,
            "stopped": verdict.stopped,
            "seed": inputs.seed,
            "seconds": inputs.seconds,
            "revisions": dict(revisions),
            **self.more,
            "sentences": list(self.sentences),
        }
        return {"proposal": self.features, "rows": self.rows, "summary": summary}


SUMMARY_LABELS = {
    "as_of": Label("截至日期", "As of"),
    "within": Label("范围", "Within"),
    "status": Label("结论", "Status"),
    "objective": Label("目标值", "Objective"),
    "bound": Label("下界（任何方案不低于此值）", "Bound (nothing costs less)"),
    "gap": Label("与下界差距", "Gap"),
    "proven": Label("是否已证明", "Proven"),
    "stopped": Label("是否到时限而止", "Stopped by the time limit"),
    "seed": Label("随机种子", "Seed"),
    "seconds": Label("计算时限（秒）", "Time limit (seconds)"),
    "revisions": Label("所依据的数据版本", "Revisions it was made of"),
}
SENTENCES = {"sentences": Label("可粘贴的说明", "Sentences to paste")}


def place_called(store: Store, now: Situation, within: str) -> str:
    """Return what an area is called; a district that nobody drew as the workspace is."""
    level, code = parse(within)
    name = name_of(now, within)
    return workspace.name_of(store) or name if name == code and level == "districts" else name


def revisions_of(store: Store, layers: Iterable[str]) -> dict[str, int]:
    """Return the revisions of the layers that a proposal is made of; asked for before they are read."""
    now = store.layer_revisions()
    return {layer: now[layer] for layer in layers}


def shown(value: float | None, decimals: int = 1) -> float | int | None:
    """Return a figure as a sentence says it: without decimals where it has none."""
    near = rounded(value, decimals)
    return int(near) if near is not None and near.is_integer() else near


def added(counts: Iterable[object]) -> int | None:
    """Add up counts that are known; None where there are some and none is known."""
    every = list(counts)
    known = [each for each in every if isinstance(each, int)]
    return sum(known) if known or not every else None


def figure(count: Raw) -> Raw:
    """Return a figure for a sentence: in words where it is not known."""
    return Text("proposals.figure-unknown") if count is None else count


def rounded(value: float | None, decimals: int = 3) -> float | None:
    """Return a figure as it is shown; None for what is not known or not finite."""
    return None if value is None or not np.isfinite(value) else round(float(value), decimals)
