"""Cells made anew where houses or streets have changed, and only there.

Four blocks of 200 m around a crossing at (200, 200), each with houses at 50 m and 150 m:

    2 | 3      parts: "W" the blocks 0 and 2, "E" the blocks 1 and 3
    --+--
    0 | 1
"""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.partition.cells import Partition, PartitionError
from geo.partition.edits import draw, move_vertex
from geo.tessellation.renewal import Ground, Renewal, renewed
from geo.tessellation.tessellation import tessellate
from tests.geo.parcels import FRAMES, names
from tests.geo.test_partition_properties import assert_partition
from tests.geo.test_tessellation_properties import houses, streets, town
from tests.geo.tiling import line, objects
from tests.suite import examples

SQUARE = shapely.box(0, 0, 400, 400)
CROSS = objects(line((200, -10), (200, 410)), line((-10, 200), (410, 200)))


def settled(shapes: np.ndarray) -> np.ndarray:
    """Round as a store does: to a hundredth of a millimetre."""
    return shapely.transform(shapes, lambda xy: np.round(xy, 5))


def house(x: float, y: float) -> shapely.Polygon:
    return shapely.box(x - 10, y - 10, x + 10, y + 10)


HOUSES = objects(*(house(x, y) for x in (50, 150, 250, 350) for y in (50, 150, 250, 350)))


def made(boundary: shapely.Geometry, footprints: np.ndarray, barriers: np.ndarray) -> tuple[Partition, np.ndarray]:
    """Make cells, those with their middle west of the boundary's middle W, the others E; and their blocks."""
    cut = tessellate(boundary, footprints, barriers)
    cells = settled(cut.cells)
    west = shapely.get_x(shapely.centroid(cells)) < shapely.centroid(boundary).x
    ids = [f"c{each}" for each in range(len(cells))]
    part = np.where(west, "W", "E").astype(object)
    return Partition(shapely.coverage_union_all(cells), ids, cells, part, footprints, cut.cell_of), cut.block


def again(p: Partition, block: np.ndarray, footprints: np.ndarray, before: np.ndarray, barriers: np.ndarray,
          boundary: shapely.Geometry | None = None) -> Renewal:
    """Renew after footprints have become others; the same object stands where it stood."""
    was = {id(each): home for each, home in zip(p.footprints, p.cell_of, strict=True)}
    cell_of = np.array([was.get(id(each), -1) for each in footprints], dtype=np.int64)
    known = {id(each) for each in footprints}
    left = [home for each, home in zip(p.footprints, p.cell_of, strict=True) if id(each) not in known and home >= 0]
    changed = Partition(p.boundary, p.ids, p.cells, p.part, footprints, cell_of)
    return renewed(changed, block, np.array(left, dtype=np.int64), Ground(boundary, before, barriers), settled,
                   names("new"))


def assert_kept(p: Partition, block: np.ndarray, done: Renewal, touched: set[int]) -> None:
    """Check that no cell of another block became anything else than one with more vertices."""
    for row, each in enumerate(p.ids):
        if block[row] not in touched:
            (now,) = done.partition.rows([each])
            assert done.partition.part[now] == p.part[row]
            assert shapely.hausdorff_distance(done.partition.cells[now], p.cells[row]) < 1e-4


