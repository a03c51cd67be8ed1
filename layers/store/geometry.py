"""Geometry at rest: WKB, and the GeoPackage blob that wraps it in a header with an envelope.

A blob is ``GP``, version, flags, srs id, an envelope of 0 to 8 doubles, and WKB. We write little-endian headers with
the envelope ``minx, maxx, miny, maxy``; what other tools write is read whatever its byte order and envelope.
Inside the program geometry has its simplest form: a multi-geometry of one part is that part, an empty geometry is
None, and there is no third dimension. In the file polygons and lines are multi-geometries, as one column has one type.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.shapes import simplest

SRS_ID = 4326
_HEAD = np.dtype(
    [("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4"), ("envelope", "<f8", 4),
     ("order", "u1"), ("multi", "<u4"), ("parts", "<u4")]
)  # fmt: skip
_PLAIN_HEAD = 40  # bytes of it, where no multi-geometry goes round
_OUR_FLAGS = 0b0000_0011  # little-endian, envelope of x and y, not empty
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_ENVELOPE = {True: struct.Struct("<4d"), False: struct.Struct(">4d")}

_POINT, _LINE, _POLYGON = 0, 1, 3
_MULTI_OF = {_LINE: 5, _POLYGON: 6}
_KINDS = {0: "point", 1: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon"}
_MULTI_WKB = (4, 5, 6)
_PLAIN = frozenset(struct.pack("<BI", 1, kind) for kind in (1, 2, 3))
_ONE_PART = frozenset(struct.pack("<BIIBI", 1, kind + 3, 1, 1, kind) for kind in (2, 3))


def types_of(kinds: Collection[str]) -> list[int]:
    """Return the types of geometry, as shapely numbers them, that are ``"point"``, ``"line"`` or ``"polygon"``."""
    return [number for number, kind in _KINDS.items() if kind in kinds]


def all_finite(geometries: np.ndarray) -> np.ndarray:
    """Say for each geometry whether all its coordinates are finite; None counts as finite."""
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    finite = np.ones(len(geometries), dtype=bool)
    finite[owner[~np.isfinite(coordinates).all(axis=1)]] = False
    return finite


def to_wkb(geometries: np.ndarray) -> list[bytes | None]:
    """Return little-endian WKB of each geometry, None for None."""
    return list(shapely.to_wkb(geometries, byte_order=1, output_dimension=2))


def to_blobs(geometries: np.ndarray) -> list[bytes | None]:
    """Return each geometry, lines and polygons promoted to multi-geometries, as a GeoPackage blob; None for None."""
    return wrapped(geometries, to_wkb(geometries), shapely.bounds(geometries))


def wrapped(geometries: np.ndarray, wkb: list[bytes | None], bounds: np.ndarray) -> list[bytes | None]:
    """Return what `to_blobs` does where WKB and bounds are known."""
    kinds = shapely.get_type_id(geometries)
    heads = np.zeros(len(kinds), _HEAD)
    heads["magic"], heads["flags"], heads["srs"] = b"GP", _OUR_FLAGS, SRS_ID
    heads["envelope"] = bounds[:, [0, 2, 1, 3]]
    promoted = np.isin(kinds, list(_MULTI_OF))
    heads["order"], heads["parts"] = 1, 1
    for kind, multi in _MULTI_OF.items():
        heads["multi"][kinds == kind] = multi
    data, size = heads.tobytes(), _HEAD.itemsize
    blobs: list[bytes | None] = []
    for at, (body, multi) in enumerate(zip(wkb, promoted.tolist(), strict=True)):
        begin = at * size
        blobs.append(None if body is None else data[begin : begin + (size if multi else _PLAIN_HEAD)] + body)
    return blobs


def from_blobs(blobs: Sequence[bytes | None]) -> np.ndarray:
    """Return the geometries of GeoPackage blobs in their simplest form.

    Raises
    ------
    ValueError
        A blob is no GeoPackage geometry, or nests collections (which would crash the process).
    """
    # the blobs that we write most are recognised by 14 bytes, and their only part is read without the multi around it
    return _from_safe_wkb(
        [
            blob[49:]
            if blob is not None and blob[40:54] in _ONE_PART and blob[3] == _OUR_FLAGS
            else None
            if blob is None
            else _safe(_body(blob))
            for blob in blobs
        ]
    )


def from_blob(blob: bytes) -> BaseGeometry | None:
    """Return the geometry of one blob as `from_blobs` does; what we write most costs a tenth of it."""
    if blob[40:54] not in _ONE_PART or blob[3] != _OUR_FLAGS:
        (shape,) = from_blobs([blob])
        return shape
    try:
        shape = shapely.from_wkb(blob[49:])
    except shapely.errors.GEOSException as error:
        raise ValueError(str(error)) from error
    return None if shapely.is_empty(shape) else shape


def from_wkb(bodies: Sequence[bytes | None]) -> np.ndarray:
    """Return the geometries of WKB in their simplest form; ValueError as in `from_blobs`."""
    return _from_safe_wkb([None if body is None else _safe(body) for body in bodies])


def envelope(blob: bytes | None) -> tuple[float, float, float, float] | None:
    """Return ``(minx, maxx, miny, maxy)`` of a GeoPackage blob, None where there is no geometry."""
    if blob is None:
        return None
    flags = blob[3]
    if flags == _OUR_FLAGS:
        return _ENVELOPE[True].unpack_from(blob, 8)
    if flags & 0b0001_0000:
        return None
    if flags & 0b0000_1110:
        return _ENVELOPE[bool(flags & 1)].unpack_from(blob, 8)
    geometry = from_blobs([blob])[0]
    if geometry is None:
        return None
    west, south, east, north = geometry.bounds
    return west, east, south, north


def one(geometry: BaseGeometry | None) -> np.ndarray:
    """Return an array that holds this one geometry."""
    array = np.empty(1, dtype=object)
    array[0] = geometry
    return array


def _body(blob: bytes) -> bytes:
    if blob[:2] != b"GP" or len(blob) < 8:
        raise ValueError("not a GeoPackage geometry")
    if blob[3] == _OUR_FLAGS:
        return blob[40:]
    envelope_kind = (blob[3] >> 1) & 0b111
    if envelope_kind >= len(_ENVELOPE_BYTES):
        raise ValueError("not a GeoPackage geometry: unknown kind of envelope")
    return blob[8 + _ENVELOPE_BYTES[envelope_kind] :]


def _from_safe_wkb(bodies: list[bytes | None]) -> np.ndarray:
    values = np.empty(len(bodies), dtype=object)
    values[:] = bodies
    try:
        return simplest(shapely.from_wkb(values))
    except shapely.errors.GEOSException as error:
        raise ValueError(str(error)) from error


def _safe(body: bytes) -> bytes:
    """Return WKB, refusing collections: GEOS follows nested ones with its own stack and dies when it ends."""
    if body[:5] in _PLAIN:
        return body
    kind = _kind(body, 0)
    if kind in _MULTI_WKB:
        _walk(body, kind - 3, int.from_bytes(body[5:9], _order(body, 0)))
    elif kind not in (1, 2, 3):
        raise ValueError(f"geometry of type {kind} is not accepted")
    return body


def _order(body: bytes, at: int) -> Literal["little", "big"]:
    return "little" if body[at] else "big"


def _kind(body: bytes, at: int) -> int:
    if len(body) < at + 5:
        raise ValueError("a geometry is cut short")
    return (int.from_bytes(body[at + 1 : at + 5], _order(body, at)) & 0x1FFF_FFFF) % 1000


def _walk(body: bytes, kind: int, parts: int) -> None:
    at = 9
    for _ in range(parts):
        if _kind(body, at) != kind:
            raise ValueError("a multi-geometry with parts of another type is not accepted")
        order = _order(body, at)
        code = int.from_bytes(body[at + 1 : at + 5], order)
        dimensions = 2 + bool(code & 0x8000_0000) + bool(code & 0x4000_0000)
        dimensions += {0: 0, 1: 1, 2: 1, 3: 2}.get((code & 0x1FFF_FFFF) // 1000, 0)
        at += 5
        rings = 1
        if kind == 3:
            rings = int.from_bytes(body[at : at + 4], order)
            at += 4
        for _ in range(rings):
            points = 1
            if kind != 1:
                points = int.from_bytes(body[at : at + 4], order)
                at += 4
            at += points * dimensions * 8
            if at > len(body):
                raise ValueError("a geometry is cut short")
