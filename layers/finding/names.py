"""Names and codes laid out as arrays, in which a few letters are looked up without a look at every name.

All names stand in one array of characters, and beside it one of their sounds. For every character and every sound the
places are known where it stands; a text is looked for where its rarest part stands. Codes are sorted once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.finding.sounds import FIRST_SYLLABLE, beginning_with, exactly, sounds, sounds_of

MOST_READINGS = 24
# Of what stands nearly everywhere so many places are looked at, and so many rows found: a keystroke stays cheap.
MOST_PLACES, MOST_FOUND = 200_000, 20_000
MOST_TURNED = 100_000  # codes that are sorted by their end as well
LONGEST_ASKED = 60
PIECE = 65_536  # as objects of Python all names of a city take more memory than all that is kept of them
LONGEST_SYLLABLE = 6
GAP = "\n"

# One place of what is asked: a character, or which sounds fit.
Part = int | np.ndarray


@dataclass(frozen=True, slots=True)
class Found:
    """Which rows were found, ascending, and for each whether it is so called, begins so, or has it within: 0, 1, 2.

    Where `more` there may be others: of what stands nearly everywhere not every place is looked at.
    """

    rows: np.ndarray
    rank: np.ndarray
    more: bool = False


class Names:
    """The names and codes of some records.

    Parameters
    ----------
    names, codes : sequence of str
        One for each record; an empty text where there is none, of a column of texts also what is missing.
    """

    def __init__(self, names: Sequence[str], codes: Sequence[str]) -> None:
        text = GAP.join(GAP.join(each.lower().replace(GAP, " ") for each in piece) for piece in _pieces(names))
        if not text.isascii() and max(text) > "\uffff":  # what lies beyond the basic plane has no reading
            text = "".join(each if each <= "\uffff" else "\ufffd" for each in text)
        self._characters = np.frombuffer(text.encode("utf-16-le", "replace"), dtype=np.uint16)
        self._sounds = sounds_of(text, self._characters)
        gaps = np.flatnonzero(self._characters == ord(GAP))
        # The places behind the last character of each name: a name begins behind the gap before it.
        self._ends = np.append(gaps, len(self._characters)).astype(np.uint32)[: len(names)]
        self._by_character = _Places(self._characters, 1 << 16)
        self._by_sound = _Places(self._sounds, FIRST_SYLLABLE + len(sounds().syllables))
        self._order, self._ordered = _sorted(_encoded(codes))

    def __len__(self) -> int:
        return len(self._ends)

    def find(self, text: str) -> Found:
        """Return the records of which the name, or the code at either end, is what was typed."""
        asked = " ".join(text.lower().split())[:LONGEST_ASKED]
        if not asked or not len(self):
            return _found([])
        return _found([*self._named(asked), *self._coded(asked)])

    def _named(self, asked: str) -> Iterator[tuple[np.ndarray, np.ndarray, bool]]:
        for reading in readings(asked):
            places, more = self._places(reading)
            rows = np.searchsorted(self._ends, places.astype(self._ends.dtype))
            before = np.where(rows > 0, self._ends[rows - 1].astype(np.int64), -1)
            begins = places == before + 1
            whole = begins & (places + len(reading) == self._ends[rows])
            yield rows, np.where(whole, 0, np.where(begins, 1, 2)), more

    def _places(self, reading: list[Part]) -> tuple[np.ndarray, bool]:
        """Return where the parts of a reading stand behind each other, and whether there may be more such places."""
        known = [(self._by_sound if isinstance(part, np.ndarray) else self._by_character) for part in reading]
        rarest = min(range(len(reading)), key=lambda n: known[n].count(reading[n]))
        more = known[rarest].count(reading[rarest]) > MOST_PLACES
        places = known[rarest].of(reading[rarest])[:MOST_PLACES].astype(np.int64) - rarest
        places = places[(places >= 0) & (places + len(reading) <= len(self._characters))]
        for n, part in enumerate(reading):
            if n == rarest or not len(places):
                continue
            if isinstance(part, np.ndarray):
                places = places[part[self._sounds[places + n]]]
            else:
                places = places[self._characters[places + n] == part]
        return places[:MOST_FOUND], more or len(places) > MOST_FOUND

    def _coded(self, asked: str) -> Iterator[tuple[np.ndarray, np.ndarray, bool]]:
        if not asked.isascii() or " " in asked:
            return
        code = asked.encode()
        order, ordered = self._order, self._ordered
        first, last = np.searchsorted(ordered, [code, code + b"\xff"])
        same = int(np.searchsorted(ordered, code, side="right"))
        end = min(last, first + MOST_FOUND)
        yield order[first:end], (np.arange(first, end) >= same).astype(np.int64), last > end
        if len(code) > 1 and len(self) <= MOST_TURNED:
            order, ordered = self._codes_by_end
            first, last = np.searchsorted(ordered, [code[::-1], code[::-1] + b"\xff"])
            end = min(last, first + MOST_FOUND)
            yield order[first:end], np.full(end - first, 2), last > end

    @cached_property
    def _codes_by_end(self) -> tuple[np.ndarray, np.ndarray]:
        turned = np.array([each[::-1] for each in self._ordered.tolist()], dtype=self._ordered.dtype)
        order, ordered = _sorted(turned)
        return self._order[order], ordered


def _pieces(texts: Sequence[str]) -> Iterator[list[str]]:
    every = pa.array(texts, pa.large_string())
    for begin in range(0, len(every), PIECE):
        yield pc.fill_null(every[begin : begin + PIECE], "").to_pylist()


def _encoded(codes: Sequence[str]) -> np.ndarray:
    pieces = [np.array([each.lower().encode() for each in piece], dtype=np.bytes_) for piece in _pieces(codes)]
    return np.concatenate(pieces) if pieces else np.empty(0, np.bytes_)


def _sorted(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return in which order codes stand, and the codes in it: those of most layers stand so already."""
    if (codes[:-1] <= codes[1:]).all():
        return np.arange(len(codes), dtype=np.int32), codes
    order = np.argsort(codes, kind="stable").astype(np.int32)
    return order, codes[order]


