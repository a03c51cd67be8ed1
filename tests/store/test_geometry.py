"""Geometry blobs of other tools, and hostile ones."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import shapely

from layers.store import geometry
from tests.store.examples import HOUSE


def gpb(body: bytes, flags: int = 0b0000_0001, envelope: bytes = b"") -> bytes:
    return b"GP\x00" + bytes([flags]) + struct.pack("<i" if flags & 1 else ">i", 4326) + envelope + body


def test_our_header_tells_the_bounds_without_reading_the_geometry():
    blob = geometry.to_blobs(geometry.one(HOUSE))[0]
    assert blob[:4] == b"GP\x00\x03"
    assert geometry.envelope(blob) == (120.0, 120.001, 36.0, 36.001)
    assert shapely.from_wkb(blob[40:]).geom_type == "MultiPolygon"


@pytest.mark.parametrize("byte_order", [0, 1])
@pytest.mark.parametrize(("kind", "doubles"), [(0, 0), (1, 4), (2, 6), (3, 6), (4, 8)])
def test_headers_of_every_byte_order_and_envelope(byte_order, kind, doubles):
    box = (120.0, 120.001, 36.0, 36.001, 0, 0, 0, 0)[:doubles]
    envelope = struct.pack(("<" if byte_order else ">") + f"{doubles}d", *box)
    blob = gpb(shapely.to_wkb(HOUSE, byte_order=byte_order), kind << 1 | byte_order, envelope)
    assert geometry.from_blobs([blob])[0] == HOUSE
    assert geometry.envelope(blob) == (120.0, 120.001, 36.0, 36.001)


def test_an_empty_geometry_is_none():
    empty = gpb(shapely.to_wkb(shapely.MultiPolygon()), 0b0001_0001)
    assert list(geometry.from_blobs([empty, None])) == [None, None]
    assert geometry.envelope(empty) is None


def nested(depth: int) -> bytes:
    return struct.pack("<BII", 1, 7, 1) * depth + shapely.to_wkb(shapely.Point(0, 0))


@pytest.mark.parametrize(
    "body",
    [
        nested(100_000),
        struct.pack("<BII", 1, 6, 1) + nested(100_000),
        struct.pack("<BII", 1, 6, 2) + shapely.to_wkb(HOUSE) + nested(100_000),
        struct.pack("<BII", 1, 6, 2) + shapely.to_wkb(shapely.MultiPolygon([HOUSE] * 2)),
        struct.pack("<BII", 1, 6, 2**31) + shapely.to_wkb(HOUSE),
        struct.pack("<BII", 1, 3, 2**31),
        struct.pack("<BIII", 1, 6, 1, 1),
        struct.pack("<BI", 1, 99),
        shapely.to_wkb(HOUSE)[:30],
        b"",
        b"\x01",
    ],
)
def test_hostile_geometry_is_refused_before_it_is_read(body):
    with pytest.raises(ValueError):
        geometry.from_blobs([gpb(body)])
    with pytest.raises(ValueError):
        geometry.from_wkb([body])


@pytest.mark.parametrize("blob", [b"", b"GP", b"XX\x00\x01" + bytes(50), gpb(shapely.to_wkb(HOUSE), 0b0000_1111)])
def test_what_is_no_blob_is_refused(blob):
    with pytest.raises(ValueError):
        geometry.from_blobs([blob])


def test_parts_with_height_and_measure_are_walked_over():
    high = shapely.force_3d(shapely.MultiPolygon([HOUSE, shapely.box(121, 36, 122, 37)]), 5.0)
    for flavor in ("iso", "extended"):
        back = geometry.from_wkb([shapely.to_wkb(high, flavor=flavor)])[0]
        assert back == shapely.force_2d(high)


def test_simplest_leaves_its_input_alone():
    given = np.array([shapely.MultiPoint([(1, 2)]), None, shapely.Point()], dtype=object)
    simple = geometry.simplest(given)
    assert list(simple) == [shapely.Point(1, 2), None, None]
    assert given[0].geom_type == "MultiPoint"
