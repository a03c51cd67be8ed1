"""The text of GeoJSON, against shapely's."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.shapes.geojson_text import geometry_texts
from geo.shapes.validity import orient_rfc7946, round_coordinates

number = st.floats(-180, 180) | st.sampled_from([0.0, -0.0, 1e-9, -5e-8, 120.0, -0.1, 99.99999999])
place = st.tuples(number, number)
ring = st.lists(place, min_size=3, max_size=6)


def polygon(rings: list) -> shapely.Polygon:
    return shapely.Polygon(rings[0], rings[1:])


polygons = st.lists(ring, min_size=1, max_size=3).map(polygon)
lines = st.lists(place, min_size=2, max_size=5).map(shapely.LineString)
shapes = st.one_of(
    st.none(),
    st.builds(shapely.Point, place),
    st.builds(lambda at: shapely.Point(*at, 3.0), place),  # a height, which is dropped
    st.just(shapely.Point()),
    lines,
    polygons,
    st.lists(place, min_size=1, max_size=3).map(shapely.MultiPoint),
    st.lists(lines, min_size=1, max_size=3).map(shapely.MultiLineString),
    st.lists(polygons, min_size=1, max_size=3).map(shapely.MultiPolygon),
    st.builds(lambda a, b: shapely.GeometryCollection([a, b]), lines, polygons),
    st.just(shapely.Polygon()),
    st.just(shapely.Point(1e300, 2)),
)


def flat(value: object) -> object:
    """Turn -0.0 into 0.0, which JSON tells apart and maps do not."""
    if isinstance(value, list):
        return [flat(each) for each in value]
    if isinstance(value, dict):
        return {name: flat(each) for name, each in value.items()}
    return value + 0 if isinstance(value, float) else value


@given(st.lists(shapes, max_size=5), st.sampled_from([4, 7]), st.sampled_from([0, 4]))
def test_the_text_says_what_shapely_says(several, decimals, kernel_from):
    array = np.empty(len(several), dtype=object)
    array[:] = several
    expected = shapely.to_geojson(orient_rfc7946(round_coordinates(array, decimals)))
    for mine, theirs in zip(geometry_texts(array, decimals, kernel_from), expected, strict=True):
        told = json.loads(mine)
        other = None if theirs is None else json.loads(theirs)
        if told is not None and "Polygon" in told["type"]:
            # A ring without surface has no direction; both may write it either way.
            assert told["type"] == other["type"]
            assert vertices(told) == vertices(other)
        else:
            assert flat(told) == flat(other)


def vertices(geometry: dict) -> list:
    def rings(value: list) -> list:
        if not value or not value[0] or isinstance(value[0][0], float):
            return [value]
        return [each for part in value for each in rings(part)]

    return [sorted(flat(each)) for each in rings(geometry["coordinates"])] if geometry["coordinates"] else []


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (shapely.Point(120, -0.5), b'{"type":"Point","coordinates":[120.0,-0.5]}'),
        (shapely.Point(-0.00000004, 1.23456789), b'{"type":"Point","coordinates":[0.0,1.2345679]}'),
        (
            shapely.box(0, 0, 1, 1),  # given clockwise from the south-east
            b'{"type":"Polygon","coordinates":[[[1.0,0.0],[1.0,1.0],[0.0,1.0],[0.0,0.0],[1.0,0.0]]]}',
        ),
        (
            shapely.Polygon([(0, 0), (0, 9), (9, 9), (0, 0)], [[(1, 2), (2, 3), (1, 3), (1, 2)]]),
            b'{"type":"Polygon","coordinates":[[[0.0,0.0],[9.0,9.0],[0.0,9.0],[0.0,0.0]],'
            b"[[1.0,2.0],[1.0,3.0],[2.0,3.0],[1.0,2.0]]]}",
        ),
        (None, b"null"),
    ],
)
def test_by_hand(shape, text):
    assert geometry_texts(np.array([shape], dtype=object)) == [text]
