"""Who finds a place at stations that are there: nearest first, and the two-step floating catchment area."""

from __future__ import annotations

import numpy as np

from geo.siting.problem import Ways


def nearest_first(ways: Ways, weight: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Fill stations with whoever is nearest, the nearest of all pairs first; return how many go over each way.

    Parameters
    ----------
    ways : Ways
        From stations to demands; of equally near ones the earlier demand, then the earlier station comes first.
    weight : float64[n]
        How many are to be placed.
    capacity : float64[s]
        How many a station takes, infinite for no limit.
    """
    from geo.siting.catchment_kernel import fill

    order = np.lexsort((ways.site, ways.demand, ways.cost))
    return fill(order, ways.site, ways.demand, weight.astype(float, copy=True), capacity.astype(float, copy=True))


def floating_catchment(ways: Ways, weight: np.ndarray, capacity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return places a head by station, and by demand: the sum of those of the stations that it reaches.

    Luo and Wang (2003): each station's places are shared by all who reach it; nan where nobody does.
    """
    asking = np.bincount(ways.site, weights=weight[ways.demand], minlength=ways.sites)
    by_station = np.divide(capacity, asking, out=np.full(ways.sites, np.nan), where=asking > 0)
    given = np.nan_to_num(by_station)[ways.site]
    return by_station, np.bincount(ways.demand, weights=given, minlength=ways.demands)
