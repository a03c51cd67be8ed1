"""Records corrected by hand, and the history: forms made from the catalogue, hand-overs, undo."""

__all__ = ["editing", "pages"]
