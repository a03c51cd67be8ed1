"""When a station is open."""

from __future__ import annotations

import datetime as dt

import pandas as pd


def open_on(stations: pd.DataFrame, day: dt.date) -> pd.Series:
    """Say which stations are open on a day; one without a status is taken as open unless its dates say otherwise."""
    moment = pd.Timestamp(day)
    since, until = stations["open_from"], stations["open_to"]
    in_time = (since.isna() | (since <= moment)) & (until.isna() | (moment <= until))
    # Closed with a date was open before it; planned with one is open from it.
    dated = (stations["status"] == "closed") & until.notna() | (stations["status"] == "planned") & since.notna()
    return (in_time & (stations["status"].isna() | stations["status"].isin(("open", "unknown")) | dated)).astype(bool)
