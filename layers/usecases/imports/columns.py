"""What the cells of a table say, kept as columns: a dict for every row of a city would take five times the memory."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping
from dataclasses import dataclass, field

from layers.errors import Fault
from layers.formats.table import RawTable
from layers.model.feature import Value
from layers.model.values import Parsed, ordinary_text, parse, read_unit, refusal, rough_number, split_heading
from layers.text import Text, examples_together
from layers.usecases.imports.matching import Match
from layers.usecases.imports.words import Words

# Most columns say the same few things again and again: that many different cells of a column are read only once.
REMEMBERED = 4096
SIMPLE = frozenset({str, int, float, bool, type(None)})


@dataclass
class Records(Mapping[int, dict[str, Value]]):
    """Row position → field → value.

    Parameters
    ----------
    columns : dict
        Field → value of every row of the table.
    positions : range or dict of int
        The rows that are in it.
    """

    columns: dict[str, list[Value]] = field(default_factory=dict)
    positions: range | dict[int, None] = range(0)

    def __getitem__(self, position: int) -> dict[str, Value]:
        if position not in self.positions:
            raise KeyError(position)
        return {name: values[position] for name, values in self.columns.items()}

    def __iter__(self) -> Iterator[int]:
        return iter(self.positions)

    def __len__(self) -> int:
        return len(self.positions)

    def items(self) -> ItemsView[int, dict[str, Value]]:
        """Return the rows with their positions; each row is made when it is walked over."""
        return _Rows(self)

    def without(self, left_out: set[int]) -> Records:
        """Return the same records but for some positions."""
        if not left_out:
            return self
        return Records(self.columns, dict.fromkeys(each for each in self.positions if each not in left_out))


class _Rows(ItemsView[int, dict[str, Value]]):
    def __init__(self, records: Records) -> None:
        super().__init__(records)
        self._records = records

    def __iter__(self) -> Iterator[tuple[int, dict[str, Value]]]:
        columns = list(self._records.columns.items())
        for position in self._records.positions:
            yield position, {name: values[position] for name, values in columns}


def read_records(
    table: RawTable, matches: list[Match], words: Words | None = None
) -> tuple[Records, list[Text], list[Fault]]:
    """Read every cell of the columns that mean something; return also what was assumed, said once, and every fault.

    A word that nobody knows is kept in `words`, where they are given, and is no fault of each of its cells.
    """
    records = Records({}, range(len(table)))
    assumed: dict[Text, None] = {}
    faults: list[Fault] = []
    for match in matches:
        required = match.field.required and match.field.name != "code"
        unit = _unit(match, table.choices.get("unit"))
        if unit is not None:
            assumed[Text("imports.unit-stated", unit=unit, field=match.field.label)] = None
        known: dict[tuple[type, object], Parsed] = {}
        values: list[Value] = []
        records.columns[match.field.name] = values
        ordinary = ordinary_text(match.field)
        for position, raw in enumerate(table.columns[match.column]):
            if type(raw) is str and ordinary is not None and ordinary(raw):
                values.append(raw)
                continue
            read = _read(match, raw, known, unit)
            if read.problem is not None and words is not None:
                read = words.read(match, raw, read)
            values.append(read.value)
            if words is not None and words.ask(match, raw, read, table.rows[position]):
                continue
            if read.problem is not None:
                where = {"row": table.rows[position], "column": match.column, "value": str(raw)[:60]}
                faults.append(Fault(read.problem, where))
            elif required and read.value is None:
                where = {"row": table.rows[position], "column": match.column}
                faults.append(Fault(Text("imports.required", field=match.field.label), where))
            if read.note is not None:
                assumed[read.note] = None
    return records, examples_together(assumed), faults


def _unit(match: Match, stated: str | None) -> str | None:
    """Return the unit that is stated above the table, where it is of the field's measure and the heading names none."""
    given, own = read_unit(stated), read_unit(match.field.unit)
    if given is None or own is None or given[0] != own[0] or given == own or split_heading(match.column)[1] is not None:
        return None
    return stated


def _read(match: Match, raw: object, known: dict[tuple[type, object], Parsed], unit: str | None) -> Parsed:
    key = (type(raw), raw)  # 1, 1.0 and true are equal, and not the same
    if key[0] not in SIMPLE:
        return parse(match.field, raw, heading=match.column, unit=unit)
    found = known.get(key)
    if found is None:
        found = parse(match.field, raw, heading=match.column, unit=unit)
        if found.problem is not None and isinstance(raw, str):
            found = _roughly(match, raw, unit) or found
        if len(known) < REMEMBERED:
            known[key] = found
    return found


def _roughly(match: Match, raw: str, unit: str | None) -> Parsed | None:
    """Read a number with words around it, as in a ledger: 约120户, 90（含商铺6）; None where it is not clear."""
    if match.field.type not in ("integer", "number") or refusal(raw):
        return None
    stated = split_heading(match.column)[1] or unit
    return rough_number(raw, match.field.unit, stated, whole=match.field.type == "integer")
