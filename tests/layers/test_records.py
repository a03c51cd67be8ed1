"""Cells become values column by column; what equal cells mean is found out once."""

from __future__ import annotations

from layers.catalogue import catalogue
from layers.formats.table import RawTable
from layers.usecases.imports.columns import REMEMBERED, Records, read_records
from layers.usecases.imports.matching import Match


def read(field: str, cells: list) -> tuple[Records, list, list]:
    match = Match("column", catalogue().layer("buildings").field(field))
    return read_records(RawTable("t", {"column": cells}, list(range(2, 2 + len(cells)))), [match])


def test_cells_that_are_equal_and_not_the_same_stay_apart() -> None:
    records, _, _ = read("name", [1, True, 1.0, "1", None, "", True, 1])
    assert records.columns["name"] == ["1", "true", "1", "1", None, None, "true", "1"]


def test_a_fault_is_told_for_every_row_and_an_assumption_once() -> None:
    records, assumed, faults = read("floors", ["six", "6", "six", "/", "/"])
    assert records.columns["floors"] == [None, 6, None, None, None]
    assert [fault.where for fault in faults] == [{"row": row, "column": "column", "value": "six"} for row in (2, 4)]
    assert [note.key for note in assumed] == ["values.placeholder"]


def test_more_different_cells_than_are_remembered() -> None:
    cells = [f"{n}号楼" for n in range(REMEMBERED + 2)] * 2
    assert read("name", cells)[0].columns["name"] == cells


def test_rows_are_left_out_by_position() -> None:
    records, _, _ = read("name", ["a", "b", "c"])
    some = records.without({1})
    assert dict(some) == {0: {"name": "a"}, 2: {"name": "c"}}
    assert some.get(1) is None and some.get(9) is None and len(some) == 2
    assert records.without(set()) is records
