"""Damaged and harmful files of every format that is read, through `POST /api/imports` and the command line.

    python -m tests.bench.fuzz_files [FILES_PER_FORMAT] [FORMAT | FORMAT:NUMBER]…      1,500 of every format by default

Each file is handed in as a user would (OpenStreetMap's by the use case of `import-osm`, which HTTP does not take), read
in a process of its own that is forked for it (`tests.bench.nursery`; every hundredth goes the whole way of production,
and every hundredth through the command line too), shown as a preview, and thrown away. Asked of every one:

- the answer is 201, or a problem with 4xx: nothing else, no exception, no end without a word;
- the canary, a file beside the workspace that the harmful ones name, was never opened (inotify) nor told;
- the workspace is unchanged, and nothing is left of the upload;
- this process took less than `MOST_CPU_S` of computing time over it.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import io
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from layers.errors import GridmapError
from layers.formats import sandbox
from layers.store import open_store
from layers.store.protocol import Store
from tests import town
from tests.bench.mutants import mutant
from tests.bench.nursery import Nurseries

ENDINGS = {"geojson": ".geojson", "gpkg": ".gpkg", "zip": ".zip", "csv": ".csv", "xlsx": ".xlsx", "fgb": ".fgb",
           "parquet": ".parquet", "kml": ".kml", "osm-pbf": ".osm.pbf", "osm-xml": ".osm"}  # fmt: skip
LAYERS = ("buildings", "courtyards", "grids", "arrangements")
NASTY = Path(__file__).resolve().parents[3] / "shared" / "data" / "nasty"
LARGEST_SEED = 60_000
SECRET = "CANARY-7f3a91"
READER_S, MOST_CPU_S = 60.0, 20.0
WHOLE_WAY = 100  # every so many
OPENED = 0x20  # IN_OPEN
NOON = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)


class Canary:
    """A file that nobody may open; the kernel tells who does not keep to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_text(f"{SECRET},{SECRET}\n{SECRET},1\n" * 3, "utf-8")
        libc = ctypes.CDLL(None, use_errno=True)
        self._events = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert libc.inotify_add_watch(self._events, os.fsencode(path), OPENED) > 0
        path.read_bytes()
        assert self.opened(), "the kernel does not tell"

    def opened(self) -> bool:
        """Say whether somebody opened it since the last time."""
        try:
            return bool(os.read(self._events, 65536))
        except BlockingIOError:
            return False


@dataclass
class Tally:
    """What became of the files of a format."""

    outcomes: Counter[str] = field(default_factory=Counter)
    died: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    longest_s: float = 0.0

    def line(self, kind: str) -> str:
        outcomes = ", ".join(f"{count} {name}" for name, count in sorted(self.outcomes.items()))
        died = sum(self.died.values())
        return f"{kind:<8} {outcomes}; {died} readers died and said so; {len(self.failures)} failures; " \
               f"longest {self.longest_s:.1f} s of computing"  # fmt: skip


class Proof:
    """A service over the small town, a copy of that for the command line, and the canary."""

    def __init__(self, folder: Path) -> None:
        from app import create_app
        from layers.settings import Settings

        self.folder = folder
        self.workspace = folder / "town.gpkg"
        town.build(open_store(self.workspace)).close()
        self.app: Flask = create_app(Settings(workspace=str(self.workspace), language="en"))
        self.client = self.app.test_client()
        self.store = self.app.extensions["gridmap"].store
        self.revision = self.store.revision()
        self.canary = Canary(folder / "canary.csv")
        self.seeds, nursery = folder / "seeds", folder / "nursery"
        self.seeds.mkdir()
        nursery.mkdir()
        self.nurseries = Nurseries(nursery, READER_S)
        self._ask = sandbox._ask

    @contextmanager
    def forked(self) -> Iterator[None]:
        """Let files be read by forks."""
        sandbox._ask = self.nurseries.ask
        try:
            yield
        finally:
            sandbox._ask = self._ask

    def handed_in(self, data: bytes, ending: str) -> str:
        """Hand a file in, see that the answer says something, and throw the upload away."""
        form = {"file": [FileStorage(io.BytesIO(data), f"file{ending}")]}
        boundary, body = encode_multipart(MultiDict(form))
        answer = self.client.post(
            "/api/imports?lang=en", data=body, content_type=f"multipart/form-data; boundary={boundary}"
        )
        assert SECRET not in answer.text, "told the canary"
        if answer.status_code == 201:
            upload = answer.json["id"]
            assert self.client.delete(f"/api/imports/{upload}").status_code == 204, "not thrown away"
        else:
            assert 400 <= answer.status_code < 500 and answer.mimetype == "application/problem+json", answer.text[:300]
            assert answer.json["detail"], "a problem without a word"
        uploads = self.workspace.with_name(self.workspace.name + ".uploads")
        assert not uploads.is_dir() or not any(uploads.iterdir()), "something is left of the upload"
        return str(answer.status_code)

    def mapped(self, path: Path) -> str:
        """Read OpenStreetMap data and see what importing them would do."""
        from layers.usecases.imports.osm import OsmOptions, import_osm

        try:
            done = import_osm(self.store, path, OsmOptions(dry_run=True), "fuzz", NOON)
        except GridmapError as error:
            assert 400 <= error.status < 500 and error.faults, repr(error)
            assert SECRET not in " ".join(error.say("en").splitlines()), "told the canary"
            return str(error.status)
        assert SECRET not in " ".join(note.say("en") for note in done.notes), "told the canary"
        return "read"

    def commanded(self, path: Path, kind: str) -> None:
        """Import a file dry on the command line, and see that the program ends as it should."""
        from app import main

        order = ["import-osm", str(path)] if kind.startswith("osm") else ["import", LAYERS[0], str(path)]
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            try:
                code = main([*order, "--dry-run", "--workspace", str(self.workspace)])
            except SystemExit as end:
                code = end.code
        assert code in (None, 0, 1, 2), f"the command line ended with {code}"
        assert "Traceback" not in said.getvalue() and SECRET not in said.getvalue(), said.getvalue()[-300:]

    def checked(self, kind: str, number: int, seeds: list[bytes], tally: Tally) -> None:
        """Put one file through, and count what became of it."""
        data = mutant(kind, seeds, number, self.canary.path)
        path = self.folder / f"file{ENDINGS[kind]}"
        path.write_bytes(data)
        self.nurseries.complaints, self.nurseries.code = b"", 0
        self.canary.opened()
        whole, began = number % WHOLE_WAY == 0, time.process_time()
        try:
            if kind.startswith("osm"):
                outcome = self._by(whole, lambda: self.mapped(path))
            else:
                outcome = self._by(whole, lambda: self.handed_in(data, ENDINGS[kind]))
            if number % WHOLE_WAY == WHOLE_WAY // 2:
                self._by(False, lambda: self.commanded(path, kind))
            passed = time.process_time() - began
            assert not self.canary.opened(), "opened the canary"
            assert self.store.revision() == self.revision, "changed the workspace"
            assert passed < MOST_CPU_S, f"{passed:.0f} s of computing"
        except Exception as error:  # whatever escapes is what is looked for
            tally.failures.append(f"{kind}:{number} {type(error).__name__}: {str(error)[:400]}")
            print("FAILURE", tally.failures[-1], flush=True)
            return
        tally.outcomes[outcome] += 1
        tally.longest_s = max(tally.longest_s, passed)
        if self.nurseries.code:
            last = self.nurseries.complaints.decode("utf-8", "replace").strip().rpartition("\n")[2]
            tally.died[f"exit {self.nurseries.code}: {last[:160]} ({kind}:{number})"] += 1

    def _by(self, whole: bool, act: Callable[[], object]) -> str:
        if whole:
            return str(act())
        with self.forked():
            return str(act())


