"""Numba kernel of `layers.store.cells`: the cells of a statement of SQLite's, row by row into arrays of columns.

Importing this module loads numba; import it only where the kernel is called. SQLite's own functions are called by their
addresses (https://sqlite.org/c3ref/column_blob.html), those of the very library that Python's connections use.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

INTEGER, NUMBER, TEXT, BLOB = 1, 2, 3, 4
"""What a column holds, as SQLite numbers its types; a cell may be NULL beside."""
NULL, _ROW, _DONE = 5, 100, 101
DONE, FULL, STRANGE, FAILED = range(4)
"""How the reading ended: after the last row; at a row for which there is no room; at a cell of another type; by an
error."""
STEP, TYPE, INT64, DOUBLE, START, LENGTH = range(6)
"""Where the addresses stand: of sqlite3_step, and of sqlite3_column_type, _int64, _double, _blob and _bytes."""
_INT, _LONG, _DOUBLE = ir.IntType(32), ir.IntType(64), ir.DoubleType()


def _function(given: ir.Type, takes: tuple[ir.Type, ...]) -> Any:  # numba's own kind of function
    """Return a function that calls the one at an address, with a pointer and perhaps a number."""
    told = types.float64 if given is _DOUBLE else types.int64

    def build(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> ir.Value:
        called = builder.inttoptr(values[0], ir.FunctionType(given, takes).as_pointer())
        put = [value if kind is _LONG else builder.trunc(value, kind)
               for value, kind in zip(values[1:], takes, strict=True)]  # fmt: skip
        answer = builder.call(called, put)
        return builder.sext(answer, _LONG) if given is _INT else answer

    if len(takes) == 1:

        @intrinsic
        def one(typing: Any, address: Any, pointer: Any) -> Any:
            return told(types.int64, types.int64), build

        return one

    @intrinsic
    def two(typing: Any, address: Any, pointer: Any, number: Any) -> Any:
        return told(types.int64, types.int64, types.int64), build

    return two


_step = _function(_INT, (_LONG,))
_int = _function(_INT, (_LONG, _INT))
_long = _function(_LONG, (_LONG, _INT))
_double = _function(_DOUBLE, (_LONG, _INT))


@intrinsic
def _copy(typing: Any, target: Any, source: Any, size: Any) -> Any:
    """Copy bytes from one address to another."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> ir.Value:
        pointer = ir.IntType(8).as_pointer()
        to, of = (builder.inttoptr(value, pointer) for value in values[:2])
        cgutils.raw_memcpy(builder, to, of, values[2], 1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), build


@njit(cache=True, nogil=True, error_model="numpy")
def fetch(
    calls: np.ndarray,
    statement: int,
    columns: tuple[np.ndarray, np.ndarray],
    given: np.ndarray,
    numbers: tuple[np.ndarray, np.ndarray],
    texts: tuple[int, np.ndarray, np.ndarray],
    waiting: bool,
) -> tuple[int, int]:
    """Read rows until there are no more, or no more fit.

    Parameters
    ----------
    calls : int64[6]
        Addresses of SQLite's functions, see `STEP` and so on.
    statement : int
        The address of a statement that was prepared.
    columns : (kind int64[k], place int64[k])
        What each column holds, and its row among the arrays of its kind.
    given : bool[k, n]
        Filled with whether a cell has a value.
    numbers : (int64[i, n], float64[d, n])
        Filled with the values of integers and numbers.
    texts : (address of uint8[m], begins int64[t + 1], ends int64[t, n + 1])
        Room for texts and blobs, where each column's begins, and where each value ends in it; filled from 1 on.
    waiting : bool
        Whether the statement stands at a row already.

    Returns
    -------
    (rows, how it ended)
    """
    kind, place = columns
    integers, doubles = numbers
    room, begins, ends = texts
    for row in range(given.shape[1]):
        if not waiting:
            state = _step(calls[STEP], statement)
            if state != _ROW:
                return row, DONE if state == _DONE else FAILED
        waiting = False
        for column in range(len(kind)):
            own, at = kind[column], place[column]
            there = _int(calls[TYPE], statement, column)
            given[column, row] = there == own
            if there != own and there != NULL:
                return row, STRANGE
            if own == INTEGER:
                integers[at, row] = _long(calls[INT64], statement, column) if there == own else 0
            elif own == NUMBER:
                doubles[at, row] = _double(calls[DOUBLE], statement, column) if there == own else 0.0
            else:
                end = ends[at, row]
                if there == own:
                    # the blob first: asked for it, SQLite brings a text into the shape whose length is told then
                    source = _long(calls[START], statement, column)
                    size = _int(calls[LENGTH], statement, column)
                    if begins[at] + end + size > begins[at + 1]:
                        return row, FULL
                    if size > 0:
                        _copy(room + begins[at] + end, source, size)  # type: ignore[call-arg]  # numba adds the first
                    end += size
                ends[at, row + 1] = end
    return given.shape[1], FULL
