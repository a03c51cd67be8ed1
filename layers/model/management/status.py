"""Who manages a building on a day, by the rules of docs/explanation/management-status.md.

An arrangement is effective on day t when it has started, is not terminated, has not run out (or service goes on),
and its manager is not blacklisted on t. An end date in the past alone does not mean "unmanaged": a contract served
on stays valid for an indefinite term (Civil Code art. 948).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd

from layers.model.management.scope import strongest

Basis = Literal["broad", "strict", "accepted"]
BASES = get_args(Basis)  # the first is usual
STATUSES = ("managed", "lapsed", "unmanaged", "unknown")
MODES = ("professional", "soe", "joint", "autonomous", "fallback")
MODE_UNKNOWN = "other"  # the class of what is managed, and nobody says how
STAGES = ("formal", "trial", "emergency")
STRICT_MODES = ("professional", "soe")
OUT_OF_SCOPE = "out-of-scope"
# The reason of what is managed and does not count because no acceptance of anything is on record.
NOT_RECORDED = "acceptance_not_recorded"


def evaluate(arrangements: pd.DataFrame, managers: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Say of each arrangement whether it is effective on a day, and if not, why and since when.

    Returns
    -------
    DataFrame
        Indexed like `arrangements`: ``effective``, ``over`` (it was in force before, and is no more), ``reason``
        (ended, terminated, blacklisted, not_started or None), ``reason_date``, ``strict``, ``accepted``.
    """
    day = pd.Timestamp(as_of)
    start, end = arrangements["start_date"], arrangements["end_date"]
    started = (start <= day).to_numpy()
    terminated = (arrangements["terminated_on"] <= day).to_numpy()
    served_on = arrangements["continued_service"].fillna(False).to_numpy(dtype=bool)
    ended = (end < day).to_numpy() & ~served_on
    barred_since = _blacklisted_since(arrangements, managers, day)
    barred = barred_since.notna().to_numpy()

    reason = np.full(len(arrangements), None, dtype=object)
    since = pd.Series(pd.NaT, index=arrangements.index, dtype="datetime64[s]")
    for hit, code, date in (  # the strongest reason is written last
        (barred, "blacklisted", barred_since),
        (ended, "ended", end),
        (terminated, "terminated", arrangements["terminated_on"]),
        (~started, "not_started", start),
    ):
        reason[hit] = code
        since[hit] = date[hit]
    effective = started & ~terminated & ~ended & ~barred
    formal = (arrangements["stage"] == "formal").to_numpy()
    return pd.DataFrame(
        {
            "effective": effective,
            "over": started & ~effective,
            "reason": reason,
            "reason_date": since,
            "strict": effective & formal & arrangements["mode"].isin(STRICT_MODES).to_numpy(),
            "accepted": effective & (arrangements["accepted_on"] <= day).to_numpy(),
        },
        index=arrangements.index,
    )


def management_status(
    size: int,
    pairs: pd.DataFrame,
    areas: pd.DataFrame,
    arrangements: pd.DataFrame,
    evaluated: pd.DataFrame,
    surveyed: np.ndarray,
) -> dict[str, np.ndarray]:
    """Give every building its status and the arrangement that decides it.

    Parameters
    ----------
    size : int
        How many buildings there are.
    pairs : DataFrame
        Which area reaches which building, as positions (see `scope.scope_pairs`).
    areas : DataFrame
        The managed areas that `pairs` means.
    arrangements, evaluated : DataFrame
        The arrangements valid on the day, and what `evaluate` says of them.
    surveyed : bool array, shape (size,)
        Whether the building or its courtyard had been surveyed by the day.

    Returns
    -------
    dict of arrays, shape (size,)
        ``status, status_class, mode, stage, arrangement, managed_area, manager, strict, accepted, status_reason,
        reason_date`` and ``rivals`` (how many professional or soe arrangements are effective at once).
    """
    terms = _ranked(arrangements, evaluated)
    building, term = _held(pairs, areas, terms, size)

    def first(hit: pd.Series, by: str | None = None, latest: bool = False) -> np.ndarray:
        return _first_term(building, term, hit.to_numpy(dtype=bool), size, _order(terms, by, latest))

    # Rows of `terms`: the primary arrangement, the one that was over last, the one that comes next; -1 = none.
    primary, last_over = first(terms["effective"]), first(terms["over"], "reason_date", latest=True)
    coming = first(terms["reason"] == "not_started", "reason_date")
    is_managed = primary >= 0
    is_lapsed = ~is_managed & (last_over >= 0)
    is_coming = ~is_managed & ~is_lapsed & (coming >= 0)
    deciding = np.select([is_managed, is_lapsed], [primary, last_over], coming)

    status = _first_of([is_managed, is_lapsed, surveyed], STATUSES[:3], STATUSES[3])
    reasons = [None, None, "not_started", "no_arrangement"]
    reason = _first_of([is_managed, is_lapsed, is_coming, surveyed], reasons, "not_surveyed")
    reason[is_lapsed] = _taken(terms["reason"], last_over[is_lapsed])
    dates = np.append(terms["reason_date"].to_numpy(dtype="datetime64[s]"), np.datetime64("NaT", "s"))
    rival = (terms["effective"] & terms["mode"].isin(STRICT_MODES)).to_numpy(dtype=bool)
    return {
        "status": status,
        "status_class": np.where(is_managed, _taken(_class_of(terms), primary), status),
        **{name: _taken(terms[name], deciding) for name in ("mode", "stage", "managed_area", "manager")},
        "arrangement": _taken(terms["code"], deciding),
        **{name: _any(building, term, terms[name], size) for name in ("strict", "accepted")},
        "status_reason": reason,
        "reason_date": dates[np.where(is_lapsed | is_coming, deciding, -1)],
        "rivals": np.bincount(building[rival[term]], minlength=size),
    }


