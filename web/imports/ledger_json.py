"""The preview of a ledger as JSON: what its columns were taken for, its rows, and where they land."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from layers.errors import Fault
from layers.ledger import Entry, label_of, roles
from layers.ledger.words import ROLES
from layers.usecases.imports.landing import Landing, landings
from layers.usecases.imports.ledger import PreparedLedger
from layers.usecases.imports.matching import CONFIDENCE
from layers.usecases.imports.previewing import Preview
from web.imports.ledger_questions import questions_of
from web.imports.rows import cell, choice, faults_by_row, places_shown, rows_of
from web.imports.shapes import collection, shown
from web.imports.table_json import of_nothing

LISTED_ROWS = 8


@dataclass(frozen=True)
class _Shown:
    """A ledger that was laid beside what is on record, where its rows land, and what is wrong with them."""

    prepared: PreparedLedger
    landings: list[Landing]
    faults: list[Fault]


def of_ledger(found: Preview, language: str) -> dict[str, object]:
    """Return a ledger: columns, rows as they stand and as they are understood, and their places."""
    prepared = found.prepared
    if not isinstance(prepared, PreparedLedger):
        return of_nothing(found, language)
    ledger, laid = prepared.understood.ledger, _Shown(prepared, landings(prepared), found.faults)
    return {
        "table": ledger.title,
        "row_count": len(ledger.entries),
        "columns": list(ledger.columns),
        "mapping": _mapping(laid, language),
        "fields": [
            {"name": role, "label": label_of(role).say(language), "unit": None, "required": role == "courtyard.code"}
            for role in roles()
        ],
        "ledger": {
            "unit": ledger.unit,
            "as_of": ledger.as_of,
            "households": ledger.households,
            "totals": [{"column": each.column, "stated": each.stated, "counted": each.counted, "agrees": each.agrees,
                        "blank": each.blank}
                       for each in ledger.totals if not each.part],
        },
        "questions": questions_of(ledger, language),
        "rows": _rows(laid, language),
        "landing": _landing(laid, language),
        "shapes": _shapes(laid),
    }  # fmt: skip


def _mapping(laid: _Shown, language: str) -> dict[str, object]:
    understood = laid.prepared.understood
    matched = []
    for column, role in understood.ledger.columns.items():
        if role is not None:
            source = understood.sources.get(role, "name")
            matched.append({"field": role, "label": label_of(role).say(language), "column": column,
                            "confidence": CONFIDENCE[source], "source": source})  # fmt: skip
    taken = {each["column"] for each in matched}
    return {
        "matched": matched,
        "unused_columns": [column for column in understood.ledger.columns if column not in taken],
        "left_out": [role for role in understood.sources if role not in {each["field"] for each in matched}],
        "rivals": [],
    }


def _rows(laid: _Shown, language: str) -> list[dict[str, object]]:
    ledger = laid.prepared.understood.ledger
    wrong = faults_by_row(laid.faults, language)
    marked = [
        any(place in wrong for place in entry.places) or landing.missed is not None
        for entry, landing in zip(ledger.entries, laid.landings, strict=True)
    ]
    columns = {column: role for column, role in ledger.columns.items() if role is not None}
    rows = []
    for place in places_shown(marked):
        entry, landing = ledger.entries[place], laid.landings[place]
        rows.append({
            "row": entry.row,
            "sheet": entry.sheet,
            "cells": [cell(entry.cells.get(column)) for column in ledger.columns],
            "parsed": {role: _meant(entry, role, language) for role in columns.values()},
            "buildings": len(landing.buildings),
            "missed": landing.missed and landing.missed.say(language),
            "faults": [each for place in entry.places for each in wrong.get(place, [])],
        })  # fmt: skip
    return rows


def _meant(entry: Entry, role: str, language: str) -> object:
    group, _, name = role.partition(".")
    value = entry.meant(role)
    return choice(ROLES[group], name, value, language) if name and group in ROLES else cell(value)


def _landing(laid: _Shown, language: str) -> dict[str, object]:
    missed: dict[str, list[dict[str, object]]] = defaultdict(list)
    for entry, landing in zip(laid.prepared.understood.ledger.entries, laid.landings, strict=True):
        if landing.missed is not None:
            missed[landing.missed.say(language)].append({"sheet": entry.sheet, "row": entry.row})
    return {
        "placed": sum(each.shape is not None for each in laid.landings),
        "buildings": sum(len(each.buildings) for each in laid.landings),
        "missed": [
            {"text": text, "count": len(rows), "rows": rows[:LISTED_ROWS]} for text, rows in missed.items()
        ],
    }  # fmt: skip


def _shapes(laid: _Shown) -> dict[str, object]:
    """Return the courtyards where they would lie, and over them the buildings that become theirs."""
    entries, lands = laid.prepared.understood.ledger.entries, laid.landings
    wrong = {(each.where.get("sheet"), row) for each in laid.faults for row in rows_of(each)}
    states = [
        "fault" if any(place in wrong for place in entry.places) else "known" if land.known else "new"
        for entry, land in zip(entries, lands, strict=True)
    ]
    outlines, count = shown(
        np.array([land.shape for land in lands], dtype=object),
        lambda place: {"row": entries[place].row, "sheet": entries[place].sheet, "state": states[place]},
    )
    buildings = laid.prepared.pending.layer("buildings")
    members = [(place, code) for place, land in enumerate(lands) for code in land.buildings]
    houses, _ = shown(
        np.array([buildings[code].geometry for _, code in members], dtype=object),
        lambda at: _house(entries[members[at][0]], members[at][1]),
    )
    placed = Counter(state for state, land in zip(states, lands, strict=True) if land.shape is not None)
    return collection([*outlines, *houses], count, {**placed, "member": len(members)}.items())


def _house(entry: Entry, code: str) -> dict[str, object]:
    return {"row": entry.row, "sheet": entry.sheet, "code": code, "state": "member"}
