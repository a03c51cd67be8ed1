"""The shapes of a preview as GeoJSON for its map, thinned out where there are many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
import numpy as np
import shapely

from geo.shapes import round_coordinates

SHAPES, VERTICES, DIGITS = 2_000, 200_000, 7
WORLD = (180, 90, 180, 90)


def shown(
    geometry: np.ndarray, properties: Callable[[int], dict[str, object]], most: int = SHAPES
) -> tuple[list[dict[str, object]], int]:
    """Return features for the map, spread evenly over all shapes, and how many shapes there are.

    Parameters
    ----------
    geometry : ndarray of shapely geometries or None, shape (n,)
        In degrees.
    properties : callable
        Position → what the page wants to know of the shape there.
    """
    there = np.flatnonzero(shapely.get_num_geometries(geometry) > 0)
    there = there[(np.abs(shapely.bounds(geometry[there])) <= WORLD).all(axis=1)]
    picked = there if len(there) <= most else there[np.linspace(0, len(there) - 1, most).astype(np.int64)]
    vertices = np.cumsum(shapely.get_num_coordinates(geometry[picked]))
    picked = picked[: max(1, int(np.searchsorted(vertices, VERTICES)))]
    texts = shapely.to_geojson(round_coordinates(geometry[picked], DIGITS))
    features: list[dict[str, object]] = [
        {"type": "Feature", "geometry": msgspec.Raw(text.encode()), "properties": properties(place)}
        for place, text in zip(picked.tolist(), texts, strict=True)
    ]
    return features, len(there)


def collection(
    features: Sequence[dict[str, object]], total: int, states: Iterable[tuple[str, int]] = ()
) -> dict[str, object]:
    """Return features as a collection that says how many there are in all, and of each state."""
    return {"type": "FeatureCollection", "features": features, "total": total, "states": dict(states)}
