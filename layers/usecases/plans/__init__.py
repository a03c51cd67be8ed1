"""Grid plans: opened from the active grids, edited cell by cell, submitted, approved. See docs/howto/plans.md."""
