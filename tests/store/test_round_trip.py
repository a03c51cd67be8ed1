"""Whatever a feature holds comes back as it was: at once, from the frame, from history."""

from __future__ import annotations

import datetime as dt

import hypothesis.strategies as st
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from shapely.geometry import MultiLineString, MultiPolygon, Point

from layers.catalogue import catalogue
from layers.model.feature import Feature
from layers.store import geometry, values
from tests.store.examples import create, delete
from tests.suite import examples

TEXT = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    ["幸福里", "", "0012", "=1+1", "a\x00b", "𠮷"]
)
VALUES = {
    "text": TEXT,
    "enum": TEXT,
    "integer": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "date": st.dates(),
    "list": st.lists(TEXT, min_size=1, max_size=4).map(tuple),
}
DEGREES = st.tuples(st.floats(-180, 179), st.floats(-90, 89))
POINTS = DEGREES.map(Point)
BOXES = DEGREES.map(lambda corner: shapely.box(corner[0], corner[1], corner[0] + 0.5, corner[1] + 0.25))
HOLED = BOXES.map(lambda box: box.difference(box.centroid.buffer(0.01, quad_segs=1)))
LINES = st.lists(DEGREES, min_size=2, max_size=6, unique=True).map(shapely.LineString)
GEOMETRIES = {
    "point": POINTS,
    "line": LINES | st.lists(LINES, min_size=2, max_size=3).map(MultiLineString),
    "polygon": BOXES | HOLED | st.lists(BOXES, min_size=2, max_size=3).map(MultiPolygon),
}


@st.composite
def features(draw):
    """A layer and a feature of it with any values."""
    layer = draw(st.sampled_from([*catalogue()]))
    own = [field for field in layer.fields if field.name != "code" and not field.system]
    properties = {field.name: draw(VALUES[field.type] | st.none()) for field in own}
    shapes = [GEOMETRIES[kind] for kind in layer.accepts if kind in GEOMETRIES]
    shape = draw(st.none() | st.one_of(shapes)) if shapes else None
    return layer, shape, properties


@pytest.fixture
def numbered(store):
    return store, iter(range(10**9))


@settings(max_examples=examples(60))
@given(made=features())
def test_features_come_back_as_they_were(numbered, made):
    store, numbers = numbered
    layer, shape, properties = made
    id = f"编号 {next(numbers)}"
    feature = Feature(id, shape, {**properties, "code": id})

    revision = create(store, feature, layer=layer.id).revision

    for back in (store.get(layer.id, id), store.changes(revision)[0].after):
        kept = {name: value for name, value in back.properties.items() if name != "updated_at"}
        assert kept == {name: value for name, value in feature.properties.items() if value is not None}
        assert [type(value) for value in kept.values()] == [type(feature.properties[name]) for name in kept]
        assert back.geometry is None if shape is None else back.geometry.equals_exact(shape, 0.0)
    row = store.read(layer.id).loc[id]
    assert row["geometry"] is None if shape is None else row["geometry"].equals_exact(shape, 0.0)
    for field in layer.own_fields():
        value = feature.properties.get(field.name)
        if value is None:
            assert row[field.name] == () if field.type == "list" else pd.isna(row[field.name])
        elif field.type == "date":
            assert row[field.name].to_pydatetime().date() == value
        else:
            assert row[field.name] == value
    delete(store, id, layer=layer.id)


@given(POINTS | LINES | BOXES | HOLED | GEOMETRIES["polygon"] | GEOMETRIES["line"])
def test_geometries_through_blobs(shape):
    back = geometry.from_blobs(geometry.to_blobs(geometry.one(shape)))[0]
    assert back.equals_exact(shape, 0.0)


@given(st.sampled_from(list(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind] | st.none())))
def test_values_through_columns(pair):
    kind, value = pair
    assert values.decode(kind, values.encode(kind, value)) == value


def test_dates_before_a_thousand_keep_their_digits():
    assert values.encode("date", dt.date(1, 2, 3)) == "0001-02-03"
