"""Who finds a place at today's stations: nearest first within capacities, and places a head within the limit."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.siting import Ways, floating_catchment, nearest_first
from layers.model.values import known_sums
from layers.reach.reached import Survey


@dataclass(frozen=True, eq=False)
class Placed:
    """Arrays by building or by station.

    Attributes
    ----------
    weight : float64[n]
        How many ask for a place; 0 where that is not known.
    placed : float64[n]
        How many find one.
    to : int64[n]
        The station where most of them do, -1 for none.
    ratio : float64[n]
        Places a head by the two-step floating catchment area; stations without capacity on record give none.
    capacity : float64[s]
        Infinite where it is not on record.
    asking, taken, by_station : float64[s]
        How many reach a station in time, how many find a place there, and its places a head; nan where not known.
    silent : bool[n]
        Which buildings do not say how many ask for a place.
    """

    weight: np.ndarray
    placed: np.ndarray
    to: np.ndarray
    ratio: np.ndarray
    capacity: np.ndarray
    asking: np.ndarray
    taken: np.ndarray
    by_station: np.ndarray
    silent: np.ndarray

    @property
    def asked_where_known(self) -> np.ndarray:
        """How many ask for a place, nan where that is not known: float64[n]."""
        return np.where(self.silent, np.nan, self.weight)

    @property
    def placed_where_known(self) -> np.ndarray:
        """How many find one, nan where it is not known how many ask: float64[n]."""
        return np.where(self.silent, np.nan, self.placed)

    @property
    def unknown(self) -> np.ndarray:
        """Which stations do not say how many they serve: bool[s]."""
        return np.isinf(self.capacity)


def placed_at(
    asked: Survey, stations: gpd.GeoDataFrame, capacity: pd.Series, weight: np.ndarray, limit: float
) -> Placed:
    """Share out the places of stations among the buildings asked about.

    Parameters
    ----------
    asked : Survey
    stations : GeoDataFrame
    capacity : Series
        By the stations' codes; without a value it is not on record.
    weight : float64[n]
        How many live in each building, nan where that is not known.
    limit : float
        Minutes.
    """
    rows = list(asked.minutes_of_each(stations, limit))
    starts = np.concatenate([[0], np.cumsum([len(there) for there, _ in rows])]).astype(np.int64)
    demand = np.concatenate([np.empty(0, np.int64), *(there for there, _ in rows)])
    minutes = np.concatenate([np.empty(0), *(took for _, took in rows)])
    known = np.nan_to_num(weight)
    ways = Ways(starts, demand, minutes, len(known))
    size = stations["code"].map(capacity).to_numpy(dtype=float, na_value=np.nan)
    size = np.where(np.isnan(size), np.inf, size)
    sent = nearest_first(ways, known, size)
    to = np.full(len(known), -1, np.int64)
    order = np.argsort(sent, kind="stable")
    order = order[sent[order] > 0]
    to[ways.demand[order]] = ways.site[order]
    by_station, ratio = floating_catchment(ways, known, np.where(np.isinf(size), 0.0, size))
    asking = known_sums(weight[ways.demand], ways.site, len(size))
    taken = np.bincount(ways.site, weights=sent, minlength=len(size))
    return Placed(
        known, np.bincount(ways.demand, weights=sent, minlength=len(known)), to, ratio, size,
        asking, np.where(np.isnan(asking), np.nan, taken), np.where(np.isinf(size), np.nan, by_station),
        np.isnan(weight),
    )  # fmt: skip
