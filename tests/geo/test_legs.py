"""Legs from doors to streets: past walls and other buildings, never on to a bridge.

    y 60  ─────────────────────────────────  north street
    y 40        ══════════ wall, x 20 to 80
    y 30        h1    h2
    y 0   ─────────────────────────────────  south street, x -200 to 200
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network import (
    CLEAR,
    NONE,
    OTHER_LEVEL,
    THROUGH_BARRIER,
    THROUGH_BUILDING,
    Around,
    Legs,
    Network,
    attach_clear,
    build_network,
    edit_network,
    reattach_clear,
)  # fmt: skip
from geo.network.straight import TOUCH_M, islands
from tests.suite import examples

SOUTH, NORTH = [(-200, 0), (200, 0)], [(-200, 60), (200, 60)]
NOTHING = np.empty(0, dtype=object)


def net(*courses: list) -> Network:
    lines = np.array([shapely.LineString(each) for each in courses], dtype=object)
    every = np.ones(len(lines), dtype=bool)
    return build_network(lines, walkable=every, drivable=every, oneway=0 * every, level=np.arange(len(lines)),
                         speed_kmh=np.full(len(lines), 30.0))  # fmt: skip


def around(walls: list | None = None, houses: list | None = None, gates: list | None = None) -> Around:
    lines, boxes = np.empty(len(walls or []), dtype=object), np.empty(len(houses or []), dtype=object)
    lines[:] = [shapely.LineString(each) for each in walls or []]
    boxes[:] = [each if isinstance(each, shapely.Polygon) else shapely.box(*each) for each in houses or []]
    return Around(lines, boxes, np.array(gates or [], dtype=float).reshape(-1, 2))


def joined(network: Network, point: tuple, what: Around, most: float = 200.0, mode: str = "walk",
           starts: list | None = None) -> tuple:  # fmt: skip
    """Return edge, metres to it, kind of leg and gate of one point."""
    may = np.ones(len(network.edge_line), dtype=bool) if starts is None else np.array(starts)
    found = attach_clear(network, np.array([point]), mode, most, what, may)
    access_m = round(float(np.nan_to_num(found.access_m[0], nan=-1.0)), 1)
    return int(found.edge[0]), access_m, int(found.leg[0]), int(found.via[0])


class TestWalls:
    def test_nothing_in_the_way(self) -> None:
        assert joined(net(SOUTH, NORTH), (50, 35), around()) == (1, 25.0, CLEAR, -1)

    def test_a_gate_that_a_wall_is_cut_for_is_named_by_who_goes_straight_through_it(self) -> None:
        """The wall has a gap of 8 m at its gate; the way to the north street leads through it without a turn."""
        walls = np.array([shapely.LineString(each) for each in ([(-100, 40), (58, 40)], [(66, 40), (300, 40)])])
        gap = np.array([shapely.LineString([(58, 40), (66, 40)])])
        what = Around(walls, NOTHING, np.array([[62.0, 40.0]]), gap, np.array([0], dtype=np.int32))
        assert joined(net(NORTH), (62, 35), what) == (0, 25.0, CLEAR, 0)

    def test_a_gate_is_named_by_those_who_turn_behind_it_and_not_by_who_stands_there(self) -> None:
        """A house behind the gap, x 40 to 70: three walk through the gap and round the house, the fourth is behind."""
        walls = np.array([shapely.LineString(each) for each in ([(-400, 40), (58, 40)], [(66, 40), (400, 40)])])
        gap, house = np.array([shapely.LineString([(58, 40), (66, 40)])]), np.array([shapely.box(40, 44, 70, 55)])
        what = Around(walls, house, np.empty((0, 2)), gap, np.array([7], dtype=np.int32))
        street, points = net(NORTH), np.array([(62, 35), (60, 33), (64, 20), (62, 50)], dtype=float)
        found = attach_clear(street, points, "walk", 200.0, what, np.ones(len(street.edge_line), dtype=bool))
        assert found.via.tolist() == [7, 7, 7, -1]
        assert found.access_m.round(1).tolist() == [28.5, 31.3, 42.5, 10.0]
        # Whoever turns at a gate itself has it already, whatever other gate's gap is there.
        known = replace(what, gates_xy=np.array([[62.0, 40.0]]))
        again = attach_clear(street, points, "walk", 200.0, known, np.ones(len(street.edge_line), dtype=bool))
        assert again.via.tolist() == [0, 0, 0, -1]
        assert joined(net(NORTH), (62, 45), what) == (0, 15.0, CLEAR, -1)  # outside already

    def test_a_wall_before_the_nearer_street(self) -> None:
        assert joined(net(SOUTH, NORTH), (50, 35), around([[(20, 40), (80, 40)]])) == (0, 35.0, CLEAR, -1)

    def test_walls_all_round_and_no_gate(self) -> None:
        """Today's leg stays, and is told."""
        ring = [(20, 20), (80, 20), (80, 50), (20, 50), (20, 20)]
        assert joined(net(SOUTH, NORTH), (50, 45), around([ring])) == (1, 15.0, THROUGH_BARRIER, -1)

    def test_through_the_gate_of_a_walled_court_without_ways(self) -> None:
        """The gate at (20, 45), open 3 m to either side: 30 m there, and 15 m along the wall to the north street."""
        ring = [(20, 48), (20, 50), (80, 50), (80, 20), (20, 20), (20, 42)]
        assert joined(net(SOUTH, NORTH), (50, 45), around([ring], gates=[(20, 45)])) == (1, 45.5, CLEAR, 0)
        assert joined(net(SOUTH, NORTH), (50, 45), around([ring], gates=[(20, 45)]), most=18)[2] == THROUGH_BARRIER

    def test_round_the_end_of_a_wall(self) -> None:
        """One street, and a wall before it that ends at x 20: 36 m to its end, 40 m on. A post of a gate is no end."""
        wall = [(20, 40), (300, 40)]
        assert joined(net(NORTH), (49.5, 10), around([wall])) == (0, round(np.hypot(30, 30) + 0.5 + 20, 1), CLEAR, -1)
        assert joined(net(NORTH), (49.5, 10), around([wall]), most=25.0) == (-1, -1.0, NONE, -1)
        assert joined(net(NORTH), (49.5, 38), around([[(-60, 40), (200, 40)]]), most=25.0)[2] == THROUGH_BARRIER
        assert len(around([wall], gates=[(18, 40)]).ends_xy) == 1

    def test_through_a_gap(self) -> None:
        """Between two walls is a gap from x 20 to x 26; the leg turns at its nearer corner."""
        walls = [[(-300, 40), (20, 40)], [(26, 40), (300, 40)]]
        assert joined(net(NORTH), (55.5, 10), around(walls)) == (0, round(np.hypot(30, 30) + 0.5 + 20, 1), CLEAR, -1)

    def test_a_street_along_the_wall_is_reached(self) -> None:
        """The boundary of a courtyard is drawn on the middle of the street."""
        assert joined(net(SOUTH), (50, 35), around([SOUTH])) == (0, 35.0, CLEAR, -1)

    def test_a_wall_of_a_hundred_thousand_vertices(self) -> None:
        xs = np.linspace(20, 80, 100_000)
        wall = np.column_stack([xs, 40 + np.sin(xs * 50)])
        assert joined(net(SOUTH, NORTH), (50, 35), around([wall]))[0] == 0


