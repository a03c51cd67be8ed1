"""What is told of each building about its way to the nearest station, before the ways themselves are."""

from __future__ import annotations

import numpy as np
import pandas as pd


def answers_of(
    base: pd.DataFrame, minutes: np.ndarray, source: np.ndarray, reason: np.ndarray, stations: pd.DataFrame
) -> pd.DataFrame:
    """Return one row for each building of `base`; what ways along streets tell besides is still empty.

    Parameters
    ----------
    base : DataFrame
    minutes, source, reason : float64[n], int64[n], object[n]
        However long, the row of the station (-1 for none), and None where the building is covered.
    stations : DataFrame
    """
    codes = np.append(stations["code"].to_numpy(dtype=object), np.array([None], dtype=object))
    number, different = pd.factorize(reason)
    reason = np.append(different, np.array([None], dtype=object))[number]
    return pd.DataFrame(
        {
            "minutes": np.where(np.isfinite(minutes), np.round(minutes, 2), np.nan),
            "station": codes[source],
            "covered": number < 0,
            "reason": pd.Series(reason, index=base.index, dtype=object, copy=False),
            "access_m": np.full(len(base), np.nan),
            "leg": pd.Series(None, index=base.index, dtype=object),
            "via": pd.Series(None, index=base.index, dtype=object),
            "near_m": np.full(len(base), np.nan),
            "cut_off": np.zeros(len(base), dtype=bool),
            "detour": np.full(len(base), np.nan),
        },
        index=base.index,
    )
