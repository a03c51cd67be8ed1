"""What is told of proposed units: figures, who is in none and why, and sentences to paste."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from layers.proposals.frame import Verdict, called, rounded
from layers.proposals.units.relaxing import Relaxed
from layers.proposals.units.tables import Table
from layers.proposals.units.villages import Village
from layers.proposals.units.wishes import UnitWishes
from layers.text import Text


def summary_of(
    villages: Sequence[Village], centre_of: np.ndarray, table: Table, wishes: UnitWishes, relaxed: Relaxed | None
) -> dict[str, object]:
    """Return the figures of a proposal."""
    n, ways = len(villages), table.rows[~table.rows["is_centre"].astype(bool)]["minutes"].astype(float)
    out = [villages[at] for at in np.flatnonzero(centre_of < 0).tolist()]
    why = {} if relaxed is None else relaxed.why
    usual = Text("proposals.units-why-left", low=wishes.size_min, high=wishes.size_max, limit=wishes.limit_minutes)
    return {
        "mode": wishes.mode,
        "ferries": wishes.ferries,
        "size_min": wishes.size_min,
        "size_max": wishes.size_max,
        "limit_minutes": wishes.limit_minutes,
        "villages": n,
        "assigned": n - len(out),
        "units": len(table.parts),
        "units_possible": [-(-n // wishes.size_max), n // wishes.size_min],
        "unassigned": [{"code": each.code, "name": each.name, "reason": why.get(each.code, usual)} for each in out],
        "minutes_sum": rounded(float(ways.sum()), 2),
        "minutes_max": rounded(float(ways.max()), 2) if len(ways) else None,
        "minutes_mean": rounded(float(ways.mean()), 2) if len(ways) else None,
        "causes": [] if relaxed is None else relaxed.causes,
        "binds": [] if relaxed is None else [*(each["says"] for each in relaxed.causes), *relaxed.binds],
        "relaxations": [] if relaxed is None else relaxed.ways,
        "nearest": [] if relaxed is None else [each["says"] for each in relaxed.ways],
        "notes": _notes(villages, wishes),
    }


def _notes(villages: Sequence[Village], wishes: UnitWishes) -> list[Text]:
    if wishes.balance not in ("population", "households", "elderly_60"):
        return []
    silent = [called(each.code, each.name) for each in villages if getattr(each, wishes.balance) is None]
    return [Text("proposals.units-note-silent", codes=silent[:20], n=len(silent))] if silent else []


def sentences(more: dict[str, object], verdict: Verdict, wishes: UnitWishes, relaxed: Relaxed | None) -> list[Text]:
    """Say what a planner may paste: the day and the wish, the result with its denominator, and what proves it."""
    mode = Text(f"analyses.mode-{wishes.mode}")
    wish = Text("proposals.units-sentence-wish", day=wishes.as_of.isoformat(), villages=more["villages"],
                low=wishes.size_min, high=wishes.size_max, limit=wishes.limit_minutes,
                mode=Text("proposals.units-with-ferries", mode=mode) if wishes.ferries else mode)  # fmt: skip
    names = ("units", "assigned", "villages", "minutes_max", "minutes_mean")
    figures = {name: "—" if more[name] is None else more[name] for name in names}
    result = Text("proposals.units-sentence-result", **figures)
    if verdict.status == "infeasible":
        key = "units-sentence-impossible" if verdict.proven else "units-sentence-not-found"
        proof = [Text(f"proposals.{key}"), *([] if relaxed is None else [each["says"] for each in relaxed.ways])]
        return [wish, result, *proof]  # type: ignore[list-item]  # each way says a Text
    if verdict.status == "optimal":
        return [wish, result, Text("proposals.units-sentence-optimal", minutes=rounded(verdict.objective, 1))]
    return [wish, result, Text("proposals.units-sentence-feasible", minutes=rounded(verdict.objective, 1),
                               bound=rounded(verdict.bound, 1),
                               percent=rounded(100 * (verdict.gap or 0.0), 1))]  # fmt: skip
