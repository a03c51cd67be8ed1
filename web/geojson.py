"""Features as GeoJSON (RFC 7946), encoded fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import shapely
from flask import Response

from geo.validity import orient_rfc7946, round_coordinates
from layers.catalogue import Layer
from layers.model.feature import Feature

TYPE = "application/geo+json"
NULL = msgspec.Raw(b"null")


def features_json(layer: Layer, features: Sequence[Feature]) -> list[dict[str, object]]:
    """Return features as GeoJSON objects, every field of the layer in the order of the catalogue."""
    shapes = np.array([feature.geometry for feature in features], dtype=object)
    texts = shapely.to_geojson(orient_rfc7946(round_coordinates(shapes)))
    names = [field.name for field in layer.fields]
    return [
        {
            "type": "Feature",
            "id": feature.id,
            "geometry": NULL if text is None else msgspec.Raw(text.encode()),
            "properties": {name: feature.properties.get(name) for name in names},
        }
        for feature, text in zip(features, texts, strict=True)
    ]


def answer(body: Mapping[str, object], **headers: str) -> Response:
    """Answer a GeoJSON body."""
    response = Response(msgspec.json.encode(body), mimetype=TYPE)
    response.headers["Content-Crs"] = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    response.headers.update(headers)
    return response
