"""What the district meeting asks for: coverage with its base, open share, mode mix, expiring.

The formulas in words: docs/explanation/indicators.md.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypedDict

import numpy as np
import pandas as pd

from layers.model.values import known_count, known_sum

Weight = Literal["buildings", "households", "floor_area_m2"]
SIDES = ("managed", "unmanaged", "unknown")


def weights(buildings: pd.DataFrame, weight: str) -> np.ndarray:
    """Return what each building counts for: 1, its households, or its floor area in m² (NaN = missing)."""
    if weight == "buildings":
        return np.ones(len(buildings))
    return buildings[weight].to_numpy(dtype="float64", na_value=np.nan)


def coverage(buildings: pd.DataFrame, weight: str, by: str | None = None) -> pd.DataFrame:
    """Compute the coverage of in-scope buildings, with its known share and bounds.

    Coverage is Σ managed w / Σ known w. Beside it stand the share of w that is known and the bounds that the
    unknown leave open: managed/all and (managed + unknown)/all. A sum over buildings of which none has a w is unknown,
    and with it every share of which it is the numerator or the denominator.

    Parameters
    ----------
    buildings : DataFrame
        In-scope buildings: ``managed`` (True, False, NA = unknown) and the weight's column.
    weight : {"buildings", "households", "floor_area_m2"}
    by : str, optional
        A column that holds the code of the level; None = one row over all.

    Returns
    -------
    DataFrame
        Indexed by code (NaN = in no area of that level): ``managed, unmanaged, unknown, known, total`` (sums of w, NaN
        where there are buildings and none has a w), ``coverage, known_share, lower, upper`` (0..1, NaN where the
        denominator is 0, or either is unknown), ``missing_weight`` (the number of buildings whose w is missing; they
        are in none of the sums) and ``buildings``.
    """
    keys = np.zeros(len(buildings)) if by is None else buildings[by].to_numpy(dtype=object)
    # Of whole numbers sums are exact in any order, so that few rows are left to be sorted.
    sums, keys = (_each if weight == "floor_area_m2" else _by_key)(weights(buildings, weight), _sides(buildings), keys)
    rows = sums.groupby(pd.Series(keys, name=by or "all"), dropna=False, sort=True).sum()
    if by is None and rows.empty:
        rows.loc[0.0] = 0
    told = {name: _sum(rows, name) for name in SIDES}
    known, every = _sum(rows, "managed", "unmanaged"), _sum(rows, *SIDES)
    return pd.DataFrame(
        {
            **told,
            "missing_weight": rows["missing_weight"],
            "buildings": rows["buildings"],
            "known": known,
            "total": every,
            "coverage": share(told["managed"], known),
            "known_share": share(known, every),
            "lower": share(told["managed"], every),
            "upper": share(_sum(rows, "managed", "unknown"), every),
        }
    )


def _sum(rows: pd.DataFrame, *sides: str) -> pd.Series:
    """Add sides up; NaN where there are buildings and of none is it known what it counts for."""
    there, missing, added = (sum(rows[f"{side}{end}"] for side in sides) for end in ("_there", "_missing", ""))
    return added.mask((there > 0) & (missing == there))


def _sides(buildings: pd.DataFrame) -> np.ndarray:
    """Say of each building whether it is managed, unmanaged or unknown, by its place in `SIDES`: int64[n]."""
    managed = buildings["managed"]
    yes = managed.to_numpy(dtype=bool, na_value=False)
    return np.where(managed.isna().to_numpy(), 2, np.where(yes, 0, 1))


def _each(weight: np.ndarray, side: np.ndarray, keys: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Return what each building adds to the sums, and its key."""
    given, missing = np.nan_to_num(weight), np.isnan(weight)
    sums: dict[str, np.ndarray] = {}
    for number, name in enumerate(SIDES):
        here = side == number
        sums |= {name: given * here, **_heard(name, here.astype("int64"), (here & missing).astype("int64"))}
    counts = {"missing_weight": missing.astype("int64"), "buildings": np.ones(len(weight), dtype="int64")}
    return pd.DataFrame(sums | counts), keys


def _heard(name: str, there: np.ndarray, missing: np.ndarray) -> dict[str, np.ndarray]:
    """Return the columns that say of how many buildings of a side it is not known what they count for."""
    return {f"{name}_there": there, f"{name}_missing": missing}


