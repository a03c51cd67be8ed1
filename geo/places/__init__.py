"""Where coordinates are: reference systems, published offsets, what numbers can mean, and measures in metres."""

from __future__ import annotations

from geo.places.crs import (
    datum_shift,
    from_lonlat,
    holds,
    is_geographic_wgs84_like,
    looks_like_degrees,
    looks_swapped,
    metric_crs,
    older_systems,
    parse_crs,
    to_lonlat,
    xy_from_lonlat,
    xy_to_lonlat,
)
from geo.places.evidence import (
    DEGREES,
    OFFSET_NAMES,
    SWAPPED,
    TOWN_M,
    Evidence,
    Reference,
    in_china,
    is_correction,
    possible_readings,
    read_as,
    weigh,
)
from geo.places.measure import METRES_PER_DEGREE, areas_m2, centroids_xy, representative_points, representative_xy

__all__ = [
    "DEGREES",
    "METRES_PER_DEGREE",
    "OFFSET_NAMES",
    "SWAPPED",
    "TOWN_M",
    "Evidence",
    "Reference",
    "areas_m2",
    "centroids_xy",
    "datum_shift",
    "from_lonlat",
    "holds",
    "in_china",
    "is_correction",
    "is_geographic_wgs84_like",
    "looks_like_degrees",
    "looks_swapped",
    "metric_crs",
    "older_systems",
    "parse_crs",
    "possible_readings",
    "read_as",
    "representative_points",
    "representative_xy",
    "to_lonlat",
    "weigh",
    "xy_from_lonlat",
    "xy_to_lonlat",
]
