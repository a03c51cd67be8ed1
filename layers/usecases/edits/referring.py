"""Who points at a feature: by a field that refers to it, a list that names it, or a code that begins with its own."""

from __future__ import annotations

from layers.catalogue import Layer, catalogue
from layers.errors import Fault
from layers.filters import Literal, Op, Property
from layers.store.protocol import Query, Store
from layers.text import Text

LISTED = {("courtyards", "building_codes"): "buildings", ("managed-areas", "building_codes"): "buildings",
          ("managed-areas", "courtyard_codes"): "courtyards", ("joint-units", "members"): "communities",
          ("grids", "predecessors"): "grids"}  # fmt: skip
REFERRERS_TOLD = 5


def referrers(store: Store, layer: Layer, code: str) -> list[Fault]:
    """Name the features that refer to one, layer by layer."""
    faults = []
    for other, query in _referring(layer, code):
        page = store.page(other.id, query, REFERRERS_TOLD)
        if page.matched:
            ids = [each.id for each in page.features]
            text = Text("features.referred-to", count=page.matched, layer=other.label, ids=ids)
            faults.append(Fault(text, {"layer": other.id}))
    return faults


def _referring(layer: Layer, code: str) -> list[tuple[Layer, Query]]:
    """Return where features may be that point at one: by a field that refers to it, a list that names it, or a code
    that begins so."""
    found = []
    for other in catalogue():
        for field in other.fields:
            if field.refers_to == layer.id and field.type != "list":
                found.append((other, Query(equals={field.name: code})))
            if LISTED.get((other.id, field.name)) == layer.id:
                names = Op("a_contains", (Property(field.name, "list"), Literal((code,), "list")))
                found.append((other, Query(filter=names)))
        if other.parent == layer.id and other.parent_prefix:
            found.append((other, Query(starts_with={"code": code})))
    return found
