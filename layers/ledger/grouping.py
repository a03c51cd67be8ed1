"""One courtyard on several rows: a row for each of its buildings, or for each of its contracts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from layers.ledger.cells import START, Draft
from layers.ledger.entries import Contract
from layers.ledger.lines import Line
from layers.ledger.words import MANAGER_COLUMN, Column
from layers.model.feature import Value
from layers.model.values import fold, shown
from layers.text import Text

FaultOfCell = tuple[Text, Line, str, str]


@dataclass(slots=True)
class Combined:
    """What further rows add to the first: contracts, numbers that stand on every row, contradictions, assumptions."""

    further: tuple[Contract, ...] = ()
    repeated: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    faults: list[FaultOfCell] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)


def same_name(first: object, other: object) -> bool:
    """Say whether two rows with one code may be about one courtyard: their names agree, or one is blank."""
    return first is None or other is None or fold(first) == fold(other)


def combined(first: Draft, others: Sequence[Draft], lists: Sequence[tuple[tuple[object, ...], ...]]) -> Combined:
    """Join the rows of one courtyard.

    Parameters
    ----------
    first, others : Draft
        Its rows; `first` takes over what only a later row says.
    lists : sequence
        What buildings each row names, `first`'s before the others'.
    """
    made = Combined()
    if not others:
        return made
    by_building = all(any(each) for each in lists) and len(set(lists)) == len(lists)
    for other in others:
        first.bad |= other.bad
        _join_facts(first, other, made)
    made.repeated = _join_numbers(first, others, by_building, made)
    made.further = _join_contracts(first, others, by_building, made)
    for other, own in zip(others, lists[1:], strict=True):
        if not by_building and not made.further and not made.faults and own == lists[0]:
            code = shown(first.values.get("courtyard.code"))
            made.faults.append(
                (
                    Text("ledger.code-doubled", other=first.line.number),
                    other.line,
                    _heading(first, "courtyard.code"),
                    code,
                )
            )
    return made


def _join_facts(first: Draft, other: Draft, made: Combined) -> None:
    for role, value in other.values.items():
        if not role.startswith("courtyard.") or _is_number(first, role):
            continue
        mine = first.values.get(role)
        if mine is None:
            first.values[role] = value
        elif mine != value and value is not None and not (isinstance(mine, str) and fold(mine) == fold(value)):
            _differ(role, first, other, made)


def _join_numbers(
    first: Draft, others: Sequence[Draft], by_building: bool, made: Combined
) -> dict[str, tuple[Value, ...]]:
    """Add up what every building's row says; what is the same on every row may be of the whole courtyard."""
    repeated: dict[str, tuple[Value, ...]] = {}
    for role in [role for role in first.header.roles if _is_number(first, role)]:
        values = [each.values.get(role) for each in (first, *others)]
        said = [each for each in values if each is not None]
        if role in first.bad or not said:
            continue
        if not by_building:
            if len(set(said)) > 1:
                _differ(
                    role, first, next(each for each in others if each.values.get(role) not in (None, said[0])), made
                )
            first.values[role] = said[0]
        elif len(said) == 1:
            first.values[role] = said[0]
        elif len(said) < len(values):
            first.values.pop(role, None)
            first.bad.add(role)  # of some buildings it is not said: the sum is not known
        elif len(set(said)) > 1 and role != "courtyard.build_year":
            first.values[role] = sum(each for each in said if isinstance(each, (int, float)))
        elif role == "courtyard.build_year" and len(set(said)) > 1:
            years = ", ".join(map(str, dict.fromkeys(said)))
            name = first.values.get("courtyard.name") or first.values.get("courtyard.code")
            made.notes.append(Text("ledger.years-differ", example=f"{shown(name or first.line.number)} ({years})"))
        elif role != "courtyard.build_year":
            repeated[role.partition(".")[2]] = tuple(said)
            first.values.pop(role, None)
            first.bad.add(role)
    return repeated


def _join_contracts(first: Draft, others: Sequence[Draft], by_building: bool, made: Combined) -> tuple[Contract, ...]:
    found: dict[Hashable, Draft] = {}
    for each in (first, *others):
        if not each.managed:
            continue
        key = (each.values.get(MANAGER_COLUMN), each.values.get(START))
        if key not in found:
            found[key] = each
            continue
        for role, value in each.values.items():
            if role.startswith("arrangement.") and found[key].values.get(role) != value:
                _differ(role, found[key], each, made)
    if by_building and (len(found) > 1 or (found and not all(each.managed for each in (first, *others)))):
        odd = next(each for each in others if each.managed != first.managed or _terms(each) != _terms(first))
        column, line = _heading(odd, MANAGER_COLUMN), odd.line
        made.faults.append(
            (Text("ledger.buildings-managed-differently"), line, column, shown(odd.values.get(MANAGER_COLUMN) or ""))
        )
        return ()
    contracts = list(found.values())
    if contracts and contracts[0] is not first:
        first.values.update({role: value for role, value in contracts[0].values.items() if _of_contract(role)})
    return tuple(
        Contract(each.line.number, each.fields("manager"), each.fields("arrangement")) for each in contracts[1:]
    )


def _terms(draft: Draft) -> tuple[Value, Value]:
    return draft.values.get(MANAGER_COLUMN), draft.values.get(START)


def _of_contract(role: str) -> bool:
    return role.startswith(("manager.", "arrangement."))


def _is_number(draft: Draft, role: str) -> bool:
    column: Column | None = draft.header.roles.get(role)
    return role.startswith("courtyard.") and bool(
        column and column.field and column.field.type in ("integer", "number")
    )


def _differ(role: str, first: Draft, other: Draft, made: Combined) -> None:
    text = Text("ledger.rows-of-courtyard-differ", other=first.line.number, theirs=shown(first.values.get(role) or "—"))
    made.faults.append((text, other.line, _heading(other, role), shown(other.values.get(role) or "—")))


def _heading(draft: Draft, role: str) -> str:
    column = draft.header.roles.get(role)
    return column.heading if column else role
