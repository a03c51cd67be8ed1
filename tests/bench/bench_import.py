"""Importing a GeoPackage of 100,000 polygons, and the same file again, beside ogr2ogr.

    python -m tests.bench.bench_import [FOLDER]

Each runs in a process of its own, in turns, and as the command line does; the best run counts. What was imported is
counted. ogr2ogr only copies; ours also checks every row and every shape, and writes history. The second time nothing
moved, and nothing is read; the third time somebody has edited a record meanwhile, and everything is compared.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pyogrio

from layers.catalogue import catalogue
from layers.formats import write
from layers.store import open_store
from tests import town
from tests.bench.bench_geojson import frame
from tests.bench.measured import measured

N, RUNS = 100_000, 3
OURS = """
import datetime, sys
from pathlib import Path
from layers.collecting import seldom
from layers.store import open_store
from layers.usecases.imports.tables import ImportOptions, import_file
with seldom():
    store = open_store(Path(sys.argv[2]), create=True)
    import_file(store, "buildings", Path(sys.argv[1]), ImportOptions(), "bench", datetime.datetime.now(datetime.UTC))
    store.close()
"""


def main(folder: Path) -> None:
    source, ours, theirs = folder / f"source{N}.gpkg", folder / "imported.gpkg", folder / "copied.gpkg"
    if not source.exists():
        write(catalogue().layer("buildings"), frame(N), source)
    importing = (sys.executable, "-c", OURS, str(source), str(ours))
    names = ("ogr2ogr", "ours", "ours again", "ours after an edit")
    runs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in names}
    for _ in range(RUNS):
        for each in (ours, theirs):
            each.unlink(missing_ok=True)
        runs["ogr2ogr"].append(measured("ogr2ogr", "-f", "GPKG", str(theirs), str(source)))
        runs["ours"].append(measured(*importing))
        runs["ours again"].append(measured(*importing))
        with closing(open_store(ours)) as store:
            assert store.count("buildings") == pyogrio.read_info(theirs, layer="buildings")["features"] == N
            assert store.revision() == 1
            town.add(store, "managers", "M", name="M")
        runs["ours after an edit"].append(measured(*importing))
        with closing(open_store(ours)) as store:
            assert store.revision() == 2
    best = {name: [min(figures) for figures in zip(*each, strict=True)] for name, each in runs.items()}
    for name, (seconds, computing, megabytes) in best.items():
        times = [mine / other for mine, other in zip(best[name], best["ogr2ogr"], strict=True)]
        print(
            f"import of {N}: {name} {seconds:.1f} s ({times[0]:.1f} x), {computing:.1f} s of computing "
            f"({times[1]:.1f} x), {megabytes:.0f} MB ({times[2]:.1f} x)"
        )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(name))
