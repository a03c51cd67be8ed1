"""Small ledgers written down as text: a row a line, cells separated by ``|``, an empty cell blank."""

# ruff: noqa: E501 - a drawn sheet is as wide as it is
from __future__ import annotations

from layers.formats.table import RawSheet
from layers.ledger import Entry, Ledger

HEAD = """
序号 | 社区     | 小区名称 | 楼院编码         | 类型 | 是否开放式 | 楼栋编码          |                   | 户数 | 物业管理 |          |          |          | 备注
     |          |          |                  |      |            | 起                | 止                |      | 管理单位 | 管理模式 | 合同起始 | 合同截止 |
"""
# One row that has everything; `row` changes single cells of it.
PLAIN = ["1", "望江社区", "一号院", "9901010010010001", "楼院", "是", "99010100100100001", "99010100100100009", "10",
         "安居乐物业", "专业化", "2024-01-01", "2026-12-31", ""]  # fmt: skip
NAMES = ["seq", "community", "name", "code", "form", "open", "first", "last", "households", "manager", "mode", "start",
         "end", "remark"]  # fmt: skip
NOBODY = {"manager": "", "mode": "", "start": "", "end": ""}


def sheet(text: str, *, name: str = "台账", merged: tuple = (), cells: dict | None = None) -> RawSheet:
    """Return the sheet that `text` draws; digits stay text. `cells` puts other values at (row, column), 0-based."""
    rows = [[cell.strip() or None for cell in line.split("|")] for line in text.strip("\n").split("\n")]
    for (row, column), value in (cells or {}).items():
        rows[row][column] = value
    return RawSheet(name, rows, list(merged))


def row(number: int = 1, **cells: str) -> str:
    """Return one data row below `HEAD`, with its own code and buildings, and the given cells changed."""
    own = {
        "seq": str(number),
        "name": f"{number}号院",
        "code": f"990101001001{number:04}",
        "first": f"990101001001{number * 10:05}",
        "last": f"990101001001{number * 10 + 9:05}",
    }
    return " | ".join({**dict(zip(NAMES, PLAIN, strict=True)), **own, **cells}.values())


def table(*rows: str, **how: object) -> RawSheet:
    """Return a sheet of `HEAD` and these rows; the first data row is row 3."""
    return sheet(HEAD.strip("\n") + "\n" + "\n".join(rows), **how)


def faults(ledger: Ledger) -> list[tuple[str, int | None, str | None]]:
    """Return every fault as (slug, row, column)."""
    return [(f.text.key.partition(".")[2], f.where.get("row"), f.where.get("column")) for f in ledger.faults]


def notes(ledger: Ledger) -> set[str]:
    """Return the slugs of the notes."""
    return {note.key.partition(".")[2] for note in ledger.notes}


def only(ledger: Ledger) -> Entry:
    """Return the one entry of a ledger without faults."""
    assert faults(ledger) == []
    (entry,) = ledger.entries
    return entry