class TestBuildings:
    def test_a_street_behind_another_building_is_not_taken_where_another_is_free(self) -> None:
        houses = [(45, 25, 55, 36), (40, 45, 60, 50)]  # the first is its own
        assert joined(net(SOUTH, NORTH), (50, 35), around(houses=houses)) == (0, 35.0, CLEAR, -1)

    def test_where_every_leg_crosses_a_building_the_nearest_is_taken_and_told(self) -> None:
        houses = [(-600, 45, 600, 50), (-600, 10, 600, 20)]
        assert joined(net(SOUTH, NORTH), (50, 35), around(houses=houses)) == (1, 25.0, THROUGH_BUILDING, -1)

    def test_a_long_building_is_left_where_it_meets_a_street(self) -> None:
        """From its middle all straight ways are barred by others; its north-west corner stands beside an alley."""
        houses = [(0, 30, 100, 40), (20, 45, 80, 50), (20, 10, 80, 20), (2, 40.5, 18, 46)]
        alley = [(-5, 44), (-400, 44)]
        inside, outside = np.hypot(50, 5), np.hypot(5, 4)
        found = joined(net(SOUTH, NORTH, alley), (50, 35), around(houses=houses))
        assert found == (2, round(inside + outside, 1), CLEAR, -1)

    def test_rather_through_a_building_than_a_wall(self) -> None:
        found = joined(net(SOUTH, NORTH), (50, 35), around([[(-600, 40), (600, 40)]], [(-600, 10, 600, 20)]))
        assert found == (0, 35.0, THROUGH_BUILDING, -1)


