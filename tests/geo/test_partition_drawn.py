"""What a hand draws: checked, led on to a border, and the two sides of a line."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.partition import PartitionError
from geo.partition.drawn import divided, lengthened, read_line, read_polygon, sides
from tests.geo.parcels import lattice

TOWN = lattice(4, 4)  # 400 m × 400 m
SQUARE = shapely.box(0, 0, 100, 100)


def line(*places) -> shapely.LineString:
    return shapely.LineString(places)


class TestLines:
    def test_vertices_drawn_twice_and_heights_are_left_out(self) -> None:
        drawn = shapely.LineString([(0, 0, 5), (0, 0, 6), (10, 0, 5), (10, 10, 5), (10, 10, 9)])
        assert read_line(TOWN, drawn).wkt == "LINESTRING (0 0, 10 0, 10 10)"

    def test_one_line_in_a_collection_of_lines_is_a_line(self) -> None:
        assert read_line(TOWN, shapely.MultiLineString([[(0, 0), (9, 9)]])).wkt == "LINESTRING (0 0, 9 9)"
        with pytest.raises(PartitionError, match="degenerate"):
            read_line(TOWN, shapely.MultiLineString([[(0, 0), (9, 9)], [(0, 9), (9, 0)]]))

    @pytest.mark.parametrize(("length", "fine"), [(0.009, False), (0.01, True), (0.02, True)])
    def test_below_a_centimetre_it_is_a_dot(self, length: float, fine: bool) -> None:
        if fine:
            assert read_line(TOWN, line((0, 0), (length, 0))).length == length
        else:
            with pytest.raises(PartitionError, match="degenerate"):
                read_line(TOWN, line((0, 0), (length, 0)))

    @pytest.mark.parametrize("axis", [0, 1])
    @pytest.mark.parametrize("sign", [1, -1])
    def test_a_thousand_widths_away_it_is_of_another_place(self, axis: int, sign: int) -> None:
        def to(far: float) -> shapely.LineString:
            end = [0.0, 0.0]
            end[axis] = (400 if sign > 0 else 0) + sign * far
            return line((5, 5), end)

        assert read_line(TOWN, to(400_000)).length > 399_000
        with pytest.raises(PartitionError, match="outside"):
            read_line(TOWN, to(400_001))

    def test_where_it_crosses_itself_is_shown(self) -> None:
        with pytest.raises(PartitionError, match="self-crossing") as refused:
            read_line(TOWN, line((0, 0), (100, 0), (100, 50), (50, 50), (50, -50)))
        assert refused.value.geometry.distance(shapely.Point(50, 0)) == 0


class TestPolygons:
    def test_a_polygon_is_taken_as_it_is_without_heights(self) -> None:
        drawn = shapely.Polygon([(0, 0, 1), (50, 0, 1), (50, 50, 1)])
        assert read_polygon(TOWN, drawn).wkt == "POLYGON ((0 0, 50 0, 50 50, 0 0))"
        assert read_polygon(TOWN, shapely.MultiPolygon([shapely.box(0, 0, 9, 9)])).area == 81

    def test_below_a_square_centimetre_it_is_a_dot(self) -> None:
        assert read_polygon(TOWN, shapely.box(0, 0, 0.011, 0.011)).area > 0
        with pytest.raises(PartitionError, match="degenerate"):
            read_polygon(TOWN, shapely.box(0, 0, 0.009, 0.009))

    def test_where_it_crosses_itself_is_shown(self) -> None:
        with pytest.raises(PartitionError, match="invalid") as refused:
            read_polygon(TOWN, shapely.Polygon([(0, 0), (200, 200), (200, 0), (0, 200)]))
        assert refused.value.geometry.wkt == "POINT (100 100)"


class TestLengthened:
    def test_an_end_near_the_border_is_led_straight_on_and_a_breath_further(self) -> None:
        made, notes = lengthened(line((50, 50), (50, 95)), SQUARE, 10)
        assert shapely.get_coordinates(made).tolist() == [[50, 50], [50, 95], [50, 100.001]]
        assert [(each.kind, each.geometry.wkt, each.measure) for each in notes] == [
            ("extended", "LINESTRING (50 95, 50 100)", 5.0)
        ]

    def test_both_ends_and_each_in_its_own_direction(self) -> None:
        made, notes = lengthened(line((4, 50), (50, 50), (50, 98)), SQUARE, 10)
        assert shapely.get_coordinates(made).tolist() == [[-0.001, 50], [4, 50], [50, 50], [50, 98], [50, 100.001]]
        assert [each.measure for each in notes] == [2.0, 4.0]

    def test_aslant_it_goes_on_aslant(self) -> None:
        made, notes = lengthened(line((50, 50), (93, 93)), SQUARE, 10)
        assert notes[0].measure == pytest.approx(7 * np.sqrt(2))
        assert made.coords[-1] == pytest.approx((100, 100), abs=0.002)

    @pytest.mark.parametrize(("reach_m", "times"), [(5.0, 1), (4.99, 0), (100.0, 2)])
    def test_as_far_as_it_may_and_no_farther(self, reach_m: float, times: int) -> None:
        # The end is 5 m from the border, the start 50 m.
        assert len(lengthened(line((50, 50), (50, 95)), SQUARE, reach_m)[1]) == times

    def test_an_end_on_the_border_or_a_hair_from_it_stays(self) -> None:
        for y in (100, 99.9995):
            assert lengthened(line((50, 50), (50, y)), SQUARE, 10)[1] == []

    def test_an_end_outside_is_led_back_only_where_that_is_asked_for(self) -> None:
        drawn = line((50, 50), (50, 104))
        assert lengthened(drawn, SQUARE, 10) == (drawn, [])
        made, notes = lengthened(drawn, SQUARE, 10, both_sides=True)
        assert made.coords[-1] == pytest.approx((50, 99.999)) and notes[0].measure == 4

    def test_where_nothing_lies_ahead_it_goes_the_shortest_way(self) -> None:
        # Along the border, 3 m from it: straight ahead the corner is 50 m away.
        made, notes = lengthened(line((20, 97), (50, 97)), SQUARE, 10)
        assert made.coords[-1] == pytest.approx((50, 100.001)) and notes[0].measure == pytest.approx(3)

    def test_of_several_borders_ahead_the_nearest(self) -> None:
        notched = shapely.box(0, 0, 100, 100) - shapely.box(40, 90, 60, 95)
        _, notes = lengthened(line((50, 50), (50, 86)), notched, 20)
        assert notes[0].measure == 4


class TestSides:
    def test_left_and_right_as_one_walks(self) -> None:
        north = line((30, -5), (30, 105))
        for drawn, expected in ((north, (3000, 7000)), (north.reverse(), (7000, 3000))):
            left, right = sides(SQUARE, drawn)
            assert (shapely.area(left).sum(), shapely.area(right).sum()) == expected

    def test_a_line_that_comes_in_twice_has_pieces_on_both_sides(self) -> None:
        # North at x 20, back south at x 80: between them is the right, beyond both the left.
        left, right = sides(SQUARE, line((20, -5), (20, 105), (80, 105), (80, -5)))
        assert sorted(shapely.area(left)) == pytest.approx([2000, 2000])
        assert shapely.area(right).tolist() == pytest.approx([6000])

    def test_a_line_that_ends_inside_divides_nothing(self) -> None:
        left, right = sides(SQUARE, line((30, -5), (30, 50)))
        assert len(left) == len(right) == 0

    def test_a_spur_does_not_count_for_either_side(self) -> None:
        left, right = sides(SQUARE, shapely.LineString([(-5, 30), (105, 30)]))
        assert (shapely.area(left).sum(), shapely.area(right).sum()) == (7000, 3000)

    def test_a_bend_is_to_the_right_where_most_of_the_line_has_it(self) -> None:
        left, right = sides(SQUARE, line((-5, 50), (40, 50), (40, 60), (60, 60), (60, 50), (105, 50)))
        assert (shapely.area(left).sum(), shapely.area(right).sum()) == pytest.approx((4800, 5200))

    def test_what_the_line_encloses_outside_is_a_piece_but_on_no_side(self) -> None:
        loop = line((50, -5), (50, 50), (105, 50), (120, 20), (105, 10), (95, 10))
        assert len(divided(SQUARE, loop)) == 3
        left, right = sides(SQUARE, loop)
        assert (shapely.area(left).sum(), shapely.area(right).sum()) == pytest.approx((7500, 2500))
