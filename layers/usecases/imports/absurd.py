"""What of a ledger would be absurd: doubts as those of other files, with the figures that a ledger has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layers.catalogue import catalogue
from layers.ledger import Entry, Ledger, LedgerFeatures
from layers.model.feature import Feature, Value
from layers.text import Text, first_few
from layers.usecases.edits.pending import Pending
from layers.usecases.imports.doubts import Doubt

FEWEST = 6  # of fewer records, most is soon said
SHOWN = 5
# What a ledger says of a thing, and does not change for most of them from one month to the next.
TELLING = {
    "courtyards": ("name", "community_code", "form", "households"),
    "arrangements": ("mode", "stage", "end_date"),
}
A_TENTH = 0.1


def absurdities(pending: Pending, ledger: Ledger, made: LedgerFeatures, held: Sequence[Entry]) -> list[Doubt]:
    """Return what of a ledger that was laid beside the records would be absurd.

    Rows name managers and no contract can be written; courtyards list buildings and none of these is known; more
    than half of what is on record changes.
    """
    return [*_no_contracts(ledger, made, held), *_no_buildings(pending, ledger, made), *_most_changes(pending, made)]


def _no_contracts(ledger: Ledger, made: LedgerFeatures, held: Sequence[Entry]) -> list[Doubt]:
    managed = sum(each.managed for each in ledger.entries)
    if made.arrangements or not managed or not held or len(held) == len(ledger.entries):
        return []
    return [Doubt("no-contracts", Text("ledger.no-contracts", managed=managed, all=len(ledger.entries)))]


def _no_buildings(pending: Pending, ledger: Ledger, made: LedgerFeatures) -> list[Doubt]:
    listing = [each for each in ledger.entries if each.buildings or each.houses]
    buildings = pending.layer("buildings")
    if made.building_updates or not listing or not buildings:
        return []
    listed = {each.code for each in ledger.entries}
    if any(each.properties.get("courtyard_code") in listed for each in buildings.values()):
        return []
    text = Text("ledger.no-buildings-meant", courtyards=len(listing), buildings=len(buildings))
    return [Doubt("no-buildings", text)]


def _most_changes(pending: Pending, made: LedgerFeatures) -> list[Doubt]:
    doubts = []
    for layer, features in (("courtyards", made.courtyards), ("arrangements", made.arrangements)):
        before = pending.on_record(layer)
        if len(before) < FEWEST:
            continue
        codes = [str(each.properties["code"]) for each in features]
        changed = [
            code for code in codes if code in before and _changed(layer, before[code], pending.layer(layer)[code])
        ]
        if 2 * len(changed) > len(before):
            label = catalogue().layer(layer).label
            which = first_few(changed, SHOWN)
            text = Text("ledger.changes-most", changed=len(changed), all=len(before), layer=label, which=which)
            doubts.append(Doubt("overwritten", text))
    return doubts


def _changed(layer: str, before: Feature, after: Feature) -> bool:
    return any(_differs(before.properties, after.properties, name) for name in TELLING[layer])


def _differs(before: Mapping[str, Value], after: Mapping[str, Value], name: str) -> bool:
    """Say whether a value is another one; what was not known before is no change, nor is a tenth of a number."""
    old, new = before.get(name), after.get(name)
    if old is None or old == new:
        return False
    if isinstance(old, (int, float)) and isinstance(new, (int, float)):
        return abs(new - old) > A_TENTH * abs(old)
    return True
