"""From sheets of raw cells to a ledger: where tables begin and end, and what each row of a sheet is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from layers.errors import Fault
from layers.formats.table import RawSheet
from layers.ledger.answers import Answers
from layers.ledger.checks import across_sheets, doubled_codes
from layers.ledger.classing import (
    DITTOS,
    NUMBERED,
    PLACES,
    continues,
    filled,
    heads_other_table,
    is_example,
    is_line,
    is_words,
    lead_of,
    repeatable,
    section_of,
)
from layers.ledger.entries import Ledger
from layers.ledger.grouping import same_name
from layers.ledger.headings import Header, header_at
from layers.ledger.joining import by_code
from layers.ledger.lines import Group, Line, cell_of
from layers.ledger.marks import AVERAGE, PART, REMARK, WHOLE, is_column_numbers, is_instruction, stated_unit
from layers.ledger.order import in_order
from layers.ledger.preface import Preface, day_of
from layers.ledger.rows import EntryReader
from layers.ledger.totals import Sum, SumChecker, are_sums, summed
from layers.ledger.unknown import headers_of_counts, unknown_columns
from layers.ledger.unseen import of_comments, of_hidden, of_struck, without_table
from layers.ledger.words import Column
from layers.model.values import Unreadable, cleaned, fold, is_signature, plain, shown
from layers.text import Text


@dataclass(slots=True)
class _Sheet:
    """What was read of one sheet so far; `rows` are its cleaned cells, `merged` row → column → the merge's top row."""

    raw: RawSheet
    rows: list[list[object]]
    merged: dict[int, dict[int, int]]
    told: Mapping[str, str] = field(default_factory=dict)
    answers: Answers = field(default_factory=dict)
    preface: Preface = field(default_factory=Preface)
    headers: list[Header] = field(default_factory=list)
    units: dict[int, str | None] = field(default_factory=dict)
    nameless: dict[tuple[Column, ...], Header] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    named: dict[object, Group] = field(default_factory=dict)
    began: list[int] = field(default_factory=list)
    sums: list[Sum] = field(default_factory=list)
    community: str | None = None
    dittos: int = 0
    until: int = 0  # rows above this one were passed over with another table
    notes: list[Text] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def number(self, row: int) -> int:
        """Return the row's number as a user counts."""
        return row + 1

    def fault(self, text: Text, **place: object) -> None:
        """Add a fault of this sheet."""
        self.faults.append(Fault(text, {"sheet": self.raw.name, **place}))


def read_ledger(
    sheets: RawSheet | Sequence[RawSheet],
    sheet: str | None = None,
    told: Mapping[str, str] | None = None,
    answers: Answers | None = None,
) -> Ledger:
    """Understand the sheets of a workbook as one ledger.

    Parameters
    ----------
    sheets : RawSheet or sequence of RawSheet
        The sheets as they stand in the file.
    sheet : str, optional
        The name of the one sheet to read; by default every sheet that is shown and holds a ledger table. Sheets that
        say different things of the same courtyards are joined by code; where they contradict each other (last
        year's and this year's) they are a fault: one must be chosen.
    told : mapping, optional
        Role → heading, where the user knows better; an empty heading says that no column means the role.
    answers : mapping, optional
        Role → word → what it stands for, where the user knows (`layers.ledger.answers`).

    Returns
    -------
    Ledger
        With all its faults; a workbook without any ledger table gives no entries and one fault.
    """
    chosen = [sheets] if isinstance(sheets, RawSheet) else list(sheets)
    if sheet is not None:
        names = [each.name for each in chosen]
        chosen = [each for each in chosen if each.name == sheet]
        if not chosen:
            return Ledger(faults=(Fault(Text("ledger.no-such-sheet", sheet=sheet, sheets=names)),))
    hidden = [each.name for each in chosen if each.hidden] if sheet is None else []
    notes = [Text("ledger.sheets-hidden", sheets=hidden)] if hidden else []
    parts: dict[str, Ledger] = {}
    covers: list[RawSheet] = []
    for raw in chosen:
        part = _read_sheet(raw, told or {}, answers or {}) if raw.name not in hidden else None
        if part is not None:
            parts[raw.name] = part
        elif raw.name not in hidden:
            covers.append(raw)
    notes += without_table([raw.name for raw in covers])
    if not parts:
        slugs = ["no-table", *(["only-hidden-sheets"] if hidden else [])]
        return Ledger(notes=tuple(notes), faults=tuple(Fault(Text(f"ledger.{slug}")) for slug in slugs))
    _date_sheets(parts, {raw.name: raw for raw in chosen}, covers, told or {}, answers or {})
    joined, told_of_joining, faults = by_code(list(parts.items()))
    return _joined(joined, [*notes, *told_of_joining], faults)


