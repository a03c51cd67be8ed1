"""Everyday shapes are known together as each alone."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.formats import wkb

SQUARE = shapely.box(120, 36, 120.1, 36.1)
HOLED = shapely.Polygon(SQUARE.exterior.coords, [shapely.box(120.02, 36.02, 120.04, 36.04).exterior.coords])
SHAPES = [SQUARE, shapely.MultiPolygon([SQUARE]), HOLED, shapely.Point(120, 36), shapely.LineString([(0, 0), (1, 1)]),
          shapely.Polygon([(0, 0), (1, 0), (1, 1), (0, 1), (0.5, 0.5)]), shapely.MultiPolygon([SQUARE, SQUARE]),
          shapely.GeometryCollection([SQUARE]), shapely.Polygon()]  # fmt: skip
BODIES = [bytes(each) for each in shapely.to_wkb(np.array(SHAPES, dtype=object), byte_order=1)]


def body(which: int, at: int, byte: int) -> bytes:
    """A body with one of its bytes changed; none where there is no such byte."""
    data = bytearray(BODIES[which])
    if at < len(data):
        data[at] = byte
    return bytes(data)


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.sampled_from(BODIES),
            st.builds(body, st.integers(0, len(BODIES) - 1), st.integers(0, 120), st.integers(0, 255)),
            st.sampled_from([BODIES[0][:-1], BODIES[0] + b"\0" * 16, b"", b"\1"]),
        ),
        max_size=30,
    )
)
def test_what_is_said_of_many_is_said_of_each(bodies: list[bytes | None]) -> None:
    together = wkb.plain_among(bodies * wkb.FEWEST_TOGETHER)
    for data, plain in zip(bodies, together, strict=False):
        polygon = data is not None and wkb.is_plain(data) and data[:5] in (wkb.HEAD[3], wkb.HEAD[6])
        assert plain == polygon


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_no_place_on_earth_is_not_plain(which: int, number: float) -> None:
    broken = BODIES[which][:-24] + np.array([number]).tobytes() + BODIES[which][-16:]
    assert wkb.plain_among([broken] * 9 + [BODIES[which]]) == [False] * 9 + [True]
