"""What cannot be done is refused with a reason, and the partition is as it was."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.partition.cells import PartitionError
from geo.partition.drawn import MOST_VERTICES
from geo.partition.edits import assign, cut, draw, merge, move_vertex, reshape, retire, split
from tests.geo.parcels import lattice, names

TOWN = lattice(4, 4)
NAN, INF = float("nan"), float("inf")


def line(*places):
    with np.errstate(invalid="ignore"):
        return shapely.LineString(places)


def broken_polygon():
    with np.errstate(invalid="ignore"):
        return shapely.Polygon([(0, 0), (100, NAN), (50, 80)])


def long_line(count):
    x = np.linspace(-10, 410, count)
    return shapely.linestrings(np.column_stack([x, 25 + 3 * np.sin(x)]))


BAD_LINES = {
    "self-crossing": line((-10, 25), (210, 25), (210, 80), (100, 80), (100, -10)),
    "degenerate": line((50, 50), (50, 50)),
    "not-finite": line((-10, 25), (NAN, 25), (210, 25)),
    "outside": line((-1e300, 25), (1e300, 25)),
    "too-large": long_line(MOST_VERTICES + 1),
    "no-crossing": line((20, 20), (70, 20)),
}
OTHER_LINES = {
    "no line": ("degenerate", shapely.Point(5, 5)),
    "nothing": ("degenerate", None),
    "empty": ("degenerate", shapely.LineString()),
    "a dot": ("degenerate", line((50, 50), (50.001, 50))),
    "infinite": ("not-finite", line((-INF, 25), (INF, 25))),
    "elsewhere": ("no-crossing", line((1000, 1000), (1200, 1000))),
    "along the border": ("no-crossing", line((0, 0), (200, 0))),
    "in and out on one side": ("no-crossing", line((-10, 20), (30, 20))),
}
BAD_LINES_BY_NAME = {**{name: (name, each) for name, each in BAD_LINES.items()}, **OTHER_LINES}


@pytest.mark.parametrize("case", BAD_LINES_BY_NAME)
@pytest.mark.parametrize("edit", [split, reshape, cut], ids=lambda each: each.__name__)
def test_bad_lines(edit, case):
    reason, bad = BAD_LINES_BY_NAME[case]
    arguments = {split: ("A", bad, "C", names()), reshape: ("A", bad, names()), cut: (bad, names())}
    before = shapely.to_wkb(TOWN.cells).tolist(), list(TOWN.part)
    with pytest.raises(PartitionError) as refused:
        edit(TOWN, *arguments[edit])
    assert refused.value.reason == reason
    assert (shapely.to_wkb(TOWN.cells).tolist(), list(TOWN.part)) == before


@pytest.mark.parametrize(
    ("reason", "bad"),
    [
        ("invalid", shapely.Polygon([(0, 0), (200, 200), (200, 0), (0, 200)])),
        ("invalid", shapely.MultiPolygon([shapely.box(0, 0, 90, 90), shapely.box(50, 50, 99, 99)])),
        ("degenerate", shapely.Polygon([(0, 0), (100, 0), (50, 0)])),
        ("degenerate", shapely.Polygon()),
        ("degenerate", line((0, 0), (9, 9))),
        ("not-finite", broken_polygon()),
        ("outside", shapely.box(900, 900, 950, 950)),
        ("outside", shapely.box(-1e200, -1e200, 1e200, 1e200)),
        ("too-small", shapely.box(50, 50, 50.5, 50.5)),
        ("too-small", shapely.box(20, 20, 20.05, 80)),
        ("too-large", shapely.Point(100, 100).buffer(50, quad_segs=MOST_VERTICES)),
    ],
)
def test_bad_polygons(reason, bad):
    with pytest.raises(PartitionError) as refused:
        draw(TOWN, "C", bad, names())
    assert refused.value.reason == reason


def test_thousands_of_vertices_are_fine():
    assert draw(TOWN, "C", shapely.Point(110, 110).buffer(50, quad_segs=2000), names()).partition.shape("C").area > 7000
    made = split(TOWN, "A", long_line(5000), "C", names()).partition
    assert {"A", "C"} <= set(made.parts())


def test_a_polygon_that_covers_all_is_fine():
    assert draw(TOWN, "C", shapely.box(-1e4, -1e4, 1e4, 1e4), names()).partition.parts() == ("C",)


@pytest.mark.parametrize(
    ("reason", "members", "call"),
    [
        ("unknown-cell", ("x",), lambda: assign(TOWN, ["r0c0", "x"], "A")),
        ("nothing-to-do", (), lambda: assign(TOWN, [], "A")),
        ("nothing-to-do", ("A",), lambda: draw(TOWN, "A", shapely.box(10, 10, 90, 90), names())),
        ("unknown-part", ("X",), lambda: merge(TOWN, ["A", "X"], "A")),
        ("nothing-to-do", ("A", "A"), lambda: merge(TOWN, ["A", "A"], "A")),
        ("part-exists", ("B",), lambda: merge(assign(TOWN, ["r0c0"], "C").partition, ["A", "C"], "B")),
        ("unknown-part", ("X",), lambda: retire(TOWN, "A", "X")),
        ("unknown-part", ("X",), lambda: retire(TOWN, "X", "A")),
        ("same-part", ("A",), lambda: retire(TOWN, "A", "A")),
        ("unknown-part", ("X",), lambda: split(TOWN, "X", line((-5, 50), (205, 50)), "C", names())),
        ("part-exists", ("B",), lambda: split(TOWN, "A", line((-5, 50), (205, 50)), "B", names())),
        ("unknown-part", ("X",), lambda: reshape(TOWN, "X", line((-5, 50), (205, 50)), names())),
        ("not-finite", (), lambda: move_vertex(TOWN, (NAN, 0), (5, 5))),
        ("no-vertex", (), lambda: move_vertex(TOWN, (150, 150), (155, 150))),
        ("no-vertex", (), lambda: move_vertex(TOWN, (1e300, 0), (155, 150))),
        ("folds", ("r1c1", "r1c2", "r2c1", "r2c2"), lambda: move_vertex(TOWN, (200, 200), (1e300, 150))),
    ],
)
def test_refusals_name_what_they_are_about(reason, members, call):
    with pytest.raises(PartitionError) as refused:
        call()
    assert (refused.value.reason, refused.value.members) == (reason, members)


def test_an_id_that_is_in_use_is_refused():
    with pytest.raises(PartitionError, match="unsound"):
        split(TOWN, "A", line((-5, 25), (205, 25)), "C", lambda count: ["r3c3", "x"][:count])


def test_a_thin_strip_does_not_make_a_part():
    with pytest.raises(PartitionError, match="too-small"):
        split(TOWN, "A", line((0.05, -5), (0.05, 405)), "C", names(), reach_m=0.01)


def test_ground_that_touches_no_neighbour_cannot_be_given_away():
    alone = lattice(2, 2, parts="A")
    with pytest.raises(PartitionError, match="no-neighbour"):
        reshape(alone, "A", line((-5, 25), (205, 25)), names())
