"""From the rows of one courtyard to an entry: every cell gets its type, and the cells are held against each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from layers.catalogue import catalogue
from layers.errors import Fault
from layers.ledger.checks import contradictions
from layers.ledger.entries import Entry
from layers.ledger.headings import Header
from layers.ledger.stages import stage_in_mode, stage_in_remark
from layers.ledger.words import MANAGER_COLUMN, Column
from layers.model.feature import Value, text_of
from layers.model.values import (
    CodeRange,
    Parsed,
    ParsedCodes,
    fold,
    is_placeholder,
    parse,
    parse_codes,
    parse_period,
    plain,
    refusal,
    shown,
    span,
)
from layers.text import Text

# What offices write where nobody manages.
NOBODY = frozenset(
    map(fold, ("无", "无物业", "无物业管理", "无管理", "没有", "暂无", "暂无物业", "未引进", "未引入", "空白", "none"))
)
_BUILDING_CODE = catalogue().layer("buildings").field("code")
_COMMUNITY_CODE = catalogue().layer("courtyards").field("community_code")
_MODE, _STAGE = "arrangement.mode", "arrangement.stage"
_START, _END = "arrangement.start_date", "arrangement.end_date"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the sheet: its index, its cleaned cells, and where merged cells reach into it (column → row)."""

    row: int
    cells: list[object]
    merged: Mapping[int, int] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The row's number as a user counts."""
        return self.row + 1


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one courtyard, and what holds for them: their table and its units, 截至, the community above."""

    lines: list[Line]
    header: Header
    table: int
    as_of: dt.date | None
    units: Mapping[int, str | None]
    community: str | None


@dataclass(slots=True)
class _Draft:
    """What was read of one courtyard so far: role → value, and the roles whose cells could not be read."""

    group: Group
    values: dict[str, Value] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)
    stage_in_mode: str | None = None

    @property
    def line(self) -> Line:
        """The first line, which holds everything but further buildings."""
        return self.group.lines[0]

    def fields(self, part: str) -> dict[str, Value]:
        """Return field name → value of one part of an entry; None where a column is there and the cell is blank."""
        roles = {*self.group.header.roles, *self.values}
        if "period" in roles:  # a term in one cell fills two fields
            roles |= {_START, _END}
        named = sorted(role for role in roles - self.bad if role.startswith(f"{part}."))
        return {role.partition(".")[2]: self.values.get(role) for role in named}


class EntryReader:
    """Reads the entries of one sheet and gathers faults and notes on the way."""

    def __init__(self, sheet: str, rows: list[list[object]]) -> None:
        self.sheet, self.rows = sheet, rows
        self.faults: list[Fault] = []
        self.notes: list[Text] = []
        self.unreadable: set[str] = set()
        self._filled_down = 0

    def read(self, group: Group) -> Entry:
        """Read one courtyard; what is wrong with it is added to `faults`."""
        draft = _Draft(group)
        values, roles = draft.values, group.header.roles
        for column in group.header.columns:
            if column.role and column.role != "seq" and not column.role.startswith("building"):
                self._read_cell(column, draft)
        if "community" not in roles and group.community:
            values["community"] = group.community  # from a line above the rows: 一、望江社区
        buildings = tuple(dict.fromkeys(each for line in group.lines for each in self._buildings(line, draft)))
        self._continuations(group)
        self._stage(draft)
        self.faults += contradictions(values, draft.bad, {"sheet": self.sheet, "row": draft.line.number})
        if values.get(_MODE) == "autonomous" and not values.get(MANAGER_COLUMN):
            self.notes.append(Text("ledger.autonomous-without-manager", row=draft.line.number))
        if any(role.startswith("building") for role in roles) and "buildings" not in draft.bad:
            values["courtyard.building_codes"] = tuple(map(str, buildings))
        if "remark" in roles:
            values["courtyard.remark"] = values.get("remark")
        return self._entry(draft, buildings)

    def summary(self) -> list[Text]:
        """Return the notes, with one that counts the cells that were filled down."""
        filled = [Text("ledger.community-filled-down", count=self._filled_down)] if self._filled_down else []
        return list(dict.fromkeys([*self.notes, *filled]))

    def _entry(self, draft: _Draft, buildings: tuple[CodeRange, ...]) -> Entry:
        surveyed: dict[str, Value] = {"survey_status": "surveyed"}
        if draft.group.as_of:
            surveyed["survey_date"] = draft.group.as_of
        managed = draft.values.get(MANAGER_COLUMN) or draft.values.get(_MODE)
        return Entry(
            sheet=self.sheet,
            row=draft.line.number,
            community=text_of(draft.values, "community"),
            community_code=text_of(draft.values, "community_code"),
            courtyard={**surveyed, **draft.fields("courtyard")},
            manager=draft.fields("manager") if managed else {},
            arrangement=draft.fields("arrangement") if managed else {},
            buildings=buildings,
            cells={each.heading: self._cell(draft.line, each) for each in draft.group.header.columns},
        )

    def _read_cell(self, column: Column, draft: _Draft) -> None:
        role, values = column.role, draft.values
        cell = self._cell(draft.line, column)
        if cell is None and role == "community" and draft.group.community:
            cell = draft.group.community
            self._filled_down += 1
        if cell is None or (role in values and role != "remark"):
            return
        if role in ("remark", "community", "street", "district"):
            if problem := refusal(cell):
                self._keep(role, Parsed(problem=problem), column, cell, draft)
                return
            text = None if is_placeholder(cell) else " ".join(plain(cell).split())
            values[role] = "；".join(filter(None, (text_of(values, role), text))) or None
        elif role == "period":
            first, last = parse_period(cell)
            self._keep(_START, first, column, cell, draft)
            if first.problem:
                draft.bad.add(_END)
            else:
                self._keep(_END, last, column, cell, draft)
        elif role is not None:
            self._keep(role, self._parsed(column, cell, draft), column, cell, draft)

    def _parsed(self, column: Column, cell: object, draft: _Draft) -> Parsed:
        if column.role == "community_code":
            return parse(_COMMUNITY_CODE, cell)
        if column.role in (MANAGER_COLUMN, _MODE) and fold(cell) in NOBODY:
            return Parsed(note=Text("ledger.nobody", value=shown(cell)))
        assert column.field is not None  # roles without a field are not read here, or were just now
        if column.field.type in ("integer", "number") and column.index in draft.line.merged:
            return Parsed(problem=Text("ledger.number-merged"))
        parsed = parse(column.field, cell, heading=column.leaf, unit=draft.group.units.get(column.index))
        if parsed.problem and column.role == _MODE and isinstance(cell, str):
            mode, draft.stage_in_mode = stage_in_mode(cell)
            return parse(column.field, mode) if draft.stage_in_mode else parsed
        return parsed

    def _keep(self, role: str, parsed: Parsed, column: Column, cell: object, draft: _Draft) -> None:
        if parsed.problem:
            self._fault(parsed.problem, draft.line, column.heading, shown(cell))
            draft.bad.add(role)
            self.unreadable.add(role)
        elif parsed.value is not None:
            draft.values[role] = parsed.value
        if parsed.note:
            self.notes.append(parsed.note)

    def _buildings(self, line: Line, draft: _Draft) -> list[CodeRange]:
        """Return the codes and ranges that one line names; a problem makes the whole list of the courtyard bad."""
        roles = draft.group.header.roles
        column = roles.get("buildings.first") or roles.get("buildings.last")
        found: list[CodeRange] = []
        ways: tuple[tuple[str, Column | None, Callable[..., ParsedCodes]], ...] = (
            ("buildings.first buildings.last", column, _range),
            ("buildings", roles.get("buildings"), parse_codes),
        )
        for places, heading, reading in ways:
            parsed = [self._code(line, roles.get(role), draft) for role in places.split()]
            texts = [each.value if isinstance(each.value, str) else None for each in parsed]
            if heading is None or not any(texts) or any(each.problem for each in parsed):
                continue
            read = reading(*texts)
            if read.problem:
                self._fault(read.problem, line, heading.heading, "~".join(filter(None, texts)))
                draft.bad.add("buildings")
            if read.note:
                self.notes.append(read.note)
            found.extend(read.ranges)
        return found

    def _code(self, line: Line, column: Column | None, draft: _Draft) -> Parsed:
        cell = self._cell(line, column) if column else None
        parsed = parse(_BUILDING_CODE, cell)
        if parsed.problem and column:
            self._fault(parsed.problem, line, column.heading, shown(cell))
            draft.bad.add("buildings")
        return parsed

    def _continuations(self, group: Group) -> None:
        """Report what a further row of the same courtyard says besides its buildings."""
        for line in group.lines[1:]:
            for column in group.header.columns:
                role = column.role
                if role is None or role in ("seq", "community", "remark") or role.startswith("building"):
                    continue
                cell = line.cells[column.index] if column.index < len(line.cells) else None
                if cell is not None and not is_placeholder(cell) and column.index not in line.merged:
                    self._fault(Text("ledger.second-row-of-courtyard"), line, column.heading, shown(cell))

    def _stage(self, draft: _Draft) -> None:
        """Give a managed row its stage: by its column, else by the mode or the remark (过渡期), else formal."""
        values = draft.values
        if not (values.get(MANAGER_COLUMN) or values.get(_MODE)) or _STAGE in values or _STAGE in draft.bad:
            return
        stage, doubtful = stage_in_remark(text_of(values, "remark") or "")
        values[_STAGE] = draft.stage_in_mode or stage or "formal"
        if doubtful and not draft.stage_in_mode:
            self.notes.append(Text("ledger.stage-in-doubt", row=draft.line.number, remark=shown(values["remark"])))

    def _cell(self, line: Line, column: Column) -> object:
        """Return the cell; where a merged range reaches in from above, what stands at its top."""
        row = self.rows[line.merged[column.index]] if column.index in line.merged else line.cells
        return row[column.index] if column.index < len(row) else None

    def _fault(self, text: Text, line: Line, column: str, value: str) -> None:
        place = {"sheet": self.sheet, "row": line.number, "column": column, "value": value}
        self.faults.append(Fault(text, place))


def _range(first: str | None, last: str | None) -> ParsedCodes:
    if first is None:
        return ParsedCodes(problem=Text("ledger.range-without-first"))
    # A list or a range may stand whole in the column 起.
    return span(first, last) if last else parse_codes(first)
