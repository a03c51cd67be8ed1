"""Random numbers inside compiled code: the same from the same state on every computer."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def _next(state: np.ndarray) -> np.uint64:
    """Give the next number of a generator (xorshift64*, Vigna 2016)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return x * np.uint64(2685821657736338717)


@njit(cache=True)
def seeded(seed: int) -> np.ndarray:
    """Give the state with which a seed begins: uint64[1]. Seeds that are near each other begin far apart."""
    state = np.array([np.uint64(seed) * np.uint64(2) + np.uint64(1)], np.uint64)
    for _ in range(8):
        _next(state)
    return state


@njit(cache=True)
def below(state: np.ndarray, bound: int) -> int:
    """Give a number from 0 to below a bound; `state` is uint64[1], not 0, and moves on."""
    return int(np.int64(_next(state) % np.uint64(bound)))


@njit(cache=True)
def share(state: np.ndarray) -> float:
    """Give a number from 0 to below 1; `state` as in `below`."""
    return float(_next(state) >> np.uint64(11)) / 9007199254740992.0
