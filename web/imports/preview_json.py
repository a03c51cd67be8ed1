"""A preview of an import as JSON: guesses with their reasons, the first rows, shapes, faults, what would happen."""

from __future__ import annotations

from collections.abc import Mapping

from layers.catalogue import catalogue
from layers.store.protocol import Changeset
from layers.text import Text
from layers.usecases.imports.kinds import kinds_of
from layers.usecases.imports.previewing import Preview, label_of
from layers.usecases.imports.tables import ImportReport
from layers.usecases.imports.together import turn_of
from layers.usecases.imports.uploads import KEPT, Upload
from web.imports.ledger_json import of_ledger
from web.imports.osm_json import of_osm
from web.imports.rows import fault, fault_groups, rows_of
from web.imports.table_json import of_nothing, of_table

# Kind of import → how its preview is shown; others as the table that they are in.
SHOWN = {"table": of_table, "ledger": of_ledger, "osm": of_osm}
FAULTS, NOTES = 200, 100
LEFT_OUT = ("ledger.held-back", "imports.faults-left-out")


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
        "turn": None if found.layer is None else turn_of(found.layer),
        "layers": _layers(found, upload, language),
        "counts": found.counts,
        "labels": {layer: label_of(layer).say(language) for layer in found.counts},
        "changes": found.changes,
        "notes": [note.say(language) for note in dict.fromkeys(found.notes)][:NOTES],
        "faults": [fault(each, language) for each in found.faults[:FAULTS]],
        "fault_count": len(found.faults),
        "fault_groups": fault_groups(found.faults, language),
        "doubts": [{"kind": each.kind, "detail": each.text.say(language)} for each in found.doubts],
        "blocking": [fault(each, language) for each in found.blocking[:FAULTS]],
        "can_commit": not found.blocking and (found.changes or bool(found.faults)),
    }
    return body | (SHOWN.get(found.kind.id, of_table)(found, language) if found.kind else of_nothing(found, language))


def outcome(upload: Upload, report: ImportReport, language: str) -> dict[str, object]:
    """Return what an import did, beside its changeset."""
    return _committed(upload, report.counts, _left_out(report), report.notes, language)


def _left_out(report: ImportReport) -> int:
    """Return how many rows were left out, as the report counts them; else those with a fault."""
    for note in report.notes:
        if note.key in LEFT_OUT:
            return int(str(note.params["count"]))
    return len({(each.where.get("sheet"), row) for each in report.faults for row in rows_of(each) or (None,)})


def outcome_on_record(upload: Upload, changeset: Changeset, language: str) -> dict[str, object]:
    """Return what is known of an import that nobody could tell of any more: what its changeset says."""
    counts = {
        layer: {"new": made.get("create", 0), "changed": made.get("update", 0), "same": None, "missing": None}
        for layer, made in changeset.counts.items()
    }
    return _committed(upload, counts, None, [Text("imports.outcome-cut-off")], language)


def _committed(
    upload: Upload,
    counts: Mapping[str, Mapping[str, int | None]],
    left_out: int | None,
    notes: list[Text],
    language: str,
) -> dict[str, object]:
    return {
        "id": upload.id,
        "file": upload.label,
        "state": "committed",
        "layer": upload.choices.layer,
        "changeset": None,
        "counts": {layer: dict(each) for layer, each in counts.items()},
        "labels": {layer: label_of(layer).say(language) for layer in counts},
        "left_out": left_out,
        "notes": [note.say(language) for note in dict.fromkeys(notes)][:NOTES],
    }


def _layers(found: Preview, upload: Upload, language: str) -> list[dict[str, object]]:
    """Return every layer that may be chosen: the guesses first, and those that nothing speaks for after them."""
    guessed = [
        {"id": each.layer, "label": label_of(each.layer).say(language), "score": each.score,
         "reasons": [reason.say(language) for reason in each.reasons]}
        for each in found.guesses
    ]  # fmt: skip
    there = {each["id"] for each in guessed}
    rest = [
        {"id": each, "label": label_of(each).say(language), "score": 0.0, "reasons": []}
        for kind in kinds_of(upload)
        for each in kind.layers()
        if each not in there and each in catalogue()
    ]
    return guessed + rest
