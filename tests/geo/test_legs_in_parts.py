"""The points of a city are joined some at a time, with what stands around these: as if all were joined at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from geo.network import Around, attach_clear, legs, straight
from geo.network import around as around_module
from geo.places import from_lonlat, to_lonlat
from tests.geo.street_plan import plan
from tests.suite import examples

ZONE = CRS("EPSG:4549")
CORNER = np.array([510_000.0, 3_990_000.0])
SIDE_M = 3_000.0
FIELDS = ("edge", "at_m", "access_m", "leg", "via", "nearest", "bend_xy")


def town(rng: np.random.Generator, houses: int) -> tuple[Around, np.ndarray, list]:
    """Streets, walls with a gate, and houses that stand in each other's way; the footprints in degrees."""
    streets = [
        (np.add(CORNER, [[0, y], [SIDE_M, y + 40]]), True, True, 0, 0) for y in range(100, 3000, 700)
    ]
    places = CORNER + rng.uniform(0, SIDE_M, (houses, 2))
    beside = places + rng.uniform(-40, 40, (houses, 2))  # in the way of the first
    half = rng.uniform(3, 25, (2 * houses, 2))
    middle = np.concatenate([places, beside])
    boxes = shapely.box(*(middle - half).T, *(middle + half).T)
    walls = np.array([shapely.LineString(CORNER + rng.uniform(0, SIDE_M, 2) + [[0, 0], [150, 60]]) for _ in range(6)])
    gates = CORNER + rng.uniform(0, SIDE_M, (3, 2))
    footprints = np.append(to_lonlat(boxes, ZONE), np.array([None], dtype=object))
    around = Around(walls, footprints, gates, crs=ZONE)
    return around, np.concatenate([places, [[np.nan, np.nan]]]), streets


@settings(max_examples=examples(15))
@given(st.integers(0, 2**32), st.sampled_from([60.0, 200.0, 900.0]), st.sampled_from([0, 100]))
def test_in_parts_as_at_once(seed, access_m, few):
    rng = np.random.default_rng(seed)
    around, points, streets = town(rng, 40)
    network = plan(streets)
    starts = np.ones(len(network.edge_line), dtype=bool)
    whole = replace(around, footprints=from_lonlat(around.footprints, ZONE), crs=None)
    expected = attach_clear(network, points, "walk", access_m, whole, starts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(legs, "_PART", 9)
        patch.setattr(legs, "_FEW", few)
        found = attach_clear(network, points, "walk", access_m, around, starts)
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


@settings(max_examples=examples(20))
@given(st.integers(0, 2**32), st.sampled_from([60.0, 200.0, 900.0]))
def test_only_what_can_matter_is_looked_at_and_nothing_else_becomes_of_it(seed, access_m):
    """Corners near those whose legs may bend, sides that are nearer than what a point has; as if it were all."""
    around, points, streets = town(np.random.default_rng(seed), 40)
    network = plan(streets)
    starts = np.ones(len(network.edge_line), dtype=bool)
    metric = from_lonlat(around.footprints, ZONE)
    found = attach_clear(network, points, "walk", access_m, replace(around, footprints=metric, crs=None), starts)
    sides = legs._sides
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(around_module, "_FEW", -1)
        patch.setattr(legs, "_sides", lambda asked, mine, most_m: sides(asked, mine, np.full(len(most_m), np.inf)))
        expected = attach_clear(network, points, "walk", access_m, replace(around, footprints=metric, crs=None), starts)
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


def test_for_one_leg_that_bends_the_corners_of_a_city_are_not_made(monkeypatch):
    yard = shapely.box(0, 0, 60, 60).difference(shapely.box(10, 10, 50, 50)).difference(shapely.box(20, 40, 30, 70))
    far = shapely.box(*(np.mgrid[0:40, 0:25].reshape(2, -1) * 30.0 + [[2_000.0], [300.0]]), 2_010.0, 310.0)
    network = plan([([(-50, -20), (4_000, -20)], True, True, 0, 0)])
    around = Around(np.empty(0, dtype=object), np.append(far, yard), np.empty((0, 2)))
    made, corners = [], around_module.corners

    def seen(shapes: np.ndarray, *how: object) -> np.ndarray:
        made.append(len(shapes))
        return corners(shapes, *how)

    monkeypatch.setattr(around_module, "corners", seen)
    starts = np.ones(len(network.edge_line), dtype=bool)
    found = attach_clear(network, np.array([[25.0, 30.0]]), "walk", 200.0, around, starts)
    assert found.leg.tolist() == [legs.CLEAR]
    assert np.isfinite(found.bend_xy[0, 0]).all()
    assert sum(made) == 1


outlines = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=6)


@settings(max_examples=examples(50))
@given(st.lists(outlines, min_size=1, max_size=8))
def test_footprints_are_known_to_be_sound_as_geos_knows_it(rings):
    shapes = np.array([shapely.Polygon(np.multiply(ring, 7.0)) for ring in rings], dtype=object)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(around_module, "_MANY", 0)
        found = Around(np.empty(0, dtype=object), shapes, np.empty((0, 2)))
        assert found._valid.tolist() == shapely.is_valid(found.pieces[0].geometries).tolist()


def test_roads_that_wind_are_looked_at_piece_by_piece_however_many_at_once(monkeypatch):
    """A road of many corners goes round a walled block; houses inside are met through the gap at its far side."""
    block = np.add(CORNER, [[0, 0], [90, 0], [90, 90], [0, 90]])
    wall = shapely.LineString([*block, block[0] + [0, 8]])  # a gap of 8 m at the corner where the wall began
    turns = np.linspace(0, 2 * np.pi, 200)
    ring = CORNER + 45 + 75 * np.column_stack([np.cos(turns), np.sin(turns)])
    network = plan([(ring, True, True, 0, 0)])
    places = CORNER + np.column_stack([np.linspace(2, 88, 30), np.linspace(6, 60, 30)])
    around = Around(np.array([wall]), np.empty(0, dtype=object), np.empty((0, 2)))
    starts = np.ones(len(network.edge_line), dtype=bool)
    expected = attach_clear(network, places, "walk", 200.0, around, starts)
    assert (expected.leg == legs.CLEAR).any()
    monkeypatch.setattr(straight, "_PIECES_AT_ONCE", 250)
    found = attach_clear(network, places, "walk", 200.0, around, starts)
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


def test_nobody_and_nothing():
    around, _, streets = town(np.random.default_rng(1), 2)
    network = plan(streets)
    starts = np.ones(len(network.edge_line), dtype=bool)
    assert len(attach_clear(network, np.empty((0, 2)), "walk", 200.0, around, starts)) == 0
    nowhere = attach_clear(network, np.array([[np.nan, 0.0]]), "walk", 200.0, around, starts)
    assert nowhere.edge.tolist() == [-1]
    empty = replace(around, footprints=np.empty(0, dtype=object))
    assert attach_clear(network, CORNER[None] + 90, "walk", 200.0, empty, starts).leg.tolist() == [legs.CLEAR]


def test_beside_points_is_what_is_within_reach():
    around, _, _ = town(np.random.default_rng(2), 200)
    metric = from_lonlat(around.footprints, ZONE)
    point = CORNER[None] + 1000
    there = shapely.to_wkb(around.beside(point, 300.0).footprints).tolist()
    near = shapely.to_wkb(metric[shapely.distance(metric, shapely.Point(point[0])) <= 300]).tolist()
    assert set(near) <= set(there)
    assert len(there) < 200  # of 400
