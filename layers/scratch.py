"""Rooms: folders for files in the making, of one process alone, that go with it however it ends.

A room holds a marker that its process keeps locked. The system lets go of the lock when the process ends, killed or
not, so that a room whose marker is not locked is nobody's, and whoever comes next removes it. A process number would
not do: it may be another process' by now, and means nothing to a second container over the same folder.
"""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PREFIX = ".gridmap-room-"
MARKER = "gridmap.marker"
SIGNATURE = b"gridmap room 1\n"
TRIES = 5

if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class Room:
    """A folder of this process in another folder, readable by nobody else.

    Parameters
    ----------
    parent : Path
        Where the room is made; OSError where that cannot be.
    """

    def __init__(self, parent: Path) -> None:
        for _ in range(TRIES):
            self.path, self._marker = _marked(parent)
            if _lock(self._marker) and (self.path / MARKER).exists():
                return
            # Either somebody who sweeps was faster than the lock, or there are no locks here. Then nobody gets one,
            # and the room is never taken for abandoned.
            self.close()
        self.path, self._marker = _marked(parent)

    def close(self) -> None:
        """Remove the room and what is in it."""
        _empty(self.path)
        self._marker.close()
        _vanish(self.path)


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Give a room in the folder of a file that is to be written, so that the file can be put in place in one step.

    What killed processes left in that folder goes first. OSError where no room can be made.
    """
    sweep(target.parent)
    room = Room(target.parent)
    try:
        yield room.path
    finally:
        room.close()


def _marked(parent: Path) -> tuple[Path, BinaryIO]:
    path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    try:
        marker = (path / MARKER).open("xb", buffering=0)
        try:
            marker.write(SIGNATURE)
            marker.seek(0)
        except BaseException:
            marker.close()
            raise
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    return path, marker


def make_folder(purpose: str) -> Path:
    """Make a folder among temporary files; `remove` it, or the end of the process does."""
    for _ in range(TRIES):
        room = _own_room()
        try:
            return Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=room.path))
        except FileNotFoundError:  # a cleaner of temporary files was here
            _forget(room)
    return Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=_own_room().path))


@contextmanager
def folder(purpose: str) -> Iterator[Path]:
    """Give a folder among temporary files until the end of the block."""
    made = make_folder(purpose)
    try:
        yield made
    finally:
        remove(made)


def remove(path: Path) -> None:
    """Remove a folder of `make_folder`; what is still open where the system minds that goes with the process."""
    shutil.rmtree(path, ignore_errors=True)


def sweep(parent: Path) -> int:
    """Remove the rooms in a folder whose processes have ended; return how many. Nothing else is touched."""
    gone = 0
    with suppress(OSError):  # a folder that cannot be read holds nothing that we could remove
        for entry in list(os.scandir(parent)):
            if entry.name.startswith(PREFIX) and _is_ours(entry):
                gone += _swept(Path(entry.path))
    return gone


def sweep_temporary() -> int:
    """Remove what killed processes left among temporary files; return how many rooms that were."""
    return sweep(Path(tempfile.gettempdir()))


def _is_ours(entry: os.DirEntry[str]) -> bool:
    """Say whether an entry is a folder, no link, and of this user alone."""
    with suppress(OSError):
        found = entry.stat(follow_symlinks=False)
        alone = os.name == "nt" or (found.st_uid == os.geteuid() and not found.st_mode & 0o077)
        return stat.S_ISDIR(found.st_mode) and alone
    return False


def _swept(path: Path) -> bool:
    try:
        marker = _opened(path / MARKER)
    except OSError:  # no marker: not a room
        return False
    with marker:
        if not _is_signed(marker) or not _lock(marker):
            return False
        _empty(path)
        if os.name != "nt":  # held until the end, so that nobody else takes the room for its own meanwhile
            _vanish(path)
    if os.name == "nt":  # there nothing that is open can go
        _vanish(path)
    return not path.exists()


def _opened(marker: Path) -> BinaryIO:
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(marker, flags), "r+b", buffering=0)


def _is_signed(marker: BinaryIO) -> bool:
    """Say whether a marker is ours; one that is empty was made by a process that ended before it wrote."""
    try:
        regular = stat.S_ISREG(os.fstat(marker.fileno()).st_mode)
        found = marker.read(len(SIGNATURE) + 1) if regular else None
        marker.seek(0)
    except OSError:  # where the system minds, a lock keeps others from reading as well
        return False
    return found is not None and SIGNATURE.startswith(found) and len(found) in (0, len(SIGNATURE))


def _empty(path: Path) -> None:
    """Remove everything but the marker, which says to the last whose the rest is."""
    with suppress(FileNotFoundError):
        for entry in list(os.scandir(path)):
            if entry.name == MARKER:
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                with suppress(OSError):  # open elsewhere where the system minds that; the next sweep sees it
                    os.unlink(entry.path)


def _vanish(path: Path) -> None:
    with suppress(OSError):
        if [each.name for each in os.scandir(path)] == [MARKER]:
            (path / MARKER).unlink()
            path.rmdir()


_rooms: dict[tuple[int, str], Room] = {}
_entering = threading.Lock()


def _own_room() -> Room:
    """Return this process' room among temporary files; what others left there goes when it is made."""
    with _entering:
        key = (os.getpid(), tempfile.gettempdir())  # a fork is another process and leaves this one's room alone
        if key not in _rooms:
            if not _rooms:
                atexit.register(leave)
            sweep(Path(key[1]))
            _rooms[key] = Room(Path(key[1]))
        return _rooms[key]


def _forget(room: Room) -> None:
    with _entering:
        for key in [key for key, each in _rooms.items() if each is room]:
            del _rooms[key]
    room.close()


def leave() -> None:
    """Remove this process' rooms among temporary files; an orderly end of the process does the same."""
    for (process, _), room in list(_rooms.items()):
        if process == os.getpid():
            room.close()
