"""Shapes kept as corners are the same shapes, whatever is done with the column that holds them."""

from __future__ import annotations

import pickle
import struct

import geopandas as gpd
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from pyproj import CRS
from shapely.geometry import LineString, MultiPolygon, Point, Polygon

from geo.places import centroids_xy, points_and_areas_m2, representative_xy
from geo.shapes import bounds, fingerprint, kept_as, rings_of, same_shapes, type_ids, vertex_counts, vertices
from geo.tiles import ragged
from layers.store import geometry as geom
from layers.store.blobs_kernel import HEAD
from layers.store.packed import PackedShapes, Packing
from tests.suite import examples

HOUSE = Polygon([(120, 36), (120.001, 36), (120.001, 36.001), (120, 36.001)])
YARD = HOUSE.difference(HOUSE.buffer(-0.0003))  # with a hole
PIECES = MultiPolygon([HOUSE, shapely.affinity.translate(HOUSE, 0.01)])
SOME = [HOUSE, None, YARD, shapely.affinity.translate(HOUSE, 0.002), PIECES, HOUSE.buffer(0.001), Point(120, 36),
        LineString([(120, 36), (121, 36)])]  # fmt: skip
METRIC = CRS.from_epsg(4549)

lists = st.lists(st.sampled_from([HOUSE, HOUSE, HOUSE, *SOME]), min_size=1, max_size=12)


def array_of(shapes: list[shapely.Geometry | None]) -> np.ndarray:
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return found


