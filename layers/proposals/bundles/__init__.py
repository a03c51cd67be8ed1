"""Scattered buildings that nobody manages put together into bundles that a manager could take over."""

from __future__ import annotations

from layers.proposals.bundles.leftovers import REASONS
from layers.proposals.bundles.proposing import propose
from layers.proposals.bundles.site import READ
from layers.proposals.bundles.tables import LEFT_COLUMNS, PART_COLUMNS, SUMMARY_COLUMNS
from layers.proposals.bundles.wishes import WISH_LABELS, BundleWishes

__all__ = [
    "LEFT_COLUMNS",
    "PART_COLUMNS",
    "READ",
    "REASONS",
    "SUMMARY_COLUMNS",
    "WISH_LABELS",
    "BundleWishes",
    "propose",
]
