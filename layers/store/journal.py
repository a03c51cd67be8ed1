"""The journal beside an open workspace (`-wal`, `-shm`): is it still the one that our connections write into?

Somebody may delete it under the running service, as a tool that tidies up does. Connections that are open go on
writing into a file without a name, which is gone when the last of them closes; new ones begin another journal. So one
connection is kept open for as long as the store is: while it lives, nobody takes the journal away rightfully, and when
somebody does all the same, it still sees everything that was acknowledged and saves it.
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path

from layers.errors import Fault, GridmapError, StoreUnusable
from layers.store import connections, copies
from layers.store.schema import LayerTable
from layers.text import Text

_RESCUED = ".rescued"
Identity = tuple[int, int] | None


def identity(path: Path | str) -> Identity:
    """Return what tells this file from another of the same name; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def rescued(path: Path) -> list[Path]:
    """Return the copies that were saved beside a workspace when its journal was taken away."""
    return sorted(path.parent.glob(f"{_literal(path.stem)}{_RESCUED}*{_literal(path.suffix)}"))


def refuse_orphan(path: Path) -> None:
    """Refuse to open a workspace whose journal was taken away while its index is there: SQLite leaves no such thing."""
    if os.path.exists(f"{path}-shm") and not os.path.exists(f"{path}-wal"):
        raise StoreUnusable(Fault(Text("store.journal-missing", index=f"{path.name}-shm"), {"file": path.name}))


class Journal:
    """Holds the journal of a workspace, notices when it is gone, and then saves what was acknowledged.

    Parameters
    ----------
    tables : mapping
        The layers by which a copy is checked.
    """

    def __init__(self, path: Path, tables: Mapping[str, LayerTable]) -> None:
        self._path, self._tables = path, tables
        self._names = str(path), f"{path}-wal", f"{path}-shm"
        self._lock = threading.Lock()
        self._keeper: sqlite3.Connection | None = None
        self._inherited: list[sqlite3.Connection] = []  # never closed: that would drop another process's locks
        self._process = 0
        self._known: tuple[Identity, ...] = ()
        self._lost = False
        self._saved: Text | None = None
        self.hold()

    def hold(self) -> None:
        """Keep a connection open, and remember which files it uses."""
        with self._lock:
            if self._keeper is not None and self._process == os.getpid():
                return
            if self._keeper is not None:
                self._inherited.append(self._keeper)
            self._keeper = None
            with connections.translated(self._path):
                keeper = connections.open_file(self._path)
                try:
                    keeper.execute("SELECT count(*) FROM sqlite_master").fetchone()  # SQLite opens the journal now
                except BaseException:
                    keeper.close()
                    raise
            self._keeper = keeper
            self._process, self._known = os.getpid(), self._now()

    def check(self) -> None:
        """Refuse to go on with files that are gone or others: open connections would not notice.

        Three calls of the system, some microseconds.

        Raises
        ------
        StoreUnusable
            It says where everything acknowledged is, or that it could not be saved yet.
        """
        if self._process != os.getpid() or self._keeper is None:
            self.hold()
        now = self._now()
        if now == self._known and not self._lost:
            return
        if now[0] != self._known[0]:
            raise StoreUnusable(Fault(Text("store.replaced"), {"file": self._path.name}))
        self._refuse()

    def check_written(self) -> None:
        """Refuse to acknowledge what was just committed into a journal that is gone; it is saved with the rest."""
        if self._now() != self._known:
            with self._lock:
                self._saved = None  # what was saved before may lack this
            self.check()

    def close(self) -> None:
        """Let go; SQLite takes the journal away when nobody else holds it."""
        with self._lock:
            if self._keeper is not None and self._process == os.getpid() and not self._lost:
                self._keeper.close()
            self._keeper = None

    def _now(self) -> tuple[Identity, ...]:
        return tuple(map(identity, self._names))

    def _refuse(self) -> None:
        with self._lock:
            if not self._lost:
                # A connection that closes as the last one writes its journal home and deletes the file of that name,
                # which is another's by now. This one is therefore never closed: it ends with the process.
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._keeper))
            self._lost = True
            if self._saved is None:
                self._saved = self._save()
            saved = self._saved
        raise StoreUnusable(Fault(saved, {"file": self._path.name}))

    def _save(self) -> Text:
        """Bring everything that the lost journal holds into the workspace, or into a copy beside it."""
        try:
            if self._nobody_began_another() and self._brought_home():
                Path(self._names[1]).touch()  # empty, as the index now says: whoever opens the workspace finds it whole
                return Text("store.journal-brought-home")
            target = self._free_name()
            copies.copy_from(self._held(), self._path, target, self._tables)
        except (GridmapError, sqlite3.Error, OSError) as error:
            reason = error.faults[0].text if isinstance(error, GridmapError) else str(error)
            text = Text("store.journal-unsaved", reason=reason)
            raise StoreUnusable(Fault(text, {"file": self._path.name})) from error
        return Text("store.journal-rescued", copy=target.name)

    def _nobody_began_another(self) -> bool:
        """Say whether the workspace's file may be written by us: no other program reads or writes it by other locks."""
        _, journal, index = self._now()
        _, own_journal, own_index = self._known
        if index not in (None, own_index):
            return False
        return journal in (None, own_journal) or os.path.getsize(self._names[1]) == 0

    def _brought_home(self) -> bool:
        busy, _, _ = self._held().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def _held(self) -> sqlite3.Connection:
        assert self._keeper is not None  # only what is kept can be lost
        return self._keeper

    def _free_name(self) -> Path:
        number, name = 1, self._path.with_name(f"{self._path.stem}{_RESCUED}{self._path.suffix}")
        while name.exists():
            number += 1
            name = self._path.with_name(f"{self._path.stem}{_RESCUED}-{number}{self._path.suffix}")
        return name


def _literal(text: str) -> str:
    """Return a text as a pattern that means just itself."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in text)