def packed(shapes: list[shapely.Geometry | None], piece: int = 3, share: float = 0.0) -> gpd.array.GeometryArray:
    """Return what a layer with these shapes is read as, piece by piece; mostly packed however odd they are."""
    blobs, packing = geom.to_blobs(array_of(shapes)), Packing()
    for start in range(0, len(blobs), piece):
        packing.add(pa.array(blobs[start : start + piece], pa.binary()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("layers.store.packed.LEAST_SHARE", share)
        return packing.packed(None, "EPSG:4326")


def same(one: object, other: object) -> bool:
    a, b = (np.asarray(each, dtype=object) for each in (one, other))
    equal = shapely.equals_identical(a, b) | (shapely.is_missing(a) & shapely.is_missing(b))
    return len(a) == len(b) and bool(equal.all())


def stored(shapes: list[shapely.Geometry | None]) -> np.ndarray:
    return geom.from_blobs(geom.to_blobs(array_of(shapes)))


@settings(max_examples=examples(100))
@given(shapes=lists, seed=st.integers(0, 99))
def test_rows_taken_replaced_and_joined_are_those_of_geometries(shapes, seed):
    column, plain = packed(shapes), gpd.array.GeometryArray(stored(shapes), crs="EPSG:4326")
    assert isinstance(column, PackedShapes)
    assert same(column, plain)
    assert same(list(column), plain)
    random = np.random.default_rng(seed)
    rows, mask = random.integers(0, len(shapes), 5), random.random(len(shapes)) < 0.5
    for chosen in (rows, mask, slice(1, None), slice(None, None, -1), slice(None)):
        assert same(column[chosen], plain[chosen])
    assert same(column.take([0, -1], allow_fill=True), plain.take([0, -1], allow_fill=True))
    assert [column[n] for n in range(-1, len(shapes))] == [plain[n] for n in range(-1, len(shapes))]
    copies = column.copy(), plain.copy()
    for each in copies:
        each[rows] = gpd.array.from_shapely([YARD] * 5)
        each[0] = None
    assert same(*copies)
    assert same(column, plain)  # what was copied stays as it was
    joined = [pd.concat([pd.Series(each), pd.Series(plain)]) for each in (column, plain)]
    assert same(joined[0].array, joined[1].array)
    assert (column.isna() == plain.isna()).all()
    assert (column.is_empty == plain.is_empty).all()
    assert same(pickle.loads(pickle.dumps(column)), plain)


@settings(max_examples=examples(100))
@given(shapes=lists, seed=st.integers(0, 99))
def test_what_is_measured_of_corners_is_what_is_measured_of_geometries(shapes, seed):
    order = np.random.default_rng(seed).permutation(len(shapes))
    kept, plain = kept_as(packed(shapes)[order]), stored(shapes)[order]
    for measure in (bounds, vertices, vertex_counts, type_ids, rings_of):
        np.testing.assert_array_equal(measure(kept), measure(plain))
    assert fingerprint(kept) == fingerprint(plain)
    laid, expected = ragged(kept), ragged(plain)
    for name in ("kind", "courses", "starts", "hole", "xy", "boxes"):
        np.testing.assert_array_equal(getattr(laid, name), getattr(expected, name))


def test_the_same_shapes_are_known_however_they_are_held():
    column = packed([HOUSE, None, YARD, shapely.affinity.translate(HOUSE, 1)])
    kept, made = kept_as(column), np.asarray(column, dtype=object)
    assert same_shapes(kept, kept_as(column[:])) and same_shapes(kept[[0, 1]], kept_as(column[[0, 1]]))
    assert same_shapes(kept, made) and same_shapes(made, kept) and same_shapes(made, made.copy())
    others = kept[[0, 1]], kept[[0, 1, 3, 2]], made[[0, 1, 3, 2]], kept_as(packed([HOUSE, HOUSE, YARD, HOUSE]))
    assert not any(same_shapes(kept, each) for each in others)


def test_many_are_measured_as_their_geometries_are(monkeypatch):
    kinds = HOUSE, YARD, HOUSE.buffer(0.001)
    shapes = [shapely.affinity.translate(each, 0.003 * n) for n in range(9) for each in kinds]
    monkeypatch.setattr("geo.places.measure._MANY", 1)
    kept, plain = kept_as(packed(shapes)), stored(shapes)
    for one, other in zip(points_and_areas_m2(kept, METRIC), points_and_areas_m2(plain, METRIC), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(centroids_xy(kept), centroids_xy(plain))
    np.testing.assert_array_equal(representative_xy(kept, METRIC), representative_xy(plain, METRIC))


@pytest.mark.parametrize("number", [float("inf"), float("-inf")])
def test_what_is_no_ring_of_numbers_is_kept_as_it_is(number):
    blob = bytearray(geom.to_blobs(array_of([HOUSE]))[0])
    struct.pack_into("<d", blob, HEAD + 16, number)  # of the second corner
    blobs, packing = [bytes(blob), *geom.to_blobs(array_of([HOUSE] * 3))], Packing()
    packing.add(pa.array(blobs, pa.binary()))
    column = packing.packed(None, "EPSG:4326")
    assert column.packed.plain.tolist() == [False, True, True, True]
    assert shapely.to_wkb(np.asarray(column, dtype=object)).tolist() == shapely.to_wkb(geom.from_blobs(blobs)).tolist()


@pytest.mark.parametrize("cut", [0, 7, 45, 60, 70, 120])
def test_a_blob_that_is_cut_short_is_refused_as_before(cut):
    whole = geom.to_blobs(array_of([HOUSE]))[0]
    packing = Packing()
    with pytest.raises(ValueError):
        packing.add(pa.array([whole, whole[:cut]], pa.binary()))


def test_a_ring_that_is_not_closed_is_refused():
    whole = bytearray(geom.to_blobs(array_of([HOUSE]))[0])
    whole[-1] ^= 0x10
    with pytest.raises(ValueError):
        Packing().add(pa.array([bytes(whole)], pa.binary()))


def test_a_layer_of_few_rings_is_kept_as_geometries():
    column = packed([Point(120, 36), LineString([(0, 0), (1, 1)]), HOUSE], share=0.5)
    assert not isinstance(column, PackedShapes)


def test_geometries_go_when_nobody_holds_them():
    column = packed([HOUSE, None, HOUSE])
    held = column[:]._data
    assert column._data is held  # views of one column make them once
    del held
    assert column._made[-1]() is None


def test_a_frame_stays_packed():
    frame = gpd.GeoDataFrame({"n": range(3)}, geometry=packed([HOUSE, None, HOUSE]), index=list("abc"))
    some = frame[frame["n"] > 0], frame.iloc[[2, 0]], frame.reindex(list("cax"))
    kept = frame.copy(deep=False), frame.assign(m=1), *some
    assert all(isinstance(each.geometry.array, PackedShapes) for each in kept)
    assert same(kept[-1].geometry.array, array_of([HOUSE, HOUSE, None]))
