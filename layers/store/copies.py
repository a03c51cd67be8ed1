"""Backup and restore: consistent copies of a workspace, made while others read and write."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from layers import disks, scratch
from layers.errors import Conflict, Fault, GridmapError, StorageFull
from layers.store import connections, jobs, workspace
from layers.text import Text


def copy(source: Path, target: Path, mode: str = "rw") -> None:
    """Write a consistent copy of the workspace `source` to the new file `target`.

    The copy appears under its name only when it is whole. It is one file, without a journal beside it.

    Raises
    ------
    Conflict
        `target` exists; nothing is overwritten.
    StorageFull, StoreUnusable
        The copy could not be written; nothing is left of it.
    """
    target = target.absolute()
    if target.exists():
        raise Conflict(Fault(Text("store.target-exists"), {"file": str(target)}))
    with _room_for(target) as room:
        part = room / target.name
        with (
            connections.translated(source),
            closing(connections.open_file(source, mode=mode)) as origin,
            closing(sqlite3.connect(part, isolation_level=None)) as copied,
        ):
            origin.backup(copied)
            jobs.queue_again(copied)
            copied.execute("PRAGMA journal_mode = DELETE")
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
    copy(Path(source).absolute(), Path(target), mode="ro")


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
