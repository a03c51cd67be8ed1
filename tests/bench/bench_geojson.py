"""GeoJSON of 100,000 generated buildings against `geopandas.to_json`, and what exports of layers of all sizes hold.

    python -m tests.bench.bench_geojson [FOLDER]

Features are compared before anything is timed. Memory is that of a whole process which exports a workspace's layer.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from layers.catalogue import catalogue
from layers.formats import write
from layers.model.feature import Change, Feature
from layers.store import open_store
from layers.store.protocol import Draft
from tests.bench.bench_tiles import buildings
from tests.bench.measured import measured
from tests.bench.stopwatch import race
from tests.town import NOON

N = 100_000
SIZES = (50_000, 100_000, 400_000)
ENDINGS = (".geojson", ".csv")
EXPORT = """
import sys
from pathlib import Path
from layers.store import open_store
from layers.usecases.exports.exporting import ExportOptions, export_layer
store = open_store(Path(sys.argv[1]))
export_layer(store, "buildings", Path(sys.argv[2]), ExportOptions())
store.close()
"""


def frame(n: int = N) -> gpd.GeoDataFrame:
    shapes, told = buildings(n)
    columns = {name: told[name] for name in ("code", "name", "use")}
    numbers = {"households": pd.array(told["households"], dtype="Int64"), "floors": pd.array([6] * n, dtype="Int64")}
    return gpd.GeoDataFrame(columns | numbers, geometry=shapes, crs=4326, index=pd.Index(told["code"], name="id"))


def filled(folder: Path, n: int) -> Path:
    """Return a workspace of `n` generated buildings."""
    made = folder / f"work{n}.gpkg"
    if not made.exists():
        shapes, told = buildings(n)
        rows = zip(shapes, *told.values(), strict=True)
        features = (Feature(row[0], shape, dict(zip(told, row, strict=True))) for shape, *row in rows)
        changes = (Change("buildings", each.id, None, each) for each in features)
        store = open_store(made, create=True)
        store.commit(Draft("bench", NOON, "", "import", changes))
        store.close()
    return made


def race_writers() -> None:
    """Write one frame both ways."""
    features = frame()
    layer = catalogue().layer("buildings")
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours.geojson", Path(folder) / "theirs.geojson"
        contestants = {
            "ours": lambda: write(layer, features, ours),
            "geopandas": lambda: theirs.write_text(features.to_json(), encoding="utf-8"),
        }
        for contestant in contestants.values():
            contestant()
        for mine, other in zip(*(json.loads(file.read_bytes())["features"] for file in (ours, theirs)), strict=True):
            assert mine["id"] == other["id"]
            assert {name: mine["properties"][name] for name in other["properties"]} == other["properties"]
            shapes = [shapely.geometry.shape(each["geometry"]) for each in (mine, other)]
            assert shapely.hausdorff_distance(*shapes) < 1e-7
        times = race(5, **contestants)
    print(f"{N} buildings: {times['geopandas'] / times['ours']:.1f} x geopandas.to_json")


def main(folder: Path) -> None:
    race_writers()
    for ending in ENDINGS:
        for n in SIZES:
            made, target = filled(folder, n), folder / f"exported{ending}"
            seconds, computing, megabytes = measured(sys.executable, "-c", EXPORT, str(made), str(target))
            print(
                f"export of {n} to {ending}: {seconds:.1f} s ({computing:.1f} s of computing), {megabytes:.0f} MB, "
                f"a file of {target.stat().st_size / 2**20:.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(name))
