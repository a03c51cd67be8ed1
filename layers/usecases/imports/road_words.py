"""What a file of roads says by its word for the class alone: `living_street` is slower than other streets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from layers.catalogue import Layer
from layers.model.feature import Value
from layers.model.osm.roads import HIGHWAYS, NEVER_DRIVEN, NOWHERE_TO_STOP
from layers.usecases.imports.matching import Match

USUAL = {kind.road_class: kind.speed_kmh for word, kind in HIGHWAYS.items() if word == kind.road_class}


def implied(layer: Layer, matches: Sequence[Match], columns: Mapping[str, list[Any]]) -> dict[int, dict[str, Value]]:
    """Return row position → speed and ramp, where OpenStreetMap's word for the class says more than the class does."""
    match = next((each for each in matches if layer.id == "roads" and each.field.name == "class"), None)
    found: dict[int, dict[str, Value]] = {}
    for position, raw in enumerate(columns[match.column] if match is not None else ()):
        word = raw.strip().lower() if isinstance(raw, str) else ""
        kind = HIGHWAYS.get(word)
        if kind is None or word == kind.road_class or word in NEVER_DRIVEN:
            continue
        said: dict[str, Value] = {"link": True} if word in NOWHERE_TO_STOP else {}
        if kind.car and kind.speed_kmh != USUAL.get(str(kind.road_class)):
            said["speed_kmh"] = float(kind.speed_kmh)
        if said:
            found[position] = said
    return found
