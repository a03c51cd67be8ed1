"""What is wrong with a shape, in words: the codes of `geo.shapes.validity.problems`, and where GEOS saw it."""

from __future__ import annotations

import re

import numpy as np
import shapely

from geo.shapes import problems
from layers.text import Text, words


def shape_problem(code: str) -> Text:
    """Return a problem of a shape in words; one that has none of its own is just not valid."""
    slug = code.removeprefix("invalid:")
    return Text(f"shapes.{slug}") if f"shapes.{slug}" in words() else Text("shapes.invalid")


def wrong_with(shape: shapely.Geometry) -> Text:
    """Return what is wrong with a shape in words, and the spot where that can be seen."""
    (code,) = problems(np.array([shape], dtype=object))
    told = shape_problem(str(code))
    spot = re.search(r"\[(\S+) (\S+)\]", str(shapely.is_valid_reason(shape))) if code != "nan" else None
    return Text("shapes.at", problem=told, x=round(float(spot[1]), 7), y=round(float(spot[2]), 7)) if spot else told
