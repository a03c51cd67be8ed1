"""Reading in a process of its own: the file's private copy goes in, plain checked values come out.

Whatever a file makes a reader do (crash, swallow memory, run forever) happens to a process that has nothing else.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import IO, Any

import numpy as np

from layers import disks
from layers.errors import Fault, GridmapError, InvalidParameter, StorageFull, TooLarge, UnsupportedMedia
from layers.formats import frames, gdal, waiting, wkb
from layers.formats.limits import MEGABYTE, Limits
from layers.formats.table import RawSheet, RawTable, ReadOptions
from layers.text import Text

LEAVE_SECONDS = 2.0
# In the folder of a reading process that writes: what it is to do, and what it has made.
PLAN, MADE = "marks.json", "marked.xlsx"
SHAPEFILE_PARTS = (".dbf", ".shx", ".prj", ".qpj", ".cpg")
GEOPACKAGE_PARTS = ("-wal",)
REFUSALS = {each.slug: each for each in (InvalidParameter, StorageFull, TooLarge, UnsupportedMedia)}
REMEMBERED_TEXTS = 4096


@dataclass(slots=True)
class Request:
    """What the reading process is asked to do; `want` is ``"tables"``, ``"table"``, ``"sheets"`` or ``"marked"``."""

    path: Path
    kind: str
    want: str
    options: ReadOptions
    limits: Limits


def read(request: Request) -> list[Any]:
    """Read a file in a process of its own; return tables or sheets, as the request wants.

    Raises
    ------
    UnsupportedMedia, TooLarge, InvalidParameter
        As the reader says; also when the reading process died.
    StorageFull
        There is no room for the private copy or for what is unpacked of it.
    """
    size = request.path.stat().st_size
    if size > request.limits.file_bytes:
        text = Text("formats.file-too-large", limit_mb=request.limits.file_bytes // MEGABYTE)
        raise TooLarge(Fault(text, {"file": request.path.name}))
    try:
        with waiting.folder() as folder:
            return _read_in(folder, request)
    except OSError as error:
        full = disks.refusal(error)
        if full is None:
            raise
        raise full from error


@contextmanager
def made(request: Request, plan: bytes) -> Iterator[Path]:
    """Let the reading process write a file of its own by a plan, and give it until the end of the block.

    Errors as `read`.
    """
    with waiting.folder() as folder:
        (folder / PLAN).write_bytes(plan)
        _read_in(folder, request)
        if (folder / MADE).is_symlink() or not (folder / MADE).is_file():
            raise UnsupportedMedia(Fault(Text("formats.reader-died"), {"file": request.path.name}))
        yield folder / MADE


def _read_in(folder: Path, request: Request) -> list[Any]:
    private = _private_copy(request.path, folder)
    skipped: tuple[str, ...] = gdal.SKIPPED
    while True:
        answer = _ask(request, private, skipped)
        # A newer GDAL has drivers that the list does not know: start again without them.
        if not answer.unlisted_drivers or set(answer.unlisted_drivers) <= set(skipped):
            return answer.finished()
        skipped = (*skipped, *answer.unlisted_drivers)


def parts_of(path: Path) -> list[Path]:
    """Return a file and what belongs to it: a Shapefile has several parts, a GeoPackage may have a journal."""
    ending, found = path.suffix.lower(), [path]
    if ending in (".shp", ".dbf"):
        wanted = SHAPEFILE_PARTS if ending == ".shp" else (".cpg",)
        beside = (each for each in path.parent.iterdir() if each.stem == path.stem and each.suffix.lower() in wanted)
        found += sorted(each for each in beside if each.is_file())
    if ending == ".gpkg":
        journals = (path.with_name(path.name + each) for each in GEOPACKAGE_PARTS)
        found += [each for each in journals if each.is_file()]
    return found


def _private_copy(path: Path, folder: Path) -> Path:
    """Copy the file and what belongs to it under names of our own; a stranger's name never becomes a path."""
    private = folder / f"input{path.suffix.lower()}"
    for part in parts_of(path):
        longer = part.name.startswith(path.name)  # the file itself, or its journal
        own = private.name + part.name[len(path.name) :] if longer else private.stem + part.suffix.lower()
        shutil.copyfile(part, folder / own)
    return private


