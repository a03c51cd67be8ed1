"""Numba kernel of `geo.siting.catchment`. Importing this module loads numba; import it only where it is called."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def fill(order: np.ndarray, site: np.ndarray, demand: np.ndarray, weight: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Take ways in order, and send over each as many as are left and have room; `weight` and `room` are used up."""
    sent = np.zeros(len(order))
    for at in order:
        amount = min(weight[demand[at]], room[site[at]])
        if amount > 0:
            sent[at] = amount
            weight[demand[at]] -= amount
            room[site[at]] -= amount
    return sent
