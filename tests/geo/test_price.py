"""What a shape will cost is known before GEOS computes with it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.shapes import validity
from geo.shapes.price import check_ms, growing_ms, meeting_boxes, repair_ms, ring_counts
from tests.geo.hostile_shapes import HONEST, HOSTILE, coast, islands, lakes, nested_rings, star

Box = st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(0, 4)] * 2, st.integers(0, 2))


def one(shape: shapely.Geometry | None) -> np.ndarray:
    return np.array([shape], dtype=object)


@given(st.lists(Box, max_size=30))
def test_pairs_are_counted_as_if_each_were_looked_at(given: list[tuple[int, ...]]) -> None:
    given = sorted(given, key=lambda each: each[4])
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h, _ in given], dtype=float).reshape(-1, 4)
    owner = np.array([each[4] for each in given], dtype=np.int64)
    found = [0, 0, 0]
    for first in range(len(given)):
        for second in range(first):
            apart = (boxes[first, :2] > boxes[second, 2:]).any() or (boxes[second, :2] > boxes[first, 2:]).any()
            found[owner[first]] += owner[first] == owner[second] and not apart
    assert meeting_boxes(boxes, owner, 3).tolist() == found


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_shape_has_its_price(name: str) -> None:
    assert check_ms(one(HOSTILE[name]), validity.MAX_CHECK_MS)[0] > validity.MAX_CHECK_MS


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_shape_is_cheap_however_large(name: str) -> None:
    assert check_ms(one(HONEST[name]))[0] < 500
    assert validity.problems(one(HONEST[name]))[0] is None


@pytest.mark.parametrize("name", HOSTILE)
def test_geos_never_sees_a_hostile_shape(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    for function in ("is_valid", "is_valid_reason", "make_valid", "union_all"):
        monkeypatch.setattr(shapely, function, watched(getattr(shapely, function), seen))
    assert validity.problems(one(HOSTILE[name])).tolist() == ["too-intricate"]
    assert not validity.repair(one(HOSTILE[name])).changed.any()
    assert validity.usable(one(HOSTILE[name])).tolist() == [None]
    assert sum(seen) == 0


def watched(function, seen: list[int]):
    def call(shapes, *given, **named):
        seen.append(int(np.sum(shapely.get_num_coordinates(shapes))))
        return function(shapes, *given, **named)

    return call


def test_a_rough_bound_is_taken_only_where_it_is_enough() -> None:
    shapes = np.array([coast(5_000), islands(300), lakes(300), nested_rings(100), star(401), None], dtype=object)
    exact = check_ms(shapes)
    for enough_ms in (0.0, 5.0, 50.0, 5_000.0):
        rough = check_ms(shapes, enough_ms)
        assert (rough >= exact - 1e-9).all()
        assert ((rough <= enough_ms) | np.isclose(rough, exact)).all()
    assert check_ms(shapes, 1e9).tolist() == check_ms(shapes, 1e12).tolist()


def test_repairing_costs_by_crossings() -> None:
    few, many = repair_ms(one(star(101)))[0], repair_ms(one(star(1_001)))[0]
    assert few < 500 and many > validity.MAX_REPAIR_MS
    assert repair_ms(one(islands(5_000)))[0] < validity.MAX_REPAIR_MS


def test_growing_costs_by_edges_nearer_than_the_buffer_is_wide() -> None:
    x = np.repeat(np.arange(400) / 40, 2)
    comb = shapely.Polygon(np.column_stack([np.append(x, [11, 0]), np.append(np.tile([1, 10], 400), [0, 0])]))
    assert growing_ms(one(comb), 15.0)[0] > 5_000 > 1 > growing_ms(one(shapely.box(0, 0, 20, 10)), 15.0)[0]


def test_rings_are_counted_in_every_part() -> None:
    collection = shapely.GeometryCollection([lakes(7), islands(3), shapely.Point(1, 1), shapely.Polygon()])
    assert ring_counts(np.array([collection, None, shapely.LineString([(0, 0), (1, 1)])], dtype=object)).tolist() == [
        11, 0, 0
    ]  # fmt: skip


def test_places_that_are_no_numbers_do_not_count() -> None:
    with np.errstate(invalid="ignore"):
        wild = shapely.LineString([(0, 0), (np.inf, 1), (2, np.nan), (3, 3), (4, 4)] * 40)
    assert np.isfinite(check_ms(one(wild))).all()
    assert validity.problems(one(wild)).tolist() == ["nan"]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=4, max_size=60), st.integers(1, 6))
def test_any_polygon_under_its_price_is_checked_and_repaired(ring: list[tuple[int, int]], holes: int) -> None:
    shape = shapely.Polygon(ring, [[(x + at, y) for x, y in ring] for at in range(1, holes)])
    cost = check_ms(one(shape))[0]
    assert cost <= check_ms(one(shape), 1e9)[0]  # the number of vertices alone bounds it
    if cost <= validity.MAX_CHECK_MS and repair_ms(one(shape))[0] <= validity.MAX_REPAIR_MS:
        assert validity.problems(validity.repair(one(shape)).geometries)[0] in (None, "empty")
