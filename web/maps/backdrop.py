"""What lies under the theme: communities, roads, and quiet outlines of the other layers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from layers.catalogue import catalogue
from layers.keeping import OfEach
from layers.store.protocol import Query
from web.maps.encode import shapes
from web.maps.theme import called, number, words

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.situation.day import Situation
    from layers.situation.derived import Derived
    from layers.store.protocol import Store
    from web.maps.question import Question

Bounds = tuple[float, float, float, float]

MAIN_ROADS = ("motorway", "trunk", "primary", "secondary")
MAIN_BARRIERS = ("water", "railway")
# Above this many lines only the main ones are drawn: the others would be a grey smear at that scale.
MOST_LINES = 8_000
# What is few comes with the page, even where the rest of what lies under the theme comes in tiles.
FEW = ("bundles",)
OBSTACLES = ("barriers", "gates")
MOST_PLACES = 4_000
MARGIN = 0.15


def extent(situation: Situation, question: Question, of_villages: bool = False) -> Bounds | None:
    """Return the bounds of what the page looks at, degrees; None where nothing has a geometry."""
    layers: tuple[gpd.GeoDataFrame, ...] = (
        situation.communities, situation.courtyards, situation.buildings, situation.grids,
    )  # fmt: skip
    if of_villages and not question.community:
        layers = (situation.communities[situation.communities["kind"] == "village"], *layers)
    elif question.community:
        chosen = situation.communities[situation.communities["code"] == question.community]
        inside = situation.buildings[situation.buildings["community"] == question.community]
        layers = (chosen, inside, *layers)
    elif len(situation.buildings):
        # Villages far outside would shrink the town to a dot; they stay a zoom away.
        communities = situation.communities
        built = communities["code"].isin(_built(situation.derived))
        layers = (communities[built & (communities["kind"] != "village")], communities[built], *layers)
    for frame in layers:
        bounds = frame.total_bounds if len(frame) else np.full(4, np.nan)
        if not np.isnan(bounds).any():
            west, south, east, north = (float(edge) for edge in bounds)
            return west, south, east, north
    return None


def _codes_of_built(derived: Derived) -> np.ndarray:
    """Return the codes of the communities in which buildings are in scope."""
    scoped = derived.columns["scoped"].to_numpy(dtype=bool)
    return pd.unique(derived.columns["community"].to_numpy(dtype=object)[scoped])


_built: OfEach[Derived, np.ndarray] = OfEach(_codes_of_built)


def backdrop(
    store: Store,
    situation: Situation,
    question: Question,
    layers: tuple[str, ...],
    within: Bounds | None,
    light: bool = False,
) -> dict[str, object]:
    """Return the layers under the theme, encoded for the page; of many features none where it is to be `light`."""
    found: dict[str, object] = {"communities": _areas(situation.communities)}
    if "bundles" in layers:
        found["bundles"] = _bundles(situation, within, question.language)
    if light:
        return found
    found["roads"] = roads(store, question, within)
    if "barriers" in layers:
        found["barriers"] = _lines(store, question, within, ("barriers", "kind"), MAIN_BARRIERS)
    if "gates" in layers:
        found["gates"] = _gates(store, question, within)
    if "managed-areas" in layers:
        found["managed-areas"] = _areas(_near(situation.managed_areas, within))
    if "courtyards" in layers:
        courtyards = _near(situation.courtyards, within)
        found["courtyards"] = _areas(courtyards) | {"open": [each == "open" for each in courtyards["enclosure"]]}
    if "buildings" in layers:
        buildings = situation.buildings
        if question.community:
            buildings = buildings[buildings["community"] == question.community]
        found["buildings"] = {"shapes": shapes(buildings.geometry)}
    return found


def obstacles(store: Store, question: Question) -> tuple[str, ...]:
    """Return which of the layers of walls and of gates have anything on record on the day."""
    return tuple(layer for layer in OBSTACLES if store.count(layer, Query(as_of=question.as_of)))


def roads(store: Store, question: Question, within: Bounds | None) -> dict[str, list[object]]:
    """Return the lines of each road class; only the main roads where there are very many."""
    return _lines(store, question, within, ("roads", "class"), MAIN_ROADS)


def _lines(
    store: Store, question: Question, within: Bounds | None, of: tuple[str, str], main: tuple[str, ...]
) -> dict[str, list[object]]:
    """Return value of a field → the lines of a layer, of areas their boundaries; the `main` ones of very many."""
    layer, by = of
    query = Query(as_of=question.as_of, bbox=_grown(within), columns=(by,))
    if store.count(layer, replace(query, columns=None)) <= MOST_LINES:
        frames = [store.read(layer, query)]
    else:
        frames = [store.read(layer, replace(query, equals={by: one})) for one in main]
    lines: dict[str, list[object]] = {}
    for frame in frames:
        drawn = frame.geometry.to_numpy().copy()
        areas = shapely.get_dimensions(drawn) == 2
        drawn[areas] = shapely.boundary(drawn[areas])
        for kind, shape in zip(frame[by].fillna("unknown"), shapes(drawn), strict=True):
            lines.setdefault(str(kind), []).extend(shape or ())
    return lines


def _gates(store: Store, question: Question, within: Bounds | None) -> dict[str, dict[str, object]]:
    """Return who of those on foot gets through → what that is called, and the places and names of such gates.

    One of which nothing is said is open to all.
    """
    query = Query(as_of=question.as_of, bbox=_grown(within), columns=("name", "access", "locked"))
    frame = store.read("gates", query)
    locked = frame["locked"].fillna(False).to_numpy(dtype=bool)
    through = frame["access"].fillna("public").mask(locked, "closed")
    whom = catalogue().layer("gates").field("access")
    drawn, named = shapes(frame.geometry), frame["name"].fillna("").tolist()
    there = np.array([shape is not None for shape in drawn], dtype=bool)
    return {
        who: {
            "label": words("gate-through", question.language, who=one.label if (one := whom.choice(who)) else who),
            "shapes": [drawn[row] for row in rows],
            "names": [named[row] for row in rows],
        }
        for who in map(str, dict.fromkeys(through))
        if len(rows := np.flatnonzero(there & (through == who).to_numpy()))
    }


def places(situation: Situation, every: bool = False) -> list[dict[str, object]]:
    """Return what the search box finds beside the theme's features: communities, then courtyards.

    Very many courtyards are left out of a page; `every` one is for who has them at hand.
    """
    found = _places("community", situation.communities)
    if every or len(situation.courtyards) <= MOST_PLACES:
        found += _places("courtyard", situation.courtyards)
    return found


def _places(kind: str, frame: gpd.GeoDataFrame) -> list[dict[str, object]]:
    boxes = frame.geometry.bounds.to_numpy(dtype=float).round(5).tolist() if len(frame) else []
    return [
        {"kind": kind, "id": id, "code": code, "name": name, "box": box}
        for id, code, name, box in zip(frame.index, frame["code"], called(frame), boxes, strict=True)
    ]


def _areas(frame: gpd.GeoDataFrame) -> dict[str, object]:
    return {"codes": list(frame["code"]), "names": called(frame), "shapes": shapes(frame.geometry)}


def has_bundles(situation: Situation) -> bool:
    """Say that scattered buildings were put together to be managed."""
    return bool((situation.managed_areas["kind"] == "bundle").any())


def _bundles(situation: Situation, within: Bounds | None, language: str) -> dict[str, object]:
    """Return the bundles, each named with its households, and whether it pays for itself where that was estimated."""
    areas = situation.managed_areas
    near = _near(areas[(areas["kind"] == "bundle").to_numpy(dtype=bool)], within)
    households = situation.buildings.drop_duplicates("code").set_index("code")["households"]
    said = []
    for name, codes, balance in zip(called(near), near["building_codes"], near["balance_yuan_month"], strict=True):
        mine = households.reindex(list(codes) if isinstance(codes, (list, tuple)) else [])
        silent = int(mine.isna().sum())
        if silent == len(mine):
            count = words("unknown-households", language)
        else:
            count = words("bundle-households", language, households=number(mine.sum(), language))
            count += words("bundle-silent", language, n=silent) if silent else ""
        pays = "" if pd.isna(balance) else words("bundle-pays" if balance >= 0 else "bundle-costs", language)
        said.append(words("bundle-label", language, name=name, households=count, pays=pays))
    return {"codes": list(near["code"]), "names": said, "shapes": shapes(near.geometry)}


def _near(frame: gpd.GeoDataFrame, within: Bounds | None) -> gpd.GeoDataFrame:
    box = _grown(within)
    return frame if box is None else frame.cx[box[0] : box[2], box[1] : box[3]]


def _grown(box: Bounds | None) -> Bounds | None:
    if box is None:
        return None
    wider, higher = MARGIN * (box[2] - box[0]), MARGIN * (box[3] - box[1])
    return box[0] - wider, box[1] - higher, box[2] + wider, box[3] + higher
