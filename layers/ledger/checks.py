"""What of a ledger contradicts itself: within a row, between rows, between sheets."""

from __future__ import annotations

from collections.abc import Mapping

from layers.errors import Fault
from layers.ledger.entries import Entry, Ledger
from layers.ledger.words import MANAGER_COLUMN
from layers.model.feature import Value, day_of
from layers.text import Text

_MODE, _START, _END = "arrangement.mode", "arrangement.start_date", "arrangement.end_date"
_STAGE = "arrangement.stage"


def contradictions(
    values: Mapping[str, Value], bad: set[str], place: Mapping[str, object], nobody: bool, has_codes: bool = True
) -> tuple[list[Text], list[Fault]]:
    """Return what a row lacks, and what of it contradicts itself; cells that could not be read cause no second fault.

    Parameters
    ----------
    values : mapping
        Role → value of the row, what is blank left out.
    bad : set of str
        Roles whose cells had a problem of their own.
    place : mapping
        Sheet and row.
    nobody : bool
        The row says in words that nobody manages (弃管).
    has_codes : bool
        The table has a column of courtyards' codes.
    """
    given = {role for role in (MANAGER_COLUMN, _MODE, _START, _END) if values.get(role) is not None}
    seen = given | bad
    wrong: list[str] = []
    if "courtyard.code" not in values and "courtyard.code" not in bad and has_codes:
        wrong.append("row-without-code")
    managed = given & {MANAGER_COLUMN, _MODE}
    # Telephone numbers stand on rows of whatever kind.
    others = {
        role for role in values if role.startswith(("arrangement.", "manager.")) and not role.endswith("phone")
    } - {MANAGER_COLUMN, _STAGE}
    if nobody and (others or given):
        wrong.append("nobody-with-contract")
    else:
        wrong += _lacking(values, given, seen)
        if others and not managed and not bad & {MANAGER_COLUMN, _MODE}:
            wrong.append("dates-without-manager")
    faults = []
    start, end = day_of(values, _START), day_of(values, _END)
    if start is not None and end is not None and end < start:
        text = Text("ledger.end-before-start", start=str(start), end=str(end))
        faults.append(Fault(text, dict(place)))
    return [Text(f"ledger.{slug}") for slug in wrong], faults


def _lacking(values: Mapping[str, Value], given: set[str], seen: set[str]) -> list[str]:
    wrong = []
    if MANAGER_COLUMN in given and _MODE not in seen:
        wrong.append("manager-without-mode")
    if _MODE in given and MANAGER_COLUMN not in seen and values[_MODE] != "autonomous":
        wrong.append("mode-without-manager")
    if given & {MANAGER_COLUMN, _MODE} and _START not in seen:
        wrong.append("no-start-date")
    return wrong


def doubled_codes(entries: list[Entry]) -> list[Fault]:
    """Return a fault for every row whose courtyard code stands in a row above."""
    first: dict[str, Entry] = {}
    faults = []
    for entry in entries:
        if entry.code is None:
            continue
        if entry.code in first:
            place = {"sheet": entry.sheet, "row": entry.row, "value": entry.code}
            faults.append(Fault(Text("ledger.code-doubled", other=first[entry.code].row), place))
        else:
            first[entry.code] = entry
    return faults


def across_sheets(parts: list[tuple[str, Ledger]]) -> list[Fault]:
    """Return a fault for every sheet that lists courtyards of sheets before it, beside the one it shares most with."""
    codes = [(name, {entry.code for entry in part.entries if entry.code}) for name, part in parts]
    faults = []
    for position, (name, mine) in enumerate(codes):
        sharing = [(len(mine & theirs), other) for other, theirs in codes[:position] if mine & theirs]
        if sharing:
            count, other = max(sharing, key=lambda each: each[0])
            text = Text("ledger.sheets-share-codes", first=other, second=name, count=count)
            faults.append(Fault(text, {"sheet": name}))
    return faults
