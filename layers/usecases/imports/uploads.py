"""Files handed in, kept beside the workspace until they are imported, thrown away or too old.

A name that somebody gave a file is a label and never a path: every path is made here, of an id of ours and an ending
out of a list.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

import msgspec

from layers import disks, scratch
from layers.errors import Fault, InvalidParameter, NotFound, StorageFull, StoreBusy, UnsupportedMedia
from layers.formats.kinds import MAPS, READABLE
from layers.text import Text
from layers.usecases.imports.memory import Remembered

SUFFIX = ".uploads"
RECORD, STEM = "upload.json", "file"
ID = re.compile(r"[0-9a-f]{32}")
# Beside a .shp these may be handed in with it.
PARTS = (".dbf", ".shx", ".prj", ".qpj", ".cpg")
ENDINGS = (*READABLE, *MAPS)
LONGEST_LABEL = 120
KEPT = dt.timedelta(hours=6)
MOST_UPLOADS = 40
MOST_TIMES_ONE = 4  # all uploads together may be so many times as large as one
# After so long without a look an upload makes room: most likely its page was closed.
IDLE = dt.timedelta(minutes=30)


class Choices(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a user corrected; None = find out.

    `bbox` is what to take of a map: west, south, east, north in degrees; `joins` whether its roads are joined where
    they share a node, or wherever they meet. `split_parts` makes each part of a feature one of its own. `values` says
    what words of it stand for: field → word → meaning; `effective` from which day it holds: a day,
    ``correction``, or as the file says.
    """

    layer: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    crs: str | None = None
    mapping: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    bbox: tuple[float, float, float, float] | None = None
    joins: Literal["nodes", "lines"] | None = None
    split_parts: bool = False
    keep_demo: bool = False
    effective: str | None = None


class Done(msgspec.Struct, kw_only=True):
    """That an upload was imported: the changeset (None: nothing changed), and what was answered."""

    key: str | None
    changeset: int | None
    answer: dict[str, object]


class Upload(msgspec.Struct, kw_only=True):
    """A file that was handed in, and what is known of it.

    `label` is the user's name of it, `main` the name of ours; `inside` are its sheets or layers, `revision` is the
    workspace's at the last dry run, and `remembered` what was known then of columns with the same headings.
    """

    id: str
    label: str
    main: str
    created: dt.datetime
    choices: Choices = msgspec.field(default_factory=Choices)
    inside: list[tuple[str, int | None]] = []
    revision: int | None = None
    remembered: dict[str, str] = {}
    done: Done | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an upload: the user's name of it, and how it is written to a path."""

    label: str
    save: Callable[[Path], None]