def order_of(request: Request, private: Path) -> dict[str, Any]:
    """Return what the reading process is told: which file of its own to read, and how."""
    return {
        "path": private.name,
        "file": request.path.name,
        "name": request.path.stem,
        "kind": request.kind,
        "want": request.want,
        "options": _plain(request.options),
        "limits": _plain(request.limits),
    }


def _ask(request: Request, private: Path, skipped: tuple[str, ...]) -> Answer:
    process = waiting.process(private.parent, skipped)
    late = threading.Event()
    timer = threading.Timer(request.limits.seconds, _stop, (process, late))
    timer.daemon = True
    timer.start()
    answer = Answer(request.limits)
    try:
        answer.send(process.ears, order_of(request, private))
        answer.take(process.mouth)
    finally:
        timer.cancel()
        _end(process)
        process.mouth.close()
        process.wait()
    answer.ended(process.returncode, late.is_set(), request.path.name)
    return answer


def _end(process: waiting.Reader) -> None:
    """Let the reader end by itself, so that its own exit code is seen; a moment is enough after its last word."""
    try:
        process.wait(LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _stop(process: waiting.Reader, late: threading.Event) -> None:
    late.set()
    process.kill()


def _plain(settings: ReadOptions | Limits) -> dict[str, Any]:
    return {each.name: getattr(settings, each.name) for each in fields(settings)}


@dataclass(slots=True)
class _Column:
    values: list[object] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)

    def extend(self, values: list[object]) -> None:
        # One object per distinct text: a million rows of "住宅" cost one string.
        if len(self.known) < REMEMBERED_TEXTS:
            known = self.known
            values = [known.setdefault(each, each) if type(each) is str else each for each in values]
        self.values.extend(values)


