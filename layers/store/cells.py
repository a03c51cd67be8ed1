"""A whole layer as columns of Arrow, read without an object of Python for each cell.

The rows of a city are read and made into columns by Python's driver in the time that everything else takes. So its
cells are fetched by a kernel through SQLite's own functions. They are those of the very library that the driver uses:
two copies of SQLite in one process undo each other's locks. Where that cannot be told, or a cell holds what its column
does not declare, the rows are read by the driver, which says what is wrong.
"""

from __future__ import annotations

import ctypes
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

_ROWS = 20_000
_TEXT_BYTES, _BLOB_BYTES = 24 * _ROWS, 256 * _ROWS  # room for what one column holds; it grows where that is too little
_READ_ONLY, _URI, _ONE_THREAD = 0x1, 0x40, 0x8000
_FUNCTIONS = ("step", "column_type", "column_int64", "column_double", "column_blob", "column_bytes")
_OTHERS = ("open_v2", "close_v2", "exec", "prepare_v2", "finalize", "sourceid")

log = logging.getLogger("gridmap")


class Unreadable(Exception):
    """The cells cannot be had this way; the driver reads the rows, or says what is wrong with them."""


def fetched(
    path: Path, sql: str, kinds: Sequence[pa.DataType], as_of: tuple[str, Sequence[int]]
) -> Iterator[list[pa.Array]]:
    """Yield the columns of a statement, a piece after the other.

    Parameters
    ----------
    path : Path
        The workspace, which is open in this process.
    sql : str
        A statement without parameters.
    kinds : (k,) types of the columns
        ``pa.binary()`` stands for geometry.
    as_of : (statement, numbers)
        A statement of one row of numbers that says of which state the workspace is, and what it must say.

    Raises
    ------
    Unreadable
        SQLite cannot be called, the workspace has changed, or a cell is not of its column's type.
    """
    library = _library()
    with _opened(library, path) as connection:
        if _numbers(library, connection, as_of[0], len(as_of[1])) != list(as_of[1]):
            raise Unreadable("the workspace has just changed")
        with _prepared(library, connection, sql) as statement:
            yield from _pieces(library, statement, kinds)


class _Room:
    """The arrays that the kernel fills, and what they become."""

    def __init__(self, kinds: Sequence[pa.DataType]) -> None:
        from layers.store import cells_kernel as kernel

        self._kinds = kinds
        self.kind = np.array([_kernel_kind(kind) for kind in kinds], dtype=np.int64)
        self.place = np.zeros(len(kinds), dtype=np.int64)
        text = (self.kind == kernel.TEXT) | (self.kind == kernel.BLOB)
        for same in (self.kind == kernel.INTEGER, self.kind == kernel.NUMBER, text):
            self.place[same] = np.arange(same.sum())
        self.given = np.zeros((len(kinds), _ROWS), dtype=bool)
        self.integers = np.zeros((int((self.kind == kernel.INTEGER).sum()), _ROWS), dtype=np.int64)
        self.doubles = np.zeros((int((self.kind == kernel.NUMBER).sum()), _ROWS))
        self.ends = np.zeros((int(text.sum()), _ROWS + 1), dtype=np.int64)
        self._lay_out(np.where(self.kind[text] == kernel.BLOB, _BLOB_BYTES, _TEXT_BYTES))

    def grow(self) -> None:
        """Make twice the room for texts; nothing may be in it."""
        self._lay_out(2 * np.diff(self.begins))

    def _lay_out(self, sizes: np.ndarray) -> None:
        self.begins = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self.bytes = np.empty(int(self.begins[-1]), dtype=np.uint8)

    def taken(self, rows: int) -> list[pa.Array]:
        """Return the first rows as columns of their types, which hold copies."""
        found = []
        for column, kind in enumerate(self._kinds):
            given, at = self.given[column, :rows], self.place[column]
            if pa.types.is_integer(kind):
                if pa.types.is_int8(kind) and ((self.integers[at, :rows] >> 1) != 0).any():
                    raise Unreadable("a yes or no is neither")
                found.append(pa.array(self.integers[at, :rows].astype(kind.to_pandas_dtype()), mask=~given))
            elif pa.types.is_floating(kind):
                # Arrow would look into the very room that the next rows are written to.
                found.append(pa.array(self.doubles[at, :rows].copy(), mask=~given, from_pandas=False))
            else:
                found.append(self._texts(kind, at, rows, given))
        return found

    def _texts(self, kind: pa.DataType, at: int, rows: int, given: np.ndarray) -> pa.Array:
        ends, begin = self.ends[at, : rows + 1], self.begins[at]
        wide = pa.types.is_large_string(kind)
        offsets = pa.py_buffer(ends.astype(np.int64 if wide else np.int32))
        data = self.bytes[begin : begin + ends[-1]]
        missing = None if given.all() else pa.py_buffer(np.packbits(given, bitorder="little"))
        found = pa.Array.from_buffers(kind, rows, [missing, offsets, pa.py_buffer(data.copy())])
        if not pa.types.is_binary(kind) and data.size and data.max() > 127:
            try:
                found.validate(full=True)
            except pa.ArrowInvalid as error:
                raise Unreadable(str(error)) from error
        return found


