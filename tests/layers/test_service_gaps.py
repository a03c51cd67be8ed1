"""Gaps: which uncovered buildings stand together."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import geopandas.testing
import numpy as np
import shapely
from pyproj import CRS

from layers.analyses.service_gaps import GAP_M, gaps

METRIC = CRS.from_epsg(4549)
DEGREES_A_METRE = np.array([1 / 95_000, 1 / 111_000])
L_SHAPE = np.array([(0, 0), (60, 0), (60, 20), (20, 20), (20, 60), (0, 60)])


def uncovered(shapes: np.ndarray) -> gpd.GeoDataFrame:
    """Return buildings as the analysis has them."""
    columns = {"minutes": 20.0, "station_name": "站", "reason": "beyond_limit", "community_code": "990101001001",
               "households": 1, "population": 2, "elderly_60": 1}  # fmt: skip
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326, index=np.arange(len(shapes)))


def test_houses_stand_together_by_places_in_them_that_are_found_in_metres() -> None:
    """Houses with wings along the meridian, which the metric CRS turns: a place found in degrees is in another wing."""
    rng = np.random.default_rng(11)
    corners = np.stack(np.meshgrid(np.arange(12), np.arange(12)), axis=-1).reshape(-1, 1, 2) * 150.0
    rings = corners + L_SHAPE * rng.uniform(0.5, 1.5, (144, 1, 2)) * rng.choice([-1, 1], (144, 1, 2))
    shapes = shapely.polygons(rings * DEGREES_A_METRE + [121.5, 31.2])
    found = gaps(uncovered(shapes), SimpleNamespace(crs=METRIC))
    places = shapely.point_on_surface(uncovered(shapes).to_crs(METRIC).geometry.to_numpy())
    near = shapely.union_all(shapely.buffer(places, GAP_M / 2, quad_segs=400))
    together = shapely.STRtree(shapely.get_parts(near)).query(places, predicate="within")[1]
    assert sorted(found["buildings"]) == sorted(np.unique(together, return_counts=True)[1])
    assert found["buildings"].sum() == 144 and len(found) > 5


def test_the_first_gaps_are_those_of_all_and_drawn_alike() -> None:
    """Rows of houses far from each other, the longer the more people."""
    rows = [shapely.box(120 + n / 1e3, 36 + row / 100, 120.0002 + n / 1e3, 36.0001 + row / 100)
            for row, houses in enumerate((2, 9, 4, 7)) for n in range(houses)]  # fmt: skip
    asked = uncovered(np.array(rows))
    every, first = (gaps(asked, SimpleNamespace(crs=METRIC), most) for most in (None, 2))
    assert every["buildings"].tolist() == [9, 7, 4, 2]
    gpd.testing.assert_geodataframe_equal(first, every[:2])
