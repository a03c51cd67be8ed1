"""What a change of records brings with it: rows by hand, membership, references, the demo's making way."""

__all__ = [
    "consequences",
    "demo",
    "features",
    "holding",
    "members",
    "pending",
    "referring",
]
