"""Plans as JSON: grids and cells as GeoJSON with their figures, findings, steps, suggestions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TypedDict

import msgspec
import numpy as np
import shapely
from flask import request

from geo.partition import Note
from geo.shapes import MANY, geometry_texts
from layers.model.feature import Feature, Value, codes_of, text_of
from layers.text import Text
from layers.usecases.plans.checking import Finding, findings
from layers.usecases.plans.coach import suggestions
from layers.usecases.plans.comparing import Comparison
from layers.usecases.plans.drifting import Drift
from layers.usecases.plans.editing import Outcome
from layers.usecases.plans.figures import Band, cell_figures, figures, summary, unassigned
from layers.usecases.plans.lifecycle import shown_state
from layers.usecases.plans.looking import History
from layers.usecases.plans.state import Entry, PlanState
from layers.usecases.plans.turns import Since

RECORD = ("name", "kind", "workers_full", "workers_part", "party_org", "remark")


class Head(TypedDict):
    """What a list of plans says of one."""

    id: str
    name: Value
    community: str | None
    grid_system: str | None
    state: str
    revision: int
    base_revision: Value
    base_date: Value
    valid_from: Value
    valid_to: Value
    needs_repair: bool
    op: Value
    href: str


def head(plan: Feature, today: dt.date) -> Head:
    """Return what a list of plans says of one."""
    given = plan.properties
    return {
        "id": plan.id,
        "name": given.get("name"),
        "community": text_of(given, "community_code"),
        "grid_system": text_of(given, "grid_system"),
        "state": shown_state(plan, today),
        "revision": plan.version,
        "base_revision": given.get("base_revision"),
        "base_date": given.get("base_date"),
        "valid_from": given.get("valid_from"),
        "valid_to": given.get("valid_to"),
        "needs_repair": bool(given.get("needs_repair")),
        "op": given.get("op"),
        "href": f"{request.script_root}/api/plans/{plan.id}",
    }


def whole(state: PlanState, band: Band, today: dt.date, language: str, cells: bool = True) -> dict[str, object]:
    """Return a plan with its grids, its cells and everything that is wrong with it."""
    first, last = state.journal[0], state.journal[-1]
    return {
        **head(state.plan, today),
        "author": first.author,
        "opened": first.time,
        "changed": last.time,
        "changed_by": last.author,
        "band": list(band),
        "grids": grids(state, state.grids, band),
        **({"cells": cells_of(state, state.cells)} if cells else {}),
        "defects": defects(findings(state), language),
        "unassigned": unassigned(state),
        "summary": summary(state, band),
        "suggestions": coach(state, None, band, language),
    }


def sources(found: Drift, language: str) -> dict[str, object]:
    """Return what a plan's cells were made of, and what has changed since."""
    texts = found.texts or [Text("refresh.current")]
    return {
        "revision": found.revision,
        "date": found.date,
        "changed": bool(found),
        "buildings": {name: len(getattr(found, name)) for name in ("added", "moved", "removed")},
        "barriers": len(found.barriers),
        "boundary": found.boundary,
        "text": "; ".join(each.say(language) for each in texts),
    }


def outcome(done: Outcome, band: Band, today: dt.date, language: str) -> dict[str, object]:
    """Return what an edit did."""
    state = done.state
    return {
        "plan": state.id,
        "revision": state.revision,
        "changeset": done.changeset,
        "op": done.op,
        "state": shown_state(state.plan, today),
        "needs_repair": bool(state.get("needs_repair")),
        "grids": grids(state, done.grids, band),
        "removed_grids": done.removed_grids,
        "cells": cells_of(state, done.cells),
        "removed_cells": done.removed_cells,
        "moved": _moved(done.moved),
        "unassigned": unassigned(state),
        "summary": summary(state, band),
        "suggestions": coach(state, done.grids, band, language),
        "notes": _notes(state, done.notes, language),
        "report": [each.say(language) for each in done.report],
        "unclear": [{**each._asdict(), "share": round(each.share, 3)} for each in done.unclear],
        "replayed": done.replayed,
    }


def grids(state: PlanState, keys: Iterable[str], band: Band) -> dict[str, object]:
    """Return grids of a plan as GeoJSON with their figures."""
    keys = list(keys)
    counted = figures(state, keys, band)
    records: list[dict[str, object]] = []
    for key in keys:
        given = state.grids[key].properties
        records.append(
            {
                "id": key,
                "code": given.get("grid_code"),
                **{name: given.get(name) for name in RECORD},
                "households_entered": given.get("households"),
                "population_entered": given.get("population"),
                "predecessors": list(codes_of(given, "predecessors")),
                "new": key.startswith("g"),
                "figures": {**asdict(counted[key]), "in_band": counted[key].in_band},
            }
        )
    return _collection(keys, [state.grids[key].geometry for key in keys], records)


