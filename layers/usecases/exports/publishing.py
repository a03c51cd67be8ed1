"""What of a workspace is public, as a workspace to read from: whoever reads through it can give nothing else away.

Of each layer that is public as a whole it has the features, their places and their public fields. Counts of people that
are too small, or would give a small one away, are missing as if they were not on record; numbers of persons in a text
are unreadable. Maps, tables, tiles and files that are made from it are therefore public with all their figures.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar
from weakref import ref

import numpy as np
import pandas as pd

from layers.catalogue import Field, Layer, catalogue
from layers.errors import Fault, InvalidParameter, StoreBusy
from layers.filters.named import named_in
from layers.keeping import OfEach, Recent
from layers.model.feature import Change, Feature, Value, number_of
from layers.model.management import masked
from layers.store.frames import frames_of
from layers.store.protocol import Extent, Page, Query, Snapshot, Store
from layers.text import Text
from layers.usecases.exports.suppressing import DECIDED_OVER, Hidden, counts_of, hidden_counts

if TYPE_CHECKING:
    import geopandas as gpd

ALL = Query()
TRIES = 5
LIMITS_KEPT = 8
DAYS_KEPT = 4
Found = TypeVar("Found")


def public_fields(layer: Layer) -> tuple[Field, ...]:
    """Return the fields of a layer that anybody may see."""
    return tuple(field for field in layer.fields if field.classification == "public")


def public_store(store: Store, limit: int) -> PublicStore:
    """Return what of a workspace is public where counts below `limit` are hidden; the same one each time."""
    return _PUBLIC(store).made(limit, lambda: PublicStore(store, limit))


class PublicStore:
    """The public part of a workspace; it reads as a `Store` does, and knows of no writing and no past.

    A query must name public fields only (`refuse`). Internal fields are there and have no value; internal layers are
    refused.
    """

    def __init__(self, store: Store, limit: int) -> None:
        self.url, self.limit = store.url, limit
        self._whole = ref(store)  # who holds this for a workspace must not keep that open
        self._hidden: Recent[tuple[Hashable, dt.date | None], Hidden] = Recent(DAYS_KEPT)
        self._telling: dict[str, tuple[int, frozenset[str]]] = {}
        self._lock = threading.Lock()

    def revision(self) -> int:
        """Return the workspace's revision."""
        return self._store.revision()

    def layer_revisions(self) -> dict[str, int]:
        """Return layer → the last revision that may have changed what is public of it.

        Which counts are hidden depends on several layers, which therefore change together.
        """
        revisions = self._store.layer_revisions()
        return revisions | dict.fromkeys(DECIDED_OVER, max(revisions[layer] for layer in DECIDED_OVER))

    def setting(self, name: str) -> str | None:
        """Return a value that travels with the workspace."""
        return self._store.setting(name)

    def changes_since(self, layer: str, revision: int, limit: int) -> list[Change] | None:
        """Return None: a change may hide or show counts of features that it leaves alone."""
        return None

    def differing(
        self, layer: str, on_day: dt.date | None, at_revision: int | None, limit: int
    ) -> dict[str, Feature | None] | None:
        """Return nothing where nothing was otherwise, else None: what was otherwise is hidden otherwise."""
        return self._store.differing(self._public(layer).id, on_day, at_revision, 0)

    def read(self, layer: str, query: Query = ALL) -> gpd.GeoDataFrame:
        """Return features as `Store.read` does."""
        known = self._asked(layer, query)
        hidden, frame = self._steadily(layer, query.day, lambda: self._store.read(layer, query))
        return _Veil(known, hidden, self.limit).over(frame)

    def page(self, layer: str, query: Query, limit: int, after: str | None = None) -> Page:
        """Return features as `Store.page` does."""
        known = self._asked(layer, query)
        hidden, page = self._steadily(layer, query.day, lambda: self._store.page(layer, query, limit, after))
        veil = _Veil(known, hidden, self.limit)
        return replace(page, features=tuple(veil.over_one(feature) for feature in page.features))

    def get(self, layer: str, id: str, at_revision: int | None = None, on_day: dt.date | None = None) -> Feature | None:
        """Return one feature, or None; `at_revision` is refused."""
        known = self._public(layer)
        self._refuse_past(at_revision)
        hidden, feature = self._steadily(layer, on_day, lambda: self._store.get(layer, id, on_day=on_day))
        return None if feature is None else _Veil(known, hidden, self.limit).over_one(feature)

    def count(self, layer: str, query: Query = ALL) -> int:
        """Return how many features match."""
        return self._store.count(self._asked(layer, query).id, query)

    def extent(self, layer: str) -> Extent:
        """Return where and when a layer is."""
        return self._store.extent(self._public(layer).id)

    def known_ids(self, layer: str) -> set[str]:
        """Return every id that a layer has or had."""
        return self._store.known_ids(self._public(layer).id)

    @contextmanager
    def snapshot(self, layer: str, query: Query = ALL) -> Iterator[PublicSnapshot]:
        """Hold the public part of a layer still."""
        known = self._asked(layer, query)
        for _ in range(TRIES):
            state = self._state(layer)
            hidden = self._hidden_at(state, query.day)
            with self._store.snapshot(layer, query) as snapshot:
                if self._state(layer) == state:
                    yield PublicSnapshot(snapshot, _Veil(known, hidden, self.limit))
                    return
        raise StoreBusy(Fault(Text("store.busy"), {"layer": layer}))

    def askable(self, layer: Layer) -> tuple[str, ...]:
        """Return the fields that the public may filter and sort by.

        Asked often enough, a condition on a value gives the value. So what is hidden of a feature, or of some, must not
        stand in one: internal fields, counts of people, and texts in which a number of a person stands.
        """
        shut = {field.name for field in counts_of(layer)} | self._telling_fields(layer)
        return tuple(field.name for field in public_fields(layer) if field.name not in shut)

    def refuse(self, layer: Layer, names: Collection[str], parameter: str) -> None:
        """Refuse a condition or an order on fields that the public may not ask about.

        Raises
        ------
        InvalidParameter
            Every such field is named, and those that may be.
        """
        self._public(layer.id)
        askable = self.askable(layer) if names else ()
        shut = [name for name in dict.fromkeys(names) if name in layer.by_name and name not in askable]
        if shut:
            text = Text("exports.not-askable", known=["id", *(["geometry"] if layer.spatial else []), *askable])
            raise InvalidParameter(*(Fault(text, {"parameter": parameter, "value": name}) for name in shut))

    @property
    def _store(self) -> Store:
        store = self._whole()
        assert store is not None  # who asks holds the workspace
        return store

    def _public(self, layer_id: str) -> Layer:
        layer = catalogue().layer(layer_id)
        if layer.classification != "public":
            raise InvalidParameter(Fault(Text("exports.not-public", layer=layer.label), {"layer": layer.id}))
        return layer

    def _asked(self, layer_id: str, query: Query) -> Layer:
        """Return the layer that a query asks about; whatever it names must be public."""
        layer = self._public(layer_id)
        self._refuse_past(query.at_revision)
        self.refuse(layer, named_in(query.filter) | {*query.equals, *query.starts_with}, "filter")
        self.refuse(layer, [name for name, _ in query.sort], "sortby")
        return layer

    def _refuse_past(self, at_revision: int | None) -> None:
        """Refuse what was known earlier: what is hidden now would show in it."""
        if at_revision is not None:
            raise InvalidParameter(Fault(Text("exports.no-public-past"), {"parameter": "known_at"}))

    def _state(self, layer: str) -> tuple[int, ...]:
        """Return what the hidden counts of a layer depend on beside its own rows."""
        if layer not in DECIDED_OVER:
            return ()
        revisions = self._store.layer_revisions()
        return tuple(revisions[each] for each in DECIDED_OVER)

    def _steadily(self, layer: str, day: dt.date | None, read: Callable[[], Found]) -> tuple[Hidden, Found]:
        """Read something together with the hidden counts of the same moment."""
        for _ in range(TRIES):
            state = self._state(layer)
            hidden, found = self._hidden_at(state, day), read()
            if self._state(layer) == state:
                return hidden, found
        raise StoreBusy(Fault(Text("store.busy"), {"layer": layer}))

    def _hidden_at(self, state: tuple[int, ...], day: dt.date | None) -> Hidden:
        """Return which counts are hidden: those that are now, and on a day that was otherwise those of that day too."""
        if not state:
            return {}
        with self._lock:
            now = self._hidden.made_at(state, None, lambda: self._hidden_on(None))
            if day is None or not any(self._store.differing(layer, day, None, 0) is None for layer in DECIDED_OVER):
                return now
            return self._hidden.made_at(state, day, lambda: _united(now, self._hidden_on(day)))

    def _hidden_on(self, day: dt.date | None) -> Hidden:
        frames = frames_of(self._store)
        return hidden_counts({layer: frames.get(layer, day, valid=False) for layer in DECIDED_OVER}, self.limit)

    def _telling_fields(self, layer: Layer) -> frozenset[str]:
        """Return the fields of a layer in which a number of a person stands anywhere."""
        frames = frames_of(self._store)
        revision = frames.revision(layer.id)
        if self._telling.get(layer.id, (-1, None))[0] != revision:
            frame = frames.get(layer.id)
            found = (field.name for field in _texts(layer) if any(map(_tells, frame[field.name])))
            self._telling[layer.id] = revision, frozenset(found)
        return self._telling[layer.id][1]


