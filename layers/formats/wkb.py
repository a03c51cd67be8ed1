"""Geometry as plain bytes: checked, made two-dimensional and closed before GEOS may see it.

GEOS recurses on nested collections until the stack is gone, and takes counts and coordinates as they come. So the
bytes are walked here first. What comes out is little-endian 2D WKB (OGC 06-103r4, section 8.2).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from layers.text import Param

POINT, LINE, POLYGON, MULTIPOINT, MULTILINE, MULTIPOLYGON, COLLECTION = range(1, 8)
PART_OF = {MULTIPOINT: POINT, MULTILINE: LINE, MULTIPOLYGON: POLYGON}
CURVES = range(8, 18)
COORDINATE_BYTES = 8
SMALLEST_PART_BYTES = 4
EWKB_Z, EWKB_M, EWKB_SRID = 0x80000000, 0x40000000, 0x20000000
ENVELOPE_BYTES = (0, 32, 48, 48, 64)
USUAL, USUAL_BYTES = b"GP\0\3", 40
"""How most GeoPackage blobs begin (little-endian, an envelope of x and y), and how long their head is then."""
HEAD = {kind: struct.pack("<BI", 1, kind) for kind in range(1, 8)}
ONE_POLYGON = struct.pack("<BII", 1, MULTIPOLYGON, 1)
POSITION_BYTES, FEWEST_TOGETHER = 16, 8
# What a polygon of one ring begins with, alone or as the only part, by what its size leaves over beside its positions.
_POLYGON_HEADS = {
    (len(head) + 4) % POSITION_BYTES: head
    for head in (struct.pack("<BII", 1, POLYGON, 1), ONE_POLYGON + struct.pack("<BII", 1, POLYGON, 1))
}


class BadGeometry(ValueError):
    """A geometry that cannot be used; `key` names the message that says why."""

    def __init__(self, key: str, **params: Param) -> None:
        super().__init__(key)
        self.key, self.params = key, params


class Builder:
    """Writes checked WKB; `closed` says whether a ring had to be closed on the way."""

    def __init__(self) -> None:
        self.closed = False

    def point(self, position: np.ndarray) -> bytes | None:
        """Return a point from an array of shape (2,); None where both numbers are NaN (an empty point)."""
        if np.isnan(position).all():
            return None
        _finite(position)
        return struct.pack("<BI", 1, POINT) + _doubles(position)

    def line(self, positions: np.ndarray) -> bytes | None:
        """Return a line from an array of shape (n, 2); None when n is 0."""
        if len(positions) == 0:
            return None
        _finite(positions)
        if len(positions) < 2:
            raise BadGeometry("formats.line-too-short")
        return struct.pack("<BII", 1, LINE, len(positions)) + _doubles(positions)

    def polygon(self, rings: list[np.ndarray]) -> bytes | None:
        """Return a polygon from rings of shape (n, 2), the shell first; None without a shell."""
        if not rings or len(rings[0]) == 0:
            return None
        parts = [struct.pack("<BII", 1, POLYGON, sum(len(ring) > 0 for ring in rings))]
        for ring in rings:
            if len(ring):
                ring = self._ring(ring)
                parts += [struct.pack("<I", len(ring)), _doubles(ring)]
        return b"".join(parts)

    def _ring(self, ring: np.ndarray) -> np.ndarray:
        _finite(ring)
        if ring[0, 0] != ring[-1, 0] or ring[0, 1] != ring[-1, 1]:
            ring = np.concatenate([ring, ring[:1]])
            self.closed = True
        if len(ring) < 4:
            raise BadGeometry("formats.ring-too-short")
        return ring


def collect(kind: int, parts: list[bytes | None]) -> bytes | None:
    """Return a multi-geometry or collection of finished parts, empty ones left out; None when none is left."""
    kept = [part for part in parts if part is not None]
    return struct.pack("<BII", 1, kind, len(kept)) + b"".join(kept) if kept else None


def normalise(data: bytes, nesting: int) -> tuple[bytes | None, bool]:
    """Check WKB, ISO or extended, of either byte order.

    Parameters
    ----------
    data : bytes
        One geometry.
    nesting : int
        How deep collections may lie inside each other.

    Returns
    -------
    (bytes or None, bool)
        Little-endian 2D WKB, None for an empty geometry; and whether a ring had to be closed.

    Raises
    ------
    BadGeometry
        Cut off, not finite, too deep, a curve, a ring or line with too few points.
    """
    if is_plain(data):
        return data, False
    walker = _Walker(data, nesting)
    try:
        geometry = walker.geometry(nesting, None)
    except (struct.error, IndexError) as error:
        raise BadGeometry("formats.geometry-cut-off") from error
    return geometry, walker.builder.closed


def is_plain(data: bytes) -> bool:
    """Say whether a geometry is of the everyday kind and already what `normalise` would return.

    That is a point, a line, or a polygon of one closed ring, alone or as the only part of a multi-polygon. Most
    rows of most files are, and this costs a tenth of walking them; a false answer only means "walk it".
    """
    head = data[:5]
    if head == ONE_POLYGON[:5] and data[:9] == ONE_POLYGON:
        data = data[9:]
        head = data[:5]
        return head == HEAD[POLYGON] and _is_plain_polygon(data)
    if head == HEAD[POLYGON]:
        return _is_plain_polygon(data)
    if head == HEAD[LINE] and len(data) >= 41:
        count = int.from_bytes(data[5:9], "little")
        return len(data) == 9 + 16 * count and _all_finite(data, 9)
    return head == HEAD[POINT] and len(data) == 21 and _all_finite(data, 5)


def plain_among(bodies: Sequence[bytes | None]) -> list[bool]:
    """Say of many geometries which are plain polygons, as `is_plain` would; those that are None are not.

    Those of one length are looked at together, which costs a fifth; where few are, nothing is won and False is said.
    """
    sizes = np.array([0 if body is None else len(body) for body in bodies])
    order = np.argsort(sizes, kind="stable")
    found = np.zeros(len(bodies), dtype=bool)
    for places in np.split(order, np.flatnonzero(np.diff(sizes[order])) + 1):
        size = int(sizes[places[0]]) if len(places) else 0
        head = _POLYGON_HEADS.get(size % POSITION_BYTES)
        if head is not None and len(places) >= FEWEST_TOGETHER and size >= len(head) + 4 + 4 * POSITION_BYTES:
            found[places] = _plain_alike(b"".join(bodies[place] or b"" for place in places.tolist()), size, head)
    return found.tolist()


def _plain_alike(data: bytes, size: int, head: bytes) -> np.ndarray:
    """Say which of some bodies of one size begin with a head, are closed and finite."""
    rows = np.frombuffer(data, np.uint8).reshape(-1, size)
    begin = len(head) + 4
    count = (size - begin) // POSITION_BYTES
    wanted = np.frombuffer(head + count.to_bytes(4, "little"), np.uint8)
    closed = (rows[:, begin : begin + POSITION_BYTES] == rows[:, -POSITION_BYTES:]).all(axis=1)
    finite = np.isfinite(np.ascontiguousarray(rows[:, begin:]).view("<f8")).all(axis=1)
    return (rows[:, :begin] == wanted).all(axis=1) & closed & finite


def _is_plain_polygon(data: bytes) -> bool:
    if len(data) < 13 + 4 * 16 or data[5:9] != b"\1\0\0\0":
        return False
    count = int.from_bytes(data[9:13], "little")
    return len(data) == 13 + 16 * count and data[13:29] == data[-16:] and _all_finite(data, 13)


def _all_finite(data: bytes, at: int) -> bool:
    # A sum that is not finite may also come of an overflow; the caller then looks closely.
    return math.isfinite(sum(struct.unpack_from(f"<{(len(data) - at) // 8}d", data, at)))


def from_geopackage(blob: bytes) -> bytes | None:
    """Return the WKB inside a GeoPackage geometry blob (OGC 12-128r17, 2.1.3); None when it is marked empty."""
    if len(blob) < 8 or blob[:2] != b"GP":
        raise BadGeometry("formats.geometry-not-geopackage")
    flags = blob[3]
    envelope = flags >> 1 & 7
    if flags & 0x20 or envelope >= len(ENVELOPE_BYTES):
        raise BadGeometry("formats.geometry-not-geopackage")
    return None if flags & 0x10 else blob[8 + ENVELOPE_BYTES[envelope] :]


class _Walker:
    def __init__(self, data: bytes, nesting: int) -> None:
        self.data, self.nesting, self.at = data, nesting, 0
        self.builder = Builder()

    def geometry(self, deeper: int, expected: int | None) -> bytes | None:
        if deeper < 0:
            raise BadGeometry("formats.geometry-too-deep", limit=self.nesting)
        order, kind, dimensions = self._head()
        if expected is not None and kind != expected:
            raise BadGeometry("formats.geometry-broken")
        if kind == POINT:
            return self.builder.point(self._positions(order, 1, dimensions)[0])
        if kind == LINE:
            return self.builder.line(self._positions(order, self._count(order, COORDINATE_BYTES), dimensions))
        if kind == POLYGON:
            rings = self._count(order, SMALLEST_PART_BYTES)
            return self.builder.polygon([self._ring(order, dimensions) for _ in range(rings)])
        if kind in PART_OF or kind == COLLECTION:
            parts = self._count(order, SMALLEST_PART_BYTES)
            return collect(kind, [self.geometry(deeper - 1, PART_OF.get(kind)) for _ in range(parts)])
        raise BadGeometry("formats.geometry-curve" if kind in CURVES else "formats.geometry-broken")

    def _head(self) -> tuple[str, int, int]:
        mark = self.data[self.at]
        if mark not in (0, 1):
            raise BadGeometry("formats.geometry-broken")
        order = "<" if mark else ">"
        (code,) = struct.unpack_from(order + "I", self.data, self.at + 1)
        self.at += 5 + (4 if code & EWKB_SRID else 0)
        kind, iso = (code & 0x0FFFFFFF) % 1000, (code & 0x0FFFFFFF) // 1000
        with_z = bool(code & EWKB_Z) or iso in (1, 3)
        with_m = bool(code & EWKB_M) or iso in (2, 3)
        return order, kind, 2 + with_z + with_m

    def _count(self, order: str, smallest_bytes: int) -> int:
        (count,) = struct.unpack_from(order + "I", self.data, self.at)
        self.at += 4
        # A count that cannot fit into the bytes that are left must not reserve memory.
        if count * smallest_bytes > len(self.data) - self.at:
            raise BadGeometry("formats.geometry-cut-off")
        return count

    def _ring(self, order: str, dimensions: int) -> np.ndarray:
        return self._positions(order, self._count(order, COORDINATE_BYTES), dimensions)

    def _positions(self, order: str, count: int, dimensions: int) -> np.ndarray:
        if count * dimensions * COORDINATE_BYTES > len(self.data) - self.at:
            raise BadGeometry("formats.geometry-cut-off")
        flat = np.frombuffer(self.data, order + "f8", count * dimensions, self.at)
        self.at += flat.nbytes
        return flat.reshape(count, dimensions)[:, :2]


def _finite(positions: np.ndarray) -> None:
    if not np.isfinite(positions).all():
        raise BadGeometry("formats.geometry-not-finite")


def _doubles(positions: np.ndarray) -> bytes:
    return positions.astype("<f8", copy=False).tobytes()
