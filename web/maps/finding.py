"""What the search box of a large map finds: as `static/js/search.js` does with the features of a small one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layers.analyses.situation import situation
from web.maps.backdrop import places
from web.maps.data import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layers.store.protocol import Store
    from web.maps.question import Question
    from web.maps.theme import Theme

MOST = 12
BEGINS, CONTAINS, NOT = 0, 1, 2


def find(store: Store, question: Question, text: str) -> list[dict]:
    """Return what a text finds, the best first: ``kind, id, code, name, box``.

    Places that begin with it (by name, code or pinyin initials) come first, then features that do, then those that
    contain it.
    """
    asked = text.strip().lower()
    if not asked:
        return []
    hits = []
    known = places(situation(store, question.as_of, question.basis), every=True)
    for place in known:
        rank = _best((place["name"].lower(), place["code"].lower(), place["initials"]), asked)
        if rank < NOT:
            hits.append((rank, len(hits), {name: place[name] for name in ("kind", "id", "code", "name", "box")}))
    theme, listed_ids = listed(store, question).theme, {place["id"] for place in known}
    codes = next((column.values for column in theme.columns if column.kind == "code"), [None] * len(theme.ids))
    for n, (name, code) in enumerate(zip(theme.names, codes, strict=True)):
        rank = _best((name.lower(), (code or "").lower()), asked)
        if rank < NOT and theme.ids[n] not in listed_ids:
            hits.append((rank + 0.5, len(hits), n))
    best = sorted(hits, key=_first)[:MOST]
    return [hit if isinstance(hit, dict) else _feature(theme, hit, codes) for _, _, hit in best]


def _first(hit: tuple) -> tuple:
    return hit[:2]


def _feature(theme: Theme, n: int, codes: Sequence) -> dict:
    shape = theme.geometries[n]
    box = None if shape is None or shape.is_empty else np.round(shape.bounds, 6).tolist()
    return {"kind": "feature", "id": theme.ids[n], "code": codes[n], "name": theme.names[n], "box": box}


def _best(words: tuple[str, ...], asked: str) -> int:
    if any(word.startswith(asked) for word in words):
        return BEGINS
    return CONTAINS if any(asked in word for word in words) else NOT
