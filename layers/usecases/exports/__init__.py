"""What goes out: files, tiles, and the part of it that is public."""

__all__ = [
    "exporting",
    "publishing",
    "tiling",
]
