"""Who manages what: scope, status and indicators, and which counts may stand in public."""

from __future__ import annotations

from layers.model.management import indicators
from layers.model.management.disclosure import masked, shown
from layers.model.management.indicators import OpenShare, coverage, open_share
from layers.model.management.scope import COURTYARD, LISTED, POSITION, pairs_by_position, scope_pairs
from layers.model.management.status import (
    BASES,
    MODE_UNKNOWN,
    MODES,
    NOT_RECORDED,
    OUT_OF_SCOPE,
    STAGES,
    STATUSES,
    Basis,
    evaluate,
    management_status,
    on_basis,
)

__all__ = [
    "BASES",
    "COURTYARD",
    "LISTED",
    "MODES",
    "MODE_UNKNOWN",
    "NOT_RECORDED",
    "OUT_OF_SCOPE",
    "POSITION",
    "STAGES",
    "STATUSES",
    "Basis",
    "OpenShare",
    "coverage",
    "evaluate",
    "indicators",
    "management_status",
    "masked",
    "on_basis",
    "open_share",
    "pairs_by_position",
    "scope_pairs",
    "shown",
]
