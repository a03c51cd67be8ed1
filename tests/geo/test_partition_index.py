"""Which cells are near and which share an edge, at once and carried on from edit to edit."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.partition import Partition
from geo.partition import index as partition_index
from geo.partition.index import Index, borders, edge_numbers, edges_of, undirected
from geo.partition.rows import carried, rows_by_part
from tests.geo.parcels import lattice

#   2 3      squares of 10 m; 0 and 3 meet in a corner, as 1 and 2 do
#   0 1 4    4 is 5 m high only
CELLS = np.array([
    shapely.box(0, 0, 10, 10), shapely.Polygon([(10, 0), (20, 0), (20, 5), (20, 10), (10, 10)]),
    shapely.box(0, 10, 10, 20), shapely.box(10, 10, 20, 20), shapely.box(20, 0, 30, 5),
])  # fmt: skip


def pairs(found) -> dict[tuple[int, int], float]:
    return {(one, other): length for one, other, length in zip(*(each.tolist() for each in found), strict=True)}


SHARED = {(0, 1): 10.0, (0, 2): 10.0, (1, 3): 10.0, (2, 3): 10.0, (1, 4): 5.0}


class TestBorders:
    def test_neighbours_share_edges_and_not_corners(self) -> None:
        assert pairs(borders(CELLS)) == SHARED

    def test_one_cell_alone_has_no_neighbour(self) -> None:
        assert pairs(borders(CELLS[:1])) == {} == pairs(borders(CELLS[:0]))

    def test_two_edges_between_the_same_cells_are_added_up(self) -> None:
        # A ring around a square: four sides of 10 m.
        ring = shapely.box(-10, -10, 20, 20) - CELLS[0]
        assert pairs(borders(np.array([ring, CELLS[0]]))) == {(0, 1): 40.0}

    def test_rings_are_taken_apart_edge_by_edge_with_their_owner(self) -> None:
        both = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)])
        found = edges_of(np.array([CELLS[0], both]))
        assert found.owner.tolist() == [0] * 4 + [1] * 8
        assert found.ring.tolist() == [0] * 4 + [1] * 4 + [2] * 4
        assert np.abs(found.end - found.start).tolist() == [10.0] * 4 + [1.0] * 8

    def test_an_edge_reads_the_same_from_both_sides(self) -> None:
        # The western end first; of two on one meridian the southern.
        start, end = np.array([3 + 1j, 1 + 5j, 1 + 1j, 1 + 5j]), np.array([1 + 5j, 3 + 1j, 1 + 5j, 1 + 1j])
        low, high = undirected(start, end)
        assert low.tolist() == [1 + 5j, 1 + 5j, 1 + 1j, 1 + 1j]
        assert high.tolist() == [3 + 1j, 3 + 1j, 1 + 5j, 1 + 5j]
        assert edge_numbers(start, end).tolist() == [1, 1, 0, 0]

    def test_edges_from_one_place_to_two_are_two(self) -> None:
        assert edge_numbers(np.array([0j, 0j, 0j]), np.array([1 + 0j, 1 + 1j, 1 + 0j])).tolist() == [0, 1, 0]


class TestNear:
    def test_within_a_distance_or_touching(self) -> None:
        index = Index(CELLS)
        assert index.near(shapely.Point(25, 8), 3.0).tolist() == [4]  # 3 m off is within 3 m
        assert index.near(shapely.Point(25, 8), 2.9).tolist() == []
        assert index.near(shapely.Point(10, 10)).tolist() == [0, 1, 2, 3]

    def test_of_several_shapes_each_row_once(self) -> None:
        places = np.array([shapely.Point(5, 5), shapely.Point(10, 5), shapely.Point(99, 99)])
        assert Index(CELLS).near(places).tolist() == [0, 1]


def removed_and_cut(index: Index) -> Index:
    """Cell 0 goes, cell 4 becomes two: rows 1, 2, 3 move down by one, the halves of 4 are rows 3 and 4."""
    west, east = shapely.box(20, 0, 25, 5), shapely.box(25, 0, 30, 5)
    cells = np.array([*CELLS[1:4], west, east])
    return index.changed(cells, np.array([3, 4]), np.array([-1, 0, 1, 2, 3]))


def grown(index: Index) -> Index:
    """Where cell 0 was, a cell is added at the end; the others stay where they are."""
    cells = np.append(index.cells, CELLS[0])
    return index.changed(cells, np.array([5]), np.arange(5))


AFTER_CUT = {(0, 2): 10.0, (1, 2): 10.0, (0, 3): 5.0, (3, 4): 5.0}
AFTER_GROWTH = {**AFTER_CUT, (0, 5): 10.0, (1, 5): 10.0}


class TestCarriedOn:
    @pytest.mark.parametrize("asked", [(), ("near",), ("borders",), ("near", "borders")])
    @pytest.mark.parametrize("between", [(), ("near",), ("borders",)])
    def test_the_next_states_are_as_if_made_anew(self, asked: tuple, between: tuple) -> None:
        index = Index(CELLS)
        ask(index, asked)
        cut = removed_and_cut(index)
        ask(cut, between)
        all_again = grown(cut)
        assert pairs(all_again.borders()) == AFTER_GROWTH
        everywhere = [shapely.Point(x, y) for x in range(0, 36, 5) for y in range(0, 26, 5)]
        for place in everywhere:
            assert all_again.near(place).tolist() == Index(all_again.cells).near(place).tolist()
            assert all_again.near(place, 6.0).tolist() == Index(all_again.cells).near(place, 6.0).tolist()

    def test_the_first_state_is_as_it_was(self) -> None:
        index = Index(CELLS)
        ask(index, ("near", "borders"))
        grown(removed_and_cut(index)).borders()
        assert pairs(index.borders()) == SHARED and index.near(shapely.Point(5, 5)).tolist() == [0]

    def test_a_cell_that_only_changes_its_shape_is_found_where_it_is_now(self) -> None:
        index = Index(CELLS)
        ask(index, ("near", "borders"))
        cells = CELLS.copy()
        cells[4] = shapely.box(20, 5, 30, 10)
        moved = index.changed(cells, np.array([4]), np.arange(5))
        assert moved.near(shapely.Point(25, 2)).tolist() == [] and moved.near(shapely.Point(25, 8)).tolist() == [4]
        assert pairs(moved.borders()) == SHARED

    def test_one_that_changed_before_is_found_after_another_has(self) -> None:
        index = Index(CELLS)
        ask(index, ("near", "borders"))
        one, both = CELLS.copy(), CELLS.copy()
        one[0] = both[0] = shapely.box(-20, 0, -10, 10)
        both[4] = shapely.box(20, 5, 30, 10)
        every = np.arange(5)
        last = index.changed(one, np.array([0]), every).changed(both, np.array([4]), every)
        assert last.near(shapely.Point(-15, 5)).tolist() == [0] and last.near(shapely.Point(5, 5)).tolist() == []
        assert last.near(shapely.Point(25, 8)).tolist() == [4]
        assert pairs(last.borders()) == {(1, 3): 10.0, (2, 3): 10.0, (1, 4): 5.0}

    def test_nothing_changes(self) -> None:
        index = Index(CELLS)
        ask(index, ("near", "borders"))
        same = index.changed(CELLS, np.empty(0, np.int64), np.arange(5))
        assert pairs(same.borders()) == SHARED and same.near(shapely.Point(5, 5)).tolist() == [0]

    def test_many_changes_make_a_new_tree(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(partition_index, "_MOST_BESIDE", 2)
        index = Index(CELLS)
        ask(index, ("near",))
        cut = removed_and_cut(index)
        assert cut.tree is index.tree  # two cells beside the tree are as many as may be
        assert grown(cut).tree is None  # a third is one too many
        assert grown(cut).near(shapely.Point(5, 5)).tolist() == [5]


def ask(index: Index, what: tuple[str, ...]) -> None:
    if "near" in what:
        index.near(shapely.Point(0, 0))
    if "borders" in what:
        index.borders()


def test_the_rows_of_each_part_and_of_what_has_none() -> None:
    found = rows_by_part(np.array(["A", None, "B", "A"], dtype=object))
    assert {part: rows.tolist() for part, rows in found.items()} == {"A": [0, 3], None: [1], "B": [2]}
    assert all(rows.dtype == np.int64 for rows in found.values())


def test_rows_are_carried_on_when_cells_change_their_part_or_come() -> None:
    town = lattice(1, 4)  # r0c0 and r0c1 are A's, r0c2 and r0c3 B's
    held = rows_by_part(town.part)
    from geo.partition.edits import assign

    step = assign(town, ["r0c1"], "B")
    after = carried(held, step.delta.changes, {each: row for row, each in enumerate(step.partition.ids)})
    assert {part: rows.tolist() for part, rows in after.items()} == {"A": [0], "B": [1, 2, 3]}
    last = assign(step.partition, ["r0c0"], "C")
    end = carried(after, last.delta.changes, {each: row for row, each in enumerate(last.partition.ids)})
    assert {part: rows.tolist() for part, rows in end.items()} == {"B": [1, 2, 3], "C": [0]}  # A has no cells left


def test_a_building_whose_cell_goes_is_in_none() -> None:
    """Three squares in a row, a building in each; the middle one goes, and nobody takes its building in."""
    squares = np.array([shapely.box(10 * x, 0, 10 * x + 10, 10) for x in range(3)])
    homes = np.array([shapely.box(10 * x + 4, 4, 10 * x + 6, 6) for x in range(3)])
    ids = np.array(["a", "b", "c"], dtype=object)
    parts = np.array(["p", "p", "q"], dtype=object)
    before = Partition(shapely.box(0, 0, 30, 10), ids, squares, parts, homes, np.arange(3))
    after = before.edited({"b": None}).partition
    assert (after.ids.tolist(), after.cell_of.tolist()) == (["a", "c"], [0, -1, 1])
    assert after.part_of_footprints().tolist() == ["p", None, "q"]
