"""How compact areas are."""

from __future__ import annotations

import numpy as np
import shapely


def polsby_popper(shapes: np.ndarray) -> np.ndarray:
    """Give 4πA/P² of areas: 1 for a disc, NaN for what has no outline (Polsby and Popper 1991)."""
    length = shapely.length(shapes)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(length > 0, 4 * np.pi * shapely.area(shapes) / length**2, np.nan)


def reock(shapes: np.ndarray) -> np.ndarray:
    """Give the share that areas have of the smallest circle around them (Reock 1961)."""
    around = shapely.area(shapely.minimum_bounding_circle(np.asarray(shapes, dtype=object)))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(around > 0, shapely.area(shapes) / around, np.nan)
