"""Patterns of LIKE: ``%`` any text, ``_`` any character, ``\\`` takes the next one as it is.

SQLite's own GLOB knows the same wildcards by other names, minds case, and matches without the interpreter. It tries a
piece at every place of a text, so a text that is long is matched here instead, where looking for a piece costs the
text's length once.
"""

from __future__ import annotations

import re
from functools import lru_cache

LONG_TEXT = 1_000
_PIECE = re.compile(r"\\(.)|([%_])|([^\\%_]+|\\)", re.DOTALL)
_GLOB = {"%": "*", "_": "?"}
_MEANS_SOMETHING = re.compile(r"[*?\[]")


@lru_cache(maxsize=256)
def glob_of(pattern: str) -> str:
    """Return a pattern of LIKE as one of SQLite's GLOB."""
    return "".join(
        _GLOB[wild] if wild else _MEANS_SOMETHING.sub(lambda found: f"[{found[0]}]", escaped or plain)
        for escaped, wild, plain in _PIECE.findall(pattern)
    )


@lru_cache(maxsize=2_000)
def pattern_of(pattern: str) -> Pattern:
    """Return a pattern ready to be compared with texts."""
    return Pattern(pattern)


class Pattern:
    """A pattern cut at its ``%``: each piece is looked for from the left, after the one before it.

    The leftmost place is always the best one, since it leaves most of the text to the pieces that follow; so nothing is
    tried again. A piece without ``_`` is found in time linear in the text; one with ``_`` costs its length times the
    text's at most, and how long a pattern may be is limited (`layers.filters.prices`).
    """

    def __init__(self, pattern: str) -> None:
        pieces: list[list[str | None]] = [[]]
        for escaped, wild, plain in _PIECE.findall(pattern):
            if wild == "%":
                pieces.append([])
            else:
                pieces[-1] += [None] if wild else (escaped or plain)
        self.steps = 0
        self._whole = len(pieces) == 1
        self._first, *middle = map(_Piece, pieces)
        self._last = _Piece([]) if self._whole else middle.pop()
        self._middle = [piece for piece in middle if piece.length]

    def matches(self, text: str) -> bool:
        """Say whether the whole text is as the pattern says."""
        at, end = self._first.length, len(text) - self._last.length
        if end < at or (self._whole and at != len(text)):
            return False
        if not (self._first.stands(text, 0) and self._last.stands(text, end)):
            return False
        for piece in self._middle:
            self.steps += 1
            at = piece.found(text, at, end)
            if at < 0:
                return False
            at += piece.length
        return True


class _Piece:
    """Characters in a row, None for any one; all that it fits has its length."""

    def __init__(self, characters: list[str | None]) -> None:
        self.length = len(characters)
        known = [each for each in characters if each is not None]
        self._plain = "".join(known) if len(known) == self.length else None
        wild = "".join("." if each is None else re.escape(each) for each in characters)
        self._wild = re.compile(wild, re.DOTALL)

    def stands(self, text: str, at: int) -> bool:
        """Say whether the piece is at a place of the text."""
        return text.startswith(self._plain, at) if self._plain is not None else bool(self._wild.match(text, at))

    def found(self, text: str, start: int, end: int) -> int:
        """Return the first place of the piece between two places, -1 if there is none."""
        if self._plain is not None:
            return text.find(self._plain, start, end)
        match = self._wild.search(text, start, end)
        return match.start() if match else -1
