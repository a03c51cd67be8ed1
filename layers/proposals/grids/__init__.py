"""Grids proposed: a community's cells put together within a band, by the borders that cost least."""

from __future__ import annotations

from layers.proposals.grids.cells import bordering, bounds_of, counted, known_people, name_of, with_links
from layers.proposals.grids.community import communities_within
from layers.proposals.grids.proposing import READ, bounded, propose
from layers.proposals.grids.tables import PART_COLUMNS, SUMMARY_COLUMNS, replace_parts

__all__ = [
    "PART_COLUMNS",
    "READ",
    "SUMMARY_COLUMNS",
    "bordering",
    "bounded",
    "bounds_of",
    "communities_within",
    "counted",
    "known_people",
    "name_of",
    "propose",
    "replace_parts",
    "with_links",
]
