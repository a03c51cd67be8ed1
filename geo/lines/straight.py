"""Straight pieces of lines, and rows of runs: two small things that several modules need."""

from __future__ import annotations

import numpy as np
import shapely


def segments(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Make lines of two places each, given as complex128[k]: object[k] of LineString."""
    return shapely.linestrings(np.column_stack([start, end]).view(float).reshape(-1, 2, 2))


def runs(first: np.ndarray, count: np.ndarray) -> np.ndarray:
    """List first, first + 1, … as many as counted, one run after the other: int64[sum of count]."""
    return np.arange(count.sum()) + np.repeat(first - np.cumsum(count) + count, count)
