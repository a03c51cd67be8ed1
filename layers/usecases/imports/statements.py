"""What a file states, and from which day on.

A ledger holds from its 截至 on: what it says of March changes nothing of February. The first one, before which nothing
of management is on record, holds for all days. Other files are corrections, which hold for all days, unless somebody
names the day from which they hold.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from layers import clock
from layers.errors import Fault, ImportRejected
from layers.ledger import Ledger
from layers.model.feature import Feature, Value, day_of
from layers.store.protocol import Holding, Store
from layers.text import Text
from layers.usecases.edits.demo import SOURCE
from layers.usecases.edits.holding import CORRECTION, Effective
from layers.usecases.edits.pending import Pending
from layers.usecases.workspace import data_day

STATED = "unmanaged_stated_on"
TERMS = ("start_date", "end_date", "terminated_on", "accepted_on")
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Statement:
    """From which day on a file holds (None = on all days), and whether it is the first of its kind.

    `newer` is the day of the newest ledger on record where this one is older: it overwrites nothing then. `confirms`
    says that it is newer than every other one: worth knowing even where it changes nothing.
    """

    day: dt.date | None = None
    opening: bool = False
    newer: dt.date | None = None
    notes: tuple[Text, ...] = ()
    confirms: bool = False

    @property
    def holding(self) -> Holding:
        """Return it as a changeset says it."""
        return Holding(self.day, self.opening)


def of_file(effective: Effective | None) -> Statement:
    """Return from which day on a file of one layer holds: it is a correction unless somebody says otherwise."""
    if isinstance(effective, dt.date):
        return Statement(effective, notes=(Text("imports.holds-from", day=effective),))
    return Statement()


def of_ledger(
    store: Store, pending: Pending, ledger: Ledger, effective: Effective | None, now: dt.datetime
) -> Statement:
    """Return from which day on a ledger holds.

    Raises
    ------
    ImportRejected
        Its 截至 is to come.
    """
    if effective == CORRECTION:
        return Statement(notes=(Text("imports.holds-always"),))
    today = clock.day_of(now)
    day = effective if isinstance(effective, dt.date) else ledger.as_of
    if day is not None and day > today:
        raise ImportRejected(Fault(Text("imports.as-of-to-come", day=day, today=today), {"value": day.isoformat()}))
    if day is None:
        day = today
        said: tuple[Text, ...] = (Text("imports.holds-from-today", day=day),)
    else:
        said = ()
    if _nothing_known(pending):
        return Statement(day, opening=True, notes=(*said, Text("imports.holds-first", day=day)))
    last = data_day(store)
    if last is not None and day < last:
        return Statement(day, newer=last, notes=(*said, Text("imports.older-ledger", day=day, last=last)))
    return Statement(day, notes=(*said, Text("imports.holds-from", day=day)), confirms=last is None or last < day)


def nobody(ledger: Ledger) -> set[str]:
    """Return the courtyards of which a ledger states that nobody manages them: it could say who, and names nobody."""
    could = any(
        role and (role.startswith("manager.") or role == "arrangement.mode") for role in ledger.columns.values()
    )
    return {entry.code for entry in ledger.entries if could and entry.code and not entry.managed}


def courtyard_stated(
    old: Feature | None,
    properties: Mapping[str, Value],
    day: dt.date | None,
    stated: bool,
    contracts: Collection[Feature],
) -> dict[str, Value]:
    """Return what a ledger says of a courtyard, beside what is on record.

    The earliest survey counts. Since when it is stated that nobody manages stays as it is, unless a contract began
    since.

    Parameters
    ----------
    stated : bool
        Whether it is stated that nobody manages.
    contracts : collection of Feature
        Those on record in force there on the day.
    """
    said = dict(properties)
    before = {} if old is None else old.properties
    if before.get("survey_status") == "surveyed" == said.get("survey_status") and "survey_date" in said:
        first, now = day_of(before, "survey_date"), day_of(said, "survey_date")
        said["survey_date"] = min(first, now) if first and now else first
    since = day_of(before, STATED)
    if not stated:
        said[STATED] = None
    elif since is None or any((day_of(each.properties, "start_date") or since) > since for each in contracts):
        said[STATED] = day
    return said


def only_what_is_missing(old: Feature, properties: Mapping[str, Value], layer: str) -> dict[str, Value]:
    """Return what an older ledger adds to a record: what has no value; nothing to a contract, whose blanks say much."""
    if layer == "arrangements":
        return {}
    kept = (STATED, "survey_status", "survey_date")
    return {
        name: value
        for name, value in properties.items()
        if name not in kept and old.properties.get(name) in (None, ()) and value not in (None, ())
    }


def outlived(pending: Pending, contracts: Collection[Feature], newer: dt.date) -> list[str]:
    """Return which contracts of an older ledger would be in force on the day of a newer one that does not list them."""
    known, courtyards = pending.on_record("arrangements"), pending.on_record("courtyards")
    new = [
        each
        for each in contracts
        if str(each.properties["code"]) not in known and str(each.properties.get("managed_area")) in courtyards
    ]
    return [str(each.properties["code"]) for each in in_force(pending, new, newer)]


def in_force(pending: Pending, contracts: Collection[Feature], day: dt.date) -> list[Feature]:
    """Return the contracts that are in force on a day, by the rule that decides about figures too."""
    if not contracts:
        return []
    import pandas as pd

    from layers.model.management import evaluate

    def columns(features: Collection[Feature], dates: tuple[str, ...], others: tuple[str, ...]) -> pd.DataFrame:
        said = [each.properties for each in features]
        found = {name: pd.Series([day_of(each, name) for each in said], dtype="datetime64[s]") for name in dates}
        return pd.DataFrame(
            found | {name: pd.Series([each.get(name) for each in said], dtype=object) for name in others}
        )

    terms = columns(contracts, TERMS, ("stage", "mode", "manager"))
    terms["continued_service"] = pd.array([each.properties.get("continued_service") for each in contracts], "boolean")
    managers = columns(pending.layer("managers").values(), ("blacklisted_from", "blacklisted_to"), ("code",))
    effective = evaluate(terms, managers, day)["effective"].tolist()
    return [each for each, is_so in zip(contracts, effective, strict=True) if is_so]


def contracts_of(pending: Pending, day: dt.date) -> dict[str, list[Feature]]:
    """Return courtyard → its contracts on record that are in force on a day."""
    courtyards: dict[str, set[str]] = {}
    for code, area in pending.on_record("managed-areas").items():
        listed = area.properties.get("courtyard_codes") or ()
        courtyards[code] = {code, *(map(str, listed) if isinstance(listed, tuple | list) else ())}
    found: dict[str, list[Feature]] = {}
    for contract in in_force(pending, pending.on_record("arrangements").values(), day):
        area_code = str(contract.properties.get("managed_area"))
        for courtyard in courtyards.get(area_code, {area_code}):
            found.setdefault(courtyard, []).append(contract)
    return found


def open_questions(pending: Pending, listed: Collection[str], stated: Collection[str], day: dt.date) -> list[Text]:
    """Ask about the contracts in force in listed courtyards that a ledger has no more; ending one takes a person."""
    touched = pending.touched("arrangements")
    unmanaged: dict[str, None] = {}
    gone: dict[str, None] = {}
    for courtyard, contracts in sorted(contracts_of(pending, day).items()):
        for contract in contracts:
            code = str(contract.properties.get("code"))
            if courtyard in stated:
                unmanaged[code] = None
            elif courtyard in listed and code not in touched:
                gone[code] = None
    texts = []
    if unmanaged:
        texts.append(Text("imports.nobody-but-contract", count=len(unmanaged), which=list(unmanaged)[:SHOWN], day=day))
    if gone := {code: None for code in gone if code not in unmanaged}:
        texts.append(Text("imports.arrangements-gone", count=len(gone), which=list(gone)[:SHOWN], day=day))
    return texts


def _nothing_known(pending: Pending) -> bool:
    """Say whether nothing of management is on record yet: no contract, no survey; the demo does not count."""
    contracts = pending.on_record("arrangements").values()
    courtyards = pending.on_record("courtyards").values()
    return not any(each.properties.get("source") != SOURCE for each in contracts) and not any(
        each.properties.get("survey_status") == "surveyed" and each.properties.get("source") != SOURCE
        for each in courtyards
    )
