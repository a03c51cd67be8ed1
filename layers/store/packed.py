"""The shapes of a large layer in a frame, kept as corners (`geo.shapes.Packed`).

Whoever takes some rows gets corners, whoever asks for geometries gets those, which go when nobody holds them any more.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from weakref import ReferenceType, ref

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from geopandas.array import GeometryArray

from geo.shapes import Packed
from layers.store import geometry as geom

LEAST_SHARE = 0.5  # of plain polygons: where there are fewer, little is won
BLOCK = 20_000


class PackedShapes(GeometryArray):
    """A column of shapes that are kept packed.

    Parameters
    ----------
    packed : Packed
    crs : CRS
    """

    # Nothing of GeometryArray's own: it would make every geometry.
    def __init__(self, packed: Packed, crs: Any) -> None:  # whatever pyproj takes
        self.packed = packed
        self._crs = None
        self.crs = crs
        self._sindex = None
        self._made: list[ReferenceType[np.ndarray]] = []

    @property
    def _data(self) -> np.ndarray:
        """The geometries; the very same as long as anybody holds them."""
        found = self._made[-1]() if self._made else None
        if found is None:
            found = self.packed.geometries()
            self._made[:] = [ref(found)]  # views of the same rows share it
        return found

    def __getitem__(self, idx: Any) -> Any:  # as of an array
        if isinstance(idx, numbers.Integral):
            place = range(len(self))[int(idx)]
            return self.packed[place : place + 1].geometries()[0]
        if isinstance(idx, slice) and idx == slice(None):
            found = PackedShapes(self.packed, self._crs)
            found._sindex, found._made = self._sindex, self._made
            return found
        return PackedShapes(self.packed[pd.api.indexers.check_array_indexer(self, idx)], self._crs)

    def __setitem__(self, key: Any, value: Any) -> None:  # as of an array
        places = np.atleast_1d(np.arange(len(self))[pd.api.indexers.check_array_indexer(self, key)])
        new = np.empty(len(places), dtype=object)
        new[:] = np.asarray(value, dtype=object) if isinstance(value, GeometryArray | pd.Series) else value
        if not shapely.is_valid_input(new).all():
            raise TypeError("Value should be geometries or None")
        self.packed = self.packed.replaced(places, new)
        self._sindex, self._made = None, []

    def __iter__(self) -> Iterator[shapely.Geometry | None]:
        for start in range(0, len(self), BLOCK):
            yield from self.packed[start : start + BLOCK].geometries()

    def __reduce__(self) -> tuple[Callable[..., GeometryArray], tuple[np.ndarray, Any]]:  # the reference system
        return GeometryArray, (self._data, self._crs)

    @property
    def shape(self) -> tuple[int]:
        return (len(self.packed),)

    @property
    def size(self) -> int:
        return len(self.packed)

    @property
    def ndim(self) -> int:
        return 1

    @property
    def nbytes(self) -> int:
        packed = self.packed
        return packed.rows.nbytes + packed.xy.nbytes + packed.begins.nbytes + packed.odd.nbytes

    def copy(self, *args: object, **kwargs: object) -> PackedShapes:  # pandas says how deep; nothing is written into
        return PackedShapes(self.packed, self._crs)

    def take(self, indices: Any, allow_fill: bool = False, fill_value: Any = None) -> GeometryArray:  # as pandas has it
        if allow_fill and fill_value is not None and not pd.isna(fill_value):
            return super().take(indices, allow_fill=allow_fill, fill_value=fill_value)
        fill = {"allow_fill": True, "fill_value": -1} if allow_fill else {}
        rows = pd.api.extensions.take(self.packed.rows, indices, **fill)
        packed = self.packed
        return PackedShapes(Packed(rows, packed.xy, packed.begins, packed.odd), self._crs)

    def isna(self) -> np.ndarray:
        missing, odd = np.zeros(len(self), dtype=bool), ~self.packed.plain
        missing[odd] = shapely.is_missing(self.packed.others())
        return missing

    @property
    def is_empty(self) -> np.ndarray:  # asked by geopandas whenever somebody asks what is missing
        empty, odd = np.zeros(len(self), dtype=bool), ~self.packed.plain
        empty[odd] = shapely.is_empty(self.packed.others())
        return empty

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[GeometryArray]) -> GeometryArray:
        first, *rest = to_concat
        if not isinstance(first, PackedShapes) or any(isinstance(each, PackedShapes) for each in rest):
            return GeometryArray._concat_same_type(to_concat)
        if any(each.crs != first.crs for each in rest):
            return GeometryArray._concat_same_type(to_concat)
        more = np.concatenate([np.empty(0, dtype=object), *(each._data for each in rest)])
        packed = first.packed
        rows = np.concatenate([packed.rows, np.full(len(more), -1, dtype=np.int32)])
        joined = Packed(rows, packed.xy, packed.begins, packed.odd)
        return cls(joined.replaced(np.arange(len(packed), len(rows)), more), first.crs)


class Packing:
    """Blobs of GeoPackage geometries, taken in piece by piece."""

    def __init__(self) -> None:
        self._xy: list[np.ndarray] = []
        self._counts: list[np.ndarray] = []
        self._rows: list[np.ndarray] = []
        self._odd: list[np.ndarray] = [np.array([None], dtype=object)]
        self._rings, self._others = 0, 1

    def add(self, blobs: pa.Array) -> None:
        """Take in a piece of a column.

        Raises
        ------
        ValueError
            A blob is no GeoPackage geometry, or nests collections.
        """
        from layers.store import blobs_kernel as kernel

        _, offsets, content = blobs.buffers()
        ends = np.frombuffer(offsets, np.int32)[: len(blobs) + 1].astype(np.int64)
        data = np.empty(0, np.uint8) if content is None else np.frombuffer(content, np.uint8)
        counts = kernel.corners(data, ends, _HEAD)
        xy = np.empty((int(counts.sum()), 2))
        kernel.copy(data, ends, counts, xy.view(np.uint8).reshape(-1))
        plain = counts > 0
        plain[plain] = _finite(xy, counts[plain])
        if (counts > 0).sum() != plain.sum():
            xy = xy[np.repeat(plain[counts > 0], counts[counts > 0])]
        rows, others = np.empty(len(blobs), np.int32), np.flatnonzero(~plain)
        rows[plain] = self._rings + np.arange(len(blobs) - len(others))
        rows[others] = -1 - self._others - np.arange(len(others))
        self._odd.append(geom.from_blobs(_bytes(blobs, ends, others)))
        self._xy.append(xy)
        self._counts.append(counts[plain])
        self._rows.append(rows)
        self._rings, self._others = self._rings + len(blobs) - len(others), self._others + len(others)

    def packed(self, order: np.ndarray | None, crs: Any) -> GeometryArray:  # whatever pyproj takes
        """Return all shapes, in another order where one is given."""
        rows = np.concatenate([*self._rows, np.empty(0, np.int32)])
        begins = np.concatenate([[0], np.cumsum(np.concatenate([*self._counts, np.empty(0, np.int64)]))])
        xy = np.concatenate([*self._xy, np.empty((0, 2))])
        packed = Packed(rows if order is None else rows[order], xy, begins, np.concatenate(self._odd))
        if self._rings < LEAST_SHARE * len(rows):
            return GeometryArray(packed.geometries(), crs=crs)
        return PackedShapes(packed, crs)


def _finite(xy: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Say which rings have only finite corners."""
    finite = np.isfinite(xy).all(axis=1)
    if finite.all():
        return np.ones(len(counts), dtype=bool)
    return np.bincount(np.repeat(np.arange(len(counts)), counts)[~finite], minlength=len(counts)) == 0


def _bytes(blobs: pa.Array, ends: np.ndarray, rows: np.ndarray) -> list[bytes | None]:
    """Return the blobs of some rows; Arrow's own way to them takes three times as long."""
    content = memoryview(blobs.buffers()[2] or b"")
    missing = blobs.is_null().to_numpy(zero_copy_only=False)[rows].tolist()
    places = zip(ends[rows].tolist(), ends[rows + 1].tolist(), missing, strict=True)
    return [None if gone else bytes(content[begin:end]) for begin, end, gone in places]


# The head of a plain polygon as we write it: of the envelope any, of the rings one.
_HEAD = np.array(
    [*b"GP", -1, 3, *(-1 for _ in range(36)), *b"\x01\x06\0\0\0\x01\0\0\0", *b"\x01\x03\0\0\0\x01\0\0\0"],
    dtype=np.int16,
)
