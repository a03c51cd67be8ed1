"""What the search box finds, in every layer: names, codes, pinyin; and what is told of a record that no map shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from layers.catalogue import catalogue
from layers.errors import Fault, NotFound
from layers.finding import SOUGHT, ids_of, search
from layers.model.values import known_count
from layers.situation.day import situation
from layers.store.protocol import Query
from layers.text import Text
from web.features.publicity import fields_of
from web.maps.theme import called, from_field, number, words

if TYPE_CHECKING:
    from layers.finding import Hit
    from layers.store.protocol import Store
    from web.maps.question import Question

MOST = 12
KINDS = {"communities": "community", "courtyards": "courtyard"}
SHOWN_SHAPES = 2_000
STEPS = 6  # digits of a degree: less than a pixel


def find(store: Store, question: Question, text: str) -> dict[str, list[dict[str, object]]]:
    """Return what a text finds, the best first, and how many records of each layer it finds.

    Places that are called so (by name, code or pinyin) come first, then those that begin so, then those that have it
    within; every layer that has something is among them.
    """
    if not text.strip():
        return {"found": []}
    hits, tallies = search(store, text, question.as_of, MOST)
    counts = [{"layer": each.layer, "count": each.count, "more": each.more} for each in tallies]
    return {"found": [_told(store, question, each) for each in hits], "counts": counts}


def _told(store: Store, question: Question, hit: Hit) -> dict[str, object]:
    kind = KINDS.get(hit.layer, "feature")
    box = None
    if catalogue().layer(hit.layer).spatial:
        box = _box(_shapes(store, question, hit))
    return {"kind": kind, "layer": hit.layer, "id": hit.id, "code": hit.code, "name": hit.name, "box": box}


def record(store: Store, question: Question, layer: str, id: str) -> dict[str, object]:
    """Tell of one record: what it is called, its fields in words, and its shapes as GeoJSON.

    Of a manager also what it manages on the day: its areas, and how many buildings and households are in them.

    Raises
    ------
    NotFound
        There is no such record on that day, or nothing of this layer is looked for.
    """
    frame = _frame(store, question, layer, id) if layer in SOUGHT else None
    if frame is None or frame.empty:
        raise NotFound(Fault(Text("tiled.no-such-feature"), {"value": id[:80]}))
    declared, language = catalogue().layer(layer), question.language
    one = frame.iloc[:1]
    facts = [
        {"label": column.label, "value": value, "kind": column.kind, "unit": column.unit}
        for column in (from_field(one, layer, field.name, language) for field in fields_of(declared)
                       if field.name in one.columns and not field.system)
        if (value := _plain(column.values[0])) is not None
    ]  # fmt: skip
    shapes = frame.geometry.to_numpy() if declared.spatial else np.empty(0, dtype=object)
    if len(frame) > 1:
        facts = [each for each in facts if each["label"] == declared.field("name").label.say(language)]
        facts.append({"label": words("found-pieces", language), "value": len(frame), "kind": "number", "unit": ""})
    if layer == "managers":
        managed, shapes = _managed(store, question, str(one["code"].iloc[0]))
        facts += managed
    return {
        "layer": layer,
        "kind": declared.one.say(language),
        "name": called(one)[0],
        "facts": facts,
        "box": _box(shapes),
        "shapes": _collection(shapes),
    }


def _households(given: pd.Series, language: str) -> int | str:
    """Return how many households there are, and in words where some or all buildings do not say."""
    found, silent = known_count(given), int(given.isna().sum())
    if found is None:
        return words("unknown-households", language)
    return f"{number(found, language)}{words('bundle-silent', language, n=silent)}" if silent else found


def _managed(store: Store, question: Question, manager: str) -> tuple[list[dict[str, object]], np.ndarray]:
    now, language = situation(store, question.as_of, question.basis), question.language
    in_force = now.arrangements[now.evaluated["effective"].to_numpy(dtype=bool)]
    own = in_force[(in_force["manager"] == manager).to_numpy(dtype=bool)]
    areas = now.managed_areas[now.managed_areas["code"].isin(own["managed_area"]).to_numpy(dtype=bool)]
    buildings = now.buildings[now.buildings["managed_area"].isin(areas["code"]).to_numpy(dtype=bool)]
    buildings = buildings[buildings["arrangement"].isin(own["code"]).to_numpy(dtype=bool)]
    figures = {
        "found-areas": "、".join(called(areas)) or None,
        "found-buildings": len(buildings),
        "found-households": _households(buildings["households"], language),
    }
    told: list[dict[str, object]] = [
        {
            "label": words(key, language),
            "value": value,
            "kind": "number" if isinstance(value, int) else "text",
            "unit": "",
        }
        for key, value in figures.items()
        if value is not None
    ]
    shapes = [shape for shape in areas.geometry if shape is not None and not shape.is_empty]
    # An area that was listed and never drawn is where its buildings are.
    return told, np.array(shapes or list(buildings.geometry), dtype=object)


def _frame(store: Store, question: Question, layer: str, id: str) -> pd.DataFrame:
    return store.read(layer, Query(as_of=question.as_of, ids=tuple(ids_of(store, layer, id, question.as_of))))


def _shapes(store: Store, question: Question, hit: Hit) -> list[shapely.Geometry | None]:
    """Return the shapes of a hit, without making a frame of them: a keystroke asks for a dozen."""
    ids = ids_of(store, hit.layer, hit.id, question.as_of)
    if len(ids) > 1:
        return list(_frame(store, question, hit.layer, hit.id).geometry)
    return [each.geometry for each in (store.get(hit.layer, id) for id in ids) if each is not None]


def _box(shapes: Iterable[shapely.Geometry | None]) -> list[float] | None:
    there = [each for each in shapes if each is not None and not each.is_empty]
    return np.round(shapely.total_bounds(there), STEPS).tolist() if there else None


def _collection(shapes: np.ndarray) -> dict[str, object]:
    there = [each for each in shapes if each is not None and not each.is_empty][:SHOWN_SHAPES]
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(each)} for each in there
        ],
    }


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return "、".join(map(str, value)) or None
    if value is None or value is pd.NaT or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if isinstance(value, np.generic) else value
