"""What the search box of a large map finds: as `workbench/search.js` does with the features of a small one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layers.situation.day import situation
from web.maps.backdrop import places
from web.maps.data import listed
from web.maps.listing import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layers.store.protocol import Store
    from web.maps.listing import Listing
    from web.maps.question import Question

MOST = 12
BEGINS, CONTAINS, NOT = 0, 1, 2


def find(store: Store, question: Question, text: str) -> list[dict]:
    """Return what a text, which is in lower case, finds, the best first: ``kind, id, code, name, box``.

    Places that begin with it (by name, code or pinyin initials) come first, then features that do, then those that
    contain it.
    """
    if not text:
        return []
    hits = []
    known = places(situation(store, question.as_of, question.basis), every=True)
    for place in known:
        rank = _best((place["name"].lower(), place["code"].lower(), place["initials"]), text)
        if rank < NOT:
            hits.append((rank, len(hits), {name: place[name] for name in ("kind", "id", "code", "name", "box")}))
    listing, listed_ids = listed(store, question), {place["id"] for place in known}
    for n, called in enumerate(listing.called):
        if text in called:
            rank = _best(called.split(BETWEEN), text)
            if rank < NOT and listing.theme.ids[n] not in listed_ids:
                hits.append((rank + 0.5, len(hits), n))
    best = sorted(hits, key=_first)[:MOST]
    return [hit if isinstance(hit, dict) else _feature(listing, hit) for _, _, hit in best]


def _first(hit: tuple) -> tuple:
    return hit[:2]


def _feature(listing: Listing, n: int) -> dict:
    theme, shape = listing.theme, listing.theme.geometries[n]
    box = None if shape is None or shape.is_empty else np.round(shape.bounds, 6).tolist()
    return {"kind": "feature", "id": theme.ids[n], "code": listing.codes[n], "name": theme.names[n], "box": box}


def _best(words: Sequence[str], asked: str) -> int:
    if any(word.startswith(asked) for word in words):
        return BEGINS
    return CONTAINS if any(asked in word for word in words) else NOT
