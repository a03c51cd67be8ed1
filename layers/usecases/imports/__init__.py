"""A file comes in: read, understood, placed, looked at before it is imported, and imported in one changeset or none."""

__all__ = [
    "content",
    "coordinates",
    "doubts",
    "kinds",
    "landing",
    "ledger",
    "matching",
    "memory",
    "osm",
    "placing",
    "previewing",
    "ranking",
    "splitting",
    "tables",
    "together",
    "uploads",
    "words",
]
