"""What is to be written for changes of one layer: their values as columns hold them, and history's bytes of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from layers.catalogue import Field
from layers.model.feature import Change
from layers.store import values
from layers.store.schema import LayerTable

Plan = list[tuple[str, Field | None, bool]]
Cells = tuple[object, ...]

_VARIABLES = 990  # of one statement; SQLite of before 3.32 takes 999
_NOTHING: dict[str, values.Stored] = {}


@dataclass(slots=True, eq=False)
class Row:
    """One change, and what is to be written for it."""

    change: Change
    version: int = 1
    stored: Sequence[Any] | None = None
    values: dict[str, values.Stored] = field(default_factory=lambda: _NOTHING)
    wkb_before: bytes | None = None
    wkb_after: bytes | None = None
    blob: bytes | None = None
    box: Sequence[float] = ()

    def columns(self, names: Iterable[str], spatial: bool) -> tuple[object, ...]:
        """Return the row of the layer's table, of its fields those that are named."""
        told = map(self.values.get, names)
        return (self.change.id, self.version, *told, self.blob) if spatial else (self.change.id, self.version, *told)

    def packed_before(self, fields: Iterable[Field]) -> bytes | None:
        """Return what history keeps of the feature as it was stored."""
        if self.stored is None:
            return None
        stored = zip((each.name for each in fields), self.stored[2:-1], strict=True)
        return values.pack(self.stored[1], self.wkb_before, dict(stored))

    def packed_after(self) -> bytes | None:
        """Return what history keeps of the feature as it becomes."""
        return None if self.change.after is None else values.pack_set(self.version, self.wkb_after, self.values)


def plan(layer: LayerTable, names: Iterable[str]) -> Plan:
    """Return what to write of properties with these names: each with its field, and whether that takes words."""
    fields, given = layer.layer.by_name, dict.fromkeys(names)
    known = [each for each in layer.layer.fields if each.name in given or each.name == "updated_at"]
    unknown = [(name, None, False) for name in given if name not in fields]
    return [*((each.name, each, each.type in values.WORDS) for each in known), *unknown]


def encode_together(layer: LayerTable, rows: Sequence[Row], time: str) -> bool:
    """Turn the properties of many new features into their rows' values, column by column.

    False, and nothing is done, where a value is not what its field holds: whoever goes from row to row says which.
    """
    alike: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        assert row.change.after is not None  # as it is new
        alike.setdefault(tuple(row.change.after.properties), []).append(row)
    made = [(each, _columns(layer, names, each, time)) for names, each in alike.items()]
    if any(columns is None for _, columns in made):
        return False
    for each, columns in made:
        assert columns is not None  # as was just seen
        names, gaps = tuple(columns), any(None in cells for cells in columns.values())
        for row, told in zip(each, zip(*columns.values(), strict=True), strict=True):
            known = zip(names, told, strict=True)
            row.values = {name: value for name, value in known if value is not None} if gaps else dict(known)
    return True


def insert(run: Callable[[str, Sequence[Cells]], object], statement: str, rows: Sequence[Cells]) -> None:
    """Insert rows, many with one statement: to begin one anew costs SQLite more than a row does.

    Parameters
    ----------
    run : callable
        Executes a statement for each of some tuples of parameters.
    statement : str
        It ends in the parameters of one row.
    """
    head, values_of, one = statement.rpartition("VALUES ")
    each = max(1, _VARIABLES // one.count("?"))
    whole = len(rows) - len(rows) % each
    if whole:
        together = [tuple(chain.from_iterable(rows[at : at + each])) for at in range(0, whole, each)]
        run(head + values_of + ",".join([one] * each), together)
    if whole < len(rows):
        run(statement, rows[whole:])


def _columns(
    layer: LayerTable, names: tuple[str, ...], rows: Sequence[Row], time: str
) -> dict[str, list[values.Stored]] | None:
    found: dict[str, list[values.Stored]] = {}
    given = [row.change.after.properties for row in rows if row.change.after is not None]
    for name, of, _ in plan(layer, names):
        if of is None:
            return None
        if name == "updated_at":
            found[name] = [time] * len(rows)
            continue
        cells = [each[name] for each in given]
        stored = _stored(of, cells)
        if stored is None:
            return None
        found[name] = stored
    return found


def _stored(of: Field, cells: list[Any]) -> list[values.Stored] | None:
    """Return the cells of a column as it holds them; None where one cannot be held."""
    kinds = set(map(type, cells))
    kinds.discard(type(None))
    if not kinds:
        return cells
    if of.type in values.WORDS and kinds == {str} and values.is_text("".join(filter(None, cells))):
        return cells
    if of.type == "integer" and kinds == {int} and all(each is None or abs(each) < values.SAFE for each in cells):
        return cells
    if of.type == "number" and kinds == {float} and math.isfinite(sum(each for each in cells if each is not None)):
        return cells
    encode = values.ENCODE[of.type]
    try:
        return [None if each is None else encode(each) for each in cells]
    except (TypeError, ValueError):
        return None


__all__ = ["Plan", "Row", "encode_together", "insert", "plan"]
