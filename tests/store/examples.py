"""A few features to write, and short words for writing them."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Iterable

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from layers.model.feature import Change, Feature
from layers.store.protocol import Changeset, Draft, Store

NOON = dt.datetime(2025, 2, 6, 12, 0, tzinfo=dt.UTC)
HOUSE = shapely.box(120.0, 36.0, 120.001, 36.001)


def building(id: str, geometry: BaseGeometry | None = HOUSE, **properties: object) -> Feature:
    """A building whose code is its id."""
    return Feature(id, geometry, {"code": id, **properties})


def house_at(east: float, north: float) -> BaseGeometry:
    """A footprint of about ten metres with its south-west corner here."""
    return shapely.box(east, north, east + 0.0001, north + 0.0001)


def draft(changes: Iterable[Change], **more: object) -> Draft:
    """A draft by a planner at noon."""
    return Draft(**{"author": "王工", "time": NOON, "message": "", "kind": "edit", "changes": changes, **more})


def create(store: Store, *features: Feature, layer: str = "buildings", **more: object) -> Changeset:
    """Commit new features."""
    return store.commit(draft([Change(layer, each.id, None, each) for each in features], **more))


def edit(store: Store, id: str, layer: str = "buildings", **properties: object) -> Changeset:
    """Commit new values of one feature, based on what the store holds."""
    return store.commit(draft([change_of(store, id, layer, **properties)]))


def change_of(store: Store, id: str, layer: str = "buildings", **properties: object) -> Change:
    """The change that gives one feature new values."""
    before = store.get(layer, id)
    after = Feature(id, properties.pop("geometry", before.geometry), {**before.properties, **properties})
    return Change(layer, id, before, after)


def delete(store: Store, *ids: str, layer: str = "buildings", **more: object) -> Changeset:
    """Commit deletions."""
    return store.commit(draft([Change(layer, id, store.get(layer, id), None) for id in ids], **more))


def revert(store: Store, revision: int) -> Changeset:
    """Commit the inverse of a changeset, based on what the store holds now."""
    undone = []
    for change in store.changes(revision):
        inverse = change.inverse()
        undone.append(Change(inverse.layer, inverse.id, store.get(inverse.layer, inverse.id), inverse.after))
    return store.commit(draft(undone, kind="revert", reverts=revision))


def in_gdal(path: str, statement: str) -> None:
    """Write with GDAL in a process of its own, as QGIS does: in ours it would take our locks for its own."""
    subprocess.run(["ogrinfo", path, "-sql", statement], capture_output=True, check=True)


needs_gdal = pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="needs ogrinfo")
