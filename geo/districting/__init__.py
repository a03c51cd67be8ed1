"""Units of a graph put together into connected districts within a band, by the cheapest borders, and what proves it."""

from __future__ import annotations

from geo.districting.compactness import polsby_popper, reock
from geo.districting.counts import Allotment, allotments, possible
from geo.districting.gluing import Glued, glued, pieces
from geo.districting.graph import Graph, graph_of
from geo.districting.nesting import Divided, Nested, crossing, nest, shared
from geo.districting.problem import Problem
from geo.districting.solving import Effort, Found, solve, tighten
from geo.districting.touring import tour_m
from geo.districting.widening import Widened, widen

__all__ = [
    "Allotment",
    "Divided",
    "Effort",
    "Found",
    "Glued",
    "Graph",
    "Nested",
    "Problem",
    "Widened",
    "allotments",
    "crossing",
    "glued",
    "graph_of",
    "nest",
    "pieces",
    "polsby_popper",
    "possible",
    "reock",
    "shared",
    "solve",
    "tighten",
    "tour_m",
    "widen",
]
