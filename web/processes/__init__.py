"""Analyses as processes, the jobs that run them, and scenarios."""

__all__ = [
    "execution",
    "jobs",
    "scenarios",
]
