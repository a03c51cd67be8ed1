"""The picture of a service area, areas and streets by limit: written into a page, or as features for its tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from web.maps.encode import shapes
from web.maps.style import band_symbol

if TYPE_CHECKING:
    from layers.reach.reached import Reached

AREAS, STREETS = "reach-areas", "reach-streets"


def drawn(found: Reached) -> dict[str, dict[str, object]]:
    """Return what a page carries of the picture, encoded: one shape and one colour for each limit."""
    areas, streets = by_limit(found, AREAS), by_limit(found, STREETS)
    return {
        AREAS: {"shapes": [shapes(some)[0] for _, some in areas], "colors": [color for color, _ in areas]},
        STREETS: {
            "shapes": [[part for each in shapes(some) for part in each or ()] for _, some in streets],
            "colors": [color for color, _ in streets],
        },
    }


def by_limit(found: Reached, layer: str) -> list[tuple[str, np.ndarray]]:
    """Return the colour and the shapes of each limit, the widest first so that the nearer lie on top."""
    steps, lines = len(found.limits), found.lines() if layer == STREETS else None
    return [
        (
            band_symbol(step, steps).fill,
            found.areas[[step]] if lines is None else lines[found.line_minutes == found.limits[step]],
        )
        for step in reversed(range(steps))
    ]


def picture(found: Reached | None, layer: str) -> gpd.GeoDataFrame:
    """Return areas or streets as features with a `color`, in the order of drawing; none where nothing is reached."""
    parts = [(color, shapely.get_parts(some)) for color, some in by_limit(found, layer)] if found else []
    color = np.repeat(np.array([each for each, _ in parts], dtype=object), [len(some) for _, some in parts])
    geometry = np.concatenate([some for _, some in parts]) if parts else np.empty(0, dtype=object)
    return gpd.GeoDataFrame({"version": np.zeros(len(color), np.int64), "color": color}, geometry=geometry, crs=4326)
