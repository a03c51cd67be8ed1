"""From a ledger to features: courtyards, managed areas, managers, arrangements, and which building is whose.

Nothing here has geometry: the use case derives it from the buildings.

Codes (and ids, which equal them):

- a courtyard has the ledger's code; its managed area (one for every courtyard that somebody manages) the same;
- a manager's code is its name, an arrangement's is area, manager and start date
  (``9901010010010003-滨江区城投物业-2023-11-06``), both through `layers.model.values.derived_code`, so that
  reading the same ledger again gives the same codes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

from layers.errors import Fault
from layers.ledger.entries import Entry, Ledger
from layers.ledger.managers import alike
from layers.ledger.places import Communities
from layers.model.feature import Feature, Value, day_of
from layers.model.values import KnownCodes, derived_code, prefix
from layers.text import Text, first_few

_BODIES = ("居委会", "村委会", "社区", "业委会", "业主委员会", "自管会", "自治小组", "物管会", "物业管理委员会")
_SHOWN = 10
_some = partial(first_few, most=_SHOWN)


@dataclass(frozen=True, slots=True)
class LedgerFeatures:
    """What a ledger says about the layers.

    Parameters
    ----------
    courtyards, managed_areas, managers, arrangements : list of Feature
        Without geometry; version 0. A property that is None was left blank in the ledger; one that is absent is
        not the ledger's to say.
    building_updates : mapping
        Building code → courtyard code, for known buildings that exactly one courtyard claims.
    notes, faults : list
        What was assumed, and what contradicts the communities and buildings of the workspace.
    """

    courtyards: list[Feature] = field(default_factory=list)
    managed_areas: list[Feature] = field(default_factory=list)
    managers: list[Feature] = field(default_factory=list)
    arrangements: list[Feature] = field(default_factory=list)
    building_updates: dict[str, str] = field(default_factory=dict)
    notes: list[Text] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def ledger_features(
    ledger: Ledger, communities: Mapping[str, str], building_codes: Collection[str] | KnownCodes
) -> LedgerFeatures:
    """Turn the entries of a ledger into features.

    Parameters
    ----------
    ledger : Ledger
        As read; entries without a code, and further entries of the same code, are passed over (each is a fault of
        the ledger already).
    communities : mapping of str to str
        Community name → code, as the workspace has them. Leave out names that two communities share.
    building_codes : collection of str, or KnownCodes
        The codes of the buildings in the workspace.

    Returns
    -------
    LedgerFeatures
        A building that two courtyards claim is noted and given to neither.
    """
    made = LedgerFeatures()
    around = Communities(communities)
    known = building_codes if isinstance(building_codes, KnownCodes) else KnownCodes(building_codes)
    by_code = {entry.code: entry for entry in reversed(ledger.entries) if entry.code}
    entries = list(by_code.values())[::-1]
    for code, entry in reversed(by_code.items()):
        made.courtyards.append(_courtyard(entry, code, _community_code(entry, around, made)))
        if entry.managed:
            _add_management(entry, code, made)
    if not communities:
        made.notes.append(Text("ledger.no-communities"))
    made.managers.extend(_managers(entries, made))
    made.building_updates.update(_building_updates(entries, known, made.notes))
    return made


def _courtyard(entry: Entry, code: str, community_code: str | None) -> Feature:
    properties: dict[str, Value] = dict(entry.courtyard)
    if community_code:
        properties["community_code"] = community_code
    return Feature(code, None, properties)


def _add_management(entry: Entry, courtyard: str, made: LedgerFeatures) -> None:
    """Add the managed area of an entry and, where it has a start, the arrangement."""
    area: dict[str, Value] = {
        "code": courtyard, "name": entry.name, "kind": "natural", "courtyard_codes": (courtyard,),
    }  # fmt: skip
    made.managed_areas.append(Feature(courtyard, None, area))
    further = ((each.manager, each.arrangement) for each in entry.further)
    for manager, arrangement in ((entry.manager, entry.arrangement), *further):
        start = day_of(arrangement, "start_date")
        if start is None:  # required; the ledger has the fault
            continue
        body = derived_code(manager["name"]) if manager.get("name") else None
        code = derived_code(courtyard, body, start.isoformat())
        terms = {**arrangement, "code": code, "managed_area": courtyard, "manager": body}
        made.arrangements.append(Feature(code, None, terms))


def _managers(entries: list[Entry], made: LedgerFeatures) -> list[Feature]:
    """Return one feature a manager; rows that say different things about one manager are faults."""
    found: dict[str, dict[str, Value]] = {}
    served: dict[str, dict[str, None]] = {}
    phones: dict[str, None] = {}
    named = [(entry, said) for entry in entries for said in (entry.manager, *(each.manager for each in entry.further))]
    for entry, said in named:
        if not said.get("name"):
            continue
        code = derived_code(said["name"])
        properties = found.setdefault(code, {"code": code})
        served.setdefault(code, {})[entry.community or ""] = None
        for name, value in said.items():
            if value is None:
                continue  # blank here; another row may say it
            if name.endswith("phone") and properties.get(name, value) != value:
                phones[code] = None
            elif name != "name" and properties.get(name, value) != value:
                place = {"sheet": entry.sheet, "row": entry.row, "value": value}
                text = Text("ledger.manager-differs", manager=said["name"], other=properties[name])
                made.faults.append(Fault(text, place))
            properties.setdefault(name, value)
    if phones:
        made.notes.append(Text("ledger.phones-differ", count=len(phones)))
    for code, communities in served.items():
        if code.endswith(_BODIES) and len(communities) > 1:
            made.notes.append(Text("ledger.one-name-many-bodies", manager=code, count=len(communities)))
    if pairs := alike(str(each["name"]) for each in found.values()):
        made.notes.append(Text("ledger.managers-alike", names=_some([" / ".join(each) for each in pairs])))
    return [Feature(code, None, properties) for code, properties in found.items()]


def _community_code(entry: Entry, around: Communities, made: LedgerFeatures) -> str | None:
    """Return the community of an entry: by column, name and the courtyard code's prefix, which must not disagree."""
    known = around.known
    if not known:
        return entry.community_code
    claims = around.claims(entry)
    head = prefix(entry.code, "communities") if entry.code and len(entry.code) > 12 else None
    said = {code for code in claims.values() if code}
    place = {"sheet": entry.sheet, "row": entry.row, "value": entry.code}
    if len(said) > 1:
        shown = {key: code or "—" for key, code in claims.items()}
        made.faults.append(Fault(Text("ledger.communities-disagree", name=entry.community or "—", **shown), place))
    elif not said and (entry.community or head):
        made.faults.append(Fault(Text("ledger.community-not-known", name=entry.community or head), place))
    elif entry.community_code and entry.community_code not in known:
        made.faults.append(Fault(Text("ledger.community-not-known", name=entry.community_code), place))
    elif entry.community and claims["by_name"] is None:
        made.notes.append(Text("ledger.community-by-code", name=entry.community, code=next(iter(said))))
    return next(iter(said)) if len(said) == 1 else None


