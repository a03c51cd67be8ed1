"""What holds of every tessellation, on hundreds of random boundaries, footprints and streets."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.tessellation.tessellation import Tessellation, tessellate
from tests.geo.parcels import FRAMES
from tests.geo.tiling import assert_tiles, objects
from tests.suite import examples

frames = st.sampled_from(sorted(FRAMES))
whole = st.integers(-20, 420)
# Whole numbers make walls in line, corners on streets and places on one circle; halves and turns make the rest.
houses = st.tuples(whole, whole, st.integers(1, 60), st.integers(1, 60), st.sampled_from([0, 0, 0, 30, 45, 61.3]))
streets = st.lists(st.tuples(whole, whole), min_size=2, max_size=4, unique=True)


def town(frame: str, homes: list[tuple], roads: list[list[tuple]]) -> tuple[np.ndarray, np.ndarray]:
    shift = (4.05e7, 3.99e6) if frame == "far" else (0, 0)
    footprints = [shapely.affinity.rotate(shapely.box(x, y, x + wide, y + deep), turn)
                  for x, y, wide, deep, turn in homes]
    move = shapely.affinity.translate
    return (objects(*(move(each, *shift) for each in footprints)),
            objects(*(move(shapely.LineString(road), *shift) for road in roads)))


def same(one: Tessellation, other: Tessellation) -> bool:
    return (len(one.cells) == len(other.cells) and shapely.equals_identical(one.cells, other.cells).all()
            and one.cell_of.tolist() == other.cell_of.tolist() and one.block.tolist() == other.block.tolist())


@settings(max_examples=examples(100))
@given(frames, st.lists(houses, max_size=25), st.lists(streets, max_size=6))
def test_cells_tile_and_every_footprint_has_one(frame, homes, roads):
    footprints, barriers = town(frame, homes, roads)
    boundary = FRAMES[frame]
    made = assert_tiles(tessellate(boundary, footprints, barriers), boundary)
    inside = shapely.area(shapely.intersection(footprints, boundary))
    counts = inside >= np.minimum(1.0, shapely.area(footprints) / 2)
    assert ((made.cell_of >= 0) == counts).all()
    one, other = np.nonzero(np.triu(shapely.area(shapely.intersection(footprints[:, None], footprints)), 1) >= 1)
    both = counts[one] & counts[other]
    assert (made.cell_of[one] == made.cell_of[other])[both].all(), "those that overlap share a cell"


@settings(max_examples=examples(30))
@given(frames, st.lists(houses, min_size=1, max_size=15), st.lists(streets, max_size=4), st.data())
def test_the_order_does_not_matter(frame, homes, roads, data):
    boundary, (footprints, barriers) = FRAMES[frame], town(frame, homes, roads)
    beside_m = data.draw(st.sampled_from([0.0, 1e-6, 1e-3, 1.0]))  # the same street drawn twice, nearly
    barriers = np.concatenate([barriers, [shapely.affinity.translate(each, 0, beside_m) for each in barriers[:2]]])
    old = tessellate(boundary, footprints, barriers)
    order = np.array(data.draw(st.permutations(range(len(homes)))))
    turned = tessellate(boundary, footprints[order], barriers)
    assert shapely.equals_identical(turned.cells, old.cells).all() and (turned.cell_of == old.cell_of[order]).all()


@settings(max_examples=examples(30))
@given(st.integers(1, 40), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3, 7.0]))
def test_houses_in_rows_have_a_cell_each_and_stay_whole(side, seed, jitter):
    # Rows of houses 2 m apart or more in one block: no border may run through a wall.
    rng = np.random.default_rng(seed)
    corners = [(x, y) for x in range(20, 360, side + 22) for y in range(20, 360, side + 22)]
    homes = objects(*(shapely.affinity.rotate(shapely.box(x, y, x + side, y + side), 10 * turn)
                      for (x, y), turn in zip(np.array(corners) + rng.uniform(0, jitter, (len(corners), 2)),
                                              rng.uniform(0, jitter, len(corners)), strict=True)))
    made = assert_tiles(tessellate(FRAMES["square"], homes, objects()), FRAMES["square"])
    apart = shapely.STRtree(homes).query(homes, predicate="dwithin", distance=0.5)
    if apart.shape[1] == len(homes):
        assert sorted(made.cell_of.tolist()) == list(range(len(homes)))
        outside = shapely.difference(shapely.intersection(homes, FRAMES["square"]), made.cells[made.cell_of])
        assert shapely.area(outside).max() < 1e-6
