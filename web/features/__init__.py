"""Layers as collections of features: items, tiles, exports, the history of changes."""

__all__ = [
    "changesets",
    "collections",
    "files",
    "items",
    "publicity",
    "query",
    "schemas",
    "tiles",
    "writing",
]