# A corner is passed half a metre off, along the line that halves it: 0.354 m from either side.
OFF = 0.5 / np.sqrt(2)


class TestRoundBuildings:
    def test_a_building_between_door_and_street(self) -> None:
        """Its right end is the nearer one."""
        found = joined(net(SOUTH), (52, 35), around(houses=[(40, 10, 60, 20)]))
        assert found == (0, round(np.hypot(8 + OFF, 15 - OFF) + 20 + OFF, 1), CLEAR, -1)

    @pytest.mark.parametrize(("width", "goes_by"), [(2.0, 51), (0.5, 100)])
    def test_a_passage_between_two_buildings(self, width: float, goes_by: int) -> None:
        """Through it, if it is wide enough for a person, else round the right end of the row."""
        found = joined(net(SOUTH), (70, 35), around(houses=[(0, 10, 51 - width, 20), (51, 10, 100, 20)]))
        by = 51 - OFF if goes_by == 51 else 100 + OFF
        assert found == (0, round(np.hypot(70 - by, 15 - OFF) + 20 + OFF, 1), CLEAR, -1)

    def test_out_of_a_court_that_is_open_to_the_north(self) -> None:
        """Twice round the tip of a wing that is 10 m wide, and along the wing to the south."""
        block = shapely.Polygon([(0, 10), (100, 10), (100, 60), (90, 60), (90, 20), (10, 20), (10, 60), (0, 60)])
        found = joined(net(SOUTH), (48, 40), around(houses=[block]))
        there = np.hypot(38 - OFF, 20 + OFF)
        assert found == (0, round(there + 10 + 2 * OFF + 60 + OFF, 1), CLEAR, -1)

    def test_a_row_of_houses_behind_another_row(self) -> None:
        """Out of the middle of its own side, between the rows to their west end, and on to the street."""
        rear, front = [(0, 40, 20, 50), (20, 40, 40, 50), (40, 40, 60, 50)], [(-30, 10, 30, 20), (30, 10, 92, 20)]
        found = joined(net(SOUTH), (30, 45), around(houses=rear + front))
        assert found == (0, round(5.5 + np.hypot(60 + OFF, 19.5 - OFF) + 20 + OFF, 1), CLEAR, -1)

    def test_a_building_that_stands_wall_to_wall_with_walls(self) -> None:
        """Nobody gets between them: the east wall ends at x 100, and the way goes round that end."""
        house, west = (40, 10, 60, 20), [(40, 15), (-900, 15)]
        found = joined(net(SOUTH), (50, 35), around([west, [(60, 15), (100, 15)]], [house]))
        assert found == (0, round(np.hypot(50.5, 20) + 0.5 + 15, 1), CLEAR, -1)
        closed = joined(net(SOUTH), (50, 35), around([west, [(60, 15), (900, 15)]], [house]))
        assert closed == (0, 35.0, THROUGH_BUILDING, -1)

    def test_round_a_pond(self) -> None:
        """A closed line has no ends. Its right bank is the nearer one."""
        found = joined(net(SOUTH), (52, 35), around([[(40, 10), (60, 10), (60, 20), (40, 20), (40, 10)]]))
        assert found == (0, round(np.hypot(8 + OFF, 15 - OFF) + 20 + OFF, 1), CLEAR, -1)

    def test_round_the_corner_of_a_wall_that_goes_on(self) -> None:
        """The wall comes from the far west, turns to the north at (60, 20) and ends at (60, 30)."""
        found = joined(net(SOUTH), (52, 35), around([[(-900, 20), (60, 20), (60, 30)]]))
        there = np.hypot(8, 4.5) + np.hypot(OFF, 10.5 + OFF)
        assert found == (0, round(there + 20 - OFF, 1), CLEAR, -1)

    def test_a_way_does_not_step_over_a_wall_by_a_few_centimetres(self) -> None:
        """The middle of the south side of its own house is passed at y 24.50; the wall stands at y 24.53."""
        wall = [(-900, 24.53), (900, 24.53)]
        found = joined(net([(-100, 20), (200, 20)]), (50, 35), around([wall], [(40, 25, 60, 45)]))
        assert found == (0, 15.0, THROUGH_BARRIER, -1)

    def test_a_yard_without_a_street_is_left_by_nobody(self) -> None:
        """A closed wall in which a house stands; with a lane inside it there is somewhere to go."""
        ring, house = [(20, 20), (80, 20), (80, 50), (20, 50), (20, 20)], (45, 35, 55, 40)
        assert joined(net(SOUTH), (50, 45), around([ring], [house])) == (0, 45.0, THROUGH_BARRIER, -1)
        assert joined(net(SOUTH, [(30, 25), (70, 25)]), (50, 45), around([ring], [house]))[::2] == (1, CLEAR)

    def test_built_up_all_round_is_told(self) -> None:
        house, court = (45, 30, 55, 40), shapely.box(0, 10, 100, 60).difference(shapely.box(10, 20, 90, 50))
        assert joined(net(SOUTH), (50, 35), around(houses=[house, court])) == (0, 35.0, THROUGH_BUILDING, -1)

    def test_a_clear_street_before_a_nearer_one_round_a_building(self) -> None:
        """North are 25 m and a house before it, round which it is 29.5 m; south 35 m and nothing."""
        assert joined(net(SOUTH, NORTH), (50, 35), around(houses=[(40, 45, 60, 50)])) == (0, 35.0, CLEAR, -1)

    def test_round_the_end_of_a_wall_before_a_farther_street(self) -> None:
        """North are 25 m and a wall that ends at x 60, south 65 m: round the end it is 32.6 m."""
        found = joined(net([(-200, -30), (200, -30)], NORTH), (50, 35), around([[(-20, 40), (60, 40)]]))
        assert found == (1, round(np.hypot(10.5, 5) + 0.5 + 20, 1), CLEAR, -1)

    def test_not_farther_than_two_and_a_half_times_the_access_distance(self) -> None:
        wide = [(-40, 10, 140, 20)]
        assert joined(net(SOUTH), (50, 25), around(houses=wide), most=50.0)[2] == CLEAR
        assert joined(net(SOUTH), (50, 25), around(houses=wide), most=40.0) == (0, 25.0, THROUGH_BUILDING, -1)

    def test_a_quarter_of_forty_thousand_corners_is_gone_round_by_its_hull(self) -> None:
        """Its sides are teeth of a metre; it is 200 m wide, and houses stand in it."""
        xs = np.linspace(-100, 100, 20_000)
        teeth = np.arange(20_000) % 2 * 1.0
        ring = np.concatenate([np.column_stack([xs, 10 + teeth]), np.column_stack([xs[::-1], 60 - teeth])])
        houses = [shapely.Polygon(ring), *((x, 30, x + 8, 38) for x in range(-90, 90, 10))]
        found = joined(net(SOUTH), (10, 80), around(houses=houses))
        assert found == (0, round(np.hypot(90 + OFF, 20 - OFF) + 60 + OFF, 1), CLEAR, -1)


