"""Joint units proposed: villages put together around a centre that all reach in time, or what would allow it."""

from __future__ import annotations

from layers.proposals.units.labels import PART_COLUMNS, ROW_COLUMNS, SUMMARY_COLUMNS, WISH_LABELS
from layers.proposals.units.proposing import READ, propose
from layers.proposals.units.villages import Village, villages_within
from layers.proposals.units.wishes import UnitWishes

__all__ = [
    "PART_COLUMNS",
    "READ",
    "ROW_COLUMNS",
    "SUMMARY_COLUMNS",
    "WISH_LABELS",
    "UnitWishes",
    "Village",
    "propose",
    "villages_within",
]
