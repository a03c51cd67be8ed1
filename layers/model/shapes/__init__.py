"""Shapes from outside: read from GeoJSON, priced before GEOS sees them, and what is wrong with them in words."""

from __future__ import annotations

from layers.model.shapes.geojson import DIMENSIONS, BadShape, shape_of
from layers.model.shapes.price import DRAWN, READ, SOUGHT, WRITTEN, too_dear, too_dear_together
from layers.model.shapes.words import shape_problem, wrong_with

__all__ = [
    "DIMENSIONS",
    "DRAWN",
    "READ",
    "SOUGHT",
    "WRITTEN",
    "BadShape",
    "shape_of",
    "shape_problem",
    "too_dear",
    "too_dear_together",
    "wrong_with",
]