@lru_cache(maxsize=64)  # every layer is asked the same
def readings(asked: str) -> list[list[Part]]:
    """Return in what ways a text can be meant: as it stands, and its letters as syllables, or as first letters."""
    literal: list[Part] = [min(ord(each), 0xFFFF) for each in asked]
    if not any(_is_letter(each) for each in asked):
        return [literal]
    found: list[list[Part]] = [literal]
    for way in (_initials(asked), *_spelt(asked.replace("'", ""))):
        if len(found) < MOST_READINGS:
            found.append(way)
    return found


def _initials(asked: str) -> list[Part]:
    return [beginning_with(each) if _is_letter(each) or "0" <= each <= "9" else ord(each)
            for each in asked]  # fmt: skip


def _spelt(asked: str) -> Iterator[list[Part]]:
    """Yield the ways to read a text in syllables; the last one may be half typed."""
    if not asked:
        yield []
        return
    if not _is_letter(asked[0]):
        for rest in _spelt(asked[1:]):
            yield [min(ord(asked[0]), 0xFFFF), *rest]
        return
    for length in range(min(LONGEST_SYLLABLE, len(asked)), 0, -1):
        piece = asked[:length]
        if not all(map(_is_letter, piece)):
            continue
        if length == len(asked):
            fits = beginning_with(piece)
            if fits.any():
                yield [fits]
            continue
        whole = exactly(piece)
        if whole is not None:
            for rest in _spelt(asked[length:]):
                yield [whole, *rest]


def _is_letter(character: str) -> bool:
    return "a" <= character <= "z"


class _Places:
    """Where every value of an array stands."""

    def __init__(self, values: np.ndarray, most: int) -> None:
        self._order = np.argsort(values, kind="stable").astype(np.uint32)
        self._first = np.concatenate([[0], np.cumsum(np.bincount(values, minlength=most))])

    def count(self, part: Part) -> int:
        if isinstance(part, np.ndarray):
            values = np.flatnonzero(part)
            return int((self._first[values + 1] - self._first[values]).sum())
        return int(self._first[part + 1] - self._first[part])

    def of(self, part: Part) -> np.ndarray:
        if not isinstance(part, np.ndarray):
            return self._order[self._first[part] : self._first[part + 1]]
        pieces = [self._order[self._first[value] : self._first[value + 1]] for value in np.flatnonzero(part)]
        return np.concatenate(pieces) if pieces else np.empty(0, np.uint32)


def _found(parts: Sequence[tuple[np.ndarray, np.ndarray, bool]]) -> Found:
    """Return each row once, with the best of its ranks."""
    if not any(len(rows) for rows, _, _ in parts):
        return Found(np.empty(0, np.int64), np.empty(0, np.int64))
    rows, rank = (np.concatenate([each[n] for each in parts]).astype(np.int64) for n in (0, 1))
    # The best rank of a row comes first, so that it is the one that is kept.
    both = np.unique(rows * 4 + rank)
    kept = np.concatenate([[True], both[1:] // 4 != both[:-1] // 4])
    return Found(both[kept] // 4, both[kept] % 4, any(more for _, _, more in parts))
