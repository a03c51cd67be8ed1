"""Sums of what is on record, which are unknown, and not 0, where nobody says anything."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def known_sum(values: Iterable[float]) -> float | None:
    """Sum up what is known; None where there are values and none of them is known.

    Parameters
    ----------
    values : float64[n]
        nan where a value is not known. Of no values at all the sum is 0.
    """
    given = np.asarray(values, dtype=float)
    missing = np.isnan(given)
    return None if missing.size and missing.all() else float(given[~missing].sum())


def known_count(values: pd.Series) -> int | None:
    """Sum up a column of counts as `known_sum` does."""
    found = known_sum(values.to_numpy(dtype=float, na_value=np.nan))
    return None if found is None else round(found)


def known_sums(values: np.ndarray, group: np.ndarray, size: int) -> np.ndarray:
    """Sum up by group as `known_sum` does: float64[size], nan where a group has values and none is known.

    Parameters
    ----------
    values : float64[n]
        nan where a value is not known.
    group : int64[n]
        The group of each value, counted from 0.
    """
    missing = np.isnan(values)
    sums = np.bincount(group, np.where(missing, 0.0, values), size)
    there, silent = (np.bincount(each, minlength=size) for each in (group, group[missing]))
    return np.where((there > 0) & (there == silent), np.nan, sums)


def as_counts(values: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """Return whole numbers that may be unknown: what is nan is missing.

    A column of counts has one type, however many of them are known.
    """
    import pandas as pd  # the room is entered by commands that need no frames

    return pd.array(np.rint(np.asarray(values, dtype=float)), dtype="Float64").astype("Int64")
