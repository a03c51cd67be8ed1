"""What SQLite is taught for filters: how two geometries lie to each other, patterns, text without case or accents."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import shapely

from geo.validity import usable
from layers.filters.folding import accent_free
from layers.store import geometry as geom

if TYPE_CHECKING:
    import sqlite3

_PIECE = re.compile(r"\\(.)|([%_])|([^\\%_]+|\\)", re.DOTALL)
# The relation of the given, prepared geometry to the stored one that says the same the other way about.
_TURNED = {"s_within": "contains", "s_contains": "within"}


def register(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that filters call."""
    connection.create_function("gridmap_relates", 3, _relates, deterministic=True)
    connection.create_function("gridmap_like", 2, _like, deterministic=True)
    connection.create_function("gridmap_casei", 1, lambda text: text and text.casefold(), deterministic=True)
    connection.create_function("gridmap_accenti", 1, lambda text: text and accent_free(text), deterministic=True)


def _relates(name: str, blob: bytes | None, wkb: bytes) -> int | None:
    if blob is None:
        return None
    given = _prepared(wkb)
    try:
        (stored,) = geom.from_blobs([blob])
    except ValueError:  # written by another tool; whoever reads the feature itself is told
        return None
    if stored is None:
        return None
    relation = getattr(shapely, _TURNED.get(name, name.removeprefix("s_")))
    try:
        return int(relation(given, stored))
    except shapely.errors.GEOSException:
        # a stored geometry that is not valid, of which the parts that can be computed with count
        (mended,) = usable(geom.one(stored))
        return None if mended is None else int(relation(given, mended))


@lru_cache(maxsize=64)
def _prepared(wkb: bytes) -> shapely.Geometry:
    shape = shapely.from_wkb(wkb)
    shapely.prepare(shape)
    return shape


def _like(text: str | None, pattern: str) -> int | None:
    return None if text is None else int(_matcher(pattern).matches(str(text)))


class _Matcher:
    """A pattern of LIKE: ``%`` any text, ``_`` any character, ``\\`` takes the next one as it is.

    What lies between two ``%`` is looked for from the left, each piece after the last, so that no pattern costs more
    than its length times the text's; a regular expression with several ``.*`` would.
    """

    def __init__(self, pattern: str) -> None:
        pieces: list[list[str]] = [[]]
        for escaped, wild, plain in _PIECE.findall(pattern):
            if wild == "%":
                pieces.append([])
            else:
                pieces[-1].append("." if wild else re.escape(escaped or plain))
        self.whole = len(pieces) == 1
        self.first, *middle = (re.compile("".join(piece), re.DOTALL) for piece in pieces)
        self.last = None if self.whole else re.compile(middle.pop().pattern + r"\Z", re.DOTALL)
        self.last_length = sum(len(re.sub(r"\\(.)", r"\1", each, flags=re.DOTALL)) for each in pieces[-1])
        self.middle = [each for each in middle if each.pattern]

    def matches(self, text: str) -> bool:
        if self.whole:
            return self.first.fullmatch(text) is not None
        found = self.first.match(text)
        at = found.end() if found else -1
        for piece in self.middle:
            found = piece.search(text, at) if at >= 0 else None
            at = found.end() if found else -1
        # the last piece has a fixed length, so there is one place where it can begin
        start = len(text) - self.last_length
        return at >= 0 and start >= at and self.last.match(text, start) is not None


@lru_cache(maxsize=256)
def _matcher(pattern: str) -> _Matcher:
    return _Matcher(pattern)
