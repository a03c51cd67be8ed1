"""A changeset in the making: the workspace as it will be, beside what it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import shapely
from shapely.geometry.base import BaseGeometry

from layers.model.feature import Change, Feature, Value, code_of
from layers.store.protocol import Query, Store

PAGE = 20_000
KEEP = object()
REMEMBERED = 4096
ALL = Query()
ROUNDING_DEGREES = 1e-7
NOTHING = (None, ())


class Pending:
    """Features to be written, layer by layer, compared with those that are stored.

    Nothing is written here: `changes` is what a `Draft` takes. `based_on` is the workspace's revision at the beginning,
    or when it last caught up.

    Parameters
    ----------
    store : Store
    known : mapping, optional
        Layer → the features to be looked at; a layer that it does not have is read whole.
    """

    def __init__(self, store: Store, known: Mapping[str, Iterable[Feature]] | None = None) -> None:
        self.based_on = store.revision()
        self._store = store
        self._known = known or {}
        self._stored: dict[str, dict[str, Feature]] = {}
        self._recorded: dict[str, dict[str, Feature]] = {}
        self._now: dict[str, dict[str, Feature]] = {}
        self._touched: dict[str, set[str]] = {}
        self._used: dict[str, set[str]] = {}

    def layer(self, layer: str) -> Mapping[str, Feature]:
        """Return code → feature of a layer as it will be; the last of several with one code."""
        if layer not in self._now:
            known = self._known[layer] if layer in self._known else every_feature(self._store, layer)
            self._stored[layer] = {feature.id: feature for feature in known}
            self._now[layer] = {code_of(feature): feature for feature in self._stored[layer].values()}
            self._touched[layer] = set()
        return self._now[layer]

    def put(
        self, layer: str, code: str, properties: Mapping[str, Value], geometry: BaseGeometry | object | None = KEEP
    ) -> Feature:
        """Create or update the feature with this code; properties that are not named stay as they are."""
        features = self.layer(layer)
        old = features.get(code)
        if old is None:
            return self.put_new(layer, code, {"code": code, **properties}, None if geometry is KEEP else geometry)
        shape = old.geometry if geometry is KEEP or same_place(old.geometry, geometry) else geometry
        if shape is old.geometry and _says_the_same(old.properties, properties):
            new = old  # a file that changes nothing takes no memory
        else:
            new = Feature(old.id, shape, {**old.properties, **properties}, old.version)
            new = old if new.same_content(old) else new
        self._now[layer][code] = new
        self._touched[layer].add(code)
        return new

    def put_new(
        self, layer: str, code: str, properties: Mapping[str, Value], geometry: BaseGeometry | object | None
    ) -> Feature:
        """Create the feature with this code, which there is not yet, of properties that say the code too."""
        new = Feature(self._free_id(layer, code), geometry, properties)
        self._now[layer][code] = new
        self._touched[layer].add(code)
        return new

    def amend(
        self, layer: str, code: str, properties: Mapping[str, Value], geometry: BaseGeometry | object | None = KEEP
    ) -> None:
        """Change a feature as a consequence of others: not counted as put unless it was."""
        was_put = code in self.touched(layer)
        self.put(layer, code, properties, geometry)
        if not was_put:
            self._touched[layer].discard(code)

    def holds(self, layer: str) -> bool:
        """Say whether the layer was looked at."""
        return layer in self._now

    def remove(self, layer: str, code: str) -> None:
        """Take the feature with this code away."""
        self.layer(layer)
        del self._now[layer][code]

    def touched(self, layer: str) -> set[str]:
        """Return the codes that were put, whether or not that changed anything."""
        self.layer(layer)
        return self._touched[layer]

    def catch_up(self) -> bool:
        """Take over what others wrote to the layers that were looked at; where they did, everything put is forgotten.

        The store must not be written to meanwhile; see `Draft`.

        Returns
        -------
        bool
            Whether anything was written, so that everything has to be put again.
        """
        touched = self._store.layer_revisions()
        moved = [layer for layer in self._now if touched[layer] > self.based_on]
        for layer in moved:
            self._take_over(layer)
        self.based_on = self._store.revision()
        if moved:
            self.start_again()
        return bool(moved)

    def start_again(self) -> None:
        """Forget everything that was put."""
        for layer, stored in self._stored.items():
            self._now[layer] = {code_of(feature): feature for feature in stored.values()}
            self._touched[layer] = set()

    def _take_over(self, layer: str) -> None:
        stored = self._stored[layer]
        for change in self._store.each_change_since(layer, self.based_on):
            self._used.get(layer, set()).add(change.id)
            if change.after is None:
                stored.pop(change.id, None)
            else:
                stored[change.id] = change.after
        self._stored[layer] = dict(sorted(stored.items()))  # as they would be read
        self._recorded.pop(layer, None)

    def looked_at(self) -> list[str]:
        """Return the layers that were looked at."""
        return list(self._now)

    def on_record(self, layer: str) -> Mapping[str, Feature]:
        """Return code → feature as it was before anything was put."""
        self.layer(layer)
        if layer not in self._recorded:
            self._recorded[layer] = {code_of(feature): feature for feature in self._stored[layer].values()}
        return self._recorded[layer]

    def stored_codes(self, layer: str) -> set[str]:
        """Return the codes that were on record before anything was put."""
        return set(self.on_record(layer))

    def changes(self) -> Iterator[Change]:
        """Yield what differs from the store, in the order of layers and codes."""
        for layer in list(self._now):
            yield from self.changes_of(layer)

    def counts(self, layer: str, held: Collection[str] = ()) -> dict[str, int]:
        """Count what was put as new, changed or same, and what is stored but was not put as missing.

        What is `held` (codes that a file has in rows which do not come in) is not missing, and counted apart where
        there is any.
        """
        stored = self._stored[layer]
        counts = {"new": 0, "changed": 0, "same": 0, "missing": 0}
        now = self._now[layer]
        for code in self._touched[layer]:
            feature = now[code]
            before = stored.get(feature.id)
            if before is None:
                counts["new"] += 1
            elif feature is before or feature.same_content(before):
                counts["same"] += 1
            else:
                counts["changed"] += 1
        if stored:
            kept = {feature.id for feature in now.values()}
            put = {now[code].id for code in self._touched[layer]}
            counts["missing"] = sum(id in kept and id not in put for id in stored)
            waiting = {now[code].id for code in held if code in now} - put
            if waiting := waiting & stored.keys():
                counts |= {"missing": counts["missing"] - len(waiting), "held": len(waiting)}
        return counts

    def changes_of(self, layer: str) -> Iterator[Change]:
        """Yield what differs from the store in one layer that was looked at, in the order of codes."""
        stored = self._stored[layer]
        after = {feature.id: feature for feature in self._now[layer].values()}
        shadowed = {id for id, feature in stored.items() if id not in after and code_of(feature) in self._now[layer]}
        for id, feature in after.items():
            before = stored.get(id)
            if feature is not before and (before is None or not feature.same_content(before)):
                yield Change(layer, id, before, feature)
        for id in stored.keys() - after.keys() - shadowed:
            yield Change(layer, id, stored[id], None)

    def _free_id(self, layer: str, code: str) -> str:
        """Return the code, or the code with a number where the layer used that id before: ids are never reused."""
        if layer not in self._used:
            self._used[layer] = self._store.known_ids(layer)
        candidate, number = code, 2
        while candidate in self._used[layer]:
            candidate, number = f"{code}~{number}", number + 1
        return candidate


def same_place(old: BaseGeometry | None, new: BaseGeometry | None) -> bool:
    """Say whether two shapes differ by no more than formats change: an export read again changes nothing.

    Text formats round; others have rules of their own on which way a ring runs and where it begins.
    """
    if old is None or new is None:
        return False
    if old is new:
        return True
    if old.equals_exact(new, ROUNDING_DEGREES):
        return True
    if shapely.get_num_coordinates(old) != shapely.get_num_coordinates(new):
        return False
    return bool(old.normalize().equals_exact(new.normalize(), ROUNDING_DEGREES))


def _says_the_same(old: Mapping[str, Value], new: Mapping[str, Value]) -> bool:
    """Say whether properties that come in leave others as they are; nothing and an empty list are one."""
    for name, value in new.items():
        before = old.get(name)
        if before is not value and before != value and not (before in NOTHING and value in NOTHING):
            return False
    return True


def every_feature(store: Store, layer: str, query: Query = ALL) -> Iterator[Feature]:
    """Walk through what a query finds in a layer, page by page."""
    after: str | None = None
    known: dict[str, str] = {}
    while True:
        page = store.page(layer, query, PAGE, after)
        for feature in page.features:
            _share_texts(feature, known)
            yield feature
        after = page.next
        if after is None:
            return


def _share_texts(feature: Feature, known: dict[str, str]) -> None:
    """Let a feature share the texts that others have too (a use, a source, a time), and its code with its id."""
    properties = feature.properties
    assert isinstance(properties, dict)  # nobody else has what was read just now
    for name, value in properties.items():
        if type(value) is str:
            if value == feature.id:
                properties[name] = feature.id
            elif len(known) < REMEMBERED:
                properties[name] = known.setdefault(value, value)
            else:
                properties[name] = known.get(value, value)
