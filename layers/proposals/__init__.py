"""Proposals: what is wished, what was found and what proves it; and how a person takes one over, whole or in part."""

__all__ = [
    "accepting",
    "bundles",
    "comparing",
    "grids",
    "harmony",
    "kinds",
    "naming",
    "posts",
    "sites",
    "units",
    "wishes",
]