def _date_sheets(
    parts: dict[str, Ledger],
    sheets: Mapping[str, RawSheet],
    covers: Sequence[RawSheet],
    told: Mapping[str, str],
    answers: Answers,
) -> None:
    """Read sheets without a 截至 of their own again as of the one day that the workbook names elsewhere."""
    days = {part.as_of for part in parts.values() if part.as_of}
    if not days:
        days = {day for raw in covers if (day := day_of(raw))}
    if len(days) == 1:
        day = next(iter(days))
        for name, part in parts.items():
            if part.as_of is None:
                again = _read_sheet(sheets[name], told, answers, day)
                parts[name] = part if again is None else again


def _joined(parts: list[tuple[str, Ledger]], notes: list[Text], faults: list[Fault]) -> Ledger:
    ledgers = [part for _, part in parts]
    return Ledger(
        title=next((part.title for part in ledgers if part.title), None),
        unit=next((part.unit for part in ledgers if part.unit), None),
        as_of=max((part.as_of for part in ledgers if part.as_of), default=None),
        columns={heading: role for part in reversed(ledgers) for heading, role in part.columns.items()},
        entries=tuple(entry for part in ledgers for entry in part.entries),
        totals=tuple(total for part in ledgers for total in part.totals),
        notes=tuple(dict.fromkeys([note for part in ledgers for note in part.notes] + notes)),
        faults=tuple(in_order([*(fault for part in ledgers for fault in part.faults), *faults, *across_sheets(parts)])),
        questions=tuple(question for part in ledgers for question in part.questions),
        answered={role: dict(_of_role(ledgers, role)) for role in {r for part in ledgers for r in part.answered}},
    )


def _of_role(ledgers: Sequence[Ledger], role: str) -> list[tuple[str, str]]:
    return [pair for part in ledgers for pair in part.answered.get(role, {}).items()]


def _read_sheet(
    raw: RawSheet, told: Mapping[str, str], answers: Answers, as_of: dt.date | None = None
) -> Ledger | None:
    """Read one sheet; `as_of` is the day that holds for it where it names none."""
    rows = [[cleaned(cell) for cell in row] for row in raw.cells]
    state = _Sheet(raw, rows, {}, told, answers, Preface(as_of=as_of))
    if as_of is not None:
        state.notes.append(Text("ledger.as-of-of-workbook", sheet=raw.name, date=as_of.isoformat()))
    _spread_merges(state)
    row = 0
    while row < len(rows):
        height = 1
        if any(cell is not None for cell in rows[row]):
            if header := header_at(rows, row):
                _begin_table(state, header, row)
                height = header.height
            elif state.headers and row >= state.until:
                _take_row(state, row)
            elif not state.headers:
                _take_preface(state, row)
            elif state.preface.as_of is None:
                state.preface.read(rows[row], may_be_title=False)
        row += height
    return _finished(state) if state.headers else None


def _take_preface(state: _Sheet, row: int) -> None:
    """Take a row above the first header: title, 填报单位, 截至, or the first of several communities (一、望江社区)."""
    texts = [cell for cell in state.rows[row] if cell is not None]
    for cell in texts:
        if isinstance(cell, Unreadable):  # 截至 may have stood there
            state.notes.append(Text("ledger.line-unreadable", row=state.number(row), why=cell.problem))
    alone = texts[0] if len(texts) == 1 else None
    numbered = alone if isinstance(alone, str) and NUMBERED.match(alone) else None
    if not state.preface.read(state.rows[row], may_be_title=numbered is None) and numbered is not None:
        state.community = section_of(numbered)


def _spread_merges(state: _Sheet) -> None:
    """Note for every cell that a merged range reaches into from above, where that range begins."""
    width = max(map(len, state.rows), default=0)
    left = len(state.rows) * width  # real merged ranges do not overlap and cannot hold more cells than the sheet
    for top, first, bottom, last in state.raw.merged:
        for row in range(top + 1, min(bottom + 1, len(state.rows))):
            reached = range(first, min(last + 1, width))
            left -= len(reached)
            if left < 0:
                state.fault(Text("ledger.merges-overlap"))
                return
            state.merged.setdefault(row, {}).update(dict.fromkeys(reached, top))


