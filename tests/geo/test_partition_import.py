"""Polygons that exist, laid over cells."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.partition.cells import Partition, is_sound
from geo.partition.polygons import from_parts
from tests.geo.parcels import FRAMES, crazy, lattice, names
from tests.suite import examples


def blank(p: Partition) -> Partition:
    return Partition(p.boundary, p.ids, p.cells, [None] * len(p.ids), p.footprints, p.cell_of)


TOWN = blank(lattice(2, 4))  # 400 x 200 m, footprints from 30 to 60 m in each cell of 100 m


def test_borders_stay_as_they_are():
    west = shapely.Polygon([(0, 0), (120, 0), (175, 200), (0, 200)])
    east = shapely.Polygon([(120, 0), (400, 0), (400, 200), (175, 200)])
    # The line passes the footprints of column 1 (130 to 160) but for what it cuts.
    made = from_parts(Partition(TOWN.boundary, TOWN.ids, TOWN.cells, TOWN.part), [west, east], ["W", "E"], names())
    p = made.edit.partition
    assert made.defects == [] and is_sound(p)
    assert shapely.symmetric_difference(p.shape("W"), west).area < 1e-6
    assert shapely.symmetric_difference(p.shape("E"), east).area < 1e-6
    assert p.rows_of(None).tolist() == []


def test_borders_beside_the_edges_of_cells_fall_into_line():
    made = from_parts(TOWN, [shapely.box(0, 0, 200.3, 200), shapely.box(200.3, 0, 400, 200)], ["W", "E"], names())
    p = made.edit.partition
    assert list(p.ids) == list(TOWN.ids)
    assert p.shape("W").equals(shapely.box(0, 0, 200, 200))
    assert [(note.kind, note.members, round(note.measure)) for note in made.edit.notes] == [
        ("sliver", ("r0c2",), 30),
        ("sliver", ("r1c2",), 30),
    ]


def test_what_is_wrong_is_told_and_decided_by_rule():
    shapes = [shapely.box(0, 0, 220, 200), shapely.box(180, 0, 300, 200), shapely.box(320, 0, 430, 200)]
    made = from_parts(TOWN, shapes, ["A", "B", "C"], names())
    p = made.edit.partition
    told = [(each.kind, each.members, each.measure) for each in made.defects]
    assert told == [("gap", (1, 2), 4_000.0), ("overlap", (0, 1), 8_000.0), ("spill", (2,), 6_000.0)]
    assert is_sound(p)
    assert p.shape("A").equals(shapely.box(0, 0, 220, 200))  # the first has the overlap
    assert p.shape("B").equals(shapely.box(220, 0, 300, 200))
    assert p.shape(None).area == pytest.approx(4_000)


def test_nothing_and_broken_shapes():
    bow = shapely.Polygon([(0, 0), (400, 200), (400, 0), (0, 200)])
    made = from_parts(TOWN, np.array([None, bow], dtype=object), ["A", "B"], names())
    assert "invalid" in {each.kind for each in made.defects}
    assert is_sound(made.edit.partition)
    with pytest.raises(ValueError, match="1 labels for 2"):
        from_parts(TOWN, np.array([None, bow], dtype=object), ["A"], names())


@settings(max_examples=examples(60))
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(sorted(FRAMES)))
def test_the_parts_of_one_partition_laid_over_the_cells_of_another(seed, other, frame):
    """The borders come out as they were, but for whole footprints and slivers, which are all noted."""
    p, drawn = blank(crazy(seed, frame, 16, 3)), crazy(other, frame, 16, 3, blank=0.0)
    shapes = np.array([drawn.shape(part) for part in drawn.parts()], dtype=object)
    made = from_parts(p, shapes, drawn.parts(), names()).edit
    now = made.partition
    assert is_sound(now)
    assert abs(shapely.area(now.cells).sum() - p.boundary.area) < 1e-4
    noted = shapely.union_all([note.geometry for note in made.notes if note.geometry])
    for part, shape in zip(drawn.parts(), shapes, strict=True):
        got = now.shape(part) if part in now.parts() else shapely.Polygon()
        differs = shapely.symmetric_difference(got, shape)
        small = shapely.difference(differs, shapely.buffer(noted, 0.005)).area
        assert small < 0.01 * max(1.0, shape.length)  # a line may bend by a millimetre
