"""Scattered things put together into bundles that hang together within limits, and what proves them."""

from __future__ import annotations

from geo.bundling.hulls import Members, hulls
from geo.bundling.links import BUILDING, CLEAR, LINE, Ground, Links, apart, near_pairs, straight_ways
from geo.bundling.problem import Problem
from geo.bundling.relaxing import heaviest, lightest
from geo.bundling.solving import Bundled, bundled
from geo.bundling.streets import Streets, streets_of, ways_along

__all__ = [
    "BUILDING",
    "CLEAR",
    "LINE",
    "Bundled",
    "Ground",
    "Links",
    "Members",
    "Problem",
    "Streets",
    "apart",
    "bundled",
    "heaviest",
    "hulls",
    "lightest",
    "near_pairs",
    "straight_ways",
    "streets_of",
    "ways_along",
]
