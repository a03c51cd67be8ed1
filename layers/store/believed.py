"""A workspace as it was known after one of its revisions, to be read like any other.

Analyses, maps and exports that are handed it say what they would have said then. It never changes, so what is kept of
it is never made again.
"""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import ref

from layers.keeping import OfEach, Recent
from layers.model.feature import Change, Feature
from layers.store.protocol import Extent, OutsideCounts, Page, Query, Snapshot, Store

if TYPE_CHECKING:
    import geopandas as gpd

KEPT = 2  # each may hold a city in memory
ALL = Query()


def believed(store: Store, revision: int) -> BelievedStore:
    """Return a workspace as it was known after a revision; the same one each time, while it is asked for."""
    return _BELIEVED(store).made(revision, lambda: BelievedStore(store, revision))


class BelievedStore:
    """What was known after a revision; it reads as a `Store` does, knows of no writing, and has the settings of now."""

    def __init__(self, store: Store, revision: int) -> None:
        self.url, self.known_at = store.url, revision
        self._whole = ref(store)  # who holds this for a workspace must not keep that open

    def revision(self) -> int:
        """Return the revision after which this was known."""
        return self.known_at

    def layer_revisions(self) -> dict[str, int]:
        """Return the revision for every layer: none will ever change."""
        return dict.fromkeys(self._store.layer_revisions(), self.known_at)

    def setting(self, name: str) -> str | None:
        """Return a value that travels with the workspace."""
        return self._store.setting(name)

    def changes_since(self, layer: str, revision: int, limit: int) -> list[Change] | None:
        """Return nothing, as nothing changes."""
        return []

    def read(self, layer: str, query: Query = ALL) -> gpd.GeoDataFrame:
        """Return features as `Store.read` did."""
        return self._store.read(layer, self._then(query))

    def snapshot(self, layer: str, query: Query = ALL) -> AbstractContextManager[Snapshot]:
        """Hold a layer still, as it was."""
        return self._store.snapshot(layer, self._then(query))

    def page(self, layer: str, query: Query, limit: int, after: str | None = None) -> Page:
        """Return features as `Store.page` did."""
        return self._store.page(layer, self._then(query), limit, after)

    def count(self, layer: str, query: Query = ALL) -> int:
        """Return how many features matched."""
        return self._store.count(layer, self._then(query))

    def extent(self, layer: str) -> Extent:
        """Return where and when the layer is now, which its features then did not have to leave."""
        return self._store.extent(layer)

    def get(self, layer: str, id: str, at_revision: int | None = None, on_day: dt.date | None = None) -> Feature | None:
        """Return one feature as it was, or None."""
        return self._store.get(layer, id, self._no_later(at_revision), on_day)

    def differing(
        self, layer: str, on_day: dt.date | None, at_revision: int | None, limit: int
    ) -> dict[str, Feature | None] | None:
        """Return what was otherwise on a day than it was known in all."""
        if on_day is None:
            return {}
        # both are told beside what is on record now
        on_it = self._store.differing(layer, on_day, self.known_at, max(limit, 1))
        in_all = None if on_it is None else self._store.differing(layer, None, self.known_at, max(limit, 1))
        if on_it is None or in_all is None:
            return None
        return {id: then for id, then in on_it.items() if id not in in_all or _other(then, in_all[id])}

    def outside(self) -> dict[str, OutsideCounts]:
        """Return nothing: what nobody adopted yet was not known."""
        return {}

    @property
    def _store(self) -> Store:
        store = self._whole()
        if store is None:
            raise ReferenceError("the workspace is closed")
        return store

    def _then(self, query: Query) -> Query:
        return replace(query, at_revision=self._no_later(query.at_revision))

    def _no_later(self, revision: int | None) -> int:
        return self.known_at if revision is None else min(revision, self.known_at)


def _other(one: Feature | None, two: Feature | None) -> bool:
    return (None if one is None else one.version) != (None if two is None else two.version)


_BELIEVED: OfEach[Store, Recent[int, BelievedStore]] = OfEach(lambda store: Recent(KEPT))
