"""What single shapes are: valid or not, what they cost, what lies in them, their outline, their text."""

from __future__ import annotations

from geo.shapes.clustering import clusters
from geo.shapes.containment import PointIndex, footprints_inside, locate
from geo.shapes.contour import area_below
from geo.shapes.cutting import common
from geo.shapes.fingerprint import digest, fingerprint
from geo.shapes.geojson_text import MANY, geometry_texts
from geo.shapes.growing import outline, outlines
from geo.shapes.keeping_off import inside_whole
from geo.shapes.packed import (
    Packed,
    PackedLines,
    Shapes,
    bounds,
    extent,
    kept_as,
    missing,
    only_areas,
    rings_of,
    same_shapes,
    type_ids,
    vertex_counts,
    vertices,
)
from geo.shapes.price import check_ms, repair_ms, ring_counts
from geo.shapes.soundness import surely_sound
from geo.shapes.validity import (
    MAX_CHECK_MS,
    MAX_VERTICES,
    force_2d,
    nesting_depth_wkt,
    orient_rfc7946,
    problems,
    promote_multi,
    repair,
    round_coordinates,
    simplest,
    usable,
)

__all__ = [
    "MANY",
    "MAX_CHECK_MS",
    "MAX_VERTICES",
    "Packed",
    "PackedLines",
    "PointIndex",
    "Shapes",
    "area_below",
    "bounds",
    "check_ms",
    "clusters",
    "common",
    "digest",
    "extent",
    "fingerprint",
    "footprints_inside",
    "force_2d",
    "geometry_texts",
    "inside_whole",
    "kept_as",
    "locate",
    "missing",
    "nesting_depth_wkt",
    "only_areas",
    "orient_rfc7946",
    "outline",
    "outlines",
    "problems",
    "promote_multi",
    "repair",
    "repair_ms",
    "ring_counts",
    "rings_of",
    "round_coordinates",
    "same_shapes",
    "simplest",
    "surely_sound",
    "type_ids",
    "usable",
    "vertex_counts",
    "vertices",
]
