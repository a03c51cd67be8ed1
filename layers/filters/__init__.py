"""Filters in CQL2 (OGC 21-065r2): text or JSON → one checked tree, which the store turns into its own language.

`text` reads the text form into the JSON form, `tree` checks that against a layer: names, types, geometry, size. Nothing
in here asks the store or runs a filter.
"""

from __future__ import annotations

from layers.filters.tree import LANGUAGES, Filter, Literal, Node, Op, Property, join, parse_filter, property_filter

__all__ = [
    "LANGUAGES",
    "Filter",
    "Literal",
    "Node",
    "Op",
    "Property",
    "folding",
    "join",
    "named",
    "parse_filter",
    "property_filter",
]
