"""Places put into groups of a size around one of them within some minutes, at the least minutes, and what proves it."""

from __future__ import annotations

from geo.grouping.possible import clusters, fits, impossible, nearest_minutes, needed_minutes
from geo.grouping.problem import SLACK_MINUTES, Problem
from geo.grouping.relaxing import Minutes, Sizes, more_minutes, other_sizes, without
from geo.grouping.solving import Found, feasible, solve

__all__ = [
    "SLACK_MINUTES",
    "Found",
    "Minutes",
    "Problem",
    "Sizes",
    "clusters",
    "feasible",
    "fits",
    "impossible",
    "more_minutes",
    "nearest_minutes",
    "needed_minutes",
    "other_sizes",
    "solve",
    "without",
]
