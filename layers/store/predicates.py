"""What SQLite is taught for filters: how two geometries lie to each other, patterns, text without case or accents."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import shapely

from geo.shapes import usable
from layers.filters.folding import accent_free
from layers.store import geometry as geom
from layers.store.deadlines import Deadline
from layers.store.patterns import pattern_of

if TYPE_CHECKING:
    import sqlite3

# The relation of the given, prepared geometry to the stored one that says the same the other way about.
_TURNED = {"s_within": "contains", "s_contains": "within"}
Answer = int | str | None


def register(connection: sqlite3.Connection, deadline: Deadline) -> None:
    """Give a connection the functions that filters call; each looks at the deadline before it begins."""
    relates = partial(_relates, deadline.prepared)
    functions: dict[str, tuple[int, Callable[..., Answer]]] = {
        "relates": (3, relates),
        "like": (2, _like),
        "casei": (1, _casei),
        "accenti": (1, _accenti),
    }
    for name, (arguments, function) in functions.items():
        timed = _timed(function, deadline)
        connection.create_function(f"gridmap_{name}", arguments, timed, deterministic=True)


def _timed(function: Callable[..., Answer], deadline: Deadline) -> Callable[..., Answer]:
    def timed(*given: object) -> Answer:
        deadline.keep()
        return function(*given)

    return timed


def _like(text: str | None, pattern: str) -> int | None:
    return None if text is None else int(pattern_of(pattern).matches(str(text)))


def _casei(text: str | None) -> str | None:
    return text and text.casefold()


def _accenti(text: str | None) -> str | None:
    return text and accent_free(text)


def _relates(prepared: dict[bytes, shapely.Geometry], name: str, blob: bytes | None, wkb: bytes) -> int | None:
    if blob is None:
        return None
    given = prepared.get(wkb)
    if given is None:
        given = prepared[wkb] = shapely.from_wkb(wkb)
        shapely.prepare(given)
    try:
        stored = geom.from_blob(blob)
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
