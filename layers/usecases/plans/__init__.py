"""Grid plans: opened from the active grids, edited cell by cell, submitted, approved. See docs/howto/plans.md."""

__all__ = [
    "checking",
    "coach",
    "comparing",
    "drifting",
    "editing",
    "figures",
    "files",
    "ground",
    "lifecycle",
    "looking",
    "opening",
    "operations",
    "reverting",
    "shapes",
    "sources",
    "state",
    "turns",
    "writing",
]