def _by_key(weight: np.ndarray, side: np.ndarray, keys: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """As `_each`, with those added up that have one key: few rows are left, of the keys as they came."""
    numbers, different = pd.factorize(keys)
    nobodys = numbers < 0
    numbers = np.where(nobodys, len(different), numbers)
    size = len(different) + int(nobodys.any())
    place, silent = 3 * numbers + side, np.isnan(weight)
    added = np.bincount(place, np.nan_to_num(weight), 3 * size).reshape(size, 3)
    there, missing = (np.bincount(each, minlength=3 * size).reshape(size, 3) for each in (place, place[silent]))
    sums: dict[str, np.ndarray] = {}
    for number, name in enumerate(SIDES):
        sums |= {name: added[:, number], **_heard(name, there[:, number], missing[:, number])}
    sums |= {"missing_weight": missing.sum(axis=1), "buildings": there.sum(axis=1)}
    return pd.DataFrame(sums), np.append(different, [None] if nobodys.any() else []).astype(keys.dtype)


class OpenShare(TypedDict):
    """How many courtyards are open of how many whose enclosure is known, by count and by households.

    Households are None where there are such courtyards and of none is it on record how many live there.
    """

    open: int
    known: int
    unknown: int
    open_share: float | None
    open_households: int | None
    known_households: int | None
    open_share_households: float | None
    missing_households: int


def open_share(courtyards: pd.DataFrame) -> OpenShare:
    """Compute open / (open + semi + closed), by count and by households; the unknown are listed, never counted."""
    enclosure = courtyards["enclosure"].astype(object).where(courtyards["enclosure"].notna(), "unknown")
    known = enclosure != "unknown"
    is_open = enclosure == "open"
    households = courtyards["households"].to_numpy(dtype="float64", na_value=np.nan)
    in_open, among = known_sum(households[is_open]), known_sum(households[known])
    return {
        "open": int(is_open.sum()),
        "known": int(known.sum()),
        "unknown": int((~known).sum()),
        "open_share": _ratio(is_open.sum(), known.sum()),
        "open_households": None if in_open is None else int(in_open),
        "known_households": None if among is None else int(among),
        "open_share_households": _ratio(in_open, among),
        "missing_households": int(np.isnan(households).sum()),
    }


def mode_mix(buildings: pd.DataFrame) -> dict[str, int | None]:
    """Sum the households of managed buildings by mode; None where no building of a mode has them on record."""
    return {str(name): known_count(values) for name, values in _by_mode(buildings)}


def mode_mix_missing(buildings: pd.DataFrame) -> dict[str, int]:
    """Count the buildings that `mode_mix` lacks, by mode: those whose households are missing."""
    lacking = {str(name): int(values.isna().sum()) for name, values in _by_mode(buildings)}
    return {name: count for name, count in lacking.items() if count}


def _by_mode(buildings: pd.DataFrame) -> list[tuple[object, pd.Series]]:
    managed = buildings[buildings["status"] == "managed"]
    mode = managed["mode"].astype(object).where(managed["mode"].notna(), "unknown")
    return list(managed["households"].groupby(mode))


def expiring(arrangements: pd.DataFrame, effective: pd.Series, as_of: dt.date) -> dict[str, int]:
    """Count effective arrangements that end within 30, 60 and 90 days, and trials that end within 30.

    Those that are served on after their end (到期继续服务) do not end then, and are counted apart: those that would
    have ended within 90 days, and those that are past their end already; where it is said at all who is.
    """
    days = (arrangements["end_date"] - pd.Timestamp(as_of)).dt.days[effective]
    marked = arrangements.get("continued_service")
    served_on = np.zeros(len(days), dtype=bool)
    if marked is not None:
        served_on = marked[effective].fillna(False).to_numpy(dtype=bool)
    left = days[~served_on]
    trial = (arrangements["stage"] == "trial")[effective][~served_on]
    counts = {f"within_{days}_days": int(((left >= 0) & (left <= days)).sum()) for days in (30, 60, 90)}
    counts["trials_within_30_days"] = int(((left >= 0) & (left <= 30) & trial).sum())
    if marked is None:
        return counts
    counts["served_on_within_90_days"] = int(((days >= 0) & (days <= 90))[served_on].sum())
    counts["served_on_past_end"] = int((days < 0)[served_on].sum())
    return counts


def share(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Divide, NaN where the denominator is 0."""
    return part.astype(float) / whole.where(whole > 0).astype(float)


def _ratio(part: float | None, whole: float | None) -> float | None:
    return float(part) / float(whole) if part is not None and whole else None
