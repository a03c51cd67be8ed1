"""How far things are in a straight line, beside which ways along streets are looked at."""

from __future__ import annotations

import numpy as np

NEXT_DOOR_M = 20.0  # of a station nearer than this nobody makes a detour


def nearest_m(homes: np.ndarray, stations: np.ndarray) -> np.ndarray:
    """Return the straight line to the nearest station, nan where there is none."""
    from scipy.spatial import cKDTree

    found = np.full(len(homes), np.nan)
    placed, there = np.isfinite(homes).all(axis=1), np.isfinite(stations).all(axis=1)
    if placed.any() and there.any():
        found[placed] = cKDTree(stations[there]).query(homes[placed])[0]
    return found


def detour(walked_m: np.ndarray, source: np.ndarray, homes: np.ndarray, stations: np.ndarray) -> np.ndarray:
    """Return how many times the straight line to a station the way there is, nan where there is no way or no line."""
    straight = np.hypot(*(homes - np.append(stations, [[np.nan, np.nan]], axis=0)[source]).T)
    known = np.isfinite(walked_m) & (straight >= NEXT_DOOR_M)
    return np.round(np.divide(walked_m, straight, out=np.full(len(homes), np.nan), where=known), 2)
