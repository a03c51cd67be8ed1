"""From the rows of one courtyard to an entry: every cell gets its type, and the cells are held against each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from layers.catalogue import catalogue
from layers.errors import Fault
from layers.ledger.answers import Answers, folded_answers
from layers.ledger.cells import END, MODE, STAGE, START, CellReader, Draft, place_of
from layers.ledger.checks import contradictions
from layers.ledger.entries import Entry, Question
from layers.ledger.grouping import combined
from layers.ledger.houses import House, looks_like_code, looks_like_houses, read_houses
from layers.ledger.lines import Group, Line
from layers.ledger.spans import Both, span_under
from layers.ledger.stages import stage_in_remark
from layers.ledger.words import MANAGER_COLUMN, Column
from layers.model.feature import Value, text_of
from layers.model.values import (
    CodeRange,
    Parsed,
    ParsedCodes,
    cleaned,
    half_width,
    is_placeholder,
    parse,
    parse_codes,
    plain,
    refusal,
    runs,
    shown,
    span,
)
from layers.text import Text

_BUILDING_CODE = catalogue().layer("buildings").field("code")
_LONGEST_CODE = 200
_SHORT = re.compile(r"\d{1,3}(?:\s*[-~—至到、,，;；\s]+\s*\d{1,3})*")
_PLACES = ("remark", "community", "street", "district")


@dataclass(slots=True)
class _Members:
    """The buildings that rows name: by codes, and by house numbers with the cell that says so."""

    codes: list[CodeRange] = field(default_factory=list)
    houses: dict[House, None] = field(default_factory=dict)
    said: tuple[str | None, str] = (None, "")

    @property
    def key(self) -> tuple[tuple[CodeRange, ...], tuple[House, ...]]:
        """What tells the buildings of one row from those of another."""
        return tuple(self.codes), tuple(self.houses)


class EntryReader:
    """Reads the entries of one sheet and gathers faults and notes on the way.

    Parameters
    ----------
    answers : mapping
        Role → word → what somebody said it stands for.
    counts : collection of int
        Ids of headers whose column of house numbers may as well hold counts, and is not read.
    """

    def __init__(
        self, sheet: str, rows: list[list[object]], answers: Answers | None = None, counts: frozenset[int] = frozenset()
    ) -> None:
        self.sheet, self.rows = sheet, rows
        self._cells = CellReader(sheet, folded_answers(answers or {}))
        self._counts = counts
        self._filled_down = 0
        self._repeated = 0
        self._phones = 0

    @property
    def faults(self) -> list[Fault]:
        """Everything that is wrong with the rows."""
        return self._cells.every_fault()

    @property
    def questions(self) -> list[Question]:
        """The words that nobody knows."""
        return self._cells.questions()

    @property
    def answered(self) -> Mapping[str, Mapping[str, str]]:
        """Role → word → answer, of those that cells needed."""
        return self._cells.answered

    @property
    def unreadable(self) -> set[str]:
        """The roles with cells that could not be read."""
        return self._cells.unreadable

    def read(self, group: Group) -> Entry:
        """Read one courtyard; what is wrong with it is added to `faults`."""
        draft = self._draft(group, group.lines[0])
        members = _Members()
        for line in group.lines:
            self._members(line, draft, members)
        self._continuations(group)
        others, lists = [], [members.key]
        for line in group.repeats:
            other, own = self._draft(group, line), _Members()
            self._members(line, other, own)
            others.append(other)
            lists.append(own.key)
            members.codes += own.codes
            members.houses |= own.houses
        self._repeated += bool(others)
        joined = combined(draft, others, lists)
        for fault in joined.faults:
            self._cells.fault(*fault)
        for note in joined.notes:
            self._cells.note(note)
        buildings = tuple(dict.fromkeys(members.codes))
        if others and all(each.single for each in buildings):
            buildings = runs(each.first for each in buildings)
        values, roles = draft.values, group.header.roles
        listed = any(role.startswith("building") for role in roles) or bool(buildings)
        if listed and "buildings" not in draft.bad:
            values["courtyard.building_codes"] = tuple(map(str, buildings))
        if "remark" in roles and "remark" not in draft.bad:
            values["courtyard.remark"] = values.get("remark")
        surveyed: dict[str, Value] = {"survey_status": "surveyed"}
        if group.as_of:
            surveyed["survey_date"] = group.as_of
        managed = draft.managed
        return Entry(
            sheet=self.sheet,
            row=draft.line.number,
            community=text_of(values, "community"),
            community_code=text_of(values, "community_code"),
            courtyard={**surveyed, **draft.fields("courtyard")},
            manager=draft.fields("manager") if managed else {},
            arrangement=draft.fields("arrangement") if managed else {},
            buildings=buildings,
            cells={each.heading: self._cell(draft.line, each) for each in group.header.columns},
            rows=tuple(line.number for line in (*group.lines, *group.repeats)),
            further=joined.further,
            houses=() if buildings else tuple(members.houses),
            said=members.said,
            repeated=joined.repeated,
            shared=bool(joined.shared),
        )

    def summary(self) -> list[Text]:
        """Return the notes, with one that counts the cells that were filled down."""
        counted = (
            ("ledger.community-filled-down", self._filled_down),
            ("ledger.rows-grouped", self._repeated),
            ("ledger.phones-of-nobody", self._phones),
        )
        return [*self._cells.notes(), *(Text(slug, count=count) for slug, count in counted if count)]

    def _draft(self, group: Group, line: Line) -> Draft:
        """Read the cells of one row, and hold them against each other."""
        draft = Draft(group, line)
        values, roles = draft.values, group.header.roles
        for column in group.header.columns:
            if column.role and column.role != "seq" and not column.role.startswith(("building", "houses")):
                self._read_cell(column, draft)
        if "community" not in roles and group.community:
            values["community"] = group.community  # from a line above the rows: 一、望江社区
        self._cells.settle_term(draft)
        self._cells.ask_for_name(draft)
        self._cells.fill_blanks(draft)
        self._stage(draft)
        self._cells.heed_remark(draft)
        place = {"sheet": self.sheet, "row": line.number}
        follows, faults = contradictions(values, draft.bad, place, draft.nobody, "courtyard.code" in roles)
        for text in follows:
            self._cells.follows(text, line.number)
        self._cells.faults += faults
        if values.get(MODE) == "autonomous" and not values.get(MANAGER_COLUMN):
            self._cells.note(Text("ledger.autonomous-without-manager", row=line.number))
        if not draft.managed and any(role.endswith("phone") for role in values):
            self._phones += 1
        return draft

    def _read_cell(self, column: Column, draft: Draft) -> None:
        role, values = column.role, draft.values
        cell = self._cell(draft.line, column)
        if cell is None and role == "community" and draft.group.community:
            cell = draft.group.community
            self._filled_down += 1
        if cell is None or (role in values and role != "remark" and role != MODE):
            return
        if role in _PLACES:
            if wrong := refusal(cell):
                self._cells.keep(role, Parsed(problem=wrong), column, cell, draft)
                return
            text = place_of(cell)
            values[role] = "；".join(filter(None, (text_of(values, role), text))) or None
        elif role == "period":
            self._keep_period(column, cell, draft)
        elif role in (START, END) and (span := self._span(column, cell, draft)):
            self._keep_span(span, column, cell, draft)
        elif role is not None:
            self._cells.keep(role, self._cells.value(column, cell, draft), column, cell, draft)

    def _span(self, column: Column, cell: object, draft: Draft) -> Both | None:
        """Return both days where a cell for one of them holds a span, and the other cell says nothing else."""
        begins = column.role == START
        other = draft.header.roles.get(END if begins else START)
        beside = self._cell(draft.line, other) if other else None
        return span_under(cell, None if is_placeholder(beside) else beside, begins)

    def _keep_period(self, column: Column, cell: object, draft: Draft) -> None:
        """Keep both days of a cell; beside a column of the start it may tell the end alone: 3年, 长期, a day."""
        both, roles = self._cells.span(cell, draft), draft.header.roles
        if both[0].problem and START in roles:
            end = self._cells.value(replace(column, role=END), cell, draft)
            if not end.problem and (draft.term or END not in roles):
                self._cells.keep(END, end, column, cell, draft)
                return
        self._keep_span(both, column, cell, draft)

    def _keep_span(self, span: Both, column: Column, cell: object, draft: Draft) -> None:
        first, last = span
        self._cells.keep(START, first, column, cell, draft)
        if first.problem:
            draft.bad.add(END)
        else:
            self._cells.keep(END, last, column, cell, draft)

    def _members(self, line: Line, draft: Draft, members: _Members) -> None:
        """Add the buildings that one line names; a problem makes the whole list of the courtyard bad."""
        roles = draft.header.roles
        column = roles.get("buildings.first") or roles.get("buildings.last")
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
            if read.problem and (read.problem.key == "codes.house-number" or _are_short(texts)):
                self._houses("-".join(filter(None, texts)), heading, line, draft, members)
                continue
            if read.problem:
                self._bad_list(read.problem, line, heading, "~".join(filter(None, texts)), draft)
            if words := [each.first for each in read.ranges if _no_code(each.first)]:
                text = Text("ledger.houses-not-understood", parts=words)
                self._bad_list(text, line, heading, "~".join(filter(None, texts)), draft)
                continue
            if read.note:
                self._cells.note(read.note)
            members.codes.extend(read.ranges)
        houses = roles.get("houses")
        cell = self._cell(line, houses) if houses and id(draft.header) not in self._counts else None
        if houses is None or cell is None or is_placeholder(cell):
            return
        if wrong := refusal(cell):
            self._bad_list(wrong, line, houses, shown(cell), draft)
        elif not members.codes:
            self._houses(plain(cell), houses, line, draft, members)

    def _houses(self, text: str, column: Column, line: Line, draft: Draft, members: _Members) -> None:
        """Add the house numbers of a cell; in a column of house numbers there may stand codes as well."""
        if column.role == "houses" and not looks_like_houses(text):
            codes = parse_codes(text)
            if codes.problem is None and all(looks_like_code(each.first) for each in codes.ranges):
                members.codes.extend(codes.ranges)
                return
        read = read_houses(text)
        own = text_of(draft.values, "courtyard.name")
        if read.unread and own and own in text:
            read = read_houses(text.replace(own, ""))  # 清河花园1-4号楼
        for passed in read.passed_over:
            self._cells.note(Text("ledger.houses-remark", row=line.number, text=passed))
        if read.unread or not read.numbers:
            unread = list(read.unread) or [shown(text)]
            self._bad_list(Text("ledger.houses-not-understood", parts=unread), line, column, shown(text), draft)
            return
        members.houses |= dict.fromkeys(read.numbers)
        members.said = (column.heading, shown(text)) if members.said[0] is None else members.said

    def _bad_list(self, problem: Text, line: Line, column: Column, value: str, draft: Draft) -> None:
        self._cells.fault(problem, line, column.heading, value)
        draft.bad.add("buildings")

    def _code(self, line: Line, column: Column | None, draft: Draft) -> Parsed:
        cell = self._cell(line, column) if column else None
        if isinstance(cell, str) and not refusal(cell) and (len(cell) > _LONGEST_CODE or len(cell.split()) > 1):
            return Parsed(half_width(cell))  # a list of any length; blanks may part its codes
        parsed = parse(_BUILDING_CODE, cleaned(cell))
        if parsed.problem and column:
            self._bad_list(parsed.problem, line, column, shown(cell), draft)
        return parsed

    def _continuations(self, group: Group) -> None:
        """Report what a further row of the same courtyard says besides its buildings."""
        for line in group.lines[1:]:
            for column in group.header.columns:
                role = column.role
                if role is None or role in ("seq", "community", "remark") or role.startswith(("building", "houses")):
                    continue
                cell = line.cells[column.index] if column.index < len(line.cells) else None
                if cell is not None and not is_placeholder(cell) and column.index not in line.merged:
                    self._cells.fault(Text("ledger.second-row-of-courtyard"), line, column.heading, shown(cell))

    def _stage(self, draft: Draft) -> None:
        """Give a managed row its stage: by its column, else by the mode or the remark (过渡期), else formal."""
        values = draft.values
        if not draft.managed or STAGE in values or STAGE in draft.bad:
            return
        stage, doubtful = stage_in_remark(text_of(values, "remark") or "")
        values[STAGE] = draft.stage_in_mode or stage or "formal"
        if doubtful and not draft.stage_in_mode:
            remark = shown(values["remark"])
            self._cells.note(Text("ledger.stage-in-doubt", row=draft.line.number, remark=remark))

    def _cell(self, line: Line, column: Column) -> object:
        """Return the cell; where a merged range reaches in from above, what stands at its top."""
        row: Sequence[object] = self.rows[line.merged[column.index]] if column.index in line.merged else line.cells
        return row[column.index] if column.index < len(row) else None


def _no_code(code: str) -> bool:
    """Say whether a code is words alone (待定, 见附件): codes have digits, or letters."""
    return not any(each.isdigit() or (each.isascii() and each.isalpha()) for each in code)


def _are_short(texts: Sequence[str | None]) -> bool:
    """Say whether what cannot be a list of codes holds nothing but short numbers: 8-10 below the heading of codes."""
    return all(text is None or _SHORT.fullmatch(half_width(text)) for text in texts)


def _range(first: str | None, last: str | None) -> ParsedCodes:
    if first is None:
        return ParsedCodes(problem=Text("ledger.range-without-first"))
    # A list or a range may stand whole in the column 起.
    return span(first, last) if last else parse_codes(first)
