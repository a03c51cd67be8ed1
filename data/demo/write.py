"""From rows in metres to features in longitude and latitude, and to compact GeoJSON files."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from data.demo import plan
from data.demo.register import Register, Row
from layers.model.feature import Feature

DECIMALS = 7


def features(register: Register) -> dict[str, list[Feature]]:
    """Return the register's rows as features by layer id, sorted by code, rounded to 7 decimals."""
    change = pyproj.Transformer.from_crs(plan.CRS, "EPSG:4326", always_xy=True)

    def lonlat(points: np.ndarray) -> np.ndarray:
        lon, lat = change.transform(points[:, 0] + plan.ORIGIN[0], points[:, 1] + plan.ORIGIN[1])
        return np.round(np.column_stack([lon, lat]), DECIMALS)

    return {layer: _features(rows, lonlat) for layer, rows in register.layers.items()}


def _features(rows: list[Row], lonlat: Callable[[np.ndarray], np.ndarray]) -> list[Feature]:
    rows = sorted(rows, key=lambda row: row.properties["code"])
    shapes = np.asarray([row.geometry for row in rows], dtype=object)
    shapes = shapely.orient_polygons(shapely.transform(shapes, lonlat))
    return [
        Feature(row.properties["code"], shape, dict(sorted(row.properties.items())))
        for row, shape in zip(rows, shapes, strict=True)
    ]


def geojson(collection: list[Feature]) -> str:
    """Write features as GeoJSON (RFC 7946), one feature a line."""
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "id": each.id,
                "geometry": None if each.geometry is None else _geometry(each.geometry),
                "properties": {name: _plain(value) for name, value in each.properties.items()},
            },
            ensure_ascii=False,
            separators=(",", ":"),
            allow_nan=False,
        )
        for each in collection
    ]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def write(collections: dict[str, list[Feature]], folder: Path) -> None:
    """Write one `<layer>.geojson` per layer into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for layer, collection in collections.items():
        (folder / f"{layer}.geojson").write_text(geojson(collection), encoding="utf-8", newline="\n")


def _geometry(shape: BaseGeometry) -> dict:
    return {"type": shape.geom_type, "coordinates": shapely.geometry.mapping(shape)["coordinates"]}


def _plain(value: object) -> object:
    if isinstance(value, dt.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
