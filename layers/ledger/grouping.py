"""One courtyard on several rows: a row for each of its buildings, or for each of its contracts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from layers.ledger.cells import START, Draft
from layers.ledger.entries import Contract
from layers.ledger.houses import House
from layers.ledger.lines import Line
from layers.ledger.words import MANAGER_COLUMN, Column
from layers.model.feature import Raw, Value
from layers.model.values import CodeRange, fold, shown
from layers.text import Text, first_few

FaultOfCell = tuple[Text, Line, str, str]
Key = tuple[tuple[CodeRange, ...], tuple[House, ...]]
_ALL: Key = ((), ())
_SHOWN = 5


@dataclass(slots=True)
class Combined:
    """What further rows add to the first: contracts, numbers that cannot be added up, contradictions, assumptions.

    `shared` are the buildings that several rows name beside others.
    """

    further: tuple[Contract, ...] = ()
    repeated: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    shared: list[str] = field(default_factory=list)
    faults: list[FaultOfCell] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)


def same_name(first: Raw, other: Raw) -> bool:
    """Say whether two rows with one code may be about one courtyard: their names agree, or one is blank."""
    return first is None or other is None or fold(first) == fold(other)


def combined(first: Draft, others: Sequence[Draft], lists: Sequence[Key]) -> Combined:
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
    rows = (first, *others)
    by_building = all(any(each) for each in lists) and len(set(lists)) == len(lists)
    for other in others:
        first.bad |= other.bad
        _join_facts(first, other, made)
    made.shared = in_several(list(dict.fromkeys(lists)))
    if made.shared:
        name = shown(first.values.get("courtyard.name") or first.values.get("courtyard.code") or first.line.number)
        which = first_few(made.shared, _SHOWN)
        made.notes.append(Text("ledger.buildings-on-several-rows", name=name, count=len(made.shared), which=which))
    made.repeated = _join_numbers(rows, lists, made)
    made.further = _join_contracts(first, others, by_building, made)
    if not by_building and not made.further and not made.faults:
        code, heading = shown(first.values.get("courtyard.code")), _heading(first, "courtyard.code")
        for at in (at for at, each in enumerate(lists) if each in lists[:at]):
            before = rows[lists.index(lists[at])].line.number
            made.faults.append((Text("ledger.code-doubled", other=before), rows[at].line, heading, code))
    return made


def in_several(lists: Sequence[Key]) -> list[str]:
    """Return the buildings that several lists name, as ranges of codes and as house numbers."""
    often = Counter(house for _, houses in lists for house in set(houses))
    found = [str(house) for house, count in often.items() if count > 1]
    ranges = sorted(
        (len(each.first), each.first, each.last, at) for at, (codes, _) in enumerate(lists) for each in codes
    )
    reach: dict[int, str] = {}  # which row's codes reach how far
    digits = 0
    for length, first, last, at in ranges:
        reach, digits = ({} if length != digits else reach), length
        end = max((other for row, other in reach.items() if row != at), default="")
        if first <= end:
            found.append(str(CodeRange(first, min(last, end))))
        reach[at] = max(last, reach.get(at, ""))
        if len(reach) > 2:  # whichever row comes next, one of the two that reach farthest is another's
            del reach[min(reach, key=reach.__getitem__)]
    return list(dict.fromkeys(found))


def _join_facts(first: Draft, other: Draft, made: Combined) -> None:
    for role, value in other.values.items():
        if not role.startswith("courtyard.") or _is_number(first, role):
            continue
        mine = first.values.get(role)
        if mine is None:
            first.values[role] = value
        elif mine != value and value is not None and not (isinstance(mine, str) and fold(mine) == fold(value)):
            _differ(role, first, other, made)


def _join_numbers(rows: Sequence[Draft], lists: Sequence[Key], made: Combined) -> dict[str, tuple[Value, ...]]:
    """Add up what every building's row says; what is the same on every row may be of the whole courtyard.

    Rows that name the same buildings say one number; rows that share some of them cannot be added up.
    """
    repeated: dict[str, tuple[Value, ...]] = {}
    first = rows[0]
    alike: dict[Key, list[Draft]] = {}
    for row, key in zip(rows, lists, strict=True):
        alike.setdefault(key if all(map(any, lists)) else _ALL, []).append(row)
    for role in [role for role in first.header.roles if _is_number(first, role)]:
        if role in first.bad or all(each.values.get(role) is None for each in rows):
            continue
        values = [_said(role, same, made) for same in alike.values()]
        said = [each for each in values if each is not None]
        if len(alike) == 1:
            first.values[role] = said[0]
        elif made.shared and role != "courtyard.build_year":
            repeated[role.partition(".")[2]] = tuple(said)
            first.values.pop(role, None)
            first.bad.add(role)
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


def _said(role: str, rows: Sequence[Draft], made: Combined) -> Value:
    """Return the number that rows about the same buildings say; where they differ, that is a fault."""
    given = [each for each in rows if each.values.get(role) is not None]
    for other in given[1:]:
        if other.values[role] != given[0].values[role]:
            _differ(role, given[0], other, made)
            break
    return given[0].values[role] if given else None


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
