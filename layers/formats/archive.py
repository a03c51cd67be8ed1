"""Zip archives from strangers: everything is checked before a byte is unpacked, and names are only read."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from layers import disks
from layers.errors import Fault, TooLarge, UnsupportedMedia
from layers.formats.limits import MEGABYTE, Limits
from layers.text import Text

UNICODE_NAME = 0x800
ENCRYPTED = 0x1
RATIO_FREE_BYTES = 64 * MEGABYTE
BLOCK_BYTES = MEGABYTE
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
CLUTTER = (".DS_Store", "Thumbs.db")
# What macOS adds to a zip: beside every x.shp a "._x.shp", which is no Shapefile.
MAC, APPLE_DOUBLE = "__MACOSX", "._"


class Archive:
    """An open archive that passed the checks; use as a context manager.

    Parameters
    ----------
    path : Path
        The zip file.
    limits : Limits
        Its bounds on count, ratio and unpacked size.

    Raises
    ------
    UnsupportedMedia
        Not a zip, encrypted, damaged, or holding names that lead out of a folder, or links.
    TooLarge
        Too many entries, too large, or compressed beyond belief.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self.limits = limits
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise UnsupportedMedia(Text("formats.zip-broken")) from error
        self.names = self._check(path.stat().st_size)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def unpack(self, name: str, target: Path) -> Path:
        """Write the entry called `name` to `target`, a path of our own making."""
        entry = self.names[name]
        written = 0
        try:
            with self._zip.open(entry) as source, target.open("wb") as sink:
                while block := source.read(BLOCK_BYTES):
                    written += len(block)
                    # The size in the directory is a claim; what comes out is counted.
                    if written > entry.file_size:
                        raise UnsupportedMedia(Text("formats.zip-broken"))
                    sink.write(block)
        except (zipfile.BadZipFile, EOFError, RuntimeError, OSError, ValueError, zlib.error) as error:
            if disks.is_full(error):
                raise
            raise UnsupportedMedia(Text("formats.zip-broken")) from error
        return target

    def _check(self, packed_bytes: int) -> dict[str, zipfile.ZipInfo]:
        entries = self._zip.infolist()
        if len(entries) > self.limits.archive_entries:
            raise TooLarge(Text("formats.zip-entries", limit=self.limits.archive_entries, found=len(entries)))
        size = sum(entry.file_size for entry in entries)
        if size > self.limits.unpacked_bytes:
            raise TooLarge(Text("formats.zip-size", limit_mb=self.limits.unpacked_bytes // MEGABYTE))
        if size > RATIO_FREE_BYTES and size > self.limits.archive_ratio * max(packed_bytes, 1):
            raise TooLarge(Text("formats.zip-ratio", limit=self.limits.archive_ratio))
        faults = [fault for entry in entries for fault in _entry_faults(entry)]
        if faults:
            raise UnsupportedMedia(*faults)
        files = [entry for entry in entries if not entry.is_dir()]
        names = [entry_name(entry) for entry in files]
        if len(set(names)) != len(names):
            raise UnsupportedMedia(Text("formats.zip-twice"))
        return {name: each for name, each in zip(names, files, strict=True) if not _clutter(name)}


def entry_name(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name as its author saw it.

    Python reads names without the UTF-8 mark as code page 437, which is what the standard says; Chinese programs
    write UTF-8 or GBK there.
    """
    if entry.flag_bits & UNICODE_NAME:
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _entry_faults(entry: zipfile.ZipInfo) -> list[Fault]:
    # `orig_filename` is the name before Python replaced backslashes and cut it at a zero byte.
    raw = entry.orig_filename.replace("\\", "/")
    where = {"file": entry_name(entry)[:200]}
    found = []
    if raw.startswith("/") or ".." in PurePosixPath(raw).parts or raw[1:2] == ":" or "\x00" in raw:
        found.append("formats.zip-escapes")
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        found.append("formats.zip-link")
    if entry.flag_bits & ENCRYPTED:
        found.append("formats.zip-encrypted")
    elif entry.compress_type not in METHODS:
        found.append("formats.zip-method")
    return [Fault(Text(key), where) for key in found]


def _clutter(name: str) -> bool:
    path = PurePosixPath(name)
    return MAC in path.parts or path.name.startswith(APPLE_DOUBLE) or path.name in CLUTTER
