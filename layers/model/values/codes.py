"""Codes: the tree that their lengths spell, ranges of them as ledgers write them, and codes made from names.

District 6 digits, street 9, community 12, grid 15. A longer code (courtyard, building) begins with its community's,
never with a grid's: grids are redrawn, courtyards stay (docs/explanation/records.md).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from layers.model.feature import Value
from layers.model.values.cells import half_width, shown
from layers.text import Text

LENGTHS = {"districts": 6, "streets": 9, "communities": 12, "grids": 15}
COMMUNITY = LENGTHS["communities"]
TILDE = "~"

_TO = re.compile(r"\s*(?:~|〜|∼|至|到|-+>|[→⇒➔]|—+|–|--|…+|\.{2,})\s*")
_HYPHEN = re.compile(r"\s*-\s*")
_SEPARATORS = re.compile(
    r"[、，,;；/|。｡·・\n]+|(?<=\d)\s*(?:以及|和|及|与|\+|＋|&)\s*(?=\d)"  # 和 may be a part of a code of letters
    r"|(?<=\w{8})\s+(?=\w{8})"  # blanks between long codes part them, blanks within one (9908 0100 …) do not
)
_SEQUENCE = re.compile(r"(.*?)(\d+)", re.DOTALL)
_HOUSE_NUMBER = re.compile(r"\d+\s*[#＃号栋幢楼]|[#＃号栋幢楼]|[A-Za-z]\s*座")
_UNSAFE = re.compile(r"[/\\?#%&\x00-\x1f\x7f]+")
_SHORTEST_SEQUENCE = 2


@dataclass(frozen=True, slots=True, order=True)
class CodeRange:
    """The codes from `first` to `last`, both included; one code alone has ``first == last``."""

    first: str
    last: str

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first}{TILDE}{self.last}"

    @property
    def single(self) -> bool:
        """Say whether the range is one code."""
        return self.first == self.last

    def __contains__(self, code: object) -> bool:  # as Python's containers are asked
        return isinstance(code, str) and len(code) == len(self.first) and self.first <= code <= self.last


@dataclass(frozen=True, slots=True)
class ParsedCodes:
    """The ranges that a cell names; with a problem, none."""

    ranges: tuple[CodeRange, ...] = ()
    problem: Text | None = None
    note: Text | None = None


class KnownCodes:
    """The codes that exist, sorted once so that a range of them is found by bisection."""

    def __init__(self, codes: Iterable[str]) -> None:
        by_length: dict[int, list[str]] = {}
        for code in set(codes):
            by_length.setdefault(len(code), []).append(code)
        self._sorted = {length: sorted(found) for length, found in by_length.items()}

    def __bool__(self) -> bool:
        return bool(self._sorted)

    def __contains__(self, code: object) -> bool:  # as Python's containers are asked
        return isinstance(code, str) and bool(self.between(CodeRange(code, code)))

    def between(self, span: CodeRange) -> tuple[str, ...]:
        """Return the known codes of a range, in order."""
        codes = self._sorted.get(len(span.first), [])
        return tuple(codes[bisect_left(codes, span.first) : bisect_right(codes, span.last)])


def prefix(code: str, layer: str) -> str | None:
    """Return the part of `code` that names its district, street or community; None if it is too short or no digits."""
    length = LENGTHS[layer]
    head = code[:length]
    return head if len(head) == length and head.isascii() and head.isdigit() else None


def range_problem(first: str, last: str) -> Text | None:
    """Say what keeps two codes from being the ends of a range, or return None.

    The ends have one length; they differ only in the digits at their end, and within one community if they are long
    enough to name one; the last does not come before the first.
    """
    if len(first) != len(last):
        return Text("codes.different-length", first=shown(first), last=shown(last))
    if first == last:
        return None
    heads = [_SEQUENCE.fullmatch(code) for code in (first, last)]
    prefixes = {head[1] for head in heads if head}
    if not all(heads) or len(prefixes) > 1 or _community(first) != _community(last):
        return Text("codes.different-prefix", first=shown(first), last=shown(last))
    if last < first:
        return Text("codes.last-before-first", first=shown(first), last=shown(last))
    return None


def span(first: str, last: str | None = None) -> ParsedCodes:
    """Make a range of two cells; an empty `last` means the first alone.

    A shorter `last` of digits replaces the end of `first` (``…00001`` and ``079`` → ``…00079``), with a note.
    """
    first, last = _code(first), _code(last or first)
    for code in (first, last):
        if _HOUSE_NUMBER.search(code):
            return ParsedCodes(problem=Text("codes.house-number", value=shown(code)))
        if not code or _TO.search(code) or " " in code:
            return ParsedCodes(problem=Text("codes.no-code", value=shown(code)))
    note = None
    if _SHORTEST_SEQUENCE <= len(last) < len(first) and last.isdigit() and first[-len(last) :].isdigit():
        last, note = first[: -len(last)] + last, Text("codes.short-last")
    if problem := range_problem(first, last):
        return ParsedCodes(problem=problem)
    return ParsedCodes((CodeRange(first, last),), note=note)


def runs(codes: Iterable[str]) -> tuple[CodeRange, ...]:
    """Return codes as ranges: those whose numbers follow each other are one, so that none between is taken in.

    The order is kept of what does not follow.
    """
    found: list[CodeRange] = []
    for code in codes:
        if found and _follows(found[-1].last, code):
            found[-1] = CodeRange(found[-1].first, code)
        else:
            found.append(CodeRange(code, code))
    return tuple(found)


def _follows(code: str, other: str) -> bool:
    heads = [_SEQUENCE.fullmatch(each) for each in (code, other)]
    if len(code) != len(other) or not all(heads):
        return False
    one, two = (head for head in heads if head)
    return one[1] == two[1] and int(two[2]) == int(one[2]) + 1 and range_problem(code, other) is None


def parse_codes(cell: str) -> ParsedCodes:
    """Read a cell that lists codes and ranges: ``…001、…003~…009；…012-015``.

    A hyphen means "to" between digits (``001-079``) or two ends of a range (``A001-A079``); otherwise it belongs to
    the code (``A-12``).
    Building numbers (``1#-9#``, ``3号楼``) are not codes, and which building they mean is not decided here.
    """
    ranges: dict[CodeRange, None] = {}
    note = None
    for item in filter(None, (half_width(part).strip() for part in _SEPARATORS.split(cell))):
        ends = _TO.split(item)
        if len(ends) == 1 and _is_hyphen_range(_HYPHEN.split(item)):
            ends = _HYPHEN.split(item)
        read = span(*ends) if len(ends) == 2 and all(ends) else span(item)
        if read.problem:
            return read
        ranges.update(dict.fromkeys(read.ranges))
        note = note or read.note
    return ParsedCodes(tuple(ranges), note=note)


def derived_code(*parts: Value) -> str:
    """Make a code of what identifies a thing, such as manager name, or area, manager and start date.

    The parts are joined by ``-``, half-width, with single spaces; characters that mean something in a URL's path
    become ``_``. The same parts always give the same code.
    """
    words = (_UNSAFE.sub("_", " ".join(half_width(str(part)).split())) for part in parts if part is not None)
    code = "-".join(words)
    return "_" if code in ("", ".", "..") else code


def _is_hyphen_range(ends: list[str]) -> bool:
    if len(ends) != 2 or not all(ends):
        return False
    return all(end.isdigit() for end in ends) or (len(ends[0]) == len(ends[1]) and not range_problem(*ends))


def _community(code: str) -> str | None:
    return prefix(code, "communities") if len(code) > COMMUNITY else None


def _code(text: str) -> str:
    code = half_width(str(text)).strip().lstrip("'")
    return re.sub(r"(?<=\d) (?=\d)", "", code)
