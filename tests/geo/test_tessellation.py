"""Boundaries cut into cells: each drawn, with the answer beside it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.tessellation.tessellation import tessellate
from tests.geo.tiling import assert_tiles, line, objects

#  100 +-------+------+
#      | a   b |      |      a street at x = 120 divides 200 x 100 m into two blocks;
#      |   c   |      |      three houses of 10 x 10 m in the western one, none in the eastern one
#    0 +-------+------+
#      0      120    200
PLOT = shapely.box(0, 0, 200, 100)
STREET = line((120, -10), (120, 110))
A, B, C = shapely.box(20, 70, 30, 80), shapely.box(90, 70, 100, 80), shapely.box(55, 20, 65, 30)
SMALL = {"least_block_m2": 0.0, "least_block_width_m": 0.0}


def cut(footprints, barriers=(), boundary=PLOT, **options):
    return assert_tiles(tessellate(boundary, objects(*footprints), objects(*barriers), **options), boundary)


def test_three_houses_in_one_block_and_an_empty_block():
    made = cut([A, B, C], [STREET])
    assert shapely.area(made.blocks).tolist() == [12_000, 8_000]
    assert made.block.tolist() == [0, 0, 0, 1]
    # Cells of a block go from west to east: a starts at x = 0, as c does, but c's corner lies lower.
    assert sorted(made.cell_of.tolist()) == [0, 1, 2]
    cell_a, cell_b, cell_c = made.cells[made.cell_of]
    # Between a and b the border is x = 60, half-way between 30 and 90, so both are as large.
    assert cell_a.bounds == pytest.approx((0, cell_a.bounds[1], 60, 100), abs=0.02)
    assert cell_b.bounds == pytest.approx((60, cell_b.bounds[1], 120, 100), abs=0.02)
    assert cell_a.area == pytest.approx(cell_b.area, rel=1e-3)
    # On x = 0 the corners (55, 20) of c and (20, 70) of a are as near at y = 18.7: 55^2 + 1.3^2 = 20^2 + 51.3^2.
    assert shapely.get_coordinates(cell_c)[:, 1].min() == 0 and cell_c.covers(shapely.box(0, 0, 120, 18.5))
    assert not cell_c.covers(shapely.box(0, 0, 1, 19.5))
    assert made.cells[3].equals(shapely.box(120, 0, 200, 100))


def test_what_the_cells_of_one_block_add_to_a_street_the_other_block_has_too():
    made = cut([A, B, C, shapely.box(150, 45, 160, 55)], [STREET])
    east = made.cells[made.cell_of[3]]
    # As above, the border between b and c meets the street at y = 18.7; the cell across has that vertex.
    on_street = [y for x, y in shapely.get_coordinates(east) if x == 120 and 0 < y < 100]
    assert on_street == [pytest.approx(18.7, abs=0.1)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_order_of_footprints_changes_nothing(order):
    first, then = cut([A, B, C], [STREET]), cut([(A, B, C)[each] for each in order], [STREET])
    assert shapely.equals_identical(first.cells, then.cells).all()
    assert then.cell_of.tolist() == first.cell_of[list(order)].tolist()


def test_a_house_over_a_street_belongs_to_the_side_with_more_of_it():
    # 110..125: 10 m west of the street and 5 m east of it. The eastern block keeps its one house and one cell.
    over, east = shapely.box(110, 40, 125, 50), shapely.box(150, 40, 160, 50)
    made = cut([A, over, east], [STREET])
    assert made.block[made.cell_of].tolist() == [0, 0, 1]
    assert made.cells[made.cell_of[2]].area == 8_000


@pytest.mark.parametrize(("other", "together"), [
    (shapely.box(22, 72, 28, 78), True),  # nested
    (shapely.box(25, 75, 45, 95), True),  # overlapping
    (shapely.box(30, 70, 40, 80), True),  # wall to wall
    (shapely.box(30.4, 70, 40, 80), True),  # 0.4 m apart
    (shapely.box(30.6, 70, 40, 80), False),  # 0.6 m apart
    (shapely.Point(25, 75), True),  # a door
    (A, True),  # drawn twice
])
def test_footprints_that_nearly_touch_share_a_cell(other, together):
    made = cut([A, other, B])
    assert (made.cell_of[0] == made.cell_of[1]) == together
    assert len(made.cells) == (2 if together else 3)


def test_a_border_runs_between_walls_0_6_m_apart():
    made = cut([A, shapely.box(30.6, 70, 40, 80)])
    assert made.cells[made.cell_of[0]].covers(A) and not made.cells[made.cell_of[1]].intersects(A)


def test_houses_that_overlap_across_a_street_share_a_cell():
    # 30 m2 of them lie over each other; together they have 300 m2 in the west and 200 in the east.
    made = cut([shapely.box(90, 40, 123, 50), shapely.box(120, 40, 140, 50), C], [STREET])
    assert made.cell_of[0] == made.cell_of[1] and made.block[made.cell_of[0]] == 0


def test_houses_that_merely_touch_across_a_street_do_not():
    made = cut([shapely.box(100, 40, 120, 50), shapely.box(120, 40, 140, 50)], [STREET])
    assert made.block[made.cell_of].tolist() == [0, 1]


def test_footprints_on_and_beyond_the_boundary():
    half, beside, away = shapely.box(-5, 40, 5, 50), shapely.box(-10, 60, 0, 70), shapely.box(500, 0, 510, 10)
    crumb = shapely.box(-20, 0, 0.05, 10)  # 0.5 m2 of it are inside, less than 1 m2
    made = cut([half, beside, away, crumb, None, shapely.Polygon(), A])
    assert made.cell_of.tolist() == [made.cell_of[0], -1, -1, -1, -1, -1, made.cell_of[6]]
    assert len(made.cells) == 2


def test_points_lines_and_broken_polygons_are_footprints_too():
    bow_tie = shapely.Polygon([(20, 20), (40, 40), (40, 20), (20, 40)])
    made = cut([shapely.Point(100, 50), shapely.Point(60, 50), line((150, 10), (150, 90)), bow_tie])
    assert sorted(made.cell_of.tolist()) == [0, 1, 2, 3]
    # The border between the points (60, 50) and (100, 50) is x = 80.
    assert made.cells[made.cell_of[1]].bounds[2] == pytest.approx(80, abs=0.02)


def test_heights_and_broken_or_areal_barriers():
    flat = cut([A, B], [STREET, shapely.box(140, 20, 180, 80).exterior])
    with np.errstate(invalid="ignore"):
        broken = line((5, 5), (np.nan, 9))
    high = tessellate(shapely.force_3d(PLOT, 7.0), shapely.force_3d(objects(A, B), 8.0),
                      objects(shapely.force_3d(STREET, 9.0), shapely.box(140, 20, 180, 80), None, shapely.Point(9, 9),
                              shapely.LineString(), broken, line((5, 5), (5, 5))))
    assert shapely.equals_identical(flat.cells, high.cells).all() and len(flat.blocks) == 3


def test_no_footprints_and_no_barriers():
    made = cut([])
    assert len(made.cells) == 1 and made.cells[0].equals(PLOT) and made.cell_of.tolist() == []


def test_a_street_that_ends_inside_cuts_nothing():
    assert len(cut([], [line((120, -10), (120, 60))]).cells) == 1
    # With a second one that joins its end to the other border it does.
    assert len(cut([], [line((120, -10), (120, 60)), line((120, 60), (210, 60))]).cells) == 2


def test_a_street_along_the_border_leaves_no_sliver():
    # 200 m by 1.5 m: large enough for a block, but narrower than 4 m.
    assert len(cut([], [line((-10, 1.5), (210, 1.5))]).blocks) == 1
    # In and out over the lower border, by a metre either way, and then up: only the last stretch divides.
    swaying = line((-10, 1), (30, -1), (60, 1), (100, -1), (100, 110))
    assert [round(each, -2) for each in shapely.area(cut([], [swaying]).blocks)] == [10_000, 10_000]


def test_a_traffic_island_joins_the_block_it_shares_more_border_with():
    # An island of 9 x 9 = 81 m2 on the street, in the corner of the eastern block.
    island = line((120, 9), (129, 9), (129, -5))
    assert shapely.area(cut([], [STREET, island]).blocks).tolist() in ([12_000, 8_000], [12_081, 7_919])
    assert len(cut([], [STREET, island], **SMALL).blocks) == 3


def test_a_hole_an_island_and_a_street_that_leaves_no_trace_outside():
    frame = shapely.MultiPolygon([PLOT - shapely.box(60, 40, 140, 60), shapely.box(300, 0, 400, 100)])
    made = cut([A, B, C, shapely.box(320, 20, 330, 30), shapely.box(360, 60, 370, 70)],
               [line((-50, 50), (500, 50))], frame)
    # The street meets the hole on both sides and so divides the frame, and the island too.
    assert len(made.blocks) == 4 and made.block[made.cell_of[0]] == made.block[made.cell_of[1]]
    assert len(set(made.block[made.cell_of].tolist())) == 4
    ring = cut([A, B, C], [], PLOT - shapely.box(60, 40, 140, 60))
    assert len(ring.blocks) == 1 and len(ring.cells) == 3


def test_a_square_within_a_block_is_a_block_in_a_hole():
    square = line((20, 20), (60, 20), (60, 60), (20, 60), (20, 20))
    made = cut([shapely.box(30, 30, 40, 40), B], [square])
    assert len(made.blocks) == 2 and shapely.area(made.blocks).tolist() == [18_400, 1_600]
    crowd = cut([shapely.box(5, 5, 10, 10), B, C, shapely.box(30, 30, 40, 40)], [square])
    assert sorted(crowd.block[crowd.cell_of].tolist()) == [0, 0, 0, 1]


def test_a_house_in_a_courtyard_has_a_cell_within_a_cell():
    court = shapely.box(20, 20, 80, 80) - shapely.box(30, 30, 70, 70)
    made = cut([court, shapely.box(45, 45, 55, 55)])
    outer, inner = made.cells[made.cell_of]
    assert len(outer.interiors) == 1 and outer.interiors[0].bounds == inner.bounds


def test_a_part_of_a_cell_behind_a_wall_goes_to_its_neighbour():
    # A spit of the boundary reaches round: what is nearest to a across the bay is not connected with a.
    bay = shapely.Polygon([(0, 0), (100, 0), (100, 40), (20, 40), (20, 44), (100, 44), (100, 100), (0, 100)])
    made = cut([shapely.box(85, 25, 95, 35), shapely.box(30, 85, 40, 95)], [], bay)
    assert len(made.cells) == 2


def test_a_regular_grid_of_houses_gives_one_cell_each():
    # All corners of four neighbours lie on one circle, over and over.
    homes = [shapely.box(x, y, x + 10, y + 10) for x in range(10, 190, 20) for y in range(10, 90, 20)]
    made = cut(homes)
    assert sorted(made.cell_of.tolist()) == list(range(36))
    inner = made.cells[made.cell_of[homes.index(shapely.box(90, 50, 100, 60))]]
    assert inner.area == pytest.approx(400, abs=1.0)


def test_what_cannot_be_divided():
    with pytest.raises(ValueError, match="boundary"):
        tessellate(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), objects(), objects())
    with pytest.raises(ValueError, match="boundary"):
        tessellate(shapely.Polygon(), objects(), objects())
    with pytest.raises(ValueError, match="touch_m is 0"):
        tessellate(PLOT, objects(), objects(), touch_m=0.0)
    with pytest.raises(ValueError, match="least_block_m2 is nan"):
        tessellate(PLOT, objects(), objects(), least_block_m2=np.nan)
