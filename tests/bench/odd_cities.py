"""Cities that are odd in one way, made of the plain city of `make_city`: what no page may be much slower for.

    python -m tests.bench.odd_cities N FOLDER [KIND ...]
    python -m tests.bench.odd_cities N FOLDER --pages [KIND ...]

Each becomes FOLDER/KIND-N.gpkg, `plain` among them. With ``--pages`` each is asked as `bench_pages` asks, and what it
takes is laid beside the plain city of the same size.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

Frames = dict[str, gpd.GeoDataFrame]
STATIONS, VERTICES = 10_000, 50_000
SEED = 3


def stations(frames: Frames) -> None:
    """So many stations, in the streets and off them."""
    plain, rng = frames["stations"], np.random.default_rng(SEED)
    west, south, east, north = frames["buildings"].total_bounds
    places = shapely.points(rng.uniform(west, east, STATIONS), rng.uniform(south, north, STATIONS))
    _many(frames, "stations", np.arange(STATIONS) % len(plain), places)


def name(frames: Frames) -> None:
    """Give all buildings one name."""
    frames["buildings"]["name"] = "1号楼"


def community(frames: Frames) -> None:
    """Make the whole city one community."""
    plain = frames["communities"]
    code = plain["code"].iloc[0]
    frames["communities"] = plain.iloc[:1].set_geometry([shapely.union_all(plain.geometry.to_numpy())], crs=4326)
    for layer in ("grids", "courtyards"):
        frames[layer]["community_code"] = code


def courtyards(frames: Frames) -> None:
    """Give each building a courtyard of its own."""
    plain, buildings = frames["courtyards"], frames["buildings"]
    row = pd.Index(plain["code"]).get_indexer(buildings["courtyard_code"])
    low, high = shapely.bounds(buildings.geometry.to_numpy()).reshape(-1, 2, 2).swapaxes(0, 1)
    room = 2e-5  # two metres
    _many(frames, "courtyards", row, shapely.box(*(low - room).T, *(high + room).T))
    buildings["courtyard_code"] = frames["courtyards"]["code"].to_numpy()


def vertices(frames: Frames) -> None:
    """Draw one building, in the middle of the city, with very many corners."""
    shapes = frames["buildings"].geometry.to_numpy().copy()
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    at = int(np.argmin(np.hypot(*(middle - np.median(middle, axis=0)).T)))
    turn = np.linspace(0, 2 * np.pi, VERTICES, endpoint=False)
    far = 1e-4 * (1 + 0.05 * np.sin(turn * 977))  # some ten metres
    shapes[at] = shapely.polygons(middle[at] + far[:, None] * np.column_stack([np.cos(turn), np.sin(turn)]))
    frames["buildings"] = frames["buildings"].set_geometry(shapes, crs=4326)


def plain(frames: Frames) -> None:
    """Leave the city as it is."""


KINDS: dict[str, Callable[[Frames], None]] = {
    each.__name__: each for each in (plain, stations, name, community, courtyards, vertices)
}


def _many(frames: Frames, layer: str, rows: np.ndarray, shapes: np.ndarray) -> None:
    """Let rows of a layer stand many times, each with a code and a shape of its own."""
    table = pd.DataFrame(frames[layer].drop(columns="geometry")).iloc[rows].copy()
    table["code"] = [f"O{each:07d}" for each in range(len(table))]
    table.index = pd.Index(table["code"], name="id", dtype=object)
    frames[layer] = gpd.GeoDataFrame(table, geometry=shapes, crs=4326)


def build_odd(path: Path, buildings: int, kind: str) -> None:
    """Write the city of a kind into a new workspace."""
    from data.demo.city import city
    from tests.bench.make_city import SEED as PLAIN
    from tests.bench.make_city import write

    frames = city(buildings, PLAIN)
    KINDS[kind](frames)
    write(path, frames)


def main(arguments: list[str]) -> int:
    """Build what is not there yet; ask it, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.odd_cities", description=__doc__.splitlines()[0])
    parser.add_argument("buildings", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("kinds", nargs="*", default=[*KINDS], metavar="KIND", help=f"some of {', '.join(KINDS)}")
    parser.add_argument("--pages", action="store_true", help="ask each over HTTP")
    parser.add_argument("--only", default="", help="a word of what is to be asked")
    asked = parser.parse_args(arguments)
    unknown = sorted(set(asked.kinds) - set(KINDS))
    if unknown:
        parser.error(f"no kinds: {', '.join(unknown)}")
    found: dict[str, dict[str, float]] = {}
    for kind in asked.kinds:
        path = asked.folder / f"{kind}-{asked.buildings}.gpkg"
        if not path.exists():
            build_odd(path, asked.buildings, kind)
        if asked.pages:
            from tests.bench.bench_pages import measured

            print(f"{kind}", flush=True)
            found[kind] = measured(path, lambda title: asked.only in title)
    for kind, figures in found.items():
        for title, figure in figures.items():
            base = found.get("plain", {}).get(title)
            beside = "" if not base else f"{figure / base:8.2f} x"
            print(f"{kind:12} {title:32} {figure:9.2f} {beside}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
