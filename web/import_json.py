"""A preview of an import as JSON: guesses with their reasons, the first rows, shapes, faults, what would happen."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec
import numpy as np
import shapely

from geo.validity import round_coordinates
from layers.catalogue import catalogue
from layers.errors import Fault
from layers.formats.encodings import CANDIDATES
from layers.formats.table import RawTable
from layers.model.feature import Value
from layers.text import Text
from layers.usecases.importing import ImportReport, Prepared
from layers.usecases.matching import CONFIDENCE
from layers.usecases.previewing import Preview
from layers.usecases.ranking import LEDGER, layers_to_import
from layers.usecases.uploads import KEPT, Upload

ROWS, FAULTS, SHAPES, VERTICES, NOTES = 50, 200, 2_000, 200_000, 100
LONGEST_CELL = 200
DIGITS = 7


def whole(upload: Upload, found: Preview, language: str) -> dict[str, object]:
    """Return everything that the wizard shows of an upload."""
    body: dict[str, object] = {
        "id": upload.id,
        "file": upload.label,
        "state": "preview",
        "kind": upload.main.rpartition(".")[2],
        "expires": upload.created + KEPT,
        "revision": found.revision,
        "choices": upload.choices,
        "sheets": [{"name": name, "rows": rows} for name, rows in upload.inside],
        "layer": found.layer,
        "layers": _layers(found, language),
        "counts": found.counts,
        "changes": found.changes,
        "notes": [note.say(language) for note in dict.fromkeys(found.notes)][:NOTES],
        "faults": [fault(each, language) for each in found.faults[:FAULTS]],
        "fault_count": len(found.faults),
        "blocking": [fault(each, language) for each in found.blocking[:FAULTS]],
        "can_commit": not found.blocking and (found.changes or bool(found.faults)),
    }
    if found.ledger is not None:
        return body | _of_ledger(found, language)
    if found.table is None:
        return body | {"encodings": list(CANDIDATES)}
    return body | _of_table(found, found.table, language)


def outcome(upload: Upload, report: ImportReport, changeset: dict | None, language: str) -> dict[str, object]:
    """Return what an import did."""
    return {
        "id": upload.id,
        "file": upload.label,
        "state": "committed",
        "layer": upload.choices.layer,
        "changeset": changeset,
        "counts": {layer: dict(counts) for layer, counts in report.counts.items()},
        "left_out": len({(each.where.get("sheet"), each.where.get("row")) for each in report.faults}),
        "notes": [note.say(language) for note in dict.fromkeys(report.notes)][:NOTES],
    }


def fault(each: Fault, language: str) -> dict[str, object]:
    """Return a fault: where, which value, what is wrong and what to do."""
    where = {name: _cell(value) for name, value in each.where.items()}
    return {**where, "detail": each.text.say(language)}


def _layers(found: Preview, language: str) -> list[dict[str, object]]:
    """Return every layer that may be chosen: the guesses first, and those that nothing speaks for after them."""
    guessed = [
        {"id": each.layer, "label": _label(each.layer, language), "score": each.score,
         "reasons": [reason.say(language) for reason in each.reasons]}
        for each in found.guesses
    ]  # fmt: skip
    there = {each["id"] for each in guessed}
    rest = [{"id": each.id, "label": each.label.say(language), "score": 0.0, "reasons": []}
            for each in layers_to_import() if each.id not in there]  # fmt: skip
    return guessed + rest


def _of_table(found: Preview, table: RawTable, language: str) -> dict[str, object]:
    body: dict[str, object] = {
        "table": table.name,
        "row_count": len(table),
        "header_row": int(table.choices.get("header_row", 1)),
        "encoding": _encoding(table, language),
        "encodings": list(CANDIDATES),
        "columns": list(table.columns),
        "geometry": _geometry(table),
    }
    prepared = found.prepared
    if prepared is None:
        return body
    return body | {
        "crs": _crs(table, prepared, language),
        "mapping": _mapping(prepared, language),
        "fields": _fields(prepared, language),
        "rows": _rows(found, table, prepared, language),
        "shapes": _shapes(prepared),
    }


def _encoding(table: RawTable, language: str) -> dict[str, object] | None:
    used = table.choices.get("encoding")
    if used is None:
        return None
    notes = [each.say(language) for each in table.notes if each.key.startswith("formats.encoding")]
    return {"used": used, "source": table.choices.get("encoding_source"), "evidence": notes}


def _geometry(table: RawTable) -> dict[str, object] | None:
    if table.geometry is None:
        return None
    kinds = Counter(shape.geom_type for shape in table.geometry if shape is not None)
    return {"types": dict(kinds), "missing": len(table) - sum(kinds.values())}


def _crs(table: RawTable, prepared: Prepared, language: str) -> dict[str, object] | None:
    if table.geometry is None or not prepared.layer.spatial:
        return None
    findings = prepared.rows.findings
    candidates = [
        {"reading": each.reading, "median_m": each.median_m, "reference": each.reference,
         "text": each.text() if isinstance(each.text(), str) else each.text().say(language)}
        for each in findings.candidates
    ]  # fmt: skip
    return {
        "named": None if table.crs is None else str(table.crs)[:LONGEST_CELL],
        "used": findings.claimed,
        "suspected": findings.verdict if findings.verdict != findings.claimed else None,
        "compared": findings.count,
        "evidence": [each.say(language) for each in findings.texts],
        "candidates": candidates,
    }


def _mapping(prepared: Prepared, language: str) -> dict[str, object]:
    found = prepared.rows.matching
    return {
        "matched": [
            {"field": each.field.name, "label": each.field.label.say(language), "column": each.column,
             "confidence": CONFIDENCE[each.source], "source": each.source}
            for each in found.matches
        ],
        "unused_columns": found.unused,
        "left_out": found.left_out,
        "rivals": [fault(each, language) for each in found.rivals],
    }  # fmt: skip


def _fields(prepared: Prepared, language: str) -> list[dict[str, object]]:
    return [
        {"name": each.name, "label": each.label.say(language), "unit": each.unit, "required": each.required}
        for each in prepared.layer.own_fields()
    ]


def _rows(found: Preview, table: RawTable, prepared: Prepared, language: str) -> list[dict[str, object]]:
    """Return the first rows, as they stand and as they are understood, each with its faults."""
    wrong: dict[object, list[dict]] = defaultdict(list)
    for each in found.faults:
        if len(wrong[each.where.get("row")]) < ROWS:
            wrong[each.where.get("row")].append({"column": each.where.get("column"), "detail": each.text.say(language)})
    return [
        {
            "row": table.rows[place],
            "cells": [_cell(column[place]) for column in table.columns.values()],
            "parsed": {
                name: _said(prepared, name, value, language)
                for name, value in prepared.rows.parsed.get(place, {}).items()
            },
            "faults": wrong.get(table.rows[place], []),
        }
        for place in range(min(ROWS, len(table)))
    ]


def _shapes(prepared: Prepared) -> dict[str, object]:
    """Return the first shapes as GeoJSON, each with its row and whether it is new, known, or at fault."""
    rows, placed = prepared.rows, prepared.rows.placed
    none = {"type": "FeatureCollection", "features": [], "total": 0}
    if placed is None:
        return none
    there = np.flatnonzero(shapely.get_num_geometries(placed.geometry) > 0)
    inside = (np.abs(shapely.bounds(placed.geometry[there])) <= (180, 90, 180, 90)).all(axis=1)
    there = there[inside]
    vertices = np.cumsum(shapely.get_num_coordinates(placed.geometry[there]))
    shown = there[: max(1, int(np.searchsorted(vertices, VERTICES)))][:SHAPES]
    texts = shapely.to_geojson(round_coordinates(placed.geometry[shown], DIGITS))
    stored = prepared.pending.stored_codes(prepared.layer.id)
    features = []
    for place, text in zip(shown.tolist(), texts, strict=True):
        entry = rows.entries.get(place)
        state = "fault" if entry is None else "known" if entry["code"] in stored else "new"
        properties = {"row": rows.table.rows[place], "state": state}
        features.append({"type": "Feature", "geometry": msgspec.Raw(text.encode()), "properties": properties})
    return {"type": "FeatureCollection", "features": features, "total": len(there)}


def _of_ledger(found: Preview, language: str) -> dict[str, object]:
    """Return a ledger: what each heading was taken for, and the courtyards that were found."""
    ledger = found.ledger
    names = ("community", "code", "name", "households", "manager", "mode", "stage", "start_date", "end_date")
    wrong: dict[tuple, list[dict]] = defaultdict(list)
    for each in found.faults:
        place = (each.where.get("sheet"), each.where.get("row"))
        wrong[place].append({"column": each.where.get("column"), "detail": each.text.say(language)})
    rows = [
        {
            "row": entry.row,
            "sheet": entry.sheet,
            "cells": [_cell(value) for value in (
                entry.community, entry.code, entry.name, entry.households, entry.manager.get("name"),
                *(_choice("arrangements", name, entry.arrangement.get(name), language) for name in names[5:]))],
            "faults": wrong.get((entry.sheet, entry.row), []),
        }
        for entry in ledger.entries[:ROWS]
    ]  # fmt: skip
    headings = [{"column": column, "meaning": meaning} for column, meaning in ledger.columns.items()]
    return {
        "table": ledger.title,
        "row_count": len(ledger.entries),
        "columns": [Text(f"imports.ledger-{name.replace('_', '-')}").say(language) for name in names],
        "headings": headings,
        "rows": rows,
    }


def _label(layer: str, language: str) -> str:
    if layer == LEDGER:
        return Text("imports.ledger").say(language)
    return catalogue().layer(layer).label.say(language)


def _said(prepared: Prepared, name: str, value: Value, language: str) -> object:
    return _choice(prepared.layer.id, name, value, language)


def _choice(layer: str, name: str, value: Value, language: str) -> object:
    """Return a value as a reader sees it: enumerations by their labels."""
    choice = catalogue().layer(layer).field(name).choice(value) if isinstance(value, str) else None
    return _cell(value) if choice is None else choice.label.say(language)


def _cell(value: object) -> object:
    """Return a value of a cell, long text cut."""
    if value is None or isinstance(value, bool | int | float):
        return value if not isinstance(value, float) or np.isfinite(value) else None
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = "、".join(map(str, value))
    text = str(value)
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"
