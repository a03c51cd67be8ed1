"""Numba kernel of `layers.store.packed`: the corners of plain polygons, taken out of GeoPackage blobs.

Importing this module loads numba; import it only where the kernel is called.
"""

from __future__ import annotations

import numpy as np
from numba import njit

HEAD = 62
"""Bytes before the corners of the polygon that we write most: the blob's own head with an envelope, a multi-polygon of
one part, and that part of one ring."""
LEAST = 4
"""Corners that a ring has at least, the last of which is the first again."""


@njit(cache=True, nogil=True)
def corners(data: np.ndarray, ends: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Return how many corners each plain polygon has; 0 for a blob that is anything else.

    Parameters
    ----------
    data : uint8[b]
        Blobs, one after the other.
    ends : int64[n + 1]
        Blob i is data[ends[i]:ends[i + 1]].
    like : int16[HEAD - 4]
        What the head of a plain polygon holds before the number of its corners; -1 where it may be anything.

    Returns
    -------
    int64[n]
    """
    found = np.zeros(len(ends) - 1, np.int64)
    for row in range(len(found)):
        begin, size = ends[row], ends[row + 1] - ends[row]
        if size < HEAD + 16 * LEAST:
            continue
        plain = True
        for place in range(len(like)):
            if like[place] >= 0 and data[begin + place] != like[place]:
                plain = False
                break
        if not plain:
            continue
        last = begin + HEAD - 1
        count = np.int64(data[last])
        for place in range(1, 4):
            count = (count << 8) + np.int64(data[last - place])
        if count < LEAST or size != HEAD + 16 * count or not _closed(data, begin + HEAD, count):
            continue
        found[row] = count
    return found


@njit(cache=True, nogil=True)
def _closed(data: np.ndarray, begin: int, count: np.int64) -> bool:
    """Say whether the last corner is the first, bit by bit."""
    last = begin + 16 * (count - 1)
    same = True
    for place in range(16):
        same &= data[begin + place] == data[last + place]
    return same


@njit(cache=True, nogil=True)
def copy(data: np.ndarray, ends: np.ndarray, counts: np.ndarray, into: np.ndarray) -> None:
    """Write the corners of plain polygons one after the other: `into` is uint8[16 * sum(counts)]."""
    place = 0
    for row in range(len(counts)):
        begin = ends[row] + HEAD
        for byte in range(16 * counts[row]):
            into[place + byte] = data[begin + byte]
        place += 16 * counts[row]
