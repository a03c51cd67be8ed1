"""One cell of a ledger, read as its column says: strictly, then as offices write, then as somebody answered."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from layers.catalogue import catalogue
from layers.errors import Fault
from layers.ledger.answers import NOBODY as NOBODY_ANSWERED
from layers.ledger.answers import UNKNOWN, options, read_answer
from layers.ledger.entries import Question
from layers.ledger.headings import Header
from layers.ledger.lines import Group, Line
from layers.ledger.managers import is_body, read_managers
from layers.ledger.spans import read_span
from layers.ledger.stages import bare_mode, stage_in_mode
from layers.ledger.terms import CONTINUED, GONE, RENEWED, beside_end, in_remark, later_day
from layers.ledger.words import MANAGER_COLUMN, Column, declared, field_of
from layers.model.feature import Raw, Value
from layers.model.values import (
    NO,
    YES,
    Parsed,
    cleaned,
    end_of_term,
    fold,
    half_width,
    is_period_end,
    is_placeholder,
    parse,
    parse_date,
    plain,
    refusal,
    rough_date,
    rough_number,
    says_nothing,
    shown,
)
from layers.model.values import UNKNOWN as UNKNOWN_WORDS
from layers.text import RowNumbers, Text, examples_together

# What offices write for a mode where nobody manages.
NOBODY = frozenset(map(fold, declared()["managers"]["nobody"]))
MODE, STAGE = "arrangement.mode", "arrangement.stage"
START, END = "arrangement.start_date", "arrangement.end_date"
SERVED_ON = "arrangement.continued_service"
_COMMUNITY_CODE = catalogue().layer("courtyards").field("community_code")
_MARKS = ",，、。;；:："
_COUNTED = re.compile(r"[\d一二三四五六七八九十〇]")  # what holds a figure may be a day; words alone are asked about


@dataclass(slots=True)
class Draft:
    """What was read of one row so far: role → value, and the roles whose cells could not be read."""

    group: Group
    line: Line
    values: dict[str, Value] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)
    stage_in_mode: str | None = None
    nobody: bool = False
    term: tuple[Column, object] | None = None

    @property
    def header(self) -> Header:
        """The header of its table."""
        return self.group.header

    @property
    def managed(self) -> bool:
        """Say whether the row names a manager or a mode."""
        return bool(self.values.get(MANAGER_COLUMN) or self.values.get(MODE))

    def fields(self, part: str) -> dict[str, Value]:
        """Return field name → value of one part of an entry; None where a column is there and the cell is blank."""
        roles = {*self.header.roles, *self.values}
        if "period" in roles:  # a term in one cell fills two fields
            roles |= {START, END}
        named = sorted(role for role in roles - self.bad if role.startswith(f"{part}."))
        return {role.partition(".")[2]: self.values.get(role) for role in named}


class CellReader:
    """Reads the cells of one sheet; gathers what is wrong, what was assumed, and the words that nobody knows.

    Parameters
    ----------
    answers : mapping
        Role → folded word → what somebody said it stands for.
    """

    def __init__(self, sheet: str, answers: Mapping[str, Mapping[str, str]]) -> None:
        self.sheet = sheet
        self.faults: list[Fault] = []
        self.unreadable: set[str] = set()
        self.answered: dict[str, dict[str, str]] = defaultdict(dict)
        self._answers = answers
        self._notes: dict[Text, None] = {}
        self._words: dict[tuple[str, str], tuple[str | None, Text, list[int]]] = {}
        self._follows: dict[Text, list[int]] = {}

    def value(self, column: Column, cell: Raw, draft: Draft) -> Parsed:
        """Read one cell that is not blank."""
        role = column.role or ""
        said = self.answer(role, cell)
        if said is not None:
            return self._as_answered(role, said, draft)
        if role == "community_code":
            return parse(_COMMUNITY_CODE, cell)
        if role == MANAGER_COLUMN:
            return self._manager(column, cell, draft)
        if role == MODE and fold(cell) in NOBODY:
            return Parsed(note=Text("ledger.nobody", value=shown(cell)))
        assert column.field is not None  # roles without a field are not read here, or were just now
        unit = draft.group.units.get(column.index)
        if column.field.type in ("integer", "number") and column.index in draft.line.merged:
            return Parsed(problem=Text("ledger.number-merged"))
        parsed = parse(column.field, cell, heading=column.leaf, unit=unit)
        if parsed.problem is None or not isinstance(cell, str) or refusal(cell):
            return parsed
        if column.field.type in ("integer", "number"):
            stated = column.unit or unit
            rough = rough_number(cell, column.field.unit, stated, whole=column.field.type == "integer")
            return parsed if rough is None else rough
        if column.field.type == "date":
            if role == END and end_of_term(cell, _ANY_DAY) is not None:
                draft.term = (column, cell)  # three years of what, is known when the whole row is
                return Parsed()
            if role == END and (read := self._end_with_words(cell, draft)) is not None:
                return read
            rough = rough_date(cell, is_period_end(column.field))
            return rough or (parsed if _COUNTED.search(half_width(cell)) else _unknown_word(role, cell))
        if column.field.type == "enum":
            return self._word(column, cell, draft, parsed)
        return parsed

    def keep(self, role: str, parsed: Parsed, column: Column, cell: Raw, draft: Draft) -> None:
        """Put into a draft what was read, or the fault of the cell."""
        if parsed.problem:
            draft.bad.add(role)
            self.unreadable.add(role)
            if parsed.problem.key in _QUESTIONS:
                self._ask(role, word_of(cell), column.heading, parsed.problem, draft.line.number)
            else:
                self.fault(parsed.problem, draft.line, column.heading, shown(cell))
        elif parsed.value is not None:
            draft.values[role] = parsed.value
        if parsed.note:
            self.note(parsed.note)

    def settle_term(self, draft: Draft) -> None:
        """Reckon an end that is given as a term (三年) from the start of the contract; a stated end counts more."""
        if draft.term is None or START in draft.bad or END in draft.bad:
            return
        column, cell = draft.term
        start, stated = draft.values.get(START), draft.values.get(END)
        read = end_of_term(cell, start) if isinstance(start, dt.date) else None
        if isinstance(stated, dt.date):
            ends = None if read is None else read.value
            if isinstance(ends, dt.date) and abs((stated - ends).days) > 1:  # 2023-03-01 to 2026-03-01 is three years
                told = {"row": draft.line.number, "term": shown(cell), "ends": ends.isoformat()}
                self.note(Text("ledger.term-otherwise", **told, stated=stated.isoformat()))
            return
        problem = Parsed(problem=Text("ledger.term-without-start", value=shown(cell)))
        self.keep(END, read or problem, column, cell, draft)

    def ask_for_name(self, draft: Draft) -> None:
        """Ask about a word for the manager on a row that tells of no contract: a firm, or nobody (洽谈中)?"""
        name = draft.values.get(MANAGER_COLUMN)
        if not isinstance(name, str) or MODE in draft.values or START in draft.values:
            return  # as most rows
        given = {role for role in (*draft.values, *draft.bad) if role.startswith("arrangement.")} - {STAGE}
        sure = is_body(name) and not name.startswith(_TO_COME)
        if given or sure or self._answers.get(MODE, {}).get(""):
            return
        column = draft.header.roles[MANAGER_COLUMN]
        cell = draft.line.cells[column.index] if column.index < len(draft.line.cells) else None
        if cell is not None and not self.answer(MANAGER_COLUMN, cell):
            del draft.values[MANAGER_COLUMN]
            allowed = options(MANAGER_COLUMN)
            text = Text("ledger.manager-without-contract", word=shown(cell), role=MANAGER_COLUMN, allowed=allowed)
            self.keep(MANAGER_COLUMN, Parsed(problem=text), column, cell, draft)

    def fill_blanks(self, draft: Draft) -> None:
        """Put what somebody answered for blank cells of managed rows."""
        for role in (MODE, START):
            said = self._answers.get(role, {}).get("")
            if said and draft.managed and role not in draft.values and role not in draft.bad:
                self.answered[role][""] = said
                read = self._as_answered(role, said, draft)
                if read.value is not None:
                    draft.values[role] = read.value

    def answer(self, role: str, cell: Raw) -> str | None:
        """Return what somebody said that a cell stands for, and remember that it was needed."""
        words = self._answers.get(role)
        said = words.get(fold(cell)) if words else None
        if said:
            self.answered[role][word_of(cell)] = said
        return said or None

    def fault(self, text: Text, line: Line, column: str, value: str) -> None:
        """Add a fault of one cell."""
        place = {"sheet": self.sheet, "row": line.number, "column": column, "value": value}
        self.faults.append(Fault(text, place))

    def follows(self, text: Text, row: int) -> None:
        """Add what is wrong with a row because of what is not there; equal ones of many rows are said once."""
        self._follows.setdefault(text, []).append(row)

    def note(self, note: Text) -> None:
        """Add what was assumed."""
        self._notes[note] = None

    def notes(self) -> list[Text]:
        """Return what was assumed, each once; of examples of one assumption a few are shown."""
        return examples_together(self._notes)

    def every_fault(self) -> list[Fault]:
        """Return everything that is wrong with the rows; a word that nobody knows once."""
        words = [
            Fault(text, {"sheet": self.sheet, **_rows(rows), "column": column, "value": shown(word)})
            for (_, word), (column, text, rows) in self._words.items()
        ]
        follows = []
        for text, rows in self._follows.items():
            said = text if len(rows) == 1 else Text("ledger.so-many-rows", count=len(rows), text=text)
            follows.append(Fault(said, {"sheet": self.sheet, **_rows(rows)}))
        return [*words, *follows, *self.faults]

    def questions(self) -> list[Question]:
        """Return the words that nobody knows, those of blank cells too where an answer helps."""
        asked = [
            Question(role, word, self.sheet, column, tuple(rows))
            for (role, word), (column, _, rows) in self._words.items()
        ]
        blank = next((rows for text, rows in self._follows.items() if text.key == "ledger.manager-without-mode"), None)
        return asked + ([Question(MODE, "", self.sheet, None, tuple(blank))] if blank else [])

    def _ask(self, role: str, word: str, column: str, text: Text, row: int) -> None:
        self._words.setdefault((role, word), (column, text, []))[2].append(row)

    def _as_answered(self, role: str, said: str, draft: Draft) -> Parsed:
        if role == MANAGER_COLUMN and said == NOBODY_ANSWERED:
            draft.nobody = True
        declared_field = field_of(role)
        if said == UNKNOWN and declared_field is not None and declared_field.type != "enum":
            draft.bad.add(role)  # nothing is known, and nothing on record is erased
        return read_answer(role, said)

    def _manager(self, column: Column, cell: object, draft: Draft) -> Parsed:
        assert column.field is not None
        parsed = parse(column.field, cell, heading=column.leaf)
        if parsed.problem or parsed.value is None or not isinstance(cell, str):
            return parsed
        if fold(cell) in _NO_NAMES or says_nothing(cell):
            return _unknown_word(MANAGER_COLUMN, cell)
        read = read_managers(cell)
        if read.nobody:
            draft.nobody = True
            return Parsed(note=Text("ledger.nobody", value=shown(cell)))
        if read.residents:
            if MODE not in draft.bad:
                draft.values.setdefault(MODE, "autonomous")
            return Parsed(note=Text("ledger.residents", value=shown(cell)))
        if len(read.names) > 1:
            allowed = [*read.names, NOBODY_ANSWERED]
            text = Text("ledger.several-managers", word=shown(cell), names=list(read.names), allowed=allowed)
            return Parsed(problem=text)
        if read.left:
            text = Text("ledger.manager-left", word=shown(cell), allowed=[*read.names, NOBODY_ANSWERED])
            return Parsed(problem=text)
        if read.remarks:
            self.note(Text("ledger.manager-remark", example=f"{shown(cell)} → {read.names[0]}"))
            return Parsed(read.names[0])
        marked = read.names and fold(cell).rstrip(_MARKS) == fold(read.names[0]) != fold(cell)  # 安居物业。
        return Parsed(read.names[0]) if marked else parsed

    def _end_with_words(self, cell: str, draft: Draft) -> Parsed | None:
        """Read an end date with words beside it that may change what it means; None where there are none."""
        kind, rest = beside_end(cell)
        read = (rough_date(rest, True) or parse_date(rest, True)) if rest and rest != cell else None
        if read is None or not isinstance(read.value, dt.date):
            return None
        if later_day(half_width(cell).replace(rest, " ", 1), read.value):
            return _in_doubt(cell)
        return None if kind is None else self._ended(kind, read, cell, draft)

    def span(self, cell: Raw, draft: Draft) -> tuple[Parsed, Parsed]:
        """Read a cell as first and last day, with words beside them that may change what the last one means."""
        both = read_span(cell)
        kind, rest = beside_end(cell) if both[0].problem and isinstance(cell, str) else (None, "")
        if kind is None or not isinstance(cell, str):
            return both
        first, last = read_span(rest)
        ended = self._ended(kind, last, cell, draft) if isinstance(last.value, dt.date) else None
        return both if ended is None else (first, ended)

    def _ended(self, kind: str, read: Parsed, cell: str, draft: Draft) -> Parsed | None:
        """Return what an end means with the words beside it; None where they say nothing of it."""
        past = draft.group.as_of is None or (isinstance(read.value, dt.date) and read.value < draft.group.as_of)
        if kind == CONTINUED:
            draft.values.setdefault(SERVED_ON, True)
            return Parsed(read.value, note=Text("ledger.served-on", example=shown(cell)))
        if kind == GONE or past:
            return _in_doubt(cell)
        return None

    def heed_remark(self, draft: Draft) -> None:
        """Take from the remark that a contract is served on past its end; say where it tells that the manager went."""
        remark, end = draft.values.get("remark"), draft.values.get(END)
        said = in_remark(remark) if isinstance(remark, str) and draft.managed else None
        as_of = draft.group.as_of
        past = isinstance(end, dt.date) and as_of is not None and end < as_of
        if (
            said == CONTINUED
            and isinstance(end, dt.date)
            and (past or as_of is None)
            and SERVED_ON not in draft.values
            and SERVED_ON not in draft.bad
        ):
            draft.values[SERVED_ON] = True
            self.note(Text("ledger.served-on", example=shown(remark)))
        elif said == RENEWED and isinstance(end, dt.date) and isinstance(remark, str) and later_day(remark, end):
            self.note(Text("ledger.remark-says-renewed", row=draft.line.number, remark=shown(remark), end=str(end)))
        elif said == GONE and not past and draft.values.get("arrangement.terminated_on") is None:
            self.note(Text("ledger.remark-says-gone", row=draft.line.number, remark=shown(remark)))

    def _word(self, column: Column, cell: str, draft: Draft, parsed: Parsed) -> Parsed:
        """Read a word of an enumeration that is not on its list: a stage behind the mode, or a question."""
        role = column.role or ""
        if role == MODE and column.field:
            mode, stage = stage_in_mode(cell)
            bare = bare_mode(mode if stage and mode else cell)
            read = parse(column.field, mode) if stage and mode else parsed
            read = read if read.problem is None else parse(column.field, bare) if bare else read
            if read.problem is None:
                draft.stage_in_mode = stage
                return read
            if read_managers(cell).nobody:
                return Parsed(note=Text("ledger.nobody", value=shown(cell)))
        return _unknown_word(role, cell)


def _in_doubt(cell: str) -> Parsed:
    return Parsed(problem=Text("ledger.end-in-doubt", word=shown(cell), role=END, allowed=options(END)))


def _unknown_word(role: str, cell: object) -> Parsed:
    return Parsed(problem=Text("ledger.word-unknown", word=shown(cell), role=role, allowed=options(role)))


def word_of(cell: Raw) -> str:
    """Return a cell as the word that is asked about and answered, on one line."""
    return " ".join(plain(cell).split())


def place_of(cell: Raw) -> str | None:
    """Return a cell of a column of places or remarks as text, None where it is left empty."""
    return None if is_placeholder(cell) else " ".join(plain(cleaned(cell)).split())


def _rows(rows: list[int]) -> dict[str, object]:
    """Return where a fault of one or of many rows is."""
    return {"row": rows[0]} if len(rows) == 1 else {"rows": RowNumbers(rows)}


_ANY_DAY = dt.date(2000, 1, 1)
_TO_COME = ("拟", "计划", "准备", "正在", "意向", "待")
# What stands for a manager and is no name: a tick, a yes, a nothing, who knows.
_NO_NAMES = (YES | NO | UNKNOWN_WORDS | frozenset(map(fold, ("待定", "待确定", "?", "空")))) - NOBODY
_QUESTIONS = frozenset(
    {
        "ledger.word-unknown",
        "ledger.several-managers",
        "ledger.manager-left",
        "ledger.manager-without-contract",
        "ledger.end-in-doubt",
    }
)
