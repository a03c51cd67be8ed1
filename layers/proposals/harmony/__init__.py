"""Two grid systems laid over each other: which grid cuts which, and the nearest border on which they agree."""

from __future__ import annotations

from layers.proposals.harmony.harmonising import READ, harmonise
from layers.proposals.harmony.tables import CROSSING_COLUMNS, PART_COLUMNS, SUMMARY_COLUMNS
from layers.proposals.harmony.wishes import WISH_LABELS, HarmonyWishes

__all__ = [
    "CROSSING_COLUMNS",
    "PART_COLUMNS",
    "READ",
    "SUMMARY_COLUMNS",
    "WISH_LABELS",
    "HarmonyWishes",
    "harmonise",
]
