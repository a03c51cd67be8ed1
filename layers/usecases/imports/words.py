"""Words in columns of fixed values that nobody knows (便民服务站): each is asked once, and the answer is remembered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.catalogue import Field, Layer
from layers.errors import Fault, InvalidParameter
from layers.formats.table import RawTable
from layers.model.values import Parsed, fold, parse
from layers.store.protocol import Store
from layers.text import RowNumbers, Text
from layers.usecases.imports.matching import Match

if TYPE_CHECKING:
    from layers.model.feature import Raw

Answers = Mapping[str, Mapping[str, str]]

MOST_BYTES, LONGEST_WORD = 200_000, 60
ASKED = "values.not-allowed"


@dataclass(slots=True)
class AskedWord:
    """A word without a meaning: its field, the column it stands in, and the numbers of its rows in the table."""

    field: Field
    word: str
    column: str
    rows: list[int]


class Words:
    """What somebody answered to the words of a table, and the words that are still to be asked.

    Parameters
    ----------
    now, earlier : mapping
        Field → word → what it stands for, by code or label: as it is answered now, and for earlier files (codes).
        An empty answer forgets the earlier one.

    Raises
    ------
    InvalidParameter
        An answer is for no field of fixed values, or is none of its codes.
    """

    def __init__(self, layer: Layer, now: Answers, earlier: Answers) -> None:
        fields = {each.name: each for each in layer.fields if each.type == "enum"}
        named: dict[str, dict[str, str]] = {}
        for name, words in now.items():
            named.setdefault(_called(fields, name), {}).update(words)
        if faults := [*_wrong(fields, named)]:
            raise InvalidParameter(*faults)
        for name, words in named.items():
            named[name] = {word: _code(fields[name], said) for word, said in words.items()}
        self.layer = layer
        self.earlier = earlier
        self.answers = {name: {fold(word): code for word, code in words.items()} for name, words in earlier.items()}
        for name, words in named.items():
            for word, code in words.items():
                if code:
                    self.answers.setdefault(name, {})[fold(word)] = code
                else:
                    self.answers.get(name, {}).pop(fold(word), None)
        self._now = {(name, fold(word)): word for name, words in named.items() for word, code in words.items() if code}
        self.answered: dict[str, dict[str, str]] = {}
        self.asked: dict[tuple[str, str], AskedWord] = {}

    def read(self, match: Match, raw: Raw, read: Parsed) -> Parsed:
        """Return what somebody answered for a cell that could not be read, else what was read."""
        if read.problem is None or read.problem.key != ASKED or not isinstance(raw, str):
            return read
        code = self.answers.get(match.field.name, {}).get(fold(raw))
        if code is None or match.field.choice(code) is None:
            return read
        self.answered.setdefault(match.field.name, {})[raw.strip()] = code
        return Parsed(code)

    def ask(self, match: Match, raw: Raw, read: Parsed, row: int) -> bool:
        """Keep a word that nobody knows; False where what is wrong with the cell is something else."""
        if read.problem is None or read.problem.key != ASKED or not isinstance(raw, str):
            return False
        word = raw.strip()[:LONGEST_WORD]
        key = (match.field.name, fold(word))
        self.asked.setdefault(key, AskedWord(match.field, word, match.column, [])).rows.append(row)
        return True

    @property
    def rows(self) -> set[int]:
        """The numbers of the rows in which a word is asked."""
        return {row for each in self.asked.values() for row in each.rows}

    def faults(self, table: RawTable) -> list[Fault]:
        """Return a fault for every word, with all its rows; one for each sheet where the table stands on several."""
        faults = []
        for each in self.asked.values():
            sheets: dict[str | None, list[int]] = {}
            for row in each.rows:
                sheet, number = table.key(row)
                sheets.setdefault(sheet, []).append(number)
            allowed = [choice.label for choice in each.field.values]
            text = Text("imports.word-unknown", word=each.word, field=each.field.name, allowed=allowed)
            for sheet, rows in sheets.items():
                where: dict[str, object] = {} if sheet is None else {"sheet": sheet}
                where |= {"row": rows[0]} if len(rows) == 1 else {"rows": RowNumbers(rows)}
                faults.append(Fault(text, {**where, "column": each.column, "value": each.word}))
        return faults

    def notes(self) -> list[Text]:
        """Say which words were read as somebody answered, now or before, and which answers were not needed."""
        said: dict[str, list[str]] = {"ledger.answered-now": [], "ledger.answered-before": []}
        used = set()
        for name, words in self.answered.items():
            for word, code in words.items():
                fresh = (name, fold(word)) in self._now
                used.add((name, fold(word)))
                said["ledger.answered-now" if fresh else "ledger.answered-before"].append(f"{name}:{word}={code}")
        idle = [word for key, word in self._now.items() if key not in used]
        return [
            *(Text(slug, pairs=pairs) for slug, pairs in said.items() if pairs),
            *(Text("ledger.answer-not-needed", word=word) for word in idle),
        ]

    def remembering(self) -> dict[str, str]:
        """Return the setting that keeps the answers, where they changed."""
        kept = {name: words for name, words in self.answers.items() if words}
        text = json.dumps(kept, ensure_ascii=False)
        return {_key(self.layer): text} if kept != self.earlier and len(text) <= MOST_BYTES else {}


def remembered_words(store: Store, layer: Layer) -> dict[str, dict[str, str]]:
    """Return what was answered for earlier files of a layer: field → word → code."""
    kept = store.setting(_key(layer))
    return {} if kept is None else json.loads(kept)


def _key(layer: Layer) -> str:
    return f"import-values:{layer.id}"


def _called(fields: Mapping[str, Field], name: str) -> str:
    """Return the field that somebody means by its name, or by its label in either language."""
    wanted = fold(name)
    for each in fields.values():
        if wanted in {fold(each.name), fold(each.label.zh), fold(each.label.en)}:
            return each.name
    return name


def _code(field: Field, said: str) -> str:
    """Return the code that somebody means by itself, by its label or another of its words; empty where none."""
    read = parse(field, said).value if said.strip() else None
    return read if isinstance(read, str) else ""


def _wrong(fields: Mapping[str, Field], answers: Answers) -> Iterator[Fault]:
    for name, words in answers.items():
        for word, code in words.items():
            where = {"parameter": "value", "value": f"{name}:{word}={code}"[:120]}
            if name not in fields:
                yield Fault(Text("ledger.answer-no-field", known=list(fields)), where)
            elif code and not _code(fields[name], code):
                allowed = [each.label for each in fields[name].values]
                yield Fault(Text("ledger.answer-not-allowed", allowed=allowed), where)
