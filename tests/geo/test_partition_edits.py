"""Edits of a partition, each drawn, with the answer beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from geo.partition.cells import Partition, PartitionError, is_sound
from geo.partition.edits import assign, cut, draw, merge, move_vertex, reshape, retire, split
from geo.places.crs import from_lonlat, parse_crs, to_lonlat
from tests.geo.parcels import lattice, names

#  A: columns 0 and 1, B: columns 2 and 3; cells of 100 m, footprints from 30 to 60 m in each
TOWN = lattice(4, 4)


def line(*places):
    return shapely.LineString(places)


def areas(p):
    return {part: round(p.shape(part).area, 3) for part in p.parts()}


def sound(edit):
    p = edit.partition
    assert is_sound(p)
    assert shapely.area(p.cells).sum() == pytest.approx(TOWN.boundary.area, abs=1e-6)
    return p


def test_assign():
    made = sound(assign(TOWN, ["r0c0", "r0c1"], "C"))
    assert areas(made) == {"A": 60_000, "B": 80_000, "C": 20_000}
    assert areas(sound(assign(TOWN, ["r0c0"], None))) == {"A": 70_000, "B": 80_000}
    assert assign(TOWN, ["r0c0"], "A").delta.changes == {}


def test_merge_and_retire():
    assert areas(sound(merge(TOWN, ["A", "B"], "B"))) == {"B": 160_000}
    assert areas(sound(merge(TOWN, ["A", "B"], "new"))) == {"new": 160_000}
    gone = retire(TOWN, "A", None)
    assert areas(sound(gone)) == {"B": 80_000}
    assert [(note.kind, note.members) for note in gone.notes] == [("emptied", ("A",))]


def test_split_puts_the_new_vertices_into_the_neighbours():
    # At 25 m the line misses every footprint. It enters B's column 2 no further than its edge.
    edit = split(TOWN, "A", line((-5, 25), (205, 25)), "C", names())
    assert areas(sound(edit)) == {"A": 75_000 - 20_000 + 20_000, "B": 80_000, "C": 5_000}
    assert {change.origin for change in edit.delta.changes.values() if change.before is None} == {"r0c0", "r0c1"}
    beside = edit.delta.changes["r0c2"].after
    assert (beside.part, shapely.get_num_coordinates(beside.geometry)) == ("B", 6)


def test_split_along_the_edges_of_cells_cuts_none():
    edit = split(TOWN, "A", line((0, 100), (200, 100)), "C", names())
    assert areas(sound(edit)) == {"A": 60_000, "B": 80_000, "C": 20_000}
    assert sorted(edit.delta.changes) == ["r0c0", "r0c1"]


def test_split_goes_round_buildings():
    #  the line at y = 40 leaves a third of the footprints (30 to 60) below: they go to the upper side whole
    edit = split(TOWN, "A", line((-5, 40), (205, 40)), "C", names())
    assert areas(sound(edit)) == {"A": 80_000 - 8_000 + 2 * 30 * 10, "B": 80_000, "C": 8_000 - 2 * 30 * 10}
    assert [(note.kind, note.members) for note in edit.notes] == [("whole", (0,)), ("whole", (1,))]
    assert set(edit.partition.part_of_footprints()) == {"A", "B"}
    assert edit.partition.shape("A").covers(shapely.box(30, 30, 60, 60))


def test_split_leads_the_ends_on_to_the_border():
    edit = split(TOWN, "A", line((4, 25), (195, 25)), "C", names())
    assert areas(sound(edit))["C"] == 5_000
    assert [(note.kind, round(note.measure)) for note in edit.notes] == [("extended", 5), ("extended", 4)]


def test_split_follows_the_street():
    # The hand wobbles about a street that runs along the edges of cells at y = 100.
    wobbly = line((0, 95), (60, 104), (120, 97), (200, 103))
    edit = split(TOWN, "A", wobbly, "C", names(), snap_to=[line((-50, 100), (450, 100))], reach_m=10)
    assert areas(sound(edit)) == {"A": 60_000, "B": 80_000, "C": 20_000}
    assert not any(change.before is None for change in edit.delta.changes.values())
    assert edit.notes[0].kind == "led"


def test_split_by_a_ring_takes_out_an_island():
    ring = line((110, 110), (190, 110), (190, 190), (110, 190), (110, 110))
    assert areas(sound(split(TOWN, "A", ring, "C", names())))["C"] == 6_400


def test_cut_leaves_parts_as_they_are():
    edit = cut(TOWN, line((80, -10), (80, 410)), names())
    assert areas(sound(edit)) == areas(TOWN)
    assert len(edit.partition.ids) == 16 + 4


def test_cut_leaves_slivers_with_their_cell():
    with pytest.raises(PartitionError, match="no-crossing"):
        cut(TOWN, line((99.95, -10), (99.95, 410)), names())


def test_draw_takes_from_neighbours_and_leaves_out_what_is_outside():
    edit = draw(TOWN, "C", shapely.box(170, 370, 230, 450), names())
    assert areas(sound(edit)) == {"A": 80_000 - 900, "B": 80_000 - 900, "C": 1_800}
    assert [(note.kind, note.measure) for note in edit.notes] == [("outside", 3_000)]


def test_draw_in_two_places_at_once():
    both = shapely.MultiPolygon([shapely.box(5, 5, 25, 25), shapely.box(305, 305, 325, 325)])
    assert areas(sound(draw(TOWN, "C", both, names()))) == {"A": 79_600, "B": 79_600, "C": 800}


def test_draw_around_a_corner_of_four_cells():
    edit = draw(TOWN, "C", shapely.box(180, 180, 220, 220), names())
    assert areas(sound(edit)) == {"A": 79_200, "B": 79_200, "C": 1_600}
    assert len(edit.partition.pieces("C")) == 1


def test_reshape_gains_and_loses():
    # Out into B for 50 m between y = 5 and 25, back into A for 20 m between 70 and 90: clear of footprints.
    bay = line((199, 0), (200, 5), (250, 5), (250, 25), (200, 25), (200, 70), (180, 70), (180, 90), (201, 90))
    edit = reshape(TOWN, "A", bay, names())
    assert areas(sound(edit)) == {"A": 80_000 + 1_000 - 400 - 2.5, "B": 80_000 - 1_000 + 400 + 2.5}


@pytest.mark.parametrize(
    ("drawn", "gained_m2"),
    [
        (line((203, 60), (190, 60), (190, 80), (203, 80)), -200),  # from outside, through A, and out again
        (line((197, 60), (220, 60), (220, 80), (197, 80)), 400),  # from inside, out into B, and back in
    ],
)
def test_a_line_that_crosses_the_border_twice_ends_where_it_was_drawn(drawn, gained_m2):
    edit = reshape(TOWN, "A", drawn, names())
    assert areas(sound(edit)) == {"A": 80_000 + gained_m2, "B": 80_000 - gained_m2}
    assert edit.notes == ()


def test_a_footprint_that_is_a_line_holds_no_ground_and_is_drawn_through():
    footprints = TOWN.footprints.copy()
    footprints[0] = line((30, 30), (60, 60))
    edit = draw(replace(TOWN, footprints=footprints), "N", shapely.box(-5, -5, 45, 200), names())
    # Of the two houses that the polygon halves the one that is left is whole: 15 m of it more than drawn.
    assert areas(edit.partition) == {"A": 80_000 - 9_000 - 450, "B": 80_000, "N": 9_000 + 450}


def test_move_vertex_moves_it_in_every_cell():
    edit = move_vertex(TOWN, (200.2, 199.9), (210, 220))
    assert sorted(edit.delta.changes) == ["r1c1", "r1c2", "r2c1", "r2c2"]
    assert areas(sound(edit)) == {"A": 81_000, "B": 79_000}


def test_a_vertex_slides_along_the_boundary_and_never_leaves_it():
    assert areas(sound(move_vertex(TOWN, (200, 0), (190, 0.3)))) == {"A": 79_500, "B": 80_500}
    for to in ((190, 10), (500, 0)):
        with pytest.raises(PartitionError, match=r"on-boundary|too-close|folds"):
            move_vertex(TOWN, (200, 0), to)


@pytest.mark.parametrize(("bend", "kept"), [(0.0, True), (5e-7, True), (0.5, False)])
def test_where_the_boundary_itself_has_a_vertex_only_a_straight_one_is_slid_over(bend, kept):
    """Two parts meet at (100, 0), and so do two stretches of the boundary."""
    west = shapely.Polygon([(0, 0), (100, bend), (100, 100), (0, 100)])
    east = shapely.Polygon([(100, bend), (200, 0), (200, 100), (100, 100)])
    boundary = shapely.Polygon([(0, 0), (100, bend), (200, 0), (200, 100), (0, 100)])
    p = Partition(boundary, ["a", "b"], [west, east], ["A", "B"])
    if kept:
        assert areas(move_vertex(p, (100, bend), (90, 0)).partition) == {"A": 9_500, "B": 10_500}
    else:
        with pytest.raises(PartitionError, match="on-boundary"):
            move_vertex(p, (100, bend), (99.8, bend))


@pytest.mark.parametrize(
    ("to", "reason"),
    [((300, 300), "too-close"), ((240, 240), "cuts-building"), ((330, 290), "folds"), ((99, 350), "folds")],
)
def test_moves_that_would_break_something(to, reason):
    with pytest.raises(PartitionError) as refused:
        move_vertex(TOWN, (200, 200), to)
    assert refused.value.reason == reason
    assert refused.value.geometry is not None and refused.value.members


def three_way():
    """Three cells that meet in (100, 50), each a part."""
    cells = [
        shapely.Polygon([(0, 0), (100, 0), (100, 50), (100, 100), (0, 100)]),
        shapely.box(100, 0, 200, 50),
        shapely.box(100, 50, 200, 100),
    ]
    return Partition(shapely.box(0, 0, 200, 100), ["a", "b", "c"], cells, ["A", "B", "C"])


def test_three_parts_meeting_in_a_point():
    moved = move_vertex(three_way(), (100, 50), (110, 40)).partition
    assert is_sound(moved)
    assert areas(moved) == {"A": 10_500, "B": 4_250, "C": 5_250}
    assert areas(merge(moved, ["B", "C"], "B").partition) == {"A": 10_500, "B": 9_500}
    halves = split(moved, "A", line((0, 40), (110, 40)), "D", names()).partition
    assert is_sound(halves)
    assert areas(halves) == {"A": 6_300, "B": 4_250, "C": 5_250, "D": 4_200}


def test_what_is_not_sound_is_seen_wherever_it_is():
    sound_cell, bow_tie = shapely.box(0, 0, 100, 100), shapely.Polygon([(100, 0), (200, 100), (200, 0), (100, 100)])
    frame = shapely.box(0, 0, 200, 100)

    def told(*cells):
        return is_sound(Partition(frame, list("abc")[: len(cells)], list(cells), list("ABC")[: len(cells)]))

    assert told(sound_cell, shapely.box(100, 0, 200, 100))
    assert not told(sound_cell, bow_tie) and not told(bow_tie, sound_cell)
    assert not told(sound_cell, shapely.box(101, 0, 200, 100))  # a gap of a metre
    assert not told(sound_cell, shapely.box(99, 0, 200, 100))
    ends = shapely.MultiPolygon([shapely.box(0, 0, 50, 100), shapely.box(150, 0, 200, 100)])
    assert not told(ends, shapely.box(50, 0, 150, 100))  # a cell of two pieces, though all of it fits
    lower, upper = shapely.box(100, 0, 200, 50), shapely.box(100, 50, 200, 100)
    assert not told(sound_cell, lower, upper)  # the first lacks the vertex where the others meet
    assert is_sound(three_way(), []) and is_sound(three_way(), ["a", "nobody"])


def test_four_parts_meeting_in_a_point():
    p = lattice(2, 2)
    for row, each in enumerate("ABCD"):
        p = assign(p, [p.ids[row]], each).partition
    moved = move_vertex(p, (100, 100), (90, 112)).partition
    assert is_sound(moved)
    through = split(moved, "A", line((0, 0), (90, 112)), "E", names()).partition
    assert is_sound(through)
    assert shapely.area(through.cells).sum() == pytest.approx(40_000, abs=1e-6)
    assert len([part for part in through.parts() if through.shape(part).touches(shapely.Point(90, 112))]) >= 4


def test_footprints_that_overlap_go_together():
    cell = shapely.box(0, 0, 100, 100)
    small, large = shapely.box(20, 45, 40, 52), shapely.box(30, 46, 60, 90)  # the line at 50 halves the small one
    p = Partition(cell, ["a"], [cell], ["A"], [small, large], [0, 0])
    edit = split(p, "A", line((-1, 50), (101, 50)), "B", names())
    homes = edit.partition.part_of_footprints()
    assert homes[0] == homes[1]
    assert edit.partition.shape(homes[0]).buffer(1e-6).covers(shapely.union_all([small, large]))


def test_edits_go_on_after_a_journey_through_degrees():
    """A plan is stored in degrees: what is shared stays shared, and a nanometre does not matter."""
    crs = parse_crs("EPSG:4549")
    cells = shapely.transform(TOWN.cells, lambda xy: xy + np.array([531_234.5, 3_998_765.4]))
    frame = shapely.transform(TOWN.boundary, lambda xy: xy + np.array([531_234.5, 3_998_765.4]))
    homes = shapely.transform(TOWN.footprints, lambda xy: xy + np.array([531_234.5, 3_998_765.4]))
    p = Partition(frame, TOWN.ids, cells, TOWN.part, homes, TOWN.cell_of)
    ids = names()
    for turn in range(3):
        y = 3_998_765 + 121.7 * turn
        p = split(p, "A", line((531_230, y + 15), (531_440, y + 23)), f"S{turn}", ids).partition
        back = from_lonlat(to_lonlat(np.append(p.cells, p.boundary), crs), crs)
        p = Partition(back[-1], p.ids, back[:-1], p.part, p.footprints, p.cell_of)
        assert is_sound(p)
    corner = shapely.get_coordinates(cells[5])[0]
    assert is_sound(move_vertex(p, tuple(corner + 1e-9), tuple(corner + 3.0)).partition)


def test_an_edit_touches_no_coordinate_elsewhere():
    edit = draw(TOWN, "C", shapely.Point(55, 55).buffer(20), names())
    kept = [each for each in TOWN.ids if each not in edit.delta.changes]
    assert len(kept) == 15
    rows = edit.partition.rows(kept)
    assert all(one is other for one, other in zip(TOWN.cells[TOWN.rows(kept)], edit.partition.cells[rows], strict=True))
    assert np.isin(["r0c0", "n1"], list(edit.delta.changes)).all()
