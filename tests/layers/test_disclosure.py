"""What public counts give away: nothing, to who adds and subtracts them and to who knows the rule by heart."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from layers.model.management.disclosure import masked, shown
from tests.suite import examples

LIMIT = 5
NONE = float("nan")


def told(values: list[float], parents: list[int], limit: int = LIMIT) -> list[bool]:
    return shown(np.array(values, dtype=float), np.array(parents), limit).tolist()


def test_a_count_without_a_total_stands_for_itself() -> None:
    assert told([4, 5, 0, NONE], [-1] * 4) == [False, True, False, False]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([10, 10, 10, 10], [True, True, True, True]),
        ([4, 10, 10, 10], [False, True, False, True]),  # the first goes with the third
        ([4, 0, 10, 10], [False, False, False, False]),
        ([0, 10, 0, 10], [False, False, False, False]),  # a half of nothing would tell two zeros
        ([4, 5, 10, 10], [False, True, False, True]),  # just as many as must be
        ([2, 30], [False, False]),
        ([30], [True]),
    ],
)
def test_which_parts_of_a_total_are_told(parts: list[int], expected: list[bool]) -> None:
    assert told([sum(parts), *parts], [-1] + [0] * len(parts)) == [True, *expected]


def test_what_lies_in_a_hidden_part_is_hidden() -> None:
    """Community 60 = courtyard 57 + courtyard 3; else the buildings of the first would sum to what is hidden."""
    assert told([60, 57, 3, 30, 27, 3], [-1, 0, 0, 1, 1, 2]) == [True, False, False, False, False, False]


def test_a_total_that_is_not_on_record_but_follows() -> None:
    """The first courtyard has no count of its own: it is 60 less the second's."""
    assert told([60, NONE, 20, 38, 2], [-1, 0, 0, 1, 1]) == [True, False, True, False, False]
    assert told([NONE, 38, 2], [-1, 0, 0]) == [False, True, False]  # a sum that nobody knows


@st.composite
def towns(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Communities, courtyards in them, buildings in those; totals that are sums, some of them not on record."""
    small = st.one_of(st.integers(0, 6), st.integers(0, 60))
    courts = draw(st.lists(st.lists(small, min_size=1, max_size=5), min_size=1, max_size=5))
    sums = [sum(each) for each in courts]
    values = [float(sum(sums)), *map(float, sums), *(float(x) for each in courts for x in each)]
    parents = [-1, *[0] * len(courts), *(1 + n for n, each in enumerate(courts) for _ in each)]
    for place in range(1 + len(courts)):
        if draw(st.booleans()) and draw(st.booleans()):
            values[place] = NONE
    return np.array(values), np.array(parents)


@given(towns())
@settings(max_examples=examples(150))
def test_sums_and_differences_leave_every_small_count_open(town: tuple[np.ndarray, np.ndarray]) -> None:
    values, parents = town
    public = shown(values, parents, LIMIT)
    assert not (values[public] < LIMIT).any()
    leaves = np.flatnonzero(~np.isin(np.arange(len(values)), parents))
    inside = np.zeros((len(values), len(leaves)))
    for column, leaf in enumerate(leaves):
        place = leaf
        while place >= 0:
            inside[place, column] = 1
            place = parents[place]
    for hidden in np.flatnonzero(~public & (values < LIMIT)):
        low, high = bounds(inside[hidden], inside[public], values[public])
        assert low <= 0.001 and high >= LIMIT - 1.001


def bounds(wanted: np.ndarray, equations: np.ndarray, sums: np.ndarray) -> tuple[float, float]:
    """What a sum of counts can be, at least and at most, when some sums of them are known."""
    known = {"A_eq": equations, "b_eq": sums} if len(sums) else {}
    least, most = linprog(wanted, **known), linprog(-wanted, **known)
    assert {least.status, most.status} <= {0, 3}  # solved, or without bound
    return least.fun, np.inf if most.status == 3 else -most.fun


@pytest.mark.parametrize("size", [2, 3, 4])
def test_who_knows_the_rule_learns_no_more(size: int) -> None:
    """Of all towns with one total, those that publish the same differ in each hidden small count."""
    limit, parents = 3, np.array([-1] + [0] * size)
    alike: dict[tuple, list[tuple[int, ...]]] = {}
    for parts in itertools.product(range(7), repeat=size):
        values = np.array([sum(parts), *parts], dtype=float)
        public = shown(values, parents, limit)
        seen = tuple(np.where(public, values, -1).tolist())
        alike.setdefault(seen, []).append(parts)
    checked = 0
    for seen, towns_alike in alike.items():
        if not limit <= seen[0] <= 6:  # larger totals have towns that are not among these
            continue
        for place in range(size):
            if seen[1 + place] == -1:
                checked += 1
                assert {parts[place] for parts in towns_alike} >= set(range(limit))
    assert checked


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("张三 13800138000", "张三 ***"),
        ("电话：138-0013-8000（王）", "电话：***（王）"),
        ("+86 13800138000", "***"),
        ("8613800138000", "***"),
        ("１３８００１３８０００", "***"),
        ("李 370202196001011234", "李 ***"),
        ("37020219600101123Ｘ", "***"),
        ("0532-85551234", "0532-85551234"),  # an office
        ("400-820-8820", "400-820-8820"),
        ("12345", "12345"),
        ("990301001001001", "990301001001001"),  # a grid
        ("2024年１号楼", "2024年１号楼"),
    ],
)
def test_numbers_of_persons_are_unreadable(text: str, public: str) -> None:
    assert masked(text) == public
