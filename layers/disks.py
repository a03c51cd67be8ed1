"""Whether something failed because a disk is full, in the many ways in which libraries say that."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator

from layers.errors import Fault, StorageFull
from layers.text import Text

# EFBIG: a file may grow no further, by the file system or by a limit of the process.
FULL = frozenset(getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EFBIG") if hasattr(errno, name))
# Libraries in C keep the system's sentence and lose its number.
SAID = re.compile(
    r"no space left on device|disk quota exceeded|(database or )?disk is full|not enough space|file too large", re.I
)
SQLITE = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")
LIBRARIES = ("sqlite3", "pyogrio", "pyarrow", "xlsxwriter", "sqlalchemy", "zipfile")


def is_full(error: BaseException) -> bool:
    """Say whether an error, or one that it came from, means that a disk is full."""
    return any(_means_full(each) for each in _chain(error))


def refusal(error: BaseException, file: str | None = None) -> StorageFull | None:
    """Return an error as the refusal that it is when a disk is full; None when it is something else.

    Parameters
    ----------
    file : str or None
        The file that was to be written, as the reader knows it; None for a file of ours.
    """
    if isinstance(error, StorageFull):
        return error
    if not is_full(error):
        return None
    if file is None:
        return StorageFull(Text("formats.no-room-temporary"))
    return StorageFull(Fault(Text("formats.disk-full"), {"file": file}))


def _means_full(error: BaseException) -> bool:
    if isinstance(error, StorageFull):
        return True
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in FULL
    name = getattr(error, "sqlite_errorname", None)
    if name is not None:
        return name in SQLITE
    # Of a library alone: what somebody's file or request says is not believed.
    return type(error).__module__.partition(".")[0] in LIBRARIES and SAID.search(str(error)) is not None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__, getattr(each, "orig", None)]
