"""Stretches of an open walk turned round while that shortens it."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def two_opt(distance_m: np.ndarray, order: np.ndarray) -> None:
    """Turn, in place, the stretch that shortens the walk most, until none does.

    Parameters
    ----------
    distance_m : float64[n, n]
    order : int64[n]
        The places as they are walked past.
    """
    n = len(order)
    while True:
        best, begin, end = -1e-6, -1, -1
        for first in range(n - 1):  # turn first … last round
            for last in range(first + 1, n):
                gain = 0.0
                if first > 0:
                    gain += distance_m[order[first - 1], order[last]] - distance_m[order[first - 1], order[first]]
                if last < n - 1:
                    gain += distance_m[order[first], order[last + 1]] - distance_m[order[last], order[last + 1]]
                if gain < best:
                    best, begin, end = gain, first, last
        if begin < 0:
            return
        while begin < end:
            order[begin], order[end] = order[end], order[begin]
            begin += 1
            end -= 1
