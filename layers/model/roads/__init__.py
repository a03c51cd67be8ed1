"""Roads, and scenarios over them: who may pass, what is closed, cut, added and joined."""

from __future__ import annotations

from layers.model.roads.overlay import Overlay, Place, lay
from layers.model.roads.passage import STREETS, opens, passes_of, starts_from, uncrossable, use_of, walls_of
from layers.model.roads.stations import open_on

__all__ = [
    "STREETS",
    "Overlay",
    "Place",
    "lay",
    "open_on",
    "opens",
    "passes_of",
    "starts_from",
    "uncrossable",
    "use_of",
    "walls_of",
]
