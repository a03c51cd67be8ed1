"""Which requests cost so much that they are answered in another process; all others are answered where they arrive.

A price is an estimate in milliseconds of the interpreter's time, from how much is on record and what is asked. It was
measured once and need not be exact: what is cheap costs a millisecond more over there, and what is dear here keeps
everybody else waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import request

from layers.catalogue import catalogue
from layers.keeping import OfEach, Recent
from layers.store.protocol import Store
from web.processes import execution

if TYPE_CHECKING:
    from flask.wrappers import Request

DEAR_MS = 50.0
# What a page or an analysis takes for each feature where most is known: with 10,000 of those examined it is dear.
FEATURE_MS = 0.005
# A condition is compared with every feature: for each character of it; each term of an order, each look into the past.
CONDITION_MS, ORDER_MS, PAST_MS = 4e-5, 2e-3, 5e-3
WRITTEN_MS = 0.01  # a feature as text
READ_MS = 5e-3  # a character of what is asked, until it is understood
EXAMINED = ("buildings", "courtyards", "roads")
PAGE = 100


def price(store: Store) -> tuple[str, float] | None:
    """Return which kind of question the request is and what it costs; None where it is none that could be asked."""
    kind = KINDS.get(request.endpoint or "")
    if kind is None or request.method == "OPTIONS":
        return None
    name, estimate = kind
    found = estimate(store, request)
    return None if found is None else (name, found + READ_MS * len(request.query_string))


def _map(store: Store, asked: Request) -> float:
    known = _SIZES(store).values()
    if known and FEATURE_MS * known[-1] >= DEAR_MS:
        return FEATURE_MS * known[-1]  # to count a city anew after every edit takes longer than all else done here
    revisions = store.layer_revisions()
    state = tuple(revisions[layer] for layer in EXAMINED)
    return FEATURE_MS * _SIZES(store).made(state, lambda: sum(map(store.count, EXAMINED)))


def _analysis(store: Store, asked: Request) -> float | None:
    """A job is taken in here, and what is too large is refused here."""
    if execution.asynchronous() or (asked.content_length or 0) > execution.LARGEST_BODY:
        return None
    return _map(store, asked) + READ_MS * (asked.content_length or 0)


def _tile(store: Store, asked: Request) -> float:
    """A layer as it is now is laid out once and kept up to date; one of another day is laid out anew."""
    return FEATURE_MS * _count(store, asked) if asked.args.get("datetime") else 0.0


def _features(store: Store, asked: Request) -> float:
    given = asked.args
    limit = given.get("limit", "")
    written = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 9 else PAGE
    for_each = CONDITION_MS * len(given.get("filter", ""))
    for_each += ORDER_MS * (1 + given["sortby"].count(",")) if given.get("sortby") else 0.0
    for_each += PAST_MS if given.get("as_of") or given.get("known_at") or given.get("datetime") else 0.0
    for_each += FEATURE_MS if given.get("public") else 0.0
    if not for_each and written <= PAGE:
        return 0.0
    count = _count(store, asked)
    return for_each * count + WRITTEN_MS * min(written, count)


def _count(store: Store, asked: Request) -> int:
    layer = (asked.view_args or {}).get("layer_id", "")
    return store.count(layer) if layer in catalogue() else 0


_SIZES: OfEach[Store, Recent[tuple[int, ...], int]] = OfEach(lambda store: Recent(2))

KINDS: dict[str, tuple[str, Callable[[Store, Request], float | None]]] = {
    "pages.workbench": ("map", _map),
    "pages.map_page": ("map", _map),
    "pages.download": ("map-file", _map),
    "pages.export_rows": ("map-file", _map),
    "map_parts.theme_tile": ("map", _map),
    "map_parts.quiet_tile": ("map", _map),
    "map_parts.rows": ("map", _map),
    "map_parts.matches": ("map", _map),
    "map_parts.search": ("map", _map),
    "map_parts.rest": ("map", _map),
    "map_parts.tree": ("map", _map),
    "processes.execute": ("analysis", _analysis),
    "items.listing": ("features", _features),
    "tiles.tile": ("map", _tile),
}
