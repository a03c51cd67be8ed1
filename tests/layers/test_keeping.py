"""What is kept in memory: the latest values, made once, and one value for each workspace."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from layers.keeping import OfEach, Recent


def test_the_value_that_nobody_asked_for_longest_makes_room() -> None:
    recent = Recent(2)
    recent.keep("a", 1)
    recent.keep("b", 2)
    assert recent.get("a") == 1
    recent.keep("c", 3)
    assert [recent.get(key) for key in "abc"] == [1, None, 3]
    assert recent.values() == [1, 3]


def test_heavy_values_make_room_before_there_are_many() -> None:
    recent: Recent[str, str] = Recent(5, most_bytes=10, weigh=lambda text: {id(text): len(text)})
    for key, size in (("small", 1), ("light", 0), ("one", 6), ("two", 6)):
        recent.made(key, lambda size=size: "x" * size)
    assert [recent.get(key) for key in ("small", "light", "one", "two")] == [None, "", None, "xxxxxx"]
    recent.keep("huge", "x" * 20)  # the latest stays, whatever it takes
    assert [recent.get(key) for key in ("light", "two", "huge")] == ["", None, "x" * 20]
    recent.drop(lambda key: key == "huge")
    recent.keep("three", "x" * 9)
    recent.keep("four", "x")
    assert [recent.get(key) for key in ("huge", "three", "four")] == [None, "x" * 9, "x"]


def lengths(texts: list[str]) -> dict[int, int]:
    return {id(each): len(each) for each in texts}


def test_what_several_values_share_is_weighed_once() -> None:
    shared = "x" * 6
    recent: Recent[str, list[str]] = Recent(5, most_bytes=10, weigh=lengths)
    recent.keep("one", [shared])
    recent.keep("two", [shared, "abc"])
    assert recent.get("one") == [shared]
    recent.keep("three", [shared, "defg"])
    # With "one" nothing would be won, as the others are made of it too.
    assert [recent.get(key) for key in ("one", "two")] == [[shared], None]


def test_a_value_that_has_grown_is_weighed_again_when_it_is_asked_for() -> None:
    recent: Recent[str, list[str]] = Recent(5, most_bytes=10, weigh=lengths)
    growing = recent.keep("growing", ["a"])
    recent.keep("other", ["bcd"])
    growing.append("x" * 9)
    assert recent.get("growing") == growing
    assert recent.get("other") is None


def test_a_value_is_made_once_although_many_ask_at_a_time() -> None:
    recent, calls, all_there = Recent(2), [], threading.Barrier(4)

    def make() -> str:
        calls.append(1)
        return "made"

    def ask(_: int) -> str:
        all_there.wait()
        return recent.made("key", make)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == ["made"] * 4
    assert len(calls) == 1


def test_what_could_not_be_made_is_tried_again() -> None:
    recent = Recent(2)
    with pytest.raises(ZeroDivisionError):
        recent.made("key", lambda: 1 // 0)
    assert recent.get("key") is None
    assert recent.made("key", lambda: 7) == 7


def test_making_one_value_may_ask_for_another() -> None:
    recent = Recent(4)
    assert recent.made("sum", lambda: recent.made("part", lambda: 2) + 1) == 3
    assert recent.values() == [3, 2]


def test_unwanted_values_are_dropped_together() -> None:
    recent = Recent(4)
    for revision, name in ((1, "a"), (1, "b"), (2, "a")):
        recent.keep((revision, name), name)
    recent.drop(lambda key: key[0] == 1)
    assert recent.values() == ["a"]
    assert recent.get((2, "a")) == "a"


class Workspace:
    """A thing that can be referred to weakly."""


def test_each_workspace_has_one_value_which_goes_with_it() -> None:
    made: list[int] = []
    of = OfEach(lambda workspace: made.append(id(workspace)) or [len(made)])
    one, other = Workspace(), Workspace()
    assert of(one) is of(one)
    assert of(one) is not of(other)
    assert len(made) == 2
    del one
    gc.collect()
    assert len(of._made) == 1
