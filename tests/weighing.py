"""How much memory values take, told from the arrays and columns that they are made of: the same every time."""

from __future__ import annotations

import gc
import sys
import types
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from layers.keeping import OfEach

# What leads from a value into all that is loaded, and is nobody's own.
BEYOND = (types.ModuleType, type, types.BuiltinFunctionType, types.CodeType, types.FrameType)
STRANGERS = ("flask", "werkzeug", "sqlalchemy", "jinja2", "numba", "layers.catalogue", "logging", "pyproj")
GEOMETRY_BYTES = 400  # of a shape of a few corners, with what GEOS keeps of it


class Scales:
    """Weighs one thing after the other; what was weighed already counts no more."""

    def __init__(self) -> None:
        self._seen: dict[int, object] = {}

    def bytes_of(self, root: object) -> int:
        """Return how many bytes the arrays, columns, texts and shapes take that lead from a thing."""
        total, todo = 0, [root]
        while todo:
            one = todo.pop()
            while isinstance(one, np.ndarray) and isinstance(one.base, np.ndarray):
                one = one.base
            if id(one) in self._seen or isinstance(one, BEYOND) or type(one).__module__.startswith(STRANGERS):
                continue
            self._seen[id(one)] = one
            total += self._own(one)
            todo += _inside(one)
        return total

    def _own(self, one: object) -> int:
        if isinstance(one, np.ndarray):
            return one.nbytes if one.base is None else 0
        if isinstance(one, pa.ChunkedArray | pa.Array):
            return sum(each.size for each in self._new_buffers(one))
        if isinstance(one, str | bytes):
            return sys.getsizeof(one)
        return GEOMETRY_BYTES if isinstance(one, shapely.Geometry) else 0

    def _new_buffers(self, column: pa.ChunkedArray | pa.Array) -> Iterable[pa.Buffer]:
        for chunk in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
            for buffer in chunk.buffers():
                if buffer is not None and -buffer.address not in self._seen:
                    self._seen[-buffer.address] = buffer
                    yield buffer


def kept_bytes(order: Iterable[str] = ()) -> dict[str, int]:
    """Return name → bytes of all that is kept for some thing, such as a workspace; in this order, then as it comes.

    What several share is counted where it is met first.
    """
    gc.collect()
    every = {
        f"{name}.{key}": value
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in ("geo", "layers", "web")
        for key, value in list(vars(module).items())
        if type(value) is OfEach
    }
    scales = Scales()
    first = [name for name in order if name in every]
    ranked = [*first, *(name for name in every if name not in first)]
    return {name: sum(map(scales.bytes_of, list(every[name]._made.values()))) for name in ranked}


def _inside(one: object) -> list[object]:
    if isinstance(one, np.ndarray):
        return list({id(each): each for each in one.ravel()}.values()) if one.dtype == object else []
    if isinstance(one, pa.ChunkedArray | pa.Array):
        return []
    if isinstance(one, types.FunctionType):
        return [*(one.__closure__ or ()), *(one.__defaults__ or ())]
    more = [one._pa_array] if isinstance(one, pd.arrays.ArrowStringArray) else []
    return [*gc.get_referents(one), *more]
