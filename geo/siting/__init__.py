"""Sites chosen for what is spread over places: most or all covered, the least way, nobody far; with what proves it."""

from __future__ import annotations

from geo.siting.catchment import floating_catchment, nearest_first
from geo.siting.centre import Centre, centre, solve
from geo.siting.limited import allotted
from geo.siting.problem import Chosen, Found, Left, Problem, Ways, ways_of
from geo.siting.unlimited import Effort, chosen

__all__ = [
    "Centre",
    "Chosen",
    "Effort",
    "Found",
    "Left",
    "Problem",
    "Ways",
    "allotted",
    "centre",
    "chosen",
    "floating_catchment",
    "nearest_first",
    "solve",
    "ways_of",
]
