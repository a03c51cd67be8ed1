"""Partitions: what they know of themselves, and deltas that go both ways."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.partition.cells import Cell, Partition, PartitionError, apply, is_sound
from geo.partition.edits import assign, draw
from tests.geo.parcels import lattice, names

#  r1c0 | r1c1 | r1c2 | r1c3     cells of 100 x 100 m with a footprint in each;
#  r0c0 | r0c1 | r0c2 | r0c3     A has the two columns to the left, B those to the right
TOWN = lattice(2, 4)


def test_what_a_partition_knows():
    assert TOWN.parts() == ("A", "B")
    assert TOWN.shape("A").equals(shapely.box(0, 0, 200, 200))
    assert list(TOWN.ids[TOWN.rows_of("B")]) == ["r0c2", "r0c3", "r1c2", "r1c3"]
    assert list(TOWN.part_of_footprints()) == ["A", "A", "B", "B"] * 2
    assert TOWN.cell(5) == Cell(TOWN.cells[5], "A", (5,))
    assert TOWN.shape(None).is_empty


def test_neighbours_share_edges_not_corners():
    pairs = TOWN.neighbours()
    found = {(TOWN.ids[a], TOWN.ids[b]): m for a, b, m in zip(pairs.first, pairs.second, pairs.length_m, strict=True)}
    assert len(found) == 2 * 3 + 4  # three upright edges in each row, four level ones
    assert found["r0c0", "r0c1"] == 100.0
    assert ("r0c0", "r1c1") not in found


def test_pieces_of_a_part_hang_together_by_edges():
    corner = assign(assign(TOWN, TOWN.ids, "B").partition, ["r0c0", "r1c1", "r0c3"], "A").partition
    assert [list(corner.ids[rows]) for rows in corner.pieces("A")] == [["r0c0"], ["r0c3"], ["r1c1"]]
    assert len(corner.pieces("B")) == 2  # r1c0 meets the others of B in a corner only


def test_what_an_edit_does_not_touch_stays_the_same_object():
    shape = TOWN.shape("A")
    made = draw(TOWN, "C", shapely.box(310, 110, 390, 190), names()).partition
    assert made.shape("A") is shape
    same = [one is other for one, other in zip(TOWN.cells, made.cells[: len(TOWN.cells)], strict=True)]
    assert [each for each, kept in zip(TOWN.ids, same, strict=True) if not kept] == ["r1c3"]


def test_a_delta_tells_all_and_goes_back():
    edit = draw(TOWN, "C", shapely.box(320, 120, 380, 190), names())
    assert sorted(edit.delta.changes) == ["n1", "r1c3"]
    assert edit.delta.changes["n1"].origin == "r1c3"
    assert edit.delta.parts() == ("B", "C")
    assert edit.delta.moved() == {7: ("B", "C")}
    back = apply(edit.partition, edit.delta.inverse()).partition
    assert list(back.ids) == list(TOWN.ids)
    assert list(shapely.to_wkb(back.cells)) == list(shapely.to_wkb(TOWN.cells))
    assert list(back.part) == list(TOWN.part) and list(back.cell_of) == list(TOWN.cell_of)


def test_a_delta_is_refused_where_a_later_edit_builds_on_it():
    first = assign(TOWN, ["r0c1", "r0c2"], "C")
    second = assign(first.partition, ["r0c2"], "D")
    with pytest.raises(PartitionError) as refused:
        apply(second.partition, first.delta.inverse())
    assert (refused.value.reason, refused.value.members) == ("stale", ("r0c2",))


def test_coordinates_that_come_back_a_nanometre_off_are_not_stale():
    edit = draw(TOWN, "C", shapely.box(320, 120, 380, 190), names())
    stored = edit.partition
    moved = shapely.transform(stored.cells, lambda xy: xy + np.array([1e-9, -1e-9]))
    stored = Partition(stored.boundary, stored.ids, moved, stored.part, stored.footprints, stored.cell_of)
    assert apply(stored, edit.delta.inverse()).partition.parts() == ("A", "B")


def test_soundness_sees_gaps_overlaps_and_lone_vertices():
    assert is_sound(TOWN) and is_sound(TOWN, ["r0c1"])
    spoilt = {
        "gap": shapely.Polygon([(100, 0), (200, 0), (200, 100), (150, 99.9999), (100, 100)]),
        "overlap": shapely.Polygon([(100, 0), (200, 0), (200, 100), (150, 101), (100, 100)]),
        "lone vertex": shapely.Polygon([(100, 0), (200, 0), (200, 100), (150, 100), (100, 100)]),
        "bow-tie": shapely.Polygon([(100, 0), (200, 100), (200, 0), (100, 100)]),
    }
    for shape in spoilt.values():
        made = TOWN.edited({"r0c1": Cell(shape, "A", (1,))}).partition
        assert not is_sound(made, ["r0c1"]) and not is_sound(made)


def test_a_vertex_on_the_boundary_alone_is_no_fault():
    shape = shapely.Polygon([(100, 0), (150, 0), (200, 0), (200, 100), (100, 100)])
    assert is_sound(TOWN.edited({"r0c1": Cell(shape, "A", (1,))}).partition)


def test_unknown_cells_and_parts_are_named():
    with pytest.raises(PartitionError) as refused:
        TOWN.rows(["r0c0", "x", "y"])
    assert (refused.value.reason, refused.value.members) == ("unknown-cell", ("x", "y"))
    with pytest.raises(PartitionError) as refused:
        TOWN.shape("X")
    assert (refused.value.reason, refused.value.members) == ("unknown-part", ("X",))