def _kernel_kind(kind: pa.DataType) -> int:
    from layers.store import cells_kernel as kernel

    if pa.types.is_integer(kind):
        return kernel.INTEGER
    if pa.types.is_floating(kind):
        return kernel.NUMBER
    return kernel.BLOB if pa.types.is_binary(kind) else kernel.TEXT


def _pieces(library: ctypes.CDLL, statement: int, kinds: Sequence[pa.DataType]) -> Iterator[list[pa.Array]]:
    from layers.store import cells_kernel as kernel

    calls = np.array([ctypes.cast(getattr(library, f"sqlite3_{name}"), ctypes.c_void_p).value for name in _FUNCTIONS])
    room, waiting = _Room(kinds), False
    while True:
        rows, how = kernel.fetch(
            calls, statement, (room.kind, room.place), room.given, (room.integers, room.doubles),
            (room.bytes.ctypes.data, room.begins, room.ends), waiting,
        )  # fmt: skip
        if how not in (kernel.DONE, kernel.FULL):
            raise Unreadable("a cell is of another type" if how == kernel.STRANGE else "SQLite met an error")
        if rows:
            yield room.taken(rows)
        if how == kernel.DONE:
            return
        waiting = rows < _ROWS
        if not rows:
            room.grow()


@cache
def _library() -> ctypes.CDLL:
    """Return the SQLite that Python's driver calls."""
    import _sqlite3

    try:
        library = ctypes.CDLL(_sqlite3.__file__)
        for name in (*_FUNCTIONS, *_OTHERS):
            getattr(library, f"sqlite3_{name}")
    except (AttributeError, OSError) as error:  # it is built in, or keeps its functions to itself
        log.info("SQLite cannot be called beside Python's driver (%s); layers are read row by row", error)
        raise Unreadable(str(error)) from error
    library.sqlite3_sourceid.restype = ctypes.c_char_p
    memory = sqlite3.connect(":memory:")
    (own,) = memory.execute("SELECT sqlite_source_id()").fetchone()
    memory.close()
    if library.sqlite3_sourceid() != own.encode():
        log.warning("another SQLite than that of Python's driver is met; layers are read row by row")
        raise Unreadable("another SQLite")
    library.sqlite3_column_int64.restype = ctypes.c_int64
    return library


@contextmanager
def _opened(library: ctypes.CDLL, path: Path) -> Iterator[ctypes.c_void_p]:
    connection = ctypes.c_void_p()
    name = f"{path.absolute().as_uri()}?mode=ro".encode()
    try:
        _fine(library.sqlite3_open_v2(name, ctypes.byref(connection), _READ_ONLY | _URI | _ONE_THREAD, None))
        _fine(library.sqlite3_exec(connection, b"BEGIN", None, None, None))
        with _prepared(library, connection, "PRAGMA encoding") as statement:
            library.sqlite3_step(ctypes.c_void_p(statement))
            library.sqlite3_column_text.restype = ctypes.c_char_p
            if library.sqlite3_column_text(ctypes.c_void_p(statement), 0) != b"UTF-8":
                raise Unreadable("texts are not in UTF-8")
        yield connection
    finally:
        library.sqlite3_close_v2(connection)


@contextmanager
def _prepared(library: ctypes.CDLL, connection: ctypes.c_void_p, sql: str) -> Iterator[int]:
    statement = ctypes.c_void_p()
    _fine(library.sqlite3_prepare_v2(connection, sql.encode(), -1, ctypes.byref(statement), None))
    try:
        yield statement.value or 0
    finally:
        library.sqlite3_finalize(statement)


def _numbers(library: ctypes.CDLL, connection: ctypes.c_void_p, sql: str, count: int) -> list[int]:
    with _prepared(library, connection, sql) as statement:
        library.sqlite3_step(ctypes.c_void_p(statement))
        return [library.sqlite3_column_int64(ctypes.c_void_p(statement), column) for column in range(count)]


def _fine(code: int) -> None:
    if code:
        raise Unreadable(f"SQLite says {code}")
