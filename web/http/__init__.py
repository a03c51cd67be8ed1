"""What every view shares: who is served, what was asked and in which language, what is sent, and refusals."""

__all__ = [
    "clients",
    "crs",
    "doors",
    "entrance",
    "language",
    "negotiation",
    "parameters",
    "problems",
    "sending",
    "writing",
]
