"""GeoJSON of 100,000 generated buildings against `geopandas.to_json`; features are compared before anything is timed.

    python -m tests.bench.bench_geojson
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from layers.catalogue import catalogue
from layers.formats import write
from tests.bench.bench_tiles import buildings
from tests.bench.stopwatch import race

N = 100_000


def frame(n: int = N) -> gpd.GeoDataFrame:
    shapes, told = buildings(n)
    columns = {name: told[name] for name in ("code", "name", "use")}
    numbers = {"households": pd.array(told["households"], dtype="Int64"), "floors": pd.array([6] * n, dtype="Int64")}
    return gpd.GeoDataFrame(columns | numbers, geometry=shapes, crs=4326, index=pd.Index(told["code"], name="id"))


def main() -> None:
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


if __name__ == "__main__":
    main()
