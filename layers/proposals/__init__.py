"""Proposals: what is wished, what was found and what proves it; and how a person takes one over, whole or in part."""

__all__ = [
    "accepting",
    "grids",
    "kinds",
    "posts",
    "sites",
    "wishes",
]
