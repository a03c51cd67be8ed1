"""Import the everyday ledger: one sheet becomes courtyards, managed areas, managers, arrangements and memberships."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from layers.catalogue import catalogue
from layers.errors import Fault, ImportRejected, InvalidParameter
from layers.formats import read_sheets
from layers.formats.table import RawSheet
from layers.ledger import Ledger, LedgerFeatures, ledger_features, read_ledger, roles
from layers.model.feature import Feature
from layers.store.protocol import Store
from layers.text import Text
from layers.usecases.edits.demo import SOURCE
from layers.usecases.edits.pending import Pending
from layers.usecases.imports.committing import Coming, ImportReport, Report, commit
from layers.usecases.imports.doubts import Doubt, doubts_of_ledger, refuse
from layers.usecases.imports.kinds import Prepared
from layers.usecases.imports.ranking import LEDGER
from layers.usecases.imports.tables import ImportOptions
from layers.usecases.imports.understanding import remembered, remembering

LAYERS = ("courtyards", "managed-areas", "managers", "arrangements")
SHOWN = 10


@dataclass(frozen=True)
class Understood:
    """A ledger, and what its columns were taken for because somebody said so: role → ``"told"`` or ``"remembered"``.

    `remembered` is role → heading, as somebody set them for an earlier ledger with the same headings.
    """

    ledger: Ledger
    sources: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    remembered: Mapping[str, str] = field(default_factory=dict)


@dataclass
class PreparedLedger(Prepared):
    """A ledger laid beside what is on record; nothing is written yet."""

    understood: Understood
    made: LedgerFeatures
    pending: Pending
    file: str
    doubts: Sequence[Doubt] = ()

    @property
    def elsewhere(self) -> Sequence[Text]:
        """What is asked."""
        return [each.text for each in self.doubts]

    @property
    def remembered(self) -> Mapping[str, str]:
        """Role → heading of an earlier ledger with the same headings."""
        return self.understood.remembered

    @property
    def faults(self) -> list[Fault]:
        """Everything that is wrong with its rows."""
        return [*self.understood.ledger.faults, *self.made.faults]

    def lay(self) -> None:
        """Lay the ledger beside what is on record."""
        self.made = _laid(self.pending, self.understood.ledger, self.file)


def import_ledger(store: Store, path: Path, options: ImportOptions, author: str, now: dt.datetime) -> ImportReport:
    """Import a ledger workbook, as one changeset or none.

    The 合计 row is checked against the ledger's own sum. A ledger with faults is refused whole, since a sum over some
    of its rows would be a wrong number; `only_sound` imports what can be understood and lists the rest.

    Raises
    ------
    ImportRejected
        With every fault of every row; the workspace is unchanged.
    InvalidParameter
        `options.columns` (role → heading) names what is not there.
    """
    sheets = read_sheets(path, options.read, options.limits)
    understood = understand_ledger(store, sheets, options.read.sheet, options.columns)
    return finish_ledger(store, prepare_ledger(store, understood, path.name), options, author, now)


def understand_ledger(
    store: Store,
    sheets: Sequence[RawSheet],
    sheet: str | None,
    told: Mapping[str, str],
    kept: Mapping[str, str] | None = None,
) -> Understood:
    """Read sheets as a ledger, its columns as somebody says now or said of an earlier one with the same headings.

    Parameters
    ----------
    told : mapping
        Role → heading; an empty heading says that no column means the role.
    kept : mapping, optional
        The same as it was said of an earlier ledger; by default as it is remembered now.

    Raises
    ------
    InvalidParameter
        `told` names a role or a heading that does not exist.
    """
    guessed = read_ledger(sheets, sheet)
    _require_there(guessed, told)
    taken = {heading for heading in told.values() if heading}
    kept = remembered(store, LEDGER, guessed.columns) if kept is None else kept
    earlier = {
        role: heading
        for role, heading in kept.items()
        if role not in told and heading not in taken and (not heading or heading in guessed.columns)
    }
    if not told and not earlier:
        return Understood(guessed, remembered=kept)
    every = {**earlier, **told}
    sources = dict.fromkeys(earlier, "remembered") | dict.fromkeys(told, "told")
    settings = remembering(LEDGER, guessed.columns, every) if told else {}
    return Understood(read_ledger(sheets, sheet, every), sources, settings, kept)


def prepare_ledger(store: Store, understood: Understood, file: str) -> PreparedLedger:
    """Lay a ledger beside what is on record; `file` is what the user calls it."""
    pending = Pending(store)
    return PreparedLedger(understood, _laid(pending, understood.ledger, file), pending, file)


def finish_ledger(
    store: Store, prepared: PreparedLedger, options: ImportOptions, author: str, now: dt.datetime
) -> ImportReport:
    """Write what was prepared as one changeset, or say what it would be; errors as `import_ledger`."""

    def report() -> Report:
        return _report(store, prepared, options, author, now)

    return commit(store, Coming(prepared.pending, list(LAYERS), prepared.lay, report), options)


def _report(store: Store, prepared: PreparedLedger, options: ImportOptions, author: str, now: dt.datetime) -> Report:
    ledger, made, faults = prepared.understood.ledger, prepared.made, prepared.faults
    if faults and not options.only_sound:
        raise ImportRejected(*faults)
    codes = [str(each.properties["code"]) for each in made.courtyards]
    prepared.doubts = doubts_of_ledger(store, prepared.pending, codes)
    if not options.dry_run:
        refuse(prepared.doubts, options.allow)
    notes = [*prepared.elsewhere, *ledger.notes, *made.notes]
    agreed = [f"{each.column} {each.stated:,.0f}" for each in ledger.totals if each.agrees and not each.part]
    if agreed:
        notes.append(Text("imports.totals-agree", columns=agreed))
    if made.building_updates:
        notes.append(Text("imports.members-filled", count=len(made.building_updates)))
    notes += _no_longer_listed(prepared.pending, made)
    message = Text("imports.ledger-message", file=prepared.file).in_both()
    return Report(notes, faults, message, author, now, prepared.understood.settings)


def _require_there(ledger: Ledger, told: Mapping[str, str]) -> None:
    faults = []
    for role, heading in told.items():
        where = {"parameter": "map", "value": f"{role}={heading}"[:120]}
        if role not in roles():
            faults.append(Fault(Text("imports.map-no-field", known=roles()), where))
        elif heading and heading not in ledger.columns:
            faults.append(Fault(Text("imports.map-no-column", known=list(ledger.columns)), where))
    if faults:
        raise InvalidParameter(*faults)


def _communities(pending: Pending) -> Mapping[str, str]:
    """Return name → code of the real communities; a name that two of them share decides nothing."""
    real = [each for each in pending.layer("communities").values() if each.properties.get("source") != SOURCE]
    counts = Counter(each.properties.get("name") for each in real)
    return {
        str(each.properties["name"]): str(each.properties["code"])
        for each in real
        if each.properties.get("name") and counts[each.properties["name"]] == 1
    }


def _laid(pending: Pending, ledger: Ledger, file: str) -> LedgerFeatures:
    """Put what a ledger says of the present communities and buildings."""
    made = ledger_features(ledger, _communities(pending), set(pending.layer("buildings")))
    _put(pending, made, file)
    return made


def _put(pending: Pending, made: LedgerFeatures, file: str) -> None:
    for layer, features in (
        ("courtyards", made.courtyards),
        ("managed-areas", made.managed_areas),
        ("managers", made.managers),
        ("arrangements", made.arrangements),
    ):
        pending.layer(layer)  # also where the ledger has nothing for it: no manager in the whole district
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
