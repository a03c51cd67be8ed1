"""Looking records up by name, code, pinyin or its first letters, for whoever refers to one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layers.catalogue import Layer
from layers.finding import Names
from layers.keeping import OfEach, Recent
from layers.store.protocol import Query

if TYPE_CHECKING:
    from layers.store.protocol import Store

MOST = 20
KEPT = 12
Row = tuple[str, str, str, str]  # id, code, name, what is looked in


@dataclass(frozen=True)
class Called:
    """The records of a layer in the order of their names, and those names laid out by character and sound."""

    rows: list[Row]
    laid: Names


def _made(_: Store) -> Recent[tuple[str, int], Called]:
    return Recent(KEPT)


_NAMES: OfEach[Store, Recent[tuple[str, int], Called]] = OfEach(_made)


def find(store: Store, layer: Layer, text: str) -> list[dict[str, str]]:
    """Return what a text finds, what begins with it first: ``id, code, name``."""
    asked = text.strip().casefold()
    revision = store.layer_revisions()[layer.id]
    called = _NAMES(store).made((layer.id, revision), lambda: _called(store, layer))
    if not asked:
        return [_told(row) for row in called.rows[:MOST]]
    found = called.laid.find(asked)
    rank = dict(zip(found.rows.tolist(), np.minimum(found.rank, 1).tolist(), strict=True))
    hits = []
    for n, row in enumerate(called.rows):
        within = row[3]
        if asked in within:
            hits.append((0 if any(each.startswith(asked) for each in within.split("\n")) else 1, row))
        elif n in rank:  # by its sound alone
            hits.append((rank[n], row))
    hits.sort(key=lambda each: each[0])
    return [_told(row) for _, row in hits[:MOST]]


def _told(row: Row) -> dict[str, str]:
    id, code, name, _ = row
    return {"id": id, "code": code, "name": name}


def _called(store: Store, layer: Layer) -> Called:
    rows = _rows(store, layer)
    return Called(rows, Names([row[2] for row in rows], [row[1] for row in rows]))


def _rows(store: Store, layer: Layer) -> list[Row]:
    """Return every record of a layer, in the order of names."""
    label = "name" if "name" in layer.by_name else layer.label_field
    frame = store.read(layer.id, Query(columns=tuple(dict.fromkeys(("code", label))), geometry=False))
    rows = []
    for id, code, name in zip(frame.index, frame["code"], frame[label], strict=True):
        called = name if isinstance(name, str) and name else str(code)
        rows.append((str(id), str(code), called, f"{called.casefold()}\n{str(code).casefold()}"))
    return sorted(rows, key=lambda each: each[2])