def _first_of(holds: Sequence[np.ndarray], values: Sequence[str | None], other: str) -> np.ndarray:
    """Return the value of the first condition that holds for each building, else another one.

    All share the few texts; NumPy would make one for each building.
    """
    return np.array([*values, other], dtype=object)[np.select(holds, list(range(len(values))), len(values))]


def on_basis(status: pd.DataFrame, basis: str, acceptances: bool = True) -> tuple[pd.Series, pd.Series]:
    """Count statuses on a basis (口径): managed yes, no or unknown (NA), and the reason where not.

    ``broad`` counts any effective mode; ``strict`` a formal professional or soe arrangement; ``accepted`` an
    effective arrangement accepted by the day. Lapsed counts as unmanaged in all of them. Where the records hold no
    `acceptances` at all nobody knows which arrangement in force was accepted: none counts, and the reason says so.
    """
    number, names = pd.factorize(status["status"].to_numpy(dtype=object))
    effective, unknown = (np.append(names == each, False)[number] for each in ("managed", "unknown"))
    reason = status["status_reason"].to_numpy(dtype=object, copy=True)
    fails = np.zeros(len(status), dtype=bool)
    if basis == "strict":
        fails = effective & ~status["strict"].to_numpy(dtype=bool)
        early = fails.copy()
        early[fails] = status["mode"][fails].isin(STRICT_MODES)
        reason[fails] = "mode_not_counted"
        reason[early] = "only_trial"
    elif basis == "accepted":
        fails = effective & ~status["accepted"].to_numpy(dtype=bool)
        reason[fails] = "not_accepted" if acceptances else NOT_RECORDED
    elif basis != "broad":
        raise ValueError(f"basis must be one of {BASES}")
    managed = pd.arrays.BooleanArray(effective & ~fails, unknown)
    return (
        pd.Series(managed, index=status.index, copy=False),
        pd.Series(reason, index=status.index, dtype=object, copy=False),
    )


def _ranked(arrangements: pd.DataFrame, evaluated: pd.DataFrame) -> pd.DataFrame:
    """Return the arrangements with what is said of them, the primary first (rule 3)."""
    terms = arrangements[["code", "managed_area", "manager", "mode", "stage", "start_date"]].join(evaluated)
    for name, values in (("mode", MODES), ("stage", STAGES)):
        ranks = {value: rank for rank, value in enumerate(values)}
        terms[f"{name}_rank"] = terms[name].map(ranks).astype(float).fillna(len(values))
    terms["by_id"] = np.argsort(np.argsort(arrangements.index.to_numpy(dtype=str)))
    order = ["mode_rank", "stage_rank", "start_date", "by_id"]
    return terms.sort_values(order, ascending=[True, True, False, True], kind="stable", ignore_index=True)


def _held(pairs: pd.DataFrame, areas: pd.DataFrame, terms: pd.DataFrame, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return every building with every arrangement of the areas that reach it: positions in both, of one length."""
    building, area, how = (pairs[name].to_numpy() for name in ("building", "area", "how"))
    kept = strongest(building, how, size)
    building, area = building[kept], area[kept]
    area_of_term = pd.Index(areas["code"]).get_indexer(terms["managed_area"])
    by_area = np.argsort(area_of_term, kind="stable")
    starts = np.searchsorted(area_of_term[by_area], np.arange(len(areas) + 1))
    counts = np.diff(starts)[area]
    ends = np.cumsum(counts)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
    return np.repeat(building, counts), by_area[np.repeat(starts[area], counts) + within]


def _order(terms: pd.DataFrame, by: str | None, latest: bool) -> np.ndarray:
    """Return the place of each arrangement when all are put in order."""
    if by is None:
        return np.arange(len(terms))
    order = np.argsort(terms[by].to_numpy(), kind="stable")
    place = np.empty(len(terms), dtype=np.int64)
    place[order[::-1] if latest else order] = np.arange(len(terms))
    return place


def _first_term(building: np.ndarray, term: np.ndarray, hit: np.ndarray, size: int, place: np.ndarray) -> np.ndarray:
    """Return each building's first arrangement among the hits, in the order of `place`; -1 where there is none."""
    hits = hit[term]
    best = np.full(size, len(place))
    np.minimum.at(best, building[hits], place[term[hits]])
    return np.append(np.argsort(place), -1)[best]


def _any(building: np.ndarray, term: np.ndarray, hit: pd.Series, size: int) -> np.ndarray:
    return np.bincount(building[hit.to_numpy(dtype=bool)[term]], minlength=size) > 0


def _class_of(terms: pd.DataFrame) -> pd.Series:
    """Name the class that colours a building: the mode, with ``-trial`` or ``-emergency`` for those stages."""
    mode = terms["mode"].where(terms["mode"].isin(MODES), MODE_UNKNOWN).astype(str)
    staged = terms["stage"].isin(("trial", "emergency"))
    return mode.where(~staged, mode + "-" + terms["stage"].fillna("").astype(str))


def _blacklisted_since(arrangements: pd.DataFrame, managers: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    since, until = managers["blacklisted_from"], managers["blacklisted_to"]
    barred = ((since <= day) & (until.isna() | (day <= until))).to_numpy(dtype=bool)
    since_of = dict(zip(managers["code"][barred], since[barred], strict=True))
    dates = [since_of.get(manager, pd.NaT) for manager in arrangements["manager"]]
    return pd.Series(dates, index=arrangements.index, dtype="datetime64[s]")


def _taken(values: pd.Series, rows: np.ndarray) -> np.ndarray:
    """Return the values of some rows; None where the row is -1."""
    given = values.astype(object).where(values.notna(), None).to_numpy()
    return np.append(given, np.array([None], dtype=object))[rows]
