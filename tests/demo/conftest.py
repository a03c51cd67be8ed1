"""The demo district as the repository holds it, read once."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

FOLDER = Path(__file__).parents[2] / "data" / "demo"
CRS = "EPSG:4549"


@pytest.fixture(scope="session")
def folder() -> Path:
    """Where the committed files are."""
    return FOLDER


@pytest.fixture(scope="session")
def district() -> dict[str, gpd.GeoDataFrame]:
    """Layers by id, indexed by code, measured in metres."""
    return {path.stem: _frame(path) for path in sorted(FOLDER.glob("*.geojson"))}


def _frame(path: Path) -> gpd.GeoDataFrame:
    found = json.loads(path.read_text("utf-8"))["features"]
    shapes = [
        None if each["geometry"] is None else shapely.from_geojson(json.dumps(each["geometry"]))
        for each in found
    ]
    rows = pd.DataFrame([each["properties"] for each in found], dtype=object)
    frame = gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:4326").to_crs(CRS)
    return frame.set_index("code", drop=False)
