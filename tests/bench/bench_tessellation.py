"""Cells of the shared Shanghai data: `tessellate` beside momepy's enclosed tessellation, in one run.

    pip install momepy; python tests/bench/bench_tessellation.py

Both get the same footprints, streets and shores; momepy gets its enclosures ready-made, `tessellate` makes its blocks
within the time. What both found is compared before anything is timed, and only a ratio is printed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import momepy
import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from geo.tessellation.tessellation import Tessellation, tessellate
from tests.bench.stopwatch import race

CITY = Path(__file__).resolve().parents[3] / "shared" / "data" / "cities" / "shanghai_core_open.gpkg"
CRS = "EPSG:4549"


def town() -> tuple[shapely.Geometry, np.ndarray, np.ndarray]:
    """Read the study area, the footprints in it, and streets on the ground and shores as barriers."""
    area, buildings, roads, water = (gpd.read_file(CITY, layer=layer).to_crs(CRS)
                                     for layer in ("study_area", "buildings", "roads", "water"))
    boundary = area.geometry.iloc[0]
    footprints = buildings.geometry.make_valid().to_numpy()
    footprints = footprints[shapely.area(shapely.intersection(footprints, boundary)) >= 1.0]
    streets = roads.geometry[roads["is_tunnel"].isna()].to_numpy()
    return boundary, footprints, np.concatenate([streets, shapely.boundary(water.geometry.to_numpy())])


def theirs(footprints: gpd.GeoSeries, enclosures: gpd.GeoSeries) -> gpd.GeoDataFrame:
    return momepy.enclosed_tessellation(footprints, enclosures)


def compare(made: Tessellation, other: gpd.GeoDataFrame, boundary: shapely.Geometry, footprints: np.ndarray) -> None:
    """Stop unless the cells tile the boundary and hold every footprint; tell how both agree."""
    assert abs(shapely.area(made.cells).sum() - boundary.area) < 1e-3 and shapely.coverage_is_valid(made.cells)
    assert (shapely.get_type_id(made.cells) == 3).all() and (made.cell_of >= 0).all()
    names = other.index.to_numpy()
    shapes = other.geometry.to_numpy()
    cell_of = np.where(names >= 0, made.cell_of[names], -1)  # theirs below 0 are parts without a footprint
    cells = np.unique(made.cell_of)
    united = np.array([shapely.union_all(shapes[cell_of == each]) for each in cells])
    agreed = shapely.area(shapely.intersection(made.cells[cells], united)).sum() / shapely.area(made.cells[cells]).sum()
    one, two = shapely.STRtree(shapes).query(shapes, predicate="overlaps")
    doubled = shapely.area(shapely.intersection(shapes[one], shapes[two])).sum() / 2
    print(f"{len(footprints):,} footprints, {len(made.blocks):,} blocks, {len(made.cells):,} cells")
    print(f"of the surface of cells with footprints, momepy gives {agreed:.1%} to the same ones")
    print(f"momepy: {len(shapes):,} cells that overlap by {doubled:,.0f} m2, valid coverage: "
          f"{shapely.coverage_is_valid(shapes)}; here: 0 m2, valid coverage: True")


def main() -> None:
    boundary, footprints, barriers = town()
    series = gpd.GeoSeries(footprints, crs=CRS)
    lines = gpd.GeoSeries(barriers, crs=CRS).explode(ignore_index=True)
    enclosures = momepy.enclosures(lines, limit=gpd.GeoSeries([boundary], crs=CRS)).geometry
    whole = tessellate(boundary, footprints, barriers)
    compare(whole, theirs(series, enclosures), boundary, footprints)

    best = race(3, momepy=lambda: theirs(series, enclosures),
                tessellate=lambda: tessellate(boundary, footprints, barriers))
    print(f"the whole: {best['momepy'] / best['tessellate']:.1f} x as fast as momepy")


if __name__ == "__main__":
    main()
