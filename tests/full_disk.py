"""A disk that is really full: a small file system of its own, where one can be mounted."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from layers import scratch

PAGE = 4096


class Disk:
    """A file system of a few kilobytes at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self) -> None:
        """Leave no room at all."""
        with (self.path / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(PAGE))
            except OSError:
                return

    def resize(self, kilobytes: int) -> None:
        """Make room, or take it."""
        subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", str(self.path)], check=True)

    def left(self) -> list[Path]:
        """Return every file on it, but for the filler and the marker of a room."""
        names = ("filler", scratch.MARKER)
        return [each for each in self.path.rglob("*") if each.is_file() and each.name not in names]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[int], Disk]]:
    """Mount a file system of so many kilobytes; skipped where this user may not mount anything."""
    mounted: list[Disk] = []

    def mount(kilobytes: int) -> Disk:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        try:
            command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
            done = subprocess.run(command, capture_output=True, text=True)
        except FileNotFoundError:
            pytest.skip("there is no mount here")
        if done.returncode:
            pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
        mounted.append(Disk(place))
        return mounted[-1]

    yield mount
    for each in mounted:
        for room in [room for room in scratch._rooms.values() if each.path in room.path.parents]:
            scratch._forget(room)
        subprocess.run(["umount", "-l", str(each.path)], check=True)


@pytest.fixture
def full_temporary(disk: Callable[[int], Disk], monkeypatch: pytest.MonkeyPatch) -> Disk:
    """The folder for temporary files on a disk of 64 kB."""
    small = disk(64)
    monkeypatch.setattr(tempfile, "tempdir", str(small.path))
    monkeypatch.setitem(os.environ, "TMPDIR", str(small.path))
    return small
