"""Files beside a workspace that hold what took long to compute. Nothing depends on them: any may go at any time.

A file is named by its content's key and begins with a digest of all that follows, so that a damaged, foreign or
outdated one is never taken for the right one; it is made anew instead.
"""

from __future__ import annotations

import io
import logging
import os
import re
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from layers import scratch

SUFFIX = ".cache"
MAGIC = b"gridmap kept 1\n"
_DIGEST = 32

Arrays = Mapping[str, np.ndarray]

log = logging.getLogger("gridmap")


class KeptFiles:
    """Arrays on disk, by what they are of (`name`) and what they were made of (`key`, a hexadecimal digest).

    Parameters
    ----------
    url : str
        The workspace's. The files of one that is a file lie in a folder beside it; of others none are kept.
    most : int
        Of each name so many are kept; the ones used last.
    """

    def __init__(self, url: str, most: int = 4) -> None:
        self.folder = None if "://" in url else Path(url + SUFFIX)
        self.most = most

    def load(self, name: str, key: str) -> dict[str, np.ndarray] | None:
        """Return what was kept, or None; what is unusable is reported in the log and removed."""
        path = self._path(name, key)
        if path is None:
            return None
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("%s could not be read (%s) and is made anew", path, error)
            return None
        digest, content = raw[len(MAGIC) : len(MAGIC) + _DIGEST], memoryview(raw)[len(MAGIC) + _DIGEST :]
        if not raw.startswith(MAGIC) or blake2b(content, digest_size=_DIGEST).digest() != digest:
            log.warning("%s is damaged or not ours and is made anew", path)
            _remove(path)
            return None
        _touch(path)
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)

    def made(
        self,
        name: str,
        key: str,
        sound: Callable[[Arrays], bool],
        compute: Callable[[], Arrays],
        parts: int = 1,
    ) -> Arrays:
        """Return what was kept where it is `sound`, else what is computed, which is kept then; one of so many parts."""
        found = self.load(name, key)
        if found is not None and sound(found):
            return found
        arrays = compute()
        self.save(name, key, arrays, parts)
        return arrays

    def save(self, name: str, key: str, arrays: Arrays, parts: int = 1) -> None:
        """Keep arrays for the next process, all or nothing; where the folder cannot be written, they are not kept."""
        path = self._path(name, key)
        if path is None:
            return
        buffer = io.BytesIO()
        np.savez(buffer, **dict[str, Any](arrays))
        content = buffer.getbuffer()
        try:
            path.parent.mkdir(exist_ok=True)
            with scratch.beside(path) as room:  # another process may be writing the same
                draft = room / path.name
                with draft.open("wb") as file:
                    file.write(MAGIC + blake2b(content, digest_size=_DIGEST).digest())
                    file.write(content)
                os.replace(draft, path)
        except OSError as error:
            log.warning("%s could not be kept: %s", path, error)
            return
        self._tidy(path.parent, name, self.most * parts)

    def _path(self, name: str, key: str) -> Path | None:
        if not re.fullmatch(r"[a-z-]+", name) or not re.fullmatch(r"[0-9a-f]{16,}", key):
            raise ValueError(f"{name!r}, {key!r} cannot be the name of a file")
        return self.folder and self.folder / f"{name}-{key}.npz"

    @staticmethod
    def _tidy(folder: Path, name: str, most: int) -> None:
        """Remove the files of this name that were not used lately."""
        kept = sorted(folder.glob(f"{name}-*.npz"), key=_modified, reverse=True)
        for path in kept[most:]:
            _remove(path)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return float("inf")  # gone meanwhile, or soon


def _touch(path: Path) -> None:
    try:
        os.utime(path)
    except OSError as error:
        log.debug("%s is not marked as used: %s", path, error)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.debug("%s stays: %s", path, error)