class TestLevels:
    def test_nobody_steps_on_to_a_bridge(self) -> None:
        assert joined(net(SOUTH, NORTH), (50, 35), around(), starts=[True, False]) == (0, 35.0, CLEAR, -1)

    def test_where_there_is_nothing_else_it_is_told(self) -> None:
        assert joined(net(NORTH), (50, 35), around(), starts=[False]) == (0, 25.0, OTHER_LEVEL, -1)

    def test_a_footbridge_that_ends_at_the_door_is_its_door(self) -> None:
        """It ends at x 200; on foot one begins there, a car does not."""
        assert joined(net(SOUTH, NORTH), (195, 50), around(), starts=[True, False])[0] == 1
        assert joined(net(SOUTH, NORTH), (150, 50), around(), starts=[True, False])[0] == 0
        assert joined(net(SOUTH, NORTH), (195, 50), around(), starts=[True, False], mode="drive")[0] == 0


class TestIslands:
    def test_an_island_is_passed_over_for_the_street_behind_it(self) -> None:
        path = [(40, 35), (60, 35)]
        assert joined(net(SOUTH, NORTH, path), (50, 30), around()) == (0, 30.0, CLEAR, -1)

    def test_where_a_wall_stands_before_the_street_the_island_stays(self) -> None:
        path = [(40, 35), (60, 35)]
        walls = [[(-300, 10), (300, 10)], [(-300, 50), (300, 50)]]
        assert joined(net(SOUTH, NORTH, path), (50, 30), around(walls)) == (2, 5.0, CLEAR, -1)

    def test_two_large_parts_are_no_islands(self) -> None:
        assert not islands(net(SOUTH, NORTH), "walk").any()


