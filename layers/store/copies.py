"""Backup and restore: consistent copies of a workspace, made while others read and write."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from layers.errors import Conflict, Fault, StorageFull, StoreUnusable
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
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    except OSError as error:
        raise workspace.unusable("store.unreachable", target, reason=error.strerror or str(error)) from error
    os.close(handle)
    part = Path(name)
    try:
        with (
            connections.translated(source),
            closing(connections.open_file(source, mode=mode)) as origin,
            closing(sqlite3.connect(part, isolation_level=None)) as copied,
        ):
            origin.backup(copied)
            jobs.queue_again(copied)
            copied.execute("PRAGMA journal_mode = DELETE")
        _publish(part, target)
    finally:
        part.unlink(missing_ok=True)


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
        if error.errno == errno.ENOSPC:
            raise StorageFull(Fault(Text("store.full"), {"file": str(target)})) from error
        raise StoreUnusable(
            Fault(Text("store.unreachable", reason=error.strerror or str(error)), {"file": str(target)})
        ) from error


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
