"""Numba kernel of `geo.shapes.geojson_text`.

Importing this module loads numba; import it only where the kernel is called.
"""

from __future__ import annotations

import numpy as np
from numba import njit

OPEN, CLOSE, COMMA, MINUS, POINT, ZERO = 91, 93, 44, 45, 46, 48


@njit(cache=True, nogil=True)
def _number(out: np.ndarray, at: int, value: int, decimals: int) -> int:
    """Write value / 10**decimals in the shortest way, with one decimal at least."""
    if value < 0:
        out[at] = MINUS
        at += 1
        value = -value
    whole, part = divmod(value, 10**decimals)
    first = at
    while True:  # backwards, then turned
        out[at] = ZERO + whole % 10
        at += 1
        whole //= 10
        if whole == 0:
            break
    low, high = first, at - 1
    while low < high:
        out[low], out[high] = out[high], out[low]
        low, high = low + 1, high - 1
    out[at] = POINT
    digits = decimals
    while digits > 1 and part % 10 == 0:
        part //= 10
        digits -= 1
    for k in range(digits, 0, -1):
        out[at + k] = ZERO + part % 10
        part //= 10
    return at + 1 + digits


@njit(cache=True, nogil=True)
def write_shapes(
    units: np.ndarray, offsets: tuple[np.ndarray, np.ndarray, np.ndarray], levels: int, decimals: int, oriented: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Write the `coordinates` of shapes of one type.

    Parameters
    ----------
    units : int64[v, 2]
        Coordinates in units of 10**-decimals.
    offsets : (shapes int64[n + 1], parts int64[p + 1], courses int64[c + 1])
        Shape → parts → courses → vertices; where a type has fewer levels, the outer ones hold one each.
    levels : int
        How many brackets enclose a vertex: 0 Point, 1 MultiPoint and LineString, 2 Polygon and MultiLineString,
        3 MultiPolygon.
    decimals : int
    oriented : bool
        Turn the first course of each part counterclockwise and the others clockwise.

    Returns
    -------
    (uint8[...], int64[n + 1])
        The text and where each shape's begins.
    """
    shapes, parts, courses = offsets
    out = np.empty(48 * len(units) + 8 * (len(courses) + len(parts) + len(shapes)), np.uint8)
    starts, at = np.empty(len(shapes), np.int64), 0
    for i in range(len(shapes) - 1):
        starts[i] = at
        if levels > 2:
            out[at] = OPEN
            at += 1
        for p in range(shapes[i], shapes[i + 1]):
            if p > shapes[i]:
                out[at] = COMMA
                at += 1
            if levels > 1:
                out[at] = OPEN
                at += 1
            for c in range(parts[p], parts[p + 1]):
                if c > parts[p]:
                    out[at] = COMMA
                    at += 1
                if levels > 0:
                    out[at] = OPEN
                    at += 1
                first, last = courses[c], courses[c + 1]
                backwards = False
                if oriented:
                    twice = 0.0
                    for k in range(first, last - 1):  # from the first vertex, so that the products stay small
                        twice += float(units[k, 0] - units[first, 0]) * float(units[k + 1, 1] - units[first, 1])
                        twice -= float(units[k + 1, 0] - units[first, 0]) * float(units[k, 1] - units[first, 1])
                    backwards = (twice < 0) == (c == parts[p]) and twice != 0
                for k in range(first, last):
                    v = first + last - 1 - k if backwards else k
                    if k > first:
                        out[at] = COMMA
                        at += 1
                    out[at] = OPEN
                    at = _number(out, at + 1, units[v, 0], decimals)
                    out[at] = COMMA
                    at = _number(out, at + 1, units[v, 1], decimals)
                    out[at] = CLOSE
                    at += 1
                if levels > 0:
                    out[at] = CLOSE
                    at += 1
            if levels > 1:
                out[at] = CLOSE
                at += 1
        if levels > 2:
            out[at] = CLOSE
            at += 1
    starts[len(shapes) - 1] = at
    return out[:at], starts
