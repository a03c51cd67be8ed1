"""Connections to a workspace file: how they are set up, begin, and fail."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, exc
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry

from layers.disks import SQLITE as SQLITE_FULL
from layers.errors import Fault, GridmapError, StorageFull, StoreBusy, StoreUnusable
from layers.store.deadlines import Deadline
from layers.store.geopackage import Triggers, register_functions
from layers.text import Text

BUSY_SECONDS = 10.0
_CACHE_KIB = 16 * 1024
_WAL_BYTES_KEPT = 64 * 2**20


class WorkspaceFile(sqlite3.Connection):
    """The driver's connection to a workspace."""

    triggers: Triggers
    deadline: Deadline


def engine_for(path: Path, busy_seconds: float = BUSY_SECONDS, mode: str = "rw") -> Engine:
    """Return an engine whose transactions are begun by us: `reading` and `writing` say how."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: open_file(path, busy_seconds, mode),
        pool_size=4,
        max_overflow=32,
        poolclass=QueuePool,
    )

    @event.listens_for(engine, "connect")
    def _remember_process(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["process"] = os.getpid()

    @event.listens_for(engine, "checkout")
    def _refuse_inherited(_connection: object, record: Any, proxy: Any) -> None:
        # SQLite must not carry a connection across a fork, as servers that fork would
        if record.info["process"] != os.getpid():
            record.dbapi_connection = proxy.dbapi_connection = None
            raise exc.DisconnectionError("the connection belongs to another process")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin', 'DEFERRED')}")

    return engine


@contextmanager
def reading(engine: Engine, path: Path) -> Iterator[Connection]:
    """Hold one consistent snapshot of the workspace; nothing that happens inside is kept."""
    with translated(path), engine.connect() as connection:
        yield connection


@contextmanager
def glancing(engine: Engine, path: Path) -> Iterator[DBAPICursor]:
    """Hold the driver's own cursor for one statement, which is a snapshot by itself: no transaction is begun."""
    with translated(path):
        connection = engine.raw_connection()
        try:
            yield connection.cursor()
        finally:
            connection.close()


@contextmanager
def writing(engine: Engine, path: Path) -> Iterator[Connection]:
    """Be the one writer; everything that happens inside is kept when the block ends, or nothing."""
    with translated(path), engine.connect().execution_options(begin="IMMEDIATE") as connection, connection.begin():
        yield connection


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Say in our words what SQLite says in its own."""
    try:
        yield
    except exc.DBAPIError as error:
        refusal = _refusal(path, error.orig)
        if refusal is None:
            raise
        raise refusal from error
    except sqlite3.Error as error:
        refusal = _refusal(path, error)
        if refusal is None:
            raise
        raise refusal from error


def looking_at(path: Path) -> sqlite3.Connection:
    """Connect to a file of which nothing is known yet, for its first page: what else is in it is not read."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)


def open_file(path: Path, busy_seconds: float = BUSY_SECONDS, mode: str = "rw") -> WorkspaceFile:
    """Connect to a file that is there: one that has gone must not come back empty, hence no mode that creates."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
        factory=WorkspaceFile,
    )
    try:
        connection.triggers = Triggers()
        connection.deadline = Deadline()
        register_functions(connection, connection.triggers, connection.deadline)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}")
    except BaseException:
        connection.close()
        raise
    return connection


def _refusal(path: Path, error: BaseException | None) -> GridmapError | None:
    name = getattr(error, "sqlite_errorname", None) or ""
    where = {"file": str(path)}
    if name in SQLITE_FULL:
        return StorageFull(Fault(Text("store.full"), where))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusy(Fault(Text("store.busy"), where))
    if name.startswith("SQLITE_READONLY"):
        return StoreUnusable(Fault(Text("store.read-only"), where))
    if is_damage(error):
        return StoreUnusable(Fault(Text("store.corrupt"), where))
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM", "SQLITE_AUTH")):
        return StoreUnusable(Fault(Text("store.unreachable", reason=str(error)), where))
    return None


def is_damage(error: BaseException | None) -> bool:
    """Say whether an error, of the driver or of SQLAlchemy around it, means that the file no longer hangs together."""
    original = getattr(error, "orig", error)
    name = getattr(original, "sqlite_errorname", None) or ""
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "decode to UTF-8" in str(original)
