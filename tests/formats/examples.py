"""A small layer with every type of field, and frames of it."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from layers.catalogue import Choice, Field, Label, Layer


def _field(name: str, kind: str, zh: str, **more: object) -> Field:
    return Field(name, kind, Label(zh, name.replace("_", " ").capitalize()), **more)


FIELDS = (
    _field("code", "text", "编码", required=True),
    _field("name", "text", "名称"),
    _field("use", "enum", "用途", values=(Choice("residential", Label("住宅", "residential")),
                                       Choice("unknown", Label("不明", "unknown")))),
    _field("households", "integer", "户数", unit="户"),
    _field("build_year", "integer", "建成年份"),
    _field("floor_area_m2", "number", "建筑面积", unit="㎡"),
    _field("open_to_the_street", "boolean", "是否开放"),
    _field("open_to_the_square", "boolean", "是否通广场"),
    _field("surveyed_on", "date", "摸排日期"),
    _field("members", "list", "成员"),
)  # fmt: skip
HOUSES = Layer("test-houses", "house", Label("房屋", "Houses"), "polygon", ("polygon", "point"), FIELDS,
               by_name={field.name: field for field in FIELDS})  # fmt: skip
TYPES = {"integer": "Int64", "number": "float64", "boolean": "boolean", "date": "datetime64[s]"}


def house(code: str, **values: object) -> dict[str, object]:
    """One house; what is not given is missing."""
    return {field.name: None for field in FIELDS} | {"code": code} | values


def frame(rows: list[dict], shapes: list[BaseGeometry | None]) -> gpd.GeoDataFrame:
    """Rows as the store hands them out."""
    columns = {}
    for field in FIELDS:
        values = [row[field.name] for row in rows]
        if field.type == "list":
            values = [() if value is None else value for value in values]
        columns[field.name] = pd.Series(values, dtype=TYPES.get(field.type, object))
    table = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, crs="EPSG:4326"))
    table["version"] = 1
    table.index = pd.Index([f"id-{place}" for place in range(len(rows))], name="id")
    return table


TWO = [
    house("990101001001001", name="一号院", use="residential", households=56, build_year=1987, floor_area_m2=1234.5,
          open_to_the_street=True, surveyed_on=dt.date(2025, 2, 6), members=("a1", "b2")),
    house("990101001001002", households=44, open_to_the_street=False),
]  # fmt: skip