def test_a_leg_is_the_same_whoever_else_is_joined() -> None:
    """A wall stands before the street at 25 m, and the next is at 735 m; another point has a walled one at 900 m."""
    network, walls = net(NORTH, [(-200, -700), (200, -700)]), [[(-3000, y), (3000, y)] for y in (50, 955)]
    every, points = np.ones(len(network.edge_line), dtype=bool), np.array([[50.0, 35.0], [50.0, 960.0]])
    alone, both = (attach_clear(network, each, "walk", 1000.0, around(walls), every) for each in (points[:1], points))
    assert alone.leg.tolist() == [THROUGH_BARRIER] and both.leg.tolist() == [THROUGH_BARRIER] * 2
    assert alone.edge[0] == both.edge[0]


def test_too_far_from_everything() -> None:
    assert joined(net(SOUTH), (50, 300), around(), most=200.0)[::2] == (-1, NONE)


class TestBuildingsAsTheyAreDrawn:
    def test_a_courtyard_whose_houses_all_stand_on_one_spot(self) -> None:
        """The legs are those of one house."""
        network, house = net(SOUTH, NORTH), (40, 20, 60, 40)
        wall = [[(0, 45), (100, 45)]]
        once, often = around(wall, [house]), around(wall, [house] * 40)
        assert joined(network, (50, 35), often) == joined(network, (50, 35), once)
        assert len(often.buildings) == 1

    def test_a_quarter_drawn_as_a_building_is_not_walked_through(self) -> None:
        """It is near to 400 lanes. Its leg goes straight to one of them, not out at its corner at x -5."""
        lanes = [[(10 * number, 60), (10 * number, 70)] for number in range(400)]
        network = net(SOUTH, *lanes)
        hall, across = (-5, 5, 4000, 50), [[(-900, 3), (900, 3)]]
        assert joined(network, (50, 35), around(across, [hall]))[2:] == (CLEAR, -1)
        assert np.isnan(attach_clear(network, np.array([(50.0, 35.0)]), "walk", 200.0, around(across, [hall]),
                                     np.ones(len(network.edge_line), dtype=bool)).bend_xy).all()  # fmt: skip

    def test_a_palace_of_ten_thousand_corners_stands_in_the_way_as_a_house_does(self) -> None:
        """It is looked at in pieces, and stops whom it stops as a whole. Its court is open, its wings are two."""
        turn = np.linspace(0, 2 * np.pi, 5_000)
        ring = np.stack([np.cos(turn), np.sin(turn)], axis=1) * (100 + 5 * np.sin(60 * turn))[:, None]
        palace = shapely.MultiPolygon([shapely.Polygon(ring, [ring / 2]), shapely.Polygon(ring / 5 + [150, 0])])
        what = Around(NOTHING, np.array([palace, shapely.box(-160, -10, -140, 10)]), np.empty((0, 2)))
        from_xy, to_xy = np.random.default_rng(5).uniform(-200, 200, (2, 3_000, 2))
        legs = shapely.linestrings(np.stack([from_xy, to_xy], axis=1))
        begins, crossed = (
            np.array([test(each, what.buildings) for each in places]) for test, places in
            ((shapely.intersects, shapely.points(from_xy)), (shapely.crosses, legs)))  # fmt: skip
        assert len(what.pieces[1]) > 20
        found = what.crosses_building(np.hstack([from_xy, to_xy]))
        assert found.tolist() == (crossed & ~begins).any(axis=1).tolist()
        assert sorted(zip(*what.standing_in(from_xy), strict=True)) == sorted(zip(*np.nonzero(begins), strict=True))


def by_doors(network: Network, home: shapely.Point, house: shapely.Polygon, most: float, what: Around,
             starts: np.ndarray) -> list[tuple]:  # fmt: skip
    """List legs that leave a house where it comes nearest to each street: rank, length, edge, kind; clear ones only."""
    small, found = islands(network, "walk"), []
    for edge, line in enumerate(network.geometries):
        if not starts[edge] or house.distance(line) > min(most, 60.0):
            continue
        door, place = (shapely.Point(each) for each in shapely.shortest_line(house, line).coords)
        away, length = door.distance(place), home.distance(door) + door.distance(place)
        xy, end = np.array(door.coords[0]), np.array(place.coords[0])
        leg = shapely.LineString([xy, xy + (end - xy) * (max(away - TOUCH_M, 0) / away if away else 0)])
        inside = shapely.LineString([home, door])
        if length > most or any(leg.intersects(wall) or inside.intersects(wall) for wall in what.obstacles):
            continue
        others = [each for each in what.footprints if each is not house and not each.intersects(door)]
        if not any(leg.crosses(each) for each in others):
            found.append((int(small[edge]), length, edge, CLEAR))
    return found


