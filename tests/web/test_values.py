"""Columns of a map as arrays: a page takes a hundred rows of them, order and search look at what differs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from web.maps.listing import Searched
from web.maps.values import Joined, Later, Numbered, Told, Values, array_of, given, held, numbered, taken, the_same

NAMES = pd.array(["1号楼", None, "2号楼", "1号楼"], dtype="str")


def upper(raw: list) -> list:
    return [None if pd.isna(each) or each == "2号楼" else f"<{each}>" for each in raw]


# What is kept, and what it is as a list.
KEPT = {
    "as they are": (Values(NAMES), ["1号楼", None, "2号楼", "1号楼"]),
    "in words": (Values(NAMES, upper), ["<1号楼>", None, None, "<1号楼>"]),
    "numbers": (Values(pd.array([3, None, 5, 3], dtype="Int64")), [3, None, 5, 3]),
    "by number": (Numbered(np.array([1, -1, 0, 1]), ("a", "b")), ["b", None, "a", "b"]),
    "all the same": (the_same("a", 4), ["a"] * 4),
    "none at all": (the_same(None, 4), [None] * 4),
    "later": (Later(4, lambda: Values(NAMES, upper)), ["<1号楼>", None, None, "<1号楼>"]),
    "told": (
        Told(np.array([True, False, True, True]), lambda rows: [f"row {n}" for n in rows]),
        ["row 0", None, "row 2", "row 3"],
    ),
    "joined": (Joined([Values(NAMES[:2]), [], ["2号楼", "1号楼"]]), ["1号楼", None, "2号楼", "1号楼"]),
    "some of them": (Values(NAMES).only(np.array([True, True, False, True])), ["1号楼", None, None, "1号楼"]),
    "a list": (["x", None, "y", "x"], ["x", None, "y", "x"]),
}


def plain(values: list) -> list:
    return [None if pd.isna(each) else each for each in values]


@pytest.mark.parametrize(("values", "expected"), KEPT.values(), ids=KEPT)
def test_they_are_what_a_list_of_them_would_be(values, expected: list):
    assert len(values) == len(expected)
    assert plain(list(values)) == expected
    assert plain(taken(values, np.array([3, 1]))) == [expected[3], expected[1]]
    assert plain([values[n] for n in range(4)]) == expected
    assert given(values).tolist() == [each is not None for each in expected]
    numbers, different = numbered(values)
    assert [different[n] if n >= 0 else None for n in numbers] == expected
    assert None not in different and len(set(different)) == len(different)
    assert plain(array_of(values, np.array([2, 0])).tolist()) == [expected[2], expected[0]]


def test_nothing_is_made_of_rows_that_nobody_asks_for():
    asked: list[int] = []

    def say(rows: np.ndarray) -> list[str]:
        asked.extend(rows.tolist())
        return [str(row) for row in rows]

    values = Joined([Later(1_000, lambda: Told(np.ones(1_000, bool), say)), ["a sign"]])
    assert values.taken(np.array([7, 1_000])) == ["7", "a sign"]
    assert values.given().all()
    assert asked == [7]


@pytest.mark.parametrize(("different", "bytes_each"), [(100, 1), (1_000, 2), (40_000, 4)])
def test_values_are_numbered_in_as_few_bytes_as_hold_them(different: int, bytes_each: int):
    values = Values(np.arange(100_000) % different, lambda given: [f"n{n}" for n in given])
    assert values.taken(slice(-2, None)) == [f"n{n}" for n in ((99_998 % different), (99_999 % different))]
    numbers, said = numbered(values)
    assert [said[n] for n in numbers[-2:]] == values.taken(slice(-2, None))
    assert sum(each.nbytes for each in held(values)) == bytes_each * len(values)


def test_counts_are_of_what_is_there():
    assert Numbered(np.array([2, 0, 0, -1]), ("a", "b", "c")).counts() == {"a": 2, "c": 1}


@pytest.mark.parametrize("text", ["b1", "1-0", "楼", "x", "-", "nan"])
def test_a_text_is_found_in_codes_as_in_words(text: str) -> None:
    codes = ["B1-01", None, "b11-0", "C-x"]
    in_a_column = Searched(Values(pd.array(codes, dtype="str"))).containing(text)
    assert in_a_column.tolist() == Searched(codes).containing(text).tolist()
    assert in_a_column.tolist() == [each is not None and text in each.lower() for each in codes]
    mixed = [*codes, "乙B1楼"]
    found = Searched(Later(5, lambda: Values(pd.array(mixed, dtype="str")))).containing(text)
    assert found.tolist() == [each is not None and text in each.lower() for each in mixed]
