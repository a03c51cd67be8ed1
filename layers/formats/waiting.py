"""Starting reading processes, and one that waits for the next file in a process that reads many.

A reading process serves one file and is thrown away, waiting or not; it starts in the folder that its file will be
copied to, with the environment that it is to have. `keep` says that there will be many files: from then on one has
always started already, and has imported what readers need. It ends with the process that keeps it.
"""

from __future__ import annotations

import logging
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from layers import children, scratch
from layers.formats import frames, gdal

COMMAND = children.command("layers.formats.worker")
KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PROJ_DATA", "PROJ_LIB")
log = logging.getLogger("gridmap")


class Reader(subprocess.Popen[bytes]):
    """A reading process, which hears and speaks through pipes."""

    @property
    def ears(self) -> IO[bytes]:
        """What it is told by."""
        assert self.stdin is not None  # `_start` asks for a pipe
        return self.stdin

    @property
    def mouth(self) -> IO[bytes]:
        """What it answers by."""
        assert self.stdout is not None  # likewise
        return self.stdout


@dataclass(frozen=True, slots=True)
class _Started:
    """A reading process that was not asked yet, and the folder it lives in."""

    folder: Path
    process: Reader

    def is_ready(self) -> bool:
        return self.process.poll() is None and self.folder.is_dir()

    def end(self) -> None:
        self.process.kill()
        self.process.ears.close()
        self.process.mouth.close()
        self.process.wait()
        scratch.remove(self.folder)


class _Waiting:
    """The one that waits, where one is wanted, and those whose folders are being filled."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = False
        self._next: _Started | None = None
        self._taken: dict[Path, Reader] = {}

    def keep(self) -> None:
        with self._lock:
            self._wanted = True
            if self._next is None:
                folder = scratch.make_folder("read")
                self._next = _Started(folder, _start(folder, gdal.SKIPPED, frames.WARM))

    def dismiss(self) -> None:
        with self._lock:
            self._wanted, left, self._next = False, self._next, None
        if left is not None:
            left.end()

    def enter(self) -> Path:
        """Return a folder for one file; its process may have started already."""
        with self._lock:
            found, self._next = self._next, None
            if found is not None and found.is_ready():
                self._taken[found.folder] = found.process
                return found.folder
        if found is not None:  # ended by itself, or by the system
            found.end()
        return scratch.make_folder("read")

    def process(self, folder: Path, skipped: tuple[str, ...]) -> Reader:
        with self._lock:
            started = self._taken.pop(folder, None) if skipped == gdal.SKIPPED else None
        return started or _start(folder, skipped)

    def leave(self, folder: Path) -> None:
        with self._lock:
            unused, wanted = self._taken.pop(folder, None), self._wanted
        if unused is not None:
            _Started(folder, unused).end()
        scratch.remove(folder)
        if wanted:
            try:
                self.keep()
            except OSError as error:  # this file is read; the next one starts a process for itself
                log.warning("no reading process waits for the next file: %s", error)


_waiting = _Waiting()


def keep() -> None:
    """Have a reading process wait for the next file from now on: for processes that read many."""
    _waiting.keep()


def dismiss() -> None:
    """Let nobody wait any more."""
    _waiting.dismiss()


@contextmanager
def folder() -> Iterator[Path]:
    """Give the folder that one file is read in, until the end of the block."""
    entered = _waiting.enter()
    try:
        yield entered
    finally:
        _waiting.leave(entered)


def process(folder: Path, skipped: tuple[str, ...]) -> Reader:
    """Return a process to read the one file of a folder, without the drivers of GDAL that are to be skipped."""
    return _waiting.process(folder, skipped)


def _start(folder: Path, skipped: tuple[str, ...], *words: str) -> Reader:
    return Reader(
        [*COMMAND, *words],
        cwd=folder,
        env=environment(folder, skipped),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def environment(folder: Path, skipped: tuple[str, ...]) -> dict[str, str]:
    """Return the variables that a reading process sees: few of ours, and its folder for whatever it writes."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    own = dict.fromkeys(("TMPDIR", "TEMP", "TMP", "HOME"), str(folder))
    return kept | own | {"PYTHONPATH": children.HOUSE} | gdal.environment(skipped)
