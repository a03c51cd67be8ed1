"""Looking at uploads and importing them, as tasks of the workshop: plain values in, plain values out."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import msgspec

from layers.errors import Fault
from layers.formats import Limits, ReadOptions, write_marked
from layers.store.protocol import Changeset
from layers.usecases.imports import previewing
from layers.usecases.imports.uploads import Choices, Upload, Uploads
from layers.workshop import Bench
from web.imports import preview_json

SECONDS = 120.0
FAULT_BYTES = 600


class Seen(msgspec.Struct):
    """What a look at an upload found: the answer as it is sent, and what a step back needs."""

    answer: bytes
    revision: int
    choices: Choices
    inside: list[tuple[str, int | None]]
    remembered: dict[str, str]


def ready(bench: Bench) -> None:
    """Load and open what an import needs, so that the next one does not wait for that."""
    import geopandas  # noqa: F401 - of the store, which imports it when features are asked for

    bench.store.extent("buildings")


def preview(bench: Bench, upload: Upload, now: dt.datetime, language: str) -> Seen:
    """Look at an upload; what is wrong with it is kept at hand for a report."""
    found = _looked_at(bench, upload, now)
    answer = msgspec.json.encode(preview_json.whole(upload, found, language))
    return Seen(answer, found.revision, upload.choices, upload.inside, upload.remembered)


def report(bench: Bench, upload: Upload, now: dt.datetime, language: str, target: Path) -> None:
    """Write an upload again as a workbook, with everything that is wrong where it is wrong."""
    faults = bench.kept.get((upload.id, "faults", bench.store.revision(), digest(upload.choices)))
    faults = _faults(_looked_at(bench, upload, now)) if faults is None else faults
    options = ReadOptions(encoding=upload.choices.encoding)
    write_marked(faults, _uploads(bench).path(upload), target, language, options, _limits(bench))


def commit(
    bench: Bench, upload: Upload, order: previewing.Order, language: str
) -> tuple[dict[str, object], Changeset | None]:
    """Import an upload; return what is answered of it, and the changeset."""
    done, changeset = previewing.commit(bench.store, _uploads(bench), upload, _limits(bench), order)
    bench.kept.forget(upload.id)
    return preview_json.outcome(upload, done, language), changeset


def digest(choices: Choices) -> bytes:
    """Return a short word for choices: the same for the same."""
    return hashlib.sha256(msgspec.json.encode(choices, order="deterministic")).digest()


def _looked_at(bench: Bench, upload: Upload, now: dt.datetime) -> previewing.Preview:
    asked = digest(upload.choices)
    found = previewing.preview(bench.store, _uploads(bench), upload, _limits(bench), now)
    faults = _faults(found)
    for each in {asked, digest(upload.choices)}:
        bench.kept.put((upload.id, "faults", found.revision, each), faults, FAULT_BYTES * len(faults))
    return found


def _faults(found: previewing.Preview) -> list[Fault]:
    return [*found.blocking, *found.faults]


def _limits(bench: Bench) -> Limits:
    return Limits(file_bytes=bench.settings.max_upload_mb << 20, seconds=SECONDS)


def _uploads(bench: Bench) -> Uploads:
    return Uploads(bench.store.url, bench.settings.max_upload_mb << 20, bench.kept)
