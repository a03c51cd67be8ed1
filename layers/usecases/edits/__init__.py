"""What a change of records brings with it: rows by hand, hand-overs, membership, references, the demo's making way."""

__all__ = [
    "byhand",
    "consequences",
    "contracts",
    "demo",
    "features",
    "handover",
    "holding",
    "measuring",
    "members",
    "oddities",
    "pending",
    "referring",
    "sense",
]
