"""A preview of an import as JSON: guesses with their reasons, the first rows, shapes, faults, what would happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from layers.catalogue import catalogue
from layers.formats.encodings import CANDIDATES
from layers.formats.table import RawTable
from layers.store.protocol import Changeset
from layers.text import Text
from layers.usecases.imports.content import is_map
from layers.usecases.imports.coordinates import crs_name
from layers.usecases.imports.matching import CONFIDENCE
from layers.usecases.imports.previewing import Preview
from layers.usecases.imports.ranking import LEDGER, OSM, layers_to_import
from layers.usecases.imports.tables import ImportReport, Prepared
from layers.usecases.imports.uploads import KEPT, Upload
from web.imports.ledger_json import of_ledger
from web.imports.osm_json import of_osm
from web.imports.rows import cell, choice, fault, fault_groups, faults_by_row, places_shown
from web.imports.shapes import collection, shown

FAULTS, NOTES = 200, 100


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
        "layers": _layers(found, language, is_map(upload)),
        "counts": found.counts,
        "labels": {layer: _label(layer, language) for layer in found.counts},
        "changes": found.changes,
        "notes": [note.say(language) for note in dict.fromkeys(found.notes)][:NOTES],
        "faults": [fault(each, language) for each in found.faults[:FAULTS]],
        "fault_count": len(found.faults),
        "fault_groups": fault_groups(found.faults, language),
        "blocking": [fault(each, language) for each in found.blocking[:FAULTS]],
        "can_commit": not found.blocking and (found.changes or bool(found.faults)),
    }
    if found.ledger is not None:
        return body | of_ledger(found, language)
    if found.osm is not None:
        return body | of_osm(found, language)
    if found.table is None:
        return body | {"encodings": list(CANDIDATES)}
    return body | _of_table(found, found.table, language)


def outcome(upload: Upload, report: ImportReport, language: str) -> dict[str, object]:
    """Return what an import did, beside its changeset."""
    left_out = len({(each.where.get("sheet"), each.where.get("row")) for each in report.faults})
    return _committed(upload, report.counts, left_out, report.notes, language)


def outcome_on_record(upload: Upload, changeset: Changeset, language: str) -> dict[str, object]:
    """Return what is known of an import that nobody could tell of any more: what its changeset says."""
    counts = {
        layer: {"new": made.get("create", 0), "changed": made.get("update", 0), "same": None, "missing": None}
        for layer, made in changeset.counts.items()
    }
    return _committed(upload, counts, None, [Text("imports.outcome-cut-off")], language)


def _committed(
    upload: Upload, counts: Mapping[str, Mapping], left_out: int | None, notes: list[Text], language: str
) -> dict[str, object]:
    return {
        "id": upload.id,
        "file": upload.label,
        "state": "committed",
        "layer": upload.choices.layer,
        "changeset": None,
        "counts": {layer: dict(each) for layer, each in counts.items()},
        "labels": {layer: _label(layer, language) for layer in counts},
        "left_out": left_out,
        "notes": [note.say(language) for note in dict.fromkeys(notes)][:NOTES],
    }


def _layers(found: Preview, language: str, mapped: bool) -> list[dict[str, object]]:
    """Return every layer that may be chosen: the guesses first, and those that nothing speaks for after them."""
    guessed = [
        {"id": each.layer, "label": _label(each.layer, language), "score": each.score,
         "reasons": [reason.say(language) for reason in each.reasons]}
        for each in found.guesses
    ]  # fmt: skip
    there = {each["id"] for each in guessed}
    rest = [{"id": each.id, "label": each.label.say(language), "score": 0.0, "reasons": []}
            for each in layers_to_import() if each.id not in there and not mapped]  # fmt: skip
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
        **(_columns(prepared, language) if found.layer is not None else {}),
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
        "named": None if table.crs is None else crs_name(table.crs),
        "used": findings.claimed,
        "used_name": None if findings.claimed is None else crs_name(findings.claimed),
        "suspected": findings.verdict if findings.verdict != findings.claimed else None,
        "compared": findings.count,
        "evidence": [each.say(language) for each in findings.texts],
        "candidates": candidates,
    }


def _columns(prepared: Prepared, language: str) -> dict[str, object]:
    return {"mapping": _mapping(prepared, language), "fields": _fields(prepared, language)}


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
    """Return the first rows and the first with faults, as they stand and as they are understood."""
    wrong = faults_by_row(found.faults, language)
    return [
        {
            "row": table.rows[place],
            "cells": [cell(column[place]) for column in table.columns.values()],
            "parsed": {
                name: choice(prepared.layer.id, name, value, language)
                for name, value in prepared.rows.parsed.get(place, {}).items()
            },
            "faults": wrong.get((None, table.rows[place]), []),
        }
        for place in places_shown([(None, row) in wrong for row in table.rows])
    ]


def _shapes(prepared: Prepared, undecided: bool) -> dict[str, object]:
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

    features, total = shown(placed.geometry, lambda place: {"row": rows.table.rows[place], "state": state(place)})
    counts = Counter(state(place) for place, shape in enumerate(placed.geometry) if shape is not None)
    return collection(features, total, counts.items())


def _label(layer: str, language: str) -> str:
    if layer in (LEDGER, OSM):
        return Text(f"imports.{layer}").say(language)
    return catalogue().layer(layer).label.say(language)
