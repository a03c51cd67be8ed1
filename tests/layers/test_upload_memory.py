"""What was read of uploads stays in memory while there is room."""

from __future__ import annotations

import numpy as np
import shapely

from layers.formats.table import RawSheet, RawTable
from layers.usecases.imports.memory import Remembered, size_of


def test_what_was_asked_for_last_stays() -> None:
    kept = Remembered(most_bytes=100)
    kept.put(("a", 1), "one", 40)
    kept.put(("b", 1), "two", 40)
    assert kept.get(("a", 1)) == "one"
    kept.put(("c", 1), "three", 40)
    assert [kept.get((id, 1)) for id in "abc"] == ["one", None, "three"]


def test_what_is_too_large_is_not_kept_and_pushes_nothing_out() -> None:
    kept = Remembered(most_bytes=100)
    kept.put(("a",), "one", 40)
    kept.put(("b",), "huge", 101)
    assert kept.get(("a",)) == "one" and kept.get(("b",)) is None


def test_the_same_key_again_takes_no_more_room() -> None:
    kept = Remembered(most_bytes=100)
    kept.put(("a",), "one", 40)
    for _ in range(5):
        kept.put(("b",), "two", 60)
    assert kept.get(("a",)) == "one"


def test_an_upload_is_forgotten_whole() -> None:
    kept = Remembered(most_bytes=100)
    for key in (("a", 1), ("a", 2), ("b", 1)):
        kept.put(key, key, 30)
    kept.forget("a")
    assert [kept.get(key) for key in (("a", 1), ("a", 2), ("b", 1))] == [None, None, ("b", 1)]


def test_larger_tables_are_estimated_larger() -> None:
    table = RawTable("t", {"a": [1, 2], "b": ["x", "y"]}, [1, 2])
    shaped = RawTable("t", {"a": [1, 2], "b": ["x", "y"]}, [1, 2], np.array([shapely.box(0, 0, 1, 1), None]))
    assert 0 < size_of([table]) < size_of([shaped]) < size_of([shaped, RawSheet("s", [["x"] * 9])])
