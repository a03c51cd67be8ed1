"""The reading process: ``python -m layers.formats.worker``, started by `waiting`, one request, then the end.

It binds itself before it looks at the file: memory, computing time, size of written files, no core dump. With the word
``warm`` it imports whatever a file may need before it is asked.
"""

from __future__ import annotations

import math
import os
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from layers import children, disks
from layers.errors import GridmapError, TooLarge, UnsupportedMedia
from layers.formats import frames, gdal
from layers.formats.gdal import UnlistedDrivers
from layers.formats.limits import Limits
from layers.formats.sink import READERS, Job, Sink, reader_of
from layers.formats.table import ReadOptions
from layers.text import Text

LIBRARIES = (
    "geo.shapes.validity", "layers.formats.readers.ooxml", "layers.model.shapes.price", "pyproj", "python_calamine",
    "shapely",
)  # fmt: skip


def main() -> None:
    """Answer the request on standard input with frames on standard output."""
    replies = children.private_output()
    if sys.argv[1:] == [frames.WARM]:
        _warm()
    order, _ = frames.read_frame(sys.stdin.buffer, at_most=1 << 20)
    if order is None:  # whoever might have asked is gone, or needs nobody
        return
    limits = Limits(**order["limits"])
    _bind(limits)
    job = Job(
        path=Path(order["path"]),
        file=order["file"],
        name=order["name"],
        kind=order["kind"],
        want=order["want"],
        options=ReadOptions(**order["options"]),
        limits=limits,
    )
    try:
        reader_of(job.kind)(job, Sink(replies, limits))
        frames.write_frame(replies, {"is": "done"})
    except UnlistedDrivers as found:
        frames.write_frame(replies, {"is": "drivers", "names": found.names})
    except GridmapError as refusal:
        _refuse(replies, refusal)
    except MemoryError:
        _refuse(replies, TooLarge(Text("formats.reader-memory")))
    except RecursionError:
        _refuse(replies, UnsupportedMedia(Text("formats.too-deep")))
    except Exception as error:  # every library has an error of its own for a disk that is full
        full = disks.refusal(error)
        if full is None:
            raise
        _refuse(replies, full)
    replies.flush()
    # Nothing is left to be done, and a library that was fed a broken file may well crash while it cleans up.
    os._exit(0)


def _warm() -> None:
    for module in sorted({*READERS.values(), *LIBRARIES}):
        import_module(module)
    with suppress(UnlistedDrivers):  # whoever opens a file finds them again, and refuses
        gdal.lean_pyogrio()


def _refuse(replies: BinaryIO, refusal: GridmapError) -> None:
    faults = [frames.pack_fault(fault) for fault in refusal.faults]
    frames.write_frame(replies, {"is": "error", "slug": refusal.slug, "faults": faults})


def _bind(limits: Limits) -> None:
    try:
        import resource
    except ImportError:  # Windows: the time limit of the parent remains.
        return
    begun = time.process_time()  # what it took to be there is not the file's
    children.lower(resource.RLIMIT_CORE, 0)
    children.lower(resource.RLIMIT_CPU, math.ceil(begun + max(1.0, limits.seconds)), grace=2)
    children.lower(resource.RLIMIT_FSIZE, limits.unpacked_bytes)
    if sys.platform == "linux":  # macOS reserves far more address space than it uses.
        children.lower(resource.RLIMIT_AS, limits.memory_bytes)


if __name__ == "__main__":
    main()
