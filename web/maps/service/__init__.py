"""The map of service areas: its question, its answers, its figures and its controls."""

__all__ = [
    "answers",
    "area",
    "controls",
    "picture",
    "question",
]
