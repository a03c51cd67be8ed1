"""Numba kernels of `geo.tiles.tiles`: clip, quantise and write features in the Mapbox Vector Tile encoding 2.1.

Importing this module loads numba; import it only where a kernel is called.

Polygons are clipped as in Sutherland and Hodgman (1974), lines as in Liang and Barsky (1984). A clipped ring may run
along the clip's edge and back; that lies in the buffer around the tile and is never seen.
"""

from __future__ import annotations

import numpy as np
from numba import njit

POINT, LINE, POLYGON = 1, 2, 3
MOVE_TO, LINE_TO, CLOSE_PATH = 1, 2, 7
SPECK = 2  # a shape smaller than this many units is drawn as a square of this size, not lost

Frame = tuple[float, float, float, float, float]
"""Scale, left, top, low, high, as `features` takes them."""

_kernel = njit(cache=True, nogil=True, error_model="numpy")


@_kernel
def _varint(out: np.ndarray, at: int, value: int) -> int:
    while value > 127:
        out[at] = (value & 127) | 128
        value >>= 7
        at += 1
    out[at] = value
    return at + 1


@_kernel
def _varint_size(value: int) -> int:
    size = 1
    while value > 127:
        value >>= 7
        size += 1
    return size


@_kernel
def _grown(array: np.ndarray, used: int, room: int) -> np.ndarray:
    if used + room <= len(array):
        return array
    more = np.empty(2 * (used + room), array.dtype)
    for i in range(used):  # a slice of another's length would have to be refused, which takes seconds to compile
        more[i] = array[i]
    return more


@_kernel
def _clip_half(points: np.ndarray, n: int, axis: int, edge: float, sign: float, out: np.ndarray) -> int:
    """Clip a closed ring (the last vertex is not repeated) by one side of the box."""
    m = 0
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        a, b = sign * (points[i, axis] - edge), sign * (points[j, axis] - edge)
        if a >= 0:
            out[m, 0], out[m, 1] = points[i, 0], points[i, 1]
            m += 1
        if (a >= 0) != (b >= 0):
            share = a / (a - b)
            out[m, 0] = points[i, 0] + share * (points[j, 0] - points[i, 0])
            out[m, 1] = points[i, 1] + share * (points[j, 1] - points[i, 1])
            out[m, axis] = edge
            m += 1
    return m


@_kernel
def _put_ring(commands: np.ndarray, used: int, cursor: np.ndarray, ring: np.ndarray, n: int, hole: bool) -> int:
    """Write a ring of whole numbers, outer rings clockwise on the screen; nothing if it has no surface."""
    m, twice = 0, 0
    for i in range(n):
        if m == 0 or ring[i, 0] != ring[m - 1, 0] or ring[i, 1] != ring[m - 1, 1]:
            ring[m, 0], ring[m, 1] = ring[i, 0], ring[i, 1]
            m += 1
    while m > 1 and ring[m - 1, 0] == ring[0, 0] and ring[m - 1, 1] == ring[0, 1]:
        m -= 1
    for i in range(m):
        j = i + 1 if i + 1 < m else 0
        twice += ring[i, 0] * ring[j, 1] - ring[j, 0] * ring[i, 1]
    if m < 3 or twice == 0:
        return used
    backwards = (twice < 0) != hole
    for i in range(m):
        k = m - i if backwards and i else i
        if i == 0:
            commands[used] = MOVE_TO | (1 << 3)
            used += 1
        elif i == 1:
            commands[used] = LINE_TO | ((m - 1) << 3)
            used += 1
        used = _step(commands, used, cursor, ring[k, 0], ring[k, 1])
    commands[used] = CLOSE_PATH | (1 << 3)
    return used + 1