def _united(first: Hidden, second: Hidden) -> Hidden:
    """Return what one or the other hides."""
    return {
        layer: {
            name: _ids(first, layer, name).union(_ids(second, layer, name))
            for name in {*first.get(layer, {}), *second.get(layer, {})}
        }
        for layer in {*first, *second}
    }


def _ids(hidden: Hidden, layer: str, name: str) -> pd.Index:
    return hidden.get(layer, {}).get(name, pd.Index([], dtype=object))


class PublicSnapshot:
    """A snapshot of which only the public part is given.

    `suppressed` and `masked` count what was hidden in the latest walk.
    """

    def __init__(self, snapshot: Snapshot, veil: _Veil) -> None:
        self.revision = snapshot.revision
        self._snapshot, self._veil = snapshot, veil
        self.suppressed = self.masked = 0

    def frames(self, size: int | None = None) -> Iterator[gpd.GeoDataFrame]:
        """Yield frames as a `Snapshot` does."""
        self._veil.suppressed = self._veil.masked = 0
        for frame in self._snapshot.frames(size):
            public = self._veil.over(frame)
            self.suppressed, self.masked = self._veil.suppressed, self._veil.masked
            yield public


class _Veil:
    """Hides what is not public of frames and features of one layer, and counts it."""

    def __init__(self, layer: Layer, hidden: Mapping[str, Mapping[str, pd.Index]], limit: int) -> None:
        self._layer, self._limit = layer, limit
        self._hidden = hidden.get(layer.id, {})
        self._counts = tuple(field.name for field in counts_of(layer) if field.classification == "public")
        self._texts = _texts(layer)
        self._public = {field.name for field in public_fields(layer)}
        self.suppressed = self.masked = 0

    def over(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        new = {}
        for field in self._layer.fields:
            if field.name in frame.columns and field.name not in self._public:
                new[field.name] = frame[field.name].mask(np.ones(len(frame), dtype=bool))
        for name in self._counts:
            if name in frame.columns:
                small = (frame[name] < self._limit).fillna(False).to_numpy(dtype=bool)
                away = (small | frame.index.isin(self._hidden.get(name, ()))) & frame[name].notna().to_numpy()
                self.suppressed += int(away.sum())
                new[name] = frame[name].mask(away)
        for field in self._texts:
            if field.name in frame.columns:
                telling = np.fromiter(map(_tells, frame[field.name]), dtype=bool, count=len(frame))
                self.masked += int(telling.sum())
                if telling.any():
                    new[field.name] = frame[field.name].map(_covered).astype(frame[field.name].dtype)
        return frame.assign(**new)

    def over_one(self, feature: Feature) -> Feature:
        kept = {name: value for name, value in feature.properties.items() if name in self._public}
        for name in self._counts:
            value = number_of(kept, name)
            if value is not None and (value < self._limit or feature.id in self._hidden.get(name, ())):
                kept[name] = None
        for field in self._texts:
            if _tells(kept.get(field.name)):
                kept[field.name] = _covered(kept[field.name])
        return replace(feature, properties=kept)


def _texts(layer: Layer) -> tuple[Field, ...]:
    """Return the public fields in which somebody may have written a number of a person; codes are none of them."""
    return tuple(
        field
        for field in public_fields(layer)
        if field.type in ("text", "list") and not (field.name == "code" or field.refers_to or field.length)
    )


def _tells(value: object) -> bool:
    """Say whether a number of a person stands in a value."""
    if isinstance(value, tuple):
        return any(map(_tells, value))
    return isinstance(value, str) and masked(value) != value


def _covered(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(map(masked, value))
    return masked(value) if isinstance(value, str) else value


_PUBLIC: OfEach[Store, Recent[int, PublicStore]] = OfEach(lambda store: Recent(LIMITS_KEPT))
