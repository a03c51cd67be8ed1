"""Backup and restore: consistent copies of a workspace, made while others read and write."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from layers import disks, scratch
from layers.catalogue import catalogue
from layers.errors import Conflict, Fault, GridmapError, StorageFull
from layers.store import connections, jobs, schema, soundness, workspace
from layers.store.schema import LayerTable
from layers.text import Text


def copy(source: Path, target: Path, tables: Mapping[str, LayerTable], mode: str = "rw") -> None:
    """Write a consistent copy of the workspace `source` to the new file `target`, and check what was written.

    The copy appears under its name only when it is whole. It is one file, without a journal beside it.

    Parameters
    ----------
    tables : mapping
        The layers by which damage is named.

    Raises
    ------
    Conflict
        `target` exists; nothing is overwritten.
    StorageFull, StoreUnusable
        The copy could not be written, or what it holds is damaged; nothing is left of it.
    """
    with connections.translated(source), closing(connections.open_file(source, mode=mode)) as origin:
        copy_from(origin, source, target, tables)


def copy_from(origin: sqlite3.Connection, source: Path, target: Path, tables: Mapping[str, LayerTable]) -> None:
    """Write what an open connection sees to the new file `target`; see `copy`."""
    target = target.absolute()
    if target.exists():
        raise Conflict(Fault(Text("store.target-exists"), {"file": str(target)}))
    with _room_for(target) as room:
        part = room / target.name
        with connections.translated(part), closing(sqlite3.connect(part, isolation_level=None)) as copied:
            origin.execute("BEGIN")  # what is counted is what is copied
            try:
                held = _held(origin, tables)
                origin.backup(copied)
            finally:
                origin.execute("ROLLBACK")
            jobs.queue_again(copied)
            copied.execute("PRAGMA journal_mode = DELETE")
        with closing(sqlite3.connect(part, isolation_level=None)) as copied:
            _check(copied, origin, held, tables, source, target)
        _publish(part, target)


@contextmanager
def _room_for(target: Path) -> Iterator[Path]:
    """Give a room beside a file to be; what killed processes left of others goes first."""
    with ExitStack() as stack:
        try:
            room = stack.enter_context(scratch.beside(target))
        except OSError as error:
            raise _refused(error, target) from error
        yield room


def _refused(error: OSError, target: Path) -> GridmapError:
    if disks.is_full(error):
        return StorageFull(Fault(Text("store.full"), {"file": str(target)}))
    return workspace.unusable("store.unreachable", target, reason=error.strerror or str(error))


def _held(connection: sqlite3.Connection, tables: Mapping[str, LayerTable]) -> dict[str, int | None]:
    """Return the revision, and how many features each layer has; None for one that cannot be counted."""
    held: dict[str, int | None] = {}
    asked = {layer.name: f'SELECT count(*) FROM "{layer.name}"' for layer in tables.values()}
    for name, statement in {soundness.RECORDS: "SELECT max(revision) FROM gridmap_changesets", **asked}.items():
        try:
            held[name] = connection.execute(statement).fetchone()[0]
        except sqlite3.DatabaseError:  # damaged, which the check names, or not there in a copy of an older version
            held[name] = None
    return held


def _check(
    copied: sqlite3.Connection,
    origin: sqlite3.Connection,
    held: Mapping[str, int | None],
    tables: Mapping[str, LayerTable],
    source: Path,
    target: Path,
) -> None:
    """Refuse a copy that is damaged or does not hold what was there: whose fault it is decides what to do."""
    if soundness.is_sound(copied) and _held(copied, tables) == held:
        return
    bad = soundness.damaged(origin, tables)
    if bad or not soundness.is_sound(origin):
        raise soundness.refusal(bad or (soundness.RECORDS,), source.name)
    raise workspace.unusable("store.copy-damaged", target)


def restore(source: Path, target: Path) -> None:
    """Make a workspace at the new file `target` from the backup `source`, once that is known to be sound.

    Raises
    ------
    StoreUnusable
        `source` is no workspace, is damaged, or a newer version made it.
    Conflict
        `target` exists; nothing is overwritten.
    """
    workspace.check(Path(source))
    copy(Path(source).absolute(), Path(target), schema.layer_tables(catalogue()), mode="ro")


def _publish(part: Path, target: Path) -> None:
    """Give a finished file its name, unless somebody else took the name meanwhile."""
    try:
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        os.chmod(part, 0o644)
        _rename_to_new(part, target)
    except FileExistsError as error:
        raise Conflict(Fault(Text("store.target-exists"), {"file": str(target)})) from error
    except OSError as error:
        raise _refused(error, target) from error


def _rename_to_new(part: Path, target: Path) -> None:
    if os.name != "nt":  # there a rename refuses an existing target by itself
        try:
            os.link(part, target)  # refuses it as well, and the other name goes with the part
            return
        except FileExistsError:
            raise
        except OSError:
            # a file system without links, such as a memory stick's: look first, as well as that can be done
            if target.exists():
                raise FileExistsError(target) from None
    part.rename(target)
