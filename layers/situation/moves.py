"""What changed in a layer between two looks at it, told from the ids and versions of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layers.store.frames import rows_alike, rows_among

if TYPE_CHECKING:
    import geopandas as gpd

MOST_LOOKED_AT = 2_000
State = tuple[pd.Index, np.ndarray]  # the ids of a layer's rows, and their versions


def state_of(frame: gpd.GeoDataFrame) -> State:
    """Return the ids and versions of a frame's rows."""
    return frame.index, frame["version"].to_numpy(dtype="int64")


def same_rows(before: State, now: State) -> bool:
    """Say whether both are of the same rows in the same order, changed or not."""
    return before[0] is now[0] or (len(before[0]) == len(now[0]) and before[0].equals(now[0]))


def same(before: State, now: State) -> bool:
    """Say whether both are of the same rows in the same order, and none has changed."""
    return np.array_equal(before[1], now[1]) and same_rows(before, now)


def moved(before: State, now: State) -> tuple[np.ndarray, np.ndarray]:
    """Return where each old row stands now (-1 = gone or changed), and which rows are new or changed."""
    old_index, old_versions = before
    index, versions = now
    if same_rows(before, now):
        changed = versions != old_versions
        return np.where(changed, -1, np.arange(len(index))), np.flatnonzero(changed)
    place = rows_among(old_index, index)
    same = place >= 0
    same[same] = versions[place[same]] == old_versions[same]
    moved = np.where(same, place, -1)
    fresh = np.ones(len(index), dtype=bool)
    fresh[moved[same]] = False
    return moved, np.flatnonzero(fresh)


def differing(before: gpd.GeoDataFrame, now: gpd.GeoDataFrame) -> np.ndarray | None:
    """Return in which rows two frames of one layer differ; None where they are not of the same rows.

    Rows of which the versions differ are looked at, in the columns of `now` alone: whoever gives those that he reads
    learns of what concerns him.
    """
    was, is_now = state_of(before), state_of(now)
    if not same_rows(was, is_now):
        return None
    rows = np.flatnonzero(was[1] != is_now[1])
    return rows[~rows_alike(before, now.drop(columns="version"), rows)] if len(rows) <= MOST_LOOKED_AT else rows


def with_rows(values: np.ndarray, rows: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Return values with those of some rows replaced; the very same where they were so: most edits change a column."""
    old, wanted = (pd.Series(each, dtype=values.dtype) for each in (values[rows], new))
    if old.equals(wanted):
        return values
    changed = values.copy()
    changed[rows] = new
    return changed


__all__ = ["State", "differing", "moved", "rows_among", "same", "same_rows", "state_of", "with_rows"]