class Uploads:
    """The uploads of one workspace.

    Parameters
    ----------
    url : str
        The workspace's; uploads lie in a folder beside it, or among temporary files where it is a server.
    most_bytes : int
        The size of the largest upload.
    kept : Remembered, optional
        What was found out about them, where that is shared.
    """

    def __init__(self, url: str, most_bytes: int, kept: Remembered | None = None) -> None:
        self.folder = Path(tempfile.gettempdir()) / "gridmap.uploads" if "://" in url else Path(url + SUFFIX)
        self.most_bytes = most_bytes
        self.kept = Remembered() if kept is None else kept

    def add(self, id: str, parts: Sequence[Part], now: dt.datetime) -> Upload:
        """Keep an upload.

        Raises
        ------
        InvalidParameter, UnsupportedMedia
            Nothing was sent, an ending that is not read, files that do not belong together.
        StoreBusy
            Too much waits already.
        StorageFull
        """
        main = _main(parts)
        self.sweep(now, KEPT)
        if not self._has_room():
            self.sweep(now, IDLE)
            if not self._has_room():
                raise StoreBusy(Text("imports.too-many-uploads", most=MOST_UPLOADS))
        folder = self.folder / id
        upload = Upload(id=id, label=label_of(main.label), main=f"{STEM}{_ending(main.label)}", created=now)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Whole or not at all: what is being saved lies in a room, which goes with its process.
            with scratch.beside(folder) as room:
                saved = room / id
                saved.mkdir()
                for part in parts:
                    part.save(saved / f"{STEM}{_ending(part.label)}")
                (saved / RECORD).write_bytes(msgspec.json.encode(upload))
                os.rename(saved, folder)
        except OSError as error:
            if disks.is_full(error):
                raise StorageFull(Text("imports.no-room-on-disk")) from error
            raise
        return upload

    def find(self, id: str, now: dt.datetime) -> Upload:
        """Return an upload; NotFound where there is none, or it is too old."""
        if ID.fullmatch(id):
            with suppress(FileNotFoundError, msgspec.DecodeError):
                upload = msgspec.json.decode((self.folder / id / RECORD).read_bytes(), type=Upload)
                if now - upload.created <= KEPT:
                    return upload
        raise NotFound(Fault(Text("imports.no-such-upload", hours=KEPT // dt.timedelta(hours=1)), {"value": id[:40]}))

    def path(self, upload: Upload) -> Path:
        """Return where an upload's file is."""
        return self.folder / upload.id / upload.main

    def keep(self, upload: Upload) -> None:
        """Write down what is known of an upload, whole or not at all."""
        target = self.folder / upload.id / RECORD
        fresh = target.with_suffix(".new")
        try:
            fresh.write_bytes(msgspec.json.encode(upload))
            fresh.replace(target)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise

    def conclude(self, upload: Upload) -> None:
        """Remember what became of an upload that was imported, and remove its files.

        It is in the records by now, so that a full disk is no reason to say otherwise: the files make room.
        """
        try:
            self.keep(upload)
        except OSError as error:
            if not disks.is_full(error):
                raise
            self.drop_files(upload)
            self.keep(upload)
        self.drop_files(upload)

    def drop_files(self, upload: Upload) -> None:
        """Remove an upload's files but remember what became of it."""
        self.kept.forget(upload.id)
        for path in (self.folder / upload.id).iterdir():
            if path.name != RECORD:
                path.unlink(missing_ok=True)

    def remove(self, id: str) -> None:
        """Remove an upload; one that is not there is gone already."""
        self.kept.forget(id)
        shutil.rmtree(self.folder / id, ignore_errors=True)

    def sweep(self, now: dt.datetime, after: dt.timedelta) -> None:
        """Remove what was not looked at for so long, and what killed processes left half saved."""
        scratch.sweep(self.folder)
        for folder in self._folders():
            with suppress(FileNotFoundError):
                if now.timestamp() - folder.stat().st_mtime > after.total_seconds():
                    self.remove(folder.name)

    def sweep_unseen(self, now: dt.datetime) -> None:
        """Remove what nobody can ask for: its process was killed before it told anybody the id."""
        for folder in self._folders():
            with suppress(FileNotFoundError, NotFound):
                upload = self.find(folder.name, now)
                if upload.revision is None and upload.done is None and now - upload.created > IDLE:
                    self.remove(folder.name)

    def _folders(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return [each for each in self.folder.iterdir() if ID.fullmatch(each.name) and each.is_dir()]

    def _has_room(self) -> bool:
        waiting, size = 0, 0
        for folder in self._folders():
            with suppress(FileNotFoundError):
                files = [path.stat().st_size for path in folder.iterdir() if path.name != RECORD]
                waiting += bool(files)
                size += sum(files)
        return waiting < MOST_UPLOADS and size <= MOST_TIMES_ONE * self.most_bytes


def label_of(name: str) -> str:
    """Return a file's name without folders and invisible marks, cut to a bearable length."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(each for each in bare if each.isprintable()).strip()
    if len(shown) > LONGEST_LABEL:
        ending = PurePosixPath(shown).suffix[:12]
        shown = shown[: LONGEST_LABEL - len(ending) - 1] + "…" + ending
    return shown or STEM


def _ending(label: str) -> str:
    ending = PurePosixPath(label.replace("\\", "/")).suffix.lower()
    return ending if ending in ENDINGS or ending in PARTS else ".unknown"


def _main(parts: Sequence[Part]) -> Part:
    """Return the file to read: the only one, or the .shp among its parts, or a .dbf with the .cpg beside it."""
    if not parts:
        raise InvalidParameter(Fault(Text("imports.no-file"), {"parameter": "file"}))
    endings = [_ending(part.label) for part in parts]
    wanted = ".shp" if ".shp" in endings else ".dbf" if set(endings) == {".dbf", ".cpg"} else None
    main = parts[0] if len(parts) == 1 else parts[endings.index(wanted)] if wanted else None
    if main is None or len(set(endings)) < len(endings) or not set(endings) <= {_ending(main.label), *PARTS}:
        names = [label_of(part.label) for part in parts]
        raise InvalidParameter(Fault(Text("imports.several-files", files=names[:8]), {"parameter": "file"}))
    if _ending(main.label) not in ENDINGS:
        text = Text("formats.ending-unknown", endings=list(ENDINGS))
        raise UnsupportedMedia(Fault(text, {"file": label_of(main.label)}))
    return main