def straight(network: Network, point: np.ndarray, most: float, what: Around, starts: np.ndarray) -> tuple:
    """Return the best sound straight leg (rank, length, edge, kind), and the nearest of all, edge by edge."""
    home, small, best, near = shapely.Point(point), islands(network, "walk"), None, None
    for edge, line in enumerate(network.geometries):
        away = home.distance(line)
        if away > most:
            continue
        place = np.array(line.interpolate(line.project(home)).coords[0])
        leg = shapely.LineString([point, point + (place - point) * (max(away - TOUCH_M, 0) / away if away else 0)])
        crossed = any(leg.intersects(wall) for wall in what.obstacles)
        through = any(leg.crosses(house) and not house.intersects(home) for house in what.footprints)
        kind = OTHER_LEVEL if not starts[edge] else THROUGH_BARRIER if crossed else CLEAR
        near = min(near or (away, edge, kind), (away, edge, kind))
        if kind == CLEAR:
            rank = 2 * through + small[edge], away, edge, THROUGH_BUILDING if through else CLEAR
            best = min(best or rank, rank)
    return best, near


def ends_of(what: Around) -> list[np.ndarray]:
    """List the places half a metre past the ends of walls."""
    found = []
    for at in (0, -1):
        for wall in what.obstacles:
            end, before = np.array(wall.coords[at]), np.array(wall.coords[at + (1 if at == 0 else -1)])
            found.append(end + (end - before) * 0.5 / np.hypot(*(end - before)))
    return found


def corners_of(what: Around) -> list[np.ndarray]:
    """List the places past the corners of houses; none where another house is less than half a metre away."""
    found = []
    for number, house in enumerate(what.footprints):
        west, south, east, north = house.bounds
        middle = np.array([west + east, south + north]) / 2
        others = shapely.union_all(np.delete(what.footprints, number))
        for corner in house.exterior.coords[:-1]:
            place = corner + np.sign(corner - middle) * 0.5 / np.sqrt(2)
            if others.is_empty or others.distance(shapely.Point(place)) > 0.5:
                found.append(place)
    return found


def wall_corners_of(what: Around) -> list[np.ndarray]:
    """List the places past the corners of walls of two parts, on the outer side."""
    found = []
    for wall in what.obstacles:
        one, corner, other = np.array(wall.coords) if len(wall.coords) == 3 else [np.zeros(2)] * 3
        steps = (corner - one, other - corner)
        came, goes = (step / np.hypot(*step) if step.any() else step for step in steps)
        off_chord = shapely.Point(corner).distance(shapely.LineString([one, other]))
        if off_chord > 0.25 and came @ goes < np.cos(np.radians(10)):
            found.append(corner + 0.5 * (came - goes) / np.hypot(*(came - goes)))
    return found


def ways_out_of(house: shapely.Polygon) -> list[np.ndarray]:
    """List the places before the middles of a house's sides."""
    west, south, east, north = house.bounds
    x, y = (west + east) / 2, (south + north) / 2
    return [np.array(each) for each in ((x, south - 0.5), (x, north + 0.5), (west - 0.5, y), (east + 0.5, y))]


