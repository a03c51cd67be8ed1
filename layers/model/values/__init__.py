"""One cell, one value: dates, numbers, codes, lists of codes, and the words for what cannot be read."""

from __future__ import annotations

from layers.model.values.cells import (
    Parsed,
    cleaned,
    fold,
    half_width,
    is_placeholder,
    plain,
    refusal,
    says_nothing,
    shown,
    simplified,
)
from layers.model.values.code_lists import RANGE, codes_in
from layers.model.values.codes import (
    LENGTHS,
    CodeRange,
    KnownCodes,
    ParsedCodes,
    derived_code,
    parse_codes,
    prefix,
    runs,
    span,
)
from layers.model.values.dates import parse_date, parse_period
from layers.model.values.days import read_day, read_instant
from layers.model.values.grid_codes import OutOfCodes, free_codes, reading_order
from layers.model.values.marked import (
    REASONS,
    From1904,
    Number1904,
    Shared,
    Unreadable,
    Whole1904,
    is_error,
    shared,
)
from layers.model.values.numerals import from_chinese, from_digits
from layers.model.values.parsing import NO, UNKNOWN, YES, is_code, is_period_end, ordinary_text, parse
from layers.model.values.quantities import read_unit, split_heading
from layers.model.values.rough import end_of_term, rough_date, rough_number
from layers.model.values.signing import is_signature
from layers.model.values.sums import as_counts, known_count, known_sum, known_sums

__all__ = [
    "LENGTHS",
    "NO",
    "RANGE",
    "REASONS",
    "UNKNOWN",
    "YES",
    "CodeRange",
    "From1904",
    "KnownCodes",
    "Number1904",
    "OutOfCodes",
    "Parsed",
    "ParsedCodes",
    "Shared",
    "Unreadable",
    "Whole1904",
    "as_counts",
    "cleaned",
    "codes_in",
    "derived_code",
    "end_of_term",
    "fold",
    "free_codes",
    "from_chinese",
    "from_digits",
    "half_width",
    "is_code",
    "is_error",
    "is_period_end",
    "is_placeholder",
    "is_signature",
    "known_count",
    "known_sum",
    "known_sums",
    "ordinary_text",
    "parse",
    "parse_codes",
    "parse_date",
    "parse_period",
    "plain",
    "prefix",
    "read_day",
    "read_instant",
    "read_unit",
    "reading_order",
    "refusal",
    "rough_date",
    "rough_number",
    "runs",
    "says_nothing",
    "shared",
    "shown",
    "simplified",
    "span",
    "split_heading",
]
