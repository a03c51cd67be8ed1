"""The preview of OpenStreetMap data as JSON: what is inside, what would come in, and what not and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

import numpy as np

from layers.catalogue import catalogue
from layers.usecases.imports.osm import BESIDE, LAYERS, Passed, PreparedOsm, passed
from layers.usecases.imports.previewing import Preview
from web.imports.rows import ROWS, cell, choice
from web.imports.shapes import collection, shown
from web.imports.table_json import of_nothing

# A network with every other edge left out looks broken.
SHAPES = 6_000


def of_osm(found: Preview, language: str) -> dict[str, object]:
    """Return what a map holds, layer by layer, with its first rows and shapes."""
    osm = found.prepared
    if not isinstance(osm, PreparedOsm):
        return of_nothing(found, language)
    parts = [_part(osm, layer, language) for layer in LAYERS]
    whole = [_reason(each, language) for each in passed(osm.counts) if each.layer not in LAYERS]
    return {
        "row_count": sum(len(osm.tables[layer]) for layer in LAYERS),
        "parts": parts,
        "remarks": whole,
        "box": {"file": osm.counts.box, "around": osm.around},
        "shapes": _shapes(osm),
    }


def _part(osm: PreparedOsm, layer: str, language: str) -> dict[str, object]:
    table, declared = osm.tables[layer], catalogue().layer(layer)
    names = [name for name in table.columns if name not in BESIDE.get(layer, ())]
    told = [each for each in passed(osm.counts) if each.layer == layer]
    return {
        "layer": layer,
        "label": declared.label.say(language),
        "seen": osm.counts.of(layer, "seen"),
        "row_count": len(table),
        "left_out": [_reason(each, language) for each in told if not each.is_remark],
        "remarks": [_reason(each, language) for each in told if each.is_remark],
        "columns": [declared.field(name).label.say(language) for name in names],
        "rows": [
            {
                "row": table.rows[place],
                "sheet": layer,
                "cells": [_said(layer, name, table.columns[name][place], language) for name in names],
                "faults": [],
            }
            for place in range(min(ROWS, len(table)))
        ],
    }


def _said(layer: str, name: str, value: object, language: str) -> object:
    return cell(value) if name == "code" else choice(layer, name, value, language)


def _reason(each: Passed, language: str) -> dict[str, object]:
    return {"text": each.text().say(language), "count": each.count, "which": each.which}


def _told(layer: str, rows: Sequence[int], state: Sequence[str], at: int) -> dict[str, object]:
    return {"row": rows[at], "sheet": layer, "state": state[at], "layer": layer}


def _shapes(osm: PreparedOsm) -> dict[str, object]:
    features: list[dict[str, object]] = []
    total, states = 0, Counter[str]()
    for layer in LAYERS:
        table = osm.tables[layer]
        if not len(table):
            continue
        stored = osm.pending.stored_codes(layer)
        codes = table.columns["code"]
        state = ["known" if code in stored else "new" for code in codes]
        places, count = shown(
            np.asarray(table.geometry, dtype=object), partial(_told, layer, table.rows, state), SHAPES
        )
        features += places
        total += count
        states.update(state)
    return collection(features, total, states.items())
