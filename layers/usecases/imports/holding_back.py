"""What does not come in with the rest of a file: which records its rows are about, and names that are no names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from layers.errors import Fault
from layers.ledger import Entry, Ledger, LedgerFeatures
from layers.model.feature import Feature, Value
from layers.model.values import derived_code
from layers.usecases.edits.pending import Pending
from layers.usecases.edits.sense import too_long
from layers.usecases.imports.understanding import Rows


def held_codes(rows: Rows) -> set[str]:
    """Return the codes of the rows of a table that do not come in."""
    codes = rows.parsed.columns.get("code", [])
    if len(rows.entries) == len(codes):
        return set()
    return {str(code) for place, code in enumerate(codes) if code is not None and place not in rows.entries.positions}


def held_by_ledger(pending: Pending, held: Sequence[Entry], sound: LedgerFeatures) -> dict[str, set[str]]:
    """Return layer → codes that a ledger has in the rows held back: a contract is about its courtyard's area."""
    courtyards = {entry.code for entry in held if entry.code}
    named = {str(said["name"]) for entry in held for said in _managers(entry) if said.get("name")}
    come = {str(each.properties["code"]) for each in sound.managers}
    return {
        "courtyards": courtyards,
        "managed-areas": courtyards,
        "managers": {derived_code(name) for name in named} - come,
        "arrangements": {
            code
            for code, each in (pending.layer("arrangements").items() if courtyards else ())
            if each.properties.get("managed_area") in courtyards
        },
    }


def long_names(pending: Pending, ledger: Ledger) -> Iterator[Fault]:
    """Yield a fault for every name of a courtyard or manager that nobody calls it by; what is on record so may stay."""
    headings = {role: heading for heading, role in ledger.columns.items()}
    for entry in ledger.entries:
        yard = [(entry.row, "courtyards", "courtyard.name", entry.code, entry.name)]
        further = [(each.row, each.manager) for each in entry.further]
        bodies = [
            (row, "managers", "manager.name", derived_code(said["name"]), said["name"])
            for row, said in ((entry.row, entry.manager), *further)
            if said.get("name")
        ]
        for row, layer, role, code, name in (*yard, *bodies):
            text = too_long(name, _name_of(pending.layer(layer), code))
            if text is not None:
                where = {"sheet": entry.sheet, "row": row, "column": headings.get(role), "value": str(name)[:60]}
                yield Fault(text, where)


def _managers(entry: Entry) -> Iterator[Mapping[str, Value]]:
    yield entry.manager
    yield from (each.manager for each in entry.further)


def _name_of(features: Mapping[str, Feature], code: str | None) -> object:
    old = features.get(code) if code else None
    return None if old is None else old.properties.get("name")
