"""Plans of grids: their edits over HTTP, and their pages."""

__all__ = [
    "editing",
    "pages",
]
