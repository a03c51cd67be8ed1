"""Order along a Hilbert curve: what lies near on the map lies near in memory."""

from __future__ import annotations

import numpy as np


def hilbert_order(xy: np.ndarray) -> np.ndarray:
    """Return the order of points along a Hilbert curve over their extent.

    Parameters
    ----------
    xy : float64[n, 2]
        Finite.

    Returns
    -------
    int64[n], positions; points in one place keep their order.

    Notes
    -----
    Warren (2012), "Hacker's Delight", chapter 16.
    """
    low = xy.min(axis=0, initial=np.inf)
    size = max(float((xy - low).max(initial=0.0)), 1e-12)
    x, y = ((xy - low) / size * 65535).astype(np.int64).T
    where = np.zeros(len(xy), dtype=np.int64)
    for bit in (1 << np.arange(15, -1, -1)).tolist():
        right, up = (x & bit) > 0, (y & bit) > 0
        where += bit * bit * ((3 * right) ^ up)
        x, y = np.where(~up & right, 65535 - x, x), np.where(~up & right, 65535 - y, y)
        x, y = np.where(up, x, y), np.where(up, y, x)
    return np.argsort(where, kind="stable")
