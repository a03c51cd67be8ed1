"""Buildings joined by short ways on foot, and what that leaves to be decided."""

from __future__ import annotations

import numpy as np
import shapely

from geo.bundling import CLEAR, Links, Problem, apart, near_pairs, straight_ways, ways_along
from layers.proposals.bundles.site import Site
from layers.proposals.bundles.wishes import BundleWishes

LEFT_GAPS, BUNDLE_GAPS = 20.0, 2.0
"""A building that is left costs as much as 20 widest gaps, a bundle as much as 2."""


def links_between(site: Site, wishes: BundleWishes, rows: np.ndarray) -> Links:
    """Find the ways that bundles may hang together by: straight, or along streets where something is in the way.

    They are of one community each, keep to the gap, meet nothing, and come near to each other at shared buildings only.
    """
    footprints, ground = site.ground.footprints, site.ground
    one, other = near_pairs(footprints, rows, wishes.max_gap_m)
    weights, highest = np.nan_to_num(site.weights), wishes.limits[1]
    able = site.communities[one] == site.communities[other]
    able &= (weights[one] + weights[other] <= highest * (1 + 1e-9)).all(axis=1)
    one, other = one[able], other[able]
    ways = straight_ways(footprints, one, other)
    clear = ground.in_the_way(ways, one, other)[0] == CLEAR
    straight = Links(one, other, shapely.length(ways), ways).take(clear)
    around = ways_along(site.streets, ground, one[~clear], other[~clear], wishes.max_gap_m)
    return apart(straight.and_also(around))


def problem_of(site: Site, wishes: BundleWishes, rows: np.ndarray, links: Links) -> Problem:
    """Put what was found into numbers; lengths in centimetres, so that sums are the same in any order."""
    at = np.full(len(site.asked), -1, np.int64)
    at[rows] = np.arange(len(rows))
    low, high = wishes.limits
    gap = wishes.max_gap_m
    length = np.round(links.length_m, 2)
    weights = np.nan_to_num(site.weights[rows])
    return Problem(at[links.first], at[links.second], length, weights, low, high, LEFT_GAPS * gap, BUNDLE_GAPS * gap)
