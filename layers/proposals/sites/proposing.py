"""Stations proposed: read, chosen, proven, told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from layers.proposals.frame import Proposal, Timer, Verdict, place_called, revisions_of, rounded
from layers.proposals.sites.case import Case, called_all, case_of
from layers.proposals.sites.choosing import Choice, choose
from layers.proposals.sites.gains import Step, steps_of
from layers.proposals.sites.tables import features_of, residual_of, rows_of, sentences_of
from layers.proposals.sites.wishes import SiteWishes
from layers.store.protocol import Store
from layers.text import Text

READ = ("buildings", "courtyards", "stations", "roads", "gates", "barriers", "turns", "scenario-measures")
"""The layers that a proposal of stations is made of, beside the candidates' own."""

Progress = Callable[[float, str], None]


def propose(store: Store, wishes: SiteWishes, progress: Progress) -> dict[str, object]:
    """Propose stations.

    Raises
    ------
    InvalidParameter
        Wishes that contradict each other; no candidates, or fewer than are wished; an area that there is not.
    Conflict
        There are no streets.
    """
    timer = Timer(wishes.seconds)
    wishes.require()
    own = () if wishes.candidates in ("streets", "points", *READ) else (wishes.candidates,)
    revisions = revisions_of(store, (*READ, *own))
    progress(0.05, "buildings")
    case, within = case_of(store, wishes, timer, progress)
    progress(0.5, "choice")
    choice = choose(case, wishes, within, timer)
    progress(0.85, _so_far(choice.rest or choice.verdict))
    steps = steps_of(case, choice, wishes)
    rows = rows_of(case, choice, steps, wishes)
    residual = residual_of(case, choice, wishes)
    more = _figures(case, choice, steps, wishes) | {"by_reason": residual["reason"].value_counts().to_dict()}
    sentences = sentences_of(more, choice.verdict, choice.rest, wishes, place_called(store, case.now, wishes.within))
    told = Proposal(features_of(case, rows, steps), rows, choice.verdict, more, sentences)
    return {**told.outputs(wishes, revisions), "residual": residual}


def _so_far(verdict: Verdict) -> str:
    gap = round(100 * (verdict.gap or 0.0), 1)
    return f"sites|objective={round(verdict.objective or 0.0)}|gap={gap}"


def _figures(case: Case, choice: Choice, steps: list[Step], wishes: SiteWishes) -> dict[str, object]:
    sites = [step.site for step in steps if step.site is not None]
    rest, today = choice.rest, case.sites["today"].to_numpy(dtype=bool)
    silent = case.sites[today & case.sites["capacity"].isna().to_numpy()]
    notes = [] if wishes.kinds else [Text("proposals.sites-note-none-counts")]
    if case.missing.any():
        notes.append(Text("proposals.sites-note-sites-missing", count=int(case.missing.sum())))
    if case.off_street:
        notes.append(Text("proposals.sites-note-off-street", count=len(case.off_street), codes=case.off_street[:5],
                          metres=round(wishes.max_access_m)))  # fmt: skip
    if case.skipped:
        notes.append(Text("proposals.sites-note-skipped", count=case.skipped, of=case.skipped + len(case.sites)))
    if wishes.capacity and len(silent):
        notes.append(
            Text("proposals.sites-note-no-capacity", count=len(silent), codes=called_all(silent[:5]))
        )
    new = np.array([site for site in sites if not today[site]], np.int64)
    return {
        "model": wishes.model,
        "k": wishes.k,
        "weight": wishes.weight,
        "minutes": wishes.minutes,
        "stations_today": int(today.sum()),
        "candidates": int((~today).sum()) + case.skipped,
        "candidates_off_street": len(case.off_street),
        "candidates_skipped": case.skipped,
        "sites": len(sites),
        "cost": rounded(float(case.cost[new].sum())),
        "total": None if case.unsaid else round(float(case.weight.sum())),
        "reached_before": None if case.unsaid else round(steps[0].reached),
        "reached": None if case.unsaid else round(steps[-1].reached),
        "mean_minutes": rounded(steps[-1].mean_minutes, 2),
        "farthest_minutes": rounded(steps[-1].farthest_minutes, 2),
        "missing_weight": int(case.missing.sum()),
        "missing_capacity": len(silent) if wishes.capacity else 0,
        "buildings": len(case.base),
        "rest": None if rest is None else {
            "status": rest.status, "objective": rounded(rest.objective), "bound": rounded(rest.bound),
            "gap": rounded(rest.gap, 6), "proven": rest.proven,
        },
        "binds": list(choice.binds),
        "nearest": list(choice.nearest),
        "notes": notes,
    }  # fmt: skip