def _building_updates(entries: list[Entry], known: KnownCodes, notes: list[Text]) -> dict[str, str]:
    """Return building → courtyard; note what is claimed twice and which ranges meet no known building."""
    claims: dict[str, dict[str, None]] = {}
    empty: list[str] = []
    ends: list[str] = []
    foreign: list[int] = []
    for entry in entries:
        courtyard = entry.code or ""
        for each in entry.buildings:
            codes = known.between(each)
            for code in codes:
                claims.setdefault(code, {})[courtyard] = None
            if not codes:
                empty.append(str(each))
            elif {each.first, each.last} - set(codes):
                ends.append(str(each))
            if each.first[:12].isdigit() and courtyard[:12].isdigit() and each.first[:12] != courtyard[:12]:
                foreign.append(entry.row)
    if not known:
        notes.append(Text("ledger.no-buildings"))
        return {}
    for slug, found in (("range-empty", empty), ("range-end-not-known", ends), ("range-elsewhere", foreign)):
        if found:
            notes.append(Text(f"ledger.{slug}", count=len(found), which=_some(found)))
    shared: dict[tuple[str, ...], list[str]] = {}
    for code, owners in sorted(claims.items()):
        if len(owners) > 1:
            shared.setdefault(tuple(owners), []).append(code)
    for all_owners, twice in shared.items():
        notes.append(Text("ledger.claimed-twice", courtyards=all_owners, count=len(twice), which=_some(twice)))
    return {code: next(iter(owners)) for code, owners in claims.items() if len(owners) == 1}
