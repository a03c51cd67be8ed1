"""Whole layers as frames, kept in memory and brought up to date from the change log.

It works with any store: it asks which revision a layer is at, and applies what changed since. Every process has its
own frames; because the log is the truth, they agree.
"""

from __future__ import annotations

import datetime as dt
import threading
from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import proxy

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from geopandas.array import GeometryArray
from pandas.api.extensions import ExtensionArray

from geo.shapes import digest
from layers.keeping import OfEach, Recent
from layers.model.feature import Change, Feature
from layers.store.protocol import Query, Store

if TYPE_CHECKING:
    import geopandas as gpd

_MOST_CHANGES = 2_000
_MOST_DAYS = 8
_LARGE, _FEW = 20_000, 200
_PIECE = 65_536  # rows of a long column of texts that are copied where one of them changes


class Frames:
    """The layers of a store as frames.

    Parameters
    ----------
    store : Store
    most_changes : int
        With more changes than this a layer is read anew.
    most_days : int
        How many layers as of some day are kept; whole layers are all kept, as there are only as many as the
        catalogue has.
    """

    def __init__(self, store: Store, most_changes: int = _MOST_CHANGES, most_days: int = _MOST_DAYS) -> None:
        self._store = store
        self._most_changes = most_changes
        self._whole: dict[str, tuple[int, gpd.GeoDataFrame]] = {}
        self._days: Recent[tuple[str, dt.date, bool], tuple[int, gpd.GeoDataFrame]] = Recent(2 * most_days)
        self._locks = {layer: threading.Lock() for layer in store.layer_revisions()}

    def get(self, layer: str, as_of: dt.date | None = None, valid: bool = True) -> gpd.GeoDataFrame:
        """Return a layer as `Store.read` would now, whole or as of a day; without `valid` also what is not valid on it.

        The frame is the caller's own as far as pandas' copy-on-write goes: columns may be set and added, while the
        tuples and geometries inside are shared and must not be changed.
        """
        lock = self._locks.get(layer)
        if lock is None:
            return self._store.read(layer)  # which says that there is no such layer
        with lock:
            revision, whole = self._current(layer)
            frame = whole if as_of is None else self._on_day(layer, as_of, valid, revision, whole)
        return frame.copy(deep=False)

    def revision(self, layer: str) -> int:
        """Return the revision that the layer is at now, the key for whatever is derived from its frame."""
        return self._store.layer_revisions()[layer]

    def forget(self) -> None:
        """Drop everything."""
        self._whole.clear()
        self._days.drop(lambda key: True)

    def _current(self, layer: str) -> tuple[int, gpd.GeoDataFrame]:
        # asked first: what is read after it is at least as new, and applying a change twice does no harm
        revision = self.revision(layer)
        kept = self._whole.get(layer)
        if kept is not None and kept[0] == revision:
            return kept
        frame = None
        if kept is not None:
            changes = self._store.changes_since(layer, kept[0], self._most_changes)
            frame = None if changes is None else caught_up(kept[1], changes)
        if frame is None:
            frame = self._store.read(layer)
        self._whole[layer] = (revision, frame)
        return revision, frame

    def _on_day(
        self, layer: str, day: dt.date, valid: bool, revision: int, whole: gpd.GeoDataFrame
    ) -> gpd.GeoDataFrame:
        key = (layer, day, valid)
        kept = self._days.get(key)
        if kept is None or kept[0] != revision:
            frame = valid_on(self._on_day(layer, day, False, revision, whole), day) if valid else None
            kept = self._days.keep(key, (revision, self._as_it_was(layer, day, whole) if frame is None else frame))
        return kept[1]

    def _as_it_was(self, layer: str, day: dt.date, whole: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return a whole layer as it was on a day; where nothing was otherwise, the very frame of now."""
        otherwise = self._store.differing(layer, day, None, max(self._most_changes, len(whole) // 10))
        if otherwise is None:
            return self._store.read(layer, Query(on_day=day))
        if not otherwise:
            return whole
        return caught_up(whole, [Change(layer, id, None, then) for id, then in otherwise.items()])


def frames_of(store: Store) -> Frames:
    """Return the frames of a store that all readers of one process share; they live as long as the store."""
    return _SHARED(store)


_SHARED: OfEach[Store, Frames] = OfEach(lambda store: Frames(proxy(store)))


def valid_on(frame: gpd.GeoDataFrame, day: dt.date) -> gpd.GeoDataFrame:
    """Return the rows that are valid on a day: `valid_from` ≤ day ≤ `valid_to`, null = open."""
    moment = pd.Timestamp(day)
    begun = frame["valid_from"].isna() | (frame["valid_from"] <= moment)
    lasting = frame["valid_to"].isna() | (frame["valid_to"] >= moment)
    valid = (begun & lasting).to_numpy()
    return frame if valid.all() else frame[valid]


def caught_up(frame: gpd.GeoDataFrame, changes: Sequence[Change]) -> gpd.GeoDataFrame:
    """Return a frame of a whole layer with changes applied in order; equal to reading the layer anew.

    Parameters
    ----------
    frame : GeoDataFrame
        As `Store.read` returns it, with every field.
    changes : sequence of Change
        All of this layer; some of them may be in the frame already.
    """
    latest = {change.id: change.after for change in changes}
    if not latest:
        return frame
    places = _places(frame.index, list(latest))
    present = [feature for feature in latest.values() if feature is not None]
    if len(present) == len(latest) and (places >= 0).all():
        return _replaced(frame, present, places)
    kept = np.ones(len(frame), dtype=bool)
    kept[places[places >= 0]] = False
    rest = frame[kept]
    return pd.concat([rest, _like(frame, present)]).sort_index() if present else rest


def rows_among(index: pd.Index, among: pd.Index) -> np.ndarray:
    """Return where the ids of some rows stand among others, -1 where they do not: int64[n].

    As `Index.get_indexer`, which keeps what it lays out of a city for as long as the index is kept.
    """
    if index is among or (len(index) == len(among) and index.equals(among)):
        return np.arange(len(index))
    ids, others = (_texts(each) for each in (index, among))
    return pc.index_in(ids, value_set=others).fill_null(-1).to_numpy().astype(np.int64)


def row_of(id: str, among: pd.Index) -> int:
    """Return where an id stands among others, -1 where it does not; as `rows_among`, nothing is laid out for it."""
    return pc.index(_texts(among), pa.scalar(id, pa.large_string())).as_py()


def digest_of_ids(index: pd.Index) -> str:
    """Return a digest of the ids of some rows in their order; no text is laid out for it."""
    ids = _texts(index)
    if not len(ids):
        return digest()
    ends = np.frombuffer(ids.buffers()[1], np.int64)[ids.offset : ids.offset + len(ids) + 1]
    letters = memoryview(ids.buffers()[2] or b"")[ends[0] : ends[-1]]
    return digest(np.diff(ends).tobytes(), letters)


def _texts(index: pd.Index) -> pa.Array:
    found = pa.array(index.array, pa.large_string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _places(index: pd.Index, ids: Sequence[str]) -> np.ndarray:
    """Return where ids stand in the order of all, -1 where they do not: int64[n]."""
    if len(index) < _LARGE or len(ids) > _FEW:
        return index.get_indexer(ids)
    # What pandas lays out to look them up holds a text of its own for each row, for as long as the frame is kept.
    every = index.array
    at = [bisect_left(every, id) for id in ids]
    return np.array([row if row < len(every) and every[row] == id else -1 for row, id in zip(at, ids, strict=True)])


def _replaced(frame: gpd.GeoDataFrame, features: Sequence[Feature], places: np.ndarray) -> gpd.GeoDataFrame:
    """Return the frame with the rows at some places replaced by features, in this order."""
    rows = _like(frame, features)
    found = frame.copy(deep=False)
    for name in frame.columns:
        values, new = frame[name].array, rows[name].array
        # Most edits change a column or two, and a city has long ones.
        if not (_alike(values[places], new) if name == "geometry" else _equal(values[places], new)):
            found[name] = _put(values, places, new)
    return found


def _put(values: ExtensionArray, places: np.ndarray, new: ExtensionArray) -> ExtensionArray:
    """Return values with others at some places; of a long column of texts the pieces between are shared."""
    if not isinstance(values, pd.arrays.ArrowStringArray) or len(values) < _LARGE:
        values = values.copy()
        values[places] = new
        return values
    whole, piece_of = pa.chunked_array(pa.array(values)), places // _PIECE
    pieces, end = [], 0
    for piece in np.unique(piece_of):  # they end at the same rows every time, or there would be more with every edit
        mine, begin = piece_of == piece, int(piece) * _PIECE
        pieces += whole.slice(end, begin - end).chunks
        end = min(begin + _PIECE, len(values))
        changed = values[begin:end].copy()
        changed[places[mine] - begin] = new[mine]
        pieces.append(pa.chunked_array(pa.array(changed)).combine_chunks())
    pieces += whole.slice(end).chunks
    return values.dtype.__from_arrow__(pa.chunked_array([each for each in pieces if len(each)], type=whole.type))


def rows_alike(before: gpd.GeoDataFrame, now: gpd.GeoDataFrame, rows: np.ndarray) -> np.ndarray:
    """Say which of some rows, at the same places in both, are alike in every column of `now`: bool[k]."""
    alike = np.ones(len(rows), dtype=bool)
    for name in now.columns:
        old, new = before[name].array[rows], now[name].array[rows]
        if name == "geometry":
            alike &= _same_shapes(old, new)
        else:
            alike &= np.fromiter(map(_same, old, new), dtype=bool, count=len(rows))
    return alike


def _equal(old: ExtensionArray, new: ExtensionArray) -> bool:
    """Say whether values are the same, missing ones too."""
    return all(map(_same, old, new))


def _same(before: object, after: object) -> bool:
    if _missing(before) or _missing(after):
        return _missing(before) and _missing(after)
    return before is after or bool(before == after)


def _alike(old: np.ndarray, new: np.ndarray) -> bool:
    """Say whether shapes are the same, point by point; none is as none."""
    return bool(_same_shapes(old, new).all())


def _same_shapes(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    before, after = (np.asarray(each, dtype=object) for each in (old, new))
    return shapely.equals_identical(before, after) | (shapely.is_missing(before) & shapely.is_missing(after))


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def _like(frame: gpd.GeoDataFrame, features: Sequence[Feature]) -> gpd.GeoDataFrame:
    """Return features as a frame with the columns and types of another."""
    columns = {}
    for name in frame.columns:
        if name == "geometry":
            values = np.empty(len(features), dtype=object)
            values[:] = [feature.geometry for feature in features]
            columns[name] = GeometryArray(values, crs=frame.crs)
        elif name == "version":
            columns[name] = np.array([feature.version for feature in features], dtype=frame[name].dtype)
        else:
            columns[name] = _column(frame[name].dtype, [feature.properties.get(name) for feature in features])
    index = pd.Index([feature.id for feature in features], dtype=frame.index.dtype, name=frame.index.name)
    return type(frame)(columns, index=index, geometry="geometry", crs=frame.crs)


def _column(dtype: np.dtype | pd.api.extensions.ExtensionDtype, values: list[object]) -> object:
    if isinstance(dtype, pd.api.extensions.ExtensionDtype):
        return pd.array(values, dtype=dtype)
    if dtype.kind != "O":
        return np.array(values, dtype=dtype)
    array = np.empty(len(values), dtype=object)  # lists: an absent one is the empty tuple
    array[:] = [value or () for value in values]
    return array
