"""The shortest walk past all of some places, given how far they are from each other."""

from __future__ import annotations

import numpy as np

_MOST_PLACES = 400


def tour_m(distance_m: np.ndarray) -> tuple[float, float]:
    """Find a short walk past all places, from any of them to any other, and what none undercuts.

    Parameters
    ----------
    distance_m : float64[n, n]
        Between places, symmetric; infinite where there is no way.

    Returns
    -------
    Its length: nearest neighbour, then two-opt until nothing gets shorter; and the length of the shortest tree.
    NaN for both where some place cannot be reached or there are more than 400.
    """
    from scipy.sparse.csgraph import minimum_spanning_tree

    n = len(distance_m)
    if n < 2:
        return 0.0, 0.0
    if n > _MOST_PLACES or not np.isfinite(distance_m).all():
        return np.nan, np.nan
    tree = float(minimum_spanning_tree(np.where(distance_m > 0, distance_m, 1e-9)).sum())
    best = min((_two_opt(distance_m, _nearest(distance_m, start)) for start in _starts(distance_m)),
               key=lambda order: _length(distance_m, order))
    return _length(distance_m, best), min(tree, _length(distance_m, best))


def _starts(distance_m: np.ndarray) -> list[int]:
    """Begin at the place that is farthest from all, and at the one farthest from that."""
    one = int(distance_m.sum(axis=1).argmax())
    return list(dict.fromkeys([one, int(distance_m[one].argmax())]))


def _nearest(distance_m: np.ndarray, start: int) -> np.ndarray:
    order, left = [start], np.ones(len(distance_m), dtype=bool)
    left[start] = False
    while left.any():
        order.append(int(np.where(left, distance_m[order[-1]], np.inf).argmin()))
        left[order[-1]] = False
    return np.array(order)


def _two_opt(distance_m: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Turn stretches of an open walk round while that shortens it."""
    from geo.districting.touring_kernel import two_opt

    turned = order.astype(np.int64)
    two_opt(np.ascontiguousarray(distance_m, dtype=np.float64), turned)
    return turned


def _length(distance_m: np.ndarray, order: np.ndarray) -> float:
    return float(distance_m[order[:-1], order[1:]].sum())
