"""Grids proposed: a community's cells put together within a band, by the borders that cost least."""

from __future__ import annotations

from layers.proposals.grids.community import TOUCH_M, communities_within
from layers.proposals.grids.islands import links_of
from layers.proposals.grids.proposing import READ, propose
from layers.proposals.grids.tables import PART_COLUMNS, SUMMARY_COLUMNS, replace_parts

__all__ = [
    "PART_COLUMNS",
    "READ",
    "SUMMARY_COLUMNS",
    "TOUCH_M",
    "communities_within",
    "links_of",
    "propose",
    "replace_parts",
]