@_kernel
def _polygon(xy: np.ndarray, starts: np.ndarray, hole: np.ndarray, courses: tuple[int, int], frame: Frame,
             commands: np.ndarray, scratch: np.ndarray) -> tuple[np.ndarray, int, np.ndarray]:
    """Write the rings of one shape; return the commands, how many, and the scratch space, which may have grown."""
    scale, left, top, low, high = frame
    used, outer = 0, False
    cursor = np.zeros(2, np.int64)
    for course in range(courses[0], courses[1]):
        if hole[course] and not outer:
            continue
        first, n = starts[course], starts[course + 1] - starts[course] - 1
        if scratch.shape[1] < 6 * n + 16:
            scratch = np.empty((2, 12 * n + 16, 2))
        points, other = scratch[0], scratch[1]
        west, north, east, south = np.inf, np.inf, -np.inf, -np.inf
        for i in range(n):
            x, y = xy[first + i, 0] * scale - left, xy[first + i, 1] * scale - top
            points[i, 0], points[i, 1] = x, y
            west, east, north, south = min(west, x), max(east, x), min(north, y), max(south, y)
        outer = outer and hole[course]
        if west > high or east < low or north > high or south < low:
            continue
        speck = not hole[course] and east - west < SPECK and south - north < SPECK
        if west < low:
            n = _clip_half(points, n, 0, low, 1.0, other)
            points, other = other, points
        if east > high:
            n = _clip_half(points, n, 0, high, -1.0, other)
            points, other = other, points
        if north < low:
            n = _clip_half(points, n, 1, low, 1.0, other)
            points, other = other, points
        if south > high:
            n = _clip_half(points, n, 1, high, -1.0, other)
            points, other = other, points
        ring = np.empty((max(n, 4), 2), np.int64)
        for i in range(n):
            ring[i, 0], ring[i, 1] = int(np.rint(points[i, 0])), int(np.rint(points[i, 1]))
        commands = _grown(commands, used, 2 * max(n, 4) + 3)
        before = used
        used = _put_ring(commands, used, cursor, ring, n, hole[course])
        if used == before and speck:
            x, y = int((west + east) / 2), int((north + south) / 2)
            for i in range(4):
                ring[i, 0] = x + (SPECK if i in (1, 2) else 0)
                ring[i, 1] = y + (SPECK if i in (2, 3) else 0)
            used = _put_ring(commands, used, cursor, ring, 4, False)
        outer = outer or used > before
    return commands, used, scratch


@_kernel
def _lines(xy: np.ndarray, starts: np.ndarray, courses: tuple[int, int], frame: Frame,
           commands: np.ndarray) -> tuple[np.ndarray, int]:
    """Write the parts of lines inside the box."""
    scale, left, top, low, high = frame
    used = 0
    cursor = np.zeros(2, np.int64)
    for course in range(courses[0], courses[1]):
        first, last = starts[course], starts[course + 1] - 1
        commands = _grown(commands, used, 6 * (last - first) + 6)
        part, m = np.empty((last - first + 1, 2), np.int64), 0
        for i in range(first, last):
            x, y = xy[i, 0] * scale - left, xy[i, 1] * scale - top
            dx, dy = xy[i + 1, 0] * scale - left - x, xy[i + 1, 1] * scale - top - y
            enter, leave = 0.0, 1.0
            for side in range(4):
                p = -dx if side == 0 else dx if side == 1 else -dy if side == 2 else dy
                q = x - low if side == 0 else high - x if side == 1 else y - low if side == 2 else high - y
                if p == 0:
                    if q < 0:
                        enter = 2.0
                elif p < 0:
                    enter = max(enter, q / p)
                else:
                    leave = min(leave, q / p)
            if enter > leave:
                continue
            if m == 0:
                m = _add(part, m, x + enter * dx, y + enter * dy)
            m = _add(part, m, x + leave * dx, y + leave * dy)
            if leave < 1:
                used = _put_line(commands, used, cursor, part, m)
                m = 0
        used = _put_line(commands, used, cursor, part, m)
    return commands, used


@_kernel
def _add(part: np.ndarray, m: int, x: float, y: float) -> int:
    part[m, 0], part[m, 1] = int(np.rint(x)), int(np.rint(y))
    return m if m and part[m, 0] == part[m - 1, 0] and part[m, 1] == part[m - 1, 1] else m + 1


@_kernel
def _put_line(commands: np.ndarray, used: int, cursor: np.ndarray, part: np.ndarray, m: int) -> int:
    if m < 2:
        return used
    commands[used] = MOVE_TO | (1 << 3)
    used = _step(commands, used + 1, cursor, part[0, 0], part[0, 1])
    commands[used] = LINE_TO | ((m - 1) << 3)
    used += 1
    for i in range(1, m):
        used = _step(commands, used, cursor, part[i, 0], part[i, 1])
    return used


@_kernel
def _step(commands: np.ndarray, used: int, cursor: np.ndarray, x: float, y: float) -> int:
    for axis in range(2):
        new = int(np.rint(x if axis == 0 else y))
        step = new - cursor[axis]
        commands[used + axis] = (step << 1) ^ (step >> 63)
        cursor[axis] = new
    return used + 2


