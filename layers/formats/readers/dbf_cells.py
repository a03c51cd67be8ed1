"""Cells of a dBASE table that GDAL reads as nothing, as something else, or not at all.

Of "12a" GDAL takes the 12, of 0012 the 12, and at a 30 February it gives up the whole file. Such cells are blanked in
our copy of the table, and what stands in them is handed on as text, for whoever gives the column its meaning. Asterisks
are how GDAL writes nothing, and how dBASE writes a number that is too long: in a narrow column they may be either.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

FIELD_BYTES = 32
HEADER_END = 0x0D
BLOCK_BYTES = 16_000_000
WIDE = 10  # no number of ours is as long
BLANK, ZERO, DELETED = ord(" "), ord("0"), ord("*")
NUMERIC, DAY, MEMO = b"NF", b"D", b"MGBP"
PLAIN = np.zeros(256, dtype=bool)
PLAIN[[*b" 0123456789.-+\0"]] = True
DIGIT = np.zeros(256, dtype=bool)
DIGIT[[*b"0123456789"]] = True
EXPONENT = re.compile(r"[-+]?(\d*)\.?(\d*)[eE]([-+]?\d{1,3})")
DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
NO_DAY = ("", "0", "00000000")


@dataclass(frozen=True, slots=True)
class Span:
    """Where a field of a table stands in its records, and its type."""

    kind: bytes
    start: int
    end: int


@dataclass
class Cells:
    """What was found in a table.

    Attributes
    ----------
    texts : dict
        Place of the field → row, counted from 1 without those that are deleted → what stands there.
    starred : dict
        Place of a narrow field of numbers → how many of its cells are asterisks.
    memos : list of int
        Fields whose texts stand in another file.
    records : int
        How many records there are, deleted ones too.
    """

    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    starred: dict[int, int] = field(default_factory=dict)
    memos: list[int] = field(default_factory=list)
    records: int = 0


def set_aside(table: Path) -> Cells:
    """Blank the cells of a table that would be misread, and return what stands in them."""
    with table.open("r+b") as stream:
        head = stream.read(FIELD_BYTES)
        header, width = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
        spans = list(spans_of(stream.read(max(header - FIELD_BYTES, 0))))
        found = Cells(memos=[place for place, span in enumerate(spans) if span.kind in MEMO])
        found.records = int.from_bytes(head[4:8], "little")
        stream.seek(header)
        row, left = 0, found.records
        at_once = max(1, BLOCK_BYTES // width)
        while left > 0 and len(block := stream.read(width * min(left, at_once))) >= width:
            records = np.frombuffer(block, np.uint8, len(block) // width * width).reshape(-1, width).copy()
            numbers = row + np.cumsum(records[:, 0] != DELETED)
            if _look(records, numbers, spans, found):
                stream.seek(-len(block), 1)
                stream.write(records.tobytes())
                stream.seek(len(block) - records.size, 1)
            row, left = int(numbers[-1]), left - len(records)
    return found


def spans_of(header: bytes) -> Iterator[Span]:
    """Yield the fields that a table's header describes, behind its first 32 bytes."""
    start = 1
    for at in range(0, len(header) - FIELD_BYTES + 1, FIELD_BYTES):
        if header[at] == HEADER_END:
            return
        length = header[at + 16]
        yield Span(header[at + 11 : at + 12], start, start + length)
        start += length


def _look(records: np.ndarray, numbers: np.ndarray, spans: list[Span], found: Cells) -> bool:
    """Set cells of some records aside; return whether there were any."""
    any_found = False
    for place, span in enumerate(spans):
        cells = records[:, span.start : span.end]
        if not 0 < cells.shape[1] == span.end - span.start:
            continue
        if span.kind and span.kind in NUMERIC:
            odd = np.flatnonzero(~PLAIN[cells].all(axis=1) | _zeros_in_front(cells))
        elif span.kind == DAY:
            odd = _no_days(cells)
        else:
            continue
        for at in odd:
            text = cells[at].tobytes().decode("latin-1").strip(" \0")
            if DECIMAL_COMMA.fullmatch(text):  # there are no others in numbers of tables
                text = text.replace(",", ".")
            if records[at, 0] == DELETED or not text or (span.kind in NUMERIC and _exact(text)):
                continue
            if not text.strip("*"):
                if span.end - span.start < WIDE:
                    found.starred[place] = found.starred.get(place, 0) + 1
            else:
                found.texts.setdefault(place, {})[int(numbers[at])] = text
                cells[at] = BLANK
                any_found = True
    return any_found


def _zeros_in_front(cells: np.ndarray) -> np.ndarray:
    """Say of which cells the first digit is a zero before others."""
    if cells.shape[1] < 2:
        return np.zeros(len(cells), dtype=bool)
    first = np.argmax(DIGIT[cells], axis=1)
    rows = np.arange(len(cells))
    after = np.minimum(first + 1, cells.shape[1] - 1)
    return (cells[rows, first] == ZERO) & (after > first) & DIGIT[cells[rows, after]]


def _no_days(cells: np.ndarray) -> np.ndarray:
    """Return the rows whose day does not exist."""
    words, which = np.unique(np.ascontiguousarray(cells).view(f"S{cells.shape[1]}").ravel(), return_inverse=True)
    wrong = np.array([not _is_day(word.decode("latin-1").strip(" \0")) for word in words], dtype=bool)
    return np.flatnonzero(wrong[which])


def _is_day(text: str) -> bool:
    if text in NO_DAY:
        return True
    if len(text) != 8 or not text.isascii() or not text.isdigit():
        return False
    try:
        dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def _exact(text: str) -> bool:
    """Say whether a number with an exponent has all its digits: of 3.20102E+14 the last eight are lost."""
    found = EXPONENT.fullmatch(text)
    if found is None:
        return False
    whole, fraction, exponent = found.groups()
    return len(whole) + int(exponent) <= len(whole + fraction)
