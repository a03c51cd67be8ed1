"""The invented demo district: how it comes into a workspace, and how it makes way for real records."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from layers.catalogue import Layer, catalogue
from layers.model.feature import Change, Feature, Value
from layers.store.protocol import Changeset, Draft, Query, Store
from layers.usecases.edits.measuring import METRIC, metric_crs_of
from layers.usecases.edits.pending import Pending

SOURCE = "gridmap demo"


def load_demo(store: Store, folder: Path, now: dt.datetime) -> Changeset:
    """Write the demo district into an empty workspace, as one changeset; every feature says that it is invented."""
    features = {layer.id: list(_read(layer, folder)) for layer in catalogue()}
    settings = {METRIC: metric_crs_of([each.geometry for each in features["communities"]])}
    changes = (Change(layer, each.id, None, each) for layer, found in features.items() for each in found)
    return store.commit(Draft("gridmap", now, "示例区 / demo district", "demo", changes, settings=settings))


def has_demo(store: Store) -> bool:
    """Say whether the demo district is in the workspace."""
    return store.count("districts", Query(equals={"source": SOURCE})) > 0


def make_way(store: Store, pending: Pending, layers: list[str]) -> bool:
    """Take the demo district out when records of another place come in, so that no figure mixes the two.

    Records that carry the demo's codes, or lie inside its bounds, belong to the demo: a user is trying things out.
    The removal is part of the same changeset as the import, and is reverted with it.
    """
    if not has_demo(store) or _belongs(pending, layers):
        return False
    for layer in catalogue():
        touched = pending.touched(layer.id)
        for code, feature in list(pending.layer(layer.id).items()):
            if feature.properties.get("source") == SOURCE and code not in touched:
                pending.remove(layer.id, code)
    return True


def _belongs(pending: Pending, layers: list[str]) -> bool:
    districts = [each for each in pending.layer("districts").values() if each.properties.get("source") == SOURCE]
    prefixes = tuple(str(each.properties["code"]) for each in districts)
    coming = [pending.layer(layer)[code] for layer in layers for code in pending.touched(layer)]
    if any(str(each.properties["code"]).startswith(prefixes) for each in coming):
        return True
    shapes = np.array([each.geometry for each in coming if each.geometry is not None], dtype=object)
    if not len(shapes):
        return False
    place = shapely.total_bounds(np.array([each.geometry for each in districts], dtype=object))
    return bool(shapely.box(*place).intersects(shapely.box(*shapely.total_bounds(shapes))))


def _read(layer: Layer, folder: Path) -> Iterator[Feature]:
    path = folder / f"{layer.id}.geojson"
    if not path.exists():
        return
    for each in json.loads(path.read_text("utf-8"))["features"]:
        shape = None if each["geometry"] is None else shapely.geometry.shape(each["geometry"])
        properties = {
            name: _typed(layer, name, value) for name, value in each["properties"].items() if value is not None
        }
        yield Feature(str(properties["code"]), shape, {**properties, "source": SOURCE})


def _typed(layer: Layer, name: str, value: Any) -> Value:  # as JSON has it
    kind = layer.field(name).type
    if kind == "date":
        return dt.date.fromisoformat(str(value))
    return tuple(value) if kind == "list" else value
