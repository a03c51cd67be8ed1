"""Where the rows of a ledger land: a courtyard has no place of its own, but its buildings have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from layers.ledger import Entry
from layers.model.feature import Feature
from layers.model.values import KnownCodes
from layers.text import Text
from layers.usecases.imports.ledger import PreparedLedger


@dataclass(frozen=True, slots=True)
class Landing:
    """Where one row lands.

    Attributes
    ----------
    shape : geometry or None
        The courtyard's boundary as it would be, in longitude and latitude.
    known : bool
        The courtyard was on record already.
    buildings : tuple of str
        Codes of the buildings on record that the row names and that would be its courtyard's.
    missed : Text or None
        Why it has no place on the map.
    """

    shape: BaseGeometry | None
    known: bool
    buildings: tuple[str, ...]
    missed: Text | None = None


def landings(prepared: PreparedLedger) -> list[Landing]:
    """Say of every row of a ledger, in its order, where it lands; after the boundaries were derived."""
    pending = prepared.pending
    courtyards, buildings = pending.layer("courtyards"), pending.layer("buildings")
    known, stored = KnownCodes(buildings), pending.stored_codes("courtyards")
    held = {id(entry) for entry in prepared.held}
    return [
        Landing(None, entry.code in stored, (), Text("ledger.lands-held-back"))
        if id(entry) in held
        else _landing(entry, courtyards.get(str(entry.code)), known, buildings, entry.code in stored)
        for entry in prepared.understood.ledger.entries
    ]


def _landing(
    entry: Entry, courtyard: Feature | None, known: KnownCodes, buildings: Mapping[str, Feature], on_record: bool
) -> Landing:
    if courtyard is None:
        return Landing(None, False, (), Text("ledger.lands-without-code"))
    named = dict.fromkeys(code for span in entry.buildings for code in known.between(span))
    own = tuple(code for code in named if buildings[code].properties.get("courtyard_code") == entry.code)
    shape = courtyard.geometry
    return Landing(shape, on_record, own, _missed(entry, named, own, known) if shape is None else None)


def _missed(entry: Entry, named: Mapping[str, None], own: tuple[str, ...], known: KnownCodes) -> Text:
    if not entry.buildings:
        return Text("ledger.lands-without-list")
    if not known:
        return Text("ledger.lands-without-buildings")
    if not named:
        return Text("ledger.lands-on-unknown")
    return Text("ledger.lands-without-shapes" if own else "ledger.lands-on-others")
