"""Which cells each part of a partition has: looked up once, carried from edit to edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from geo.partition.cells import Change

Held = dict[str | None, np.ndarray]
"""The rows of the cells of each part, None of those without one: int64, ascending, none empty."""


def rows_by_part(part: np.ndarray) -> Held:
    """Look up the rows of every part that has cells."""
    rows: dict[str | None, list[int]] = {}
    for row, each in enumerate(part.tolist()):
        rows.setdefault(each, []).append(row)
    return {each: np.array(mine, dtype=np.int64) for each, mine in rows.items()}


def carried(held: Held, changes: Mapping[str, Change], rows: Mapping[str, int]) -> Held:
    """Carry rows on to the next partition, in which all cells of this one have the rows that they had.

    Parameters
    ----------
    held : Held
    changes : mapping of id to Change
        None removes a cell.
    rows : mapping of id to int
        Of the next partition.
    """
    left: dict[str | None, list[int]] = {}
    came: dict[str | None, list[int]] = {}
    for each, change in changes.items():
        assert change.after is not None  # no cell goes: all keep their rows
        if change.before is None or change.before.part != change.after.part:
            came.setdefault(change.after.part, []).append(rows[each])
            if change.before is not None:
                left.setdefault(change.before.part, []).append(rows[each])
    made = dict(held)
    for part, mine in left.items():
        made[part] = np.setdiff1d(made[part], mine)
    for part, mine in came.items():
        made[part] = np.union1d(made[part], mine) if part in made else np.array(sorted(mine), dtype=np.int64)
    return {part: mine for part, mine in made.items() if len(mine)} if left else made
