"""What a file of roads says in the words of those who make such files.

By its word for the class alone: `living_street` is slower than other streets, a `busway` for buses alone. By the
letters of its one-ways, and by a speed of 0 for one that nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from layers.catalogue import Layer
from layers.formats.table import RawTable
from layers.model.feature import Value
from layers.model.osm.roads import HIGHWAYS, NEVER_DRIVEN, NOWHERE_TO_STOP
from layers.text import Text
from layers.usecases.imports.matching import Match

SENSES = {"B": "no", "F": "forward", "T": "backward", "FT": "forward", "TF": "backward"}
"""Both, from the first end, to the first end. A file that has no both may mean true and false by T and F."""
USUAL = {kind.road_class: kind.speed_kmh for word, kind in HIGHWAYS.items() if word == kind.road_class}


def implied(layer: Layer, matches: Sequence[Match], columns: Mapping[str, list[Any]]) -> dict[int, dict[str, Value]]:
    """Return row position → what OpenStreetMap's word for the class says more than it: speed, ramp, buses alone."""
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
        if not kind.foot and not kind.car:  # for buses alone
            said |= {"walkable": False, "drivable": False}
        if said:
            found[position] = said
    return found


def with_plain_words(layer: Layer, matches: Sequence[Match], table: RawTable) -> tuple[RawTable, list[Text]]:
    """Return a table of roads in which such letters are words and a speed of 0 is none, and what was read so."""
    if layer.id != "roads":
        return table, []
    column_of = {each.field.name: each.column for each in matches}
    columns, notes = dict(table.columns), []
    speeds = columns.get(column_of.get("speed_kmh", ""), [])
    silent = [isinstance(each, (int, float, str)) and not isinstance(each, bool) and _is_zero(each) for each in speeds]
    if any(silent):
        columns[column_of["speed_kmh"]] = [None if zero else each for each, zero in zip(speeds, silent, strict=True)]
        notes.append(Text("imports.road-speed-zero", count=sum(silent)))
    senses = columns.get(column_of.get("oneway", ""), [])
    letters = {each.strip() if isinstance(each, str) else each for each in senses} - {None, ""}
    if "B" in letters and letters <= SENSES.keys():
        columns[column_of["oneway"]] = [SENSES.get(each.strip()) if isinstance(each, str) else None for each in senses]
        notes.append(Text("imports.road-senses", letters=sorted(map(str, letters))))
    return (replace(table, columns=columns) if notes else table), notes


def _is_zero(value: float | str) -> bool:
    return value.strip() in ("0", "0.0") if isinstance(value, str) else value == 0
