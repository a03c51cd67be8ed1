"""Numba kernels of `geo.tiles.box_tree`. Importing this module loads numba; import it only where a kernel is called."""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.tiles.box_tree import FAN


@njit(cache=True, nogil=True)
def matching(boxes: np.ndarray, starts: np.ndarray, west: float, south: float, east: float,
             north: float) -> np.ndarray:
    """Return the rows of the lowest level that meet the box: int64."""
    found, used = np.empty(1024, np.int64), 0
    stack, level_of = np.empty(FAN * 16, np.int64), np.empty(FAN * 16, np.int64)
    stack[0], level_of[0], depth = 0, len(starts) - 2, 1
    while depth:
        depth -= 1
        row, level = stack[depth], level_of[depth]
        at = starts[level] + row
        if boxes[at, 0] > east or boxes[at, 2] < west or boxes[at, 1] > north or boxes[at, 3] < south:
            continue
        if level == 0:
            if used == len(found):
                more = np.empty(2 * used, np.int64)
                for i in range(used):
                    more[i] = found[i]
                found = more
            found[used] = row
            used += 1
            continue
        first = row * FAN
        last = min(first + FAN, starts[level] - starts[level - 1])
        for child in range(first, last):
            stack[depth], level_of[depth] = child, level - 1
            depth += 1
    return found[:used]


@njit(cache=True, nogil=True)
def counting(boxes: np.ndarray, starts: np.ndarray, west: float, south: float, east: float, north: float) -> int:
    """Count the rows of the lowest level that meet the box; nodes inside it are counted whole."""
    total = 0
    stack, level_of = np.empty(FAN * 16, np.int64), np.empty(FAN * 16, np.int64)
    stack[0], level_of[0], depth = 0, len(starts) - 2, 1
    lowest = starts[1] - starts[0]
    while depth:
        depth -= 1
        row, level = stack[depth], level_of[depth]
        at = starts[level] + row
        if boxes[at, 0] > east or boxes[at, 2] < west or boxes[at, 1] > north or boxes[at, 3] < south:
            continue
        inside = boxes[at, 0] >= west and boxes[at, 2] <= east and boxes[at, 1] >= south and boxes[at, 3] <= north
        if level == 0 or inside:
            span = FAN**level
            total += min((row + 1) * span, lowest) - row * span
            continue
        first = row * FAN
        last = min(first + FAN, starts[level] - starts[level - 1])
        for child in range(first, last):
            stack[depth], level_of[depth] = child, level - 1
            depth += 1
    return total
