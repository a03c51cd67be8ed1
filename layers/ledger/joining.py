"""Several sheets of one workbook about the same courtyards: joined by code where they do not contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from layers.errors import Fault
from layers.ledger.entries import Entry, Ledger
from layers.model.feature import Value
from layers.model.values import fold
from layers.text import Text, first_few

# What every sheet repeats so that a reader knows which courtyard a row is about.
_KEYS = frozenset(
    {"seq", "district", "street", "community", "community_code", "courtyard.code", "courtyard.name", "remark"}
)
_STATED = ("survey_date", "survey_status")
_SHOWN = 10

Parts = list[tuple[str, Ledger]]


def by_code(parts: Parts) -> tuple[Parts, list[Text], list[Fault]]:
    """Join sheets that say different things of the same courtyards.

    Returns
    -------
    parts : list of (str, Ledger)
        What was joined stands under the name of its first sheet; sheets that contradict each other stay apart.
    notes, faults : list
        What was joined, and courtyards whose names differ under one code.
    """
    joined: Parts = []
    notes: list[Text] = []
    faults: list[Fault] = []
    for name, part in parts:
        place = next((at for at, (_, other) in enumerate(joined) if _fit(other, part)), None)
        if place is None:
            joined.append((name, part))
            continue
        first, other = joined[place]
        mine, theirs = _codes(other), _codes(part)
        alone = [code for code in [*mine, *theirs] if (code in mine) != (code in theirs)]
        notes.append(Text("ledger.sheets-joined", first=first, second=name, count=len(mine.keys() & theirs.keys())))
        if alone:
            notes.append(Text("ledger.sheets-joined-alone", count=len(alone), which=first_few(alone, _SHOWN)))
        faults += _other_names(mine, theirs, first)
        joined[place] = (first, _together(other, part, theirs))
    return joined, notes, faults


def _codes(part: Ledger) -> dict[str, Entry]:
    return {entry.code: entry for entry in reversed(part.entries) if entry.code}


def _fit(one: Ledger, other: Ledger) -> bool:
    """Say whether two sheets are about the same courtyards, as of one day, and nowhere say different things."""
    mine, theirs = _codes(one), _codes(other)
    both = mine.keys() & theirs.keys()
    if not both or (one.as_of and other.as_of and one.as_of != other.as_of):
        return False
    if len(mine) < len(one.entries) or len(theirs) < len(other.entries):
        return False  # a row without a code, or two with one: a fault by itself, and nothing to join by
    here, there = (set(each.columns.values()) - _KEYS - {None} for each in (one, other))
    if here <= there or there <= here:
        return False  # the same once more, such as last year's
    roles = here & there
    return all(
        _same(mine[code].meant(str(role)), theirs[code].meant(str(role)), str(role)) for code in both for role in roles
    )


def _same(mine: Value, theirs: Value, role: str) -> bool:
    # Blank households are not known; a blank manager says that nobody manages.
    return mine == theirs or (role.startswith("courtyard.") and None in (mine, theirs))


def _other_names(mine: Mapping[str, Entry], theirs: Mapping[str, Entry], first: str) -> Iterator[Fault]:
    for code in mine.keys() & theirs.keys():
        one, other = mine[code].name, theirs[code].name
        if one and other and fold(one) != fold(other):
            place = {"sheet": theirs[code].sheet, "row": theirs[code].row, "value": other}
            yield Fault(Text("ledger.sheets-disagree-on-name", code=code, sheet=first, name=one), place)


def _together(one: Ledger, other: Ledger, theirs: Mapping[str, Entry]) -> Ledger:
    codes = _codes(one)
    entries = [_entry(each, theirs.get(each.code or "")) for each in one.entries]
    return replace(
        one,
        title=one.title or other.title,
        unit=one.unit or other.unit,
        as_of=one.as_of or other.as_of,
        columns={**other.columns, **one.columns},
        entries=(*entries, *(each for each in other.entries if each.code not in codes)),
        totals=(*one.totals, *other.totals),
        notes=(*one.notes, *other.notes),
        faults=(*one.faults, *other.faults),
        questions=(*one.questions, *other.questions),
        answered={
            role: {**other.answered.get(role, {}), **one.answered.get(role, {})}
            for role in {*one.answered, *other.answered}
        },
    )


def _entry(one: Entry, other: Entry | None) -> Entry:
    if other is None:
        return one
    courtyard = _filled(one.courtyard, other.courtyard)
    remarks = dict.fromkeys(str(each.courtyard["remark"]) for each in (one, other) if each.courtyard.get("remark"))
    if remarks:
        courtyard["remark"] = "；".join(remarks)
    return replace(
        one,
        community=one.community or other.community,
        community_code=one.community_code or other.community_code,
        courtyard=courtyard,
        manager=_filled(one.manager, other.manager),
        arrangement=_filled(one.arrangement, other.arrangement),
        buildings=one.buildings or other.buildings,
        houses=one.houses or other.houses,
        said=one.said if one.houses or not other.houses else other.said,
        repeated={**other.repeated, **one.repeated},
        further=(*one.further, *other.further),
        elsewhere=(*one.elsewhere, *other.places),
        cells={**other.cells, **one.cells},
    )


def _filled(mine: Mapping[str, Value], theirs: Mapping[str, Value]) -> dict[str, Value]:
    return {**theirs, **{name: value for name, value in mine.items() if value is not None or name not in theirs}}