class TestTheCrossing:
    def test_a_new_house_changes_its_block_alone(self) -> None:
        p, block = made(SQUARE, HOUSES, CROSS)
        done = again(p, block, np.append(HOUSES, house(100, 100)), CROSS, CROSS)
        assert_partition(done.partition)
        assert done.blocks == 1
        assert_kept(p, block, done, {block[p.cell_of[0]]})
        assert len(done.partition.ids) == 17
        new = done.partition.cell_of[-1]
        assert done.partition.part[new] == "W"
        assert done.block[done.partition.ids[new]] == block[p.cell_of[0]]  # the block is the same block
        assert done.unclear == []

    def test_a_house_that_moves_over_the_street_changes_both_sides(self) -> None:
        p, block = made(SQUARE, HOUSES, CROSS)
        homes = HOUSES.copy()
        homes[0] = house(320, 80)
        done = again(p, block, homes, CROSS, CROSS)
        assert_partition(done.partition)
        assert done.blocks == 2
        assert done.partition.part[done.partition.cell_of[0]] == "E"

    def test_a_house_that_goes(self) -> None:
        p, block = made(SQUARE, HOUSES, CROSS)
        done = again(p, block, HOUSES[1:], CROSS, CROSS)
        assert_partition(done.partition)
        assert (done.blocks, len(done.partition.ids)) == (1, 15)

    def test_a_new_street_changes_the_block_that_it_cuts(self) -> None:
        p, block = made(SQUARE, HOUSES, CROSS)
        lane = line((100, -10), (100, 210))  # reaches 10 m into the block to the north, and cuts nothing there
        done = again(p, block, HOUSES, CROSS, np.append(CROSS, lane))
        assert_partition(done.partition)
        assert done.blocks == 1
        assert_kept(p, block, done, {block[p.cell_of[0]]})
        assert len(set(done.block.values())) == 2

    def test_blocks_without_a_street_between_them_become_one(self) -> None:
        p, block = made(SQUARE, HOUSES, CROSS)
        done = again(p, block, HOUSES, CROSS, CROSS[1:])
        assert_partition(done.partition)
        assert (done.blocks, len(set(done.block.values()))) == (4, 2)

    def test_a_street_elsewhere_changes_nothing(self) -> None:
        p, block = made(SQUARE, HOUSES, CROSS)
        done = again(p, block, HOUSES, CROSS, np.append(CROSS, line((90, 90), (110, 110))))  # a loose piece
        assert (done.blocks, done.after) == (0, {})

    def test_cells_that_come_out_as_they_were_keep_their_names(self) -> None:
        p, block = made(SQUARE, HOUSES, CROSS)
        far = np.append(HOUSES, house(20, 20))
        done = again(p, block, far, CROSS, CROSS)
        kept = set(p.ids) & set(done.partition.ids)
        assert p.ids[p.cell_of[5]] in kept and len(kept) >= 14

    def test_ground_of_two_parts_goes_to_the_larger_share_and_is_named(self) -> None:
        p, _ = made(SQUARE, objects(), objects())  # one cell
        p = draw(p, "W", shapely.box(0, 0, 260, 400), names("w")).partition  # E has 35 % of the ground now
        done = again(p, np.zeros(len(p.ids), np.int64), objects(house(200, 200)), CROSS[:0], CROSS[:0])
        assert list(done.partition.part) == ["W"]
        ((cell, part, share),) = done.unclear
        assert (cell, part, round(share, 2)) == (done.partition.ids[0], "W", 0.65)

    def test_the_boundary_moves(self) -> None:
        p, block = made(SQUARE, HOUSES, CROSS)
        wider = shapely.union(shapely.box(0, 0, 500, 200), shapely.box(0, 200, 380, 400))
        done = again(p, block, np.append(HOUSES, house(450, 100)), CROSS, CROSS, wider)
        assert_partition(done.partition)
        assert shapely.symmetric_difference(done.partition.boundary, wider).area < 1e-2
        assert done.partition.cell_of[-1] >= 0
        assert_kept(p, block, done, {block[p.cell_of[8]], block[p.cell_of[10]]})


many = settings(max_examples=examples(30))


@many
@given(st.sampled_from(sorted(FRAMES)), st.lists(houses, max_size=15), st.lists(streets, max_size=5), st.data())
def test_whatever_changes_the_cells_are_a_partition_in_which_every_house_has_one(frame, homes, roads, data):
    boundary, (footprints, barriers) = FRAMES[frame], town(frame, homes, roads)
    standing = shapely.area(shapely.intersection(footprints, boundary)) > shapely.area(footprints) / 2
    footprints = footprints[standing]
    gone_homes, gone_roads = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 2))
    p, block = made(boundary, footprints[gone_homes:], barriers[gone_roads:])
    p, block = by_hand(p, block, data.draw(st.integers(0, 10**6)))
    kept = max(len(footprints) - data.draw(st.integers(0, 3)), 0)
    done = again(p, block, footprints[:kept], barriers[gone_roads:], barriers[: max(len(barriers) - 1, 0)])
    assert_fits(done.partition)
    assert (done.partition.cell_of >= 0).all()
    for each in set(p.ids) - set(done.after):
        before, now = p.rows([each])[0], done.partition.rows([each])[0]
        assert done.partition.cells[now] is p.cells[before] and done.partition.part[now] == p.part[before]


def by_hand(p: Partition, block: np.ndarray, seed: int) -> tuple[Partition, np.ndarray]:
    """Draw a part across cells and move a corner, where that can be done; pieces are of the block of their cell."""
    rng = np.random.default_rng(seed)
    label = dict(zip(p.ids, block.tolist(), strict=True))
    low, high = np.reshape(shapely.bounds(p.boundary), (2, 2))
    corner, shift = rng.choice(shapely.get_coordinates(p.cells)), rng.uniform(-9, 9, 2)
    disc = shapely.Point(rng.uniform(low, high)).buffer(rng.uniform(20, 90), quad_segs=4)
    for kind in ("draw", "move"):
        try:
            made = draw(p, "X", disc, names("x")) if kind == "draw" else move_vertex(p, corner, corner + shift)
        except PartitionError:
            continue
        label |= {each: label[change.origin] for each, change in made.delta.changes.items() if change.origin}
        p = Partition(p.boundary, made.partition.ids, settled(made.partition.cells), made.partition.part,
                      p.footprints, made.partition.cell_of)
    return p, np.array([label[each] for each in p.ids])


def assert_fits(p: Partition) -> None:
    """Check by other means that cells tile the boundary."""
    assert shapely.is_valid(p.cells).all() and (shapely.get_type_id(p.cells) == 3).all()
    assert shapely.coverage_is_valid(p.cells)
    assert abs(shapely.area(p.cells).sum() - p.boundary.area) < 1e-3
    assert shapely.symmetric_difference(shapely.union_all(p.cells), p.boundary).area < 1e-2
