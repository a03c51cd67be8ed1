"""Whatever is drawn, a partition stays one: hundreds of random partitions and sequences of edits.

Cells are Voronoi cells cut to frames with holes, islands and large coordinates; lines and polygons are drawn at
random, often through or a millimetre beside vertices, where overlays go wrong.
"""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.partition.cells import Edit, Partition, PartitionError, apply, is_sound
from geo.partition.edits import assign, cut, draw, merge, move_vertex, reshape, retire, split
from geo.partition.index import borders
from tests.geo.parcels import FRAMES, crazy, names
from tests.suite import examples

REFUSALS = {"no-crossing", "self-crossing", "too-small", "no-neighbour", "nothing-to-do", "part-exists", "same-part",
            "on-boundary", "too-close", "folds", "cuts-building", "outside", "degenerate"}  # fmt: skip
many = settings(max_examples=examples(200))

partitions = st.builds(crazy, st.integers(0, 10**6), st.sampled_from(sorted(FRAMES)), st.just(16), st.just(4))
edits = st.lists(
    st.tuples(
        st.sampled_from(["assign", "split", "cut", "draw", "reshape", "move", "merge", "retire"]),
        st.integers(0, 10**6),
    ),
    min_size=1,
    max_size=4,
)


def place(p: Partition, rng: np.random.Generator) -> np.ndarray:
    """Anywhere about the partition, at a vertex, or two millimetres beside one."""
    corner = rng.choice(shapely.get_coordinates(p.cells))
    low, high = np.reshape(shapely.bounds(p.boundary), (2, 2))
    return [rng.uniform(low - 30, high + 30), corner, corner + rng.uniform(-0.002, 0.002, 2)][rng.integers(3)]


def edited(p: Partition, kind: str, seed: int, into: str = "X") -> Edit | None:
    """Make a random edit of one kind, None where it is refused for a reason."""
    rng = np.random.default_rng(seed)
    parts, ids = p.parts(), names(f"{into}-{seed}-")
    part = parts[rng.integers(len(parts))]
    line = shapely.LineString([place(p, rng) for _ in range(rng.integers(2, 6))])
    spot = place(p, rng)
    disc = shapely.Point(spot).buffer(rng.uniform(1, 90), quad_segs=int(rng.integers(1, 8)))
    try:
        return {
            "assign": lambda: assign(p, rng.choice(p.ids, 3), rng.choice([part, into])),
            "split": lambda: split(p, part, line, f"{into}{seed}", ids),
            "cut": lambda: cut(p, line, ids),
            "draw": lambda: draw(p, rng.choice([part, into]), disc, ids),
            "reshape": lambda: reshape(p, part, line, ids),
            "move": lambda: move_vertex(p, tuple(spot), tuple(spot + rng.uniform(-15, 15, 2))),
            "merge": lambda: merge(p, sorted({part, parts[0]}), part),
            "retire": lambda: retire(p, part, rng.choice([parts[0], None])),
        }[kind]()
    except PartitionError as refused:
        assert refused.reason in {*REFUSALS, "no-vertex"}
        return None


def state(p: Partition) -> dict:
    """All there is to a partition, to the byte."""
    homes = {each: p.ids[row] for each, row in enumerate(p.cell_of)}
    return {**dict(zip(p.ids, zip(shapely.to_wkb(p.cells), p.part, strict=True), strict=True)), **homes}


def assert_partition(p: Partition) -> None:
    """Check the invariants by other means than the edits use."""
    assert shapely.is_valid(p.cells).all() and (shapely.get_type_id(p.cells) == 3).all()
    assert shapely.coverage_is_valid(p.cells)
    assert is_sound(p)
    shapes = np.array([p.shape(part) for part in (*p.parts(), None)], dtype=object)
    shapes = shapes[~shapely.is_empty(shapes)]
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)  # shared borders match vertex by vertex
    assert abs(shapely.area(shapes).sum() - p.boundary.area) < 1e-4
    assert shapely.symmetric_difference(shapely.union_all(shapes), p.boundary).area < 1e-3
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    common = shapely.intersection(shapes[one[one < other]], shapes[other[one < other]])
    assert shapely.area(common).sum() < 1e-4
    home = p.cells[p.cell_of]
    assert (shapely.area(p.footprints) - shapely.area(shapely.intersection(p.footprints, home)) < 0.1).all()
    found, kept = borders(p.cells), p.neighbours()
    assert set(zip(found.first, found.second, strict=True)) == set(zip(kept.first, kept.second, strict=True))


@many
@given(partitions, edits)
def test_every_edit_leaves_a_partition_and_can_be_taken_back(p, sequence):
    p.neighbours()  # so that they are carried along
    for step, (kind, seed) in enumerate(sequence):
        if len(p.parts()) == 0:
            break
        edit = edited(p, kind, seed, f"X{step}-")
        if edit is None:
            continue
        assert_partition(edit.partition)
        back = apply(edit.partition, edit.delta.inverse())
        assert state(back.partition) == state(p)
        assert state(apply(p, edit.delta).partition) == state(edit.partition)
        p = edit.partition


@many
@given(partitions, edits)
def test_a_sequence_taken_back_from_its_end_is_the_identity(p, sequence):
    now, done = p, []
    for step, (kind, seed) in enumerate(sequence):
        edit = edited(now, kind, seed, f"X{step}-") if now.parts() else None
        if edit:
            done.append(edit.delta)
            now = edit.partition
    for delta in reversed(done):
        now = apply(now, delta.inverse()).partition
    assert state(now) == state(p)


@many
@given(partitions, st.tuples(edits, edits))
def test_the_order_of_independent_edits_does_not_matter(p, both):
    one, other = (edited(p, *each[0], into) for each, into in zip(both, "XY", strict=True))
    if one is None or other is None or {*one.delta.changes} & {*other.delta.changes}:
        return
    forth = apply(one.partition, other.delta).partition
    back = apply(other.partition, one.delta).partition
    assert state(forth) == state(back)
    assert is_sound(forth)


@many
@given(st.integers(3, 7), st.integers(0, 10**6), st.floats(0, 25), st.floats(0, 6.28))
def test_where_many_parts_meet_they_go_on_meeting(count, seed, far, way):
    """A pie of three to seven parts: its middle is moved, two slices are merged, one is split from the middle."""
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 0.6, count) + np.arange(count)) * 2 * np.pi / count
    rim = np.column_stack([np.cos(turn), np.sin(turn)]) * 100
    slices = [shapely.Polygon([(0, 0), rim[each], rim[(each + 1) % count]]) for each in range(count)]
    ids, labels = ([f"{letter}{each}" for each in range(count)] for letter in "cP")
    p = Partition(shapely.Polygon(rim), ids, slices, labels)
    to = (far * np.cos(way), far * np.sin(way))
    try:
        moved = move_vertex(p, (0.1, -0.1), to).partition
    except PartitionError as refused:
        assert refused.reason in {"folds", "too-close", "on-boundary"}
        return
    assert_partition(moved)
    assert shapely.dwithin(moved.cells, shapely.Point(to), 0).all()
    assert_partition(merge(moved, ["P0", "P2"], "P0").partition)
    outward = np.asarray(to) + 1.5 * ((rim[0] + rim[1]) / 2 - to)
    halved = split(moved, "P0", shapely.LineString([to, outward]), "new", names()).partition
    assert_partition(halved)
    assert shapely.dwithin(halved.shape("new"), shapely.Point(to), 2e-3)
