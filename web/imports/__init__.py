"""Imports: a file handed in, its preview, its page."""

__all__ = [
    "pages",
    "uploads",
    "work",
]