def sees(what: Around, begin: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return how far it is to each place that the straight way leads to past everything, else inf."""
    home, away = shapely.Point(begin), np.hypot(*(places - begin).T)
    legs = shapely.linestrings(np.stack([begin + 0 * places, places], axis=1))
    others = [each for each in what.footprints if not each.intersects(home)]
    barred = np.zeros(len(legs), dtype=bool)
    for wall in what.obstacles:
        barred |= shapely.intersects(legs, wall)
    for house in others:
        barred |= shapely.crosses(legs, house)
    return np.where(barred, np.inf, away)


class Bends:
    """Ends of walls, with corners of houses and walls or without: which see each other, and the way on from each."""

    def __init__(self, network: Network, most: float, what: Around, starts: np.ndarray, houses: bool) -> None:
        ends, corners = ends_of(what), [*corners_of(what), *wall_corners_of(what)] if houses else []
        self.network, self.most, self.what, self.starts, self.houses = network, most, what, starts, houses
        self.xy = np.array(ends + corners).reshape(-1, 2)
        self.between = np.array([sees(what, each, self.xy) for each in self.xy]).reshape(len(self.xy), len(self.xy))
        self.on = [self.way_on(each, 0.5 if number < len(ends) else 0.0) for number, each in enumerate(self.xy)]

    def way_on(self, place: np.ndarray, more: float) -> tuple:
        """Return metres, edge and whether it is an island's; infinitely far where a way on crosses anything."""
        best, _ = straight(self.network, place, self.most, self.what, self.starts)
        return (np.inf, -1, 0) if best is None or best[0] >= 2 else (best[1] + more, best[2], best[0])

    def best(self, point: np.ndarray, limit: float) -> tuple | None:
        """Return the best way of a point with bends: (too far, island, length, edge, kind)."""
        home = shapely.Point(point)
        houses = [each for each in self.what.footprints if self.houses and each.intersects(home)]
        outs = np.array([way for house in houses for way in ways_out_of(house)]).reshape(-1, 2)
        out_m, once = sees(self.what, point, outs), sees(self.what, point, self.xy)
        ends = []
        for out, metres in zip(outs[np.isfinite(out_m)], out_m[np.isfinite(out_m)], strict=True):
            ends.append((metres, self.way_on(out, 0.0)))
            once = np.minimum(once, metres + sees(self.what, out, self.xy))
        if len(self.xy):
            reached = np.minimum(once, (once[:, None] + self.between).min(axis=0))
            ends += list(zip(reached, self.on, strict=True))
        found = [(bool(metres + on > self.most), island, metres + on, edge, CLEAR)
                 for metres, (on, edge, island) in ends if metres + on <= limit]  # fmt: skip
        return min(found, default=None)


def by_ends(network: Network, point: np.ndarray, most: float, what: Around, starts: np.ndarray, near: tuple) -> tuple:
    """Return the best leg round the end of a wall: (crosses a building, length, end, edge, kind), or None."""
    home, best = shapely.Point(point), None
    for number, past in enumerate(ends_of(what)):
        on, _ = straight(network, past, most, what, starts)
        away = home.distance(shapely.Point(past))
        leg = shapely.LineString([point, past])
        length = away + 0.5 + (on[1] if on else np.inf)
        if length > most * (2.5 if near[2] == THROUGH_BARRIER else 1) or any(leg.intersects(w) for w in what.obstacles):
            continue
        across = any(leg.crosses(each) and not each.intersects(home) for each in what.footprints) or on[0] >= 2
        found = across, length, number, on[2], THROUGH_BUILDING if across else CLEAR
        best = min(best or found, found)
    return best


def by_hand(point: np.ndarray, bends: tuple[Bends, Bends]) -> tuple:
    """Return edge, kind and length of the leg of one point: the slow double. Gates are not looked at."""
    network, most, what, starts = bends[0].network, bends[0].most, bends[0].what, bends[0].starts
    home = shapely.Point(point)
    best, near = straight(network, point, most, what, starts)
    if near is None:
        return -1, NONE, None
    clear = [best] if best is not None and best[0] < 2 else []
    clear += [each for house in what.footprints if house.intersects(home)
              for each in by_doors(network, home, house, most, what, starts)]  # fmt: skip
    found = min(((False, *each) for each in clear), default=None)
    limit = most * (1 if best is None and near[2] == OTHER_LEVEL else 2.5)
    found = min((each for each in (found, bends[0].best(point, limit)) if each is not None), default=None)
    if found is None:
        found = bends[1].best(point, limit)
    if found is not None:
        return found[3], found[4], found[2]
    if best is not None:
        return best[2], best[3], best[1]
    through = by_ends(network, point, most, what, starts, near)
    return (near[1], near[2], near[0]) if through is None else (through[3], through[4], through[1])


def town(rng: np.random.Generator) -> tuple[Network, Around, np.ndarray, np.ndarray]:
    """Invent streets that meet nowhere and somewhere, walls, houses and points; all within 100 m."""
    courses = [rng.uniform(0, 100, (2, 2)) * [[1, 1], [1, 1]] for _ in range(rng.integers(1, 9))]
    courses.append(np.array([[-2000.0, -20.0], [2000.0, -20.0]]))  # beside it small pieces are islands
    network = net(*courses)
    walls = [rng.uniform(0, 100, (3, 2)) for _ in range(rng.integers(0, 6))]
    corners = rng.uniform(0, 90, (rng.integers(0, 8), 2))
    houses = [(x, y, x + 9, y + 7) for x, y in corners]
    return network, around(walls, houses), rng.uniform(0, 100, (12, 2)), rng.random(len(network.edge_line)) < 0.8


@pytest.fixture(autouse=True)
def no_doors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The double knows no doors of bridges."""
    if "seed" in request.fixturenames or "double" in request.node.name:
        monkeypatch.setattr("geo.network.straight.DOOR_M", -1.0)


@settings(max_examples=examples(500), deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_legs_are_those_of_a_double(seed: int) -> None:
    network, what, points, starts = town(np.random.default_rng(seed))
    found = attach_clear(network, points, "walk", 80.0, what, starts)
    bends = tuple(Bends(network, 80.0, what, starts, houses) for houses in (False, True))
    for row, point in enumerate(points):
        edge, kind, length = by_hand(point, bends)
        assert (found.edge[row], found.leg[row]) == (edge, kind)
        assert length is None or found.access_m[row] == pytest.approx(length, abs=1e-6)
        corners = np.array([point, *found.bend_xy[row], found.places(network)[row]])
        along = np.hypot(*np.diff(corners[np.isfinite(corners).all(axis=1)], axis=0).T).sum()
        assert length is None or along <= length + 1e-6 <= along + 0.5 + 2e-6


@settings(max_examples=examples(200), deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_step_by_step_is_at_once_double(seed: int) -> None:
    """Some streets go, some come; what is found step by step is what is found at once."""
    rng = np.random.default_rng(seed)
    pool = np.array([shapely.LineString(rng.uniform(0, 100, (2, 2))) for _ in range(8)]
                    + [shapely.LineString([(-2000, -20), (2000, -20)])], dtype=object)  # fmt: skip
    before, now = (np.flatnonzero(np.append(rng.random(8) < 0.7, True)) for _ in range(2))
    _, what, points, _ = town(rng)
    starts = rng.random(9) < 0.8
    rooms = {}
    for name, rows in (("before", before), ("now", now)):
        one = np.ones(len(rows), dtype=bool)
        rooms[name] = {"walkable": one, "drivable": one, "oneway": 0 * one, "level": rows, "speed_kmh": 30.0 * one}
    old = build_network(pool[before], **rooms["before"])
    kept = np.array([np.flatnonzero(before == each)[0] if each in before else -1 for each in now])
    edited = edit_network(old, pool[before], pool[now], kept, rooms["now"], few=1.0)
    was = attach_clear(old, points, "walk", 80.0, what, starts[before][old.edge_line])
    how = (edited.network, points, "walk", 80.0, what, starts[now][edited.network.edge_line])
    stepped, at_once = reattach_clear(how, was, edited.old_edge), attach_clear(*how)
    for name in ("edge", "at_m", "access_m", "leg", "via", "nearest", "bend_xy"):
        np.testing.assert_array_equal(getattr(stepped, name), getattr(at_once, name), err_msg=name)
    assert isinstance(stepped, Legs)


@settings(max_examples=examples(100), deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_wall_more_never_makes_a_leg_shorter_double(seed: int) -> None:
    """Of legs that are clear before and after, but those that turn at an end of the new wall itself or at a house."""
    rng = np.random.default_rng(seed)
    network, what, points, starts = town(rng)
    more = Around(np.append(what.obstacles, shapely.LineString(rng.uniform(0, 100, (2, 2)))), what.footprints,
                  what.gates_xy)  # fmt: skip
    one, other = (attach_clear(network, points, "walk", 80.0, each, starts) for each in (what, more))
    both = (one.leg == CLEAR) & (other.leg == CLEAR) & ~islands(network, "walk")[np.maximum(other.edge, 0)]
    turns = np.nan_to_num(other.bend_xy, nan=1e9)
    old = shapely.multipoints(what.ends_xy)
    doors = shapely.union_all(shapely.boundary(what.footprints))
    for turn in np.moveaxis(turns, 1, 0):
        places = shapely.points(turn)
        both &= (shapely.distance(old, places) < 1e-6) | (shapely.distance(doors, places) < 1e-6) | (turn[:, 0] > 1e8)
    assert (other.access_m[both] >= one.access_m[both] - 1e-9).all()
