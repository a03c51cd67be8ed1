"""Who answers for what (包联): what nobody or two answer for, and the cheapest even assignment of what is open."""

from __future__ import annotations

from layers.proposals.posts.proposing import READ, propose
from layers.proposals.posts.tables import FINDING_COLUMNS, PART_COLUMNS, SUMMARY_COLUMNS, words
from layers.proposals.posts.wishes import LABELS, LOCAL, PostWishes

__all__ = [
    "FINDING_COLUMNS",
    "LABELS",
    "LOCAL",
    "PART_COLUMNS",
    "READ",
    "SUMMARY_COLUMNS",
    "PostWishes",
    "propose",
    "words",
]
