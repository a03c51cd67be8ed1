"""The records as they stand on a day: who manages what, in which part of the workspace, in words."""

__all__ = [
    "day",
    "derived",
    "labels",
    "moves",
    "standing",
    "story",
    "within",
    "words",
]
