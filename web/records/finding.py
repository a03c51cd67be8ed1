"""Looking records up by name, code or the first letters of their pinyin, for whoever refers to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.catalogue import Layer
from layers.keeping import OfEach, Recent
from layers.store.protocol import Query
from web.maps.initials import initials

if TYPE_CHECKING:
    from layers.store.protocol import Store

MOST = 20
KEPT = 12
Row = tuple[str, str, str, str]  # id, code, name, what is looked in


def _made(_: Store) -> Recent[tuple[str, int], list[Row]]:
    return Recent(KEPT)


_NAMES: OfEach[Store, Recent[tuple[str, int], list[Row]]] = OfEach(_made)


def find(store: Store, layer: Layer, text: str) -> list[dict[str, str]]:
    """Return what a text finds, what begins with it first: ``id, code, name``."""
    asked = text.strip().casefold()
    hits = []
    revision = store.layer_revisions()[layer.id]
    for id, code, name, within in _NAMES(store).made((layer.id, revision), lambda: _rows(store, layer)):
        if asked in within:
            hits.append((0 if any(each.startswith(asked) for each in within.split("\n")) else 1, id, code, name))
    hits.sort(key=lambda each: each[0])
    return [{"id": id, "code": code, "name": name} for _, id, code, name in hits[:MOST]]


def _rows(store: Store, layer: Layer) -> list[Row]:
    """Return every record of a layer, in the order of names."""
    label = "name" if "name" in layer.by_name else layer.label_field
    frame = store.read(layer.id, Query(columns=tuple(dict.fromkeys(("code", label))), geometry=False))
    rows = []
    for id, code, name in zip(frame.index, frame["code"], frame[label], strict=True):
        called = name if isinstance(name, str) and name else str(code)
        rows.append((str(id), str(code), called, f"{called.casefold()}\n{str(code).casefold()}\n{initials(called)}"))
    return sorted(rows, key=lambda each: each[2])
