"""Ranges of codes at their ends, and lists of them against the codes that exist."""

from __future__ import annotations

import numpy as np
import pytest

from layers.model.values.code_lists import codes_in
from layers.model.values.codes import (
    CodeRange,
    KnownCodes,
    derived_code,
    parse_codes,
    prefix,
    range_problem,
    runs,
    span,
)


class TestCodes:
    def test_one_code_is_a_range_of_itself(self) -> None:
        one, two = CodeRange("A1", "A1"), CodeRange("A1", "A3")
        assert one.single and not two.single
        assert [code in two for code in ("A0", "A1", "A2", "A3", "A4", "A10", 2)] == [
            False,
            True,
            True,
            True,
            False,
            False,
            False,
        ]

    def test_known_codes(self) -> None:
        known = KnownCodes(["A1", "A3", "B10"])
        assert "A1" in known and "A2" not in known and 1 not in known and bool(known) and not KnownCodes([])
        assert known.between(CodeRange("A1", "A3")) == ("A1", "A3") and known.between(CodeRange("A0", "A2")) == ("A1",)

    def test_a_head_has_its_length_in_plain_digits(self) -> None:
        assert prefix("990101", "districts") == "990101" and prefix("99010", "districts") is None
        assert prefix("９９０１０１", "districts") is None and prefix("99010A1", "districts") is None

    def test_the_ends_of_a_range(self) -> None:
        assert range_problem("A1", "A1") is None and range_problem("AB", "AB") is None
        assert range_problem("A1", "A2") is None and range_problem("A2", "A1").key == "codes.last-before-first"
        # Twelve digits are a community itself; only behind them two codes can be of different ones.
        assert range_problem("990101001001", "990101001002") is None
        assert range_problem("9901010010011", "9901010010021").key == "codes.different-prefix"

    @pytest.mark.parametrize(("last", "whole"), [("9", None), ("09", "A009"), ("009", "A009"), ("A9", None)])
    def test_a_short_end_has_two_digits_or_more(self, last: str, whole: str | None) -> None:
        found = span("A001", last)
        assert ((found.ranges and found.ranges[0].last) or None) == whole
        assert (found.note is not None) == (last != "A009" and whole is not None)

    def test_a_short_end_does_not_replace_letters(self) -> None:
        assert span("00A", "12").problem.key == "codes.different-length"

    @pytest.mark.parametrize(
        ("cell", "ranges"),
        [
            ("A-1、A-1", ["A-1"]),
            ("1-3-5", ["1-3-5"]),
            ("A1--A3", ["A1~A3"]),
            ("", []),
            ("A-B", ["A-B"]),
            ("A1-A3", ["A1~A3"]),
            ("A1-B3", ["A1-B3"]),
        ],
    )
    def test_hyphens(self, cell: str, ranges: list[str]) -> None:
        assert [str(each) for each in parse_codes(cell).ranges] == ranges

    def test_the_first_note_of_a_cell_is_kept(self) -> None:
        assert parse_codes("A001~09、B1").note.key == "codes.short-last"
        assert parse_codes("B1、A001~09").note.key == "codes.short-last"

    def test_a_code_made_of_nothing_is_a_dash(self) -> None:
        assert derived_code() == derived_code("") == derived_code(".") == "_" and derived_code(1, 2) == "1-2"

    def test_lists_and_ranges_against_the_codes_that_exist(self) -> None:
        codes = np.array(["A3", "A1", "A10", "A2"])
        owner, at = codes_in([("A1~A3",), ("A10", "X"), ()], codes)
        assert list(zip(owner.tolist(), at.tolist(), strict=True)) == [(0, 1), (0, 3), (0, 0), (1, 2)]
        assert [each.tolist() for each in codes_in([], codes)] == [[], []]


def test_codes_that_follow_each_other_are_one_run() -> None:
    assert [(each.first, each.last) for each in runs(["A08", "A09", "A10", "A12", "B13", "B14", "B013"])] == [
        ("A08", "A10"), ("A12", "A12"), ("B13", "B14"), ("B013", "B013"),
    ]  # fmt: skip
    assert runs([]) == ()
