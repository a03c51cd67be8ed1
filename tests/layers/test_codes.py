"""Codes and ranges of codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.model.values.codes import (
    CodeRange,
    KnownCodes,
    derived_code,
    parse_codes,
    prefix,
    range_problem,
    span,
)

# Six buildings of community 990101001001, numbers 1, 2, 3, 5, 9, 12; one of the next community.
KNOWN = [f"990101001001{number:05}" for number in (1, 2, 3, 5, 9, 12)] + ["99010100100200002"]
FIRST, LAST = "99010100100100002", "99010100100100009"


def test_prefixes():
    assert prefix("99010100100100001", "streets") == "990101001"
    assert prefix("990101", "communities") is None
    assert prefix("ABCDEFGHIJKLMNO", "communities") is None


def between(first, last):
    return KnownCodes(KNOWN).between(CodeRange(first, last))


def test_a_range_holds_the_known_codes_between_its_ends():
    # 2, 3, 5, 9: not 4, which does not exist; not 2 of the next community.
    assert [code[-2:] for code in between(FIRST, LAST)] == ["02", "03", "05", "09"]
    assert between(FIRST, FIRST) == (FIRST,)
    assert between("99010100100100100", "99010100100100200") == ()


def test_a_range_is_written_first_to_last_and_reads_back():
    both = CodeRange(FIRST, LAST)
    assert str(both) == f"{FIRST}~{LAST}"
    assert str(CodeRange(FIRST, FIRST)) == FIRST
    assert parse_codes(str(both)).ranges == (both,)
    assert "99010100100100004" in both
    assert "99010100100200002" not in both
    assert "990101001001000021" not in both  # longer


@pytest.mark.parametrize(
    ("first", "last", "slug"),
    [
        (LAST, FIRST, "last-before-first"),
        (FIRST, LAST[:-1], "different-length"),
        (FIRST, "99010100100200009", "different-prefix"),  # another community
        ("A001", "B009", "different-prefix"),
        ("1A", "2A", "different-prefix"),  # no running number at the end
    ],
)
def test_what_is_no_range(first, last, slug):
    assert range_problem(first, last).key == f"codes.{slug}"


@pytest.mark.parametrize(
    ("cell", "ranges"),
    [
        (f"{FIRST}~{LAST}", [f"{FIRST}~{LAST}"]),
        (f"{FIRST}～{LAST}", [f"{FIRST}~{LAST}"]),
        (f"{FIRST}至{LAST}", [f"{FIRST}~{LAST}"]),
        (f"{FIRST} - {LAST}", [f"{FIRST}~{LAST}"]),
        (f"{FIRST}-009", [f"{FIRST}~{LAST}"]),  # the end relative to the first
        (f"{FIRST}、{LAST}", [FIRST, LAST]),
        (f"{FIRST}；{LAST}-12\n{FIRST}", [FIRST, f"{LAST}~99010100100100012"]),
        ("001-079", ["001~079"]),
        ("Ａ００１～Ａ０７９", ["A001~A079"]),
        ("A001-A079", ["A001~A079"]),
        ("A-12", ["A-12"]),  # a code with a hyphen, no range
    ],
)
def test_cells_that_list_codes(cell, ranges):
    parsed = parse_codes(cell)
    assert parsed.problem is None
    assert [str(each) for each in parsed.ranges] == ranges


@pytest.mark.parametrize(
    ("cell", "slug"),
    [
        ("1#-9#", "house-number"),  # building numbers; which codes they have is not written here
        ("3号楼", "house-number"),
        ("1-9栋", "house-number"),
        (f"{LAST}~{FIRST}", "last-before-first"),
        (f"{FIRST}~", "no-code"),
        ("全部楼栋 见附表", "house-number"),
    ],
)
def test_cells_that_name_no_codes(cell, slug):
    parsed = parse_codes(cell)
    assert parsed.ranges == ()
    assert parsed.problem.key == f"codes.{slug}"


def test_a_short_end_is_completed_with_a_note():
    read = span(FIRST, "079")
    assert str(read.ranges[0]) == "99010100100100002~99010100100100079"
    assert read.note.key == "codes.short-last"
    assert span(FIRST, None).ranges == (CodeRange(FIRST, FIRST),)
    assert span(FIRST, "001").problem.key == "codes.last-before-first"


@given(st.sets(st.integers(0, 99999), max_size=30), st.integers(0, 99999), st.integers(0, 99999))
def test_a_range_is_the_comparison_of_numbers(numbers, one, other):
    first, last = sorted((one, other))
    known = KnownCodes(f"990101001001{number:05}" for number in numbers)
    found = known.between(CodeRange(f"990101001001{first:05}", f"990101001001{last:05}"))
    assert [int(code[-5:]) for code in found] == sorted(n for n in numbers if first <= n <= last)


def test_a_derived_code_is_the_same_every_time_and_fit_for_a_url():
    assert derived_code("9901010010010003", "城投物业", "2023-11-06") == "9901010010010003-城投物业-2023-11-06"
    assert derived_code("滨江（集团）  物业") == derived_code("滨江(集团) 物业") == "滨江(集团) 物业"
    assert derived_code("a/b?c#d%e\\f") == "a_b_c_d_e_f"
    assert derived_code("..") == "_"
    assert derived_code("a", None, "b") == "a-b"
