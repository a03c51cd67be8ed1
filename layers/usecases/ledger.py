"""Import the everyday ledger: one sheet becomes courtyards, managed areas, managers, arrangements and memberships."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from layers.catalogue import catalogue
from layers.errors import ImportRejected
from layers.formats import read_sheets
from layers.ledger import Ledger, LedgerFeatures, ledger_features, read_ledger
from layers.model.feature import Feature
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.demo import SOURCE
from layers.usecases.importing import ImportOptions, ImportReport, Report, commit, in_both
from layers.usecases.pending import Pending

SHOWN = 10


def import_ledger(store: Store, path: Path, options: ImportOptions, author: str, now: dt.datetime) -> ImportReport:
    """Import a ledger workbook, as one changeset or none.

    The 合计 row is checked against the ledger's own sum. A ledger with faults is refused whole, since a sum over some
    of its rows would be a wrong number; `only_sound` imports what can be understood and lists the rest.

    Raises
    ------
    ImportRejected
        With every fault of every row; the workspace is unchanged.
    """
    ledger = read_ledger(read_sheets(path, options.read, options.limits), options.read.sheet)
    return put_ledger(store, ledger, path.name, options, author, now)


def put_ledger(
    store: Store, ledger: Ledger, file: str, options: ImportOptions, author: str, now: dt.datetime
) -> ImportReport:
    """Import a ledger that was read from a file of this name; see `import_ledger`."""
    pending = Pending(store)
    made = ledger_features(ledger, _communities(pending), set(pending.layer("buildings")))
    faults = [*ledger.faults, *made.faults]
    if faults and not options.only_sound:
        raise ImportRejected(*faults)
    _put(pending, made, file)
    layers = ["courtyards", "managed-areas", "managers", "arrangements"]
    notes = [*ledger.notes, *made.notes]
    agreed = [f"{each.column} {each.stated:,.0f}" for each in ledger.totals if each.agrees and not each.part]
    if agreed:
        notes.append(Text("imports.totals-agree", columns=agreed))
    if made.building_updates:
        notes.append(Text("imports.members-filled", count=len(made.building_updates)))
    notes += _no_longer_listed(pending, made)
    message = in_both(Text("imports.ledger-message", file=file))
    return commit(store, pending, layers, Report(notes, faults, message, author, now), options)


def _communities(pending: Pending) -> Mapping[str, str]:
    """Return name → code of the real communities; a name that two of them share decides nothing."""
    real = [each for each in pending.layer("communities").values() if each.properties.get("source") != SOURCE]
    counts = Counter(each.properties.get("name") for each in real)
    return {
        str(each.properties["name"]): str(each.properties["code"])
        for each in real
        if each.properties.get("name") and counts[each.properties["name"]] == 1
    }


def _put(pending: Pending, made: LedgerFeatures, file: str) -> None:
    for layer, features in (
        ("courtyards", made.courtyards),
        ("managed-areas", made.managed_areas),
        ("managers", made.managers),
        ("arrangements", made.arrangements),
    ):
        for feature in features:
            _put_one(pending, layer, feature, file)
    for building, courtyard in made.building_updates.items():
        pending.amend("buildings", building, {"courtyard_code": courtyard})


def _no_longer_listed(pending: Pending, made: LedgerFeatures) -> list[Text]:
    """Name the open arrangements of listed courtyards that the ledger has no more; ending one takes a person."""
    listed = {str(each.properties["code"]) for each in made.courtyards}
    gone = [
        code
        for code, each in pending.layer("arrangements").items()
        if each.properties.get("managed_area") in listed
        and each.properties.get("terminated_on") is None
        and code not in pending.touched("arrangements")
    ]
    shown = gone[:SHOWN]
    return [Text("imports.arrangements-gone", count=len(gone), which=shown)] if gone else []


def _put_one(pending: Pending, layer: str, feature: Feature, file: str) -> None:
    properties = dict(feature.properties)
    code = str(properties["code"])
    if code not in pending.layer(layer):
        defaults = {each.name: each.default for each in catalogue().layer(layer).fields if each.default is not None}
        properties = {"source": file, **defaults, **properties}
    pending.put(layer, code, properties)