def _begin_table(state: _Sheet, header: Header, row: int) -> None:
    if header.columns not in state.nameless:  # of a header that is repeated on every page, once
        state.nameless[header.columns] = header.with_nameless(state.rows[row + header.height :])
    header = state.nameless[header.columns].as_told(state.told)
    if state.headers and header.same_columns(state.headers[-1]):
        state.notes.append(Text("ledger.header-repeated", row=state.number(row)))
        return
    if state.groups and state.community == state.groups[-1].community:
        state.community = None
    if "community" in header.roles:
        state.community = None
    state.headers.append(header)
    state.began.append(len(state.groups))
    state.units = {column.index: column.unit or _unit_for(state.preface, column) for column in header.columns}
    doubled = list(header.doubled())
    if len(doubled) > 1 and any(second.role in ("courtyard.name", "courtyard.code") for _, second in doubled):
        headings = list(dict.fromkeys(second.heading for _, second in doubled))
        state.fault(Text("ledger.tables-side-by-side", headings=headings), row=state.number(row))
        return
    for first, second in doubled:
        text = Text("ledger.column-doubled", first=first.heading, second=second.heading)
        state.fault(text, row=state.number(row), column=second.heading)


def _unit_for(preface: Preface, column: Column) -> str | None:
    return preface.unit_for(column.field.unit) if column.field else None


def _take_row(state: _Sheet, row: int) -> None:
    """Decide what a row below a header is, and keep it."""
    roles = state.headers[-1].roles
    if not DITTOS.isdisjoint(state.rows[row]):
        _spell_out(state, row, roles)
    cells = state.rows[row]
    line = Line(row, cells, state.merged.get(row, {}))
    present = {role for role, column in roles.items() if filled(cells, column)}
    texts = [cell for cell in cells if cell is not None]
    lead = lead_of(cells, roles)
    if len(state.groups) == state.began[-1] and is_column_numbers(cells):
        state.notes.append(Text("ledger.column-numbers", row=state.number(row)))
    elif len(state.groups) == state.began[-1] and (is_instruction(cells) or is_example(texts)):
        told = " ".join(map(shown, texts))
        state.units = {at: unit or stated_unit(dict(enumerate(cells)).get(at)) for at, unit in state.units.items()}
        state.notes.append(Text("ledger.row-for-filling-in", row=state.number(row), text=shown(told)))
    elif lead is not None and (WHOLE.fullmatch(fold(lead)) or PART.fullmatch(fold(lead))):
        _take_sum(state, row, lead)
    elif is_signature(texts) or (lead and (REMARK.match(fold(lead)) or AVERAGE.fullmatch(fold(lead)))):
        state.preface.read(cells, may_be_title=False)
        state.notes.append(Text("ledger.row-not-read", row=state.number(row), text=shown(lead or texts[0])))
    elif state.groups and heads_other_table(texts, present, _below_gap(state, row)):
        _pass_over(state, row, [shown(each) for each in texts])
    elif state.groups and continues(line, roles, present, state.groups[-1]):
        state.groups[-1].lines.append(line)
    elif "seq" in present and present <= PLACES and len(texts) == len(present) and not is_words(texts):
        state.notes.append(Text("ledger.row-only-numbered", row=state.number(row)))
    elif _adds_up(state, line, roles, present):
        state.notes.append(Text("ledger.row-adds-up", row=state.number(row), text=shown(lead or "—")))
        _take_sum(state, row, lead or "")
    elif len(texts) == 1 and is_line(plain(texts[0]), present):
        _take_text(state, row, plain(texts[0]), "community" in present)
    else:
        if "community" in present:
            state.community = plain(cells[roles["community"].index])
        _take_courtyard(state, line)


def _below_gap(state: _Sheet, row: int) -> bool:
    """Say whether a blank row is above this one, or above the one text that is above it."""
    above = [sum(cell is not None for cell in each) for each in state.rows[max(row - 2, 0) : row]]
    return bool(above) and (above[-1] == 0 or (above[-1] == 1 and above[0] == 0))


def _pass_over(state: _Sheet, row: int, headings: list[str]) -> None:
    """Pass over another table, down to the next header of a ledger; tell its rows."""
    rows = range(row, len(state.rows))
    state.until = next((each for each in rows if header_at(state.rows, each)), rows.stop)
    last = max(each for each in rows[: state.until - row] if any(cell is not None for cell in state.rows[each]))
    told = Text("ledger.other-table", first=state.number(row), last=state.number(last), headings=headings)
    state.notes.append(told)


def _adds_up(state: _Sheet, line: Line, roles: Mapping[str, Column], present: set[str]) -> bool:
    """Say whether a row that names no courtyard is a sum in other words: its figures are those of the rows above."""
    named = {"courtyard.name"} if "courtyard.code" in roles else set()
    if present & {"courtyard.code", "courtyard.name"} - named:
        return False
    figures = [column for role, column in roles.items() if role in present and summed(column)]
    if not figures or not present <= PLACES | {"remark"} | named | {str(column.role) for column in figures}:
        return False
    since, lead = state.sums[-1].position if state.sums else 0, fold(lead_of(line.cells, roles) or "")
    above = state.groups[-1].community if state.groups else None
    fewest = 1 if above and lead.startswith(fold(above)) else 2  # 北苑社区（1个）
    parts = (state.groups[since:], state.groups)
    return any(len(part) >= fewest and are_sums(line, figures, part, state.units) for part in parts)


