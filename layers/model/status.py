"""Who manages a building on a day: the management status of DOMAIN.md section 4.

An arrangement is effective on day t when it has started, is not terminated, has not run out (or service goes on),
and its manager is not blacklisted on t. An end date in the past alone does not mean "unmanaged": a contract served
on stays valid for an indefinite term (Civil Code art. 948).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.model.scope import first_hit

if TYPE_CHECKING:
    import geopandas as gpd

BASES = ("broad", "strict", "accepted")
STATUSES = ("managed", "lapsed", "unmanaged", "unknown")
MODES = ("professional", "soe", "joint", "autonomous", "fallback")
STAGES = ("formal", "trial", "emergency")
STRICT_MODES = ("professional", "soe")
OUT_OF_SCOPE = "out-of-scope"


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
    buildings: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    arrangements: pd.DataFrame,
    evaluated: pd.DataFrame,
    surveyed: np.ndarray,
) -> pd.DataFrame:
    """Give every building its status and the arrangement that decides it.

    Parameters
    ----------
    buildings, areas : GeoDataFrame
        The layers valid on the day; `pairs` holds positions in them (see `scope.scope_pairs`).
    arrangements, evaluated : DataFrame
        The arrangements valid on the day, and what `evaluate` says of them.
    surveyed : bool array, shape (len(buildings),)
        Whether the building or its courtyard had been surveyed by the day.

    Returns
    -------
    DataFrame
        Indexed like `buildings`: ``status, mode, stage, arrangement, managed_area, manager, strict, accepted,
        status_reason, reason_date`` and ``rivals`` (how many professional or soe arrangements are effective at once).
    """
    held = _arrangements_of_buildings(pairs, areas, arrangements, evaluated)
    size = len(buildings)
    # Rows of `held`: the primary arrangement, the one that was over last, the one that comes next; -1 = none.
    primary = _first_row(held, held["effective"], size)
    last_over = _first_row(held, held["over"], size, by="reason_date", latest=True)
    coming = _first_row(held, held["reason"] == "not_started", size, by="reason_date")
    is_managed = primary >= 0
    is_lapsed = ~is_managed & (last_over >= 0)
    is_coming = ~is_managed & ~is_lapsed & (coming >= 0)
    deciding = np.select([is_managed, is_lapsed], [primary, last_over], coming)

    out = pd.DataFrame(index=buildings.index)
    out["status"] = np.select([is_managed, is_lapsed, surveyed], STATUSES[:3], STATUSES[3])
    for name in ("mode", "stage", "managed_area", "manager"):
        out[name] = _taken(held[name], deciding)
    out["arrangement"] = _taken(held["code"], deciding)
    effective = held[held["effective"]]
    for name in ("strict", "accepted"):
        out[name] = np.bincount(effective["building"][effective[name]], minlength=size) > 0
    out["rivals"] = np.bincount(effective["building"][effective["mode"].isin(STRICT_MODES)], minlength=size)
    reasons = [None, _taken(held["reason"], last_over), "not_started", "no_arrangement"]
    out["status_reason"] = np.select([is_managed, is_lapsed, is_coming, surveyed], reasons, "not_surveyed")
    out["reason_date"] = held["reason_date"].to_numpy()[deciding] if len(held) else np.datetime64("NaT", "s")
    out["reason_date"] = out["reason_date"].where(is_lapsed | is_coming)
    return out


def on_basis(status: pd.DataFrame, basis: str) -> tuple[pd.Series, pd.Series]:
    """Count statuses on a basis (口径): managed yes, no or unknown (NA), and the reason where not.

    ``broad`` counts any effective mode; ``strict`` a formal professional or soe arrangement; ``accepted`` an
    effective arrangement accepted by the day. Lapsed counts as unmanaged in all of them.
    """
    managed = pd.Series(pd.array(status["status"] == "managed", dtype="boolean"), index=status.index)
    reason = status["status_reason"].copy()
    effective = status["status"] == "managed"
    if basis == "strict":
        fails = effective & ~status["strict"]
        early = fails & status["mode"].isin(STRICT_MODES)
        reason = reason.mask(fails, "mode_not_counted").mask(early, "only_trial")
    elif basis == "accepted":
        fails = effective & ~status["accepted"]
        reason = reason.mask(fails, "not_accepted")
    elif basis == "broad":
        fails = effective & False
    else:
        raise ValueError(f"basis must be one of {BASES}")
    managed[fails.to_numpy()] = False
    managed[(status["status"] == "unknown").to_numpy()] = pd.NA
    return managed, reason


def status_class(status: pd.DataFrame, scoped: pd.Series) -> pd.Series:
    """Name the class that colours a building: its mode (with ``-trial`` or ``-emergency``), or its status."""
    stage = status["stage"].where(status["stage"].isin(("trial", "emergency")))
    mode = status["mode"].where(status["mode"].isin(MODES), "other")
    of_mode = mode.where(stage.isna(), mode + "-" + stage.fillna(""))
    classes = status["status"].where(status["status"] != "managed", of_mode)
    return classes.where(scoped.to_numpy(dtype=bool), OUT_OF_SCOPE)


def _arrangements_of_buildings(
    pairs: pd.DataFrame, areas: gpd.GeoDataFrame, arrangements: pd.DataFrame, evaluated: pd.DataFrame
) -> pd.DataFrame:
    """Return one row a building and arrangement, the primary first (DOMAIN rule 3)."""
    columns = ["code", "managed_area", "manager", "mode", "stage", "start_date"]
    terms = arrangements[columns].join(evaluated)
    terms["mode_rank"] = terms["mode"].map({mode: rank for rank, mode in enumerate(MODES)}).fillna(len(MODES))
    terms["stage_rank"] = terms["stage"].map({stage: rank for rank, stage in enumerate(STAGES)}).fillna(len(STAGES))
    terms["by_id"] = np.argsort(np.argsort(arrangements.index.to_numpy(dtype=str)))
    order = ["mode_rank", "stage_rank", "start_date", "by_id"]
    terms = terms.sort_values(order, ascending=[True, True, False, True], kind="stable", ignore_index=True)
    terms["rank"] = np.arange(len(terms))
    hits = first_hit(pairs)
    hits = hits.assign(managed_area=areas["code"].to_numpy(dtype=object)[hits["area"]])
    held = hits[["building", "managed_area"]].merge(terms, on="managed_area")
    return held.sort_values(["building", "rank"], kind="stable", ignore_index=True)


def _blacklisted_since(arrangements: pd.DataFrame, managers: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    since, until = managers["blacklisted_from"], managers["blacklisted_to"]
    barred = ((since <= day) & (until.isna() | (day <= until))).to_numpy(dtype=bool)
    since_of = dict(zip(managers["code"][barred], since[barred], strict=True))
    dates = [since_of.get(manager, pd.NaT) for manager in arrangements["manager"]]
    return pd.Series(dates, index=arrangements.index, dtype="datetime64[s]")


def _first_row(
    held: pd.DataFrame, hit: pd.Series, size: int, by: str | None = None, latest: bool = False
) -> np.ndarray:
    """Return each building's first row of `held` among the hits, in the order of `by`; -1 where there is none."""
    rows = np.flatnonzero(hit.to_numpy(dtype=bool))
    if by is not None:
        order = np.argsort(held[by].to_numpy()[rows], kind="stable")
        rows = rows[order[::-1]] if latest else rows[order]
    first = np.full(size, -1)
    first[held["building"].to_numpy()[rows[::-1]]] = rows[::-1]  # the first is written last
    return first


def _taken(values: pd.Series, rows: np.ndarray) -> np.ndarray:
    """Return the values of some rows; None where the row is -1."""
    given = values.astype(object).where(values.notna(), None).to_numpy()
    return np.append(given, None)[rows]
