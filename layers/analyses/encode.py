"""Put what an analysis gives into JSON: features as GeoJSON, rows as objects, messages into words."""

from __future__ import annotations

import datetime as dt
import math

import msgspec
import numpy as np
import pandas as pd

from geo.shapes import MANY, geometry_texts
from layers.catalogue import Label
from layers.text import Text


def outputs_json(outputs: dict[str, object], language: str = "zh") -> dict[str, object]:
    """Return the outputs as values for `msgspec.json.encode`, geometry already as its text.

    A GeoDataFrame becomes a FeatureCollection (RFC 7946), a DataFrame a list of objects, a dict an object;
    NaN, NaT and NA become null, dates ISO text, and a `Text` or a label its words in `language`.
    """
    return {name: _output(value, language) for name, value in outputs.items()}


def feature_collection(frame: pd.DataFrame, language: str = "zh") -> dict[str, object]:
    """Return a frame as a GeoJSON FeatureCollection; the index gives the ids."""
    geometry = geometry_texts(np.asarray(frame["geometry"].array, dtype=object), kernel_from=MANY)
    records = rows(frame.drop(columns="geometry"), language)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": str(id),
                "geometry": msgspec.Raw(text),
                "properties": record,
            }
            for id, text, record in zip(frame.index, geometry, records, strict=True)
        ],
    }


def rows(frame: pd.DataFrame, language: str = "zh") -> list[dict[str, object]]:
    """Return a frame as a list of JSON objects."""
    columns = [[plain(value, language) for value in frame[name].astype(object)] for name in frame.columns]
    names = list(frame.columns)
    return [dict(zip(names, record, strict=True)) for record in zip(*columns, strict=True)]


def plain(value: object, language: str = "zh") -> object:  # whatever an output holds, as JSON has it
    """Return a value as JSON has it."""
    if isinstance(value, dict):
        return {key: plain(each, language) for key, each in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(each, language) for each in value]
    if isinstance(value, Text | Label):
        return value.say(language)
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, pd.Timestamp | dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return plain(value.item(), language)
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value


def _output(value: object, language: str) -> object:
    if isinstance(value, pd.DataFrame):
        return feature_collection(value, language) if "geometry" in value.columns else rows(value, language)
    return plain(value, language)
