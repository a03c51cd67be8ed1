"""Features as GeoJSON (RFC 7946; in another coordinate system OGC 18-058r1), encoded fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import shapely
from flask import Response

from geo.shapes import MANY, geometry_texts, orient_rfc7946
from layers.model.feature import Feature
from web.http.crs import LONLAT, Reference

TYPE = "application/geo+json"


def written(
    features: Sequence[Feature], names: Sequence[str], system: Reference, head: Mapping[str, object]
) -> dict[str, object]:
    """Return a FeatureCollection with the properties `names`, its other members those of `head`."""
    return {"type": "FeatureCollection", **head, "features": _objects(features, names, system)}


def feature_json(
    feature: Feature, names: Sequence[str], system: Reference, links: Sequence[Mapping[str, str]]
) -> dict[str, object]:
    """Return one feature, with links where there are any."""
    (body,) = _objects([feature], names, system)
    return {**body, "links": list(links)} if links else body


def shapes_of(features: Sequence[Feature]) -> np.ndarray:
    """Return the geometries of features as an array."""
    shapes = np.empty(len(features), dtype=object)
    shapes[:] = [feature.geometry for feature in features]
    return shapes


def answer(body: Mapping[str, object], system: Reference = LONLAT, status: int = 200, **headers: str) -> Response:
    """Answer a GeoJSON body."""
    said = [("Content-Crs", f"<{system.uri}>"), *headers.items()]
    return Response(msgspec.json.encode(body), status, said, content_type=TYPE)


def _objects(features: Sequence[Feature], names: Sequence[str], system: Reference) -> list[dict[str, object]]:
    return [
        {
            "type": "Feature",
            "id": feature.id,
            "geometry": msgspec.Raw(text),
            "properties": dict(zip(names, map(feature.properties.get, names))),
        }
        for feature, text in zip(features, _texts(shapes_of(features), system), strict=True)
    ]


def _texts(shapes: np.ndarray, system: Reference) -> list[bytes]:
    """Write geometries as GeoJSON; the kernel pays for its loading only where there are many."""
    if system == LONLAT:
        return geometry_texts(shapes, kernel_from=MANY)
    texts = shapely.to_geojson(system.write(orient_rfc7946(shapes)))
    return [b"null" if text is None else text.encode() for text in texts]