def seeds_of(kind: str, store: Store, folder: Path) -> list[bytes]:
    """Return valid files of a format, written by ourselves, and what of the shared data is small enough."""
    ending, found = ENDINGS[kind], []
    if kind.startswith("osm"):
        return maps(folder, ending)
    from layers.usecases.exports.exporting import ExportOptions, export_layer

    for layer in LAYERS:
        if layer == "arrangements" and ending in (".fgb", ".kml"):
            continue  # these hold nothing without geometry
        path = folder / f"{layer}{ending}"
        export_layer(store, layer, path, ExportOptions(language="en" if layer == "grids" else "zh"))
        found.append(path.read_bytes())
    if ending == ".geojson":
        path = folder / "legacy.geojson"
        export_layer(store, "buildings", path, ExportOptions(profile="legacy", crs="EPSG:4549"))
        found.append(path.read_bytes())
    alike = (ending, ".json") if ending == ".geojson" else (ending,)
    nasty = [path for path in sorted(NASTY.rglob("*")) if path.suffix in alike] if NASTY.is_dir() else []
    return found + [path.read_bytes() for path in nasty if path.stat().st_size < LARGEST_SEED]


def maps(folder: Path, ending: str) -> list[bytes]:
    """Return a small map as it is usually written, and, since packed blocks only show how zlib refuses, unpacked."""
    from tests.formats import osm_town

    osmium = osm_town.osmium
    usual, plain = osm_town.write(folder / f"map{ending}"), folder / f"plain{ending}"
    options = "pbf,pbf_compression=none" if ending.endswith("pbf") else "osm,xml_change_format=false"
    with osmium.SimpleWriter(osmium.io.File(str(plain), options), overwrite=True) as writer:
        for thing in osmium.FileProcessor(str(usual)):
            writer.add(thing)
    return [usual.read_bytes(), plain.read_bytes(), plain.read_bytes()]


def main(*given: str) -> int:
    """Put files through and tell; 1 where there was a failure."""
    each = next((int(word) for word in given if word.isdigit()), 1500)
    chosen = [word for word in given if not word.isdigit()] or list(ENDINGS)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="gridmap-fuzz-") as folder:
        proof = Proof(Path(folder))
        for word in chosen:
            kind, _, only = word.partition(":")
            seeds, tally, began = seeds_of(kind, proof.store, proof.seeds), Tally(), time.perf_counter()
            for number in [int(only)] if only else range(each):
                proof.checked(kind, number, seeds, tally)
                if number and number % 500 == 0:
                    print(f"{kind} {number}, {len(tally.failures)} failures", flush=True)
            print(f"{tally.line(kind)}; {time.perf_counter() - began:.0f} s", flush=True)
            for last, count in tally.died.most_common(20):
                print(f"    {count} × {last}", flush=True)
            if only:
                (Path(tempfile.gettempdir()) / f"{kind}-{only}{ENDINGS[kind]}").write_bytes(
                    mutant(kind, seeds, int(only), proof.canary.path)
                )
            failed += len(tally.failures)
        proof.nurseries.close()
        proof.store.close()
    print(f"memory of the service at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