class _Assembly:
    """One table in the making."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: list[int] = []
        self.columns: dict[str, _Column] = {}
        self.shapes: list[np.ndarray] = []

    def add(
        self, rows: list[int], columns: dict[str, list[object]], shapes: list[bytes | None] | None, nesting: int
    ) -> None:
        before, count = len(self.rows), len(rows)
        if any(len(values) != count for values in columns.values()) or (shapes is not None and len(shapes) != count):
            raise frames.BrokenFrame("columns of different length")
        for name, values in columns.items():
            column = self.columns.setdefault(name, _Column([None] * before))
            column.extend(values)
        self.rows.extend(rows)
        for column in self.columns.values():
            column.values.extend([None] * (len(self.rows) - len(column.values)))
        if shapes is not None:
            self.shapes.append(_geometries(shapes, nesting))

    def table(self, frame: dict[str, Any]) -> RawTable:
        return RawTable(
            name=self.name,
            columns={name: column.values for name, column in self.columns.items()},
            rows=self.rows,
            geometry=np.concatenate(self.shapes) if self.shapes else None,
            crs=frame["crs"],
            choices=frame["choices"],
            notes=[frames.unpack_text(each) for each in frame["notes"]],
            faults=[frames.unpack_fault(each) for each in frame["faults"]],
            repaired=list(map(int, frame["repaired"])),
            sheets=[(str(name), int(offset)) for name, offset in frame["sheets"]],
            sound=True,
        )


class Answer:
    """What the reading process said, frame by frame."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.results: list[RawTable | RawSheet] = []
        self.unlisted_drivers: list[str] = []
        self.refusal: GridmapError | None = None
        self.complete = False
        self._open: _Assembly | None = None

    def send(self, stream: IO[bytes], order: dict[str, Any]) -> None:
        try:
            with stream:
                frames.write_frame(stream, order)
        except BrokenPipeError:
            return  # It died before it could listen; `ended` says why.

    def take(self, stream: IO[bytes]) -> None:
        try:
            for frame in self._frames(stream):
                self._accept(frame)
        except frames.TooMuch:
            self.refusal = TooLarge(Text("formats.output-too-large", limit_mb=self.limits.output_bytes // MEGABYTE))
        except (frames.BrokenFrame, KeyError, TypeError, AttributeError, wkb.BadGeometry):
            self.complete = False

    def ended(self, code: int, late: bool, file: str) -> None:
        """Turn a death into a refusal."""
        if self.complete or self.refusal is not None:
            return
        where = {"file": file}
        if late or code == -getattr(signal, "SIGXCPU", 0):
            raise TooLarge(Fault(Text("formats.reader-late", seconds=round(self.limits.seconds)), where))
        if code in (-getattr(signal, "SIGKILL", 0), -getattr(signal, "SIGXFSZ", 0)):
            raise TooLarge(Fault(Text("formats.reader-memory"), where))
        raise UnsupportedMedia(Fault(Text("formats.reader-died"), where))

    def finished(self) -> list[Any]:  # tables or sheets, as was asked for
        if self.refusal is not None:
            raise self.refusal
        return self.results

    def _frames(self, stream: IO[bytes]) -> Iterator[dict[str, Any]]:
        left = self.limits.output_bytes
        while True:
            frame, size = frames.read_frame(stream, left)
            if frame is None:
                return
            left -= size
            yield frame

    def _accept(self, frame: dict[str, Any]) -> None:
        match frame["is"]:
            case "table":
                self._open = _Assembly(frame["name"])
            case "rows":
                self._begun().add(frame["rows"], frame["columns"], frame["shapes"], self.limits.nesting)
            case "end":
                self.results.append(self._begun().table(frame))
                self._open = None
            case "sheet":
                self.results.append(_sheet(frame))
            case "error":
                refusal = REFUSALS[frame["slug"]]
                self.refusal = refusal(*(frames.unpack_fault(each) for each in frame["faults"]))
            case "drivers":
                self.unlisted_drivers, self.complete = list(frame["names"]), True
            case "done":
                self.complete = True
            case other:
                raise frames.BrokenFrame(f"unknown frame {other!r}")

    def _begun(self) -> _Assembly:
        if self._open is None:
            raise frames.BrokenFrame("rows or an end without a table")
        return self._open


def _sheet(frame: dict[str, Any]) -> RawSheet:
    return RawSheet(
        frame["name"],
        frame["cells"],
        [(int(top), int(left), int(bottom), int(right)) for top, left, bottom, right in frame["merged"]],
        hidden=bool(frame["hidden"]),
        hidden_rows=tuple(map(int, frame.get("hidden_rows", ()))),
        hidden_columns=tuple(map(int, frame.get("hidden_columns", ()))),
        struck=tuple((int(row), int(column)) for row, column in frame.get("struck", ())),
        comments=tuple((int(row), int(column), str(text)) for row, column, text in frame.get("comments", ())),
    )


def _geometries(shapes: list[bytes | None], nesting: int) -> np.ndarray:
    import shapely

    from layers.model.shapes import READ, too_dear

    # Points, lines and polygons cannot nest; everything else is walked again before GEOS sees it.
    flat = {wkb.HEAD[wkb.POINT], wkb.HEAD[wkb.LINE], wkb.HEAD[wkb.POLYGON]}
    checked = [each if each is None or each[:5] in flat else wkb.normalise(each, nesting)[0] for each in shapes]
    try:
        made = shapely.from_wkb(np.array(checked, dtype=object))
    except shapely.errors.GEOSException as error:
        raise frames.BrokenFrame("a geometry that the reader let through") from error
    if any(text is not None for text in too_dear(made, READ)):
        raise frames.BrokenFrame("a geometry that the reader let through")
    return made
