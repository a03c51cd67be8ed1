"""Causes before symptoms: the order in which what is wrong with a ledger is told, and whom it holds back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from layers.errors import Fault

# What was not understood of the file as a whole; then words; then what follows from either; then single cells.
_WHOLE = (
    "ledger.no-such-sheet", "ledger.no-table", "ledger.heading-unknown", "ledger.houses-may-be-counts",
    "ledger.column-doubled",
    "ledger.merges-overlap", "ledger.sheets-share-codes", "ledger.no-buildings-meant", "ledger.changes-most",
    "ledger.no-contracts",
)  # fmt: skip
_SUMS = ("ledger.sum-differs", "ledger.part-differs")
_WORDS = (
    "ledger.word-unknown", "ledger.several-managers", "ledger.manager-left", "ledger.manager-without-contract",
    "ledger.end-in-doubt",
)  # fmt: skip
_FOLLOWS = (
    "ledger.so-many-rows", "ledger.code-not-made", "ledger.row-without-code", "ledger.manager-without-mode",
    "ledger.mode-without-manager", "ledger.no-start-date", "ledger.dates-without-manager",
    "ledger.nobody-with-contract",
)  # fmt: skip
_RANKS = {key: rank for rank, keys in enumerate((_WHOLE, _WORDS, _FOLLOWS, _SUMS)) for key in keys}
# Faults of a whole sheet: with them no row of it is known for sure.
FATAL = frozenset(_WHOLE)


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults with the causes first."""
    return sorted(faults, key=lambda fault: _RANKS.get(fault.text.key, len(_RANKS)))


def rows_of(fault: Fault) -> tuple[int, ...]:
    """Return the rows that a fault is about."""
    row, rows = fault.where.get("row"), fault.where.get("rows")
    if isinstance(rows, Sequence):
        return tuple(rows)
    return (row,) if isinstance(row, int) else ()
