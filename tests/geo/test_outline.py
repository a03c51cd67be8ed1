"""Outlines of groups of parts."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.shapes import Packed
from geo.shapes.closing import closed, courses
from geo.shapes.growing import outline, outlines
from tests.suite import examples

SLABS = np.array([shapely.box(0, y, 60, y + 12) for y in (0, 32, 64)])  # three slabs, 20 m apart


def test_near_parts_flow_together_and_far_parts_stay_apart():
    assert outline(SLABS).geom_type == "Polygon"
    far = shapely.box(0, 200, 60, 212)
    assert len(shapely.get_parts(outline([*SLABS, far]))) == 2


def test_the_outline_keeps_its_margin():
    drawn = outline(SLABS, margin_m=3.0)
    assert drawn.covers(shapely.union_all(shapely.buffer(SLABS, 2.0)))
    assert shapely.box(-3, -3, 63, 79).buffer(0.1).covers(drawn)


def test_small_yards_are_filled_and_large_ones_are_not():
    def ring(inner):
        return shapely.box(0, 0, inner + 20, inner + 20).difference(shapely.box(10, 10, inner + 10, inner + 10))
    assert len(outline([ring(32)]).interiors) == 0      # 26 x 26 m are left by the margin
    assert len(outline([ring(60)]).interiors) == 1


def test_points_none_and_broken_parts():
    bow_tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    drawn = outline([None, shapely.Polygon(), shapely.Point(5, 5), bow_tie])
    assert drawn.covers(bow_tie.buffer(0))
    assert outline([]) is None
    assert outline([None, shapely.Polygon()]) is None


@pytest.mark.parametrize("margin", [0, -1, 15, 20])
def test_margin_must_fit(margin):
    with pytest.raises(ValueError, match="margin_m"):
        outline(SLABS, margin_m=margin)


def test_outlines_by_group():
    first, nothing, third = outlines(SLABS, np.array([2, 0, 2]))
    assert first.equals(outline(SLABS[1:2]))
    assert nothing is None
    assert third.equals(outline(SLABS[[0, 2]]))
    assert outlines(SLABS, np.array([-1, -1, 0]))[0].equals(outline(SLABS[2:]))
    assert len(outlines(np.empty(0, object), np.empty(0, int))) == 0


boxes = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=8)


@settings(max_examples=examples(50))
@given(boxes)
def test_an_outline_is_valid_and_covers_its_parts(corners):
    parts = np.array([shapely.box(x, y, x + 12, y + 9) for x, y in corners])
    drawn = outline(parts)
    assert drawn.is_valid
    assert drawn.geom_type in ("Polygon", "MultiPolygon")
    assert shapely.covers(drawn, parts).all()


def blocks(count, step=40.0):
    """Return slabs in rows of ten, 40 m apart."""
    return np.array([shapely.box(x, y, x + 24, y + 11) for x, y in
                     zip(np.arange(count) % 10 * step, np.arange(count) // 10 * step, strict=True)])  # fmt: skip


def test_very_many_parts_are_drawn_more_coarsely_and_covered_all_the_same(monkeypatch):
    parts = blocks(60)
    groups = np.where(np.arange(60) < 55, 1, 0)  # the last five are a group of their own
    exact = outlines(parts, groups, 75.0, 5.0)
    monkeypatch.setattr("geo.shapes.growing.MOST_EXACT", 20)
    few, many = outlines(parts, groups, 75.0, 5.0)
    assert few.equals(exact[0])
    assert not many.equals(exact[1])
    assert shapely.covers(many, parts[groups == 1]).all()
    assert shapely.hausdorff_distance(many, exact[1]) < 10.0
    aside = shapely.transform(parts, lambda xy: xy - np.array([500.0, 0.0]))
    moved = outlines(aside, groups, 75.0, 5.0, project=lambda xy: xy + np.array([500.0, 0.0]))
    assert shapely.equals_exact(moved, [few, many], 1e-6).all()


def test_packed_parts_have_the_outlines_of_their_shapes_and_few_shapes_are_made(monkeypatch):
    parts = np.append(blocks(60), [None, blocks(1)[0].difference(shapely.box(3, 3, 8, 8)), shapely.Point(700, 700)])
    groups = np.append(np.where(np.arange(60) < 55, 1, 0), [1, 1, 2])
    rings = np.concatenate([shapely.get_coordinates(part) for part in parts[:60]])
    rows = np.append(np.arange(60), [-1, -2, -3])
    packed = Packed(rows.astype(np.int32), rings, np.arange(0, 301, 5), np.array([None, *parts[61:]], dtype=object))
    monkeypatch.setattr("geo.shapes.growing.MOST_EXACT", 20)
    expected = outlines(parts, groups, 75.0, 5.0, project=lambda xy: xy * 2)
    made, geometries = [], Packed.geometries
    monkeypatch.setattr(Packed, "geometries", lambda self: made.append(len(self)) or geometries(self))
    assert shapely.equals_identical(outlines(packed, groups, 75.0, 5.0, project=lambda xy: xy * 2), expected).all()
    assert sum(made) <= 20


kinds = st.sampled_from(["box", "point", "line", "ring"])


@settings(max_examples=examples(50))
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400), kinds), min_size=1, max_size=12),
       st.sampled_from([2.0, 4.0, 13.0, 40.0]))  # fmt: skip
def test_a_coarse_outline_is_valid_and_covers_its_parts_whatever_its_cells(corners, cell):
    made = {
        "box": lambda x, y: shapely.box(x, y, x + 31, y + 9),
        "point": shapely.Point,
        "line": lambda x, y: shapely.LineString([(x, y), (x + 17, y + 60), (x + 90, y)]),
        "ring": lambda x, y: shapely.Point(x, y).buffer(120).difference(shapely.Point(x, y).buffer(90)),
    }
    parts = np.array([made[kind](x, y) for x, y, kind in corners])
    drawn = closed(courses(parts), cell, 75.0, 5.0, 900.0)
    assert drawn.is_valid
    assert shapely.covers(drawn, parts).all()
