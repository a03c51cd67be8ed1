"""Vector tiles of 1,000,000 generated buildings against PostGIS's ST_AsMVT and the package mapbox-vector-tile.

    python -m tests.bench.bench_tiles [postgresql://…]

Without an address PostGIS is left out. Contents are compared before anything is timed: the same buildings, and
surfaces that differ by no more than the rounding of each corner.
"""

from __future__ import annotations

import sys

import mapbox_vector_tile
import numpy as np
import shapely

from geo.tiles.layout import mercator, ragged
from geo.tiles.tiles import BUFFER, EXTENT, TileSource, attributes, encode_tile, tile_box, tile_source
from tests.bench.stopwatch import race

N = 1_000_000
TABLE = "bench_tiles"
EDGE_M = 20037508.342789244
NAMES = ("code", "use", "households", "name")


def buildings(n: int = N, seed: int = 1) -> tuple[np.ndarray, dict[str, list]]:
    """Generate houses in rows, of all sizes, and what is told of them."""
    rng = np.random.default_rng(seed)
    row, column = np.divmod(np.arange(n), int(n**0.5))
    west = 116 + column * 0.0003 + rng.uniform(0, 1e-4, n)
    south = 39 + row * 0.00025 + rng.uniform(0, 5e-5, n)
    shapes = shapely.box(west, south, west + rng.uniform(8e-5, 1.8e-4, n), south + rng.uniform(8e-5, 1.5e-4, n))
    uses = ["residential", "mixed", "commercial", "public", "other"]
    told = {
        "code": [f"B{number:07d}" for number in range(n)],
        "use": [uses[each] for each in rng.integers(0, 5, n)],
        "households": rng.integers(0, 200, n).tolist(),
        "name": [f"{each}号楼" for each in rng.integers(1, 500, n)],
    }
    return shapes, told


def source_of(shapes: np.ndarray, told: dict[str, list]) -> TileSource:
    columns = {}
    for name, values in told.items():
        distinct, codes = np.unique(np.array(values), return_inverse=True)
        columns[name] = (codes, distinct.tolist())
    return tile_source("buildings", ragged(shapes), attributes(columns), "use")


def by_package(shapes: np.ndarray, told: dict[str, list], tree: shapely.STRtree, tile: tuple[int, int, int]) -> bytes:
    """Cut a tile as users of the package do: select, clip, and let it quantise and write."""
    west, north, east, south = tile_box(*tile, margin=BUFFER / EXTENT)
    outer, inner = shapely.box(west, north, east, south), tile_box(*tile)
    rows = np.sort(tree.query(outer))
    clipped = shapely.intersection(shapes[rows], outer)
    features = [
        {"geometry": shape, "properties": {name: told[name][row] for name in NAMES}}
        for row, shape in zip(rows.tolist(), clipped, strict=True)
    ]
    options = {"quantize_bounds": inner, "extents": EXTENT, "y_coord_down": True}
    return mapbox_vector_tile.encode([{"name": "buildings", "features": features}], default_options=options)


def read(data: bytes) -> dict[str, float]:
    """Return code → surface."""
    decoded = mapbox_vector_tile.decode(data)
    features = [each for layer in decoded.values() for each in layer["features"]]
    return {each["properties"]["code"]: shapely.geometry.shape(each["geometry"]).area for each in features}


def compare(ours: bytes, theirs: bytes) -> None:
    mine, other = read(ours), read(theirs)
    # What only touches the buffer's edge may be in one and not in the other.
    apart = [max(mine.get(code, 0), other.get(code, 0)) for code in mine.keys() ^ other.keys()]
    assert all(area < 100 for area in apart), apart
    both = mine.keys() & other.keys()
    assert len(both) > 0.97 * len(mine)
    assert all(abs(mine[code] - other[code]) <= 100 for code in both)


def fill(address: str, shapes: np.ndarray, told: dict[str, list]):
    """Put the buildings into PostGIS as tipg would find them: EPSG:3857 for speed, indexed, clustered."""
    import psycopg

    connection = psycopg.connect(address, autocommit=True)
    connection.execute(f"CREATE EXTENSION IF NOT EXISTS postgis; DROP TABLE IF EXISTS {TABLE}")
    connection.execute(
        f"CREATE TABLE {TABLE} (code text, use text, households int, name text, geom geometry(Polygon, 3857))"
    )
    flat = shapely.transform(shapes, lambda xy: (mercator(xy) - 0.5) * [2 * EDGE_M, -2 * EDGE_M])
    with connection.cursor().copy(f"COPY {TABLE} FROM STDIN") as copy:
        for row, wkb in enumerate(shapely.to_wkb(shapely.set_srid(flat, 3857), hex=True, include_srid=True)):
            copy.write_row([told[name][row] for name in NAMES] + [wkb])
    connection.execute(f"CREATE INDEX ON {TABLE} USING gist (geom)")
    connection.execute(f"CLUSTER {TABLE} USING {TABLE}_geom_idx")
    connection.execute(f"VACUUM ANALYZE {TABLE}")
    return connection


SQL = f"""
SELECT ST_AsMVT(t, 'buildings', {EXTENT}, 'g') FROM (
  SELECT code, use, households, name,
         ST_AsMVTGeom(geom, ST_TileEnvelope(%(z)s, %(x)s, %(y)s), {EXTENT}, {BUFFER}, true) AS g
  FROM {TABLE}
  WHERE geom && ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => {BUFFER / EXTENT})
) t WHERE g IS NOT NULL
"""


def main(address: str | None) -> None:
    shapes, told = buildings()
    source = source_of(shapes, told)
    flat = shapely.transform(shapes, mercator)
    tree = shapely.STRtree(flat)
    connection = fill(address, shapes, told) if address else None
    middle = mercator(np.array([[116.15, 39.12]]))[0]

    for z in (16, 15, 14, 13, 12, 11, 10):
        x, y = (middle * 2**z).astype(int).tolist()
        ours = encode_tile(source, z, x, y)
        contestants = {"ours": lambda z=z, x=x, y=y: encode_tile(source, z, x, y)}
        if connection is not None and z >= 13:
            query = {"z": z, "x": x, "y": y}
            compare(ours, bytes(connection.execute(SQL, query).fetchone()[0]))
            contestants["postgis"] = lambda query=query: connection.execute(SQL, query, binary=True).fetchone()
        if z >= 14:
            compare(ours, by_package(flat, told, tree, (z, x, y)))
            contestants["package"] = lambda z=z, x=x, y=y: by_package(flat, told, tree, (z, x, y))
        times = race(5, **contestants)
        ratios = ", ".join(f"{name} {times[name] / times['ours']:.1f} x" for name in times if name != "ours")
        told_ms = times["ours"] * 1000
        print(f"z{z}: {len(ours) / 1000:.0f} kB, ours {told_ms:.2f} ms; {ratios or 'no peer at this zoom'}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
