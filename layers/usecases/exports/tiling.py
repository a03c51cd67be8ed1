"""Vector tiles of layers, cut from one copy of each in memory; an edit makes anew only the tiles that it touches."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import ref

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from geo.shapes import kept_as
from geo.tiles import (
    BUFFER,
    EXTENT,
    Attributes,
    TileSource,
    attributes,
    changed,
    encode_tile,
    ragged,
    retold,
    tile_box,
    tile_source,
)
from layers.catalogue import Layer, catalogue
from layers.keeping import OfEach, Parts, Recent, parts_of
from layers.store.frames import frames_of, rows_among
from layers.store.protocol import Store
from layers.usecases.exports.publishing import PublicStore
from layers.usecases.exports.suppressing import counts_of

if TYPE_CHECKING:
    import geopandas as gpd

MOST_BYTES = 64 << 20
MOST_LAID_BYTES = 400 << 20  # of all copies together, with their tiles
MOST_COPIES = 12
MOST_LATE = 20_000  # with more rows appended than this the copy is laid out anew
LISTS = "; "
Column: TypeAlias = np.ndarray | ExtensionArray
Tell: TypeAlias = Callable[[np.ndarray | slice], pd.DataFrame]
NOTHING: Mapping[str, Column] = {}


@dataclass(frozen=True)
class Tile:
    """The bytes of a tile and a tag that changes if and only if they do."""

    data: bytes
    tag: str


class Cutter:
    """One set of features and the tiles cut from it.

    Parameters
    ----------
    name : str
        What the layer is called inside a tile.
    main : str, optional
        The column that gathered squares tell.
    most_bytes : int
        How many bytes of tiles are kept.
    ground : Ground, optional
        Shares layouts with other cutters.
    """

    def __init__(
        self, name: str, main: str | None = None, most_bytes: int = MOST_BYTES, ground: Ground | None = None
    ) -> None:
        self._name, self._main, self._most_bytes = name, main, most_bytes
        self._ground = ground or Ground()
        self._key: Hashable = None
        self._source: TileSource | None = None
        self._seen, self._ids = dict[str, Column](), pd.Index([])
        self._rows = np.empty(0, np.int32)
        self._tiles: OrderedDict[tuple[int, int, int], Tile] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def at(self, key: Hashable) -> bool:
        """Say whether the copy is at `key`, so that nothing need be brought to `current`."""
        with self._lock:
            return key == self._key

    def current(
        self, key: Hashable, features: gpd.GeoDataFrame, tell: Tell, watched: Mapping[str, Column] = NOTHING
    ) -> None:
        """Bring the copy up to date.

        Parameters
        ----------
        key : hashable
            What the features depend on; with the key of last time nothing is done.
        features : GeoDataFrame
            Indexed by id, with `version`: a shape is taken to be as it was while its version is.
        tell : function of rows
            Gives what a tile tells of some of the features, indexed alike.
        watched : mapping
            Columns that are told and can change while the version does not, as a status does from day to day: values
            that differ where what is told does.
        """
        with self._lock:
            if key == self._key:
                return
            seen, ids = {"version": features["version"].to_numpy(), **watched}, features.index
            source = self._source
            known = rows_among(ids, self._ids) if source is not None else np.full(len(ids), -1)
            same = (known >= 0) & _equal(self._seen, seen, known)
            if source is None or (~same).sum() + len(source.shapes) - source.base > MOST_LATE:
                self._lay_out(features, tell, tuple(watched))
            else:
                self._bring_in(source, features, tell, np.where(same, known, -1))
            self._seen, self._ids, self._key = seen, ids, key

    @property
    def parts(self) -> Parts:
        """Say what it is made of; shapes are shared with other cutters."""
        source = self._source
        own: dict[Hashable, int] = {id(self): self._bytes}
        if source is None:
            return own
        laid, told, seen = source.shapes, source.attributes, self._seen.values()
        arrays = [laid.kind, laid.courses, laid.starts, laid.hole, laid.xy, laid.boxes, source.gone, self._rows]
        arrays += [source.tree.boxes, source.tree.order, told.codes]
        arrays += [each for written in (told.values, told.later) for each in (written.values, written.starts)]
        return own | parts_of([*arrays, *(each for each in seen if isinstance(each, np.ndarray))])

    def tile(self, z: int, x: int, y: int) -> Tile:
        """Cut a tile, or give it as it was cut before. Raises ValueError if there is no such tile."""
        with self._lock:
            kept, source = self._tiles.get((z, x, y)), self._source
            if kept is not None:
                self._tiles.move_to_end((z, x, y))
                return kept
        assert source is not None  # `current` comes first
        data = encode_tile(source, z, x, y)
        tile = Tile(data, hashlib.blake2b(data, digest_size=12).hexdigest())
        with self._lock:
            if self._source is source and (z, x, y) not in self._tiles:
                self._tiles[(z, x, y)] = tile
                self._bytes += len(data)
                while self._bytes > self._most_bytes:
                    self._bytes -= len(self._tiles.popitem(last=False)[1].data)
        return tile

    def _lay_out(self, features: gpd.GeoDataFrame, tell: Tell, watched: tuple[str, ...]) -> None:
        self._source = self._ground.source(self._name, self._main, features, tell, watched)
        self._rows = np.arange(len(features), dtype=np.int32)
        self._tiles.clear()
        self._bytes = 0

    def _bring_in(
        self, source: TileSource, features: gpd.GeoDataFrame, tell: Tell, known: np.ndarray
    ) -> None:
        """Take out what went or changed, append what came or changed, and forget the tiles of both.

        `known` is the row that a feature had before, -1 where it is new or another by now.
        """
        same = known >= 0
        staying = np.zeros(len(self._rows), bool)
        staying[known[same]] = True
        gone, fresh = self._rows[~staying], np.flatnonzero(~same)
        before = len(source.shapes)
        shapes = ragged(kept_as(features.geometry.array)[fresh])
        grown = changed(source, gone, shapes, _attributes(tell(fresh)))
        self._forget(np.concatenate([source.shapes.boxes[gone], shapes.boxes]))
        rows = np.empty(len(features), np.int32)
        rows[same], rows[fresh] = self._rows[known[same]], before + np.arange(len(fresh))
        self._source, self._rows = grown, rows

    def _forget(self, boxes: np.ndarray) -> None:
        for address in list(self._tiles):
            west, north, east, south = tile_box(*address, margin=BUFFER / EXTENT)
            touched = (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= south) & (boxes[:, 3] >= north)
            if touched.any():
                self._bytes -= len(self._tiles.pop(address).data)


class Ground:
    """Lays features out for several cutters; those of another day or basis share what is the same.

    Shapes, and what is told of them beside the watched columns, are the same while ids and versions are. A layout is
    kept as long as some cutter has it.
    """

    def __init__(self) -> None:
        self._laid: list[tuple[tuple[object, ...], pd.Index, np.ndarray, ref[TileSource]]] = []
        self._lock = threading.Lock()

    def source(
        self, name: str, main: str | None, features: gpd.GeoDataFrame, tell: Tell, watched: tuple[str, ...]
    ) -> TileSource:
        """Return features ready to be cut, as `Cutter.current` takes them."""
        told = tell(slice(None))
        kind, index, versions = (name, main, *told.columns), features.index, features["version"].to_numpy()
        with self._lock:
            self._laid = [each for each in self._laid if each[3]() is not None]
            laid = list(self._laid)
        for other, ids, seen, kept in laid:
            found = kept() if other == kind else None
            if found is not None and np.array_equal(seen, versions) and (ids is index or ids.equals(index)):
                source = retold(found, _columns(told[list(watched)]))
                break
        else:
            source = tile_source(name, ragged(features.geometry.array), _attributes(told), main)
        with self._lock:
            self._laid.append((kind, index, versions, ref(source)))
        return source


class Cutters:
    """The cutters of one workspace, the least used dropped."""

    def __init__(self) -> None:
        self._kept: Recent[object, Cutter] = Recent(MOST_COPIES, MOST_LAID_BYTES, lambda cutter: cutter.parts)
        self._ground = Ground()

    def get(self, key: Hashable, name: str, main: str | None = None) -> Cutter:
        """Return the cutter called `key`, made when there is none."""
        return self._kept.made(key, lambda: Cutter(name, main, ground=self._ground))


def cutters_of(store: Store) -> Cutters:
    """Return the cutters of a workspace; they live as long as the store."""
    return _CUTTERS(store)


def layer_tile(
    store: Store,
    layer_id: str,
    tile: tuple[int, int, int],
    as_of: dt.date | None = None,
    fields: tuple[str, ...] | None = None,
) -> Tile:
    """Cut a tile (zoom, column, row) of a layer, of all its features or of those valid on a day.

    Parameters
    ----------
    fields : tuple of str, optional
        What it tells of each feature; everything and the id by default.

    Raises
    ------
    ValueError
        There is no such tile.
    """
    layer = catalogue().layer(layer_id)
    cutter = cutters_of(store).get((layer_id, as_of, fields), layer_id)
    frames = frames_of(store)
    # Which counts the public may see can change while a feature does not.
    counts = [field.name for field in counts_of(layer)] if isinstance(store, PublicStore) and not fields else []
    revision = frames.revision(layer_id)  # asked first: what is read after it is at least as new
    if not cutter.at(revision):
        frame = frames.get(layer_id, as_of)
        told = _told(layer, frame) if fields is None else frame[list(fields)]
        cutter.current(revision, frame, lambda rows: told.iloc[rows], {name: frame[name].array for name in counts})
    return cutter.tile(*tile)


def _told(layer: Layer, frame: gpd.GeoDataFrame) -> pd.DataFrame:
    columns: Mapping[str, pd.Series] = {field.name: frame[field.name] for field in layer.fields if field.name in frame}
    return pd.DataFrame({"id": frame.index, **columns}, index=frame.index)


def _attributes(told: pd.DataFrame) -> Attributes:
    return attributes(_columns(told))


def _columns(told: pd.DataFrame) -> dict[str, tuple[np.ndarray, list[str | bool | int | float]]]:
    columns = {}
    for name in told.columns:
        codes, distinct = pd.factorize(told[name])
        columns[name] = (codes, [_plain(value) for value in distinct])
    return columns


def _plain(value: Any) -> str | bool | int | float:  # as a column holds it
    """Give a value as a tile holds it: days as text, lists joined."""
    if isinstance(value, tuple):
        return LISTS.join(value)
    if isinstance(value, (dt.date, pd.Timestamp, np.datetime64)):
        return pd.Timestamp(value).date().isoformat()
    return value.item() if isinstance(value, np.generic) else value


def _equal(old: Mapping[str, Column], new: Mapping[str, Column], known: np.ndarray) -> np.ndarray:
    """Say which rows of `new` are as row `known` of `old`."""
    same = np.full(len(known), len(old.get("version", ())) > 0)
    if not same.any():
        return same
    as_ever = len(known) == len(old["version"]) and np.array_equal(known, np.arange(len(known)))
    there = None if as_ever else np.maximum(known, 0)
    for name, after in new.items():
        before = old[name] if there is None else old[name].take(there)
        if isinstance(after, np.ndarray) and after.dtype.kind in "iu":
            same &= before == after
            continue
        both = pd.isna(before) & pd.isna(after)
        equal = pd.array(before == after, dtype="boolean").fillna(False).to_numpy(dtype=bool)
        same &= equal | both
    return same


_CUTTERS: OfEach[Store, Cutters] = OfEach(lambda store: Cutters())