def cells_of(state: PlanState, keys: Iterable[str]) -> dict[str, object]:
    """Return cells of a plan as GeoJSON with what their buildings count."""
    keys = list(keys)
    records: list[dict[str, object]] = []
    for key in keys:
        given = state.cells[key].properties
        codes = list(codes_of(given, "buildings"))
        record = {"id": key, "grid": given.get("grid"), "block": given.get("block"), "buildings": codes}
        records.append({**record, **cell_figures(state, codes)})
    return _collection(keys, [state.cells[key].geometry for key in keys], records)


def defects(found: Sequence[Finding], language: str) -> dict[str, object]:
    """Return defects as GeoJSON."""
    records: list[dict[str, object]] = [
        {
            "kind": each.kind,
            "severity": each.severity,
            "grids": list(each.grids),
            "cells": list(each.cells),
            "building": each.building,
            "measure": round(each.measure, 3),
            "detail": each.detail or None,
            "text": each.text.say(language),
        }
        for each in found
    ]
    return _collection([f"d{at}" for at in range(len(found))], [each.place for each in found], records)


def coach(state: PlanState, keys: Iterable[str] | None, band: Band, language: str) -> list[dict[str, object]]:
    """Return the suggestions of the repair coach, each with the edit that does it."""
    return [
        {
            "kind": each.kind,
            "text": each.text.say(language),
            "grids": list(each.grids),
            "cells": list(each.cells),
            "at": list(each.at),
            "edit": each.edit,
        }
        for each in suggestions(state, keys, band)
    ]


def history(found: History) -> dict[str, object]:
    """Return the steps of a plan."""
    steps = [
        {
            **_step(each.entry),
            "state": each.entry.state,
            "grids": each.grids,
            "moved": _moved(each.moved),
            "reverts": each.entry.reverts,
            "reverted_by": each.undone_by,
        }
        for each in found.steps
    ]
    return {"history": steps, "undo": found.undo, "redo": found.redo, "more": found.more}


def since(steps: Sequence[Since]) -> list[dict[str, object]]:
    """Return what happened to a plan since the revision that an edit was based on."""
    return [{**_step(each.entry), "grids": each.grids, "same_cells": each.same_cells} for each in steps]


def comparison(found: Comparison, state: PlanState, band: Band) -> dict[str, object]:
    """Return what differs, as rows and on the map."""
    codes = [str(each["building"]) for each in found.moved]
    return {
        "rows": found.rows,
        "moved": found.moved,
        "summary": found.summary,
        "buildings": _collection(codes, found.places, found.moved),
        "grids": grids(state, state.grids, band),
    }


def places(shapes: Sequence[shapely.Geometry | None], records: list[dict[str, object]]) -> dict[str, object]:
    """Return places with what is to be said of them as GeoJSON."""
    return _collection([f"d{at}" for at in range(len(records))], shapes, records)


def _step(entry: Entry) -> dict[str, object]:
    return {
        "revision": entry.revision,
        "changeset": entry.changeset,
        "author": entry.author,
        "time": entry.time,
        "op": entry.op,
    }


SUMMED_UP = ("whole", "sliver")


def _notes(state: PlanState, notes: Iterable[Note], language: str) -> list[dict[str, object]]:
    """Say what an edit did besides what was asked; a grid that is gone needs no word that it is empty.

    Of what a line does to many buildings or strips, one note says of how many, and how much ground they are.
    """
    given = list(notes)
    said: list[dict[str, object]] = []
    for kind in SUMMED_UP:
        alike = [note for note in given if note.kind == kind]
        if len(alike) > 1:
            told = {"count": len(alike), "measure": round(sum(note.measure for note in alike), 2)}
            said.append({"kind": kind, **told, "text": Text(f"plans.note-{kind}-many", **told).say(language)})
            given = [note for note in given if note.kind != kind]
    for note in given:
        one: dict[str, object] = {"measure": round(note.measure, 2)}
        if note.kind == "emptied":
            if note.members[0] not in state.grids:
                continue
            one["grid"] = state.grids[note.members[0]].properties.get("name") or note.members[0]
        said.append({"kind": note.kind, **one, "text": Text(f"plans.note-{note.kind}", **one).say(language)})
    return said


def _moved(found: Iterable[tuple[str, str | None, str | None]]) -> list[dict[str, object]]:
    return [{"building": code, "from": left, "to": came} for code, left, came in found]


def _collection(
    ids: Sequence[str], shapes: Sequence[shapely.Geometry | None], records: Sequence[dict[str, object]]
) -> dict[str, object]:
    flat = np.empty(len(ids), dtype=object)
    flat[:] = shapes
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": id,
                "geometry": msgspec.Raw(text),
                "properties": record,
            }
            for id, text, record in zip(ids, geometry_texts(flat, kernel_from=MANY), records, strict=True)
        ],
    }
