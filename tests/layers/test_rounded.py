"""Degrees and minutes run together, and codes that were rounded: the guess is named."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.text import Text
from layers.usecases.imports.rounded import minutes_for_decimals, packed_minutes, rounded_codes


def points(*places: tuple[float, float]) -> np.ndarray:
    return np.array([shapely.Point(place) for place in places], dtype=object)


def told(text: Text | None) -> tuple[str, object, object] | None:
    return None if text is None else (text.key.partition(".")[2], text.params["number"], text.params["meant"])


def test_degrees_and_minutes_in_one_number() -> None:
    assert told(packed_minutes(points((12024.01, 3612.03)))) == ("packed-minutes", "12024.01", "120°24.01′")
    assert told(packed_minutes(points((1202401, 361203)))) == ("packed-seconds", "1202401", "120°24′1″")


def test_what_is_no_degrees_and_minutes() -> None:
    for place in ((12075.5, 3612.0), (40500123.4, 4012345.6), (500123.4, 4012345.6), (1202461, 361203)):
        assert packed_minutes(points(place)) is None
    assert packed_minutes(np.array([None], dtype=object)) is None


@given(st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), min_size=10, max_size=30, unique=True))
def test_minutes_and_seconds_for_decimals_are_always_told(parts: list[tuple[int, int]]) -> None:
    places = [(120 + first / 100 + second / 10_000, 36 + second / 100 + first / 10_000) for first, second in parts]
    found = minutes_for_decimals(points(*places))
    enough = min(len({place[axis] for place in places}) for axis in (0, 1)) >= 10
    assert (found is not None) is enough


def test_decimals_beyond_sixty_are_degrees() -> None:
    places = [(120.40 + step / 10_000, 36.20 + step / 10_000) for step in range(1, 40)]
    assert told(minutes_for_decimals(points(*places))) == ("decimals-may-be-minutes", "120.4001", "120°40′1″")
    assert minutes_for_decimals(points(*places, (120.4075, 36.2001))) is None
    assert minutes_for_decimals(points(*places, (120.40123456, 36.2001))) is None, "minutes have no eight decimals"
    assert minutes_for_decimals(points(*places[:9])) is None, "of a few it may be chance"


def test_one_rounded_code_among_others_is_told() -> None:
    codes = ["370102001001", "370102001002", "370102000000", "370102001004", "370102001005"]
    found = rounded_codes(codes, [2, 3, 4, 5, 6])
    assert found is not None and (found.params["codes"], found.params["rows"]) == (["370102000000"], [4])


def test_codes_that_end_in_zeros_by_rule_are_not() -> None:
    assert rounded_codes(["370102000000", "370103000000", "370104000000", "370105000000"], [2, 3, 4, 5]) is None
    assert rounded_codes(["370102000000", "370103001001", "370104001001", "370105001001"], [2, 3, 4, 5]) is None
