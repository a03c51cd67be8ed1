"""Create, replace, update and delete single features: each write one changeset, checked by the catalogue as a whole.

The id of a feature is its code at creation; neither changes. What gridmap keeps itself is not written from outside.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.shapes import problems, simplest
from layers.catalogue import Field, Layer, catalogue
from layers.errors import (
    Conflict,
    Fault,
    Forbidden,
    NotFound,
    StaleRevision,
    TooLarge,
    TopologyDefects,
)
from layers.model.feature import Change, Feature, Value
from layers.model.shapes import DIMENSIONS, WRITTEN, too_dear, too_dear_together, wrong_with
from layers.model.values import parse, read_day
from layers.store.protocol import Changeset, Draft, Holding, Store
from layers.text import Text, first_few
from layers.usecases.edits.consequences import with_consequences
from layers.usecases.edits.measuring import METRIC, settings_of
from layers.usecases.edits.members import CAUSES
from layers.usecases.edits.pending import same_place
from layers.usecases.edits.referring import referrers
from layers.usecases.edits.sense import disorders, nonsense
from layers.usecases.edits.telling import Faults, Told, codes_among

ELSEWHERE = {"plans": "/api/plans", "plan-grids": "/api/plans", "plan-cells": "/api/plans"}
TYPES: dict[str, tuple[type, ...]] = {"text": (str,), "enum": (str,), "date": (str,), "integer": (int, float), "number":
                                      (int, float), "boolean": (bool,), "list": (list,)}  # fmt: skip
WORLD = (-180.0, -90.0, 180.0, 90.0)
FEW = 50
MOST_NAMED = 3
KEEP = object()


@dataclass(frozen=True)
class Given:
    """A feature as somebody sends it: raw values, the geometry in longitude and latitude, `KEEP` where none is said."""

    properties: Mapping[str, object]
    geometry: BaseGeometry | object | None
    id: str | None = None


class Writer(NamedTuple):
    """Where, by whom and when something is written, and from which day on it holds: without one, on all days."""

    store: Store
    author: str
    now: dt.datetime
    effective: dt.date | None = None


def create(writer: Writer, layer: Layer, given: Sequence[Given], many: bool = True) -> tuple[list[str], Changeset]:
    """Create features in one changeset and return their ids; `many` says that they came as a collection.

    Raises
    ------
    InvalidParameter, TopologyDefects
        Values or geometries that the layer cannot hold, every one of them named.
    Conflict
        A code that a feature has already.
    TooLarge
        Shapes that would cost too much to be checked together.
    Forbidden
        The layer is written by another door.
    """
    writable(layer)
    shapes = [each.geometry for each in given if isinstance(each.geometry, BaseGeometry)]
    too_much = too_dear_together(np.array(shapes, dtype=object))
    if too_much is not None:
        raise TooLarge(Fault(too_much, {"pointer": "/features"}))
    faults = Faults()
    made = [_made(writer.store, layer, each, faults.of(place if many else None)) for place, each in enumerate(given)]
    faults.refuse()
    codes = Counter(str(each.properties["code"]) for each in made)
    taken = codes_among(writer.store, layer.id, codes) | {code for code, count in codes.items() if count > 1}
    if taken:
        places = ({"layer": layer.id, "value": code} for code in sorted(taken))
        raise Conflict(*(Fault(Text("features.code-taken"), where) for where in places))
    made = _with_free_ids(writer.store, layer, made)
    settings = {} if writer.store.setting(METRIC) else settings_of([each.geometry for each in made])
    done = commit(writer, [Change(layer.id, each.id, None, each) for each in made], "create", layer, settings)
    return [each.id for each in made], done


def on_earth(box: Sequence[float] | np.ndarray) -> bool:
    """Say whether bounds are numbers of degrees that there are."""
    sides = np.array(box)
    return bool(np.isfinite(sides).all() and (sides[:2] >= WORLD[:2]).all() and (sides[2:] <= WORLD[2:]).all())


def replace(writer: Writer, layer: Layer, id: str, version: int, given: Given) -> Feature:
    """Replace what a feature says: a field that is not given has no value afterwards, no geometry is none."""
    kept = ("code", "geometry_derived")  # a boundary that comes back as it was is still the derived one
    whole = {field.name: None for field in layer.fields if not field.system and field.name not in kept}
    geometry = None if given.geometry is KEEP else given.geometry
    return _changed(writer, layer, id, version, Given({**whole, **given.properties}, geometry, given.id))


def update(writer: Writer, layer: Layer, id: str, version: int, given: Given) -> Feature:
    """Change the fields that are given, and the geometry if it is; a field given as null loses its value."""
    return _changed(writer, layer, id, version, given)


def delete(writer: Writer, layer: Layer, id: str, version: int) -> Changeset:
    """Delete a feature.

    Raises
    ------
    Conflict
        Others refer to it; they are named.
    """
    writable(layer)
    old = based_on(writer.store, layer, id, version)
    faults = referrers(writer.store, layer, str(old.properties.get("code", id)))
    if faults:
        raise Conflict(*faults)
    return commit(writer, [Change(layer.id, id, old, None)], "delete", layer)


def _changed(writer: Writer, layer: Layer, id: str, version: int, given: Given) -> Feature:
    writable(layer)
    old = based_on(writer.store, layer, id, version)
    faults = Faults()
    new = _amended(writer.store, layer, old, given, faults.of(None))
    faults.refuse()
    if new.same_content(old):
        return old
    commit(writer, [Change(layer.id, id, old, new)], "update", layer)
    return writer.store.get(layer.id, id) or new


def judged(
    store: Store, layer: Layer, old: Feature | None, given: Given, there: dict[tuple[str, str], bool]
) -> tuple[Feature, list[Fault]]:
    """Return what a feature would be, one that is new where there is no old one, and every fault in it.

    Parameters
    ----------
    there : dict
        Layer and code → whether there is such a feature, kept from one call to the next.
    """
    faults = Faults(there)
    told = faults.of(None)
    made = _made(store, layer, given, told) if old is None else _amended(store, layer, old, given, told)
    return made, faults.found


def _amended(store: Store, layer: Layer, old: Feature, given: Given, told: Told) -> Feature:
    if given.id not in (None, old.id):
        told(Text("features.id-fixed"), "/id", given.id)
    values = _values(layer, given.properties, old, told)
    if "code" in values and values["code"] != old.properties.get("code"):
        told(Text("features.code-fixed"), "/properties/code", values["code"])
    properties = {name: value for name, value in {**old.properties, **values}.items() if value not in (None, ())}
    _check_required(layer, properties, told)
    _check_sense(layer, properties, old, told)
    shape = old.geometry
    if given.geometry is not KEEP and not same_place(old.geometry, given.geometry):
        shape = _shape(layer, given.geometry, told)
        properties.pop("geometry_derived", None)  # somebody drew it now, whatever its mark says
    _check_references(store, layer, properties, old, told)
    return Feature(old.id, shape, properties, old.version)


def _made(store: Store, layer: Layer, given: Given, told: Told) -> Feature:
    properties = dict(given.properties)
    if properties.get("code") is None and given.id:
        properties["code"] = given.id
    values = {name: value for name, value in _values(layer, properties, None, told).items() if value not in (None, ())}
    for field in layer.fields:
        if field.default is not None and values.get(field.name) is None:
            values[field.name] = field.default
    _check_required(layer, values, told, with_code=True)
    _check_sense(layer, values, None, told)
    shape = None if given.geometry in (KEEP, None) else _shape(layer, given.geometry, told)
    _check_references(store, layer, values, None, told)
    return Feature(str(values.get("code", "")), shape, values)


def _values(layer: Layer, given: Mapping[str, object], old: Feature | None, told: Told) -> dict[str, Value]:
    """Read raw JSON values as the catalogue wants them; what the system keeps may only come back as it is."""
    found: dict[str, Value] = {}
    known = [field.name for field in layer.fields if not field.system]
    for name, raw in given.items():
        field = layer.by_name.get(name)
        if field is None:
            told(Text("features.no-property", known=known), f"/properties/{name}"[:80], raw)
        elif field.system:
            kept = None if old is None else old.properties.get(name)
            if raw not in (None, kept):
                told(Text("features.kept-by-us", field=field.label), f"/properties/{name}", raw)
        else:
            found[name] = _value(field, raw, told)
    return found


def _value(field: Field, raw: object, told: Told) -> Value:
    if raw is None:
        return None
    pointer = f"/properties/{field.name}"
    right = isinstance(raw, TYPES[field.type]) and not (isinstance(raw, bool) and field.type != "boolean")
    if isinstance(raw, list):
        right = right and all(isinstance(each, str) for each in raw)
    if not right:
        told(Text("features.json-type", type=field.type), pointer, raw)
        return None
    if field.type == "enum" and field.choice(raw) is None:
        told(Text("features.not-listed", known=[choice.code for choice in field.values]), pointer, raw)
        return None
    if field.type == "date":
        try:
            return read_day(str(raw))
        except ValueError:
            told(Text("filters.bad-date"), pointer, raw)
            return None
    read = parse(field, raw)
    if read.problem is not None:
        told(read.problem, pointer, raw)
    return read.value


def _check_required(layer: Layer, values: Mapping[str, Value], told: Told, with_code: bool = False) -> None:
    for field in layer.fields:
        needed = (field.required and not field.system) or (with_code and field.name == "code")
        if needed and values.get(field.name) is None:
            told(Text("features.required", field=field.label), f"/properties/{field.name}", None)


def _check_sense(layer: Layer, values: Mapping[str, Value], old: Feature | None, told: Told) -> None:
    """See that it can be meant; what was written so before is not in the way of other edits."""
    before = {} if old is None else old.properties
    for name, value, text in (*disorders(layer, before, values), *nonsense(layer, before, values)):
        told(text, f"/properties/{name}", value)


def _shape(layer: Layer, shape: BaseGeometry | None, told: Told) -> BaseGeometry | None:
    """Return a geometry as the layer stores it; a fault for one of another kind, not valid or no place on earth."""
    if shape is None:
        return None
    if not layer.spatial:
        told(Text("features.no-geometry-here", layer=layer.label), "/geometry", None)
        return None
    if DIMENSIONS.get(shape.geom_type, "") not in layer.accepts:
        told(Text("features.geometry-kind", accepts=list(layer.accepts)), "/geometry", shape.geom_type)
        return None
    if not on_earth(shapely.bounds(shape)):
        told(Text("features.outside"), "/geometry", None)
        return None
    flat = np.array([shape], dtype=object)
    (refusal,) = too_dear(flat, WRITTEN)
    if refusal is not None:
        told(refusal, "/geometry", None)
        return None
    (problem,) = problems(flat)
    if problem is not None:
        told(Text("features.invalid-geometry", reason=wrong_with(shape)), "/geometry", None, TopologyDefects)
        return None
    (simple,) = simplest(flat)
    if layer.accepts == ("point",) and simple is not None and simple.geom_type != "Point":
        told(Text("features.geometry-kind", accepts=list(layer.accepts)), "/geometry", shape.geom_type)
    return simple


def _check_references(
    store: Store, layer: Layer, values: Mapping[str, Value], old: Feature | None, told: Told
) -> None:
    """See that what is newly referred to exists; an old reference to nothing must not be in the way of other edits."""
    for field in layer.fields:
        if field.refers_to is None:
            continue
        now, before = values.get(field.name), None if old is None else old.properties.get(field.name)
        if now == before or now is None:
            continue
        wanted = [str(code) for code in (now if isinstance(now, tuple) else (now,))]
        there = told.faults.known(store, field.refers_to, wanted)
        for code in wanted:
            if code not in there:
                label = catalogue().layer(field.refers_to).label
                told(Text("features.refers-to-nothing", layer=label), f"/properties/{field.name}", code)


def _with_free_ids(store: Store, layer: Layer, made: Sequence[Feature]) -> list[Feature]:
    """Give features their codes as ids, with a number where that id was used before: ids are never reused."""
    used = store.known_ids(layer.id) if len(made) > FEW else None

    def is_used(id: str) -> bool:
        return bool(store.feature_history(layer.id, id)) if used is None else id in used

    return [dataclasses.replace(feature, id=free_id(feature.id, is_used)) for feature in made]


def free_id(code: str, is_used: Callable[[str], bool]) -> str:
    """Return a code as an id, with a number where that id was used before."""
    candidate, number = code, 2
    while is_used(candidate):
        candidate, number = f"{code}~{number}", number + 1
    return candidate


def fresh_id(store: Store, layer: str, code: str) -> str:
    """Return a code as an id, with a number where the layer ever used that id."""
    return free_id(code, store.known_ids(layer).__contains__)


def based_on(store: Store, layer: Layer, id: str, version: int) -> Feature:
    """Return a feature that still has this version; otherwise say who changed what since."""
    old = store.get(layer.id, id)
    if old is None:
        raise NotFound(Fault(Text("features.no-such-feature", layer=layer.id), {"feature": id[:80]}))
    if old.version == version:
        return old
    if old.version < 0:
        raise Conflict(Fault(Text("store.outside", id=id), {"layer": layer.id, "feature": id}))
    faults = []
    for changeset, change in store.feature_history(layer.id, id):
        if change.after is None or change.after.version <= version:
            break
        before = {} if change.before is None else change.before.properties
        after, own = change.after.properties, (field.name for field in layer.fields if not field.system)
        names = [name for name in own if before.get(name) != after.get(name)]
        if change.before is not None and change.before.geometry != change.after.geometry:
            names.append("geometry")
        said = {"author": changeset.author, "revision": changeset.revision, "version": change.after.version}
        faults.append(Fault(Text("features.changed-by", fields=names or ["–"], **said), {"feature": id}))
    text = Text("features.stale", given=version, stored=old.version)
    raise StaleRevision(Fault(text, {"layer": layer.id, "feature": id}), *faults)


def layer_called(layer_id: str) -> Layer:
    """Return a layer; NotFound with the known ones where there is none."""
    if layer_id not in catalogue():
        raise NotFound(Fault(Text("web.no-such-layer", layer=layer_id[:80], known=catalogue().ids())))
    return catalogue().layer(layer_id)


def writable(layer: Layer) -> None:
    """Refuse a layer that is written by another door."""
    if layer.id in ELSEWHERE:
        raise Forbidden(Fault(Text("features.written-elsewhere", door=ELSEWHERE[layer.id]), {"layer": layer.id}))


def commit(
    writer: Writer, changes: list[Change], what: str | Text, layer: Layer, settings: Mapping[str, str] | None = None
) -> Changeset:
    """Write changes with what follows from them; `what` was done, in words or one of create, update, delete."""
    done = Text(f"features.did-{what}", layer=layer.label, count=len(changes), which=_called(changes))
    message = (what if isinstance(what, Text) else done).in_both()
    store, settings = writer.store, settings or {}
    metric_crs = settings.get(METRIC) or store.setting(METRIC)
    based_on = _causes(store)
    every = with_consequences(store, changes, metric_crs)

    def present() -> Iterator[Change]:  # walked as the one writer: what follows is judged by what is there then
        yield from every if _causes(store) == based_on else with_consequences(store, changes, metric_crs)

    holding = Holding(writer.effective)
    return store.commit(Draft(writer.author, writer.now, message, "edit", present(), None, settings, holding))


def _called(changes: list[Change]) -> list[str]:
    """Return what the first few features are called, as the history tells it."""
    features = (each.after or each.before for each in changes)
    return first_few((str(each.properties.get("name") or each.id) for each in features if each is not None), MOST_NAMED)


def _causes(store: Store) -> list[int]:
    touched = store.layer_revisions()
    return [touched[layer] for layer in CAUSES]