def _spell_out(state: _Sheet, row: int, roles: Mapping[str, Column]) -> None:
    """Write what stands in the courtyard's row above where this row says 同上, but for numbers and buildings."""
    above = state.groups[-1].lines[-1].cells if state.groups else []
    cells = state.rows[row] = list(state.rows[row])
    for role, column in roles.items():
        index = column.index
        if index < min(len(above), len(cells)) and cells[index] in DITTOS and repeatable(role, column):
            cells[index] = above[index]
            state.dittos += 1


def _take_courtyard(state: _Sheet, line: Line) -> None:
    """Begin a courtyard, or go on with one that a row above names already: by code, or by name where there are none."""
    table, header = len(state.headers) - 1, state.headers[-1]
    code, name = (cell_of(line, header.roles.get(role)) for role in ("courtyard.code", "courtyard.name"))
    by_name = ("courtyard.code" not in header.roles and name is not None) and (fold(state.community or ""), fold(name))
    key = (table, fold(code)) if code is not None else (table, by_name) if by_name else None
    above = state.named.get(key)
    if above is not None and same_name(cell_of(above.lines[0], header.roles.get("courtyard.name")), name):
        above.repeats.append(line)
        return
    group = Group([line], header, table, state.preface.as_of, state.units, state.community)
    state.groups.append(group)
    if key is not None:
        state.named[key] = group


def _take_sum(state: _Sheet, row: int, lead: str) -> None:
    word = fold(lead)
    part = not WHOLE.fullmatch(word)
    of_part = PART.fullmatch(word) if part else None
    community = of_part[1] or None if of_part else None
    table, position = len(state.headers) - 1, len(state.groups)
    state.sums.append(Sum(row, state.rows[row], state.headers[-1], table, position, part, state.units, community))
    state.community = None  # below a sum, a blank community is another one


def _take_text(state: _Sheet, row: int, text: str, in_community_column: bool) -> None:
    """Take a row of one text: a line such as 截至, the community of the rows below, or something to pass over."""
    if not in_community_column and state.preface.read(state.rows[row], may_be_title=False):
        return
    slug = "ledger.row-not-read"
    if in_community_column or "community" not in state.headers[-1].roles:
        state.community = section_of(text)
        slug = "ledger.section-is-community"
    state.notes.append(Text(slug, row=state.number(row), text=shown(text)))


def _finished(state: _Sheet) -> Ledger:
    counts = headers_of_counts(state.headers, state.groups, state.told)
    reader = EntryReader(state.raw.name, state.rows, state.answers, counts)
    entries = [reader.read(group) for group in state.groups]
    checker = SumChecker(state.raw.name, entries, [group.table for group in state.groups])
    checker.check(state.sums, reader.unreadable)
    if not state.sums:
        state.notes.append(Text("ledger.no-sum", sheet=state.raw.name))
    if state.preface.as_of is None:
        state.notes.append(Text("ledger.no-as-of", sheet=state.raw.name))
    for header in (each for each in state.headers if id(each) in counts):
        heading = header.roles["houses"].heading
        state.fault(Text("ledger.houses-may-be-counts", heading=heading), column=heading)
    faults = [*reader.faults, *doubled_codes(entries), *checker.faults]
    for place, header in enumerate(state.headers):
        lines = [group.lines[0] for group in state.groups if group.table == place]
        asked, told_of = unknown_columns(header, lines, state.told, state.raw.name)
        state.faults += asked
        state.notes += told_of
    if state.dittos:
        state.notes.append(Text("ledger.dittos-read", count=state.dittos))
    unseen, faults_unseen = of_hidden(state.raw, state.headers, state.groups)
    state.notes += [*unseen, *of_comments(state.raw)]
    state.faults += [*faults_unseen, *of_struck(state.raw, state.headers, state.groups)]
    notes = [*state.preface.notes, *state.notes, *reader.summary(), *checker.notes]
    return Ledger(
        title=state.preface.title,
        unit=state.preface.office,
        as_of=state.preface.as_of,
        columns={column.heading: column.role for header in reversed(state.headers) for column in header.columns},
        entries=tuple(entries),
        totals=tuple(checker.totals),
        notes=tuple(dict.fromkeys(notes)),
        faults=tuple(in_order([*state.faults, *faults])),
        questions=tuple(reader.questions),
        answered=reader.answered,
    )
