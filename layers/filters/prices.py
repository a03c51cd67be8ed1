"""What a filter may cost before anything is computed: how long a pattern, how large a shape.

The limits lie far above what a person writes: a whole filter has 16,000 characters at most. Testing and comparing
shapes costs more than their size, so their size is limited first.
"""

from __future__ import annotations

import re

import numpy as np
import shapely

from layers.text import Text

LONGEST_PATTERN, MOST_WILDCARDS = 500, 50
MOST_POSITIONS, MOST_RINGS = 2_000, 200
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_POLYGON = 3


def pattern_refusal(pattern: str) -> Text | None:
    """Say why a pattern of LIKE is too costly; None if it is not."""
    if len(pattern) > LONGEST_PATTERN:
        return Text("filters.pattern-too-long", most=LONGEST_PATTERN)
    bare = _ESCAPED.sub("", pattern)
    if bare.count("%") + bare.count("_") > MOST_WILDCARDS:
        return Text("filters.too-many-wildcards", most=MOST_WILDCARDS)
    return None


def shape_refusal(shape: shapely.Geometry) -> Text | None:
    """Say why a shape in a filter is too costly; None if it is not."""
    if shapely.get_num_coordinates(shape) > MOST_POSITIONS:
        return Text("filters.too-many-positions", most=MOST_POSITIONS)
    parts = shapely.get_parts(shapely.get_parts(shape))  # a collection may hold shapes of several parts
    rings = np.count_nonzero(shapely.get_type_id(parts) == _POLYGON) + shapely.get_num_interior_rings(parts).sum()
    return Text("filters.too-many-rings", most=MOST_RINGS) if rings > MOST_RINGS else None
