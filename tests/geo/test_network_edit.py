"""An edited network is the network of the edited lines."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network.edit import edit_network
from geo.network.graph import Network, build_network
from geo.network.legs import Around, attach_clear, reattach_clear
from tests.geo.street_plan import BRIDGE, STREETS
from tests.suite import examples

NO_GATES = np.empty((0, 2))


def made_of(streets: list, **more: object) -> tuple[np.ndarray, dict]:
    """Give lines and their use as `build_network` takes them."""
    with np.errstate(invalid="ignore"):
        lines = np.array([None if each[0] is None else shapely.LineString(each[0]) for each in streets], dtype=object)
    use = {name: np.array([each[place] for each in streets], dtype=kind) for name, place, kind in (
        ("walkable", 1, bool), ("drivable", 2, bool), ("oneway", 3, int), ("level", 4, int))}
    use["by_node"] = np.array([len(each) > 5 and each[5] for each in streets], dtype=bool)
    use["parted"] = np.array([len(each) > 6 and each[6] for each in streets], dtype=bool)
    use["walk_sense"] = use["oneway"]  # some walk as the cars drive
    return lines, use | {"speed_kmh": np.full(len(streets), 30.0)} | more


def assert_same(one: Network, other: Network) -> None:
    """Hold two networks against each other, array by array and with what they report."""
    assert one.report == other.report
    for name, array in other.as_arrays().items():
        np.testing.assert_array_equal(one.as_arrays()[name], array, err_msg=name)


def edited(before: list, after: list, kept: list[int], few: float = 1.0, snap_m: float = 0.5):
    """Edit the network of some streets, compare it with that built of the new ones, and give what was made."""
    lines, use = made_of(before)
    network = build_network(lines, **use, snap_m=snap_m)
    new_lines, new_use = made_of(after)
    found = edit_network(network, lines, new_lines, np.array(kept, dtype=int), new_use, snap_m, few)
    assert_same(found.network, build_network(new_lines, **new_use, snap_m=snap_m))
    old = np.flatnonzero(found.old_edge >= 0)
    for edge in old:
        same = found.old_edge[edge]
        assert found.network.geometries[edge].equals(network.geometries[same])
        assert found.network.walkable[edge] == network.walkable[same]
    assert (np.diff(found.old_edge[old]) > 0).all()
    return found


def test_a_line_that_a_wall_parts_from_its_neighbour_is_cut_anew_with_it():
    """Two streets 0.3 m apart: joined, parted by a wall that comes, joined again when it goes."""
    one, other = [(0, 0), (100, 0)], [(100.3, 0), (200, 0)]
    joined, parted = ([(each, True, True, 0, 0, False, mark) for each in (one, other)] for mark in (False, True))
    counts = [len(edited(before, after, [-1, -1]).network.node_xy)
              for before, after in ((joined, parted), (parted, joined))]  # fmt: skip
    assert counts == [4, 3]


def test_a_new_alley_cuts_the_streets_at_its_ends_and_nothing_else():
    """From the middle of the south street to the middle of the south quay: 100 m west of the bridge."""
    rows = list(range(len(STREETS)))
    found = edited(STREETS, [*STREETS, ([(100, 0), (100, 100)], True, True, 0, 0)], [*rows, -1])
    assert found.network.report.cuts == 5
    # South street, the quay and the alley are new, and what lies near them; the north quay and the island are not.
    lines = found.network.edge_line[found.old_edge >= 0]
    assert {6, 7, 9} <= set(lines.tolist()) and not {0, 1, 10} & set(lines.tolist())


def test_without_the_bridge_the_quays_are_whole_again():
    rows = [row for row in range(len(STREETS)) if row != BRIDGE]
    found = edited(STREETS, [STREETS[row] for row in rows], rows)
    assert found.network.report.walk_components == (8, 2, 2)


def test_a_line_that_hides_its_twin_uncovers_it_when_it_goes():
    twins = [STREETS[0], STREETS[0], STREETS[9]]
    assert edited(twins, twins[1:], [1, 2]).network.report.left_out == {}
    assert edited(twins[1:], twins, [-1, 0, 1]).network.report.left_out == {"duplicate": (1,)}


def test_only_the_use_of_a_line_changes():
    walked = [(STREETS[0][0], True, False, 0, 0), *STREETS[1:]]
    found = edited(STREETS, walked, [-1, *range(1, len(STREETS))])
    assert not (found.network.forward & (found.network.edge_line == 0)).any()


def test_what_cannot_be_a_line_is_left_out_in_either_way():
    broken = [*STREETS, (None, True, True, 0, 0), ([(0, 0), (np.nan, 5)], True, True, 0, 0),
              ([(0, 0), (9, 9)], False, False, 0, 0), ([(5, 5), (5, 5)], True, True, 0, 0)]  # fmt: skip
    rows = list(range(len(STREETS)))
    edited(STREETS, broken, [*rows, -1, -1, -1, -1])
    edited(broken, [*broken[1:], STREETS[0]], [*rows[1:], 10, 11, 12, 13, -1])
    edited(broken, STREETS, rows)


def test_many_changes_are_built_from_scratch():
    found = edited(STREETS, STREETS[1:], list(range(1, len(STREETS))), few=0.0)
    assert (found.old_edge == -1).all()


def test_nothing_changes_and_everything_goes():
    same = list(range(len(STREETS)))
    assert (edited(STREETS, STREETS, same).old_edge >= 0).all()
    assert edited(STREETS, [], []).network.report.edges == 0
    assert edited([], STREETS, [-1] * len(STREETS)).network.report.edges == 13


@pytest.mark.parametrize("kept", [[0], [1, 0], [0, 0], [0, 9]])
def test_rows_that_make_no_sense_are_refused(kept: list[int]):
    lines, use = made_of(STREETS[:2])
    with pytest.raises(ValueError, match="kept must be"):
        edit_network(build_network(lines, **use), lines, lines, np.array(kept), use)


# Places a third of a metre apart, so that ends are near each other, on lines and in rows; and some far off.
place = st.tuples(*[st.one_of(st.integers(0, 12).map(lambda n: n / 3), st.integers(0, 3).map(lambda n: n * 30.0))] * 2)
course = st.lists(place, min_size=2, max_size=4)
street = st.tuples(course, st.booleans(), st.booleans(), st.sampled_from([0, 0, 1, -1]), st.sampled_from([0, 0, 0, 1]))


@settings(max_examples=examples(300))
@given(st.lists(st.tuples(street, st.booleans()), max_size=12), st.lists(street, max_size=3), st.data())
def test_any_edit_gives_the_network_of_the_new_lines(streets: list, new: list, data: st.DataObject):
    before = [each for each, _ in streets]
    after = [(each, row) for row, (each, stays) in enumerate(streets) if stays]
    for each in new:
        after.insert(data.draw(st.integers(0, len(after))), (each, -1))
    edited(before, [each for each, _ in after], [row for _, row in after])


@settings(max_examples=examples(60))
@given(st.integers(0, 2**32 - 1))
def test_any_edit_of_a_larger_plan(seed: int):
    """Sixty lines in a square of 60 m with ends near others, of which a few change."""
    rng = np.random.default_rng(seed)
    share = rng.choice([0.0, 0.5, 1.0])  # of lines that are joined at shared nodes

    def lines(count: int) -> list:
        begin = rng.uniform(0, 60, (count, 2)).round(1)
        end = np.where(rng.random((count, 1)) < 0.5, begin + rng.uniform(-9, 9, (count, 2)), begin[::-1] + 0.3)
        return [([tuple(a), tuple(b)], True, rng.random() < 0.8, int(rng.integers(-1, 2)), int(rng.random() < 0.1),
                 rng.random() < share)
                for a, b in zip(begin, end, strict=True)]

    before = lines(60)
    kept = np.sort(rng.choice(60, 57, replace=False))
    after = [*(before[row] for row in kept), *lines(2)]
    edited(before, after, [*kept.tolist(), -1, -1])


@settings(max_examples=examples(60))
@given(st.integers(0, 2**32 - 1))
def test_points_joined_before_an_edit_are_joined_as_if_for_the_first_time(seed: int):
    rng = np.random.default_rng(seed)
    before = [([tuple(a), tuple(b)], True, rng.random() < 0.7, 0, 0)
              for a, b in rng.integers(0, 13, (40, 2, 2)) * 5.0 if tuple(a) != tuple(b)]  # fmt: skip
    kept = np.sort(rng.choice(len(before), len(before) - 2, replace=False))
    fresh = ([tuple(rng.uniform(0, 60, 2)), tuple(rng.uniform(0, 60, 2))], True, True, 0, 0)
    found = edited(before, [*(before[row] for row in kept), fresh], [*kept.tolist(), -1])
    old = build_network((lines := made_of(before))[0], **lines[1])
    points = np.concatenate([rng.uniform(-10, 70, (80, 2)), rng.integers(0, 25, (80, 2)) * 2.5, [[np.nan, 0]]])
    wall = shapely.LineString(rng.uniform(0, 60, (2, 2)))
    around = Around(np.array([wall]), shapely.buffer(shapely.points(rng.uniform(0, 60, (5, 2))), 3.0), NO_GATES)
    starts = [np.ones(len(each.length_m), dtype=bool) for each in (old, found.network)]
    for mode, limit in (("walk", 3.0), ("drive", 8.0), ("drive", np.inf)):
        was = attach_clear(old, points, mode, limit, around, starts[0])
        now = (found.network, points, mode, limit, around, starts[1])
        again, expected = reattach_clear(now, was, found.old_edge), attach_clear(*now)
        for name in ("edge", "at_m", "access_m", "leg"):
            np.testing.assert_array_equal(getattr(again, name), getattr(expected, name), err_msg=name)
