"""What follows from buildings, courtyards and managed areas that are written one by one, as it does from an import.

An import looks at whole layers. Here only what a change reaches is read: the courtyards whose lists name a building,
the areas that cover those, and the buildings of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from geo.places import parse_crs
from layers.filters import Filter, Literal, Op, Property
from layers.model.feature import Change, Feature, codes_of
from layers.model.values import RANGE, codes_in
from layers.store.protocol import Query, Store
from layers.usecases.edits.members import CAUSES, derive_boundaries, fill_members
from layers.usecases.edits.pending import Pending, every_feature

CAUSING = {
    "buildings": ("courtyard_code",),
    "courtyards": ("building_codes", "geometry_derived"),
    "managed-areas": ("building_codes", "courtyard_codes", "geometry_derived"),
}
Known = dict[str, dict[str, Feature]]


def with_consequences(store: Store, changes: Sequence[Change], metric_crs: str | None) -> list[Change]:
    """Return changes together with what follows from them: membership by lists, outlines that nobody drew.

    Parameters
    ----------
    changes : sequence of Change
        Each of another feature.
    metric_crs : str or None
        The CRS in which outlines are drawn; None where the workspace has no geometry yet.
    """
    causes = [change for change in changes if _causes(change)]
    if not causes:
        return list(changes)
    around = _Surroundings(store, causes)
    pending = Pending(store, {layer: around.known[layer].values() for layer in CAUSES})
    fill_members(pending)
    if metric_crs is not None:
        derive_boundaries(pending, parse_crs(metric_crs))
    whole = {(change.layer, change.id): change for change in changes}
    for amended in pending.changes():
        place = (amended.layer, amended.id)
        before = whole[place].before if place in whole else amended.before
        whole[place] = Change(*place, before, amended.after)
    return list(whole.values())


def _causes(change: Change) -> bool:
    if change.layer not in CAUSING:
        return False
    if change.before is None or change.after is None:
        return True
    before, after = change.before, change.after
    return before.geometry != after.geometry or any(
        before.properties.get(name) != after.properties.get(name) for name in CAUSING[change.layer]
    )


class _Surroundings:
    """Everything that must be known to judge some changes, as it is with them: `known` is layer → code → feature."""

    def __init__(self, store: Store, changes: Sequence[Change]) -> None:
        self._store, self._changes = store, changes
        named = Op("not", (Op("isnull", (Property("building_codes", "list"),)),))
        self._listing = self._read("courtyards", Query(filter=named))
        self._areas = self._read("managed-areas", Query())
        self.known: Known = {layer: {} for layer in CAUSES}
        while self._grows():
            pass

    def _grows(self) -> bool:
        """Follow lists and codes one step further; False when they lead to nothing new."""
        before = {layer: len(found) for layer, found in self.known.items()}
        written = {layer: self._written(layer) for layer in CAUSES}
        buildings = self.known["buildings"]
        loose = {code for code, each in buildings.items() if each.properties.get("courtyard_code") is None}
        courtyards = written["courtyards"] | _reaching(self._listing, written["buildings"] | loose)
        courtyards |= {str(each.properties["courtyard_code"]) for each in self._states("buildings")
                       if each.properties.get("courtyard_code") is not None}  # fmt: skip
        self.known["courtyards"] |= self._read("courtyards", _coded(code=courtyards))
        courtyards = set(self.known["courtyards"])
        areas = written["managed-areas"] | _reaching(self._areas, written["buildings"])
        areas |= {code for code, each in self._areas.items() if courtyards & set(_list(each, "courtyard_codes"))}
        self.known["managed-areas"] = {code: each for code, each in self._areas.items() if code in areas}
        courtyards |= {one for each in self.known["managed-areas"].values() for one in _list(each, "courtyard_codes")}
        lists = [self.known["courtyards"].get(code) for code in written["courtyards"]]
        lists += self.known["managed-areas"].values()
        listed = {code for each in lists if each is not None for code in _list(each, "building_codes")}
        wanted = _coded(courtyard_code=courtyards, code=written["buildings"] | listed)
        self.known["buildings"] |= self._read("buildings", wanted)
        return before != {layer: len(found) for layer, found in self.known.items()}

    def _read(self, layer: str, query: Query) -> dict[str, Feature]:
        """Return code → feature of those that a query finds, as they are after the changes."""
        found = {each.id: each for each in every_feature(self._store, layer, query)}
        for change in self._changes:
            if change.layer == layer:
                found.pop(change.id, None)
                if change.after is not None:
                    found[change.id] = change.after
        return {str(each.properties["code"]): each for each in found.values()}

    def _states(self, layer: str) -> list[Feature]:
        """Return what was written in a layer, as it was and as it is."""
        sides = ((change.before, change.after) for change in self._changes if change.layer == layer)
        return [state for both in sides for state in both if state is not None]

    def _written(self, layer: str) -> set[str]:
        return {str(state.properties["code"]) for state in self._states(layer)}


def _coded(**fields: Iterable[str]) -> Query:
    """Return the query for features of which some field has one of its codes, or a code within a range of them."""
    either: list[Filter] = []
    for name, codes in fields.items():
        field, plain = Property(name, "text"), tuple(sorted(each for each in codes if RANGE not in each))
        either += [Op("in", (field, Literal(plain, "list")))] if plain else []
        ends = (each.partition(RANGE) for each in codes if RANGE in each)
        either += [Op("between", (field, Literal(first, "text"), Literal(last, "text"))) for first, _, last in ends]
    return Query(filter=Op("or", tuple(either))) if either else Query(ids=())


def _reaching(features: Mapping[str, Feature], buildings: set[str]) -> set[str]:
    """Return the codes of the features whose lists name one of some buildings."""
    codes = list(features)
    lists = [_list(features[code], "building_codes") for code in codes]
    owner, _ = codes_in(lists, np.array(sorted(buildings), dtype=str))
    return {codes[each] for each in owner.tolist()}


def _list(feature: Feature, field: str) -> tuple[str, ...]:
    return codes_of(feature.properties, field)
