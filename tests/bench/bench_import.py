"""Importing a GeoPackage of 100,000 polygons beside ogr2ogr, and exporting GeoJSON of one and of three times as many.

    python -m tests.bench.bench_import [FOLDER]

Each runs in a process of its own: seconds and the most memory it ever held. What was imported is counted.
ogr2ogr only copies; ours also checks every row and every shape, and writes history.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pyogrio

from layers.store import open_store
from tests.bench.peers import LAYER, ROOT, workspace

N, MORE = 100_000, 300_000
OURS = """
import datetime, sys
from pathlib import Path
from layers.store import open_store
from layers.usecases.importing import ImportOptions, import_file
store = open_store(Path(sys.argv[2]), create=True)
import_file(store, "buildings", Path(sys.argv[1]), ImportOptions(), "bench", datetime.datetime.now(datetime.UTC))
store.close()
"""
EXPORT = """
import sys
from pathlib import Path
from layers.store import open_store
from layers.usecases.exporting import ExportOptions, export_layer
store = open_store(Path(sys.argv[1]))
export_layer(store, "buildings", Path(sys.argv[2]), ExportOptions())
store.close()
"""
MEASURED = """
import resource, subprocess, sys, time
begun = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stderr=subprocess.DEVNULL)
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def measured(*command: str) -> tuple[float, float]:
    """Return seconds and the megabytes that a command (the largest of its processes) held at most."""
    whole = [sys.executable, "-c", MEASURED, *command]
    seconds, kilobytes = subprocess.run(whole, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), float(kilobytes) / 1024


def main(folder: Path) -> None:
    workspace(folder, N)
    source, ours, theirs = folder / f"source{N}.gpkg", folder / "imported.gpkg", folder / "copied.gpkg"
    results = {"ours": (float("inf"), 0.0), "ogr2ogr": (float("inf"), 0.0)}
    for _ in range(2):
        for each in (ours, theirs):
            each.unlink(missing_ok=True)
        runs = {
            "ours": measured(sys.executable, "-c", OURS, str(source), str(ours)),
            "ogr2ogr": measured("ogr2ogr", "-f", "GPKG", str(theirs), str(source)),
        }
        results = {name: min(results[name], run) for name, run in runs.items()}
    store = open_store(ours)
    assert store.count(LAYER) == pyogrio.read_info(theirs)["features"] == N
    store.close()
    for name, (seconds, megabytes) in results.items():
        print(f"import of {N}: {name} {seconds:.1f} s, {megabytes:.0f} MB", flush=True)
    for n in (N, MORE):
        seconds, megabytes = measured(
            sys.executable, "-c", EXPORT, str(workspace(folder, n)), str(folder / "exported.geojson")
        )
        print(f"GeoJSON of {n}: {seconds:.1f} s, {megabytes:.0f} MB", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(name))
