"""Stations proposed: where new ones should be so that most are reached, or all, or nobody has it far."""

from __future__ import annotations

from layers.proposals.sites.proposing import READ, propose
from layers.proposals.sites.tables import RESIDUAL_COLUMNS, ROW_COLUMNS, SUMMARY_COLUMNS
from layers.proposals.sites.wishes import PLACED, POINTS, STREETS, WISH_LABELS, SiteWishes

__all__ = [
    "PLACED",
    "POINTS",
    "READ",
    "RESIDUAL_COLUMNS",
    "ROW_COLUMNS",
    "STREETS",
    "SUMMARY_COLUMNS",
    "WISH_LABELS",
    "SiteWishes",
    "propose",
]
