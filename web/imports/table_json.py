"""The preview of a table for one layer as JSON: columns, CRS, rows as they stand and as they are understood, shapes."""

from __future__ import annotations

from collections import Counter

from layers.formats.encodings import CANDIDATES
from layers.formats.table import RawTable
from layers.usecases.imports.coordinates import crs_name
from layers.usecases.imports.matching import CONFIDENCE
from layers.usecases.imports.previewing import Preview
from layers.usecases.imports.splitting import splittable
from layers.usecases.imports.tables import PreparedTable
from web.imports.rows import cell, choice, fault, faults_by_row, places_shown
from web.imports.shapes import collection, shown
from web.imports.table_questions import questions_of


def of_nothing(found: Preview, language: str) -> dict[str, object]:
    """Return what may be corrected of a file that could not be read."""
    return {"encodings": list(CANDIDATES)}


def of_table(found: Preview, language: str) -> dict[str, object]:
    """Return a table, and how it is understood where anything could be."""
    whole, prepared = found.table, found.prepared
    table = prepared.rows.table if isinstance(prepared, PreparedTable) and prepared.rows.split else whole
    if whole is None or table is None:
        return of_nothing(found, language)
    body: dict[str, object] = {
        "table": table.name,
        "row_count": len(table),
        "header_row": int(table.choices.get("header_row", 1)),
        "encoding": _encoding(table, language),
        "encodings": list(CANDIDATES),
        "columns": list(table.columns),
        "geometry": _geometry(table),
        "of_parts": splittable(whole),
    }
    if not isinstance(prepared, PreparedTable):
        return body
    return body | {
        "crs": _crs(table, prepared, language),
        **(_columns(prepared, language) if found.layer is not None else {}),
        "questions": questions_of(prepared.rows.words, table, language),
        "rows": _rows(found, table, prepared, language),
        "shapes": _shapes(prepared, undecided=bool(found.blocking)),
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


def _crs(table: RawTable, prepared: PreparedTable, language: str) -> dict[str, object] | None:
    if table.geometry is None or not prepared.layer.spatial:
        return None
    findings = prepared.rows.findings
    candidates = [
        {"reading": each.reading, "median_m": each.median_m, "reference": each.reference,
         "text": text if isinstance(text := each.text(), str) else text.say(language)}
        for each in findings.candidates
    ]  # fmt: skip
    return {
        "named": None if table.crs is None else crs_name(table.crs),
        "used": findings.claimed,
        "used_name": None if findings.claimed is None else crs_name(findings.claimed),
        "suspected": findings.verdict if findings.verdict != findings.claimed else None,
        "compared": findings.count,
        "evidence": [each.say(language) for each in findings.texts],
        "candidates": candidates,
    }


def _columns(prepared: PreparedTable, language: str) -> dict[str, object]:
    return {"mapping": _mapping(prepared, language), "fields": _fields(prepared, language)}


def _mapping(prepared: PreparedTable, language: str) -> dict[str, object]:
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


def _fields(prepared: PreparedTable, language: str) -> list[dict[str, object]]:
    return [
        {"name": each.name, "label": each.label.say(language), "unit": each.unit_in(language) or None,
         "required": each.required}
        for each in prepared.layer.own_fields()
    ]


def _rows(found: Preview, table: RawTable, prepared: PreparedTable, language: str) -> list[dict[str, object]]:
    """Return the first rows and the first with faults, as they stand and as they are understood."""
    wrong = faults_by_row(found.faults, language)
    return [
        {
            **table.place(table.rows[place]),
            "cells": [cell(column[place]) for column in table.columns.values()],
            "parsed": {
                name: choice(prepared.layer.id, name, value, language)
                for name, value in prepared.rows.parsed.get(place, {}).items()
            },
            "faults": wrong.get(table.key(table.rows[place]), []),
        }
        for place in places_shown([table.key(row) in wrong for row in table.rows])
    ]


def _shapes(prepared: PreparedTable, undecided: bool) -> dict[str, object]:
    """Return the first shapes as GeoJSON, each with its row and whether it is new, known, or at fault."""
    rows, placed = prepared.rows, prepared.rows.placed
    if placed is None:
        return collection([], 0)
    stored = prepared.pending.stored_codes(prepared.layer.id)

    def state(place: int) -> str:
        if undecided:
            return "open"
        entry = rows.entries.get(place)
        return "fault" if entry is None else "known" if entry["code"] in stored else "new"

    table = rows.table
    features, total = shown(placed.geometry, lambda place: {**table.place(table.rows[place]), "state": state(place)})
    counts = Counter(state(place) for place, shape in enumerate(placed.geometry) if shape is not None)
    return collection(features, total, counts.items())
