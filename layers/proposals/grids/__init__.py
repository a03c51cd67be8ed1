"""Grids proposed: a community's cells put together within a band, by the borders that cost least."""

from __future__ import annotations

from layers.proposals.grids.proposing import READ, propose
from layers.proposals.grids.tables import PART_COLUMNS, SUMMARY_COLUMNS

__all__ = [
    "PART_COLUMNS",
    "READ",
    "SUMMARY_COLUMNS",
    "propose",
]