@_kernel
def _points(xy: np.ndarray, starts: np.ndarray, courses: tuple[int, int], frame: Frame,
            commands: np.ndarray) -> tuple[np.ndarray, int]:
    scale, left, top, low, high = frame
    commands = _grown(commands, 0, 2 * (courses[1] - courses[0]) + 1)
    cursor = np.zeros(2, np.int64)
    used = 1
    for course in range(courses[0], courses[1]):
        x, y = xy[starts[course], 0] * scale - left, xy[starts[course], 1] * scale - top
        if low <= x <= high and low <= y <= high:
            used = _step(commands, used, cursor, x, y)
    commands[0] = MOVE_TO | (((used - 1) // 2) << 3)
    return commands, used if used > 1 else 0


@_kernel
def features(rows: np.ndarray, shapes: tuple[np.ndarray, ...], codes: np.ndarray,
             frame: Frame) -> tuple[np.ndarray, np.ndarray, int]:
    """Write the features of a tile.

    Parameters
    ----------
    rows : int64[k]
        Which shapes, in the order of writing.
    shapes : (kind, courses, starts, hole, xy) of `geo.tiles.layout.Ragged`
    codes : int32[columns, n]
        For each column the number of the shape's value, -1 for none.
    frame : (scale, left, top, low, high)
        A vertex lies at xy * scale - (left, top) units; the box that is kept reaches from low to high.

    Returns
    -------
    (uint8[...], int32[...], int)
        The features' part of the layer message, the numbers of the values in the order of the tile's own, and how
        many features were written.
    """
    kind, courses, starts, hole, xy = shapes
    columns = codes.shape[0]
    out, at, written = np.empty(max(64 * len(rows), 1024), np.uint8), 0, 0
    commands, scratch = np.empty(1024, np.uint64), np.empty((2, 256, 2))
    values, known = np.empty(256, np.int32), 0
    mask = 1
    while mask < 2 * len(rows) * columns:
        mask *= 2
    mask -= 1
    # Number of a value in the layer → its number in the tile: a table no larger than the tile asks for.
    table = np.full((mask + 1, 2), -1, np.int32)
    own = np.empty(columns, np.int32)
    for row in rows:
        span = (courses[row], courses[row + 1])
        used = 0
        if kind[row] == POLYGON:
            commands, used, scratch = _polygon(xy, starts, hole, span, frame, commands, scratch)
        elif kind[row] == LINE:
            commands, used = _lines(xy, starts, span, frame, commands)
        elif kind[row] == POINT:
            commands, used = _points(xy, starts, span, frame, commands)
        if used == 0:
            continue
        tags, geometry = 0, 0
        for column in range(columns):
            value = codes[column, row]
            if value >= 0:
                slot = (value * 40503) & mask
                while table[slot, 0] != value and table[slot, 0] >= 0:
                    slot = (slot + 1) & mask
                if table[slot, 0] < 0:
                    values = _grown(values, known, 1)
                    table[slot, 0], table[slot, 1], values[known] = value, known, value
                    known += 1
                own[column] = table[slot, 1]
                tags += _varint_size(column) + _varint_size(own[column])
        for i in range(used):
            geometry += _varint_size(commands[i])
        size = 1 + _varint_size(row + 1) + 2 + 1 + _varint_size(geometry) + geometry
        if tags:
            size += 1 + _varint_size(tags) + tags
        out = _grown(out, at, size + 12)
        out[at] = 0x12
        at = _varint(out, at + 1, size)
        out[at] = 0x08
        at = _varint(out, at + 1, row + 1)
        if tags:
            out[at] = 0x12
            at = _varint(out, at + 1, tags)
            for column in range(columns):
                if codes[column, row] >= 0:
                    at = _varint(out, _varint(out, at, column), own[column])
        out[at], out[at + 1], out[at + 2] = 0x18, kind[row], 0x22
        at = _varint(out, at + 3, geometry)
        for i in range(used):
            at = _varint(out, at, commands[i])
        written += 1
    return out[:at], values[:known], written


@_kernel
def gathered(values: np.ndarray, starts: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Put runs of bytes one after the other: run i is values[starts[used[i]]:starts[used[i] + 1]]."""
    size = 0
    for i in used:
        size += starts[i + 1] - starts[i]
    out, at = np.empty(size, np.uint8), 0
    for i in used:
        for k in range(starts[i], starts[i + 1]):
            out[at] = values[k]
            at += 1
    return out
